"""The disk is full, PostgreSQL goes away, jobs fail: what is asked is refused clearly, and all of it passes."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator

import httpx
import msgspec
import pytest

from crowds import check_database, rows_of, wait_for_subscribers
from fixtures_postgresql import PostgreSQL
from fixtures_server import ServerMaker
from palabre import jobs
from palabre.folder import open_folder
from palabre.jobs import queue
from running import RunningServer

pytestmark = pytest.mark.crash


def _soon(condition: Callable[[], bool], seconds: float = 120) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _post(client: httpx.Client, text: str) -> httpx.Response:
    return client.post("/api/v1/statuses", json={"status": text}, headers={"Idempotency-Key": text})


def test_a_full_disk_refuses_posts_goes_on_showing_them_and_needs_no_restart(make_server: ServerMaker) -> None:
    server = make_server(limits="off")
    ana = server.account("ana")
    server.start()
    assert server.process
    log = server.data / "palabre.db-wal"
    with ana.client() as client:
        kept = [_post(client, f"before {number}").raise_for_status().json()["id"] for number in range(3)]
        # No file of the server may grow any more: what a full disk does, without filling one.
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (log.stat().st_size, resource.RLIM_INFINITY))
        refused = [_post(client, f"meanwhile {number}") for number in range(8)]
        assert {answer.status_code for answer in refused} == {503}, [answer.text for answer in refused]
        assert "storage" in refused[0].json()["error"]
        shown = client.get("/api/v1/timelines/home")
        assert [post["id"] for post in shown.raise_for_status().json()] == kept[::-1]
        assert client.get("/health/live").status_code == 200
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        kept += [_post(client, f"meanwhile {number}").raise_for_status().json()["id"] for number in range(8)]
        assert client.get("/api/v1/accounts/verify_credentials").json()["statuses_count"] == 11
        wait_for_subscribers(server)
        server.kill()
        check_database(server)
        server.start()
        shown = client.get("/api/v1/timelines/home")
        assert [post["id"] for post in shown.json()] == kept[::-1]


@pytest.fixture
def elsewhere(postgresql_alone: PostgreSQL, make_server: ServerMaker) -> Iterator[tuple[RunningServer, PostgreSQL]]:
    """A network whose PostgreSQL may be stopped without harm to other tests."""
    name = postgresql_alone.create()
    server = make_server(database=postgresql_alone.url(name), limits="off")
    yield server, postgresql_alone
    server.kill()


@pytest.mark.postgresql
def test_postgresql_may_go_away_and_come_back_without_a_restart_of_palabre(
    elsewhere: tuple[RunningServer, PostgreSQL],
) -> None:
    server, cluster = elsewhere
    ana, ben = server.account("ana"), server.account("ben")
    server.start()
    with ana.client() as client, ben.client() as stranger:
        kept = [_post(client, f"before {number}").raise_for_status().json()["id"] for number in range(3)]
        cluster.stop_serving()
        refused = _post(client, "meanwhile")
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "5"
        assert "storage" in refused.json()["error"]
        # Nobody here knows Ben's token yet, so the database would have to be asked: not on the event loop.
        assert stranger.get("/api/v1/accounts/verify_credentials").status_code == 503
        assert client.get("/health/ready").status_code == 503
        assert client.get("/health/live").status_code == 200
        with server.client() as visitor:
            page = visitor.get("/@ana")
            assert (page.status_code, page.headers["retry-after"]) == (503, "5")
            assert "text/html" in page.headers["content-type"]
        doctor = server.command("doctor", "--data", str(server.data), check=False)
        assert doctor.returncode == 1
        assert "the database does not answer" in doctor.stdout
        cluster.serve()
        assert _soon(lambda: client.get("/health/ready").status_code == 200)
        for _ in range(12):  # more than there are connections: none of the dead ones may be noticed
            assert client.get(f"/api/v1/statuses/{kept[0]}").status_code == 200
        assert stranger.get("/api/v1/accounts/verify_credentials").status_code == 200
        kept.append(_post(client, "meanwhile").raise_for_status().json()["id"])
        stranger.post(f"/api/v1/statuses/{kept[-1]}/favourite").raise_for_status()
        wait_for_subscribers(server)
        told = client.get("/api/v1/notifications").json()
        assert [(notice["type"], notice["status"]["id"]) for notice in told] == [("favourite", kept[-1])]
        assert [post["id"] for post in client.get("/api/v1/timelines/home").json()] == kept[::-1]
    check_database(server)


@pytest.mark.postgresql
def test_a_postgresql_that_stands_still_does_not_stop_what_needs_no_database(
    elsewhere: tuple[RunningServer, PostgreSQL],
) -> None:
    server, cluster = elsewhere
    ana = server.account("ana")
    server.start()
    cluster.stand_still(still=True)
    try:
        with ana.client() as waiting, server.client() as visitor:
            with pytest.raises(httpx.ReadTimeout):
                waiting.get("/api/v1/accounts/verify_credentials", timeout=1)
            assert visitor.get("/health/live").status_code == 200
    finally:
        cluster.stand_still(still=False)
    with ana.client() as client:
        assert client.get("/api/v1/accounts/verify_credentials").status_code == 200


# Jobs


class _Impossible(msgspec.Struct):
    """What no server does."""

    number: int


def test_work_that_nobody_can_do_is_tried_again_later_given_up_visibly_and_revived(make_server: ServerMaker) -> None:
    server = make_server(limits="off").start()
    opened = open_folder(server.data)
    number = opened.database.write_now(jobs.enqueue, "nobody.does_this", _Impossible(7))
    with rows_of(server) as rows:
        assert _soon(lambda: rows("SELECT error FROM job")[0][0] is not None), "the first attempt did not end"
        [(attempts, dead, waits, error)] = rows("SELECT attempts, dead, run_at - created, error FROM job")
        assert (attempts, dead) == (1, 0)
        assert waits >= 5_000
        assert "nobody.does_this" in error
        server.stop()
        rows_written = opened.database.write_now(_fail_for_good, number)
        assert rows_written
        listed = server.command("jobs", "dead", "--data", str(server.data), "--json").stdout
        assert [msgspec.json.decode(line)["id"] for line in listed.splitlines()] == [number]
        doctor = server.command("doctor", "--data", str(server.data), check=False)
        assert doctor.returncode == 1
        assert "1 job(s) were given up, the newest: nobody.does_this" in doctor.stdout
        server.command("jobs", "retry", str(number), "--data", str(server.data))
        assert rows("SELECT dead, attempts FROM job") == [(0, 0)]
        again = server.command("jobs", "retry", str(number), "--data", str(server.data), check=False)
        assert again.returncode == 1
        assert len(again.stderr.strip().splitlines()) == 1
        server.start()
        assert _soon(lambda: rows("SELECT attempts FROM job")[0][0] == 1), "a revived job was not tried"
    opened.database.close()


def _fail_for_good(tx: queue.Transaction, number: int) -> bool:
    return jobs.bury(tx, jobs.Job(number, "nobody.does_this", None, "{}", 11), "LookupError: nobody.does_this")


# Settings and set-ups


@pytest.mark.parametrize(
    ("line", "environment", "named"),
    [
        ('colour = "blue"', {}, "colour"),
        ("port = 70000", {}, "port"),
        ("limits = [", {}, "palabre.toml"),
        ("", {"PALABRE_METRICS_PORT": "ninety"}, "metrics_port"),
    ],
)
def test_each_kind_of_wrong_setting_is_named_in_one_line(
    quiet: RunningServer, line: str, environment: dict[str, str], named: str
) -> None:
    settings = quiet.data / "palabre.toml"
    before, kept = settings.read_text("utf-8"), quiet.environment
    settings.write_text(f"{before}\n{line}\n", "utf-8")
    quiet.environment = kept | environment
    try:
        said = quiet.command("serve", "--data", str(quiet.data), check=False)
        doctor = quiet.command("doctor", "--data", str(quiet.data), check=False)
    finally:
        settings.write_text(before, "utf-8")
        quiet.environment = kept
    assert said.returncode == 1
    [told] = said.stderr.strip().splitlines()
    assert named in told
    assert doctor.returncode == 1
    assert named in doctor.stdout


@pytest.fixture(scope="module")
def quiet(make_server: ServerMaker) -> RunningServer:
    """A network that is not served."""
    return make_server()


def _doctor(server: RunningServer) -> tuple[int, str]:
    done = server.command("doctor", "--data", str(server.data), check=False)
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stdout


def test_doctor_finds_what_is_wrong_and_says_how_to_mend_it(make_server: ServerMaker) -> None:
    server = make_server()
    assert _doctor(server)[0] == 0
    keyring = server.data / "keyring"
    keyring.chmod(0o644)
    status, said = _doctor(server)
    assert status == 1
    assert "can read the keyring" in said
    assert f"chmod 600 {keyring}" in said
    keyring.chmod(0o600)

    whole = keyring.read_bytes()
    keyring.write_bytes(b"{}")
    status, said = _doctor(server)
    assert status == 1
    assert "keyring" in said
    keyring.write_bytes(whole)

    with rows_of(server) as rows:
        taken = rows("SELECT number, name, at FROM schema_migration")
        rows("DELETE FROM schema_migration")
        status, said = _doctor(server)
        assert status == 1
        assert f"lacks {len(taken)} migration" in said
        for number, name, at in taken:
            rows(f"INSERT INTO schema_migration VALUES ({number}, '{name}', {at})")
        rows("INSERT INTO schema_migration VALUES (9999, 'of_the_future', 0)")
        status, said = _doctor(server)
        assert status == 1
        assert "newer" in said
        rows("DELETE FROM schema_migration WHERE number = 9999")

        rows("INSERT INTO subscriber_cursor VALUES ('notifications', 0, 'RuntimeError: it broke')")
        status, said = _doctor(server)
        assert status == 1
        assert "notifications cannot go on" in said
        assert "it broke" in said
        rows("DELETE FROM subscriber_cursor")
    assert _doctor(server)[0] == 0


def _refused_in_a_line(server: RunningServer, *named: str) -> None:
    for command in ("serve", "account list"):
        done = server.command(*command.split(), "--data", str(server.data), check=False)
        assert done.returncode != 0, command
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        assert all(word in done.stderr for word in named), done.stderr
    status, said = _doctor(server)
    assert status == 1
    assert all(word in said for word in named), said


def test_a_network_whose_database_is_gone_or_damaged_does_not_begin_anew(make_server: ServerMaker) -> None:
    server = make_server()
    file = server.data / "palabre.db"
    whole = file.read_bytes()
    for left in (None, b""):
        for each in server.data.glob("palabre.db*"):
            each.unlink()
        if left is not None:
            file.write_bytes(left)
        _refused_in_a_line(server, "is not there, or is empty")
        assert not file.exists() or file.read_bytes() == b"", "nothing was made in its place"
    for each in server.data.glob("palabre.db-*"):
        each.unlink()
    file.write_bytes(b"\x17" * 5_000)
    _refused_in_a_line(server, "file is not a database")
    file.write_bytes(whole)
    assert _doctor(server)[0] == 0


def test_a_postgresql_that_is_away_at_the_start_is_said_in_a_line(make_server: ServerMaker) -> None:
    server = make_server()
    kept = server.environment
    server.environment = kept | {"PALABRE_DATABASE": "postgresql://palabre:secret@127.0.0.1:1/palabre"}
    try:
        _refused_in_a_line(server, "Connection refused")
        server.environment = kept | {"PALABRE_DATABASE": "postgresql://palabre:half%a%secret@127.0.0.1/palabre"}
        done = server.command("serve", "--data", str(server.data), check=False)
        assert "half%a%secret" not in done.stdout + done.stderr
    finally:
        server.environment = kept


def test_settings_that_cannot_be_read_are_said_in_a_line(make_server: ServerMaker) -> None:
    server = make_server()
    settings = server.data / "palabre.toml"
    settings.rename(server.data / "before.toml")
    settings.mkdir()
    _refused_in_a_line(server, "palabre.toml: cannot be read")
    settings.rmdir()
    (server.data / "before.toml").rename(settings)
    assert _doctor(server)[0] == 0


def test_a_folder_in_which_nothing_can_be_made_is_said_in_a_line(quiet: RunningServer) -> None:
    done = quiet.command("init", "--data", "/proc/nowhere", "--origin", "http://localhost:1", "--yes", check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["palabre: /proc/nowhere: No such file or directory"]


def test_doctor_warns_of_a_disk_that_is_nearly_full(
    quiet: RunningServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import collections
    import shutil

    from palabre.cli.doctor import examine

    usage = collections.namedtuple("usage", "total used free")  # noqa: PYI024 - as shutil gives it
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10**12, 10**12 - 10**8, 10**8))
    bad = [finding for finding in examine(quiet.data) if not finding.good]
    assert len(bad) == 1
    assert "0.1 GB free" in bad[0].what
    assert "nothing can be posted" in bad[0].mend


# Two processes on one database


def test_a_server_learns_of_what_commands_write_beside_it(server: RunningServer) -> None:
    ana = server.account("beside")
    with ana.client() as client:
        assert client.get("/api/v1/accounts/verify_credentials").status_code == 200
        made = [_post(client, f"mine {number}").raise_for_status().json()["id"] for number in range(3)]
        for turn in range(5):  # the command and the server write in turn: each finds a gap and closes it
            other = server.account(f"beside{turn}")
            with other.client() as visitor:
                found = visitor.get("/api/v1/accounts/lookup", params={"acct": other.username})
                visitor.post(f"/api/v1/statuses/{made[0]}/favourite").raise_for_status()
            assert found.json()["username"] == other.username
            shown = client.get(f"/api/v1/statuses/{made[0]}").json()
            assert shown["favourites_count"] == turn + 1
        server.command("account", "suspend", "beside", "--data", str(server.data))
        refused = {401, 403}
        assert _soon(lambda: client.get("/api/v1/accounts/verify_credentials").status_code in refused), (
            "a suspended member is still let in"
        )
    wait_for_subscribers(server)
