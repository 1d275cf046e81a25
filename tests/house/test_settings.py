"""Every setting has its row in docs/configuration.md, and the page names no setting that is not there."""

import importlib
import inspect
import re

from tests.house.project import ROOT, SOURCE

PAGE = ROOT / "docs" / "configuration.md"
PREFIX = "CERTWRIGHT_"

# Names that the environment may hold beside the settings, and what they are.
NOT_SETTINGS = {"CERTWRIGHT_CONFIG": "the path of the settings file itself"}


def test_every_setting_is_documented_and_nothing_else() -> None:
    if not (SOURCE / "config.py").exists():
        return
    settings = importlib.import_module("certwright.config").Settings
    names = {
        PREFIX + field.upper() for field in inspect.get_annotations(settings) if not field.startswith("_")
    }
    documented = set(re.findall(rf"{PREFIX}[A-Z0-9_]+", PAGE.read_text(encoding="utf-8")))
    assert names, "Settings has no fields: it is expected to be a flat class with annotated fields"
    assert sorted(names - documented) == []
    assert sorted(documented - names - NOT_SETTINGS.keys()) == []
