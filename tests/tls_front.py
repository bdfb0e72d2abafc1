"""TLS in front of a server of the tests, with certificates that nobody but a browser told so trusts."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
import threading
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID


class Certificate:
    """A certificate for ``a.localhost`` and ``b.localhost``, signed by itself, as files in a folder."""

    def __init__(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName("a.localhost"), x509.DNSName("b.localhost")]),
                critical=False,
            )
            .sign(key, hashes.SHA256())
        )
        self.certificate = folder / "certificate.pem"
        self.key = folder / "key.pem"
        self.certificate.write_bytes(made.public_bytes(Encoding.PEM))
        self.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        info = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.key_digest = base64.b64encode(sha256(info).digest()).decode()
        """How a browser names the key (RFC 7469, section 2.4)."""


class Front:
    """Listens with TLS and passes everything on to a port of this machine. Begins when it is made."""

    def __init__(self, behind: int, certificate: Certificate, *, port: int = 0) -> None:
        self._behind = behind
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate.certificate, certificate.key)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended = False
        self._server = asyncio.run_coroutine_threadsafe(self._listen(port), self._loop).result()
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def _listen(self, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._connected, "127.0.0.1", port)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        below = writer.transport
        if self._ended:
            below.abort()
            return
        below.pause_reading()  # until somebody reads TLS
        task = self._loop.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: below.abort())  # also when it was cancelled before it began

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far: asyncio.StreamWriter | None = None
        try:
            await writer.start_tls(self._context)  # here, so that whoever does not trust us is let go of as well
            far_reader, far = await asyncio.open_connection("127.0.0.1", self._behind)
            ways = [self._loop.create_task(_pass(*way)) for way in ((reader, far), (far_reader, writer))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in ways:
                    each.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            pass
        finally:
            if far is not None:
                far.transport.abort()
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):  # what was said arrives
                    writer.close()
                    await writer.wait_closed()

    async def _end(self) -> None:
        self._ended = True
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0.05)  # connections that were aborted say so

    def close(self) -> None:
        """Listen no more, and end every connection; once is enough."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await source.read(65_536):
            sink.write(piece)
            await sink.drain()
