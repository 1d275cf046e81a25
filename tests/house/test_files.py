"""Files stay small, say what they hold, stand where a reader looks for them, and have their tests."""

import ast
import fnmatch
from pathlib import Path

import pytest

from tests.house.project import SOURCE, TESTS, modules, name_of, parse_module

SOURCE_LINES = 400
TEST_LINES = 500

DIALECTS = ("webnic", "digicert", "acme", "native")
DIALECT_FILES = {"routes", "schemas", "translate", "errors", "auth"}

# Modules whose tests are not in the mirrored place, and where they are instead.
TESTED_ELSEWHERE = {
    "__main__.py": "two lines; tests/acceptance runs `python -m certwright`",
    "bootstrap/*": "wiring only; tests/acceptance starts what it wires",
    "cli/*": "tests/acceptance runs the commands as a user does",
    "search/questions.py": "tests/ports/test_indexed_search.py asks an index and the store the same",
    "search/store_answers.py": "the same",
    "services/ports/*": "protocols; tests/ports runs one suite over every implementation",
    "store/*": "tests/ports runs one suite over SQLite and PostgreSQL",
    "web/app.py": "tests/wire asks through it",
    "web/*/auth.py": "tests/wire: every route is asked without, with a wrong and with a foreign credential",
    "web/*/routes*": "tests/wire: golden requests and answers of every operation",
    "web/*/schemas*": "tests/wire: shapes are what the golden pairs compare",
}


def test_source_files_are_short() -> None:
    assert _longer_than(SOURCE_LINES, modules(SOURCE)) == []


def test_test_files_are_short() -> None:
    assert _longer_than(TEST_LINES, modules(TESTS)) == []


def test_every_module_says_what_it_holds() -> None:
    silent = [name_of(path) for path in modules(SOURCE) if not ast.get_docstring(parse_module(path))]
    assert silent == []


def test_every_module_with_logic_has_its_unit_test() -> None:
    missing = [
        f"{name_of(path)} -> {name_of(expected)}"
        for path in modules(SOURCE)
        if _has_logic(parse_module(path)) and not _is_tested_elsewhere(path)
        for expected in [_unit_test_of(path)]
        if not list(expected.parent.glob(f"{expected.stem}*.py"))
    ]
    assert missing == []


def test_every_unit_test_has_its_module() -> None:
    unit = TESTS / "unit"
    orphans = [
        name_of(path)
        for path in modules(unit)
        if path.name.startswith("test_") and not _modules_tested_by(path.relative_to(unit))
    ]
    assert orphans == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialects_carry_the_same_five_names(dialect: str) -> None:
    folder = SOURCE / "web" / dialect
    found = {
        path.stem for path in folder.glob("*") if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert found - {"__init__"} in (set(), DIALECT_FILES)


def test_reasons_for_missing_unit_tests_are_current() -> None:
    names = [path.relative_to(SOURCE).as_posix() for path in modules(SOURCE)]
    folders = {name.partition("/")[0] for name in names}
    stale = [
        pattern
        for pattern in TESTED_ELSEWHERE
        # A room that is not built yet may have its exception already.
        if pattern.partition("/")[0] in folders and not fnmatch.filter(names, pattern)
    ]
    assert stale == []


def _longer_than(limit: int, paths: list[Path]) -> list[str]:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    return [f"{name}: {length} lines" for name, length in lengths.items() if length > limit]


def _has_logic(module: ast.Module) -> bool:
    """Tell whether the module defines a function that does something, protocols aside."""
    protocols = {
        function
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases)
        for function in ast.walk(node)
    }
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(isinstance(node, functions) and node not in protocols for node in ast.walk(module))


def _is_tested_elsewhere(path: Path) -> bool:
    name = path.relative_to(SOURCE).as_posix()
    return any(fnmatch.fnmatch(name, pattern) for pattern in TESTED_ELSEWHERE)


def _unit_test_of(path: Path) -> Path:
    """Return the mirrored place; a package's own file is tested beside the package, under the package's name."""
    mirrored = path.relative_to(SOURCE)
    if mirrored.name == "__init__.py":
        mirrored = mirrored.parent.with_suffix(".py")
    return TESTS / "unit" / mirrored.parent / f"test_{mirrored.stem}.py"


def _modules_tested_by(test: Path) -> list[Path]:
    """List the modules that `test` may be about: test_order_places.py is about order.py (or order_places.py)."""
    words = test.stem.removeprefix("test_").split("_")
    stems = ["_".join(words[:count]) for count in range(len(words), 0, -1)]
    folder = SOURCE / test.parent
    candidates = [place for stem in stems for place in (folder / f"{stem}.py", folder / stem / "__init__.py")]
    return [candidate for candidate in candidates if candidate.exists()]
