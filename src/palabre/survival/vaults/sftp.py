"""A vault on a machine that is reached by SFTP, through asyncssh (``pip install 'palabre[sftp]'``)."""

from __future__ import annotations

import asyncio
import contextlib
import posixpath
import threading
from collections.abc import Collection, Coroutine, Iterator
from concurrent.futures import TimeoutError as TookTooLong
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from palabre.ids import random_name
from palabre.survival.vaults.errors import PlaceUnavailable, WrongHostKey, WrongPlace
from palabre.survival.vaults.places import AlreadyThere, Missing, shown

if TYPE_CHECKING:
    import asyncssh

_CONNECT_SECONDS = 15
_SECONDS = 60
"""How long one object may take."""
_PARTIAL = ".part"

T = TypeVar("T")


class SftpPlace:
    """A folder on another machine: ``sftp://user@host:port/path?key=/file&host_key=SHA256:…``.

    It signs in with the private key in the file ``key`` and with nothing else, and talks only to a machine that
    proves to have one of the host keys whose fingerprints stand in the address.
    """

    def __init__(self, address: str) -> None:
        self.shown = shown(address)
        try:
            import asyncssh  # noqa: F401, PLC0415 - optional dependency
        except ImportError:
            raise WrongPlace(place=self.shown, problem="needs: pip install 'palabre[sftp]'") from None
        try:
            parts = urlsplit(address)
            self._host, self._port = parts.hostname or "", parts.port or 22
        except ValueError:
            raise WrongPlace(place=self.shown, problem="has a port that is none") from None
        options = parse_qs(parts.query)
        self._user = unquote(parts.username or "")
        self._path = posixpath.normpath(unquote(parts.path))
        self._key = options.get("key", [""])[-1]
        self._host_keys = {text.replace(" ", "+").rstrip("=") for text in options.get("host_key", [])}
        self._check(has_password=parts.password is not None)
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connecting: asyncio.Lock | None = None
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None
        self._made: set[str] = set()

    def _check(self, *, has_password: bool) -> None:
        problem = ""
        if not self._host or not self._user or self._path in {"/", "."}:
            problem = "is not like sftp://user@host/path"
        elif has_password:
            problem = "has a password in it; use a key file: ?key=/path/to/key"
        elif not self._key:
            problem = "names no key file: ?key=/path/to/key"
        elif not Path(self._key).is_file():
            problem = f"names a key file that is not there: {self._key}"
        elif not self._host_keys:
            problem = (
                "pins no host key: &host_key=SHA256:…, which `ssh-keyscan -t ed25519 HOST | ssh-keygen -lf -` tells"
            )
        if problem:
            raise WrongPlace(place=self.shown, problem=problem)

    # The calls of a vault, from any thread

    def prepare(self, *, new: bool) -> None:
        """Make the folder; but when it was there once, an empty mount must not be mistaken for it."""
        self._run(self._prepare(new=new))

    def put(self, name: str, content: bytes) -> None:
        """Write aside, make durable, then give it its name."""
        self._run(self._put(name, content))

    def get(self, name: str) -> bytes:
        """Read a file."""
        return self._run(self._get(name))

    def names(self, prefix: str) -> Iterator[tuple[str, int]]:
        """List the folders, one after the other."""
        for folder in self._run(self._list(prefix)):
            for name, size in self._run(self._list(f"{prefix}/{folder[0]}")):
                if not name.endswith(_PARTIAL):
                    yield f"{prefix}/{folder[0]}/{name}", size

    def delete(self, names: Collection[str]) -> None:
        """Remove files, and folders that are empty then."""
        listed = list(names)
        for start in range(0, len(listed), 100):
            self._run(self._delete(listed[start : start + 100]))

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None:
            with contextlib.suppress(TookTooLong):
                asyncio.run_coroutine_threadsafe(self._hang_up(), loop).result(5)
            loop.call_soon_threadsafe(loop.stop)

    # The same on the loop of this place

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._connecting = asyncio.Lock()
                threading.Thread(target=_loop, args=(self._loop,), name="palabre-sftp", daemon=True).start()
            loop = self._loop
        done = asyncio.run_coroutine_threadsafe(self._explained(work), loop)
        try:
            return done.result(_CONNECT_SECONDS + _SECONDS)
        except TookTooLong:
            done.cancel()
            raise PlaceUnavailable(place=self.shown, problem="it does not answer") from None

    async def _explained(self, work: Coroutine[Any, Any, T]) -> T:
        import asyncssh  # noqa: PLC0415

        try:
            return await asyncio.wait_for(work, _SECONDS)
        except asyncssh.HostKeyNotVerifiable:
            raise WrongHostKey(place=self.shown, found=self._found or "none that can be read") from None
        except (
            asyncssh.ConnectionLost,
            asyncssh.SFTPConnectionLost,
            asyncssh.SFTPNoConnection,
            TimeoutError,
        ) as lost:
            await self._hang_up()
            problem = str(lost) or "it does not answer"
            raise PlaceUnavailable(place=self.shown, problem=problem) from lost
        except (asyncssh.Error, OSError, ValueError) as error:
            problem = str(error).partition("\n")[0][:200] or type(error).__name__
            raise PlaceUnavailable(place=self.shown, problem=problem) from error

    async def _hang_up(self) -> None:
        connection, self._connection, self._client = self._connection, None, None
        self._made.clear()
        if connection is not None:
            connection.abort()
            await connection.wait_closed()

    _found = ""

    async def _sftp(self) -> asyncssh.SFTPClient:
        import asyncssh  # noqa: PLC0415

        if self._connecting is None:
            msg = "not on the loop of this place"
            raise RuntimeError(msg)
        async with self._connecting:
            if self._client is None or self._connection is None or self._connection.is_closed():
                place = self

                class Pinning(asyncssh.SSHClient):
                    """Trusts the pinned host keys and no others."""

                    def validate_host_public_key(
                        self, _host: str, _addr: str, _port: int, key: asyncssh.SSHKey
                    ) -> bool:
                        found = key.get_fingerprint("sha256")
                        place._found = f"{key.get_algorithm()} {found}"
                        return found in place._host_keys

                self._connection, _ = await asyncssh.create_connection(
                    Pinning, self._host, self._port,
                    username=self._user, client_keys=[self._key], known_hosts=([], [], []), config=None,
                    agent_path=None, preferred_auth="publickey", connect_timeout=_CONNECT_SECONDS,
                    keepalive_interval=15, keepalive_count_max=2,
                )  # fmt: skip
                self._client = await self._connection.start_sftp_client()
            return self._client

    def _at(self, name: str) -> str:
        return f"{self._path}/{name}"

    async def _prepare(self, *, new: bool) -> None:
        sftp = await self._sftp()
        if new:
            await sftp.makedirs(self._path, exist_ok=True)
        elif not await sftp.isdir(self._path):
            raise PlaceUnavailable(place=self.shown, problem="the folder is not there")

    async def _put(self, name: str, content: bytes) -> None:
        import asyncssh  # noqa: PLC0415

        sftp = await self._sftp()
        path = self._at(name)
        if await sftp.exists(path):
            raise AlreadyThere
        folder = posixpath.dirname(path)
        if folder not in self._made:
            await self._prepare(new=False)
            await sftp.makedirs(folder, exist_ok=True)
            self._made.add(folder)
        partial = f"{path}.{random_name()}{_PARTIAL}"
        try:
            async with sftp.open(partial, "wb") as file:
                await file.write(content)
                with contextlib.suppress(asyncssh.SFTPOpUnsupported):
                    await file.fsync()
            await sftp.rename(partial, path)  # refused where there is one of this name: that is what SFTP 3 says
        except BaseException:
            with contextlib.suppress(asyncssh.Error, OSError):
                await sftp.remove(partial)
            if await sftp.exists(path):
                raise AlreadyThere from None
            self._made.discard(folder)  # somebody may have removed it
            raise

    async def _get(self, name: str) -> bytes:
        import asyncssh  # noqa: PLC0415

        sftp = await self._sftp()
        try:
            async with sftp.open(self._at(name), "rb") as file:
                content: Any = await file.read()  # bytes, as it was opened
                return bytes(content)
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
            raise Missing from None

    async def _list(self, name: str) -> list[tuple[str, int]]:
        import asyncssh  # noqa: PLC0415

        sftp = await self._sftp()
        found: list[tuple[str, int]] = []
        with contextlib.suppress(asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
            async for entry in sftp.scandir(self._at(name)):
                filename = str(entry.filename)
                if filename not in {".", ".."}:
                    found.append((filename, entry.attrs.size or 0))
        return found

    async def _delete(self, names: list[str]) -> None:
        import asyncssh  # noqa: PLC0415

        sftp = await self._sftp()
        for name in names:
            with contextlib.suppress(asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
                await sftp.remove(self._at(name))
        for folder in {posixpath.dirname(self._at(name)) for name in names}:
            with contextlib.suppress(asyncssh.SFTPError):  # it is not empty, or not there
                await sftp.rmdir(folder)
                self._made.discard(folder)


def _loop(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()
