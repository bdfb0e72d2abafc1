"""Servers know each other by certificates, however many there are."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

from palabre.survival.node import Node, wrap


def shaken(server: ssl.SSLContext, client: ssl.SSLContext) -> bytes | None:
    """Connect once; return the certificate that the server saw."""
    near, far = socket.socketpair()
    seen: list[bytes | None] = []

    def serve() -> None:
        with server.wrap_socket(far, server_side=True) as tls:
            seen.append(tls.getpeercert(binary_form=True))
            tls.sendall(b"x")

    thread = threading.Thread(target=serve)
    thread.start()
    with client.wrap_socket(near) as tls:
        assert tls.recv(1) == b"x"
    thread.join()
    return seen[0]


def test_every_standby_of_a_server_is_recognised_not_only_the_first(tmp_path: Path) -> None:
    primary = Node(tmp_path / "primary")
    standbys = [Node(tmp_path / f"standby{n}") for n in range(3)]
    context = primary.serving()
    for standby in standbys:
        context.load_verify_locations(cadata=standby.certificate.decode())
    for standby in standbys:
        assert shaken(context, standby.connecting(primary.certificate)) == standby.der


def test_a_renewed_certificate_is_another_and_opens_what_is_wrapped_for_it(tmp_path: Path) -> None:
    before = Node(tmp_path)
    after = before.renewed()
    assert after.name != before.name
    assert Node(tmp_path).name == after.name
    assert after.unwrap("keyring", wrap(after.certificate, "keyring", b"secret")) == b"secret"
