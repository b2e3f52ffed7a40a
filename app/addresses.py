"""Addresses of pages that are worked out when a page first names them."""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule


class LazyRule(Rule):
    """A rule that is compiled for writing addresses when it is first asked for one.

    Of each rule Werkzeug makes two functions with Python's own compiler as soon as it is added;
    with hundreds of addresses that was nine tenths of what starting the application took, and
    most commands write none of them. Reading addresses is as it was.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            if not compiled:
                compiled.append(super(LazyRule, self)._compile_builder(append_unknown))
            return compiled[0](rule, **values)

        return build
