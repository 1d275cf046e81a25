"""What is committed works on any machine: no paths of one, no download addresses, and the domain needs nothing."""

import ast
import re
import sys
from collections.abc import Iterator

import pytest

from tests.house.project import ROOT, SOURCE, modules, name_of, parse_module, project_files

# Folders of people and of build machines. Written so that no pattern matches itself.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:(?:home|Users)/\w|roo[t]/|(?:work|workspace|builds)/\w)")
REGISTRY = re.compile(
    r"(?:pypi|pythonhosted|npmjs|yarnpkg|crates|rubygems|golang)[.](?:org|com|io)"
    r"|deb[.]debian[.]org|archive[.]ubuntu[.]com"
)
DOWNLOAD_OPTION = re.compile(
    r"^(?:-i|-f|--(?:extra-)?index-url|--find-links|--trusted-host)\b|\b(?:file|https?)://", re.MULTILINE
)

DOMAIN_MAY_IMPORT = {*sys.stdlib_module_names, "certwright", "cryptography", "idna", "publicsuffixlist"}
# Standard, but they reach outside or bring a clock of their own.
DOMAIN_MUST_NOT_IMPORT = {
    "asyncio",
    "logging",
    "os",
    "pathlib",
    "socket",
    "sqlite3",
    "subprocess",
    "threading",
    "time",
}


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY], ids=["machine path", "registry host"])
def test_no_file_names_a_machine_or_a_registry(pattern: re.Pattern[str]) -> None:
    hits = [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in project_files()
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        )
        if pattern.search(line) or str(ROOT) + "/" in line
    ]
    assert hits == []


def test_requirements_are_pinned_hashed_and_without_addresses() -> None:
    files = sorted((ROOT / "requirements").glob("*.txt"))
    assert [path.name for path in files] == ["clients.txt", "dev.txt", "runtime.txt"]
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert DOWNLOAD_OPTION.findall(text) == [], path.name
        requirements = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)).split("\n")
        loose = [
            line for line in requirements if line.strip() and not re.match(r"\S+==\S+.* --hash=sha256:", line)
        ]
        assert loose == [], path.name


def test_development_uses_the_versions_of_production() -> None:
    runtime, dev = (_pins(name) for name in ("runtime.txt", "dev.txt"))
    assert runtime.items() <= dev.items()


def test_domain_sees_the_standard_library_and_three_small_ones() -> None:
    allowed = DOMAIN_MAY_IMPORT - DOMAIN_MUST_NOT_IMPORT
    hits = [
        f"{name_of(path)}: {package}"
        for path in modules(SOURCE / "domain")
        for package in _imported_packages(parse_module(path))
        if package not in allowed
    ]
    assert hits == []


@pytest.mark.parametrize("text", [f"/{folder}/sam/x" for folder in ("home", "Users", "root", "builds")])
def test_machine_paths_are_recognized(text: str) -> None:
    assert MACHINE_PATH.search(text)


@pytest.mark.parametrize(
    "text", ["/services/v2/order", "/var/lib/certwright", "https://ca.example/work/1", "src/home/x"]
)
def test_paths_of_every_machine_are_not(text: str) -> None:
    assert not MACHINE_PATH.search(text)


def _pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, flags=re.MULTILINE))


def _imported_packages(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]
