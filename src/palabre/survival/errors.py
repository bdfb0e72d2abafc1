"""What standbys and promotions refuse."""

from __future__ import annotations

from palabre.errors import Conflict, Forbidden, Invalid, Unavailable


class NoStandby(Unavailable):
    """No standby has confirmed the write: it is kept here, but not vouched for."""

    code = "survival.no_standby"
    message = "The server cannot store anything safely right now. Please try again in a moment."


class Replaced(Unavailable):
    """Another server has taken over from this one: nothing may be written here."""

    code = "survival.replaced"
    message = "This server has been replaced by another. Please try again in a moment."


class NoLease(Unavailable):
    """This server cannot prove now that it is the one that leads, so it vouches for nothing."""

    code = "survival.no_lease"
    message = "The server cannot make sure that it is the only one. Please try again in a moment."


class LeaseUnfit(Invalid):
    """The lease's place lets two servers change the same version; detail: ``place``."""

    code = "survival.lease_unfit"
    message = (
        "{place} cannot hold the lease: it ignores the conditions of a put (If-Match, If-None-Match), "
        "so two servers could both lead. Use another store."
    )


class Moving(Unavailable):
    """The network was handed to a standby that does not lead it yet: reading goes on, nothing is written."""

    code = "survival.moving"
    message = "The network is moving to another server. Please try again in a moment."


class Fenced(Conflict):
    """This server was replaced, and may only come back as a standby; details: ``folder``, ``epoch``."""

    code = "survival.fenced"
    message = (
        "{folder} was replaced by another server (epoch {epoch}). "
        "Make it a standby of that one: palabre standby join ADDRESS --token TOKEN --data {folder}"
    )


class WrongInvitation(Forbidden):
    """The token of a standby is unknown, used or too old, or belongs to another server."""

    code = "survival.wrong_invitation"
    message = "The token is not good: {problem}. Make a new one with: palabre standby invite"


class NotAccepted(Forbidden):
    """The other server does not want this one; detail: ``reason``."""

    code = "survival.not_accepted"
    message = "The other server refused: {reason}"


class Unreachable(Unavailable):
    """The other server does not answer; details: ``address``, ``problem``."""

    code = "survival.unreachable"
    message = "{address} cannot be reached: {problem}"


class StillFollowed(Conflict):
    """Standbys could be promoted against this server, which would not know; details: ``folder``, ``remedy``."""

    code = "survival.still_followed"
    message = "{folder} has standbys that may be promoted, and standby_listen is not set. {remedy}"


class NotAStandby(Conflict):
    """The folder is no standby; detail: ``folder``."""

    code = "survival.not_a_standby"
    message = "{folder} is no standby: there is nothing to promote."


class Incomplete(Conflict):
    """The copy is not complete, so it cannot take over; detail: ``problem``."""

    code = "survival.incomplete"
    message = "This copy cannot take over: {problem}."


class NotPromoted(Conflict):
    """The process that follows in the folder did not promote it in time; detail: ``folder``."""

    code = "survival.not_promoted"
    message = (
        "The process that follows in {folder} does not answer, and nothing was changed. "
        "Stop it, then call palabre promote again."
    )


class NotHandedOver(Conflict):
    """The server in front does not hand the network over; detail: ``reason``."""

    code = "survival.not_handed_over"
    message = "The network was not moved, and goes on where it is: {reason}"


class CannotListen(Conflict):
    """A port that a server needs to take over is not free; details: ``address``, ``problem``."""

    code = "survival.cannot_listen"
    message = "This server cannot listen on {address}: {problem}. Nothing was moved."


class NothingToTakeBack(Conflict):
    """There is no move to be cancelled; detail: ``reason``."""

    code = "survival.nothing_to_take_back"
    message = "There is nothing to take back: {reason}."


class CannotTakeBack(Conflict):
    """A move cannot be cancelled: the standby may lead the network by now; detail: ``reason``."""

    code = "survival.cannot_take_back"
    message = "The move cannot be cancelled: {reason}."


class NowhereToListen(Invalid):
    """A server that is to lead after a move has to be reachable for its predecessor."""

    code = "survival.nowhere_to_listen"
    message = 'Set standby_listen = "0.0.0.0:8100" in {settings}: the old server sends members on through this port.'


class SQLiteOnly(Invalid):
    """Standbys of this kind copy SQLite's log; PostgreSQL has its own replication."""

    code = "survival.sqlite_only"
    message = "With PostgreSQL, standbys are PostgreSQL's own: see docs/how-to/use-postgresql.md."
