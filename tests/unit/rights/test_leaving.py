"""A member who leaves is gone from every table, and the counts of others are right."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from fixtures_store import Store, import_all_tables
from palabre.accounts import oauth, sessions
from palabre.accounts.actions import (
    NewMember,
    ProfileChange,
    SignUp,
    create_invitation,
    create_member,
    set_role,
    sign_up,
    update_preferences,
    update_profile,
)
from palabre.accounts.development import create_app
from palabre.accounts.errors import AccountNotFound, UsernameTaken
from palabre.accounts.model import Preferences, Role
from palabre.accounts.queries import seen_handle
from palabre.announcements import actions as announcements
from palabre.announcements.queries import announcement
from palabre.conversations import subscriber as talking
from palabre.exports.actions import begin_export
from palabre.filters.actions import create_filter
from palabre.filters.model import KeywordChange
from palabre.graph import actions as graph
from palabre.graph.actions import block_domain
from palabre.graph.circles import endorse, write_note
from palabre.graph.curation import create_collection
from palabre.graph.lists import add_to_list, create_list
from palabre.graph.model import CollectionDraft
from palabre.hooks import actions as hooks
from palabre.ids import AccountId, PostId, new_id
from palabre.imports.actions import begin_import
from palabre.journal import Subscriber
from palabre.media.actions import add_attachment
from palabre.media.formats import Format
from palabre.media.model import MediaKind, StoredPicture
from palabre.media.unfinished import begin
from palabre.moderation.actions import assign_report, close_report, report
from palabre.moderation.acts import acts_page
from palabre.moderation.appeals import appeal as make_appeal
from palabre.moderation.appeals import warnings_page
from palabre.moderation.judging import judge
from palabre.moderation.model import Act, Wrong
from palabre.moderation.queries import reports_page
from palabre.moderation.tables import appeal as appeals
from palabre.notifications import requests, requests_sql
from palabre.notifications import subscriber as telling
from palabre.notifications.actions import mark_seen
from palabre.notifications.queries import unread_count
from palabre.notifications.rules import Treatment
from palabre.notifications.subscriber import subscriber
from palabre.paging import Window
from palabre.posts.actions import Terms, bookmark, create_post, like, pin, repost
from palabre.posts.editing import edit_post
from palabre.posts.errors import PostNotFound
from palabre.posts.model import Draft, PollDraft, QuotePolicy, ReplyState, Revision, Visibility
from palabre.posts.muting import mute_thread
from palabre.posts.polls import vote
from palabre.posts.queries import post_view
from palabre.posts.replying import decide_one
from palabre.posts.tables import annual_report
from palabre.posts.tags import feature_hashtag, follow_hashtag
from palabre.posts.unpublished import keep_draft
from palabre.push.actions import subscribe
from palabre.push.model import Policy, Receiver
from palabre.rights import actions as rights
from palabre.rights.actions import delete_account, delete_more
from palabre.rights.kept import ABOUT_NOBODY, KEPT, kept
from palabre.search import people as suggested
from palabre.search.subscriber import subscriber as finding
from palabre.sources.actions import connect
from palabre.sources.model import Entry, Feed
from palabre.store import METADATA, insert
from palabre.store.statement import statement
from palabre.timelines.markers import Timeline, move_marker
from palabre.web.kept import WORDS
from people import People

_LEFT_ON_PURPOSE = {
    ("post", "reply_to_author"),  # a reply of somebody else stays a reply
    ("journal", "position"),
}
_NAMED_BY = {
    "announcement_dismissal": ["account"],
    "announcement_reaction": ["account"],
    "annual_report": ["account"],
    "appeal": ["account", "decided_by"],
    "collection": ["account"],
    "collection_item": ["account"],
    "conversation": ["account"],
    "export_run": ["account"],
    "notification_permission": ["account", "sender"],
    "notification_policy": ["account"],
    "unfinished_media": ["account"],
    "moderation_act": ["actor", "target"],
    "quote_request": ["owner", "writer"],
    "reply_request": ["owner", "writer"],
    "reply_rule": ["owner", "writer"],
    "report": ["reporter", "target", "closed_by", "assigned"],
    "search_active": ["account"],
    "search_author": ["author"],
    "search_dismissed": ["account", "target"],
    "account_note": ["account", "target"],
}
"""Columns of which the test would prove nothing if they had never named the account."""


def _picture(name: str) -> StoredPicture:
    return StoredPicture(
        kind=MediaKind.PICTURE, file=f"{name}.webp", preview=f"{name}-small.webp", mime="image/webp", size=9, width=4,
        height=4, preview_width=4, preview_height=4, blurhash=None,
    )  # fmt: skip


def _upload(store: Store, owner: AccountId, name: str) -> int:
    return store.write(lambda tx: add_attachment(tx, owner, _picture(name))).id


class Town:
    """A member who has done everything, and two others."""

    def __init__(self, people: People) -> None:
        self.people, self.store = people, people.store
        store = self.store
        self.ana = people.member("Ana", email="ana@example.org", password_hash="x", display_name="Ana Zebra")
        self.ben, self.cleo = people.members("ben", "cleo")
        ana, ben, cleo = self.ana, self.ben, self.cleo
        store.write(sessions.start_session, people.keyring, ana, "Firefox")
        secret = store.write(oauth.member_token, people.keyring, None, ana, "read")
        token = store.read(oauth.token_of, people.keyring, secret)
        store.write(
            subscribe, people.keyring, ana, token.id,
            Receiver(endpoint="https://push.example", p256dh=b"k", auth=b"a", token="t"),
            alerts=frozenset({"mention"}), policy=Policy.ALL, standard=True,
        )  # fmt: skip
        store.write(create_invitation, people.keyring, ana)
        people.follow(ana, ben)
        people.follow(ben, ana)
        people.follow(cleo, ana)
        people.follow(cleo, ben)
        store.write(graph.mute, ana, cleo)
        self.dan = people.member("dan")
        store.write(graph.block, ben, self.dan)
        self.bens = people.post(ben, "hello @ana and @cleo")
        store.write(like, cleo, self.bens)
        store.write(like, ana, self.bens)
        store.write(bookmark, ana, self.bens)
        store.write(repost, ana, self.bens)
        self.one = _upload(store, ana, "one")
        self.anas = people.post(ana, "a #zebra", media=(self.one,))
        _upload(store, ana, "loose")
        store.write(lambda tx: begin(tx, ana, source="raw-video", fmt=Format.MP4))
        people.post(ana, "to you", reply_to=self.bens)
        self.reply = people.post(ben, "and back", reply_to=self.anas)
        store.write(like, ben, self.anas)
        store.write(repost, ben, self.anas)
        store.write(create_post, ana, Draft(text="once"), terms=Terms(), idempotency_key=b"k")
        self._newer()
        self._talk()
        store.write(move_marker, ana, Timeline.HOME, self.bens)
        store.write(begin_import, ana, run=new_id(0), name="archive.zip")
        store.write(begin_export, ana)
        self.settle()
        store.write(mark_seen, ana, new_id(2**41))

    def _newer(self) -> None:
        """Polls, votes, pins, quotes, drafts, earlier wordings."""
        store, people, ana, ben = self.store, self.people, self.ana, self.ben
        asked = PollDraft(choices=("one", "two"), seconds=3_600)
        people.post(ana, "choose", poll=asked)
        self.bens_poll = people.post(ben, "choose too @ana", poll=asked)
        store.write(vote, ana, self.bens_poll, [1])
        store.write(vote, self.cleo, self.bens_poll, [1])
        store.write(pin, ana, self.anas)
        store.write(edit_post, ben, self.bens_poll, Revision(text="choose now @ana", poll=asked), terms=Terms())
        store.write(edit_post, ana, self.anas, Revision(text="another #zebra", media=(self.one,)), terms=Terms())
        store.write(write_note, ana, ben, "kind")
        store.write(write_note, ben, ana, "knows zebras")
        store.write(endorse, ana, ben)
        store.write(endorse, ben, ana)
        store.write(block_domain, ana, "elsewhere.example")
        for owner, listed in ((ana, ben), (ben, ana)):
            made = store.write(lambda tx, owner=owner: create_list(tx, owner, title="friends"))
            store.write(add_to_list, owner, made.id, [listed])
            store.write(create_collection, owner, CollectionDraft(name="friends"), [listed])
        words = [KeywordChange(keyword="zebra")]
        store.write(lambda tx: create_filter(tx, ana, title="animals", contexts=["home"], keywords=words))
        store.write(follow_hashtag, ana, "okapi")
        store.write(lambda tx: tx.run(insert(annual_report), account=ana, year=2025, seen=False))
        store.write(feature_hashtag, ana, "zebra")
        store.write(mute_thread, ana, self.bens)
        store.write(keep_draft, ana, Draft(text="later"))
        new = oauth.NewApp(name="Tide", redirect_uris=("https://tide.example/",))
        store.write(create_app, people.keyring, ana, new, ["read"], admin=False)
        store.write(hooks.create_incoming, people.keyring, ana, "Build", Visibility.PUBLIC)
        told, _ = store.write(hooks.create_hook, people.keyring, ana, "https://program.example/", ["status.created"])
        store.write(hooks.ping, ana, told.id)
        entry = Entry(guid="1", title="One", summary="", link="", published=None)
        store.write(connect, ana, "https://a.example/feed", Feed(title="A", language=None, entries=(entry,)))
        self._queue()

    def _queue(self) -> None:
        """Replies that wait or are sorted out, and whose they are."""
        store, people, ana, eve = self.store, self.people, self.ana, self.people.member("eve")
        for owner, writer in ((ana, eve), (eve, ana)):
            store.write(update_preferences, owner, Preferences(reply_approval="all"))
            began = people.post(owner, "what say you?")
            people.post(writer, "zebras wait", reply_to=began)
            sorted_out = people.post(writer, "zebras for sale", reply_to=began)
            store.write(decide_one, owner, sorted_out, ReplyState.SPAM, terms=Terms())
            store.write(update_preferences, owner, Preferences())
            asking = people.post(owner, "who asks?", quote_policy=QuotePolicy.ASK)
            people.post(writer, "I do", quote=asking)

    def _talk(self) -> None:
        """Conversations, announcements, reports, requests, suggestions, and a search that finds."""
        store, ana, ben, cleo = self.store, self.ana, self.ben, self.cleo
        store.write(update_profile, ana, ProfileChange(indexable=True))
        self.people.post(ana, "psst @ben", visibility=Visibility.MENTIONED)
        self.announced = store.write(announcements.announce, "Hello").id
        store.write(announcements.dismiss, ana, self.announced)
        for each in (ana, cleo):
            store.write(announcements.react, each, self.announced, "🦓")
        store.write(requests.change_policy, ana, {"new_accounts": Treatment.ACCEPT})
        store.write(requests_sql.permit, ana, ben)
        store.write(requests_sql.permit, ben, ana)
        store.write(report, ana, Wrong(target=cleo, comment="rude"))
        store.write(report, ben, Wrong(target=ana))
        of_dan = store.write(report, cleo, Wrong(target=self.dan)).id
        store.write(close_report, ana, of_dan)
        store.write(assign_report, ana, of_dan)
        store.write(set_role, ben, Role.MODERATOR)
        store.write(judge, ben, ana, Act.WARN, reason="Ana, please")
        [warning] = store.read(warnings_page, ana, Window()).items
        store.write(make_appeal, ana, warning.id, "zebras are not rude")
        others = {"account": self.dan, "text": "no", "created": 1, "decided": 2, "decided_by": ana, "agreed": False}
        store.write(lambda tx: tx.run(insert(appeals), act=1, **others))
        store.write(suggested.dismiss, ana, cleo)
        store.write(suggested.dismiss, ben, ana)

    def settle(self) -> None:
        self.store.advance(subscriber)
        self.store.advance(talking.subscriber)
        self.store.advance(finding)

    def leave(self) -> None:
        self.store.write(delete_account, self.people.keyring, self.ana)

    def clear(self) -> None:
        """Do what the jobs do."""
        self.settle()
        while not self.store.write(telling.forget_member, self.ana):
            pass
        while not self.store.write(delete_more, self.ana):
            pass
        self.settle()

    def traces(self) -> set[tuple[str, str]]:
        """Find the columns of numbers that still name the account."""
        return self.traces_of(self.people, self.ana)

    @staticmethod
    def traces_of(people: People, gone: AccountId) -> set[tuple[str, str]]:
        """Find the columns of numbers that name an account."""
        import_all_tables()

        def look(db: Any) -> set[tuple[str, str]]:
            return {
                (table.name, column.name)
                for table in METADATA.tables.values()
                for column in table.columns
                if isinstance(column.type, sa.BigInteger)
                and db.value(statement(sa.select(sa.func.count()).select_from(table).where(column == gone)))
            }

        return people.store.read(look) - _LEFT_ON_PURPOSE


@pytest.fixture
def town(people: People) -> Town:
    return Town(people)


def test_no_table_names_the_account_afterwards(town: Town) -> None:
    assert len(town.traces()) > 15, "the test looks in the wrong places"
    assert {(table, name) for table, names in _NAMED_BY.items() for name in names} <= town.traces()
    town.leave()
    town.clear()
    assert town.traces() == set()


def test_acts_of_moderators_stay_without_the_account_and_what_was_said_of_it(town: Town) -> None:
    town.leave()
    town.clear()
    kept = [each.deed for each in town.store.read(acts_page, Window()).items]
    assert [(each.act, each.actor, each.target, each.reason) for each in kept] == [
        (Act.WARN, town.ben, 0, ""),
        (Act.ASSIGN_REPORT, 0, 0, ""),
        (Act.CLOSE_REPORT, 0, 0, ""),
    ]


def test_everything_is_out_of_sight_from_the_first_transaction_on(town: Town) -> None:
    town.leave()
    with pytest.raises(AccountNotFound):
        town.store.read(seen_handle, town.ben, "ana")
    with pytest.raises(PostNotFound):
        town.store.read(post_view, town.ben, town.anas)


def test_the_counts_of_others_are_right_and_their_words_stay(town: Town) -> None:
    town.leave()
    town.clear()
    ben, cleo = town.people.account(town.ben), town.people.account(town.cleo)
    assert (ben.followers_count, ben.following_count, ben.posts_count) == (1, 0, 3)
    assert cleo.following_count == 1
    told = town.store.read(post_view, town.cleo, town.bens).post
    assert (told.likes_count, told.reposts_count, told.replies_count) == (1, 0, 0)
    assert told.text == "hello @ana and @cleo"
    assert [each.username for each in told.mentions] == ["cleo"]
    assert town.store.read(post_view, town.ben, town.reply).post.reply_to is None


def test_votes_are_taken_back(town: Town) -> None:
    def counts() -> tuple[int, list[int]]:
        poll = town.store.read(post_view, town.cleo, town.bens_poll).poll
        return poll.voters, [choice.votes for choice in poll.choices]

    assert counts() == (2, [0, 2])
    town.leave()
    town.clear()
    assert counts() == (1, [0, 1])


def test_earlier_wordings_of_others_no_longer_name_the_account(town: Town) -> None:
    named = statement(sa.text("SELECT count(*) FROM post_version WHERE mentions LIKE '%Ana%'"))
    assert town.store.read(lambda db: db.value(named)) == 1
    town.leave()
    town.clear()
    assert town.store.read(lambda db: db.value(named)) == 0


def test_nobody_is_told_of_it_any_more(town: Town) -> None:
    before = town.store.read(unread_count, town.ben)
    town.leave()
    town.clear()
    told = ["follow", "like", "repost", "reply", "mention", "a new wording of what he reposted"]
    told += ["the collection that she put him into", "her report, since he looks after those"]
    assert town.store.read(unread_count, town.ben) == before - len(told)


@pytest.mark.parametrize("name", ["ana", "ANA"])
def test_nobody_gets_the_name_again(town: Town, name: str) -> None:
    town.leave()
    keyring = town.people.keyring
    with pytest.raises(UsernameTaken):
        town.store.write(sign_up, keyring, SignUp(username=name, password_hash="x"), policy="open")
    with pytest.raises(UsernameTaken):
        town.store.write(create_member, keyring, NewMember(username=name))


def test_files_are_removed_by_jobs_of_the_same_transactions(town: Town) -> None:
    town.leave()
    town.clear()
    payloads = town.store.read(lambda db: db.column(statement(sa.text("SELECT payload FROM job"))))
    asked = " ".join(payloads)
    names = ("one.webp", "one-small.webp", "loose.webp", "loose-small.webp", "raw-video")
    assert all(name in asked for name in names)


def test_a_large_account_goes_in_slices(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("palabre.posts.leaving._POSTS_AT_ONCE", 1)
    town.leave()
    slices = 1
    while not town.store.write(delete_more, town.ana):
        slices += 1
    assert slices >= 5, "four posts and reposts, one a transaction"
    town.clear()
    assert town.traces() == set()


def test_a_second_look_is_asked_for_once_requests_under_way_are_over(town: Town) -> None:
    town.leave()
    waits = statement(sa.text("SELECT run_at - created FROM job WHERE kind = 'rights.delete'"))
    assert sorted(map(int, town.store.read(lambda db: db.column(waits)))) == [0, rights._LOOK_AGAIN]


def test_every_table_is_shown_to_members_or_is_about_nobody() -> None:
    import_all_tables()
    assert set(METADATA.tables) - ABOUT_NOBODY == set(KEPT)
    assert set(WORDS) == set(KEPT)


def test_what_is_kept_is_counted_in_one_statement(town: Town) -> None:
    found = town.store.read(kept, town.ana)
    assert town.store.statements == 1
    assert list(found) == list(KEPT)
    rare = {
        "app_token", "block", "ceremony", "filter_post", "follow_request", "hand_over", "import_item",
        "import_waiting", "oauth_authorization", "passkey", "recovery_code", "second_factor",
    }  # fmt: skip
    empty = {name for name, count in found.items() if not count}
    assert empty <= rare
    assert (found["post"], found["attachment"], found["follow"], found["viewer_post"]) == (11, 1, 3, 3)
    assert (found["report"], found["search_post"], found["conversation"]) == (1, 10, 1)


def test_what_was_reported_stays_without_a_name_and_reports_of_the_account_go(town: Town) -> None:
    town.leave()
    town.clear()

    def found(*, closed: bool) -> list[tuple[AccountId, str, int, int | None]]:
        page = town.store.read(reports_page, Window(), closed=closed)
        return [
            (each.target.id, each.report.comment, each.report.reporter, each.report.closed_by) for each in page.items
        ]

    assert found(closed=False) == [(town.cleo, "rude", 0, None)]
    assert found(closed=True) == [(town.dan, "", town.cleo, None)]


def test_an_announcement_counts_the_answer_no_more_and_says_so(town: Town) -> None:
    said = town.people.kinds("announcement.reacted")
    town.leave()
    town.clear()
    (answer,) = town.store.read(announcement, town.cleo, town.announced).reactions
    assert (answer.count, answer.me) == (1, True)
    assert len(town.people.kinds("announcement.reacted")) == len(said) + 1


def test_the_words_of_the_account_leave_the_search(town: Town) -> None:
    rows = statement(sa.select(sa.func.count()).select_from(METADATA.tables["search_post"]))
    others = town.store.read(lambda db: db.value(rows)) - 8
    others += 2  # what waited for her say answers nothing now: it changed, so its writer finds it
    town.leave()
    town.clear()
    assert town.store.read(lambda db: db.value(rows)) == others


@pytest.mark.parametrize("late", [talking.subscriber, finding], ids=["conversations", "search"])
def test_a_reader_of_facts_that_is_late_brings_nothing_back(people: People, late: Subscriber) -> None:
    ana, ben = people.members("ana", "ben")
    people.follow(ana, ben)
    people.post(ben, "@ana psst", visibility=Visibility.MENTIONED)
    people.post(ana, "hello")
    people.store.advance(subscriber)
    people.store.write(delete_account, people.keyring, ana)
    while not people.store.write(delete_more, ana):
        pass
    people.store.advance(late)
    counts = people.store.read(kept, ana)
    assert (counts["conversation"], counts["search_active"]) == (0, 0)


def test_who_leaves_takes_nothing_of_others_along(town: Town) -> None:
    others = {name: count for name, count in town.store.read(kept, town.cleo).items() if name != "follow"}
    town.leave()
    town.clear()
    after = {name: count for name, count in town.store.read(kept, town.cleo).items() if name != "follow"}
    assert after == others


def test_an_unknown_number_is_nobody(people: People) -> None:
    with pytest.raises(AccountNotFound):
        people.store.write(delete_account, people.keyring, AccountId(PostId(7)))


def test_the_second_look_takes_what_a_request_under_way_has_left(people: People) -> None:
    store, ana = people.store, people.member("ana")
    secret = store.write(oauth.member_token, people.keyring, None, ana, "read")
    token = store.read(oauth.token_of, people.keyring, secret)
    store.write(delete_account, people.keyring, ana)
    while not store.write(delete_more, ana):
        pass
    store.write(
        subscribe, people.keyring, ana, token.id,
        Receiver(endpoint="https://push.example", p256dh=b"k", auth=b"a", token="t"),
        alerts=frozenset({"mention"}), policy=Policy.ALL, standard=True,
    )  # fmt: skip
    store.write(hooks.create_incoming, people.keyring, ana, "Build", Visibility.PUBLIC)
    store.write(hooks.create_hook, people.keyring, ana, "https://program.example/", ["status.created"])
    store.write(move_marker, ana, Timeline.HOME, 7)
    words = [KeywordChange(keyword="zebra")]
    store.write(lambda tx: create_filter(tx, ana, title="animals", contexts=["home"], keywords=words))
    store.write(begin_export, ana)
    late = {"push_subscription", "incoming_webhook", "webhook", "marker", "post_filter", "export_run"}
    found = {table for table, _ in Town.traces_of(people, ana)}
    assert late <= found, found
    while not store.write(delete_more, ana):
        pass
    assert late.isdisjoint({table for table, _ in Town.traces_of(people, ana)})


def test_nobody_learns_from_what_is_kept_that_he_is_sorted_out(people: People) -> None:
    ana, ben = people.members("ana", "ben")
    people.store.write(update_preferences, ana, Preferences(reply_approval="all"))
    reply = people.post(ben, "for sale", reply_to=people.post(ana, "Hello"))
    before = people.store.read(kept, ben)
    people.store.write(decide_one, ana, reply, ReplyState.SPAM, terms=Terms())
    assert people.store.read(kept, ben) == before
    assert people.store.read(kept, ana)["reply_rule"] == 1
