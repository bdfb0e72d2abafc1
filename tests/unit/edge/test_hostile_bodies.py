"""Whatever arrives, the answer is a refusal or a success: never a fault of ours, never a file left behind."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated, Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from palabre.edge.binding import SKIP_UNKNOWN, PostRef
from palabre.edge.endpoint import endpoint
from palabre.edge.uploads import Upload
from palabre.ids import IdCodec, Kind

IDS = IdCodec(b"k" * 32)


class Inner(msgspec.Struct):
    name: str = ""
    inner: Inner | None = None


class Taken(msgspec.Struct):
    text: Annotated[str, msgspec.Meta(max_length=5)] = ""
    number: int | None = None
    part: float = 0.0
    yes: bool = False
    ids: list[PostRef] = msgspec.field(default_factory=list)
    some: Annotated[list[PostRef], SKIP_UNKNOWN] = msgspec.field(default_factory=list)
    inner: Inner | None = None
    inners: list[Inner] = msgspec.field(default_factory=list)
    either: str | list[str] = ""
    words: dict[str, str] = msgspec.field(default_factory=dict)
    file: Upload | None = None


@endpoint("POST", "/take", uploads=1000)
async def take(body: Taken) -> dict[str, Any]:
    """Answer with what is stored and sent on elsewhere: it must be encodable."""
    body.file = None
    if body.number is not None:
        body.number.to_bytes(8, "big", signed=True)
    return msgspec.to_builtins(body)


def status_of(kind: str, pieces: list[bytes], query: bytes = b"") -> int:
    sent: list[dict[str, Any]] = []
    queue = [*pieces]

    async def receive() -> dict[str, Any]:
        body = queue.pop(0) if queue else b""
        return {"type": "http.request", "body": body, "more_body": bool(queue)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    with tempfile.TemporaryDirectory() as folder:
        state = type("State", (), {"tmp": Path(folder), "ids": IDS, "limits": None})()
        headers = [(b"content-type", kind.encode("latin-1"))]
        scope = {"type": "http", "method": "POST", "path": "/take", "headers": headers, "query_string": query}
        scope["palabre"] = state
        asyncio.run(take(scope, receive, send))
        assert list(Path(folder).iterdir()) == []
    msgspec.json.decode(sent[1]["body"])
    status: int = sent[0]["status"]
    return status


FINE = {200, 400, 404, 413, 415, 422}
TYPES = st.sampled_from(
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary="x',
        "multipart/form-data;;;=",
        "text/plain",
        "",
    ]
)
NAMES = st.sampled_from([field.name for field in msgspec.structs.fields(Taken)] + ["", "x"])
KEYS = NAMES | st.sampled_from(["0", "1"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["1", "on", "-", "+", "٣", "1e5", "\0", "1_000", IDS.encode(Kind.POST, 5)]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(kind=TYPES, pieces=st.lists(st.binary(max_size=200), max_size=4), query=st.binary(max_size=40))
def test_arbitrary_bytes_never_make_a_fault(kind, pieces, query) -> None:
    assert status_of(kind, pieces, query) in FINE


@settings(max_examples=100, deadline=None)
@given(data=st.dictionaries(NAMES, VALUES, max_size=6))
def test_arbitrary_json_never_makes_a_fault(data) -> None:
    assert status_of("application/json", [msgspec.json.encode(data)]) in FINE


STEPS = st.sampled_from(["", "0", "name", "inner", "]", "["])


@settings(max_examples=80, deadline=None)
@given(
    flat=st.lists(
        st.tuples(
            NAMES, st.lists(st.sampled_from(["", "0", "name", "inner", "]", "["]), max_size=7), st.text(max_size=5)
        ),
        max_size=6,
    )
)
def test_arbitrary_nesting_never_makes_a_fault(flat) -> None:
    from urllib.parse import quote

    named = [(name + "".join(f"[{step}]" for step in steps), value) for name, steps, value in flat]
    body = "&".join(f"{quote(name)}={quote(value)}" for name, value in named).encode()
    assert status_of("application/x-www-form-urlencoded", [body]) in FINE


LINES = st.sampled_from([
    b"--x\r\n", b"--x--\r\n", b"\r\n", b"--x", b"\n",
    b'Content-Disposition: form-data; name="file"; filename="a"\r\n',
    b'Content-Disposition: form-data; name="text"\r\n', b"Content-Disposition: form-data; name*=utf-8''%ff\r\n",
    b"Content-Type: text/plain\r\n", b'Content-Disposition: form-data; name="\xff"\r\n', b"abc", b"\0\xff", b": \r\n",
])  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(lines=st.lists(LINES, max_size=14), cut=st.integers(1, 60))
def test_arbitrary_parts_never_make_a_fault(lines, cut) -> None:
    body = b"".join(lines)
    pieces = [body[at : at + cut] for at in range(0, len(body), cut)]
    assert status_of("multipart/form-data; boundary=x", pieces) in FINE


def test_a_nul_is_refused_wherever_text_may_stand() -> None:
    for data in ({"text": "\0"}, {"words": {"a": "\0"}}, {"inner": {"name": "\0"}}, {"either": ["\0"]}):
        assert status_of("application/json", [msgspec.json.encode(data)]) == 422
    assert status_of("application/json", [b'{"words": {"a": 1}, "text": 1}']) == 200
