"""Use cases that lost a race are run again, a few times."""

from __future__ import annotations

import pytest

from certwright.domain.errors import Conflict, StaleRecord
from certwright.services.retrying import again_when_stale


class Race:
    """A use case that loses so many times."""

    def __init__(self, losses: int) -> None:
        self.losses = losses
        self.runs = 0

    @again_when_stale
    async def run(self, word: str, *, twice: bool = False) -> str:
        """Say a word."""
        self.runs += 1
        if self.runs <= self.losses:
            raise StaleRecord("somebody was faster")
        return word * 2 if twice else word


@pytest.mark.parametrize("losses", [0, 1, 4])
async def test_lost_race_is_run_again(losses: int) -> None:
    race = Race(losses)
    assert await race.run("ab", twice=True) == "abab"
    assert race.runs == losses + 1
    assert Race.run.__doc__ == "Say a word."


async def test_whoever_always_loses_is_told() -> None:
    race = Race(99)
    with pytest.raises(StaleRecord):
        await race.run("ab")
    assert race.runs == 5


async def test_other_errors_are_told_at_once() -> None:
    runs = []

    @again_when_stale
    async def refuse() -> None:
        runs.append(1)
        raise Conflict("no")

    with pytest.raises(Conflict):
        await refuse()
    assert runs == [1]
