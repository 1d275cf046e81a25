"""The served description: complete, true to the routes, and kept by every answer to whatever fits it.

``CERTWRIGHT_TEST_EXAMPLES`` sets how many requests are made up for each operation; the usual number keeps ``make test``
short, some hundreds find more.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import jsonschema_rs
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

from certwright.web.native import routes
from certwright.web.native.routes import describe
from tests.support.orders import issue, place
from tests.support.server import running_server
from tests.support.subscriptions import subscribe_unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import Case

    from tests.support.server import Server

EXAMPLES = int(os.environ.get("CERTWRIGHT_TEST_EXAMPLES", "20"))
DOCUMENT = json.loads(json.dumps(describe()))
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
        headers = {
            name: value for name, value in request["headers"].items() if name.lower() != "authorization"
        }
        for name in ("cookies", "headers"):
            request.pop(name, None)
        if isinstance(request.get("data"), bytes):
            request["content"] = request.pop("data")
        # Waiting for a change that never comes is of no use here.
        request["params"] = {name: v for name, v in (request.get("params") or {}).items() if name != "wait"}
        method, url = request.pop("method"), request.pop("url")
        return self._runner.run(self._server.native(method, url, headers=headers, **request))


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
    await issue(server)
    await place(server, "mail.example.com")
    await subscribe_unreachable(server, "hooks.example.com")


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
    served = {
        (route.path, method.lower())
        for route in routes.build(server.program.use).routes
        if isinstance(route, Route) and route.path != routes.OPENAPI_PATH
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert served == set(CALLS)


@pytest.mark.parametrize(("path", "method"), CALLS)
def test_description_is_complete(path: str, method: str) -> None:
    described = DOCUMENT["paths"][path][method]
    assert described["summary"]
    assert all(parameter["description"] for parameter in described.get("parameters", []))
    assert {"401", "403", "422", "429", "500", "503"} <= set(described["responses"])
    assert {"400", "413", "415"} <= set(described["responses"]) or "requestBody" not in described
    bodies = [answer for status, answer in described["responses"].items() if status.startswith("2")]
    if "requestBody" in described:
        bodies.append(described["requestBody"])
    for media in (body["content"].get("application/json") for body in bodies if "content" in body):
        schema = {**media["schema"], "components": DOCUMENT["components"]}
        jsonschema_rs.validate(schema, media["example"])


def test_names_of_operations_are_unique() -> None:
    names = [DOCUMENT["paths"][path][method]["operationId"] for path, method in CALLS]
    assert len(set(names)) == len(names)
