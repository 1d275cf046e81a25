"""What the documents promise is there: links, commands, and the form of decision records."""

import re
from pathlib import Path

from tests.house.project import ROOT, name_of, project_files

DECISIONS = ROOT / "docs" / "decisions"
HEADINGS = ["Status", "Context", "Decision", "Consequences", "Alternatives"]


def test_links_between_documents_lead_somewhere() -> None:
    dead = [
        f"{name_of(page)}: {link}"
        for page in _pages()
        for link in re.findall(r"\]\(([^)\s#]+)[^)]*\)", _prose(page))
        if "://" not in link and not link.startswith("mailto:") and not (page.parent / link).exists()
    ]
    assert dead == []


def test_make_commands_in_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    unknown = [
        f"{name_of(page)}: make {command}"
        for page in _pages()
        for command in re.findall(
            r"(?:`|^\s*\$ |^ {4})make ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE
        )
        if command not in targets
    ]
    assert unknown == []


def test_every_make_command_is_explained_by_make() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    explained = set(re.findall(r"^([a-z]+):.* ## ", text, re.MULTILINE))
    internal = {"help", "openssl", "venv"}
    assert set(re.findall(r"^([a-z]+):", text, re.MULTILINE)) - internal == explained


def test_decision_records_have_one_form_and_stand_in_the_index() -> None:
    records = sorted(DECISIONS.glob("[0-9]*.md"))
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    for record in records:
        text = record.read_text(encoding="utf-8")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS, record.name
        assert text.startswith(f"# {record.name[:4]}: "), record.name
        assert f"]({record.name})" in index, record.name
    numbers = [int(record.name[:4]) for record in records]
    assert numbers == list(range(len(numbers)))


def _pages() -> list[Path]:
    return [path for path in project_files() if path.suffix == ".md"]


def _prose(page: Path) -> str:
    """Return the page without its code blocks."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
