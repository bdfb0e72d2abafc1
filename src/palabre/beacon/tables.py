"""The newest beacon of the network, and its signing keys."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, Table, Text

from palabre.store.metadata import METADATA, Json, Moment

beacon = Table(
    "beacon",
    METADATA,
    Column("only", Integer, primary_key=True, autoincrement=False, comment="1: there is one row"),
    Column("epoch", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    Moment("issued"),
    Column("body", Text, nullable=False, comment="as it was signed; empty before the first"),
    Json("places", comment="what `palabre beacon set` said"),
)

network_key = Table(
    "network_key",
    METADATA,
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("seed_sealed", LargeBinary, comment="encrypted; null once the key is retired"),
    Json("link", comment="the key as beacons name it; empty while it is only promised"),
    Moment("created"),
)
