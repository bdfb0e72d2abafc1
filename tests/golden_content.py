"""What a golden database holds: a little of everything that members and operators make."""

from __future__ import annotations

from typing import Any

from palabre import jobs
from palabre.accounts import oauth, sessions
from palabre.accounts.actions import NewMember, ProfileChange, create_invitation, create_member, update_profile
from palabre.accounts.model import Field, Role
from palabre.graph import actions as graph
from palabre.ids import AccountId, PostId, new_id
from palabre.imports.actions import begin_import
from palabre.journal import advance
from palabre.media.actions import add_attachment
from palabre.media.model import Focus, MediaKind, StoredPicture
from palabre.notifications.actions import mark_seen
from palabre.notifications.queries import notifications_page
from palabre.notifications.subscriber import subscriber
from palabre.paging import Window
from palabre.posts import actions as posts
from palabre.posts import deleting
from palabre.posts.actions import Terms, create_post
from palabre.posts.model import Draft, Visibility
from palabre.store import Database, Transaction
from palabre.timelines import markers
from people import KEYRING

TERMS = Terms(limit=1_000, domain="example.org")


def fill(database: Database) -> None:
    """Let a few people talk; leave nothing of a table empty that members fill."""
    write = database.write_now

    def member(name: str, **details: Any) -> AccountId:
        made: AccountId = write(create_member, KEYRING, NewMember(username=name, **details)).id
        return made

    ana = member("ana", email="ana@example.org", role=Role.ADMIN, display_name="Ana")
    ben, cat, dan = member("ben"), member("cat"), member("dan")
    write(
        update_profile,
        ana,
        ProfileChange(bio="Under the #tree", fields=(Field("Site", "https://example.org"),), discoverable=True),
    )
    write(update_profile, cat, ProfileChange(locked=True))
    write(sessions.start_session, KEYRING, ana, "Firefox on Debian")
    app, _ = write(
        oauth.register_app,
        KEYRING,
        oauth.NewApp(name="Tool", redirect_uris=("urn:ietf:wg:oauth:2.0:oob",), scopes="read write"),
    )
    write(oauth.member_token, KEYRING, app.id, ana, "read write")
    write(create_invitation, KEYRING, by=ana, uses=3, expires=None)
    write(graph.follow, ben, ana)
    write(graph.follow, ana, ben, notify=True)
    write(graph.follow, dan, cat)
    write(graph.mute, ben, dan, duration_ms=10**12)
    write(graph.block, cat, ben)
    picture = StoredPicture(
        kind=MediaKind.PICTURE, file="ab/cd/" + "0" * 36 + ".jpg", preview="ab/cd/" + "1" * 36 + ".jpg",
        mime="image/jpeg", size=1_000, width=640, height=480, preview_width=320, preview_height=240,
        blurhash="LEHV6nWB2yk8pyo0adR*.7kCMdnj",
    )  # fmt: skip
    attachment = write(add_attachment, ana, picture, description="A tree", focus=Focus(0.5, -0.25))

    def say(author: AccountId, text: str, **draft: Any) -> PostId:
        made: PostId = write(create_post, author, Draft(text=text, **draft), terms=TERMS, idempotency_key=None)
        return made

    root = say(ana, "Hello @ben, see https://example.org/a #Talk", media=(attachment.id,), app=app.id, language="en")
    reply = say(ben, "Hello @ana", reply_to=root)
    say(ana, "For followers", visibility=Visibility.FOLLOWERS, warning="Long")
    say(ana, "@ben only you", visibility=Visibility.MENTIONED)
    write(create_post, ana, Draft(text="Once"), terms=TERMS, idempotency_key=b"k" * 16)
    write(posts.like, ben, root)
    write(posts.bookmark, ana, reply)
    write(posts.repost, ben, root)
    gone = say(ben, "Gone")
    write(deleting.delete_post, ben, gone)
    old = 1_500_000_000_000
    write(posts.import_post, ana, Draft(text="Long ago #Talk"), terms=TERMS, created=old, id_=PostId(new_id(old)))
    write(begin_import, ana, run=new_id(old), name="archive.zip", durable=False)
    while write(advance, subscriber):
        pass
    write(_marker, ana, root)
    newest = database.read_now(notifications_page, ana, Window()).items[0].id
    write(mark_seen, ana, newest)
    write(_job)


def _marker(tx: Transaction, reader: AccountId, post: PostId) -> None:
    markers.move_marker(tx, reader, markers.Timeline.HOME, post)


def _job(tx: Transaction) -> None:
    jobs.enqueue(tx, "golden.none", ["payload"], key="golden")


__all__ = ["TERMS", "fill"]
