"""A network on PostgreSQL, by the commands that its operator uses: backup, verify, restore, serve again."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from browsing import PASSWORD, Browsing
from fixtures_postgresql import PostgreSQL
from fixtures_server import ServerMaker
from journeys.test_vaults import key_of, restore, until
from palabre.drill.vendors import How, gone
from palabre.survival.vaults.cluster import Cluster, binaries

pytestmark = [pytest.mark.crash, pytest.mark.postgresql]


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder that PostgreSQL's own user can reach, which those of pytest are not."""
    made = Path(tempfile.mkdtemp(prefix="palabre-back-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


def test_a_network_on_postgresql_is_backed_up_proved_and_brought_back(
    make_server: ServerMaker, postgresql_with_log: PostgreSQL, tmp_path: Path, elsewhere: Path
) -> None:
    name = postgresql_with_log.create()
    vault = tmp_path / "vault"
    server = make_server(database=postgresql_with_log.url(name), limits="off", vaults=str(vault))
    key = key_of(server)
    (tmp_path / "key").write_text(key)
    ana = server.account("ana")
    data = ("--data", str(server.data))
    assert "holds everything" in server.command("backup", *data).stdout
    server.start()
    examined = server.command("doctor", *data, check=False).stdout
    assert "PostgreSQL hands out its log" in examined
    with ana.client() as client:
        posted = [client.post("/api/v1/statuses", data={"status": f"post {number}"}).json() for number in range(5)]
        until(lambda: client.get("/api/palabre/v1/status").json()["vaults"][0]["good"])
        told = client.get("/api/palabre/v1/status").json()
        assert told["vaults"][0]["age_seconds"] < 60
        assert told["standby"]["connected"] == 0, "what copies into a vault is no standby"
    assert server.stop() == 0  # and puts the rest into the vault
    proved = json.loads(server.command("backup", "verify", "--key", str(tmp_path / "key"), *data, "--json").stdout)
    assert proved["good"], proved
    assert proved["restored"]["cluster"]
    shutil.rmtree(server.data)
    postgresql_with_log.drop(name)

    status, done = restore(server, key, vault, elsewhere / "data")
    assert status == 0, done
    cluster = Cluster(binaries(postgresql_with_log.version), Path(done["cluster"]), database=name, user="palabre")
    try:
        cluster.serve()
        server.data = elsewhere / "data"
        server.environment["PALABRE_DATABASE"] = cluster.url
        server.start()
        with ana.client() as client:
            for each in posted:
                assert client.get(f"/api/v1/statuses/{each['id']}").json()["content"] == each["content"]
            assert client.post("/api/v1/statuses", data={"status": "we go on"}).status_code == 200
        said = ("doctor", "--data", str(server.data))
        until(lambda: "holds no whole" not in server.command(*said, check=False).stdout)  # it keeps its vault, too
        assert server.stop() == 0
        status, again = restore(server, key, vault, elsewhere / "again")  # and comes back once more, a timeline later
        assert status == 0, again
    finally:
        server.kill()
        cluster.stop()


@pytest.mark.parametrize("how", ["refused", "stalled"])
def test_a_network_on_postgresql_goes_on_without_its_vault_and_says_so(
    make_server: ServerMaker, postgresql_with_log: PostgreSQL, how: How
) -> None:
    name = postgresql_with_log.create()
    with gone(how) as port:
        vault = f"s3://key:secret@drill/palabre?endpoint=http://127.0.0.1:{port}"
        server = make_server(database=postgresql_with_log.url(name), limits="off", vaults=vault)
        server.start()
        ana = server.account("ana", password=PASSWORD)
        browser = Browsing(server).sign_in(ana)
        with ana.client() as client:
            for number in range(3):
                began = time.monotonic()
                client.post("/api/v1/statuses", data={"status": f"words {number}"}).raise_for_status()
                assert client.get("/api/v1/timelines/home").json()[0]["content"].count(f"words {number}") == 1
                assert browser.get("/home").status_code == 200
                assert time.monotonic() - began < 5, "nobody waits for a vault"
        said = ("doctor", "--data", str(server.data))
        until(lambda: "the vault s3://drill/palabre" in server.command(*said, check=False).stdout)
        server.kill()
    postgresql_with_log.drop(name)
