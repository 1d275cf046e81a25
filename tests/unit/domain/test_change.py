"""Who made a change, in words."""

from __future__ import annotations

from certwright.domain.change import OPERATOR, WORKER, Actor, ActorKind
from certwright.domain.ids import APIKeyId


def test_key_is_named_by_its_id() -> None:
    actor = Actor.for_key(APIKeyId(1001))
    assert (actor.kind, str(actor)) == (ActorKind.KEY, "key:1001")


def test_actors_without_an_id_are_named_by_their_kind() -> None:
    assert (str(WORKER), str(OPERATOR)) == ("worker", "operator")
