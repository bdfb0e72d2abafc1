"""The OpenAPI document, from the Structs and signatures that serve the requests."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from starlette.responses import Response

from palabre.edge.answers import Answer, Page
from palabre.edge.binding import id_kind, takes_files
from palabre.edge.endpoint import Endpoint
from palabre.edge.uploads import Upload

_REF = "#/components/schemas/{name}"
_ID = {"type": "string", "pattern": "^[0-9]{31}$"}
_OPAQUE: frozenset[Any] = frozenset({None, Any, bytes, Answer, Page, Response, types.NoneType})
"""Types of results that say nothing about their JSON."""


def document(
    endpoints: Iterable[Endpoint], *, title: str, version: str, origin: str, description: str = ""
) -> dict[str, Any]:
    """Describe ``endpoints`` as OpenAPI 3.1, ready to be encoded."""
    listed = sorted(endpoints, key=lambda one: (one.path, one.method))
    schemas = _Schemas(listed)
    paths: dict[str, dict[str, Any]] = {}
    for one in listed:
        path = re.sub(r"\{(\w+):path\}", r"{\1}", one.path)
        paths.setdefault(path, {})[one.method.lower()] = _operation(one, schemas)
    scopes = sorted({scope for one in listed for scope in one.scopes})
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": description},
        "servers": [{"url": origin}],
        "paths": paths,
        "components": {
            "schemas": {**schemas.components, "Error": _error_schema()},
            "securitySchemes": {"token": _security_scheme(origin, scopes)},
        },
    }


class _Schemas:
    """Schemas of all Structs named by endpoints, ids written as the strings they are on the wire."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._of: dict[Any, dict[str, Any]] = {}
        wanted: list[Any] = []
        for one in endpoints:
            wanted += [kind for kind in (one.body, one.query) if kind is not None]
            wanted += one.path_params.values()
            if not _opaque(answer := _answer_of(one)):
                wanted.append(answer)
        structs: set[Any] = set()
        for kind in wanted:
            _find_structs(kind, structs)
        wanted += structs
        told, components = msgspec.json.schema_components(wanted, schema_hook=_hook, ref_template=_REF)
        self.components: dict[str, Any] = dict(components)
        self._of = dict(zip(wanted, told, strict=True))
        for cls in structs:
            self._write_ids(cls)

    def of(self, kind: Any) -> dict[str, Any]:
        """Return the schema of a type."""
        return dict(_ID) if id_kind(kind) is not None else self._of[kind]

    def fields(self, cls: type[msgspec.Struct]) -> dict[str, Any]:
        """Return the schema of a Struct itself, not a reference to it."""
        name = str(self._of[cls]["$ref"]).rpartition("/")[2]
        found: dict[str, Any] = self.components[name]
        return found

    def _write_ids(self, cls: type[msgspec.Struct]) -> None:
        properties = self.fields(cls)["properties"]
        for field in msgspec.structs.fields(cls):
            if _holds_id(field.type):
                _integers_to_ids(properties[field.encode_name])


def _find_structs(kind: Any, found: set[Any]) -> None:
    """Add to ``found`` the Structs that ``kind`` is made of."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in found:
        found.add(kind)
        for field in msgspec.structs.fields(kind):
            _find_structs(field.type, found)
    for inner in typing.get_args(kind):
        _find_structs(inner, found)


def _holds_id(kind: Any) -> bool:
    return id_kind(kind) is not None or any(_holds_id(inner) for inner in typing.get_args(kind))


def _integers_to_ids(schema: dict[str, Any]) -> None:
    if schema.get("type") == "integer":
        schema.update(_ID)
    for inner in (*schema.get("anyOf", ()), schema.get("items")):
        if isinstance(inner, dict):
            _integers_to_ids(inner)


def _hook(kind: type) -> dict[str, Any]:
    if kind is Upload:
        return {"type": "string", "format": "binary"}
    raise NotImplementedError


def _answer_of(one: Endpoint) -> Any:
    """Return what an endpoint answers with; of what is ready, what ``Annotated[bytes, Status]`` says is in it."""
    kind = one.returns
    if typing.get_origin(kind) is Annotated and kind.__origin__ in {bytes, Page, Answer}:
        return kind.__metadata__[0]
    return kind


def _opaque(kind: Any) -> bool:
    return kind in _OPAQUE or any(_opaque(inner) for inner in typing.get_args(kind) if inner is not types.NoneType)


def _name_of(one: Endpoint) -> str:
    name = f"{one.function.__module__.rpartition('.')[2]}_{one.name}"
    return f"{name}_alpha" if "_alpha/" in one.path else name  # the same function, under its former address


def _operation(one: Endpoint, schemas: _Schemas) -> dict[str, Any]:
    summary, _, description = inspect.cleandoc(one.__doc__ or "").partition("\n\n")
    operation: dict[str, Any] = {
        "operationId": _name_of(one),
        "summary": summary.replace("\n", " "),
        "parameters": _parameters(one, schemas),
        "responses": _responses(one, schemas),
    }
    if description:
        operation["description"] = description
    if one.body is not None and one.method != "GET":
        types_ = ["multipart/form-data"] if takes_files(one.body) else []
        types_ += ["application/json", "application/x-www-form-urlencoded"]
        operation["requestBody"] = {"content": {kind: {"schema": schemas.of(one.body)} for kind in types_}}
    if one.auth is not None:
        needed = [{"token": [scope]} for scope in one.scopes] or [{"token": []}]
        operation["security"] = [*needed, {}] if one.auth == "optional" else needed
    return operation


def _parameters(one: Endpoint, schemas: _Schemas) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": schemas.of(kind)}
        for name, kind in one.path_params.items()
    ]
    in_query = one.query or (one.body if one.method == "GET" else None)
    if in_query is not None:
        schema = schemas.fields(in_query)
        for name, of_field in schema["properties"].items():
            found.append(
                {
                    "name": f"{name}[]" if of_field.get("type") == "array" else name,
                    "in": "query",
                    "required": name in schema.get("required", ()),
                    "schema": of_field,
                }
            )
    return found


def _responses(one: Endpoint, schemas: _Schemas) -> dict[str, Any]:
    answer = _answer_of(one)
    schema = {} if _opaque(answer) else {"schema": schemas.of(answer)}
    refusals = {"422": "A field is wrong", "429": "Too many requests"}
    if one.auth is not None:
        refusals |= {"401": "No good token"}
        if one.scopes:
            refusals |= {"403": "Not allowed"}
    if one.path_params:
        refusals |= {"404": "Nothing there, or nothing for this viewer"}
    error = {"application/json": {"schema": {"$ref": _REF.format(name="Error")}}}
    return {
        "200": {"description": "OK", "content": {"application/json": schema}},
        **{status: {"description": said, "content": error} for status, said in sorted(refusals.items())},
    }


def _error_schema() -> dict[str, Any]:
    described = {"type": "object", "properties": {"error": {"type": "string"}, "description": {"type": "string"}}}
    return {
        "type": "object",
        "properties": {
            "error": {"type": "string", "description": "A sentence; names the field that is wrong, if one is"},
            "details": {"type": "object", "additionalProperties": {"type": "array", "items": described}},
        },
        "required": ["error"],
    }


def _security_scheme(origin: str, scopes: list[str]) -> dict[str, Any]:
    named = {scope: scope for scope in scopes}
    token = f"{origin}/oauth/token"
    return {
        "type": "oauth2",
        "flows": {
            "authorizationCode": {
                "authorizationUrl": f"{origin}/oauth/authorize",
                "tokenUrl": token,
                "scopes": named,
            },
            "clientCredentials": {"tokenUrl": token, "scopes": named},
        },
    }
