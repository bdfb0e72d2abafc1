"""Acts that cannot be undone ask for the password once more, and for the second step, whoever holds the session."""

from __future__ import annotations

import asyncio

from palabre.accounts import credentials, second_factor
from palabre.accounts.errors import CodeWrong
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


def _known(db: Snapshot, viewer: AccountId) -> tuple[Account, str | None, bool]:
    me, login = account(db, viewer), login_of(db, viewer)
    if me is None or login is None:
        raise NotFound
    return me, login.password_hash, second_factor.is_on(db, viewer)


async def proved(
    site: Site, viewer: Viewer, password: str, field: str, *, code: str, code_field: str = "code"
) -> Account:
    """Return the member's account if the password is right, and the code where there is a second step.

    Tries are limited, apart from those of signing in: strangers who use those up lock no member out of this. A code
    that was right is used up.

    Raises:
        CurrentPasswordWrong: it is not, or the account has none.
        CodeWrong: the member signs in with a second step, and this is not its code.

    """
    site.limits.spend("proof", viewer.account)
    me, known, has_step = await site.db.read(_known, viewer.account)
    if not await asyncio.to_thread(credentials.verify_password, known, password[:1000]):
        raise CurrentPasswordWrong(field=field)
    if has_step:
        site.limits.spend("second_step", f"#{viewer.account}")
        if not await site.db.write(second_factor.check, site.keyring, viewer.account, code):
            raise CodeWrong(field=code_field)
    return me
