"""Acts that cannot be undone ask for the password once more, whoever holds the session or the token."""

from __future__ import annotations

import asyncio

from palabre.accounts import credentials
from palabre.accounts.model import Account
from palabre.accounts.queries import account, login_of
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid, NotFound
from palabre.ids import AccountId
from palabre.store import Snapshot


class CurrentPasswordWrong(Invalid):
    """The password that shows that it is the member himself."""

    code = "account.current_password_wrong"
    message = "This is not your current password."


def _password(db: Snapshot, viewer: AccountId) -> tuple[Account, str | None]:
    me, login = account(db, viewer), login_of(db, viewer)
    if me is None or login is None:
        raise NotFound
    return me, login.password_hash


async def proved(site: Site, viewer: Viewer, password: str, field: str) -> Account:
    """Return the member's account if the password is right. Tries are limited with those of signing in.

    Raises:
        CurrentPasswordWrong: it is not, or the account has none.

    """
    site.limits.spend("sign_in_name", f"#{viewer.account}")
    me, known = await site.db.read(_password, viewer.account)
    if not await asyncio.to_thread(credentials.verify_password, known, password[:1000]):
        raise CurrentPasswordWrong(field=field)
    return me
