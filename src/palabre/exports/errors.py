"""Why there is no archive."""

from __future__ import annotations

from palabre.errors import Conflict, NotFound, TooMany, Unavailable


class ExportUnderWay(Conflict):
    """One archive at a time."""

    code = "export.under_way"
    message = "An archive of your data is already being made."


class ExportTooSoon(TooMany):
    """Making one reads everything: once a day is enough."""

    code = "export.too_soon"
    message = "An archive was made in the last 24 hours. Fetch that one, or ask again tomorrow."


class ExportNotFound(NotFound):
    """No such archive, not this member's, not ready, or removed after its time."""

    code = "export.not_found"


class ExportInterrupted(Unavailable):
    """The server stops; the archive is begun anew later."""

    code = "export.interrupted"
    message = "The archive was interrupted and is begun anew."


class NoRoom(Unavailable):
    """The disk is nearly full."""

    code = "export.no_room"
    message = "There is no room on the disk of this network for your archive. Tell its administrator."
