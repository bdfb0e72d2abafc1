"""No command does what cannot be undone before it has said so and was told to go on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from palabre import keyring as keyrings
from palabre.accounts.actions import NewMember, SignUp, create_member, sign_up
from palabre.cli import palabre
from palabre.folder import Opened, initialise, open_folder
from palabre.survival.node import Node
from palabre.survival.state import Part
from palabre.survival.vaults import recovery

_STRANGER = "ab" * 32


def _opened(prepare: Callable[[Opened], object]) -> Callable[[Path], None]:
    def inside(folder: Path) -> None:
        opened = open_folder(folder)
        try:
            prepare(opened)
        finally:
            opened.database.close()

    return inside


def _member(opened: Opened) -> None:
    opened.database.write_now(create_member, opened.keyring, NewMember(username="ana"))


def _newcomer(opened: Opened) -> None:
    wanted = SignUp(username="ana", password_hash="hash", reason="to read")
    opened.database.write_now(sign_up, opened.keyring, wanted, policy="approval")


def _nothing(_folder: Path) -> None:
    pass


def _has_old_lookups(folder: Path) -> None:
    keyrings.renew(folder, "lookups")
    keyrings.adopt(folder)
    keyrings.renewed(folder)


def _has_a_recovery_key(folder: Path) -> None:
    recovery.create(folder, replace=True)


def _is_followed(folder: Path) -> None:
    Part(folder).accept(_STRANGER, Node(folder / "another").certificate)


def _follows(folder: Path) -> None:
    part = Part(folder)
    part.follow()
    part.change(primary="127.0.0.1:1", in_step=True)


ASKS: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "account delete": (_opened(_member), "ana", "cannot be undone"),
    "account drop-second-step": (_opened(_member), "ana", "The password alone"),
    "account refuse": (_opened(_newcomer), "ana", "cannot be undone"),
    "account reset-password": (_opened(_member), "ana", "opens nothing any more"),
    "backup key": (_has_a_recovery_key, "--replace", "The old key still opens"),
    "backup key rotate": (_has_a_recovery_key, "", "no way back to the old key"),
    "beacon key rotate": (_nothing, "", "is destroyed"),
    "beacon lose": (_nothing, "http://localhost:8000", "send nothing there any more"),
    "emoji remove": (_nothing, "blob", "is deleted"),
    "keys forget": (_has_old_lookups, "lookups", "cannot be undone"),
    "keys rotate": (_nothing, "certificate", "A new key pair"),
    "move": (_follows, "", "for good"),
    "promote": (_follows, "", "comes back only as a standby"),
    "standby join": (_nothing, "127.0.0.1:1 --token x", "is replaced"),
    "standby remove": (_is_followed, _STRANGER[:8], "this machine only"),
}
"""What makes the folder ready for each command, its arguments, and a part of what it says."""

ASKS_ELSEWHERE = {
    "drill host-loss": "of named hosts: journeys/test_drill.py",
    "init": "makes a network where there is none, and no second one: journeys/test_operating.py",
}

UNDONE = {
    "account approve": "account suspend, or account delete",
    "account create": "account delete",
    "account export": "the file is removed",
    "account role": "account role",
    "account suspend": "account unsuspend",
    "account unsuspend": "account suspend",
    "account vouch": "account vouch",
    "backup": "more is in a vault",
    "beacon": "nothing is changed",
    "beacon set": "beacon set",
    "emoji add": "emoji remove",
    "import": "its posts can be deleted",
    "invite": "it can be taken back on the pages",
    "jobs retry": "it only does what was to be done",
    "restore": "into an empty folder only: unit/survival/test_keeping_vaults.py",
    "sample": "into an empty network only",
    "serve": "it only does what was asked for before",
    "standby invite": "it ends by itself within the hour",
}
"""What these do can be undone, and how; others only look, or work in folders of their own."""

LOOKS = {
    "account list", "backup verify", "beacon verify", "bench", "doctor", "drill restore", "drill vendor-loss",
    "emoji list", "jobs dead", "keys list", "standby status",
}  # fmt: skip


def _commands(command: click.Command = palabre, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its words."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    if command.invoke_without_command:
        yield path, command
    for name in command.list_commands(click.Context(command)):
        found = command.get_command(click.Context(command), name)
        assert found is not None
        yield from _commands(found, f"{path} {name}".strip())


def test_of_every_command_it_is_known_whether_it_has_to_ask() -> None:
    commands = dict(_commands())
    asking = {path for path, command in commands.items() if any(each.name == "yes" for each in command.params)}
    assert asking == ASKS.keys() | ASKS_ELSEWHERE.keys()
    assert commands.keys() - asking == UNDONE.keys() | LOOKS


def _content(folder: Path) -> dict[str, object]:
    """All that is in a folder, but the log and the locks of its database."""
    found: dict[str, object] = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("palabre.db")
    }
    with closing(sqlite3.connect(folder / "palabre.db")) as database:
        tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        for (name,) in database.execute(tables).fetchall():
            found[f"table {name}"] = database.execute(f"SELECT * FROM {name}").fetchall()
    return found


@pytest.mark.parametrize("command", ASKS)
@pytest.mark.parametrize("answer", ["n\n", ""])
def test_it_says_what_it_will_do_and_does_nothing_before_it_is_told_to(
    tmp_path: Path, command: str, answer: str
) -> None:
    folder = tmp_path / "data"
    initialise(folder, origin="http://localhost:8000")
    prepare, arguments, says = ASKS[command]
    prepare(folder)
    Node(folder / "survival")  # a server has a certificate from its first look at others on
    before = _content(folder)
    words = [*command.split(), *arguments.split(), "--data", str(folder)]
    done = CliRunner().invoke(palabre, words, input=answer)
    assert says in done.stderr, done.output
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), "it was stopped, and nothing else happened"
    assert _content(folder) == before
