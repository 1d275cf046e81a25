"""Platforms: as clients send them, as they are told, and the format that suits each."""

from __future__ import annotations

import pytest

from certwright.domain.errors import InvalidInput
from certwright.web.digicert.schemas.bodies import Reference
from certwright.web.digicert.translate.platforms import (
    format_for,
    known_platforms,
    parse_platform,
    tell_platform,
)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (None, None),
        (0, None),
        ("", None),
        (-1, None),
        ("-1", None),
        (Reference(), None),
        (Reference(0), None),
        (Reference(-1), None),
        (2, 2),
        ("45", 45),
        (Reference("34"), 34),
        (Reference(2**31 - 1), 2**31 - 1),
    ],
)
def test_platforms_as_clients_send_them(sent: Reference | int | str | None, meant: int | None) -> None:
    assert parse_platform(sent) == meant


@pytest.mark.parametrize("sent", ["nginx", -2, "1.0", 2**31, "9" * 30, Reference("٣")])
def test_what_is_no_platform(sent: Reference | int | str) -> None:
    with pytest.raises(InvalidInput):
        parse_platform(sent)


def test_platforms_are_told_with_their_names() -> None:
    told = [tell_platform(number) for number in (None, 2, 45, 34)]
    assert [(each.id, each.name) for each in told] == [
        (-1, "OTHER"),
        (2, "Apache"),
        (45, "nginx"),
        (34, "Platform 34"),
    ]
    assert [each.id for each in known_platforms()] == [-1, 2, 14, 40, 45, 67, 68]


@pytest.mark.parametrize(
    ("asked", "own", "told"),
    [
        ("", None, "default"),
        ("", 2, "apache"),
        ("", 34, "default"),
        ("-1", 2, "default"),
        ("2", None, "apache"),
        ("29", 2, "pem_all"),
        ("40", None, "cer"),
        ("34", 2, "default"),
        ("NGINX", None, "apache"),
        ("microsoft iis 8", None, "cer"),
        ("x", 2, "default"),
        ("٣", 2, "default"),
    ],
)
def test_formats(asked: str, own: int | None, told: str) -> None:
    assert format_for(asked, own) == told
