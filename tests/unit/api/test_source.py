"""Where the source code is offered, as the licence asks."""

from __future__ import annotations

import pytest

from palabre.api.mastodon.entities import Names
from palabre.api.mastodon.entities.instance import instance
from palabre.config import Config, WrongSetting
from palabre.ids import IdCodec
from palabre.uris import Uris


def _source(config: Config) -> str:
    ids = IdCodec(b"k" * 32)
    return instance(Names(ids, Uris(config.origin, ids), config.domain), config, active=0).source_url


def test_apps_are_told_where_the_source_is() -> None:
    assert _source(Config(source="https://code.example.org/ours")) == "https://code.example.org/ours"
    assert _source(Config()) == "http://localhost:8000/about"


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(WrongSetting, match="source"):
        Config(source="javascript:alert(1)")
