"""A description is made from types: what their marks say stands in it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from certwright.web.shared.openapi import API, REQUIRED, Operation, Parameter, build_document


class Question(msgspec.Struct):
    """What is asked."""

    text: Annotated[str, msgspec.Meta(extra_json_schema={REQUIRED: True, "maxLength": 5})] = ""
    number: Annotated[int | None, msgspec.Meta(extra_json_schema={REQUIRED: True})] = None
    word: Annotated[str, msgspec.Meta(extra_json_schema={REQUIRED: True})] | None = None
    more: str | None = None


class Answer(msgspec.Struct):
    """What is answered."""

    question: Question


class Refusal(msgspec.Struct):
    """What is refused."""

    why: str


ASK = Operation(
    method="POST",
    path="/ask/{id}",
    name="ask",
    tag="Asking",
    summary="Ask",
    parameters=(
        Parameter(name="id", where="path", required=True, description="An id.", example="7"),
        Parameter(name="deep", description="How deep.", schema={"type": "integer"}),
    ),
    body=Question,
    body_example=Question(text="why", number=1, word="x"),
    answer=list[Answer],
    status=201,
    errors={400: "Wrong", 429: "Too often"},
)
FILE = Operation(
    method="GET",
    path="/ask/{id}",
    name="read",
    tag="Asking",
    summary="Read",
    answer={"type": "string"},
    answer_media_types=("text/plain", "application/pdf"),
    public=True,
    deprecated=True,
)
NOTHING = Operation(method="DELETE", path="/ask", name="forget", tag="Asking", summary="Forget", status=204)


def _document() -> dict[str, Any]:
    api = API(
        title="Title",
        version="1",
        description="Words.",
        failure=Refusal,
        security={"key": {"type": "apiKey", "in": "header", "name": "Key"}},
    )
    return build_document(api, [ASK, FILE, NOTHING])


def test_document() -> None:
    document = _document()
    assert document["openapi"] == "3.1.0"
    assert document["info"] == {"title": "Title", "version": "1", "description": "Words."}
    assert document["security"] == [{"key": []}]
    assert list(document["components"]["securitySchemes"]) == ["key"]
    assert {path: list(methods) for path, methods in document["paths"].items()} == {
        "/ask/{id}": ["post", "get"],
        "/ask": ["delete"],
    }


def test_operation() -> None:
    described = _document()["paths"]["/ask/{id}"]["post"]
    body = described["requestBody"]
    assert body["required"] is True
    assert body["content"]["application/json"] == {
        "schema": {"$ref": "#/components/schemas/Question"},
        "example": {"text": "why", "number": 1, "word": "x", "more": None},
    }
    assert list(described["responses"]) == ["201", "400", "429"]
    answer = described["responses"]["201"]["content"]["application/json"]["schema"]
    assert answer == {"type": "array", "items": {"$ref": "#/components/schemas/Answer"}}
    refusal = described["responses"]["429"]
    assert refusal["description"] == "Too often"
    assert refusal["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Refusal"}
    assert [(p["name"], p["in"], p["required"], "example" in p) for p in described["parameters"]] == [
        ("id", "path", True, True),
        ("deep", "query", False, False),
    ]
    assert "security" not in described


def test_file_and_nothing() -> None:
    paths = _document()["paths"]
    read = paths["/ask/{id}"]["get"]
    assert (read["security"], read["deprecated"]) == ([], True)
    assert list(read["responses"]["200"]["content"]) == ["text/plain", "application/pdf"]
    assert "content" not in paths["/ask"]["delete"]["responses"]["204"]


def test_marked_fields_are_required_and_the_mark_is_gone() -> None:
    question = _document()["components"]["schemas"]["Question"]
    assert question["required"] == ["text", "number", "word"]
    assert question["properties"]["text"] == {"type": "string", "maxLength": 5}
    assert question["properties"]["number"] == {"anyOf": [{"type": "integer"}]}
    assert question["properties"]["word"] == {"anyOf": [{"type": "string"}]}
    assert question["properties"]["more"]["default"] is None
    assert REQUIRED not in str(question)
