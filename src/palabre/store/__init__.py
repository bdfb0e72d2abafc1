"""One schema and one SQL generator for SQLite and PostgreSQL, group-committed writes, snapshot reads."""

from palabre.store.database import Database
from palabre.store.metadata import METADATA, Flag, Identifier, Json, Moment
from palabre.store.session import Snapshot, Transaction
from palabre.store.statement import (
    Statement,
    about_pairs,
    among,
    array,
    delete,
    insert,
    pair_parameters,
    statement,
    update,
    upsert,
)

__all__ = [
    "METADATA",
    "Database",
    "Flag",
    "Identifier",
    "Json",
    "Moment",
    "Snapshot",
    "Statement",
    "Transaction",
    "about_pairs",
    "among",
    "array",
    "delete",
    "insert",
    "pair_parameters",
    "statement",
    "update",
    "upsert",
]
