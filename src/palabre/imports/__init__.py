"""Brings what members wrote and whom they know elsewhere: X archives, Mastodon exports."""

from palabre.imports.archive import Archive, open_archive
from palabre.imports.model import (
    Audience,
    ImportedMedia,
    ImportedPost,
    ImportedTie,
    Limits,
    Part,
    Reason,
    Record,
    Skipped,
    Source,
    Tie,
)
from palabre.imports.plan import LeftOut, Plan

__all__ = [
    "Archive",
    "Audience",
    "ImportedMedia",
    "ImportedPost",
    "ImportedTie",
    "LeftOut",
    "Limits",
    "Part",
    "Plan",
    "Reason",
    "Record",
    "Skipped",
    "Source",
    "Tie",
    "open_archive",
]
