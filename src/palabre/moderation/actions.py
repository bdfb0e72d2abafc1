"""Reporting, answering reports, and making rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from palabre import journal
from palabre.accounts.queries import seen_account
from palabre.graph.curation import collection
from palabre.graph.errors import CollectionNotFound
from palabre.ids import AccountId, new_id
from palabre.moderation import acts_sql, errors, sql
from palabre.moderation.acts import note
from palabre.moderation.events import ReportMade
from palabre.moderation.model import Act, Category, Report, Rule, Translation, Wrong
from palabre.moderation.queries import rules
from palabre.posts.errors import PostNotFound
from palabre.posts.queries import post_views
from palabre.store import Transaction

COMMENT_LENGTH = 1_000
POSTS = 100
RULE_LENGTH = 300


def report(tx: Transaction, viewer: AccountId, wrong: Wrong) -> Report:
    """Report an account, and perhaps posts of its; nobody but those who run the network learns of it.

    Raises:
        AccountNotFound: the viewer may not see the account.
        OwnAccountReported: it is the viewer's own.
        PostNotFound: one of the posts is not of the account, or the viewer may not read it.
        UnknownRule: there is no such rule.
        CommentTooLong: the comment is.
        TooManyPostsReported: they are.
        CollectionNotFound: one of the collections is not of the account, or the viewer may not see it.

    """
    seen_account(tx, viewer, wrong.target)
    if wrong.target == viewer:
        raise errors.OwnAccountReported(field="account_id")
    comment = wrong.comment.strip()
    if len(comment) > COMMENT_LENGTH:
        raise errors.CommentTooLong(field="comment", limit=COMMENT_LENGTH)
    posts = tuple(dict.fromkeys(wrong.posts))
    if len(posts) > POSTS:
        raise errors.TooManyPostsReported(field="status_ids", limit=POSTS)
    if posts:
        found = {view.post.id for view in post_views(tx, viewer, list(posts)) if view.post.author == wrong.target}
        if found != set(posts):
            raise PostNotFound
    collections = tuple(dict.fromkeys(wrong.collections))
    if len(collections) > POSTS:
        raise errors.TooManyPostsReported(field="collection_ids", limit=POSTS)
    if any(collection(tx, viewer, number).owner.id != wrong.target for number in collections):
        raise CollectionNotFound
    known = {each.id for each in rules(tx)} if wrong.rules else set()
    if not known >= set(wrong.rules):
        raise errors.UnknownRule(field="rule_ids")
    made = Report(
        id=new_id(tx.now),
        reporter=viewer,
        target=wrong.target,
        category=Category.VIOLATION if wrong.rules else wrong.category,
        comment=comment,
        posts=posts,
        collections=collections,
        rules=tuple(dict.fromkeys(wrong.rules)),
        created=tx.now,
    )
    sql.insert_report(tx, made)
    journal.record(tx, ReportMade(report=made.id))
    return made


def close_report(tx: Transaction, admin: AccountId, number: int) -> None:
    """Note that a report has been dealt with.

    Raises:
        ReportNotFound: there is none.

    """
    if not sql.close(tx, number, tx.now, admin):
        raise errors.ReportNotFound
    note(tx, admin, Act.CLOSE_REPORT, report=number)


def reopen_report(tx: Transaction, admin: AccountId, number: int) -> None:
    """Take that back.

    Raises:
        ReportNotFound: there is none.

    """
    if not sql.close(tx, number, None, None):
        raise errors.ReportNotFound
    note(tx, admin, Act.REOPEN_REPORT, report=number)


def assign_report(tx: Transaction, admin: AccountId, number: int, *, on: bool = True) -> None:
    """Note that ``admin`` looks into a report, or that nobody does.

    Raises:
        ReportNotFound: there is none.

    """
    if not sql.assign(tx, number, admin if on else None):
        raise errors.ReportNotFound
    note(tx, admin, Act.ASSIGN_REPORT if on else Act.UNASSIGN_REPORT, report=number)


def change_report(
    tx: Transaction, admin: AccountId, number: int, *, category: Category | None, broken: Collection[int] | None
) -> None:
    """Say better what a report is about; with rules it is a violation.

    Raises:
        ReportNotFound: there is none.
        UnknownRule: there is no such rule.

    """
    found = sql.one(tx, number)
    if found is None:
        raise errors.ReportNotFound
    kept = found.rules if broken is None else tuple(dict.fromkeys(broken))
    new = category or (Category.VIOLATION if broken else found.category)
    if broken and not {each.id for each in rules(tx)} >= set(kept):
        raise errors.UnknownRule(field="rule_ids")
    sql.change(tx, number, new, kept if new is Category.VIOLATION else ())
    note(tx, admin, Act.CHANGE_REPORT, report=number)


def add_rule(
    tx: Transaction, text: str, hint: str = "", translations: Mapping[str, Translation] | None = None
) -> Rule:
    """Add a rule, after those that there are; ``translations`` by language, those without a text are left out.

    Raises:
        RuleEmpty: it says nothing.
        RuleTooLong: it says too much.

    """
    said = Translation(text.strip(), hint.strip())
    if not said.text:
        raise errors.RuleEmpty(field="text")
    given = {code: Translation(each.text.strip(), each.hint.strip()) for code, each in (translations or {}).items()}
    for each in (said, *given.values()):
        if len(each.text) > RULE_LENGTH or len(each.hint) > RULE_LENGTH:
            raise errors.RuleTooLong(field="text", limit=RULE_LENGTH)
    kept = {code: each for code, each in given.items() if each.text}
    made = Rule(id=new_id(tx.now), text=said.text, hint=said.hint, translations=kept)
    sql.insert_rule(tx, made)
    return made


def remove_rule(tx: Transaction, number: int) -> None:
    """Remove a rule.

    Raises:
        RuleNotFound: there is none.

    """
    if not sql.delete_rule(tx, number):
        raise errors.RuleNotFound


def forget_member(tx: Transaction, gone: AccountId) -> bool:
    """Remove what a deleted account was reported for; nothing is left then.

    What it reported is about others, and still to be dealt with: it stays, and no longer says by whom it is.
    """
    sql.forget_member(tx, gone)
    acts_sql.forget_member(tx, gone)
    return True
