"""Loose data into strict Structs: what clients send, in all the ways they send it, by one plan per type.

Clients write booleans as ``"1"``, ``"on"`` or ``"False"`` (in JSON too), numbers and ids as strings or the
other way round, nothing as an empty string, lists as indexed hashes. The plan of a type knows what is meant;
msgspec then checks the result against the type, bounds included.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Sequence
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec

from palabre.edge.errors import MissingValue, TooComplex, WrongValue
from palabre.edge.uploads import Upload
from palabre.errors import NotFound
from palabre.ids import AccountId, IdCodec, Kind, MediaId, PostId, UnknownId

S = TypeVar("S", bound=msgspec.Struct)
Coerce = Callable[[Any, str, IdCodec], Any]

AccountRef = Annotated[AccountId, Kind.ACCOUNT]
"""A public id of an account on the wire, the integer in Python; an unknown one is refused as not found."""
PostRef = Annotated[PostId, Kind.POST]
MediaRef = Annotated[MediaId, Kind.MEDIA]
PollRef = Annotated[PostId, Kind.POLL]
"""A poll is named by the number of its post, under a kind of its own."""
ClientRef = Annotated[int, Kind.APP]
"""An app; ``app`` alone is the network here."""
HookRef = Annotated[int, Kind.HOOK]
IncomingHookRef = Annotated[int, Kind.INCOMING_HOOK]
UnpublishedRef = Annotated[int, Kind.UNPUBLISHED]
NotificationRef = Annotated[int, Kind.NOTIFICATION]
FilterRef = Annotated[int, Kind.FILTER]
FilterKeywordRef = Annotated[int, Kind.FILTER_KEYWORD]
FilterPostRef = Annotated[int, Kind.FILTER_POST]
ListRef = Annotated[int, Kind.LIST]
FeaturedRef = Annotated[int, Kind.FEATURED]
NotificationRequestRef = Annotated[AccountId, Kind.NOTIFICATION_REQUEST]
"""What waits of a sender is named by the sender's number, under a kind of its own."""
ConversationRef = Annotated[int, Kind.CONVERSATION]
ReportRef = Annotated[int, Kind.REPORT]
RuleRef = Annotated[int, Kind.RULE]
AnnouncementRef = Annotated[int, Kind.ANNOUNCEMENT]
ExportRef = Annotated[int, Kind.EXPORT]
HashtagRef = Annotated[int, Kind.HASHTAG]
EmailDomainBlockRef = Annotated[int, Kind.EMAIL_DOMAIN_BLOCK]
EmailBlockRef = Annotated[int, Kind.EMAIL_BLOCK]
IpBlockRef = Annotated[int, Kind.IP_BLOCK]
ServerBlockRef = Annotated[int, Kind.SERVER_BLOCK]
ServerAllowRef = Annotated[int, Kind.SERVER_ALLOW]
CollectionRef = Annotated[int, Kind.COLLECTION]
CollectionItemRef = Annotated[int, Kind.COLLECTION_ITEM]
LinkRef = Annotated[int, Kind.LINK]
WarningRef = Annotated[int, Kind.WARNING]
PublisherRef = Annotated[int, Kind.PUBLISHER]

Seconds = Annotated[int, msgspec.Meta(ge=0, le=100 * 365 * 24 * 3_600)]
"""How long something holds: at most a hundred years, so that no time to come is beyond what a database counts."""


class _Skip:
    """Type of ``SKIP_UNKNOWN``."""


SKIP_UNKNOWN: Final = _Skip()
"""``Annotated[list[AccountRef], SKIP_UNKNOWN]`` leaves out ids that nobody has, instead of refusing them all."""

UNSET_WORDS: Final = frozenset({"undefined", "null"})
"""How programs in JavaScript write in a query or a form what was never set."""
_MOST_ITEMS = 1000
_ABSENT: Final = object()
_BOOLEANS: Final[dict[object, bool]] = {
    **dict.fromkeys(("true", "True", "TRUE", "t", "T", "1", "on", "On", "ON", 1, "yes"), True),
    **dict.fromkeys(("false", "False", "FALSE", "f", "F", "0", "off", "Off", "OFF", 0, "no"), False),
}
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,19}(\.[0-9]{1,19})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_BOUNDS = 2**63


def bind(cls: type[S], data: dict[str, Any], ids: IdCodec) -> S:
    """Fill ``cls`` from ``data``; fields that it does not have are ignored.

    Raises:
        WrongValue: a field is missing, has the wrong type or breaks a bound; the message names it.
        UnknownId: a field holds an id that nobody has.
        TooComplex: a list is too long.

    """
    try:
        return msgspec.convert(_plan(cls)(data, "", ids), cls)
    except msgspec.ValidationError as error:
        raise _told(str(error)) from None


@lru_cache(maxsize=1024)
def id_kind(annotation: Any) -> Kind | None:
    """Return the kind of id that ``annotation`` marks, if it marks one."""
    if typing.get_origin(annotation) is Annotated:
        return next((mark for mark in annotation.__metadata__ if isinstance(mark, Kind)), None)
    return None


def scalar(annotation: Any) -> Coerce:
    """Return what reads a path parameter of this type: ``str``, ``int`` or an id."""
    return _plan(annotation)


def takes_files(cls: type[msgspec.Struct]) -> bool:
    """Tell whether a field of ``cls`` is an ``Upload``, or holds some."""
    return any(_mentions_upload(field.type) for field in msgspec.structs.fields(cls))


def _mentions_upload(annotation: Any) -> bool:
    return annotation is Upload or any(map(_mentions_upload, typing.get_args(annotation)))


# What a type means ------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _plan(annotation: Any) -> Coerce:  # noqa: C901, PLR0911 - one line per kind of type
    kind = id_kind(annotation)
    if kind is not None:
        return _id_plan(kind)
    if typing.get_origin(annotation) is Annotated:
        skip = SKIP_UNKNOWN in annotation.__metadata__
        return _list_plan(annotation.__origin__, skip=True) if skip else _plan(annotation.__origin__)
    if isinstance(annotation, typing.NewType):
        return _plan(annotation.__supertype__)
    origin = typing.get_origin(annotation) or annotation
    if origin in {typing.Union, types.UnionType}:
        return _union_plan(annotation)
    if _is_list(origin):
        return _list_plan(annotation, skip=False)
    if origin is dict:
        return _dict_plan(annotation)
    if origin is Literal:
        return _choice_plan(typing.get_args(annotation))
    if isinstance(origin, type):
        if _is_struct(origin):
            return _struct_plan(origin)
        if issubclass(origin, Enum):
            return _choice_plan(tuple(member.value for member in origin))
        return _SCALARS.get(origin, _as_is)
    return _as_is


def _members(annotation: Any) -> tuple[Any, ...]:
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        return _members(annotation.__origin__)
    if origin in {typing.Union, types.UnionType}:
        return tuple(inner for member in typing.get_args(annotation) for inner in _members(member))
    return (annotation,)


def _base(annotation: Any) -> Any:
    """Return the class behind annotations, ``NewType`` and type arguments."""
    if typing.get_origin(annotation) is Annotated:
        return _base(annotation.__origin__)
    if isinstance(annotation, typing.NewType):
        return _base(annotation.__supertype__)
    return typing.get_origin(annotation) or annotation


def _as_is(value: Any, _name: str, _ids: IdCodec) -> Any:
    return value


def _as_text(value: Any, name: str, _ids: IdCodec) -> Any:
    if isinstance(value, str):
        if "\0" in value:  # PostgreSQL stores no NUL, and no person types one
            raise WrongValue(field=name, name=name, expected="must not contain the character U+0000")
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _as_boolean(value: Any, _name: str, _ids: IdCodec) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and (not value or value in UNSET_WORDS):
        return _ABSENT
    return _BOOLEANS.get(value, value) if isinstance(value, str | int) else value


def _as_integer(value: Any, name: str, _ids: IdCodec) -> Any:
    if isinstance(value, str):
        value = value.strip()
        if not value or value in UNSET_WORDS:
            return _ABSENT
        if _INTEGER.fullmatch(value):
            value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and not -_BOUNDS <= value < _BOUNDS:
        raise WrongValue(field=name, name=name, expected="must be a whole number of at most 64 bits")
    return value


def _as_number(value: Any, _name: str, _ids: IdCodec) -> Any:
    if isinstance(value, str):
        value = value.strip()
        if not value:
            return _ABSENT
        return float(value) if _NUMBER.fullmatch(value) else value
    return float(value) if isinstance(value, int) and -_BOUNDS < value < _BOUNDS else value


_SCALARS: dict[type, Coerce] = {str: _as_text, bool: _as_boolean, int: _as_integer, float: _as_number}


def _id_plan(kind: Kind) -> Coerce:
    def read(value: Any, name: str, ids: IdCodec) -> Any:
        if value == "":
            return _ABSENT
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**31:
            value = str(value)
        if not isinstance(value, str):
            raise WrongValue(field=name, name=name, expected="must be an id")
        number = ids.try_decode(kind, value)
        if number is None:
            raise UnknownId(field=name)
        return number

    return read


def _choice_plan(choices: tuple[Any, ...]) -> Coerce:
    by_text = {str(choice): choice for choice in choices}
    expected = "must be one of " + ", ".join(by_text)

    def read(value: Any, name: str, _ids: IdCodec) -> Any:
        if value == "" and "" not in by_text:
            return _ABSENT
        if isinstance(value, str | int) and str(value) in by_text:
            return by_text[str(value)]
        raise WrongValue(field=name, name=name, expected=expected)

    return read


def _list_plan(annotation: Any, *, skip: bool) -> Coerce:
    arguments = [a for a in typing.get_args(annotation) if a is not Ellipsis]
    inner = arguments[0] if arguments else Any
    read_item = _plan(inner)

    def read(value: Any, name: str, ids: IdCodec) -> Any:
        if isinstance(value, dict):
            value = _in_order(value, name)
        elif value == "":
            return []
        elif not isinstance(value, list):
            value = [value]  # id=1 where id[]=1 is meant
        if len(value) > _MOST_ITEMS:
            raise TooComplex(field=name, what=f"{name} has too many items", limit=_MOST_ITEMS)
        found = []
        for item in value:
            try:
                read_one = read_item(item, name, ids)
            except NotFound:
                if not skip:
                    raise
                continue
            if read_one is not _ABSENT:
                found.append(read_one)
        return found

    return read


def _dict_plan(annotation: Any) -> Coerce:
    read_value = _plan((*typing.get_args(annotation), Any)[1])

    def read(value: Any, name: str, ids: IdCodec) -> Any:
        if not isinstance(value, dict):
            return value
        if len(value) > _MOST_ITEMS:
            raise TooComplex(field=name, what=f"{name} has too many items", limit=_MOST_ITEMS)
        found = {key: read_value(inner, f"{name}[{key}]", ids) for key, inner in value.items()}
        return {key: inner for key, inner in found.items() if inner is not _ABSENT}

    return read


def _in_order(indexed: dict[str, Any], name: str) -> list[Any]:
    """Return the values of ``{"0": …, "1": …}`` by number."""
    if not all(key.isascii() and key.isdigit() and len(key) < 10 for key in indexed):
        raise WrongValue(field=name, name=name, expected="must be a list")
    return [indexed[key] for key in sorted(indexed, key=int)]


def _union_plan(annotation: Any) -> Coerce:
    """Choose by the shape of the value: a list for a list, a Struct or names for an object, else the plain type."""
    members = [member for member in typing.get_args(annotation) if member is not types.NoneType]
    optional = len(members) < len(typing.get_args(annotation))
    many = _first_plan(members, _is_list)
    one = _first_plan(members, _is_struct) or _first_plan(members, lambda base: base is dict)
    plain = _first_plan(members, _is_plain)
    fallback = plain or many or one or _as_is

    def read(value: Any, name: str, ids: IdCodec) -> Any:
        if value is None and optional:
            return None
        if isinstance(value, list):
            found = (many or one or fallback)(value, name, ids)
        elif isinstance(value, dict):
            found = (one or many or fallback)(value, name, ids)
        elif isinstance(value, Upload):
            return value
        else:
            found = fallback(value, name, ids)
        if optional and (found is _ABSENT or (value == "" and plain is None)):
            return None
        return found

    return read


def _is_list(base: Any) -> bool:
    return base in {list, tuple, set, frozenset, Sequence}


def _is_struct(base: Any) -> bool:
    return isinstance(base, type) and issubclass(base, msgspec.Struct)


def _is_plain(base: Any) -> bool:
    return base is not Upload and base is not dict and not _is_list(base) and not _is_struct(base)


def _first_plan(members: list[Any], fits: Callable[[Any], bool]) -> Coerce | None:
    return next((_plan(member) for member in members if fits(_base(member))), None)


def _struct_plan(cls: type[msgspec.Struct]) -> Coerce:
    fields: dict[str, tuple[bool, Coerce]] = {}

    def planned() -> dict[str, tuple[bool, Coerce]]:
        # Not before the first use: a Struct may contain itself.
        return {
            field.encode_name: (
                not field.required and types.NoneType not in _members(field.type),
                _plan(field.type),
            )
            for field in msgspec.structs.fields(cls)
        }

    def read(value: Any, name: str, ids: IdCodec) -> Any:
        if not isinstance(value, dict):
            return value
        if not fields:
            fields.update(planned())
        found: dict[str, Any] = {}
        for key, given in value.items():
            planned_field = fields.get(key)
            if planned_field is None:
                continue
            has_default, read_field = planned_field
            if given is None:
                if not has_default:  # Rails knows no difference between null and absent
                    found[key] = None
                continue
            read_one = read_field(given, f"{name}[{key}]" if name else key, ids)
            if read_one is not _ABSENT:
                found[key] = read_one
        return found

    return read


# What msgspec says, for people ------------------------------------------------------------------------------

_SAID = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]+)`")
_BOUND = re.compile(r"Expected `(?P<kind>\w+)`(?P<length> of length)? (?P<sign>[<>]=?) (?P<bound>[\d.]+)")
_TYPE = re.compile(r"Expected `(?P<kind>\w+)[^`]*`")
_TYPES = {
    "int": "must be a whole number",
    "float": "must be a number",
    "bool": "must be true or false",
    "str": "must be text",
    "array": "must be a list",
    "object": "must be an object",
    "Upload": "must be a file",
    "datetime": "must be a date and time such as 2030-12-31T23:59:59Z",
    "date": "must be a date such as 2030-12-31",
}
_SIGNS = {"<=": "at most", "<": "less than", ">=": "at least", ">": "more than"}


def _told(error: str) -> WrongValue:
    """Turn a message of msgspec's into ours: which field, and what it should be. No value is repeated."""
    said = _SAID.fullmatch(error)
    what, path = (said["what"], said["path"] or "") if said else (error, "")
    if missing := _MISSING.match(what):
        field = f"{path}.{missing['field']}" if path else missing["field"]
        return MissingValue(field=field, name=field, expected="can't be blank")
    field = path or "request"
    if bound := _BOUND.match(what):
        amount = f"{_SIGNS[bound['sign']]} {bound['bound']}"
        if not bound["length"]:
            expected = f"must be {amount}"
        else:
            unit = "characters" if bound["kind"] == "str" else "items"
            expected = f"is too {'long' if '<' in bound['sign'] else 'short'} ({amount} {unit})"
    elif kind := _TYPE.match(what):
        expected = _TYPES.get(kind["kind"], "has the wrong type")
    else:
        expected = "has a value that is not accepted"
    return WrongValue(field=field, name=field, expected=expected)
