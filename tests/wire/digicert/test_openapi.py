"""The served description: true to the routes, and kept by every answer to whatever fits it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import schemathesis

from certwright.web.digicert import routes
from certwright.web.digicert.routes.description import describe
from certwright.web.digicert.routes.endpoint import PREFIX
from tests.support.made_up import Talk, check_answers, talking
from tests.support.server import csr_for
from tests.wire.digicert.given import API, CERTIFICATE, NAME, ORDER, add_organization, issue, place
from tests.wire.digicert.given_account import add_domain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.server import Server

NOBODY: Any = None
OPERATIONS = [o for room in routes.rooms(NOBODY, ZoneInfo("UTC")) for o in room.operations()]
DOCUMENT = describe(OPERATIONS, PREFIX)
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
CALLS = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]


# What is there, by what a path begins with: nine orders of every kind with their certificates and requests.
_NUMBERS = range(9)
KNOWN: dict[str, dict[str, list[str]]] = {
    "/order/certificate/": {
        "id": [str(ORDER + number) for number in _NUMBERS],
        "key": [str(ORDER), str(ORDER + 5), str(ORDER + 6), "ssl", "ssl_dv_geotrust"],
    },
    "/certificate/download/order/": {"id": [str(ORDER), str(ORDER + 1)], "format": ["pem_all", "p7b"]},
    "/certificate/": {
        "id": [str(CERTIFICATE + number) for number in _NUMBERS],
        "format": ["default", "pem_all", "cer"],
        "platform": ["2", "29", "nginx"],
    },
    "/request/": {"id": [str(1 + number) for number in _NUMBERS]},
    "/report/order/": {"container_id": ["1"]},
    "/user/": {"id": ["1001", "1002"]},
    "/product/": {"name_id": ["ssl_basic"]},
    "/container/": {"id": ["1"], "template_id": ["1"]},
    "/organization/": {"id": ["1"]},
    "/account/metadata/": {"id": ["1"]},
    "/domain/": {"id": ["1", "2", "3"]},
    "/webhook/": {"id": ["1"]},
}


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    home = tmp_path_factory.mktemp("server")
    with talking(home, _fill, lambda server: server.digicert, "x-dc-devkey") as talk:
        yield talk


async def _fill(server: Server) -> None:
    organization = {"id": (await add_organization(server)).id}
    await add_domain(server, organization=organization)
    await add_domain(server, "example.org", dcv_method="email")
    await add_domain(server, "www.example.net", dcv_method="http-token")
    for body, path in (
        ({"endpoint": "https://hooks.example.com/"}, "webhook"),
        ({"label": "Cost center"}, "account/metadata"),
    ):
        made = await server.digicert("POST", f"{API}/{path}", json=body)
        assert made.status_code == 201, made.text
    for number in range(5):
        await issue(server, f"n{number}.{NAME}", dns_names=(f"m{number}.example.net",) if number == 4 else ())
    await place(server, "ov.example.com", product="ssl_plus", organization=organization)
    await place(server, "mail.example.com", dcv_method="email")
    await place(server, "file.example.com", dcv_method="http-token")
    await place(server, "later.example.com", with_csr=False)
    for what in ("reissue", "duplicate"):
        certificate = {"certificate": {"csr": csr_for(f"n0.{NAME}")}}
        path = f"{API}/order/certificate/{ORDER}/{what}"
        assert (await server.digicert("POST", path, json=certificate)).status_code == 201


@pytest.mark.parametrize(("path", "method"), CALLS)
def test_answers_fit_the_description(talk: Talk, path: str, method: str) -> None:
    known = next((ids for prefix, ids in KNOWN.items() if path.startswith(PREFIX + prefix)), {})
    check_answers(SCHEMA[path][method], talk.ask, usual=10, known=known)


async def test_description_is_served_to_everybody(server: Server) -> None:
    response = await server.http.get(routes.OPENAPI_PATH)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.json() == DOCUMENT
    assert (await server.http.post(routes.OPENAPI_PATH)).status_code == 405


def test_description_has_every_route(server: Server) -> None:
    app = routes.build(server.program.use)
    served = {
        (route.path, method.lower())
        for route in app.routes
        if route.path != routes.OPENAPI_PATH
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert served == set(CALLS)
    assert all(DOCUMENT["paths"][path][method]["summary"] for path, method in CALLS)
