"""The served description: complete, true to the routes, and kept by every answer to whatever fits it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
import schemathesis

from certwright.web.native import routes
from certwright.web.native.routes import describe
from tests.support.made_up import Talk, check_answers, talking
from tests.support.orders import issue, place
from tests.support.subscriptions import subscribe_unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import Case

    from tests.support.server import Server

DOCUMENT = json.loads(json.dumps(describe()))
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
CALLS = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]
KNOWN = {"order_id": ["100001", "100002"], "webhook_id": ["1"]}


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    home = tmp_path_factory.mktemp("server")
    with talking(home, _fill, lambda server: server.native, "authorization") as talk:
        yield talk


async def _fill(server: Server) -> None:
    await issue(server)
    await place(server, "mail.example.com")
    await subscribe_unreachable(server, "hooks.example.com")


@pytest.mark.parametrize(("path", "method"), CALLS)
def test_answers_fit_the_description(talk: Talk, path: str, method: str) -> None:
    def ask(case: Case[Any]) -> Any:
        return talk.ask(case, without=("wait",))  # for a change that never comes

    check_answers(SCHEMA[path][method], ask, usual=20, known=KNOWN)


async def test_description_is_served_to_everybody(server: Server) -> None:
    response = await server.http.get(routes.OPENAPI_PATH)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.json() == DOCUMENT
    assert (await server.http.post(routes.OPENAPI_PATH)).status_code == 405


def test_description_has_every_route(server: Server) -> None:
    served = {
        (route.path, method.lower())
        for route in routes.build(server.program.use).routes
        if route.path != routes.OPENAPI_PATH
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
