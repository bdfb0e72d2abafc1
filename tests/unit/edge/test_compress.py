from __future__ import annotations

import pytest
from starlette.responses import Response, StreamingResponse

from palabre.edge.answers import Answer
from palabre.edge.compress import accepts_gzip
from palabre.edge.stack import Stack


def packing(app) -> Stack:
    return Stack(app, secure=True)


LONG = b'["' + b"abc " * 1000 + b'"]'


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        (b"gzip", True),
        (b"br, GZIP;q=0.5", True),
        (b"gzip;q=0.01", True),
        (b"br", False),
        (b"", False),
        (b"gzip;q=0", False),
        (b"br, gzip ; q=0.000, x", False),
    ],
)
def test_an_accept_encoding_is_read_with_its_weights(header, answer) -> None:
    assert accepts_gzip(header) is answer


def test_long_text_is_compressed_and_says_so(ask) -> None:
    answer = ask(packing(Answer(LONG)), "GET", "/")
    assert answer.content == LONG
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert int(answer.headers["content-length"]) < 200


def test_what_is_short_packed_already_or_unwanted_stays_as_it_is(ask) -> None:
    for app, headers in [
        (Answer(b"short"), {}),
        (Answer(LONG), {"accept-encoding": "identity"}),
        (Response(LONG, media_type="image/png"), {}),
        (Response(LONG, media_type="application/jsonish"), {}),
        (Response(LONG, media_type="application/json", headers={"content-range": "bytes 0-1/2"}), {}),
    ]:
        answer = ask(packing(app), "GET", "/", headers=headers)
        assert "content-encoding" not in answer.headers
        assert len(answer.content) == int(answer.headers["content-length"])


@pytest.mark.parametrize("kind", ["text/html", "application/activity+json", "image/svg+xml; x=1", "text/css"])
def test_all_kinds_of_text_are_compressed(ask, kind) -> None:
    answer = ask(packing(Response(LONG, media_type=kind)), "GET", "/")
    assert answer.headers["content-encoding"] == "gzip"


def test_a_stream_passes_piece_by_piece(ask) -> None:
    async def pieces():
        yield LONG
        yield LONG

    answer = ask(packing(StreamingResponse(pieces(), media_type="text/html")), "GET", "/")
    assert "content-encoding" not in answer.headers
    assert answer.content == LONG * 2
