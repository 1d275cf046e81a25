"""Pages that repeat what the code says are held to it."""

import re

from certwright.domain.status import STARTS, TRANSITIONS, OrderStatus
from certwright.web.digicert.translate.words import STATUS_WORDS
from certwright.web.webnic.translate.statuses import status_words
from tests.house import cli_page
from tests.house.project import ROOT

LIFECYCLE = ROOT / "docs" / "order-lifecycle.md"


def test_command_line_page_is_what_help_prints() -> None:
    assert cli_page.PAGE.read_text(encoding="utf-8") == cli_page.render(), (
        "Run python -m tests.house.cli_page"
    )


def test_life_of_an_order_is_drawn_as_the_table_has_it() -> None:
    text = LIFECYCLE.read_text(encoding="utf-8")
    drawn = set(re.findall(r"^ {4}(\w+) --> (\w+): (\w+)$", text, re.MULTILINE))
    assert drawn == {
        (source.value, target.value, action.value) for (source, action), target in TRANSITIONS.items()
    }
    begun = set(re.findall(r"^ {4}\[\*\] --> (\w+)$", text, re.MULTILINE))
    assert begun == {status.value for status in STARTS}


def test_every_status_is_explained_with_the_words_of_both_vendors() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \|[^|]+\| `(\w+)` / `(\w+)` \| `(\w+)` \|$",
        LIFECYCLE.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert rows == [
        (
            status.value,
            status_words(status).order,
            status_words(status).certificate,
            STATUS_WORDS[status],
        )
        for status in OrderStatus
    ]
