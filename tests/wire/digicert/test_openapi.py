"""The served description: true to the routes, and kept by every answer to whatever fits it.

``CERTWRIGHT_TEST_EXAMPLES`` sets how many requests are made up for each operation; the usual number keeps ``make test``
short, some hundreds find more.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.routing import Route

from certwright.web.digicert import routes
from certwright.web.digicert.routes.description import describe
from certwright.web.digicert.routes.endpoint import PREFIX
from tests.support.server import running_server
from tests.wire.digicert.given import add_organization, issue, place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import Case

    from tests.support.server import Server

EXAMPLES = int(os.environ.get("CERTWRIGHT_TEST_EXAMPLES", "10"))
NOBODY: Any = None
OPERATIONS = [o for room in routes.rooms(NOBODY, ZoneInfo("UTC")) for o in room.operations()]
DOCUMENT = describe(OPERATIONS, PREFIX)
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
CALLS = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


class Talk:
    """A server with something in it, and the loop on which it runs: the made-up requests come from outside."""

    def __init__(self, runner: asyncio.Runner, server: Server) -> None:
        self._runner = runner
        self._server = server

    def ask(self, case: Case[Any]) -> Any:
        """Send a made-up request with a good key."""
        request = case.as_transport_kwargs(base_url="http://certwright.test")
        headers = {name: value for name, value in request["headers"].items() if name.lower() != "x-dc-devkey"}
        for name in ("cookies", "headers"):
            request.pop(name, None)
        if isinstance(request.get("data"), bytes):
            request["content"] = request.pop("data")
        method, url = request.pop("method"), request.pop("url")
        return self._runner.run(self._server.digicert(method, url, headers=headers, **request))


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with asyncio.Runner() as runner:
        running = running_server(tmp_path_factory.mktemp("server"))
        server = runner.run(running.__aenter__())
        try:
            runner.run(_fill(server))
            yield Talk(runner, server)
        finally:
            runner.run(running.__aexit__(*sys.exc_info()))


async def _fill(server: Server) -> None:
    organization = await add_organization(server)
    await issue(server)
    await place(server, "ov.example.com", product="ssl_plus", organization={"id": organization.id})
    await place(server, "mail.example.com", dcv_method="email")


@pytest.mark.parametrize(("path", "method"), CALLS)
def test_answers_fit_the_description(talk: Talk, path: str, method: str) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=SCHEMA[path][method].as_strategy())
    def ask(case: Case[Any]) -> None:
        case.validate_response(talk.ask(case), checks=CHECKS)

    ask()


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
        if isinstance(route, Route) and route.path != routes.OPENAPI_PATH
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert served == set(CALLS)
    assert all(DOCUMENT["paths"][path][method]["summary"] for path, method in CALLS)
