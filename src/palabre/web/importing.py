"""Imports in words: what was left out of an archive, why, and how an import stands."""

from __future__ import annotations

from palabre.imports import errors
from palabre.imports.model import ImportRun, Part, Reason, State


def _(message: str) -> str:
    """Mark a sentence for the catalogues; it is translated when it is shown."""
    return message


PARTS = {
    Part.FILE: _("Files"),
    Part.POST: _("Posts"),
    Part.MEDIA: _("Pictures and videos"),
    Part.PERSON: _("People"),
    Part.BOOKMARK: _("Bookmarks and likes"),
    Part.SETTING: _("Lists and settings"),
}

REASONS = {
    Reason.DAMAGED: _("damaged"),
    Reason.BAD_DATE: _("with an impossible date"),
    Reason.EMPTY: _("without text, picture or video"),
    Reason.TOO_LARGE: _("too large"),
    Reason.REPOST: _("reposts of others"),
    Reason.EDITED_LATER: _("earlier versions of edited posts"),
    Reason.TWICE: _("twice in the archive"),
    Reason.PRIVATE_MESSAGE: _("private messages, which are never brought in"),
    Reason.VIDEO: _("videos, which this server does not take: only their texts came"),
    Reason.TOO_MANY_PICTURES: _("beyond the four pictures of a post"),
    Reason.FILE_MISSING: _("missing in the archive"),
    Reason.ENCRYPTED: _("protected by a password"),
    Reason.UNSAFE_NAME: _("with a name that is not safe"),
    Reason.ONLY_NUMBERS: _("of whom X tells only a number"),
    Reason.NOT_FOUND_HERE: _("not here yet: they are kept in mind"),
    Reason.NOT_SUPPORTED: _("of a kind that does not exist here"),
    Reason.REFUSED: _("refused by this network"),
}
_OTHER = _("left out")
_PART_WORDS = {part.value: words for part, words in PARTS.items()}
_REASON_WORDS = {reason.value: words for reason, words in REASONS.items()}

STATES = {
    State.WAITING: _("Waiting for its turn"),
    State.READING: _("Being read"),
    State.RUNNING: _("Being brought in"),
    State.DONE: _("Done"),
    State.FAILED: _("Failed"),
    State.CANCELLED: _("Stopped by you"),
    State.STOPPED: _("Interrupted"),
}

_FAILURES = {
    refusal.code: refusal.message
    for refusal in (
        errors.NotAnArchive,
        errors.ArchiveEncrypted,
        errors.ArchiveTooLarge,
        errors.ArchiveUnreadable,
        errors.KindUnclear,
    )
}
_UNKNOWN_FAILURE = _("Something went wrong. What came already stays; you can bring the same file again.")


def failure(run: ImportRun) -> str:
    """Say why an import failed."""
    return _FAILURES.get(run.error or "", _UNKNOWN_FAILURE)


def left_out(run: ImportRun) -> list[tuple[str, str, int]]:
    """List what was left out: which part, why, and how many; the most first."""
    rows = []
    for name, number in run.left_out.items():
        part, _dot, reason = name.partition(".")
        rows.append((_PART_WORDS.get(part, part), _REASON_WORDS.get(reason, _OTHER), number))
    return sorted(rows, key=lambda row: -row[2])
