"""Request bodies of every accepted type into one nested dict, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from palabre.edge.errors import Malformed, TooComplex, TooLarge, UnsupportedBody
from palabre.edge.forms import MOST_DEPTH, MOST_KEYS, nest, parse
from palabre.edge.request import Request
from palabre.edge.uploads import Upload

MOST_BYTES = 1_048_576
"""Most bytes of a JSON or form body, and of all text in a multipart body."""

_MOST_FILES = 8
_FLUSH_ABOVE = 262_144
_MOST_JSON_DEPTH = 2 * MOST_DEPTH  # each Rails step may be a list and an object in JSON

_decode_json = msgspec.json.Decoder().decode


async def read_body(
    request: Request, folder: Path | None, most_file_bytes: int
) -> tuple[dict[str, Any], list[Upload]]:
    """Read the body into nested data, and list the files in it, which the caller discards.

    Args:
        request: whose body it is.
        folder: where files go; ``None`` throws them away unread.
        most_file_bytes: most bytes of all files together, beside ``MOST_BYTES`` of text.

    Raises:
        TooLarge: too many bytes.
        TooComplex: too many fields, too deep.
        Malformed: not what its type says.
        UnsupportedBody: a type nobody reads.
        ClientGone: the connection closed first.

    """
    kind = request.header(b"content-type")
    essence = kind.partition(";")[0].strip().lower() if kind else ""
    if essence == "multipart/form-data":
        return await _read_multipart(request, kind or "", folder, most_file_bytes)
    raw = await request.read(MOST_BYTES)
    if not raw:
        return {}, []
    if essence == "application/json":
        return _read_json(raw), []
    if essence == "application/x-www-form-urlencoded":
        return parse(raw), []
    raise UnsupportedBody


def _read_json(raw: bytes) -> dict[str, Any]:
    try:
        data = _decode_json(raw)
    except UnicodeDecodeError:
        raise Malformed(reason="it is not UTF-8") from None
    except RecursionError:
        raise TooComplex(what="the JSON is nested too deep", limit=_MOST_JSON_DEPTH) from None
    except msgspec.DecodeError as error:
        raise Malformed(reason=str(error)) from None
    if not isinstance(data, dict):
        raise Malformed(reason="the JSON is not an object")
    if raw.count(b"{") + raw.count(b"[") > _MOST_JSON_DEPTH:
        _bound(data)
    if len(data) > MOST_KEYS:
        raise TooComplex(what="too many fields", limit=MOST_KEYS)
    return data


def _bound(data: object) -> None:
    """Refuse JSON deeper than ``_MOST_JSON_DEPTH``, level by level: recursion is what an attacker wants."""
    level: list[object] = [data]
    for _ in range(_MOST_JSON_DEPTH):
        below: list[object] = []
        for node in level:
            inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
            below += [item for item in inner if isinstance(item, dict | list)]
        if not below:
            return
        level = below
    raise TooComplex(what="the JSON is nested too deep", limit=_MOST_JSON_DEPTH)


class _Form:
    """What the multipart parser has found so far."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.fields: list[tuple[str, Any]] = []
        self.uploads: list[Upload] = []
        self.complete = False
        self._text_bytes = 0
        self._name = ""
        self._headers: dict[str, bytes] = {}
        self._header_name = b""
        self._header_value = b""
        self._into: Upload | bytearray | None = None

    def callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_text,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def require_end(self) -> None:
        if not self.complete:
            raise Malformed(reason="the multipart body ends too early")

    def waiting(self) -> bool:
        """Tell whether so much of a file is in memory that it should go to disk."""
        return isinstance(self._into, Upload) and self._into.feed(b"") > _FLUSH_ABOVE

    def flush(self) -> None:
        for upload in self.uploads:
            upload.flush()

    def finish(self) -> None:
        for upload in self.uploads:
            upload.finish()

    def _part_begin(self) -> None:
        if len(self.fields) >= MOST_KEYS:
            raise TooComplex(what="too many fields", limit=MOST_KEYS)
        self._headers = {}
        self._header_name = self._header_value = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _header_text(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._header_name.decode("latin-1").lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _headers_finished(self) -> None:
        disposition, options = parse_options_header(self._headers.get("content-disposition", b""))
        name = options.get(b"name")
        if disposition != b"form-data" or name is None:
            raise Malformed(reason="a part of the multipart body has no name")
        self._name = _text(name)
        filename = options.get(b"filename")
        if filename is None:
            self._into = bytearray()
            return
        self._into = None
        if self.folder is None or not filename:  # browsers send a nameless, empty file for an empty input
            return
        if len(self.uploads) >= _MOST_FILES:
            raise TooComplex(what="too many files", limit=_MOST_FILES)
        claimed = self._headers.get("content-type", b"application/octet-stream").decode("latin-1")
        upload = Upload(self.folder, filename.decode("utf-8", "replace"), claimed)
        self.uploads.append(upload)
        self._into = upload

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if isinstance(self._into, Upload):
            self._into.feed(memoryview(data)[start:end])
        elif self._into is not None:
            self._text_bytes += end - start
            if self._text_bytes > MOST_BYTES:
                raise TooLarge(limit=MOST_BYTES)
            self._into += data[start:end]

    def _part_end(self) -> None:
        if isinstance(self._into, bytearray):
            self.fields.append((self._name, _text(bytes(self._into))))
        elif self._into is not None:
            self.fields.append((self._name, self._into))
        self._into = None

    def _end(self) -> None:
        self.complete = True


async def _read_multipart(
    request: Request, kind: str, folder: Path | None, most_file_bytes: int
) -> tuple[dict[str, Any], list[Upload]]:
    most = MOST_BYTES + (most_file_bytes if folder is not None else 0)
    boundary = parse_options_header(kind)[1].get(b"boundary", b"")
    if not boundary:
        raise Malformed(reason="the multipart body has no boundary")
    form = _Form(folder)
    try:
        parser = MultipartParser(boundary, form.callbacks())  # type: ignore[arg-type]  # its TypedDict lists the same names
        async for chunk in request.chunks(most):
            parser.write(chunk)
            if form.waiting():
                await asyncio.to_thread(form.flush)
        form.require_end()
        if form.uploads:
            await asyncio.to_thread(form.finish)
        return nest(form.fields), form.uploads
    except FormParserError as error:
        _discard(form.uploads)
        raise Malformed(reason=str(error)) from None
    except BaseException:
        _discard(form.uploads)
        raise


def _discard(uploads: list[Upload]) -> None:
    for upload in uploads:
        upload.discard()


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Malformed(reason="it is not UTF-8") from None
