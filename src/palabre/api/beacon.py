"""Where the network is, for apps: the signed beacon, and the proof that an origin is one of its own."""

from __future__ import annotations

import msgspec

from palabre.beacon.errors import NoBeacon
from palabre.edge.answers import JSON, Answer
from palabre.edge.endpoint import endpoint
from palabre.edge.request import Request
from palabre.edge.site import Site

_BRIEFLY = (b"cache-control", b"public, max-age=60")
_NEVER = (b"cache-control", b"no-store")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The query of the proof."""

    nonce: str


@endpoint("GET", "/.well-known/palabre/beacon")
async def beacon(app: Site) -> Answer:
    """Say where the network is, signed: origins, reserve domains, keys. See docs/reference/beacon.md."""
    if not app.lighthouse.body:
        raise NoBeacon
    return Answer(app.lighthouse.body, headers=[_BRIEFLY], kind=JSON)


@endpoint("GET", "/.well-known/palabre/proof")
async def proof(request: Request, app: Site, query: Asked) -> Answer:
    """Prove that this origin is one of the network's, to an app whose clock may be wrong: the nonce is signed."""
    return Answer.json({"proof": app.lighthouse.challenge(request.header(b"host"), query.nonce)}, 200, [_NEVER])


ROUTES = (beacon, proof)
