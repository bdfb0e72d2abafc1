"""Who a server is to the others: each is known by its own certificate, however many there are."""

from __future__ import annotations

import asyncio
from pathlib import Path

from palabre.survival.node import Node, fingerprint


def test_of_several_that_were_let_in_each_is_recognised(tmp_path: Path) -> None:
    server, *others = (Node(tmp_path / name) for name in ("server", "one", "two", "three"))
    context = server.serving()
    for other in others:
        context.load_verify_locations(cadata=other.certificate.decode())
    seen: list[str] = []

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(fingerprint(writer.get_extra_info("ssl_object").getpeercert(binary_form=True)))
        writer.write(b"welcome")
        writer.close()

    async def connect_all() -> list[bytes]:
        listening = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
        port = listening.sockets[0].getsockname()[1]
        answers = []
        for other in others:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, ssl=other.connecting(server.certificate), server_hostname=""
            )
            answers.append(await reader.read(7))
            writer.close()
        listening.close()
        await listening.wait_closed()
        return answers

    assert asyncio.run(connect_all()) == [b"welcome"] * 3
    assert seen == [other.name for other in others]
