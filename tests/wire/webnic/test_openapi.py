"""The served description: complete, true to the routes, and kept by every answer to whatever fits it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error

from certwright.web.webnic.routes import describe
from tests.support.made_up import CHECKS, Talk, check_answers, talking
from tests.wire.webnic.given import COMPANY, create_contacts, issue, place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.server import Server

DOCUMENT = describe()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]
KNOWN = {
    "orderId": ["2000100001", "2000100002"],
    "organizationId": ["1"],
    "format": ["PEM", "P7B", "PFX"],
}
TOKEN = "/reseller/v2/api-user/token"


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    home = tmp_path_factory.mktemp("server")
    with talking(home, _fill, lambda server: server.webnic, "authorization") as talk:
        yield talk


async def _fill(server: Server) -> None:
    await create_contacts(server)
    await issue(server, "shop.webnic.cc")
    await place(server, "mail.webnic.cc", authType="email")
    await server.webnic("POST", "/ssl/v2/organization/create", json=COMPANY)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_answers_fit_the_description(talk: Talk, path: str, method: str) -> None:
    # A wrong user name is answered 500, as the vendor does.
    checks = [check for check in CHECKS if path != TOKEN or check is not not_a_server_error]

    check_answers(SCHEMA[path][method], talk.ask, usual=20, known=KNOWN, checks=checks)


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
