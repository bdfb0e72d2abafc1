"""Files over HTTP: members' media from disk, the app's own files from memory."""

from __future__ import annotations

import asyncio
import gzip
import os
import re
import stat
from hashlib import blake2b
from pathlib import Path

import msgspec
from starlette.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from palabre.edge.answers import Answer
from palabre.edge.compress import LEAST_BYTES, accepts_gzip
from palabre.edge.errors import NoRoute
from palabre.edge.refusals import refused

_MEDIA_TYPES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "avif": "image/avif", "mp4": "video/mp4", "webm": "video/webm", "mp3": "audio/mpeg", "m4a": "audio/mp4",
    "ogg": "audio/ogg", "opus": "audio/ogg", "flac": "audio/flac", "vtt": "text/vtt; charset=utf-8",
}  # fmt: skip
_STATIC_TYPES = {
    "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "mjs": "text/javascript; charset=utf-8",
    "json": "application/json", "webmanifest": "application/manifest+json", "svg": "image/svg+xml",
    "png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "avif": "image/avif", "ico": "image/x-icon",
    "woff2": "font/woff2", "txt": "text/plain; charset=utf-8", "map": "application/json",
    "html": "text/html; charset=utf-8", "wasm": "application/wasm",
}  # fmt: skip
# Only the file's name has a dot, before its ending: no segment can be "..", hidden or empty.
_NAME = re.compile(r"(?:[A-Za-z0-9_-]{1,64}/){0,4}[A-Za-z0-9_-]{1,128}\.[a-z0-9]{1,5}", re.ASCII)
_FOREVER = "public, max-age=31536000, immutable"


class MediaFiles:
    """Serves a folder of immutable files under random names, as an ASGI application below ``{name:path}``."""

    def __init__(self, folder: Path) -> None:
        """``folder`` holds only files that anybody who knows a name may read."""
        self.folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one file, whole or in ranges."""
        name = scope["path_params"]["name"]
        path = self.folder / name
        found = await asyncio.to_thread(_regular, path) if _NAME.fullmatch(name) else None
        if found is None:
            await refused(NoRoute())(scope, receive, send)
            return
        kind = _MEDIA_TYPES.get(name.rpartition(".")[2])
        headers = {
            "cache-control": _FOREVER,
            "etag": f'"{blake2b(name.encode(), digest_size=12).hexdigest()}"',  # a name never gets other content
            "x-content-type-options": "nosniff",
            "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
            "cross-origin-resource-policy": "cross-origin",
            "access-control-allow-origin": "*",
        }
        if kind is None:
            headers["content-disposition"] = "attachment"
        if _unchanged(scope, headers["etag"].encode()):
            kept = [(key.encode(), value.encode()) for key, value in headers.items()]
            await _not_modified(kept)(scope, receive, send)
            return
        kind = kind or "application/octet-stream"
        response = FileResponse(path, headers=headers, media_type=kind, stat_result=found)
        late = _Late(send)
        try:
            await response(scope, receive, late)
        except FileNotFoundError:  # it was deleted in this moment
            if not late.waits:
                raise
            await refused(NoRoute())(scope, receive, send)


class _Late:
    """Sends the beginning of an answer with its first bytes: until then, it may still become another answer."""

    def __init__(self, send: Send) -> None:
        self.waits: Message | None = None
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.waits = message
            return
        if self.waits is not None:
            beginning, self.waits = self.waits, None
            await self._send(beginning)
        await self._send(message)


def _regular(path: Path) -> os.stat_result | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def _unchanged(scope: Scope, etag: bytes) -> bool:
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            return value.strip() == b"*" or etag in [part.strip().removeprefix(b"W/") for part in value.split(b",")]
    return False


def _not_modified(headers: list[tuple[bytes, bytes]]) -> Answer:
    answer = Answer(b"", 304)
    answer.raw_headers = headers  # a length here would be that of the file
    return answer


class Asset(msgspec.Struct, frozen=True):
    """A file of the app, ready to send."""

    body: bytes
    packed: bytes | None
    kind: bytes
    tag: str


class StaticFiles:
    """The app's own files, read once: nothing outside the folder can be named."""

    def __init__(self, folder: Path, *, prefix: str = "/static/", reload: bool = False) -> None:
        """Read ``folder``.

        Args:
            folder: all files in it are public.
            prefix: the path that they are served below.
            reload: read the folder again for each request, for development.

        """
        self.folder = folder
        self.prefix = prefix
        self.reload = reload
        self.assets: dict[str, Asset] = {}
        self.read()

    def read(self) -> None:
        """Read all files."""
        inside = self.folder.resolve()
        self.assets = {
            path.relative_to(self.folder).as_posix(): _asset(path)
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and not path.name.startswith(".") and path.resolve().is_relative_to(inside)
        }

    def url(self, name: str) -> str:
        """Return the path of a file with a mark of its content, under which it may be kept for ever."""
        return f"{self.prefix}{name}?v={self.assets[name].tag[:10]}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the file that the placeholder ``name`` names."""
        await self.answer(scope, scope["path_params"]["name"])(scope, receive, send)

    def answer(self, scope: Scope, name: str) -> Answer:
        """Answer with the file called ``name``: also for one that must stand at the root, as a service worker."""
        if self.reload:
            self.read()
        asset = self.assets.get(name)
        if asset is None:
            return refused(NoRoute())
        named = scope.get("query_string", b"") == f"v={asset.tag[:10]}".encode()
        etag = f'"{asset.tag}"'.encode()
        headers = [
            (b"cache-control", (_FOREVER if named else "public, no-cache").encode()),
            (b"etag", etag),
            (b"x-content-type-options", b"nosniff"),
            (b"vary", b"Accept-Encoding"),
        ]
        kind = (b"content-type", asset.kind)
        if _unchanged(scope, etag):
            return _not_modified(headers)
        if asset.packed is not None and any(
            key == b"accept-encoding" and accepts_gzip(value) for key, value in scope["headers"]
        ):
            return Answer(asset.packed, 200, [*headers, (b"content-encoding", b"gzip")], kind=kind)
        return Answer(asset.body, 200, headers, kind=kind)


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    kind = _STATIC_TYPES.get(path.suffix[1:].lower(), "application/octet-stream")
    # Packed once and sent for ever: here the last byte counts, and the time does not.
    packed = gzip.compress(body, 9, mtime=0) if len(body) >= LEAST_BYTES else None
    if packed is not None and len(packed) > len(body) * 0.9:
        packed = None
    return Asset(body, packed, kind.encode(), blake2b(body, digest_size=16).hexdigest())
