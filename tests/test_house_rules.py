"""What no import linter can see: the rules of the house, read from its own sources."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from purchasing.categories import CATEGORIES

ROOT = Path(__file__).parents[1]
TOPS = ("app", "purchasing", "suppliers")
GENERATED = ROOT / "app" / "migrations"
MODULES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for top in TOPS
    for path in sorted((ROOT / top).rglob("*.py"))
    if not path.is_relative_to(GENERATED)
}
DOMAIN = {name: tree for name, tree in MODULES.items() if not name.startswith("app/")}
TEMPLATES = sorted((ROOT / "app" / "templates").rglob("*.*"))

LONGEST_MODULE = 350
LONGEST_FUNCTION = 50
EMPTY_NAMES = ("utils", "helpers", "helper", "manager", "service", "services", "common", "misc")
SPECIMENS = ("app/demo", "app/bench")  # they make rounds to show, so they choose a category


# --- who may do what ---------------------------------------------------------------------------


def test_only_the_lifecycle_moves_a_round() -> None:
    assert _where(MODULES, _moves_a_round) == {"purchasing/lifecycle.py"}


def test_the_domain_never_commits() -> None:
    assert _where(DOMAIN, lambda node: _is_call(node, "commit")) == set()


def test_the_domain_never_reads_a_clock() -> None:
    assert _where(DOMAIN, _reads_a_clock) == set()


def test_every_page_says_who_may_see_it(app) -> None:
    open_to = {name: getattr(view, "open_to", ()) for name, view in app.view_functions.items()}
    assert {name for name, who in open_to.items() if not who} == {"static"}


@pytest.mark.parametrize("key", CATEGORIES)
def test_a_category_is_named_only_in_its_own_room(key: str) -> None:
    room = (f"{_room_of(key)}/", "purchasing/categories/__init__.py", *SPECIMENS)

    named_in = _where(MODULES, lambda node: isinstance(node, ast.Constant) and node.value == key)

    assert {name for name in named_in if not name.startswith(room)} == set()


def test_a_room_is_one_word_in_the_registry() -> None:
    """Each room hands over its categories; the registry knows the rooms and nothing in them."""
    rooms = {path.parent.name for path in (ROOT / "purchasing/categories").glob("*/__init__.py")}

    assert {Path(_room_of(key)).name for key in CATEGORIES} == rooms


@pytest.mark.parametrize("key", CATEGORIES)
def test_a_template_names_no_category_but_its_own(key: str) -> None:
    own = ROOT / "app" / "templates" / "categories" / key
    others = [path for path in TEMPLATES if not path.is_relative_to(own)]
    named = re.compile(rf"""["']{key}["']""")
    assert _files_with(named, others) == []


# --- money, mail and markup --------------------------------------------------------------------


def test_the_domain_counts_in_whole_numbers() -> None:
    domain = {name: tree for name, tree in DOMAIN.items() if name.startswith("purchasing/")}
    assert _where(domain, _is_float) == set()


def test_no_mail_waits_for_ever() -> None:
    assert _where(MODULES, _opens_mail_without_timeout) == set()


def test_only_the_archive_knows_where_papers_lie() -> None:
    named_in = _where(
        MODULES, lambda node: isinstance(node, ast.Constant) and node.value == "DOCUMENTS_FOLDER"
    )
    assert named_in == {"app/config.py", "app/documents/archives/__init__.py"}


def test_who_writes_a_table_defuses_formulas() -> None:
    """All that others open in a spreadsheet program; a demo only writes what a bank would send."""
    tables = {name for name in _where(MODULES, _writes_a_table) if "/demo/" not in name}
    defusing = _where(MODULES, _takes_from_formulas)
    assert len(tables) > 3
    assert tables - defusing == set()


def test_no_template_trusts_a_text() -> None:
    trusting = re.compile(r"\|\s*safe\b|\bMarkup\b|autoescape\s+false")
    assert _files_with(trusting, TEMPLATES) == []


def test_markup_is_made_of_our_own_words_only() -> None:
    ours = {"app/documents/qr.py", "app/i18n.py"}  # an SVG of segno's, and our translations
    assert _where(MODULES, _trusts_a_value) <= ours


def test_styles_know_no_left_and_right() -> None:
    physical = re.compile(
        r"(?:^|[;{\s])(?:left|right)\s*:|(?:margin|padding|border|inset|scroll-margin)-(?:left|right)\b"
        r"|border-(?:top|bottom)-(?:left|right)-radius|(?:text-align|float|clear)\s*:\s*(?:left|right)",
        re.MULTILINE,
    )
    assert _files_with(physical, sorted((ROOT / "app" / "static").rglob("*.css"))) == []


# --- size and names ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODULES)
def test_a_module_says_what_it_is_and_stays_short(name: str) -> None:
    lines = len((ROOT / name).read_text(encoding="utf-8").splitlines())

    assert ast.get_docstring(MODULES[name]), f"{name} does not say what it is"
    assert lines <= LONGEST_MODULE, f"{name} has {lines} lines: is there a second room inside?"


def test_a_function_stays_short() -> None:
    functions = [
        (node.end_lineno - node.lineno + 1, f"{name}:{node.lineno} {node.name}")
        for name, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [name for length, name in functions if length > LONGEST_FUNCTION] == []


def test_no_file_has_an_empty_name() -> None:
    assert [name for name in MODULES if Path(name).stem in EMPTY_NAMES] == []


# --- reading sources ---------------------------------------------------------------------------


def _room_of(key: str) -> str:
    """The folder that a category lives in, together with its sister categories."""
    return "/".join(type(CATEGORIES[key]).__module__.split(".")[:3])


def _where(modules: dict[str, ast.Module], found: Callable[[ast.AST], bool]) -> set[str]:
    """The modules that have a node like this."""
    return {name for name, tree in modules.items() if any(map(found, ast.walk(tree)))}


def _files_with(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {found.group().strip()}"
        for path in paths
        if (found := pattern.search(path.read_text(encoding="utf-8")))
    ]


def _moves_a_round(node: ast.AST) -> bool:
    """`round_.state = …`, or `update(Round)….values(state=…)`."""
    if any(re.search(r"(?i)round\w*\.state$", ast.unparse(target)) for target in _targets(node)):
        return True
    if not (isinstance(node, ast.Call) and _is_call(node, "values")):
        return False
    sets_state = any(keyword.arg == "state" for keyword in node.keywords)
    return sets_state and "update(Round)" in ast.unparse(node)


def _targets(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from target.elts if isinstance(target, ast.Tuple) else [target]
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        yield node.target


def _writes_a_table(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in (
        "csv.writer",
        "csv.DictWriter",
        "xlsxwriter.Workbook",
    )


def _takes_from_formulas(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "suppliers.writers.formulas"


def _is_call(node: ast.AST, name: str) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
    )


def _reads_a_clock(node: ast.AST) -> bool:
    clock = r"(datetime\.)?(datetime|date)\.(now|utcnow|today)|time\.(time|monotonic)(_ns)?"
    clock += r"|func\.(now|current_timestamp)"
    return isinstance(node, ast.Call) and bool(re.fullmatch(clock, ast.unparse(node.func)))


def _is_float(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "float"


def _opens_mail_without_timeout(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Call) and re.search(r"\bSMTP(_SSL)?$", ast.unparse(node.func))):
        return False
    return "timeout" not in {keyword.arg for keyword in node.keywords}


def _trusts_a_value(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Markup")):
        return False
    return bool(node.args) and not isinstance(node.args[0], ast.Constant)
