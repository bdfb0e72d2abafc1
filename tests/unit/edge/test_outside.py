"""What a member's data can make this server ask: public addresses only."""

from __future__ import annotations

import asyncio

import pytest

from palabre.config import Config, WrongSetting
from palabre.edge.addresses import is_public
from palabre.edge.outside import Outside, Unreachable
from push_service import PushService
from web_server import WebServer, answer


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
        "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "64:ff9b::7f00:1", "::127.0.0.1", "::7f00:1",
        "4000::1", "nonsense", "",
    ],
)  # fmt: skip
def test_addresses_that_lead_to_neighbours(address: str) -> None:
    assert not is_public(address)


def _post(outside: Outside, url: str) -> int:
    async def once() -> int:
        try:
            return await outside.post(url, b"x", {})
        finally:
            await outside.close()

    return asyncio.run(once())


def test_neither_a_private_address_nor_a_name_of_one_is_asked() -> None:
    service = PushService()
    try:
        port = service.origin.rpartition(":")[2]
        for host in (
            "127.0.0.1",
            "localhost",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "0.0.0.0",
            "127.1",
            "127.0.0.1.",
            "0x7f.1",
            "0177.0.0.1",
            "2130706433",
        ):
            with pytest.raises(Unreachable) as refused:
                _post(Outside(anywhere=False), f"http://{host}:{port}/x")
            assert host == "localhost" or str(refused.value) == "its address is not public"
            assert "127" not in str(refused.value)
            assert refused.value.__cause__ is None
        assert service.arrived == []
        assert _post(Outside(anywhere=True), f"http://localhost:{port}/x") == 201
    finally:
        service.close()


def test_only_a_network_on_this_machine_may_push_anywhere() -> None:
    Config(origin="http://localhost:8000", push_anywhere="on")
    with pytest.raises(WrongSetting, match="push_anywhere"):
        Config(origin="https://palabre.example", push_anywhere="on")


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async def asked() -> tuple[list[int], list[str]]:
        async with WebServer({"/there": answer(b"secret")}) as server:
            server.pages["/x"] = answer(status="307 Temporary Redirect", location=f"{server.url}/there")
            outside = Outside(anywhere=True)
            try:
                posted = await outside.post(f"{server.url}/x", b"x", {})
            finally:
                await outside.close()
            found = [await outside.ask(each, f"{server.url}/x", None, {}, most=99) for each in ("GET", "PUT")]
            return [posted, *(status for status, _ in found)], server.paths

    assert asyncio.run(asked()) == ([307, 307, 307], ["/x", "/x", "/x"])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_what_is_asked_for_an_answer_is_no_neighbour_either(host: str) -> None:
    async def asked() -> list[str]:
        async with WebServer({"/x": answer(b"secret")}) as server:
            url = f"http://{host}:{server.port}/x"
            assert await Outside(anywhere=True).ask("GET", url, None, {}, most=99) == (200, b"secret")
            with pytest.raises(Unreachable):
                await Outside(anywhere=False).ask("GET", url, None, {}, most=99)
            return server.paths

    assert asyncio.run(asked()) == ["/x"]
