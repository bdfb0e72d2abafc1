"""A member who has chosen everything otherwise than it is by itself, for archives that have to bring all of it."""

from __future__ import annotations

from palabre.accounts.actions import ProfileChange, update_preferences, update_profile
from palabre.accounts.model import BadgeKind, Field, Preferences, Shows
from palabre.clock import now
from palabre.filters import actions as filters
from palabre.filters.model import Act, KeywordChange
from palabre.graph import actions as graph
from palabre.graph.circles import endorse, write_note
from palabre.graph.curation import create_collection, withdraw_from
from palabre.graph.lists import add_to_list, create_list
from palabre.graph.model import CollectionDraft, Replies
from palabre.media.model import Focus, Limits, Purpose
from palabre.media.processing import process_picture
from palabre.media.storage import keep
from palabre.notifications import requests
from palabre.notifications.rules import Treatment
from palabre.posts.actions import Terms, bookmark, like, pin, repost
from palabre.posts.editing import edit_post
from palabre.posts.model import Draft, PollDraft, QuotePolicy, ReplyPolicy, ReplyState, Revision, Visibility
from palabre.posts.muting import mute_thread
from palabre.posts.replying import sort_out
from palabre.posts.tags import feature_hashtag, follow_hashtag
from palabre.posts.unpublished import keep_draft, schedule
from palabre.search import people as suggested
from palabre.sources.actions import connect
from palabre.sources.model import Entry, Feed
from people import People
from unit.exports.archives import Network, drawn


class Rich:
    """A member who has everything that another network can take in."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.people = people = People(network.store)
        self.write = network.store.write
        self.ana = people.member("ana", email="ana@example.org", password_hash="x")
        self.ben, self.cleo, self.dan = people.members("ben", "cleo", "dan")
        self._profile()
        self._ties()
        self._posts()
        self._settings()

    def _profile(self) -> None:
        portrait, banner = (
            keep(self.network.media, process_picture(drawn(colour), purpose=purpose, limits=Limits()))
            for colour, purpose in (("red", Purpose.AVATAR), ("gold", Purpose.HEADER))
        )
        change = ProfileChange(
            display_name="Ana Z", bio="I like #zebras", fields=(Field("home", "https://ana.example"),),
            avatar=portrait.file, avatar_description="me", header=banner.file, header_description="a field",
            indexable=True, discoverable=False, locked=True, bot=True, shows={Shows.MEDIA: False},
            badges=frozenset({BadgeKind.PARODY}), attribution_domains=("ana.example",),
        )  # fmt: skip
        self.write(update_profile, self.ana, change)
        self.write(update_preferences, self.ana, Preferences(theme="dark", language="fr", visibility="unlisted"))

    def _ties(self) -> None:
        write, ana, ben, cleo, dan = self.write, self.ana, self.ben, self.cleo, self.dan
        self.people.follow(ana, ben, languages=("fr",), notify=True)
        self.people.follow(ana, cleo, show_reposts=False)
        self.people.follow(dan, ana)
        write(graph.mute, ana, cleo, notifications=False)
        write(graph.mute, ana, dan, duration_ms=90 * 24 * 3_600_000)
        erin = self.people.member("erin")
        write(graph.block, ana, erin)
        write(graph.block_domain, ana, "rude.example")
        write(write_note, ana, ben, "met in Lyon")
        write(endorse, ana, ben)
        for title, how, alone in (("=friends", Replies.NONE, True), ("work, and\tmore", Replies.LIST, False)):
            made = write(
                lambda tx, title=title, how=how, alone=alone: create_list(
                    tx, ana, title=title, replies=how, exclusive=alone
                )
            )
            write(add_to_list, ana, made.id, [ben, cleo])
        write(requests.permit, ana, ben)
        write(suggested.dismiss, ana, dan)
        write(sort_out, ana, dan, ReplyState.MUTED)
        write(sort_out, ana, ben, ReplyState.SPAM)
        self._collections()

    def _collections(self) -> None:
        write, ana = self.write, self.ana
        fae, gil, hal = (self.people.member(name, profile={"discoverable": True}) for name in ("fae", "gil", "hal"))
        birds = CollectionDraft(
            name="Birds", description="who knows them", language="fr", hashtag="owls", sensitive=True
        )
        made = write(create_collection, ana, birds, [fae, gil])
        write(create_collection, ana, CollectionDraft(name="Birds", discoverable=False), [gil, hal])
        write(create_collection, ana, CollectionDraft(name="2 Birds"))
        write(withdraw_from, gil, made.id)
        entries = tuple(
            Entry(guid=name, title=name, summary="", link="", published=None) for name in ("third", "second", "first")
        )
        write(connect, ana, "https://blog.example/feed?key=s", Feed(title="Blog", language="fr", entries=entries))

    def _posts(self) -> None:
        write, say, ana = self.write, self.people.post, self.ana
        one = self.network.picture(ana, "green", description="a green field", focus=Focus(0.5, -0.25))
        two = self.network.picture(ana, "blue", description="")
        self.first = say(ana, "hello #world @ben\n\nhttps://ana.example/x", media=(one, two), language="en")
        self.second = say(ana, "answering myself", reply_to=self.first, warning="spoiler")
        say(ana, "for followers", visibility=Visibility.FOLLOWERS, sensitive=True, reply_policy=ReplyPolicy.MENTIONED)
        say(ana, "psst @ben, @nobody", visibility=Visibility.MENTIONED, warning="a secret")
        say(ana, "which?", poll=PollDraft(choices=("one", "two"), seconds=3_600, multiple=True, hide_totals=True))
        say(ana, "quoting myself", quote=self.first, quote_policy=QuotePolicy.NOBODY)
        write(edit_post, ana, self.second, Revision(text="answering myself, @cleo", warning="spoiler"), terms=Terms())
        write(edit_post, ana, self.second, Revision(text="answering myself twice", warning=""), terms=Terms())
        self.bens = say(self.ben, "of ben")
        say(ana, "quoting ben", quote=self.bens)
        say(ana, "to ben", reply_to=self.bens, visibility=Visibility.UNLISTED)
        for marked in (self.first, self.bens):
            write(like, ana, marked)
            write(bookmark, ana, marked)
            write(repost, ana, marked)
            write(mute_thread, ana, marked)
        write(pin, ana, self.first)

    def _settings(self) -> None:
        write, ana = self.write, self.ana
        words = [KeywordChange(keyword="tram"), KeywordChange(keyword="bus line", whole_word=False)]
        made = write(
            lambda tx: filters.create_filter(
                tx,
                ana,
                title="traffic",
                contexts=["home", "thread"],
                act=Act.HIDE,
                keywords=words,
                expires=now() + 24 * 3_600_000,
            )
        )
        write(filters.add_post, ana, made.id, self.second)
        write(follow_hashtag, ana, "Okapi")
        write(feature_hashtag, ana, "world")
        write(requests.change_policy, ana, {"new_accounts": Treatment.DROP})
        picture = self.network.picture(ana, "black", description="night")
        later = Draft(
            text="later @ben", media=(picture,), reply_to=self.first, quote=self.second, warning="hush",
            sensitive=True, language="fr", visibility=Visibility.UNLISTED, quote_policy=QuotePolicy.NOBODY,
            poll=PollDraft(choices=("one", "two"), seconds=600, multiple=True, hide_totals=True),
        )  # fmt: skip
        write(keep_draft, ana, later)
        alone = Draft(text="tomorrow", reply_policy=ReplyPolicy.NOBODY)
        write(schedule, ana, alone, now() + 24 * 3_600_000, terms=Terms())
