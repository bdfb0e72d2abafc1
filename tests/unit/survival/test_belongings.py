"""What belongs to the network beside its database is the same on a standby; what is of one machine stays."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palabre import config
from palabre.config import SHARED, Config, WrongSetting
from palabre.survival import belongings
from palabre.survival.settings import merged
from palabre.survival.vaults import recovery

OWN = """# my settings
origin = "https://two.example"   # this machine
port = 9000
title = "Old"  # goes
vaults = [
    "/mnt/one",  # first
    "/mnt/two",
]
standby_listen = "0.0.0.0:8100"
"""


@pytest.fixture(autouse=True)
def _nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PALABRE_")]:
        monkeypatch.delenv(name)


def folder(path: Path, settings: str) -> Path:
    path.mkdir()
    (path / "palabre.toml").write_text(settings)
    return path


def test_every_setting_is_of_the_network_or_of_a_machine() -> None:
    of_a_machine = {
        "origin", "database", "primary_seconds", "host", "port", "metrics_port", "trusted_proxies",
        "piece_cache_bytes", "window_cache_bytes", "live_connections", "limits", "push_anywhere", "fetch_loopback",
        "standby_listen", "auto_failover", "lease", "lease_seconds", "log_format", "shutdown_seconds",
    }  # fmt: skip
    assert set(Config.__struct_fields__) == SHARED | of_a_machine
    assert not SHARED & of_a_machine


def test_settings_of_the_network_replace_those_of_the_standby_and_nothing_else() -> None:
    new = merged(OWN, {"title": "New", "vaults": ["s3://key:secret@b/p"], "post_length": 500})
    assert tomllib.loads(new) == {
        "origin": "https://two.example", "port": 9000, "standby_listen": "0.0.0.0:8100",
        "title": "New", "vaults": ["s3://key:secret@b/p"], "post_length": 500,
    }  # fmt: skip
    assert "# my settings" in new
    assert "# this machine" in new
    assert merged(new, {"title": "New", "vaults": ["s3://key:secret@b/p"], "post_length": 500}) == new
    less = merged(new, {"title": "Newer"})
    assert tomllib.loads(less).keys() == {"origin", "port", "standby_listen", "title"}
    assert less.count("Settings of the network") == 1


@given(
    values=st.dictionaries(
        st.sampled_from(sorted(SHARED)),
        st.one_of(
            st.text(st.characters(exclude_categories=["Cs"])),
            st.integers(0, 10**9),
            st.floats(0, 600),
            st.lists(st.text(st.characters(exclude_categories=["Cs"]))),
        ),
    ),
    ends=st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_is_set_is_read_again_as_it_was(values: dict[str, object], ends: str) -> None:
    own = OWN.replace("\n", ends)
    kept = {name: value for name, value in tomllib.loads(own).items() if name not in SHARED}
    once = merged(own, values)
    assert tomllib.loads(once) == kept | values
    assert tomllib.loads(merged(once, {})) == kept


def test_a_standby_gets_key_settings_and_texts_and_loses_texts_that_are_gone(tmp_path: Path) -> None:
    one = folder(tmp_path / "one", 'origin = "https://one.example"\ntitle = "Ours"\nport = 1\n')
    two = folder(tmp_path / "two", 'origin = "https://two.example"\nport = 2\n')
    recovery.create(one)
    (one / "texts").mkdir()
    for name in ("privacy.txt", "about.txt", "notes.md", ".about.txt.swp"):
        (one / "texts" / name).write_text(f"{name} é")
    os.utime(one / "texts" / "privacy.txt", (1_700_000_000, 1_700_000_000))
    had = belongings.decode(belongings.collect(one).encoded())
    assert belongings.keep(two, had) == ""
    assert (two / "recovery").read_bytes() == (one / "recovery").read_bytes()
    assert (two / "recovery").stat().st_mode & 0o077 == 0
    assert {path.name for path in (two / "texts").iterdir()} == {"privacy.txt", "about.txt"}
    assert (two / "texts" / "privacy.txt").stat().st_mtime == 1_700_000_000
    assert config.load(two).title == "Ours"
    assert config.load(two).port == 2
    assert config.load(two).origin == "https://two.example"
    (one / "texts" / "about.txt").unlink()
    (one / "palabre.toml").write_text('origin = "https://one.example"\n')
    assert belongings.keep(two, belongings.collect(one)) == ""
    assert {path.name for path in (two / "texts").iterdir()} == {"privacy.txt"}
    assert config.load(two).title == Config().title
    assert belongings.collect(two).digest != had.digest
    assert belongings.collect(two).texts == belongings.collect(one).texts


def test_what_came_whole_is_healed_when_it_was_changed_here(tmp_path: Path) -> None:
    one, two = folder(tmp_path / "one", ""), folder(tmp_path / "two", "")
    (one / "texts").mkdir()
    (one / "texts" / "terms.txt").write_text("as they are")
    had = belongings.collect(one)
    belongings.keep(two, had)
    (two / "texts" / "terms.txt").write_text("changed here")
    belongings.keep(two, had)
    assert (two / "texts" / "terms.txt").read_text() == "as they are"


def test_settings_that_do_not_go_together_are_told_and_not_taken(tmp_path: Path) -> None:
    one = folder(tmp_path / "one", 'durability = "prefer"\ntitle = "Ours"\n')
    own = 'auto_failover = true\nlease = "folder:/third"\nstandby_listen = "127.0.0.1:1"\n'
    two = folder(tmp_path / "two", own)
    (one / "texts").mkdir()
    (one / "texts" / "about.txt").write_text("about us")
    trouble = belongings.keep(two, belongings.collect(one))
    assert "durability" in trouble
    assert (two / "palabre.toml").read_text() == own
    assert (two / "texts" / "about.txt").read_text() == "about us"


def test_what_the_environment_sets_goes_along_and_what_is_wrong_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = folder(tmp_path / "one", 'title = "File"\n')
    monkeypatch.setenv("PALABRE_TITLE", "Environment")
    monkeypatch.setenv("PALABRE_VAULTS", "/mnt/a, /mnt/b")
    monkeypatch.setenv("PALABRE_PORT", "7000")
    assert belongings.collect(one).settings == {"title": "Environment", "vaults": ["/mnt/a", "/mnt/b"]}
    (one / "palabre.toml").write_text('title = "half')
    with pytest.raises(WrongSetting):
        belongings.collect(one)


def test_settings_are_judged_as_the_server_will_use_them(tmp_path: Path) -> None:
    one = folder(tmp_path / "one", 'durability = "prefer"\ntitle = "File"\n')
    own = 'lease = "folder:/third"\nstandby_listen = "127.0.0.1:1"\n'
    two = folder(tmp_path / "two", own)
    started_with = {"auto_failover": True, "host": None, "port": 7_000}  # on the command line of serve
    trouble = belongings.keep(two, belongings.collect(one), started_with)
    assert "durability" in trouble
    assert (two / "palabre.toml").read_text() == own, "with these it could not take over"
    assert belongings.keep(two, belongings.collect(one), {"auto_failover": None}) == ""
    assert config.load(two).durability == "prefer"
    said = belongings.collect(one, {"title": "Command", "durability": None, "port": 7_000}).settings
    assert said == {"durability": "prefer", "title": "Command"}
    with pytest.raises(WrongSetting, match="durability"):
        belongings.collect(one, {"auto_failover": True, "lease": "folder:/x", "standby_listen": "127.0.0.1:1"})


def test_a_name_from_outside_never_leads_out_of_the_folder(tmp_path: Path) -> None:
    two = folder(tmp_path / "two", "")
    wrong = belongings.Writing(content=b"x", changed=belongings.Instant(0))
    had = belongings.Belongings(recovery=b"", settings={}, texts={"../keyring": wrong, "a/b.txt": wrong, "..": wrong})
    assert belongings.keep(two, had) == ""
    assert [path.name for path in two.rglob("*")] == ["palabre.toml"]
