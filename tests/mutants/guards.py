"""The guards of the views, and the faults that leave a door open.

Of a view only that is changed which decides who gets in: what it is open to, what it looks up
for whom, and where it says that there is nothing.
"""

import ast
import gc
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

from app.auth import EVERYBODY
from tests.mutants.breeding import FUNCTIONS, Mutant, breed

DECIDES = re.compile(r"\babort\(|_or_404\(|\bmy_participants\(|\bis_coordinator\(|_or_429\(")


def open_doors(file: Path) -> Iterator[Mutant]:
    """The mutants of a file's guards."""
    source = file.read_text(encoding="utf-8")
    tree = ast.parse(source)
    yield from _unlocked(file, tree, source.splitlines())
    lines = _guarding(tree)
    yield from (mutant for mutant in breed(file) if mutant.line in lines)


def guards_by_view() -> dict[FunctionType, list[FunctionType]]:
    """Every guard that lives now, by the view it stands before; what is frozen is not found."""
    found = defaultdict(list)
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and "who" in thing.__code__.co_freevars:
            found[getattr(thing, "__wrapped__", thing)].append(thing)
    return found


def open_to_everybody(guards: list[FunctionType]) -> None:
    """Let these guards let all pass; what they say of themselves stays as it was."""
    if not guards:
        raise RuntimeError("no guard stands there")
    for guard in guards:
        assert guard.__closure__
        names = guard.__code__.co_freevars
        guard.__closure__[names.index("who")].cell_contents = (EVERYBODY,)


def _unlocked(file: Path, tree: ast.Module, texts: list[str]) -> Iterator[Mutant]:
    for view in tree.body:
        for guard in view.decorator_list if isinstance(view, FUNCTIONS) else ():
            said = ast.unparse(guard)
            if said.startswith("open_to(") and said != "open_to(EVERYBODY)":
                where = view.name, min(one.lineno for one in view.decorator_list)
                # a view that is guarded is met in its body
                first = view.body[1] if ast.get_docstring(view) else view.body[0]
                change = f"{said}  ->  open_to(EVERYBODY)"
                text = texts[guard.lineno - 1].strip()
                yield Mutant(file, where, guard.lineno, first.lineno, text, change, None)


def _guarding(tree: ast.Module) -> set[int]:
    """The lines on which it is decided who gets in."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if _decides(node):
            lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def _decides(node: Any) -> bool:
    """A function that finds or refuses, a question that ends in a refusal, a call of these."""
    if isinstance(node, FUNCTIONS):
        return node.name.endswith(("_or_404", "_or_429"))
    if isinstance(node, ast.If):
        return any(_refuses(one) for one in node.body)
    simple = isinstance(node, ast.stmt) and not hasattr(node, "body")
    return simple and bool(DECIDES.search(ast.unparse(node)))


def _refuses(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith("abort(")
