"""QR codes as one drawn line: a tenth of the cost of a square for each dark module."""

import segno
from markupsafe import Markup

# Trying all eight masks costs five times the code itself; every mask is a valid code.
_MASK = 3


def qr(text: str, title: str) -> Markup:
    """An <svg> that shows `text` as a QR code of level M, read aloud as `title`.

    Four modules of quiet zone are the page's to keep; the style sheet does.
    """
    code = segno.make(text, error="m", mask=_MASK, boost_error=False, micro=False)
    size = len(code.matrix)
    path = "".join(
        f"M{start} {row}.5h{length}"
        for row, modules in enumerate(code.matrix)
        for start, length in _dark_runs(modules)
    )
    return Markup(
        '<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">'
        '<title>{title}</title><path stroke="#000" d="{path}"/></svg>'
    ).format(size=size, title=title, path=path)


def _dark_runs(modules: bytearray) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for column, dark in enumerate(modules):
        if not dark:
            continue
        if runs and sum(runs[-1]) == column:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((column, 1))
    return runs
