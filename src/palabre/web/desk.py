"""What all pages of one network share: templates, files, cookies, tokens of forms, news."""

from __future__ import annotations

from pathlib import Path
from weakref import WeakKeyDictionary

from palabre.edge.cookies import Cookie
from palabre.edge.csrf import Csrf
from palabre.edge.files import StaticFiles
from palabre.edge.site import Site
from palabre.web.live import Live
from palabre.web.rendering import Renderer

_STATIC = Path(__file__).parent / "static"

SESSION = "session"


class Desk:
    """Made once for each network, when its routes are."""

    def __init__(self, site: Site) -> None:
        """Read templates and files, and begin to listen for news."""
        config = site.config
        self.static = StaticFiles(_STATIC)
        self.renderer = Renderer(
            config=config, uris=site.uris, ids=site.ids, static=self.static.url, emojis=site.emojis
        )
        site.facts.takers.append(self.renderer.writing.apply)
        self.csrf = Csrf(site.keyring.form_key, site.lighthouse.origins, old=site.keyring.old_form_keys)
        self.session = Cookie(SESSION, secure=config.secure)
        self.others = Cookie("others", secure=config.secure)
        """Sessions of other accounts in the same browser: only ``web.entering`` reads it."""
        self.known = Cookie("known", secure=config.secure)
        """In which somebody has signed in before: only ``web.known_browsers`` reads it."""
        self.step = Cookie("step", secure=config.secure)
        """Of who has shown the right password, and has still to show the second step."""
        self.visitor = Cookie("visitor", secure=config.secure)
        """Binds the forms of somebody who is not signed in to their browser."""
        self.flash = Cookie("flash", secure=config.secure)
        self.language = Cookie("language", secure=config.secure)
        self.theme = Cookie("theme", secure=config.secure)
        self.visit = Cookie("visit", secure=config.secure)
        """When home was last looked at: see ``web.visits``."""
        self.live = Live(site)


_desks: WeakKeyDictionary[Site, Desk] = WeakKeyDictionary()


def desk_of(site: Site) -> Desk:
    """Return the desk of a network."""
    desk = _desks.get(site)
    if desk is None:
        desk = _desks[site] = Desk(site)
    return desk
