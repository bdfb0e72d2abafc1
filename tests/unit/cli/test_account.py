"""The operator's commands for members, as scripts and people use them."""

from __future__ import annotations

import json
import os
import pwd
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from palabre.accounts import oauth, queries
from palabre.accounts.actions import SignUp, sign_up
from palabre.accounts.credentials import verify_password
from palabre.accounts.model import Role, Standing
from palabre.cli import palabre
from palabre.cli.account import Made
from palabre.errors import Refusal
from palabre.folder import Opened, initialise, open_folder
from palabre.hooks.actions import create_incoming, incoming_by_secret
from palabre.hooks.errors import HookNotFound
from palabre.moderation.acts import NOBODY, acts_page
from palabre.moderation.model import Act
from palabre.paging import Window
from palabre.posts.model import Visibility


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    initialise(tmp_path / "data", origin="http://localhost:8000")
    return tmp_path / "data"


def run(folder: Path, *words: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(palabre, [*words, "--data", str(folder)], input=stdin)


def inside(folder: Path, look: object) -> object:
    opened: Opened = open_folder(folder)
    try:
        return look(opened)
    finally:
        opened.database.close()


def account(folder: Path, name: str) -> object:
    return inside(folder, lambda opened: opened.database.read_now(queries.account_by_handle, name))


def test_an_account_is_made_with_all_that_a_script_wants_to_know(folder: Path) -> None:
    words = ["account", "create", "Ana", "--email", "ana@example.org", "--password", "correct horse", "--admin"]
    done = run(folder, *words, "--token", "--json")
    assert done.exit_code == 0
    said = json.loads(done.stdout)
    token = said.pop("token")
    assert said == {"username": "Ana", "email": "ana@example.org", "password": "correct horse", "admin": True}

    def look(opened: Opened) -> None:
        found = opened.database.read_now(oauth.token_of, opened.keyring, token)
        login = opened.database.read_now(queries.login_of, found.account)
        account = opened.database.read_now(queries.account, found.account)
        assert "admin:write" in found.scopes.split()
        assert account.role is Role.ADMIN
        assert verify_password(login.password_hash, "correct horse")

    inside(folder, look)


def test_a_password_is_made_if_none_is_given_and_no_token_unless_asked(folder: Path) -> None:
    said = json.loads(run(folder, "account", "create", "ana", "--json").stdout)
    assert len(said["password"]) >= 20
    assert said["token"] is None
    assert "password: " in run(folder, "account", "create", "ben").stdout


def test_a_refusal_is_an_error_that_names_what_is_wrong(folder: Path) -> None:
    run(folder, "account", "create", "ana")
    for words, code in ((["ana"], "account.username_taken"), (["an a"], "account.username_invalid"),
                        (["ben", "--password", "short"], "account.password_too_short")):  # fmt: skip
        done = run(folder, "account", "create", *words)
        assert isinstance(done.exception, Refusal)
        assert done.exception.code == code
    assert run(folder, "account", "create").exit_code == 2
    assert run(folder, "account", "create", "x", "--batch", "-").exit_code == 2


def test_a_batch_makes_all_it_can_and_says_what_it_could_not(folder: Path) -> None:
    lines = [json.dumps({"username": f"m{number}"}) for number in range(600)]
    lines[300:300] = ['{"username": "m5"}', "nonsense", "", '{"username": "x", "shoe": 43}',
                      '{"username": "kim", "password": "correct horse", "display_name": "Kim"}']  # fmt: skip
    done = run(folder, "account", "create", "--batch", "-", "--json", stdin="\n".join(lines))
    assert done.exit_code == 1
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert next(each for each in said if "error" in each) == {
        "username": "m5", "error": "account.username_taken", "message": "This user name is already taken.",
    }  # fmt: skip
    assert [each.get("line") for each in said if "error" in each] == [None, 302, 304]
    made = [each for each in said if "error" not in each]
    assert len(made) == 601
    assert len({each["token"] for each in made}) == 601
    assert {each["username"] for each in made if each["password"] is not None} == {"kim"}, (
        "none is made up in a batch"
    )
    assert set(made[0]) == set(Made.__struct_fields__)
    assert account(folder, "kim").display_name == "Kim"
    assert inside(folder, lambda opened: opened.database.read_now(queries.local_count)) == 601


def test_people_are_let_in_kept_out_and_listed(folder: Path) -> None:
    def ask(opened: Opened) -> None:
        for name in ("ana", "ben"):
            wanted = SignUp(username=name, password_hash="x", reason=f"I am {name}")
            opened.database.write_now(sign_up, opened.keyring, wanted, policy="approval")

    inside(folder, ask)
    waiting = [json.loads(line) for line in run(folder, "account", "list", "--pending", "--json").stdout.splitlines()]
    assert [(each["username"], each["reason"]) for each in waiting] == [("ben", "I am ben"), ("ana", "I am ana")]
    assert run(folder, "account", "approve", "@ana").exit_code == 0
    assert run(folder, "account", "refuse", "ben", "--yes").exit_code == 0
    assert account(folder, "ben") is None
    run(folder, "account", "suspend", "ana")
    assert account(folder, "ana").standing is Standing.SUSPENDED
    assert "suspended" in run(folder, "account", "list").stdout
    run(folder, "account", "unsuspend", "ana")
    run(folder, "account", "role", "ana", "admin")
    [listed] = [json.loads(line) for line in run(folder, "account", "list", "--json").stdout.splitlines()]
    assert (listed["username"], listed["standing"], listed["admin"]) == ("ana", "active", True)
    assert isinstance(run(folder, "account", "suspend", "nobody").exception, Refusal)


def test_a_reset_password_is_told_once_and_ends_every_access(folder: Path) -> None:
    token = json.loads(run(folder, "account", "create", "ana", "--token", "--json").stdout)["token"]
    secrets: list[str] = []

    def hook(opened: Opened) -> None:
        ana = opened.database.read_now(queries.account_by_handle, "ana").id
        made = opened.database.write_now(create_incoming, opened.keyring, ana, "Build", Visibility.PUBLIC)
        assert opened.database.read_now(incoming_by_secret, opened.keyring, made).account == ana
        secrets.append(made)

    inside(folder, hook)
    password = json.loads(run(folder, "account", "reset-password", "ana", "--yes", "--json").stdout)["password"]

    def look(opened: Opened) -> None:
        with pytest.raises(HookNotFound):
            opened.database.read_now(incoming_by_secret, opened.keyring, secrets[0])
        assert opened.database.read_now(oauth.token_of, opened.keyring, token) is None
        login = opened.database.read_now(queries.login_for, opened.keyring, "ana")
        assert verify_password(login.password_hash, password)
        acts = opened.database.read_now(acts_page, Window(limit=5), login.account).items
        assert [(each.deed.act, each.deed.actor) for each in acts] == [(Act.RESET_PASSWORD, NOBODY)]

    inside(folder, look)


def test_an_invitation_lets_as_many_in_as_it_says(folder: Path) -> None:
    said = json.loads(run(folder, "invite", "--uses", "1", "--days", "7", "--json").stdout)
    assert said["url"] == f"http://localhost:8000/invite/{said['code']}"

    def use(opened: Opened) -> None:
        wanted = SignUp(username="ana", password_hash="x", invitation=said["code"])
        opened.database.write_now(sign_up, opened.keyring, wanted, policy="invitation")

    inside(folder, use)
    with pytest.raises(Refusal):
        inside(folder, use)


def test_a_deleted_member_is_gone_and_nobody_gets_the_name(folder: Path) -> None:
    run(folder, "account", "create", "ana")
    assert run(folder, "account", "delete", "ana", "--yes").exit_code == 0
    assert account(folder, "ana") is None
    again = run(folder, "account", "create", "Ana")
    assert again.exit_code != 0
    assert account(folder, "ana") is None


def test_nobody_is_deleted_without_being_asked_for(folder: Path) -> None:
    run(folder, "account", "create", "ana")
    assert run(folder, "account", "delete", "ana", stdin="n\n").exit_code != 0
    assert account(folder, "ana") is not None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is anybody else's danger")
def test_root_leaves_nothing_in_a_folder_of_somebody_else(folder: Path) -> None:
    owner = pwd.getpwnam("nobody")
    before = sorted(folder.iterdir())
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    refused = run(folder, "account", "create", "ana")
    assert isinstance(refused.exception, Refusal)
    assert "runuser -u nobody -- palabre account create" in str(refused.exception)
    assert sorted(folder.iterdir()) == before
    assert "runuser" not in str(run(folder, "restore", "--from", "/nowhere", "--key", "-", stdin="no key").exception)
    os.chown(folder, 54_321, 54_321)  # of nobody whose name is known here, as in a container
    assert run(folder, "account", "create", "ana").exit_code == 0
