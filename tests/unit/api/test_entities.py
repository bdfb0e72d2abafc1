"""Every entity has every attribute that the documentation of Mastodon names, in its type."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from palabre import ids
from palabre.accounts.model import App, Login, Preferences, Role, Standing
from palabre.api.mastodon.entities.account import account
from palabre.api.mastodon.entities.application import application, credential_application
from palabre.api.mastodon.entities.context import Context
from palabre.api.mastodon.entities.credential_account import credential_account
from palabre.api.mastodon.entities.instance import instance
from palabre.api.mastodon.entities.instance_v1 import instance_v1
from palabre.api.mastodon.entities.marker import Marker
from palabre.api.mastodon.entities.media_attachment import media_attachment
from palabre.api.mastodon.entities.muted_account import muted_account
from palabre.api.mastodon.entities.notification import notification
from palabre.api.mastodon.entities.poll import poll
from palabre.api.mastodon.entities.preferences import preferences
from palabre.api.mastodon.entities.relationship import relationship
from palabre.api.mastodon.entities.search import Search
from palabre.api.mastodon.entities.status import status
from palabre.api.mastodon.entities.status_edit import status_edit
from palabre.api.mastodon.entities.status_source import status_source
from palabre.api.mastodon.entities.token import Token
from palabre.api.mastodon.loading import view_json, views_json
from palabre.api.mastodon.pieces import ANYBODY, Pieces
from palabre.clock import iso
from palabre.config import Config
from palabre.graph.model import Mute, Relationship
from palabre.notifications.model import Kind, NotificationLine
from palabre.posts.model import Mark, QuoteState
from unit.api.documented import OPTIONAL, problems
from unit.api.samples import IDS, NAMES, THEN, ana, asking, full_view, picture, quoting, repost_of, view

_LOGIN = Login(
    account=ana().id,
    email_sealed=None,
    password_hash=None,
    preferences=Preferences(post_language="fr"),
    created=THEN,
)
_APP = App(
    id=7,
    name="Tusky",
    website=None,
    redirect_uris=("tusky://oauth", "urn:ietf:wg:oauth:2.0:oob"),
    scopes="read write",
    created=THEN,
)
_MUTE = Mute(id=1, account=ana().id, target=ana().id, notifications=True, expires=THEN)


def _status(shown: Any, *, member: bool = True) -> Any:
    return msgspec.Raw(view_json(Pieces(NAMES, 1_000_000), shown, 0, reader=ANYBODY if member else None))


def _samples() -> dict[str, tuple[str, Any, frozenset[str]]]:
    """Return entity → (its documented name, a rendering, what this network leaves out by right)."""
    shown = ana()
    own = {"limited", "memorial", "suspended"}
    poster = full_view()
    return {
        "account": ("Account", account(NAMES, shown), frozenset(own)),
        "suspended account": (
            "Account",
            account(NAMES, ana(standing=Standing.SUSPENDED)),
            frozenset(own - {"suspended"}),
        ),
        "remote account": (
            "Account",
            account(NAMES, ana(domain="far.example", uri="https://far.example/u/1", url="https://far.example/@ana")),
            frozenset(own),
        ),
        "own account": (
            "CredentialAccount",
            credential_account(NAMES, shown, _LOGIN, requests=2),
            frozenset(own),
        ),
        "muted account": ("MutedAccount", muted_account(NAMES, shown, _MUTE), frozenset(own)),
        "app": ("Application", application(NAMES, _APP), frozenset()),
        "new app": ("CredentialApplication", credential_application(NAMES, _APP, "secret"), frozenset()),
        "instance": (
            "Instance",
            instance(NAMES, Config(contact="op@palabre.example"), active=3),
            frozenset({"thumbnail.blurhash", "thumbnail.versions", "contact.account"}),
        ),
        "instance v1": ("V1_Instance", instance_v1(NAMES, Config(), members=1, posts=2, domains=3), frozenset()),
        "marker": ("Marker", Marker(IDS.encode(ids.Kind.POST, 1), 2, iso(THEN)), frozenset()),
        "picture": ("MediaAttachment", media_attachment(NAMES, picture(shown.id)), frozenset()),
        "preferences": ("Preferences", preferences(Preferences()), frozenset()),
        "relationship": (
            "Relationship",
            relationship(NAMES, Relationship(account=shown.id, muting=True, muting_expires=THEN)),
            frozenset(),
        ),
        "post": ("Status", _status(poster), frozenset()),
        "repost": ("Status", _status(repost_of(poster, ana(username="cy"))), frozenset({"application"})),
        "post with a poll": ("Status", _status(asking()), frozenset({"application"})),
        "post with a poll for a visitor": ("Status", _status(asking(), member=False), OPTIONAL["Status"]),
        "post with a quote": ("Status", _status(quoting(poster)), frozenset({"application"})),
        "post with a quote that is gone": (
            "Status",
            _status(view(quote_of=poster.post.id, quote_state=QuoteState.REVOKED, quote_shows=QuoteState.REVOKED)),
            frozenset({"application"}),
        ),
        "poll": ("Poll", poll(NAMES, asking().poll, marks=1 << 8), frozenset()),
        "hidden poll": ("Poll", poll(NAMES, asking(hide_totals=True).poll), OPTIONAL["Poll"]),
        "version": ("StatusEdit", status_edit(NAMES, asking(), account=account(NAMES, shown)), frozenset()),
        "post for a visitor": ("Status", _status(view(), member=False), OPTIONAL["Status"]),
        "conversation": (
            "Context",
            Context(msgspec.Raw(b"[]"), msgspec.Raw(views_json(Pieces(NAMES, 9), [poster], 0, reader=ANYBODY))),
            frozenset(),
        ),
        "source": ("StatusSource", status_source(NAMES, poster.post), frozenset()),
        "search": ("Search", Search([account(NAMES, shown)], msgspec.Raw(b"[]"), []), frozenset()),
        "token": ("Token", Token("secret", "Bearer", "read", 1), frozenset()),
        "notification": (
            "Notification",
            notification(
                NAMES,
                NotificationLine(5, Kind.LIKE, THEN, shown.id, None),
                account=account(NAMES, shown),
                status=_status(poster),
            ),
            OPTIONAL["Notification"] - {"status"},
        ),
    }


@pytest.mark.parametrize("name", _samples())
def test_every_documented_attribute_is_there_in_its_type(name: str) -> None:
    documented, rendered, left_out = _samples()[name]
    assert problems(documented, json.loads(msgspec.json.encode(rendered)), without=left_out) == []


def test_the_comparison_notices_what_is_wrong() -> None:
    right = json.loads(msgspec.json.encode(account(NAMES, ana())))
    for path, value in [("id", 5), ("note", None), ("created_at", "2025-12-31"), ("fields", [{"name": "x"}])]:
        assert problems("Account", {**right, path: value}, without=OPTIONAL["Account"]), path
    del right["url"]
    assert problems("Account", right, without=OPTIONAL["Account"]) == ["Account.url: missing"]


def test_a_deleted_post_comes_with_its_source() -> None:
    shown = full_view()
    rendered = status(NAMES, shown, account=account(NAMES, shown.author), source=True)
    assert rendered.text == shown.post.text


def test_the_profile_and_its_source_say_the_same_in_their_own_ways() -> None:
    rendered = credential_account(NAMES, ana(role=Role.ADMIN), _LOGIN, requests=0)
    assert rendered.source.note.startswith("Writes at https://ana.org about")
    assert '<a href="https://ana.org"' in rendered.note
    assert '<a href="https://palabre.example/tags/gardens"' in rendered.note
    assert '<a href="https://palabre.example/@bo"' in rendered.note
    assert rendered.source.fields[1].value == "she & her"
    assert rendered.fields[1].value == "she &amp; her"
    assert 'rel="me nofollow noopener"' in rendered.fields[0].value


def test_the_day_of_sign_up_is_told_but_not_the_hour() -> None:
    assert account(NAMES, ana()).created_at == "2025-12-31T00:00:00.000Z"


def test_html_of_a_remote_account_is_made_harmless() -> None:
    hostile = ana(domain="far.example", bio="<p onclick=x>Hi<script>alert(1)</script></p>")
    assert account(NAMES, hostile).note == "<p>Hi</p>"


def test_marks_are_those_of_the_viewer() -> None:
    pieces = Pieces(NAMES, 1_000_000)
    for marks in range(8):
        shown = json.loads(view_json(pieces, view(marks=Mark(marks)), 0, reader=ANYBODY))
        assert (shown["favourited"], shown["reblogged"], shown["bookmarked"]) == (
            bool(marks & Mark.LIKED),
            bool(marks & Mark.REPOSTED),
            bool(marks & Mark.BOOKMARKED),
        )
