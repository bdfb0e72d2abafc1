"""Deleting one's account from an app."""

from __future__ import annotations

import msgspec

from palabre.edge.endpoint import endpoint
from palabre.edge.proof import proved
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.rights.actions import delete_account


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``POST /api/palabre/v1/account/delete``."""

    password: str
    code: str = ""
    """Of the second step, for members who sign in with one."""


class Left(msgspec.Struct, frozen=True):
    """Nothing is left to say."""


@endpoint("POST", "/api/palabre/v1/account/delete", scope="write:accounts", limit="sign_in")
async def delete(body: Leaving, viewer: Viewer, app: Site) -> Left:
    """Delete the viewer's account for good, with everything in it; the password shows that it is the member."""
    await proved(app, viewer, body.password, "password", code=body.code)
    await app.db.write(delete_account, app.keyring, viewer.account)
    return Left()


ROUTES = (delete,)
