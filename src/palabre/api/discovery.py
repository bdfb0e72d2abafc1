"""How others find the network and its accounts: host-meta, WebFinger (RFC 7033), NodeInfo."""

from __future__ import annotations

from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import msgspec

from palabre import __version__
from palabre.accounts.errors import AccountNotFound
from palabre.accounts.model import Standing
from palabre.accounts.queries import seen_handle
from palabre.api.mastodon.instances import Census
from palabre.edge.answers import Answer
from palabre.edge.endpoint import endpoint
from palabre.edge.site import Site

_XRD = (b"content-type", b"application/xrd+xml; charset=utf-8")
_JRD = (b"content-type", b"application/jrd+json; charset=utf-8")
_NODEINFO = (
    b"content-type",
    b'application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.0#"; charset=utf-8',
)
_encode = msgspec.json.Encoder().encode


class Finger(msgspec.Struct, frozen=True):
    """The query of WebFinger."""

    resource: str


class Link(msgspec.Struct, frozen=True, omit_defaults=True):
    """A link of a JRD document."""

    rel: str
    type: str | None = None
    href: str | None = None
    template: str | None = None


class Jrd(msgspec.Struct, frozen=True, omit_defaults=True):
    """A JSON resource descriptor."""

    subject: str
    aliases: list[str]
    links: list[Link]


@endpoint("GET", "/.well-known/host-meta")
async def host_meta(app: Site) -> Answer:
    """Tell where WebFinger is (RFC 6415)."""
    template = escape(f"{app.uris.origin}/.well-known/webfinger?resource={{uri}}", {'"': "&quot;"})
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" template="{template}"/>\n'
        "</XRD>\n"
    )
    return Answer(body.encode(), kind=_XRD)


@endpoint("GET", "/.well-known/host-meta.json")
async def host_meta_json(app: Site) -> dict[str, list[Link]]:
    """Tell where WebFinger is, in JSON."""
    template = f"{app.uris.origin}/.well-known/webfinger?resource={{uri}}"
    return {"links": [Link("lrdd", type="application/jrd+json", template=template)]}


def _local_name(resource: str, origin: str, domain: str) -> str | None:
    """Return the user name that ``acct:name@domain`` or the address of a profile stands for."""
    if resource.startswith("acct:"):
        name, _, host = resource.removeprefix("acct:").removeprefix("@").partition("@")
        return name if host.lower() == domain.lower() else None
    try:
        parts = urlsplit(resource)
    except ValueError:
        return None
    if f"{parts.scheme}://{parts.netloc}".lower() != origin.lower() or not parts.path.startswith("/@"):
        return None
    name = parts.path[2:]
    return None if "/" in name else name


@endpoint("GET", "/.well-known/webfinger")
async def webfinger(query: Finger, app: Site) -> Answer:
    """Describe a local account."""
    domain = app.config.domain
    name = _local_name(query.resource, app.uris.origin, domain)
    if not name:
        raise AccountNotFound
    found = await app.db.read(seen_handle, None, name)
    if found.standing is not Standing.ACTIVE:
        raise AccountNotFound
    page = app.uris.account(found.username)
    described = Jrd(
        subject=f"acct:{found.username}@{domain}",
        aliases=[page, app.uris.actor(found.id)],
        links=[
            Link("http://webfinger.net/rel/profile-page", type="text/html", href=page),
            Link("http://webfinger.net/rel/avatar", href=app.uris.avatar(found.avatar)),
        ],
    )
    return Answer(_encode(described), kind=_JRD)


@endpoint("GET", "/.well-known/nodeinfo")
async def nodeinfo_links(app: Site) -> dict[str, list[Link]]:
    """Tell where NodeInfo is."""
    schema = "http://nodeinfo.diaspora.software/ns/schema/2.0"
    return {"links": [Link(schema, href=f"{app.uris.origin}/nodeinfo/2.0")]}


@endpoint("GET", "/nodeinfo/2.0")
async def nodeinfo(app: Site) -> Answer:
    """Describe the network. ``protocols`` is empty until it speaks one to other networks."""
    counts = await app.part(Census).get(app.db)
    told = {
        "version": "2.0",
        "software": {"name": "palabre", "version": __version__},
        "protocols": [],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": app.config.registrations == "open",
        "usage": {
            "users": {"total": counts.members, "activeMonth": counts.active, "activeHalfyear": counts.half_year},
            "localPosts": counts.posts,
        },
        "metadata": {"nodeName": app.config.title, "nodeDescription": app.config.description},
    }
    return Answer(_encode(told), kind=_NODEINFO)


ROUTES = (host_meta, host_meta_json, webfinger, nodeinfo_links, nodeinfo)
