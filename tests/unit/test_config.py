"""Settings: what cannot work is refused by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from palabre.config import Config, WrongSetting, load
from palabre.i18n import LANGUAGES


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("post_length", "many"),
        ("post_length", "0"),
        ("port", "0"),
        ("metrics_port", "-1"),
        ("database", "mysql://here"),
        ("registrations", "perhaps"),
        ("trusted_proxies", "not an address"),
        ("trusted_proxies", "10.0.0.1, 10.0.0.0/99"),
        ("shutdown_seconds", "-1"),
        ("shutdown_seconds", "nan"),
        ("media_bytes", "0"),
        ("language", "tlh"),
        ("origin", "talk.example"),
        ("limits", "maybe"),
    ],
)
def test_a_value_that_cannot_work_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(WrongSetting) as wrong:
        load(tmp_path, environment={f"PALABRE_{name.upper()}": value})
    assert wrong.value.details["name"] == name
    assert "\n" not in str(wrong.value)


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("trusted_proxies", "127.0.0.1, 10.0.0.0/8", ("127.0.0.1", "10.0.0.0/8")),
        ("port", "9000", 9000),
        ("shutdown_seconds", "0.5", 0.5),
    ],
)
def test_the_environment_speaks_as_plainly_as_the_file(tmp_path: Path, name: str, value: str, read: Any) -> None:
    assert getattr(load(tmp_path, environment={f"PALABRE_{name.upper()}": value}), name) == read


def test_every_language_of_the_interface_can_be_chosen() -> None:
    assert {Config(language=language).language for language in LANGUAGES} == set(LANGUAGES)
