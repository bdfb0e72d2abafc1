"""What backing up and restoring refuse."""

from __future__ import annotations

from palabre.errors import Conflict, Invalid, NotFound, Unavailable


class WrongPlace(Invalid):
    """A vault's address cannot be understood; details: ``place``, ``problem``."""

    code = "vault.wrong_place"
    message = "The vault {place} {problem}."


class PlaceUnavailable(Unavailable):
    """A vault does not answer, or cannot keep what it is given; details: ``place``, ``problem``."""

    code = "vault.unavailable"
    message = "The vault {place} cannot be used now: {problem}"


class VaultBusy(Conflict):
    """Another process of this network writes to the vault; detail: ``place``."""

    code = "vault.busy"
    message = "The running server keeps the vault {place}: nothing else may write to it."


class VaultContradicts(Conflict):
    """Something else has written to the vault where this network was about to; detail: ``place``."""

    code = "vault.contradicts"
    message = "Something else writes to the vault {place}. Each network needs a vault of its own."


class VaultTaken(VaultContradicts):
    """A server that leads since a higher epoch writes to the vault; details: ``place``, ``epoch``."""

    code = "vault.taken"
    message = (
        "Another server of the network keeps the vault {place}, since epoch {epoch}: nothing is written to it from "
        "here any more."
    )


class NoRecoveryKey(NotFound):
    """The folder has no recovery key, so nothing can be encrypted for a vault."""

    code = "vault.no_key"
    message = "There is no recovery key yet. Make one with: palabre backup key"


class RecoveryKeyExists(Conflict):
    """There is a recovery key; a new one would not open what is in the vaults."""

    code = "vault.key_exists"
    message = (
        "There is a recovery key. With --replace a new one takes its place; the old one stays needed for what is in "
        "the vaults now."
    )


class WrongKey(Invalid):
    """What was given is no recovery key, or not the one of this vault; detail: ``problem``."""

    code = "vault.wrong_key"
    message = "The recovery key {problem}."


class NothingToRestore(NotFound):
    """The vault holds nothing from which the moment asked for can be restored; details: ``place``, ``problem``."""

    code = "vault.nothing"
    message = "Nothing can be restored from {place}: {problem}."


class FolderTaken(Conflict):
    """The folder to restore into holds something already; detail: ``folder``."""

    code = "vault.folder_taken"
    message = "{folder} is not empty. Restore into a new folder."


class WrongHostKey(PlaceUnavailable):
    """A machine reached by SFTP is not the one whose key was pinned; details: ``place``, ``found``."""

    code = "vault.wrong_host_key"
    message = "The vault {place} is not used: the machine shows the host key {found}, which is not the pinned one."


class CannotFollow(Unavailable):
    """PostgreSQL does not hand out its log or a copy of itself; detail: ``problem``."""

    code = "vault.cannot_follow"
    message = "PostgreSQL cannot be followed: {problem}"


class NeedsPostgresql(NotFound):
    """The programs of PostgreSQL that a restore needs are not on this machine; detail: ``version``."""

    code = "vault.needs_postgresql"
    message = "The vault holds a network on PostgreSQL {version}. Install it first: apt install postgresql-{version}"


class NoRecoveryKeyToReplace(NotFound):
    """The recovery key cannot be rotated, for there is none."""

    code = "vault.no_key_to_replace"
    message = "There is no recovery key to replace yet. Make one with: palabre backup key"
