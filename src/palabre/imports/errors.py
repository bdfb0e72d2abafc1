"""Why a file is refused as a whole. What is wrong inside a file is listed, and the rest goes on."""

from __future__ import annotations

from palabre.errors import Conflict, Invalid, NotFound, Unavailable


class NotAnArchive(Invalid):
    """The file is none that can be imported."""

    code = "import.not_an_archive"
    message = "This file is neither an X archive (zip) nor a Mastodon export (zip, tar.gz or one of its CSV files)."


class ArchiveEncrypted(Invalid):
    """The archive asks for a password."""

    code = "import.encrypted"
    message = "This archive is protected by a password. Unpack it and make a zip without one."


class ArchiveTooLarge(Invalid):
    """The archive is beyond the limits, or made to overflow whoever unpacks it."""

    code = "import.too_large"
    message = "This archive unpacks to more than can be accepted."


class ArchiveUnreadable(Invalid):
    """Reading the archive took more memory or time than any honest one, or broke the reader."""

    code = "import.unreadable"
    message = "This archive could not be read."


class ReadingInterrupted(Unavailable):
    """The server stops; the archive is read again later."""

    code = "import.interrupted"
    message = "The import was interrupted and goes on later."


class KindUnclear(Invalid):
    """A CSV without a header says who, but not what to do with them."""

    code = "import.kind_unclear"
    message = "This list does not say what it is. Keep the file name that Mastodon gave it, or say the kind."


class EntryDamaged(Invalid):
    """An entry of an archive is not what its place says; it is listed, and the rest goes on."""

    code = "import.entry_damaged"
    message = "This entry of the archive is damaged: {problem}"


class ImportRunning(Conflict):
    """One import at a time: they would slow each other down."""

    code = "import.running"
    message = "An import is already under way."


class RunNotFound(NotFound):
    """No such import, or not this member's."""

    code = "import.not_found"


class DamagedMember(Exception):  # noqa: N818 - an event in reading, not a fault of ours
    """A member of an archive cannot be read (further). Caught where the member is read, never shown."""
