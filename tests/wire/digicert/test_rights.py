"""Who may do what: every operation by a key of every role under every restriction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from certwright.domain.account import KeyRestriction, Role
from tests.wire.digicert.calls import CALLS
from tests.wire.digicert.given import API, make_key

if TYPE_CHECKING:
    from tests.support.server import Server
    from tests.wire.digicert.calls import Call

AREAS = {
    "order": "orders",
    "certificate": "orders",
    "request": "orders",
    "report": "orders",
    "domain": "domains",
    "organization": "organizations",
    "user": "users",
    "key": "users",
    "finance": "finance",
    "product": "products",
}
"""All other first words are of the account's settings."""

_ALL = dict.fromkeys(
    ("orders", "domains", "organizations", "users", "finance", "settings", "products"), "read write"
)
ROLES = {
    Role.ADMINISTRATOR: _ALL,
    Role.MANAGER: {**_ALL, "finance": "", "settings": "read", "products": "read"},
    Role.FINANCE: {**dict.fromkeys(_ALL, "read"), "finance": "read write"},
    Role.STANDARD: {
        "orders": "read write",
        "domains": "read write",
        "organizations": "read",
        "settings": "read",
        "products": "read",
    },
    Role.LIMITED: {
        "orders": "read write",
        "domains": "read",
        "organizations": "read",
        "settings": "read",
        "products": "read",
    },
}
RESTRICTIONS = {
    KeyRestriction.NONE: _ALL,
    KeyRestriction.ORDERS: {area: _ALL[area] for area in ("orders", "products")},
    KeyRestriction.ORDERS_DOMAINS_ORGANIZATIONS: {
        area: _ALL[area] for area in ("orders", "products", "domains", "organizations")
    },
    KeyRestriction.VIEW_ONLY: dict.fromkeys(_ALL, "read"),
    KeyRestriction.USERS: {"users": "read write"},
}


def _is_allowed(call: Call, role: Role, restriction: KeyRestriction) -> bool:
    if call.path == "/user/me":
        return True
    area = AREAS.get(call.path.split("/")[1], "settings")
    action = "read" if call.method == "GET" else "write"
    return action in ROLES[role].get(area, "") and action in RESTRICTIONS[restriction].get(area, "")


@pytest.mark.parametrize("role", Role)
async def test_every_cell_of_the_table(server: Server, role: Role) -> None:
    for restriction in KeyRestriction:
        headers = {"x-dc-devkey": await make_key(server, role, restriction)}
        for call in CALLS:
            response = await server.http.request(call.method, API + call.path, headers=headers)
            assert response.status_code < 500, response.text
            refused = "access_denied|missing_permission" in response.text
            told = (call.method, call.path, restriction.name, response.text)
            assert refused is not _is_allowed(call, role, restriction), told
            if refused:
                assert response.status_code == 403


async def test_roles_are_told(server: Server) -> None:
    told = {}
    for role in Role:
        headers = {"x-dc-devkey": await make_key(server, role)}
        me = (await server.http.get(f"{API}/user/me", headers=headers)).json()
        told[role] = me["access_roles"][0]["id"]
    assert told == {
        Role.ADMINISTRATOR: 1,
        Role.LIMITED: 2,
        Role.FINANCE: 3,
        Role.MANAGER: 4,
        Role.STANDARD: 5,
    }
