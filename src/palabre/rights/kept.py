"""What the network keeps about a member: every kind of row, and how to count those of one account.

A test holds this against the schema: a new table is either here or among those about nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, bindparam, func, literal, or_, select, union_all

from palabre.accounts import tables as accounts
from palabre.announcements import tables as announcements
from palabre.conversations.tables import conversation
from palabre.exports.tables import export_run
from palabre.filters import tables as filters
from palabre.graph import tables as graph
from palabre.hooks import tables as hooks
from palabre.ids import AccountId
from palabre.imports import tables as imports
from palabre.media.tables import attachment, unfinished_media
from palabre.moderation.tables import appeal, moderation_act, report
from palabre.notifications import tables as notifications
from palabre.posts import tables as posts
from palabre.push.tables import subscription
from palabre.search import tables as search
from palabre.sources import tables as sources
from palabre.store import Snapshot, statement
from palabre.timelines.tables import marker

_MEMBER: ColumnElement[int] = bindparam("member")


def _rows(table: Table, *columns: ColumnElement[Any]) -> tuple[str, Any]:
    return table.name, select(literal(table.name).label("kind"), func.count().label("rows")).select_from(table).where(
        or_(*(column == _MEMBER for column in columns))
    )


def _with_post(table: Table, of: ColumnElement[Any]) -> tuple[str, Any]:
    """Count by the author of the post: there is an index for that, and none by account."""
    counted = select(literal(table.name).label("kind"), func.count().label("rows"))
    return table.name, counted.select_from(posts.post.join(table, of == posts.post.c.id)).where(
        posts.post.c.author == _MEMBER
    )


def _with_own_post(table: Table) -> tuple[str, Any]:
    """Count the posts, each of which has a row soon after it is written: the rows have no index by post."""
    counted = select(literal(table.name).label("kind"), func.count().label("rows"))
    return table.name, counted.select_from(posts.post).where(
        posts.post.c.author == _MEMBER, posts.post.c.repost_of.is_(None)
    )


def _inside(outer: Table, table: Table, of: ColumnElement[Any]) -> tuple[str, Any]:
    """Count what belongs to a row of ``outer`` that is the member's."""
    counted = select(literal(table.name).label("kind"), func.count().label("rows"))
    return table.name, counted.select_from(outer.join(table, of == outer.c.id)).where(outer.c.account == _MEMBER)


KEPT: Final[Mapping[str, Any]] = dict((
    _rows(accounts.account, accounts.account.c.id),
    _rows(accounts.account_word, accounts.account_word.c.account),
    _rows(accounts.login, accounts.login.c.account),
    _rows(accounts.second_factor, accounts.second_factor.c.account),
    _rows(accounts.recovery_code, accounts.recovery_code.c.account),
    _rows(accounts.passkey, accounts.passkey.c.account),
    _rows(accounts.ceremony, accounts.ceremony.c.account),
    _rows(accounts.session, accounts.session.c.account),
    _inside(accounts.session, accounts.app_token, accounts.app_token.c.session),
    _inside(accounts.session, accounts.hand_over, accounts.hand_over.c.session),
    _rows(accounts.token, accounts.token.c.account),
    _rows(accounts.app, accounts.app.c.owner),
    _rows(accounts.authorization, accounts.authorization.c.account),
    _rows(subscription, subscription.c.account),
    _rows(hooks.incoming_webhook, hooks.incoming_webhook.c.account),
    _rows(hooks.webhook, hooks.webhook.c.account),
    _inside(hooks.webhook, hooks.webhook_delivery, hooks.webhook_delivery.c.webhook),
    _rows(accounts.invitation, accounts.invitation.c.created_by),
    _rows(posts.post, posts.post.c.author),
    _with_post(posts.post_hashtag, posts.post_hashtag.c.post),
    _rows(posts.annual_report, posts.annual_report.c.account),
    _rows(posts.post_mention, posts.post_mention.c.account),
    _with_post(posts.post_version, posts.post_version.c.post),
    _with_post(posts.poll, posts.poll.c.post),
    _with_post(posts.poll_choice, posts.poll_choice.c.post),
    _rows(posts.unpublished, posts.unpublished.c.account),
    _rows(posts.reply_request, posts.reply_request.c.owner, posts.reply_request.c.writer),
    _rows(posts.quote_request, posts.quote_request.c.owner, posts.quote_request.c.writer),
    _rows(posts.reply_rule, posts.reply_rule.c.owner),
    _with_post(attachment, attachment.c.post),
    _rows(unfinished_media, unfinished_media.c.account),
    _rows(posts.viewer_post, posts.viewer_post.c.account),
    _rows(posts.idempotency, posts.idempotency.c.account),
    _rows(graph.follow, graph.follow.c.follower, graph.follow.c.followed),
    _rows(graph.follow_request, graph.follow_request.c.follower, graph.follow_request.c.followed),
    _rows(graph.block, graph.block.c.account),
    _rows(graph.mute, graph.mute.c.account),
    _rows(graph.domain_block, graph.domain_block.c.account),
    _rows(graph.account_note, graph.account_note.c.account),
    _rows(graph.endorsement, graph.endorsement.c.account),
    _rows(graph.collection, graph.collection.c.account),
    _rows(graph.collection_item, graph.collection_item.c.account),
    _rows(graph.account_list, graph.account_list.c.account),
    _inside(graph.account_list, graph.list_member, graph.list_member.c.list),
    _rows(filters.post_filter, filters.post_filter.c.account),
    _inside(filters.post_filter, filters.filter_keyword, filters.filter_keyword.c.filter),
    _inside(filters.post_filter, filters.filter_post, filters.filter_post.c.filter),
    _rows(posts.followed_hashtag, posts.followed_hashtag.c.account),
    _rows(posts.featured_hashtag, posts.featured_hashtag.c.account),
    _rows(posts.muted_thread, posts.muted_thread.c.account),
    _rows(notifications.notification, notifications.notification.c.account),
    _rows(notifications.seen, notifications.seen.c.account),
    _rows(notifications.policy, notifications.policy.c.account),
    _rows(notifications.permission, notifications.permission.c.account),
    _rows(conversation, conversation.c.account),
    _rows(announcements.dismissal, announcements.dismissal.c.account),
    _rows(announcements.reaction, announcements.reaction.c.account),
    _rows(report, report.c.reporter),
    _rows(moderation_act, moderation_act.c.target),
    _rows(appeal, appeal.c.account),
    _with_own_post(search.search_post),
    _rows(search.search_author, search.search_author.c.author),
    _rows(search.search_active, search.search_active.c.account),
    _rows(search.search_dismissed, search.search_dismissed.c.account),
    _rows(sources.feed_source, sources.feed_source.c.account),
    _inside(sources.feed_source, sources.feed_entry, sources.feed_entry.c.source),
    _rows(marker, marker.c.account),
    _rows(export_run, export_run.c.account),
    _rows(imports.import_run, imports.import_run.c.account),
    _rows(imports.import_item, imports.import_item.c.account),
    _rows(imports.import_waiting, imports.import_waiting.c.account),
))  # fmt: skip
"""Table to the query that counts a member's rows in it. What others decided about a member (that they block, mute
or report) is theirs, and not counted."""

ABOUT_NOBODY: Final = frozenset({
    "announcement", "beacon", "cardless_page", "custom_emoji", "email_block", "email_domain_block", "gone_name",
    "hashtag", "hashtag_review", "ip_block", "job", "journal", "journal_head", "link_card", "link_review",
    "network_key", "post_review", "publisher_review", "rule", "search_filled", "server_allow", "server_block",
    "server_mark", "subscriber_cursor",
})  # fmt: skip
"""Tables without rows about one member. Journal and jobs name accounts by number, which then opens nothing, and so do
reviews name posts, which are forgotten with them."""

_COUNTS = statement(union_all(*KEPT.values()))


def kept(db: Snapshot, member: AccountId) -> dict[str, int]:
    """Count what is kept about a member, by table, in the order of ``KEPT``. One statement."""
    found = {str(kind): int(rows) for kind, rows in db.all(_COUNTS, member=member)}
    return {kind: found[kind] for kind in KEPT}
