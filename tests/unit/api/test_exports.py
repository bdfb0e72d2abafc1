"""Archives of everything over the API: the password shows that it is the member, and nobody else gets them."""

from __future__ import annotations

import io
import zipfile

from palabre.accounts.actions import reset_password
from palabre.accounts.credentials import hash_password
from palabre.edge.exports import Under, carry_on, sweep_exports
from palabre.ids import AccountId, Kind
from unit.api.network import Caller, Network

_PASSWORD = "a long enough password"


def _member(network: Network, name: str) -> Caller:
    made = network.member(name)
    network.write(reset_password, AccountId(made.number), hash_password(_PASSWORD))
    return network.token_for(made, "read write follow")


def test_an_archive_is_asked_for_made_and_fetched(network: Network) -> None:
    network.site.keep(Under())
    ana, ben = _member(network, "ana"), _member(network, "ben")
    ana.say("hello")
    ana.post("/api/palabre/v1/exports", 422, password="wrong")
    begun = ana.post("/api/palabre/v1/exports", password=_PASSWORD)
    assert (begun["state"], begun["progress"], begun["size"]) == ("waiting", 0.0, None)
    ana.post("/api/palabre/v1/exports", 409, password=_PASSWORD)
    file = f"/api/palabre/v1/exports/{begun['id']}/file"
    ana.post(file, 404, password=_PASSWORD)
    network.run(carry_on(network.site, network.site.ids.decode(Kind.EXPORT, begun["id"])))
    made = ana.get(f"/api/palabre/v1/exports/{begun['id']}")
    assert (made["state"], made["progress"]) == ("ready", 1.0)
    assert ana.get("/api/palabre/v1/exports") == [made]
    assert ben.get("/api/palabre/v1/exports") == []
    ben.post(file, 404, password=_PASSWORD)
    ana.post(file, 422, password="wrong")
    answer = ana.call("POST", file, json={"password": _PASSWORD})
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store, private"
    assert len(answer.content) == made["size"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        assert opened.testzip() is None
    assert ana.call("POST", "/api/palabre/v1/exports", 429, json={"password": _PASSWORD}).json()["error"]
    network.run(sweep_exports(network.site))
    ana.call("POST", file, json={"password": _PASSWORD})


def test_an_archive_of_a_host_that_is_gone_is_gone(network: Network) -> None:
    network.site.keep(Under())
    ana = _member(network, "ana")
    begun = ana.post("/api/palabre/v1/exports", password=_PASSWORD)
    number = network.site.ids.decode(Kind.EXPORT, begun["id"])
    network.run(carry_on(network.site, number))
    from palabre.exports.running import place_of

    place_of(network.site.folder, number).unlink()
    ana.post(f"/api/palabre/v1/exports/{begun['id']}/file", 404, password=_PASSWORD)
