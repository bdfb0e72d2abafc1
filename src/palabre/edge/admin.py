"""Methods of the client API for those who run the network: nobody else gets past the door."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from palabre.accounts.roles import Permission
from palabre.edge.endpoint import API, Method, endpoint_on
from palabre.edge.request import Request
from palabre.edge.viewer import Caller, Viewer, settled
from palabre.errors import Forbidden
from palabre.keyring import Keyring


class AdminsOnly(Forbidden):
    """The token is a member's whose role does not let him do this."""

    code = "admin.only"
    message = "This action is not allowed"


async def _identify(may: Permission, request: Request) -> Caller | None:
    found = await settled(API.identify(request))
    if isinstance(found, Viewer) and not found.may(may):
        raise AdminsOnly
    return found


def addresses_for(viewer: Viewer, keyring: Keyring) -> Keyring | None:
    """Return what opens e-mail addresses, to those who may see them."""
    return keyring if viewer.may(Permission.MANAGE_USER_ACCESS) else None


def admin_endpoint(
    method: Method, path: str, *, scope: str, may: Permission = Permission.MANAGE_SETTINGS
) -> Callable[..., Any]:
    """Plan a method as ``endpoint`` does, for those who ``may`` do this; by default administrators and owners."""
    return endpoint_on(msgspec.structs.replace(API, identify=partial(_identify, may)))(method, path, scope=scope)
