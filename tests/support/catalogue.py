"""The catalogue that comes with the program."""

from __future__ import annotations

from importlib import resources

from certwright.services.catalogue import parse_catalogue

CATALOGUE = parse_catalogue((resources.files("certwright") / "catalogue.toml").read_text(encoding="utf-8"))
