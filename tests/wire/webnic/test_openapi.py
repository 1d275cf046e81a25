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

from certwright.web.webnic.routes import describe
from tests.support.server import running_server
from tests.wire.webnic.given import COMPANY, create_contacts, issue, place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import Case

    from tests.support.server import Server

EXAMPLES = int(os.environ.get("CERTWRIGHT_TEST_EXAMPLES", "20"))
DOCUMENT = describe()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]
TOKEN = "/reseller/v2/api-user/token"
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
        """Send a made-up request with a good token."""
        request = case.as_transport_kwargs(base_url="http://certwright.test")
        headers = {
            name: value for name, value in request["headers"].items() if name.lower() != "authorization"
        }
        for name in ("cookies", "headers"):
            request.pop(name, None)
        if request.get("files"):  # whatever a form is made up of, it is sent as text
            request["files"] = [(name, (None, str(value[1]))) for name, value in request["files"]]
        if isinstance(request.get("data"), bytes):
            request["content"] = request.pop("data")
        method, url = request.pop("method"), request.pop("url")
        return self._runner.run(self._ask(method, url, headers=headers, **request))

    async def _ask(self, method: str, url: str, **request: Any) -> Any:
        response = await self._server.webnic(method, url, **request)
        await response.request.aread()  # a form is streamed, and a failure shows the whole request
        return response


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
    await create_contacts(server)
    await issue(server, "shop.webnic.cc")
    await place(server, "mail.webnic.cc", authType="email")
    await server.webnic("POST", "/ssl/v2/organization/create", json=COMPANY)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_answers_fit_the_description(talk: Talk, path: str, method: str) -> None:
    # A wrong user name is answered 500, as the vendor does.
    checks = [check for check in CHECKS if path != TOKEN or check is not not_a_server_error]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=SCHEMA[path][method].as_strategy())
    def ask(case: Case[Any]) -> None:
        case.validate_response(talk.ask(case), checks=checks)

    ask()


async def test_description_is_served_to_everybody(server: Server) -> None:
    response = await server.http.get("/ssl/openapi.json")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.json() == json.loads(json.dumps(DOCUMENT))
    assert (await server.http.post("/ssl/openapi.json")).status_code == 405


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_description_is_complete(path: str, method: str) -> None:
    described = DOCUMENT["paths"][path][method]
    responses = described["responses"]
    assert described["summary"]
    assert {"400", "500", "503"} <= set(responses)
    assert ("401" in responses, "429" in responses) == (path != TOKEN, path != TOKEN)
    assert ("413" in responses) == ("requestBody" in described)
    is_file = "/download/" in path
    bodies = [responses["200"], *([described["requestBody"]] if "requestBody" in described else [])]
    for media in (media for body in bodies for media in body["content"].values()):
        schema = {**media["schema"], "components": DOCUMENT["components"]}
        if not is_file:
            jsonschema_rs.validate(schema, media["example"])
    if "requestBody" in described and not is_file:
        assert list(_unlimited(described["requestBody"]["content"]["application/json"]["schema"])) == []


def _unlimited(schema: Any, where: str = "$") -> Iterator[str]:
    """Name the texts of a request that have no limit."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from _unlimited(DOCUMENT["components"]["schemas"][name], f"{where}:{name}")
    if schema.get("type") == "string" and "maxLength" not in schema:
        yield where
    for name, part in schema.get("properties", {}).items():
        yield from _unlimited(part, f"{where}.{name}")
    for part in [*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]:
        # The marks of a choice stand beside it.
        yield from _unlimited({**part, **{k: v for k, v in schema.items() if k == "maxLength"}}, where)


def test_names_of_operations_are_unique() -> None:
    names = [DOCUMENT["paths"][path][method]["operationId"] for path, method in OPERATIONS]
    assert len(set(names)) == len(names)
    assert len(names) == 33 + 2  # the manual's operations with token and balance, and two addresses more
