"""Deliberate faults: every small change of a module that a slip of the hand could make.

A mutant is one change in the body of one function. Sentences, annotations and defaults are left
as they are: what they do is seen elsewhere.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial, singledispatch
from itertools import islice
from pathlib import Path
from types import CodeType
from typing import Any

SWAPPED: dict[type, type] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
CONTRARY = {"is_": "is_not", "is_not": "is_"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Where = tuple[str, int]  # a function's qualified name and first line
Change = Callable[[], ast.AST]


@dataclass(frozen=True)
class Mutant:
    """One change: in which function of which file, on which line, and what it says now.

    Without code it is the door of a view that stands open: see guards.py.
    """

    file: Path
    where: Where
    line: int
    statement: int  # the first line of the statement it is in
    text: str  # of that line
    change: str
    code: CodeType | None  # of the whole changed file

    def __str__(self) -> str:
        return f"{self.file.as_posix()}:{self.line} {self.where[0]}: {self.change}"


@dataclass(frozen=True)
class Spot:
    """Where something can be changed."""

    where: Where
    line: int
    statement: int  # the line it begins on
    node: ast.AST


def breed(file: Path) -> Iterator[Mutant]:
    """Every mutant of a file, in the order of its lines."""
    source = file.read_text(encoding="utf-8")
    tree, texts = ast.parse(source), source.splitlines()
    for number, spot in enumerate(_spots(tree)):
        for variant in range(len(changes(spot.node))):
            twin = copy.deepcopy(tree)
            changed = next(islice(_spots(twin), number, None)).node
            before, new = _said(changed), changes(changed)[variant]()
            _replace(twin, changed, new)
            _keep_names(twin, spot.where[1], _names_in(tree, spot.where[1]))
            ast.fix_missing_locations(twin)
            code = compile(twin, str(file.resolve()), "exec", dont_inherit=True)
            text = texts[spot.line - 1].strip()
            change = f"{before}  ->  {_said(new)}"
            yield Mutant(file, spot.where, spot.line, spot.statement, text, change, code)


def witnessed(file: Path, note: str) -> CodeType:
    """The code of a file in which each statement of a function first calls `note` with its line.

    That costs nothing elsewhere, and nothing that a test does with a debugger can put it away.
    """
    tree = ast.parse(file.read_text(encoding="utf-8"))
    inside = {
        id(node): node
        for function in ast.walk(tree)
        if isinstance(function, FUNCTIONS)
        for node in ast.walk(function)
    }
    for node in inside.values():
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and not isinstance(node, ast.ClassDef):
                setattr(node, name, [one for each in block for one in (_noted(each, note), each)])
    return compile(ast.fix_missing_locations(tree), str(file.resolve()), "exec", dont_inherit=True)


def _noted(statement: ast.stmt, note: str) -> ast.stmt:
    call = ast.Call(ast.Name(note, ast.Load()), [ast.Constant(statement.lineno)], [])
    return ast.copy_location(ast.Expr(call), statement)


def functions_in(code: CodeType) -> Iterator[tuple[Where, CodeType]]:
    """Every function's code inside a module's, however deep."""
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield (one.co_qualname, one.co_firstlineno), one
            yield from functions_in(one)


# --- what can be changed at a node: each change makes the node that is to stand in its place


@singledispatch
def changes(_node: ast.AST) -> list[Change]:
    """The changes that are made at a node; most have none."""
    return []


@changes.register
def _(node: ast.Compare) -> list[Change]:
    return [
        partial(_with, node, ops=[*node.ops[:at], SWAPPED[type(one)](), *node.ops[at + 1 :]])
        for at, one in enumerate(node.ops)
    ]


@changes.register(ast.If)
@changes.register(ast.IfExp)
@changes.register(ast.While)
def _(node: Any) -> list[Change]:
    return [partial(_with, node, test=ast.Constant(value)) for value in (False, True)]


@changes.register(ast.BinOp)
@changes.register(ast.AugAssign)
@changes.register(ast.BoolOp)
def _(node: Any) -> list[Change]:
    swapped = SWAPPED.get(type(node.op))
    return [partial(_with, node, op=swapped())] if swapped else []


@changes.register
def _(node: ast.Constant) -> list[Change]:
    if not isinstance(node.value, int):
        return []
    other = not node.value if isinstance(node.value, bool) else node.value + 1
    return [partial(ast.Constant, other)]


@changes.register
def _(node: ast.comprehension) -> list[Change]:
    ifs = node.ifs
    return [partial(_with, node, ifs=ifs[:at] + ifs[at + 1 :]) for at in range(len(ifs))]


@changes.register
def _(node: ast.Return) -> list[Change]:
    is_none = isinstance(node.value, ast.Constant) and node.value.value is None
    return [] if node.value is None or is_none else [partial(ast.Return, ast.Constant(None))]


@changes.register
def _(node: ast.Call) -> list[Change]:
    """Also: a query that forgets one of its conditions, or asks for the contrary."""
    if isinstance(node.func, ast.Attribute):
        other = CONTRARY.get(node.func.attr)
        contrary = [partial(_with, node, func=_with(node.func, attr=other))] if other else []
        return contrary + (_forgetting(node) if node.func.attr == "where" else [])
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name in ("and_", "or_"):
        return _forgetting(node)
    return [partial(_with, node, func=ast.Name(NAMES[name], ast.Load()))] if name in NAMES else []


def _forgetting(node: ast.Call) -> list[Change]:
    args = node.args
    return [partial(_with, node, args=args[:at] + args[at + 1 :]) for at in range(len(args))]


@changes.register
def _(node: ast.UnaryOp) -> list[Change]:
    return [lambda: node.operand]


@changes.register(ast.Raise)
@changes.register(ast.Expr)
@changes.register(ast.Break)
def _(_node: Any) -> list[Change]:
    return [ast.Pass]


@changes.register
def _(_node: ast.Continue) -> list[Change]:
    return [ast.Break]


def _with(node: ast.AST, **parts: Any) -> ast.AST:
    changed = copy.copy(node)
    for name, part in parts.items():
        setattr(changed, name, part)
    return changed


def _replace(tree: ast.Module, node: ast.AST, other: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, name, other)
            elif isinstance(value, list):
                value[:] = [other if one is node else one for one in value]


# --- where something can be changed


def _spots(tree: ast.Module) -> Iterator[Spot]:
    yield from _inside(tree, "", Spot(("", 0), 0, 0, tree))


def _inside(node: ast.AST, prefix: str, around: Spot) -> Iterator[Spot]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FUNCTIONS):
            where = f"{prefix}{child.name}", _first_line(child)
            body = ast.Module(child.body, [])
            inner = Spot(where, child.lineno, child.lineno, body)
            yield from _inside(body, f"{where[0]}.<locals>.", inner)
        elif isinstance(child, ast.ClassDef):
            outer = Spot(("", 0), 0, 0, child)
            yield from _inside(child, f"{prefix}{child.name}.", outer)
        elif around.where[0] and not _is_talk(child):
            line = getattr(child, "lineno", around.line)
            statement = child.lineno if isinstance(child, ast.stmt) else around.statement
            spot = Spot(around.where, line, statement, child)
            yield spot
            yield from _inside(_without_annotation(child), prefix, spot)


def _keep_names(tree: ast.Module, first_line: int, names: list[str]) -> None:
    """Let a function go on naming all that it named, or it would not fit in the place of the old.

    A function inside another holds the names of that one only while it uses them.
    """
    for function in ast.walk(tree):
        if isinstance(function, FUNCTIONS) and first_line == _first_line(function):
            loads = [ast.Expr(ast.Name(name, ast.Load())) for name in names]
            function.body.insert(0, ast.If(ast.Constant(False), loads or [ast.Pass()], []))


def _names_in(tree: ast.Module, first_line: int) -> list[str]:
    return sorted(
        {
            one.id
            for function in ast.walk(tree)
            if isinstance(function, FUNCTIONS) and first_line == _first_line(function)
            for one in ast.walk(function)
            if isinstance(one, ast.Name)
        }
    )


def _first_line(function: Any) -> int:
    return min([function.lineno, *(one.lineno for one in function.decorator_list)])


def _without_annotation(node: ast.AST) -> ast.AST:
    return ast.Tuple([node.value]) if isinstance(node, ast.AnnAssign) and node.value else node


def _is_talk(node: ast.AST) -> bool:
    """A docstring, a text, an assertion that only tells the reader, or a line for the log."""
    if isinstance(node, ast.Assert | ast.JoinedStr):
        return True
    if not isinstance(node, ast.Expr):
        return False
    called = node.value.func if isinstance(node.value, ast.Call) else None
    owner = called.value if isinstance(called, ast.Attribute) else None
    is_log = isinstance(owner, ast.Name) and owner.id == "log"
    return is_log or isinstance(node.value, ast.Constant)


def _said(node: ast.AST) -> str:
    """The node as one reads it, on one short line."""
    if isinstance(node, ast.If | ast.While):
        text = f"if {ast.unparse(node.test)}"
    elif isinstance(node, ast.comprehension):
        text = " ".join(f"if {ast.unparse(test)}" for test in node.ifs)
    else:
        text = ast.unparse(node)
    return " ".join(text.split())[:90] or "nothing"
