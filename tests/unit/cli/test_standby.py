"""What the commands of standbys print is what their reader types next."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from palabre.cli import palabre
from palabre.folder import initialise


@pytest.mark.parametrize(
    ("listens", "typed"),
    [
        ("0.0.0.0:8100", "ADDRESS:8100"),
        ("[::]:8101", "ADDRESS:8101"),
        ("first.example.org:8100", "first.example.org:8100"),
        ("[2001:db8::1]:8100", "[2001:db8::1]:8100"),
        ("", "ADDRESS:8100"),
    ],
)
def test_an_address_at_which_nobody_can_be_reached_is_not_told(tmp_path: Path, listens: str, typed: str) -> None:
    initialise(tmp_path / "data", origin="http://localhost:8000")
    with (tmp_path / "data" / "palabre.toml").open("a") as settings:
        settings.write(f'standby_listen = "{listens}"\n')
    said = CliRunner().invoke(palabre, ["standby", "invite", "--data", str(tmp_path / "data")])
    assert f"palabre standby join {typed} --token " in said.stdout
