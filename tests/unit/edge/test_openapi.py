from __future__ import annotations

from typing import Annotated, Any

import msgspec

from palabre.edge.answers import Page
from palabre.edge.binding import SKIP_UNKNOWN, AccountRef, PostRef
from palabre.edge.endpoint import endpoint
from palabre.edge.openapi import document
from palabre.edge.paging import Paging
from palabre.edge.uploads import Upload
from palabre.edge.viewer import Viewer


class Option(msgspec.Struct):
    title: str
    about: PostRef | None = None


class NewThing(msgspec.Struct, kw_only=True):
    """A thing to be."""

    text: Annotated[str, msgspec.Meta(max_length=10)]
    parent: PostRef | None = None
    others: list[AccountRef] = []
    size: int = 0
    option: Option | None = None
    picture: Upload | None = None


class Thing(msgspec.Struct):
    id: str
    text: str


class Listing(Paging):
    accounts: Annotated[list[AccountRef], SKIP_UNKNOWN] = msgspec.field(default_factory=list)


@endpoint("POST", "/api/things", scope="write:things", uploads=10)
async def create_thing(body: NewThing, viewer: Viewer) -> Thing:
    """Make a thing.

    It is made at once.
    """
    raise AssertionError


@endpoint("GET", "/api/things/{thing}", scope=("read:things", "profile"))
async def one_thing(thing: PostRef, viewer: Viewer | None) -> Thing:
    """Read a thing."""
    raise AssertionError


@endpoint("GET", "/api/things")
async def things(query: Listing) -> Page:
    """List things."""
    raise AssertionError


@endpoint("GET", "/api/all")
async def all_things() -> list[Thing]:
    """List all things."""
    raise AssertionError


def described() -> dict[str, Any]:
    made = document(
        [create_thing, one_thing, things, all_things], title="Palabre", version="1", origin="https://palabre.test"
    )
    return msgspec.json.decode(msgspec.json.encode(made))


def test_a_body_is_described_as_it_is_on_the_wire() -> None:
    said = described()
    operation = said["paths"]["/api/things"]["post"]
    assert (operation["summary"], operation["description"]) == ("Make a thing.", "It is made at once.")
    assert set(operation["requestBody"]["content"]) == {
        "multipart/form-data",
        "application/json",
        "application/x-www-form-urlencoded",
    }
    fields = said["components"]["schemas"]["NewThing"]["properties"]
    assert fields["text"] == {"type": "string", "maxLength": 10}
    assert fields["size"]["type"] == "integer"
    assert [one["type"] for one in fields["parent"]["anyOf"]] == ["string", "null"]
    assert fields["others"]["items"]["type"] == "string"
    assert fields["picture"]["anyOf"][0] == {"type": "string", "format": "binary"}
    assert said["components"]["schemas"]["Option"]["properties"]["about"]["anyOf"][0]["type"] == "string"
    assert said["components"]["schemas"]["NewThing"]["required"] == ["text"]


def test_parameters_answers_and_scopes_are_described() -> None:
    said = described()
    one = said["paths"]["/api/things/{thing}"]["get"]
    assert one["parameters"] == [
        {"name": "thing", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9]{31}$"}}
    ]
    assert one["security"] == [{"token": ["read:things"]}, {"token": ["profile"]}, {}]
    assert one["responses"]["200"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Thing"}
    assert {"401", "403", "404", "422", "429"} <= set(one["responses"])
    listed = said["paths"]["/api/things"]["get"]
    assert {parameter["name"] for parameter in listed["parameters"]} == {
        "max_id", "since_id", "min_id", "limit", "accounts[]",
    }  # fmt: skip
    assert "security" not in listed
    all_of_them = said["paths"]["/api/all"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert all_of_them == {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}


def test_every_reference_leads_somewhere() -> None:
    said = described()
    text = msgspec.json.encode(said).decode()
    named = {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert named <= set(said["components"]["schemas"])
    assert said["components"]["securitySchemes"]["token"]["flows"]["authorizationCode"]["scopes"] == {
        "profile": "profile",
        "read:things": "read:things",
        "write:things": "write:things",
    }
