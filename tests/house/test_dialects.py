"""Every dialect has an answer for every fault of the tree."""

import ast

import pytest

from certwright.domain import errors
from tests.house.project import SOURCE, modules, parse_module
from tests.house.test_files import DIALECTS


def _tree(root: type[errors.CertwrightError]) -> set[str]:
    """Name the classes of the tree below `root`; a dialect's own refinements are its own affair."""
    children = [child for child in root.__subclasses__() if child.__module__ == errors.__name__]
    return {name for child in children for name in {child.__name__, *_tree(child)}}


def _names_used_in_errors_of(dialect: str) -> set[str]:
    folder = SOURCE / "web" / dialect
    files = [path for path in modules(folder) if path.relative_to(folder).parts[0] in ("errors.py", "errors")]
    nodes = [node for path in files for node in ast.walk(parse_module(path))]
    # An import alone is not an answer: the table has to use the name.
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_error_has_an_answer_in_every_dialect(dialect: str) -> None:
    if (SOURCE / "web" / dialect).exists():
        assert sorted(_tree(errors.CertwrightError) - _names_used_in_errors_of(dialect)) == []


def test_every_error_has_a_code_of_its_own() -> None:
    classes = [getattr(errors, name) for name in sorted(_tree(errors.CertwrightError))]
    codes = [error.code for error in classes]
    assert len(set(codes)) == len(codes)


def test_docstring_draws_the_whole_tree() -> None:
    assert [
        name for name in sorted(_tree(errors.CertwrightError)) if name not in (errors.__doc__ or "")
    ] == []
