"""How quickly papers are made here: ours, and beside it a plain loop over the same pages."""

import base64
import resource
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.documents import samples, tender_samples
from app.documents.pages import TEMPLATES, page
from app.documents.press import Job, Press


@dataclass(frozen=True)
class Pace:
    """Seconds of wall time in all, CPU milliseconds and kB for one paper (medians)."""

    count: int
    seconds: float
    cpu_ms: float
    kilobytes: float


def invoices(count: int, lines: int = 15) -> Iterator[dict[str, Any]]:
    """`count` invoices of one page that differ in number and name."""
    for at in range(1, count + 1):
        record = samples.invoice(lines=lines, number=f"2026-{at:04}")
        yield {**record, "recipient": {**record["recipient"], "name": f"Huishouden {at}"}}


def confirmations(count: int) -> Iterator[dict[str, Any]]:
    """`count` confirmations of a contract that differ in number and name."""
    for at in range(1, count + 1):
        record = tender_samples.confirmation(number=f"S-2026-{at:04}")
        yield {**record, "recipient": {**record["recipient"], "name": f"Huishouden {at}"}}


KINDS = {"invoice": invoices, "confirmation": confirmations}


def by_press(kind: str, count: int, workers: int) -> Pace:
    """As the application does it, the start of the workers included."""
    start, used = time.perf_counter(), _cpu()
    sizes = []
    with Press(workers) as press:
        jobs = (Job(at, kind, record) for at, record in enumerate(KINDS[kind](count)))
        for printed in press.render_many(jobs):
            if printed.pdf is None:
                raise RuntimeError(printed.error)
            sizes.append(len(printed.pdf))
    seconds = time.perf_counter() - start
    return Pace(count, seconds, (_cpu() - used) / count * 1000, _kilobytes(sizes))


def by_plain_loop(kind: str, count: int, variant: str | None = None) -> Pace:
    """`HTML(string).write_pdf()` for each page, its style inside: what one writes first.

    Without tags and without an archive's metadata, unless a `variant` such as "pdf/a-3a" asks.
    """
    from weasyprint import HTML

    style = f"<style>{_plain_style()}</style></head>"
    start, used = time.perf_counter(), _cpu()
    sizes = []
    for record in KINDS[kind](count):
        html = page(kind, record).replace("</head>", style)
        sizes.append(len(HTML(string=html).write_pdf(pdf_variant=variant)))
    seconds = time.perf_counter() - start
    return Pace(count, seconds, (_cpu() - used) / count * 1000, _kilobytes(sizes))


def _plain_style() -> str:
    from app.documents.engine import assets, margins

    style = (TEMPLATES / "paper.css").read_text("utf-8") + margins("nl")
    for address, (content_type, body) in assets().items():
        data = base64.b64encode(body).decode()
        style = style.replace(address, f"data:{content_type};base64,{data}")
    return style


def _cpu() -> float:
    """CPU seconds of this process and its ended children."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _kilobytes(sizes: list[int]) -> float:
    return statistics.median(sizes) / 1000
