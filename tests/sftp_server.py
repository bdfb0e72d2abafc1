"""A machine with SFTP, in this process: a real server over a folder, which may be away, slow, or somebody else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh


class SftpMachine:
    """Listens on the loopback address; ``root`` is what members of ``vault@`` see as /."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "sftp-root"
        self.root.mkdir(parents=True)
        self.key_file = folder / "client-key"
        client = asyncssh.generate_private_key("ssh-ed25519")
        client.write_private_key(str(self.key_file))
        self.key_file.chmod(0o600)
        self._authorized = asyncssh.import_authorized_keys(client.export_public_key().decode())
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.port = 0
        self.slow = 0.0
        """Seconds that the opening of a file takes."""
        self._open: set[Any] = set()
        self._listener: asyncssh.SSHAcceptor | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.listen()

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def listen(self) -> None:
        """Be there, on the same port as before."""
        self._wait(self._listen())

    async def _listen(self) -> None:
        machine = self

        class Files(asyncssh.SFTPServer):
            def __init__(self, channel: Any) -> None:
                super().__init__(channel, chroot=str(machine.root).encode())

            async def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
                await asyncio.sleep(machine.slow)
                return super().open(path, pflags, attrs)

        class Door(asyncssh.SSHServer):
            def connection_made(self, conn: Any) -> None:
                machine._open.add(conn)
                self._connection = conn

            def connection_lost(self, exc: Exception | None) -> None:
                machine._open.discard(self._connection)

        self._listener = await asyncssh.listen(
            "127.0.0.1", self.port, server_factory=Door, server_host_keys=[self.host_key], sftp_factory=Files,
            authorized_client_keys=self._authorized, config=None,
        )  # fmt: skip
        self.port = self._listener.get_port()

    def go_away(self) -> None:
        """Cut every connection and answer no more."""
        self._wait(self._go_away())

    async def _go_away(self) -> None:
        if self._listener is not None:
            self._listener.close()
            await self._listener.wait_closed()
            self._listener = None
        for connection in list(self._open):
            connection.abort()
            await connection.wait_closed()

    def stop(self) -> None:
        self.go_away()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def address(self, path: str = "/vault", *, pinned: str | None = None) -> str:
        pinned = pinned or self.host_key.get_fingerprint("sha256")
        return f"sftp://vault@127.0.0.1:{self.port}{path}?key={self.key_file}&host_key={pinned}"

    @property
    def vault(self) -> Path:
        """Where the files of ``/vault`` are."""
        return self.root / "vault"


@contextmanager
def sftp_server(folder: Path) -> Iterator[SftpMachine]:
    """A machine that is there."""
    machine = SftpMachine(folder)
    try:
        yield machine
    finally:
        machine.stop()
