"""DNS names: one canonical form, whatever is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.domain.errors import InvalidInput
from certwright.domain.identifier import Identifier, fits_common_name, parse_identifier

LONG_LABEL = "a" * 63


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("www.example.com", "www.example.com"),
        (" WWW.Example.COM. ", "www.example.com"),
        ("*.Example.com", "*.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("*.漢字.example", "*.xn--p8s937b.example"),
        ("a-b.c-d.example", "a-b.c-d.example"),
        (f"{LONG_LABEL}.example.com", f"{LONG_LABEL}.example.com"),
        ("example.co.uk", "example.co.uk"),
        ("host.internal", "host.internal"),
    ],
)
def test_name_is_read(text: str, name: str) -> None:
    assert parse_identifier(text).name == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "*",
        "*.",
        "localhost",
        "*.com",
        "com",
        "co.uk",
        "*.co.uk",
        "a..example.com",
        ".example.com",
        "-a.example.com",
        "a-.example.com",
        "a_b.example.com",
        "a b.example.com",
        "a.*.example.com",
        "*.*.example.com",
        "www*.example.com",
        "192.0.2.1",
        "[2001:db8::1]",
        "example.123",
        "user@example.com",
        "https://example.com",
        "example.com/path",
        "example.com:443",
        "a\0b.example.com",
        "a\nb.example.com",
        "\ud800.example.com",
        f"{LONG_LABEL}a.example.com",
        ".".join(["a" * 60] * 5),
        "a." * 5000 + "example.com",
        "ü" * 300 + ".example",
        "xn--a.example",
        "xn--zz--zz.example",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_identifier(text, field="names[3]")
    assert [fault.field for fault in refused.value.faults] == ["names[3]"]
    assert len(refused.value.message) < 200


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        name = parse_identifier(text)
    except InvalidInput:
        return
    assert parse_identifier(name.name) == name
    assert name.name == name.name.lower()
    assert name.name.isascii()


def test_wildcard_is_proved_at_its_base() -> None:
    name = Identifier("*.www.example.co.uk")
    assert (name.is_wildcard, name.fqdn, name.registrable_domain) == (
        True,
        "www.example.co.uk",
        "example.co.uk",
    )
    assert name.authorization_domain_names() == ("www.example.co.uk", "example.co.uk")


def test_authorization_domain_names_stop_at_the_registrable_domain() -> None:
    name = Identifier("a.b.example.com")
    assert name.authorization_domain_names() == ("a.b.example.com", "b.example.com", "example.com")
    assert Identifier("example.com").authorization_domain_names() == ("example.com",)


def test_common_name_holds_64_characters() -> None:
    assert fits_common_name(Identifier("a" * 60 + ".com"))
    assert not fits_common_name(Identifier("a" * 61 + ".com"))


def test_names_sort_and_print_as_text() -> None:
    assert min(Identifier("b.example"), Identifier("a.example")) == Identifier("a.example")
    assert f"{Identifier('*.a.example')}" == "*.a.example"
