"""Strangers' bytes are shown without harm."""

from certwright.dcv.wording import listed, quoted


def test_printable_ascii_stays_and_the_rest_is_escaped() -> None:
    assert quoted(b"v=spf1 -all\n\x1b[31m\xff") == r'"v=spf1 -all\x0a\x1b[31m\xff"'
    assert quoted("k\u00f6ln\ud800") == r'"k\xc3\xb6ln\ud800"'


def test_long_text_is_cut() -> None:
    assert quoted("a" * 120) == f'"{"a" * 120}"'
    assert quoted("a" * 121) == f'"{"a" * 120}…"'


def test_long_lists_are_cut() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed(list("abcdef"), separator="; ") == "a; b; c; d; and 2 more"
    assert listed([]) == ""
