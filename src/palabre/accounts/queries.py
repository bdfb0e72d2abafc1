"""Reading accounts."""

from __future__ import annotations

from collections.abc import Iterable

from palabre.accounts import sql
from palabre.accounts.credentials import first
from palabre.accounts.errors import AccountNotFound
from palabre.accounts.model import Account, Invitation, Login, Preferences, Role, Standing
from palabre.accounts.rules import email_key, username_key
from palabre.ids import AccountId
from palabre.keyring import Keyring
from palabre.paging import Slice, Window, cut
from palabre.store import Snapshot


def account(db: Snapshot, number: AccountId) -> Account | None:
    """Return an account, whatever its standing; see :func:`seen_account` for one that a viewer asks for."""
    return sql.account(db, number)


def seen_account(db: Snapshot, viewer: AccountId | None, number: AccountId) -> Account:
    """Return an account that ``viewer`` may see. A suspended one is returned: its page says so and shows nothing.

    Raises:
        AccountNotFound: it does not exist, or waits for approval and is not the viewer's own.

    """
    return _seen(viewer, sql.account(db, number))


def seen_handle(db: Snapshot, viewer: AccountId | None, username: str, domain: str = "") -> Account:
    """Return the account with this name, as :func:`seen_account` does."""
    return _seen(viewer, sql.by_handle(db, username, domain))


def _seen(viewer: AccountId | None, found: Account | None) -> Account:
    if found is None or not _is_seen(viewer, found):
        raise AccountNotFound
    return found


def _is_seen(viewer: AccountId | None, found: Account) -> bool:
    return found.standing is not Standing.PENDING or found.id == viewer


def accounts(db: Snapshot, ids: Iterable[AccountId]) -> dict[AccountId, Account]:
    """Return accounts by id: one statement. Absent ones are left out."""
    return sql.accounts(db, ids)


def account_by_handle(db: Snapshot, username: str, domain: str = "") -> Account | None:
    """Return the account with this name, whatever the case; an empty domain means a local one."""
    return sql.by_handle(db, username, domain)


def accounts_by_handle(db: Snapshot, handles: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Account]:
    """Return accounts by (user name in lower case, domain): one statement. Absent ones are left out."""
    return sql.by_handles(db, {(username_key(name), domain.lower()) for name, domain in handles})


def staff(db: Snapshot, roles: Iterable[Role]) -> list[tuple[AccountId, Preferences]]:
    """Return the members of these roles, which help to run the network, and how they like things. One statement."""
    return sql.staff(db, roles)


def seen_handles(
    db: Snapshot, viewer: AccountId | None, handles: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Account]:
    """Return those of :func:`accounts_by_handle` that ``viewer`` may see; the others are as absent."""
    return {name: found for name, found in accounts_by_handle(db, handles).items() if _is_seen(viewer, found)}


def login_of(db: Snapshot, number: AccountId) -> Login | None:
    """Return what a local account signs in with."""
    return sql.login(db, number)


def acting_login(db: Snapshot, number: AccountId) -> Login | None:
    """Return the log-in of a member for whom something may act, or tell him something, while he is away.

    ``None`` unless he is active and may sign in: what a disabled member has set up rests as he does.
    """
    found = _acting(db, number)
    return None if found is None else found[1]


def acting_account(db: Snapshot, number: AccountId) -> Account | None:
    """Return the account of such a member, as :func:`acting_login` does the log-in."""
    found = _acting(db, number)
    return None if found is None else found[0]


def _acting(db: Snapshot, number: AccountId) -> tuple[Account, Login] | None:
    found, login = sql.account(db, number), sql.login(db, number)
    if found is None or found.standing is not Standing.ACTIVE or login is None or login.disabled:
        return None
    return found, login


def login_for(db: Snapshot, keyring: Keyring, name_or_email: str) -> Login | None:
    """Find the log-in that somebody names by user name or e-mail address, to check a password against it."""
    name = name_or_email.strip()
    if "@" in name.lstrip("@"):
        return first(sql.login_by_email, db, keyring.look_ups("email", email_key(name)))
    return sql.login_by_name(db, name.lstrip("@"))


def email_of(db: Snapshot, keyring: Keyring, number: AccountId) -> str | None:
    """Return the e-mail address of an account, decrypted: for its owner and the operator only."""
    found = sql.login(db, number)
    return keyring.unseal("email", found.email_sealed) if found and found.email_sealed else None


def pending_accounts(db: Snapshot, window: Window) -> Slice[tuple[Account, str | None]]:
    """Return the accounts that wait for approval, with the reason each gave."""
    return cut(sql.pending(db, window))


def local_accounts(db: Snapshot, window: Window) -> Slice[Account]:
    """Return local accounts, for the operator."""
    return cut(sql.local(db, window))


def local_count(db: Snapshot) -> int:
    """Count the local accounts that may act."""
    return sql.local_count(db)


def active_count(db: Snapshot, since: int) -> int:
    """Count the members who used a browser or posted after ``since`` (milliseconds since 1970)."""
    return sql.active_count(db, since)


def is_good_invitation(db: Snapshot, keyring: Keyring, code: str) -> bool:
    """Tell whether somebody could sign up with an invitation."""
    return bool(first(sql.is_good_invitation, db, keyring.look_ups("invitation", code)))


def invitations(db: Snapshot, *, most: int = 100) -> list[Invitation]:
    """Return the newest invitations."""
    return sql.invitations(db, most)
