"""What is done with accounts. Passwords come hashed: hashing is slow and has no place in a transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec
from msgspec import UNSET, UnsetType

from palabre import journal
from palabre.accounts import (
    app_token_sql,
    credentials,
    errors,
    links,
    oauth_sql,
    passkey_sql,
    rules,
    second_factor_sql,
    session_sql,
    sql,
)
from palabre.accounts.credentials import first
from palabre.accounts.events import (
    AccessEnded,
    AccountChanged,
    AccountCreated,
    AccountDeleted,
    PasskeyRemoved,
)
from palabre.accounts.model import (
    Account,
    Badge,
    BadgeKind,
    Field,
    Invitation,
    Login,
    Preferences,
    Role,
    Shows,
    Standing,
    Voucher,
)
from palabre.clock import Instant
from palabre.config import Registrations
from palabre.ids import AccountId, new_id
from palabre.keyring import Keyring
from palabre.store import Transaction


class SignUp(msgspec.Struct, frozen=True, kw_only=True):
    """What a newcomer gives."""

    username: str
    password_hash: str
    email: str | None = None
    reason: str | None = None
    invitation: str | None = None
    language: str | None = None
    """Of the interface while signing up."""
    app: int | None = None
    """With which app; ``None``: on the pages."""


class NewMember(msgspec.Struct, frozen=True, kw_only=True):
    """An account that the operator makes."""

    username: str
    email: str | None = None
    password_hash: str | None = None
    """``None``: the account acts through tokens only."""
    display_name: str = ""
    role: Role = Role.MEMBER


class ProfileChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a member changes of the profile; the rest stays."""

    display_name: str | UnsetType = UNSET
    bio: str | UnsetType = UNSET
    fields: tuple[Field, ...] | UnsetType = UNSET
    avatar: str | UnsetType | None = UNSET
    """Name of the file in the media store; ``None`` for the default picture."""
    avatar_description: str | UnsetType = UNSET
    header: str | UnsetType | None = UNSET
    header_description: str | UnsetType = UNSET
    locked: bool | UnsetType = UNSET
    bot: bool | UnsetType = UNSET
    discoverable: bool | UnsetType = UNSET
    indexable: bool | UnsetType = UNSET
    badges: frozenset[BadgeKind] | UnsetType = UNSET
    """What the member says of himself."""
    shows: Mapping[Shows, bool] | UnsetType = UNSET
    """What the profile shows, and no longer shows."""
    attribution_domains: tuple[str, ...] | UnsetType = UNSET
    """Sites that may name the member as the author of their pages."""


def sign_up(tx: Transaction, keyring: Keyring, wanted: SignUp, *, policy: Registrations) -> Account:
    """Make an account for a newcomer, who waits for approval if that is the policy.

    An invitation opens every policy but ``closed``, approval included.

    Raises:
        SignUpClosed: nobody is let in.
        InvitationNeeded: one signs up with an invitation here.
        InvitationInvalid: the code is not good, or no longer.
        UsernameInvalid: the name has other characters than a user name may have.
        UsernameTaken: somebody has the name, or it is reserved.
        EmailInvalid: it cannot be an e-mail address.

    """
    if policy == "closed":
        raise errors.SignUpClosed
    rules.check_username(wanted.username)
    reason = rules.check_reason(wanted.reason)
    if policy == "invitation" and not wanted.invitation:
        raise errors.InvitationNeeded(field="invitation")
    invited = bool(wanted.invitation)
    if wanted.invitation and not first(
        sql.use_invitation, tx, keyring.look_ups("invitation", wanted.invitation.strip())
    ):
        raise errors.InvitationInvalid(field="invitation")
    standing = Standing.PENDING if policy == "approval" and not invited else Standing.ACTIVE
    email = wanted.email or None
    return _add(
        tx,
        keyring,
        NewMember(username=wanted.username, email=email, password_hash=wanted.password_hash),
        sealed=_seal_claim(keyring, email),
        standing=standing,
        preferences=Preferences(language=wanted.language),
        reason=reason,
        app=wanted.app,
        signed_up=True,
    )


def create_member(tx: Transaction, keyring: Keyring, new: NewMember) -> Account:
    """Make an account in the name of the operator: at once, whatever the policy, reserved names included.

    The operator vouches for the e-mail address, so one may sign in with it.

    Raises:
        EmailTaken: the operator has given the address to another account.

    """
    rules.check_username(new.username, operator=True)
    key = None
    if new.email is not None:
        key = keyring.look_up("email", rules.email_key(new.email))
        if first(sql.login_by_email, tx, keyring.look_ups("email", rules.email_key(new.email))) is not None:
            raise errors.EmailTaken(field="email")
    sealed = _seal_claim(keyring, new.email)
    return _add(
        tx, keyring, new, key=key, sealed=sealed, standing=Standing.ACTIVE, preferences=Preferences(), reason=None
    )


def _add(
    tx: Transaction,
    keyring: Keyring,
    new: NewMember,
    *,
    key: bytes | None = None,
    sealed: bytes | None,
    standing: Standing,
    preferences: Preferences,
    reason: str | None,
    app: int | None = None,
    signed_up: bool = False,
) -> Account:
    rules.check_preferences(preferences)
    if sql.by_handle(tx, new.username, "") is not None or sql.is_reserved(tx, _gone_key(keyring, new.username)):
        raise errors.UsernameTaken(field="username")
    made = Account(
        id=AccountId(new_id(tx.now)),
        username=new.username,
        domain="",
        display_name=rules.check_display_name(new.display_name),
        bio="",
        fields=(),
        avatar=None,
        header=None,
        locked=False,
        bot=False,
        discoverable=True,
        indexable=False,
        role=new.role,
        standing=standing,
        created=tx.now,
        posts_count=0,
        followers_count=0,
        following_count=0,
        last_post=None,
    )
    sql.insert_account(tx, made)
    login = Login(
        account=made.id,
        email_sealed=sealed,
        password_hash=new.password_hash,
        preferences=preferences,
        created=tx.now,
        signup_reason=reason,
    )
    sql.insert_login(tx, login, key, app)
    journal.record(tx, AccountCreated(account=made.id, signed_up=signed_up))
    return made


def _seal_claim(keyring: Keyring, email: str | None) -> bytes | None:
    """Return the ciphertext of an address that somebody says is theirs.

    It is not compared with the addresses of others: whoever could try one out would learn who is here, and could
    keep its owner from using it. Nor does it get a look-up key, so it signs nobody in before somebody vouches for it.
    """
    return None if email is None else keyring.seal("email", rules.check_email(email))


def update_profile(tx: Transaction, viewer: AccountId, change: ProfileChange) -> Account:
    """Change a profile and return the account as it is now. A picture no longer used is left to the media store."""
    before = _existing(tx, viewer)
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}
    if "display_name" in given:
        given["display_name"] = rules.check_display_name(given["display_name"])
    if "bio" in given:
        given["bio"] = rules.check_bio(given["bio"])
    if "fields" in given:
        given["fields"] = links.ask(tx, viewer, rules.check_fields(given["fields"], before.fields))
    if "badges" in given:
        given["badges"] = rules.say_of_oneself(before.badges, given["badges"])
    if "shows" in given:
        given["shows"] = rules.shown(before.shows, given["shows"])
    if "attribution_domains" in given:
        given["attribution_domains"] = rules.check_sites(given["attribution_domains"])
    for name in ("avatar_description", "header_description"):
        if name in given:
            given[name] = rules.check_picture_description(given[name], name)
    changed = msgspec.structs.replace(before, **given)
    if changed != before:
        sql.set_profile(tx, changed, before)
        journal.record(tx, AccountChanged(account=viewer))
    return changed


def vouch(tx: Transaction, number: AccountId, kinds: Collection[BadgeKind]) -> None:
    """Let the operator vouch for ``kinds``, and for nothing else any more; what the member says stays."""
    before = _existing(tx, number)
    _say(tx, before, Voucher.OPERATOR, kinds)


def note_fed(tx: Transaction, number: AccountId, *, fed: bool) -> None:
    """Let the network say of an account that it is fed from a feed, or no longer."""
    _say(tx, _existing(tx, number), Voucher.NETWORK, {BadgeKind.FEED} if fed else frozenset())


def _say(tx: Transaction, before: Account, voucher: Voucher, kinds: Collection[BadgeKind]) -> None:
    others = tuple(badge for badge in before.badges if badge.by is not voucher)
    said = tuple(Badge(kind, voucher) for kind in BadgeKind if kind in kinds)
    changed = msgspec.structs.replace(before, badges=said + others)
    if changed != before:
        sql.set_profile(tx, changed, before)
        journal.record(tx, AccountChanged(account=before.id))


def update_preferences(tx: Transaction, viewer: AccountId, preferences: Preferences) -> None:
    """Replace a member's own settings."""
    rules.check_preferences(preferences)
    sql.set_preferences(tx, viewer, preferences)
    journal.record(tx, AccountChanged(account=viewer))


def change_password(
    tx: Transaction,
    viewer: AccountId,
    password_hash: str,
    *,
    keep_session: int | None,
    remove_passkeys: Collection[int] = (),
    lock_out: bool = False,
) -> int:
    """Set a new password, and end every other session; return how many passkeys still sign the member in.

    Args:
        tx: the open transaction.
        viewer: whose it is.
        password_hash: of the new one.
        keep_session: the one that goes on.
        remove_passkeys: those that the member does not want to keep; what is not his, or gone already, is left out.
        lock_out: somebody else may have been in: all passkeys are removed and all apps taken back. Otherwise they
            stay, as they are listed.

    """
    sql.set_password(tx, viewer, password_hash)
    session_sql.end_all(tx, viewer, keep=keep_session)
    second_factor_sql.end_ceremonies(tx, viewer)
    if lock_out:
        oauth_sql.delete_all(tx, viewer)
    left = 0
    for each in passkey_sql.of(tx, viewer):
        if not lock_out and each.id not in remove_passkeys:
            left += 1
        elif passkey_sql.remove(tx, viewer, each.id):
            journal.record(tx, PasskeyRemoved(account=viewer))
    journal.record(tx, AccessEnded(account=viewer))
    return left


def store_rehash(tx: Transaction, number: AccountId, *, before: str, password_hash: str) -> bool:
    """Keep the same password under a hash with today's parameters; nobody is signed out.

    ``False``, and nothing changes, if the password is another than that of ``before`` by now.
    """
    return sql.renew_password(tx, number, before, password_hash)


def reset_password(tx: Transaction, number: AccountId, password_hash: str) -> None:
    """Set a password for a member who lost it, or whose account somebody else uses: everything else is ended."""
    _existing(tx, number)
    sql.set_password(tx, number, password_hash)
    passkey_sql.forget_member(tx, number)
    _end_access(tx, number)


def change_email(tx: Transaction, keyring: Keyring, viewer: AccountId, email: str | None) -> None:
    """Replace the e-mail address, or forget it. A new one signs nobody in: nobody has vouched for it."""
    sealed = _seal_claim(keyring, email or None)
    key = keyring.look_up("email", rules.email_key(email)) if email else None
    vouched = first(sql.login_by_email, tx, keyring.look_ups("email", rules.email_key(email))) if email else None
    sql.set_email(tx, viewer, key if vouched is not None and vouched.account == viewer else None, sealed)


def set_role(tx: Transaction, number: AccountId, role: Role) -> None:
    """Let a member help to run the network, or no longer."""
    _existing(tx, number)
    sql.set_role(tx, number, role)
    journal.record(tx, AccountChanged(account=number))


def approve(tx: Transaction, number: AccountId) -> None:
    """Let somebody in who waits."""
    _pending(tx, number)
    sql.set_standing(tx, number, Standing.ACTIVE.value)
    journal.record(tx, AccountChanged(account=number))


def refuse(tx: Transaction, number: AccountId) -> None:
    """Forget somebody who waits; the name and the address are free again."""
    _pending(tx, number)
    _end_access(tx, number)
    second_factor_sql.forget(tx, number)
    passkey_sql.forget_member(tx, number)
    sql.delete_account(tx, number)
    journal.record(tx, AccountChanged(account=number))


def suspend(tx: Transaction, number: AccountId) -> None:
    """Hide an account and end its access. Nothing of it is deleted, so that :func:`unsuspend` brings all back."""
    if _existing(tx, number).standing is not Standing.SUSPENDED:
        sql.set_standing(tx, number, Standing.SUSPENDED.value)
        _end_access(tx, number)
        journal.record(tx, AccountChanged(account=number))


def unsuspend(tx: Transaction, number: AccountId) -> None:
    """Take a suspension back; the member signs in again."""
    if _existing(tx, number).standing is Standing.SUSPENDED:
        sql.set_standing(tx, number, Standing.ACTIVE.value)
        journal.record(tx, AccountChanged(account=number))


def delete(tx: Transaction, keyring: Keyring, number: AccountId) -> Account:
    """Remove an account, all its access and how it signs in; return what it was.

    From here on it looks as if it had never been, but that nobody gets its name: a keyed hash of it stays. What
    the account has done elsewhere (posts, follows, likes) is for the capabilities above to remove.

    Raises:
        AccountNotFound: there is none, or it lives on another server.

    """
    gone = _existing(tx, number)
    if not gone.is_local:
        raise errors.AccountNotFound
    sql.reserve_name(tx, _gone_key(keyring, gone.username))
    app_token_sql.forget_member(tx, number)
    _end_access(tx, number)
    oauth_sql.orphan_apps(tx, number)
    second_factor_sql.forget(tx, number)
    passkey_sql.forget_member(tx, number)
    sql.forget_inviter(tx, number)
    sql.delete_account(tx, number)
    journal.record(tx, AccountChanged(account=number))
    journal.record(tx, AccountDeleted(account=number))
    tx.wakes.add("purge")
    return gone


def _gone_key(keyring: Keyring, username: str) -> bytes:
    return keyring.lasting_look_up("gone name", rules.username_key(username))


def _existing(tx: Transaction, number: AccountId) -> Account:
    found = sql.account(tx, number)
    if found is None:
        raise errors.AccountNotFound
    return found


def _pending(tx: Transaction, number: AccountId) -> None:
    if _existing(tx, number).standing is not Standing.PENDING:
        raise errors.NotPending


def _end_access(tx: Transaction, number: AccountId) -> None:
    session_sql.end_all(tx, number, keep=None)
    second_factor_sql.end_ceremonies(tx, number)
    oauth_sql.delete_all(tx, number)
    journal.record(tx, AccessEnded(account=number))


def create_invitation(
    tx: Transaction, keyring: Keyring, by: AccountId | None, uses: int = 1, expires: Instant | None = None
) -> str:
    """Make an invitation and return its code, which is kept nowhere."""
    code = credentials.new_secret()
    made = Invitation(id=new_id(tx.now), created_by=by, uses_left=uses, created=tx.now, expires=expires)
    sql.insert_invitation(tx, made, keyring.look_up("invitation", code))
    return code


def withdraw_invitation(tx: Transaction, number: int) -> None:
    """Make an invitation invalid."""
    if not sql.delete_invitation(tx, number):
        raise errors.InvitationInvalid


def record_post(tx: Transaction, author: AccountId, at: Instant, by: int = 1) -> None:
    """Count a post, or one less with ``by=-1``; a new one moves the time of the last post."""
    sql.count_post(tx, author, at, by)


def record_follow(tx: Transaction, follower: AccountId, followed: AccountId, by: int = 1) -> None:
    """Count a follow on both sides, or one less with ``by=-1``."""
    sql.count_follow(tx, follower, followed, by)
