"""One running network as the edges see it: every endpoint and page gets this as ``app``."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from starlette.types import Scope

from palabre.accounts.access import AccessCache
from palabre.accounts.development import note_token_use
from palabre.accounts.model import Access, Standing
from palabre.beacon.lighthouse import Lighthouse
from palabre.beacon.model import Places
from palabre.config import Config
from palabre.edge.borders import Borders
from palabre.edge.facts import Facts
from palabre.edge.fence import Fence
from palabre.edge.lenses import Lenses
from palabre.edge.limits import Limits
from palabre.edge.lines import Lines
from palabre.edge.trending import Trending
from palabre.edge.viewer import AppToken, Caller, Identified, Viewer
from palabre.emojis.events import EmojisChanged
from palabre.emojis.model import EmojiBook
from palabre.emojis.queries import all_emojis
from palabre.errors import Forbidden, Refusal
from palabre.events import Event
from palabre.ids import AccountId, IdCodec, PostId
from palabre.keyring import Keyring
from palabre.media.storage import MediaStore
from palabre.moderation import blocks, servers
from palabre.moderation.blocks_model import IpSeverity
from palabre.moderation.events import IpBlocksChanged, ServerBlocksChanged
from palabre.paging import Slice, Window, cut
from palabre.posts.actions import Terms
from palabre.posts.queries import marks_of
from palabre.store import Database
from palabre.timelines.building import build, build_list, deep_list_page, deep_page
from palabre.timelines.home import Home
from palabre.timelines.homes import Homes
from palabre.timelines.model import Entry
from palabre.uris import Uris

T = TypeVar("T")


class AwaitingApproval(Forbidden):
    """The operator has not decided about this account yet."""

    code = "account.awaiting_approval"
    message = "Your login is currently pending approval"


class LoginDisabled(Forbidden):
    """The account was suspended: its tokens and sessions open nothing."""

    code = "account.login_disabled"
    message = "Your login is currently disabled"


def settled_places(config: Config) -> Places:
    """Return what the settings say of where the network is."""
    return Places(origins=config.origins, onion=config.onion, reserve=config.reserve_domains)


class Site:
    """What requests share. Assembled by ``server.py``; parts are passed on, never looked up by name."""

    def __init__(
        self,
        *,
        config: Config,
        database: Database,
        keyring: Keyring,
        media: MediaStore,
        facts: Facts,
        homes: Homes,
        access: AccessCache,
        limits: Limits,
        folder: Path,
    ) -> None:
        self.config = config
        self.db = database
        self.keyring = keyring
        self.ids = IdCodec(keyring.id_key)
        self.uris = Uris(config.origin, self.ids)
        self.lighthouse = Lighthouse(keyring, settled_places(config), config.origin)
        self.terms = Terms(
            limit=config.post_length,
            domain=config.domain,
            cards=config.reads_links,
            described=config.descriptions == "required",
        )
        self.media = media
        self.facts = facts
        self.homes = homes
        self.lines = Lines(database, homes)
        self.lenses = Lenses(database)
        self.trends = Trending(database, config)
        facts.takers += [
            self.lines.apply,
            self.lenses.apply,
            self._refill_emojis,
            self._refill_fence,
            self._refill_borders,
        ]
        self.emojis = EmojiBook()
        """Filled by :meth:`remember` when the server starts, and again whenever they change."""
        self.fence = Fence()
        """Filled and refilled as the emojis are."""
        self.borders = Borders()
        """Likewise."""
        self.access = access
        self.limits = limits
        self.folder = folder
        self.tmp = folder / "tmp"
        """For uploads under way; emptied at every start."""
        self.stopping = False
        """Set when the server is asked to stop: long answers end themselves."""
        self.when_stopping: list[Callable[[], None]] = []
        """Called on the event loop when the server begins to stop."""
        self._parts: dict[type[Any], Any] = {}
        self._noting: set[asyncio.Task[None]] = set()

    @property
    def origin(self) -> str:
        """Where members reach the network, without a slash at its end."""
        return self.uris.origin

    def keep(self, part: object) -> None:
        """Keep something that one edge alone needs for as long as the network runs, such as its caches."""
        self._parts[type(part)] = part

    def part(self, kind: type[T]) -> T:
        """Return what an edge kept of this type."""
        part: T = self._parts[kind]
        return part

    def stop(self) -> None:
        """Begin to stop: long answers end now. Once is enough."""
        self.stopping = True
        waiting, self.when_stopping = self.when_stopping, []
        for tell in waiting:
            tell()

    def empty_tmp(self) -> None:
        """Remove what an earlier run left of uploads."""
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.tmp)
        self.tmp.mkdir(mode=0o700)

    async def remember(self) -> None:
        """Fill what is kept in memory for as long as the network runs: emojis, what is blocked."""
        self.emojis.fill(await self.db.read(all_emojis))
        self.fence.fill(await self.db.read(blocks.ips.all))
        self.borders.fill(await self.db.read(servers.blocks.all))

    def _refill_emojis(self, fact: Event) -> None:
        if isinstance(fact, EmojisChanged):  # rare enough to wait for the database here
            self.emojis.fill(self.db.read_now(all_emojis))

    def _refill_fence(self, fact: Event) -> None:
        if isinstance(fact, IpBlocksChanged):  # as rare
            self.fence.fill(self.db.read_now(blocks.ips.all))

    def _refill_borders(self, fact: Event) -> None:
        if isinstance(fact, ServerBlocksChanged):  # as rare
            self.borders.fill(self.db.read_now(servers.blocks.all))

    def is_barred(self, scope: Scope) -> bool:
        """Tell whether a request comes from a network that is kept out altogether."""
        return self.fence.bars and self.severity_for(scope) is IpSeverity.NO_ACCESS

    def severity_for(self, scope: Scope) -> IpSeverity | None:
        """Return what holds for the network that a request comes from."""
        return self.fence.severity(self.limits.proxies.address(scope))

    def authenticate(self, token: str) -> Identified:
        """Return who holds this access token, from memory if it was seen lately; ``None`` if it is not good.

        A coroutine that will say so, where the database must be waited for.

        Raises:
            AwaitingApproval: the member has signed up and must wait.
            LoginDisabled: the member may not come in.

        """
        found = self.access.token(token)
        if found is None:
            if not self.db.engine.inline_reads:
                return self._authenticate_slowly(token)
            found = self.db.read_now(self.access.load_token, token)
        return self._caller(found)

    async def _authenticate_slowly(self, token: str) -> Caller | None:
        return self._caller(await self.db.read(self.access.load_token, token))

    def _caller(self, found: Access | None) -> Caller | None:
        if found is None:
            return None
        if found.token is not None and self.access.wants_touch(found):
            self._note_use(found.token)
        if found.account is None:
            return AppToken(app=found.app or 0, scopes=found.scopes)
        if found.standing is not Standing.ACTIVE:
            raise AwaitingApproval if found.standing is Standing.PENDING else LoginDisabled
        return Viewer(
            account=found.account,
            scopes=found.scopes,
            app=found.app,
            session=found.token,
            locale=found.locale or self.config.language,
            role=found.role,
            preferences=found.preferences,
        )

    def _note_use(self, token: int) -> None:
        """Note, beside the request, that a token was used; at the next use if that fails."""
        noting = asyncio.get_running_loop().create_task(self._touch(token))
        self._noting.add(noting)
        noting.add_done_callback(self._noting.discard)

    async def _touch(self, token: int) -> None:
        with contextlib.suppress(Refusal):
            await self.db.write_patiently(note_token_use, token)

    async def home(self, reader: AccountId) -> Home:
        """Return the reader's window, built if it is not there."""
        home = self.homes.get(reader)
        if home is None:
            mark = self.homes.mark
            home = self.homes.install(reader, await self.db.read(build, reader), mark)
        if home.unsure:
            unsure, marked = {PostId(post) for post in home.unsure}, home.marked
            marks = await self.db.read(marks_of, reader, unsure)
            home.learn_marks(((post, int(marks.get(post, 0))) for post in unsure), marked)
        return home

    async def home_lines(self, reader: AccountId, window: Window) -> Slice[Entry]:
        """Return lines of the home timeline; without a statement when the window is warm."""
        lines = (await self.home(reader)).page(window)
        if lines is None:
            lines = await self.db.read(deep_page, reader, window)
        return cut([(line.post, line) for line in lines])

    async def list_window(self, reader: AccountId, number: int) -> Home:
        """Return the window of one of the reader's lists, built if it is not there.

        Raises:
            ListNotFound: the reader has no such list.

        """
        mark = self.homes.mark
        kept = self.homes.get((reader, number))
        if kept is not None:
            return kept
        home = await self.home(reader)
        return self.homes.install((reader, number), await self.db.read(build_list, home.taste, number), mark)

    async def list_lines(self, reader: AccountId, number: int, window: Window) -> Slice[Entry]:
        """Return lines of one of the reader's lists; without a statement when the windows are warm.

        Raises:
            ListNotFound: the reader has no such list.

        """
        home = await self.home(reader)
        lines = (await self.list_window(reader, number)).page(window)
        if lines is None:
            lines = await self.db.read(deep_list_page, reader, number, window)
            return cut([(line.post, line) for line in lines])
        return await self.lines.with_marks(reader, home, lines)
