"""How safe the network is, for machines; the page for people is ``/status``."""

from __future__ import annotations

from palabre.edge.endpoint import endpoint
from palabre.edge.site import Site
from palabre.survival.report import Reporter, Standing


@endpoint("GET", "/api/palabre/v1/status")
async def standing(app: Site) -> Standing:
    """Tell what writes wait for, how far standbys and vaults are, and how the last drills went."""
    return app.part(Reporter).standing()


ROUTES = (standing,)
