"""Where the project's files are, for the tests that judge them."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "certwright"
TESTS = ROOT / "tests"

# What the tools make; everything else in the checkout is ours.
_MADE_BY_TOOLS = {
    ".certwright",
    ".clients",
    ".git",
    ".venv",
    "__pycache__",
    "build",
    "dist",
    "htmlcov",
    ".hypothesis",
}


def modules(folder: Path) -> list[Path]:
    """List the Python files under `folder`, which may not exist yet."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def project_files() -> Iterator[Path]:
    """Give every file of the project that people or programs read as text."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(
            name for name in folders if name not in _MADE_BY_TOOLS and not name.endswith("_cache")
        )
        for path in (Path(folder, name) for name in sorted(names) if not name.startswith(".coverage")):
            # In a linked worktree .git is a file.
            if path.name not in _MADE_BY_TOOLS and b"\0" not in path.read_bytes():
                yield path


def name_of(path: Path) -> str:
    """Return the file's name inside the project, as a message should show it."""
    return path.relative_to(ROOT).as_posix()


def parse_module(path: Path) -> ast.Module:
    """Parse a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
