"""One book, two languages: whatever happens to orders, in whichever dialect, both tell the same of them.

Random lives of an account: every step is taken in a dialect chosen at random, and after each one all that both dialects
say is held against the stored orders, through the table of docs/order-lifecycle.md. A failure tells the seed and the steps;
``CERTWRIGHT_TEST_SEED`` lives that life again, and ``CERTWRIGHT_TEST_LIVES`` sets how many there are of each kind.
"""

from __future__ import annotations

import os
import random
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.account import ApprovalPolicy
from certwright.domain.status import OrderStatus
from tests.support.postgres import fresh_database
from tests.support.server import running_server
from tests.support.stores import DATABASES
from tests.wire.one_book.book import WORDS
from tests.wire.one_book.walk import METHODS, NAMES, PRODUCTS, Walk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.server import Server

LIVES = {"sqlite": 4, "postgresql": 1}
STEPS = 40
MOST_ORDERS = 4
SPANS = (
    timedelta(seconds=30),
    timedelta(hours=2),
    timedelta(hours=2),
    timedelta(days=6),
    timedelta(days=6),
    timedelta(days=20),
    timedelta(days=45),
    timedelta(days=120),
)


class Choices:
    """Chooses the steps of a life; every one is possible at any time, and the ones that lead further are likelier."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def step(self, orders: int) -> tuple[str, dict[str, Any]]:
        """Choose a step and what it is about."""
        names = list(_STEPS)
        step = "place"
        if orders:
            step = self._random.choices(names, [_STEPS[name][0] for name in names])[0]
        if step == "place" and orders >= MOST_ORDERS:
            step = "wait"
        return step, _STEPS[step][1](self._random, orders)


def _place(random: random.Random, _orders: int) -> dict[str, Any]:
    return {
        "dialect": _dialect(random),
        "product": random.randrange(len(PRODUCTS)),
        "names": tuple(random.sample(NAMES, random.choice([1, 2]))),
        "method": random.choice(list(METHODS)),
        "with_csr": random.random() < 0.8,
        "skip_approval": random.random() < 0.5,
        "days": random.choice([None, 45]),
    }


def _dialect(random: random.Random) -> str:
    return random.choice(["webnic", "digicert"])


def _order(random: random.Random, orders: int) -> dict[str, Any]:
    return {"order": random.randrange(orders)}


def _in_a_dialect(random: random.Random, orders: int) -> dict[str, Any]:
    return {"dialect": _dialect(random), **_order(random, orders)}


def _skipping(random: random.Random, orders: int) -> dict[str, Any]:
    return {"skip_approval": random.random() < 0.5, **_order(random, orders)}


_STEPS: dict[str, tuple[int, Callable[[random.Random, int], dict[str, Any]]]] = {
    "place": (4, _place),
    "renew": (3, _in_a_dialect),
    "decide": (
        4,
        lambda random, _: {
            "index": random.randrange(100),
            "word": random.choice(["approved", "approved", "approved", "rejected"]),
            "key": random.choice([0, 1]),
        },
    ),
    "approve_organization": (1, lambda _random, _orders: {}),
    "supply_csr": (2, _order),
    "publish": (2, lambda random, orders: {"most": 1, **_order(random, orders)}),
    "prove": (4, _in_a_dialect),
    "carry_on": (12, _in_a_dialect),
    "look": (2, _in_a_dialect),
    "change_method": (
        2,
        lambda random, orders: {"method": random.choice(list(METHODS)), **_in_a_dialect(random, orders)},
    ),
    "cancel": (1, _in_a_dialect),
    "reissue": (
        6,
        lambda random, orders: {
            "other": random.choice([None, *NAMES]),
            **_in_a_dialect(random, orders),
        },
    ),
    "duplicate": (5, _skipping),
    "revoke_order": (2, _skipping),
    "revoke_certificate": (
        3,
        lambda random, _: {"index": random.randrange(100), "skip_approval": random.random() < 0.5},
    ),
    "change_ca": (2, lambda random, _: {"ca": random.choice(["answers", "answers", "is away", "refuses"])}),
    "wait": (6, lambda random, _: {"span": random.choice(SPANS)}),
}
"""How likely each step is, and how what it is about is chosen, given the number of orders."""


async def live(server: Server, policy: ApprovalPolicy, seed: int) -> None:
    """Live one life."""
    choices, walk = Choices(seed), await Walk.begin(server, policy)
    taken: list[str] = []
    try:
        for _ in range(STEPS):
            step, about = choices.step(await walk.count())
            taken.append(f"{step} {about}")
            await getattr(walk, step)(**about)
            server.clock.advance(timedelta(seconds=1))
            await walk.check()
    except Exception as failure:
        failure.add_note(f"The seed is {seed}, and these were the steps:\n" + "\n".join(taken))
        raise


@pytest.mark.parametrize("policy", ApprovalPolicy)
@pytest.mark.parametrize("database", DATABASES)
async def test_both_dialects_tell_one_book(
    tmp_path: Path, request: pytest.FixtureRequest, database: str, policy: ApprovalPolicy
) -> None:
    given = os.environ.get("CERTWRIGHT_TEST_SEED")
    lives = 1 if given else int(os.environ.get("CERTWRIGHT_TEST_LIVES", LIVES[database]))
    for number in range(lives):
        seed = int(given) if given else random.SystemRandom().randrange(10**9)
        environment = {}
        with ExitStack() as exits:
            if database == "postgresql":
                url = exits.enter_context(fresh_database(request.getfixturevalue("postgres_url")))
                environment["CERTWRIGHT_DATABASE_URL"] = url
            async with running_server(tmp_path / str(number), **environment) as server:
                await live(server, policy, seed)


def test_table_has_every_status() -> None:
    assert set(WORDS) == set(OrderStatus)
