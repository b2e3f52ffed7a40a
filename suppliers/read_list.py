"""What is kept of a price list that was read: its articles, what they change, what is wrong."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from typing import Any

from purchasing.catalogue import CatalogueImport
from suppliers.articles import Article, Change, Difference, Held, articles_of, compare
from suppliers.readers.pricelist import PriceList, Problem


def keep(
    import_: CatalogueImport, price_list: PriceList, data: bytes, held: Mapping[str, Held]
) -> None:
    """Fill an import with a list as read, and with what differs from what we `held`.

    The file itself is kept where the columns were guessed or chosen, so that somebody can choose
    them better.
    """
    articles, refused = articles_of(price_list.rows)
    errors = sorted([*price_list.errors, *refused], key=lambda problem: problem.row)
    complete = price_list.complete and not errors
    difference = compare(articles, held, complete=complete)
    import_.format_key = price_list.format
    import_.counts = {
        **difference.counts(),
        "rows": len(articles),
        "errors": len(errors),
        "warnings": len(price_list.warnings),
        "held": sum(bool(product.description["available"]) for product in held.values()),
    }
    import_.content = {
        "articles": [article.as_json() for article in articles],
        "complete": complete,
        "errors": [_problem_as_json(problem) for problem in errors],
        "warnings": [_problem_as_json(problem) for problem in price_list.warnings],
        **_difference_as_json(difference),
        "header": list(price_list.header),
        "sample": [list(cells) for cells in price_list.sample],
        "mapping": dict(price_list.mapping) if price_list.mapping is not None else None,
        "file": _packed(data) if price_list.mapping is not None or not articles else None,
    }


def articles_in(import_: CatalogueImport) -> list[Article]:
    """The articles of the list, in its order."""
    return [Article(*values) for values in import_.content.get("articles", ())]


def difference_of(import_: CatalogueImport) -> Difference:
    """The difference as it was when the list was read, for showing."""
    content = import_.content
    by_line = {article.line: article for article in articles_in(import_)}
    changed = [
        Change(by_line[line], Held(product_id, by_line[line].number, {}, None), _pairs(differing))
        for line, product_id, differing in content.get("changed", ())
    ]
    gone = [
        Held(product_id, number, {"name": name}, None)
        for product_id, number, name in content.get("gone", ())
    ]
    new = tuple(by_line[line] for line in content.get("new", ()))
    return Difference(new, tuple(changed), tuple(gone), import_.counts.get("unchanged", 0))


def errors_in(import_: CatalogueImport) -> list[Problem]:
    return [Problem(*values) for values in import_.content.get("errors", ())]


def warnings_in(import_: CatalogueImport) -> list[Problem]:
    return [Problem(*values) for values in import_.content.get("warnings", ())]


def is_complete(import_: CatalogueImport) -> bool:
    """Whether what is not in the list is gone. A list with wrong rows never says so."""
    return bool(import_.content.get("complete"))


def kept_file(import_: CatalogueImport) -> bytes | None:
    """The file as it was uploaded, where it was kept."""
    packed = import_.content.get("file")
    return zlib.decompress(base64.b64decode(packed)) if packed else None


def _packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data)).decode()


def _difference_as_json(difference: Difference) -> dict[str, Any]:
    return {
        "new": [article.line for article in difference.new],
        "changed": [
            [
                c.article.line,
                c.held.product_id,
                {name: list(two) for name, two in c.fields.items()},
            ]
            for c in difference.changed
        ],
        "gone": [[h.product_id, h.number, h.description["name"]] for h in difference.gone],
    }


def _pairs(differing: Mapping[str, list[Any]]) -> dict[str, tuple[Any, Any]]:
    return {name: (old, new) for name, (old, new) in differing.items()}


def _problem_as_json(problem: Problem) -> list[Any]:
    details = {
        key: value if isinstance(value, int) else str(value)
        for key, value in problem.details.items()
    }
    return [problem.row, problem.column, problem.value[:200], problem.message, details]
