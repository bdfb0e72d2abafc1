"""All the SQL of accounts, their log-ins and invitations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, case, func, or_, select, text, union

from palabre.accounts import tables
from palabre.accounts.model import Account, Invitation, Login, Preferences, Role
from palabre.accounts.rows import account_columns, account_of
from palabre.accounts.rules import searched_words, username_key
from palabre.clock import Instant
from palabre.ids import AccountId
from palabre.store import Snapshot, Transaction, among, delete, insert, statement, update
from palabre.store.pages import Pages

_a = tables.account.c
_l = tables.login.c
_i = tables.invitation.c
_s = tables.session.c
_this = _a.id == bindparam("account")

_encode = msgspec.json.Encoder().encode
_preferences = msgspec.json.Decoder(Preferences).decode

_ACCOUNT = statement(select(*account_columns()).where(_this))
_ACCOUNTS = statement(select(*account_columns()).where(among(_a.id, "ids")))
_BY_HANDLE = statement(
    select(*account_columns()).where(_a.username_key == bindparam("name"), _a.domain == bindparam("domain"))
)
_BY_NAMES = statement(select(*account_columns()).where(among(_a.username_key, "names"), among(_a.domain, "domains")))
_PENDING = Pages(select(_a.id, *account_columns(), _l.signup_reason).join_from(
    tables.account, tables.login, _l.account == _a.id
).where(_a.standing == "pending"), _a.id)  # fmt: skip
_LOCAL = Pages(select(_a.id, *account_columns()).join_from(tables.account, tables.login, _l.account == _a.id), _a.id)
_LOCAL_COUNT = statement(
    select(func.count()).select_from(tables.account).join(tables.login, _l.account == _a.id)
    .where(_a.standing == "active")
)  # fmt: skip
_active = union(
    select(_s.account.label("account")).where(_s.seen >= bindparam("since")),
    select(_l.account).join_from(tables.login, tables.account, _l.account == _a.id)
    .where(_a.last_post >= bindparam("since")),
).subquery()  # fmt: skip
_ACTIVE_COUNT = statement(select(func.count()).select_from(_active))

LOGIN_COLUMNS = (
    _l.account, _l.email_sealed, _l.password_hash, _l.preferences, _l.created, _l.signup_reason,
    _l.disabled,
)  # fmt: skip
_LOGIN = statement(select(*LOGIN_COLUMNS).where(_l.account == bindparam("account")))
_STAFF = statement(
    select(_l.account, _l.preferences)
    .join_from(tables.account, tables.login, _l.account == _a.id)
    .where(text("role <> 'member'"), among(_a.role, "roles"))  # the first is written out, for the index of a part
)
_LOGIN_BY_EMAIL = statement(select(*LOGIN_COLUMNS).where(_l.email_key == bindparam("email")))
_LOGIN_BY_NAME = statement(
    select(*LOGIN_COLUMNS)
    .join_from(tables.login, tables.account, _l.account == _a.id)
    .where(_a.username_key == bindparam("name"), _a.domain == "")
)

_SEALED_EMAILS = statement(
    select(_l.account, _l.email_key, _l.email_sealed)
    .where(_l.account > bindparam("after"), _l.email_sealed.is_not(None))
    .order_by(_l.account)
    .limit(bindparam("most"))
)

_INSERT_ACCOUNT = insert(tables.account)
_INSERT_LOGIN = insert(tables.login)
_INSERT_WORD = insert(tables.account_word, ignore=True)
_DELETE_WORDS = delete(tables.account_word, tables.account_word.c.account == bindparam("account"))
_DELETE_ACCOUNT = delete(tables.account, _this)
_DELETE_LOGIN = delete(tables.login, _l.account == bindparam("account"))
_SET_PROFILE = update(
    tables.account,
    _this,
    **{
        name: bindparam(f"new_{name}")
        for name in (
            "display_name", "bio", "fields", "avatar", "avatar_description", "header", "header_description", "locked",
            "bot", "discoverable", "indexable", "badges", "shows",
            "attribution_domains",
        )
    },
)  # fmt: skip
_SET_STANDING = update(tables.account, _this, standing=bindparam("new_standing"))
_SET_PREFERENCES = update(tables.login, _l.account == bindparam("account_id"), preferences=bindparam("new"))
_SET_PASSWORD = update(tables.login, _l.account == bindparam("account_id"), password_hash=bindparam("new"))
_RENEW_PASSWORD = update(
    tables.login,
    _l.account == bindparam("account_id"),
    _l.password_hash == bindparam("before"),
    password_hash=bindparam("new"),
)
_SET_ROLE = update(tables.account, _a.id == bindparam("account_id"), role=bindparam("new"))
_SET_EMAIL = update(
    tables.login, _l.account == bindparam("account_id"), email_key=bindparam("key"), email_sealed=bindparam("sealed")
)
_COUNT_POST = update(
    tables.account,
    _this,
    posts_count=_a.posts_count + bindparam("by"),
    last_post=case(
        (or_(_a.last_post.is_(None), _a.last_post < bindparam("at")), bindparam("at")), else_=_a.last_post
    ),
)
_UNCOUNT_POST = update(tables.account, _this, posts_count=_a.posts_count + bindparam("by"))
_COUNT_FOLLOWER = update(tables.account, _this, followers_count=_a.followers_count + bindparam("by"))
_COUNT_FOLLOWING = update(tables.account, _this, following_count=_a.following_count + bindparam("by"))

_g = tables.gone_name.c
_RESERVE = insert(tables.gone_name, ignore=True)
_RESERVED = statement(select(_g.name_key).where(_g.name_key == bindparam("key")))
_FORGET_INVITER = update(tables.invitation, _i.created_by == bindparam("account"), created_by=None)

_INSERT_INVITATION = insert(tables.invitation)
_good_invitation = (
    _i.code_key == bindparam("code"),
    _i.uses_left > 0,
    or_(_i.expires.is_(None), _i.expires > bindparam("now")),
)
_USE_INVITATION = update(
    tables.invitation,
    *_good_invitation,
    uses_left=_i.uses_left - 1,
)
_GOOD_INVITATION = statement(select(_i.id).where(*_good_invitation))
_INVITATIONS = statement(
    select(_i.id, _i.created_by, _i.uses_left, _i.created, _i.expires).order_by(_i.id.desc()).limit(bindparam("most"))
)
_DELETE_INVITATION = delete(tables.invitation, _i.id == bindparam("invitation"))


def account(db: Snapshot, number: AccountId) -> Account | None:
    """Load one account."""
    row = db.one(_ACCOUNT, account=number)
    return account_of(row) if row else None


def accounts(db: Snapshot, ids: Iterable[AccountId]) -> dict[AccountId, Account]:
    """Load accounts by id."""
    wanted = list(ids)
    if not wanted:
        return {}
    return {found.id: found for found in map(account_of, db.all(_ACCOUNTS, ids=wanted))}


def by_handle(db: Snapshot, username: str, domain: str) -> Account | None:
    """Load the account with this name."""
    row = db.one(_BY_HANDLE, name=username_key(username), domain=domain.lower())
    return account_of(row) if row else None


def by_handles(db: Snapshot, handles: Collection[tuple[str, str]]) -> dict[tuple[str, str], Account]:
    """Load the accounts with these (user name in lower case, domain)."""
    if not handles:
        return {}
    wanted = set(handles)
    rows = db.all(
        _BY_NAMES, names=sorted({name for name, _ in wanted}), domains=sorted({domain for _, domain in wanted})
    )
    found = {(username_key(each.username), each.domain): each for each in map(account_of, rows)}
    return {handle: each for handle, each in found.items() if handle in wanted}


def login_of(row: Sequence[Any]) -> Login:
    """Make a log-in of a row with ``LOGIN_COLUMNS``."""
    number, sealed, password_hash, preferences, created, reason, disabled = row
    return Login(
        account=AccountId(number),
        email_sealed=sealed,
        password_hash=password_hash,
        preferences=_preferences(preferences),
        created=Instant(created),
        signup_reason=reason,
        disabled=bool(disabled),
    )


def _login(row: tuple[Any, ...] | None) -> Login | None:
    return None if row is None else login_of(row)


def login(db: Snapshot, number: AccountId) -> Login | None:
    """Load what a local account signs in with."""
    return _login(db.one(_LOGIN, account=number))


def staff(db: Snapshot, roles: Iterable[Role]) -> list[tuple[AccountId, Preferences]]:
    """Load the members of roles that help to run the network, and how they like things."""
    found = db.all(_STAFF, roles=[role.value for role in roles])
    return [(AccountId(number), _preferences(chosen)) for number, chosen in found]


def login_by_email(db: Snapshot, key: bytes) -> Login | None:
    """Find a log-in by the keyed hash of its e-mail address."""
    return _login(db.one(_LOGIN_BY_EMAIL, email=key))


def login_by_name(db: Snapshot, username: str) -> Login | None:
    """Find a log-in by its user name."""
    return _login(db.one(_LOGIN_BY_NAME, name=username_key(username)))


def pending(db: Snapshot, window: Any) -> list[tuple[int, tuple[Account, str | None]]]:
    """Load accounts that wait for approval, with their reasons."""
    return [(row[0], (account_of(row[1:-1]), row[-1])) for row in _PENDING.rows(db, window)]


def local(db: Snapshot, window: Any) -> list[tuple[int, Account]]:
    """Load local accounts."""
    return [(row[0], account_of(row[1:])) for row in _LOCAL.rows(db, window)]


def local_count(db: Snapshot) -> int:
    """Count the local accounts that may act."""
    return int(db.value(_LOCAL_COUNT))


def active_count(db: Snapshot, since: int) -> int:
    """Count the members who used a browser or posted since then."""
    return int(db.value(_ACTIVE_COUNT, since=since))


def insert_account(tx: Transaction, new: Account) -> None:
    """Add an account and the words under which it is found."""
    tx.run(
        _INSERT_ACCOUNT,
        id=new.id,
        username=new.username,
        username_key=username_key(new.username),
        domain=new.domain,
        display_name=new.display_name,
        bio=new.bio,
        fields=_encode(new.fields).decode(),
        avatar=new.avatar,
        avatar_description=new.avatar_description,
        header=new.header,
        header_description=new.header_description,
        locked=new.locked,
        bot=new.bot,
        discoverable=new.discoverable,
        indexable=new.indexable,
        badges=_encode(new.badges).decode(),
        limited=new.limited,
        sensitized=new.sensitized,
        role=new.role.value,
        shows=new.shows,
        attribution_domains=_encode(new.attribution_domains).decode(),
        standing=new.standing.value,
        created=new.created,
        posts_count=new.posts_count,
        followers_count=new.followers_count,
        following_count=new.following_count,
        last_post=new.last_post,
        uri=new.uri,
        url=new.url,
        inbox=None,
        shared_inbox=None,
        public_key=None,
        fetched=None,
    )
    _insert_words(tx, new)


def _insert_words(tx: Transaction, of: Account) -> None:
    words = searched_words(of.username, of.display_name)
    tx.run_many(_INSERT_WORD, ({"word": word, "account": of.id} for word in words))


def insert_login(tx: Transaction, new: Login, email_key: bytes | None, app: int | None = None) -> None:
    """Add what a local account signs in with; ``app`` is the one through which it was made."""
    tx.run(
        _INSERT_LOGIN,
        account=new.account,
        email_key=email_key,
        email_sealed=new.email_sealed,
        password_hash=new.password_hash,
        preferences=_encode(new.preferences).decode(),
        signup_reason=new.signup_reason,
        created=new.created,
        disabled=new.disabled,
        app=app,
    )


def set_profile(tx: Transaction, changed: Account, before: Account) -> None:
    """Write the profile of an account."""
    tx.run(
        _SET_PROFILE,
        account=changed.id,
        new_display_name=changed.display_name,
        new_bio=changed.bio,
        new_fields=_encode(changed.fields).decode(),
        new_avatar=changed.avatar,
        new_avatar_description=changed.avatar_description,
        new_header=changed.header,
        new_header_description=changed.header_description,
        new_locked=changed.locked,
        new_bot=changed.bot,
        new_discoverable=changed.discoverable,
        new_indexable=changed.indexable,
        new_badges=_encode(changed.badges).decode(),
        new_shows=changed.shows,
        new_attribution_domains=_encode(changed.attribution_domains).decode(),
    )
    if changed.display_name != before.display_name:
        tx.run(_DELETE_WORDS, account=changed.id)
        _insert_words(tx, changed)


def delete_account(tx: Transaction, number: AccountId) -> None:
    """Remove the rows of an account itself; not what it has done."""
    tx.run(_DELETE_WORDS, account=number)
    tx.run(_DELETE_LOGIN, account=number)
    tx.run(_DELETE_ACCOUNT, account=number)


def reserve_name(tx: Transaction, key: bytes) -> None:
    """Note that nobody gets the name with this keyed hash any more."""
    tx.run(_RESERVE, name_key=key)


def is_reserved(db: Snapshot, key: bytes) -> bool:
    """Tell whether the name with this keyed hash was an account's that is gone."""
    return db.one(_RESERVED, key=key) is not None


def forget_inviter(tx: Transaction, number: AccountId) -> None:
    """Forget who made some invitations; they stay good."""
    tx.run(_FORGET_INVITER, account=number)


def set_standing(tx: Transaction, number: AccountId, standing: str) -> None:
    """Write whether an account may be seen and may act."""
    tx.run(_SET_STANDING, account=number, new_standing=standing)


def set_preferences(tx: Transaction, number: AccountId, preferences: Preferences) -> None:
    """Write a member's own settings."""
    tx.run(_SET_PREFERENCES, account_id=number, new=_encode(preferences).decode())


def set_password(tx: Transaction, number: AccountId, password_hash: str) -> None:
    """Write the hash of a password."""
    tx.run(_SET_PASSWORD, account_id=number, new=password_hash)


def renew_password(tx: Transaction, number: AccountId, before: str, password_hash: str) -> bool:
    """Write another hash of the same password, if it is still the one of ``before``."""
    return tx.change(_RENEW_PASSWORD, account_id=number, before=before, new=password_hash) == 1


def set_role(tx: Transaction, number: AccountId, role: Role) -> None:
    """Write what a member may do beyond talking."""
    tx.run(_SET_ROLE, account_id=number, new=role.value)


def set_email(tx: Transaction, number: AccountId, key: bytes | None, sealed: bytes | None) -> None:
    """Write the e-mail address of an account, hashed and encrypted."""
    tx.run(_SET_EMAIL, account_id=number, key=key, sealed=sealed)


def count_post(tx: Transaction, number: AccountId, at: int, by: int) -> None:
    """Add to the count of posts; a new one also moves the time of the last."""
    if by > 0:
        tx.run(_COUNT_POST, account=number, by=by, at=at)
    else:
        tx.run(_UNCOUNT_POST, account=number, by=by)


def count_follow(tx: Transaction, follower: AccountId, followed: AccountId, by: int) -> None:
    """Add to the counts on both sides of a follow."""
    tx.run(_COUNT_FOLLOWING, account=follower, by=by)
    tx.run(_COUNT_FOLLOWER, account=followed, by=by)


def insert_invitation(tx: Transaction, new: Invitation, code_key: bytes) -> None:
    """Add an invitation."""
    tx.run(
        _INSERT_INVITATION,
        id=new.id,
        code_key=code_key,
        created_by=new.created_by,
        uses_left=new.uses_left,
        created=new.created,
        expires=new.expires,
    )


def sealed_emails(db: Snapshot, after: int, most: int) -> list[tuple[AccountId, bytes | None, bytes]]:
    """Load encrypted addresses with their look-up keys, by account."""
    return [
        (AccountId(number), None if key is None else bytes(key), bytes(sealed))
        for number, key, sealed in db.all(_SEALED_EMAILS, after=after, most=most)
    ]


def use_invitation(tx: Transaction, code_key: bytes) -> bool:
    """Take one use of an invitation, if there is one left."""
    return tx.change(_USE_INVITATION, code=code_key, now=tx.now) == 1


def is_good_invitation(db: Snapshot, code_key: bytes) -> bool:
    """Tell whether an invitation has a use left."""
    return db.value(_GOOD_INVITATION, code=code_key, now=db.now) is not None


def invitations(db: Snapshot, most: int) -> list[Invitation]:
    """Load the newest invitations."""
    return db.structs(_INVITATIONS, Invitation, most=most)


def delete_invitation(tx: Transaction, number: int) -> bool:
    """Remove an invitation."""
    return tx.change(_DELETE_INVITATION, invitation=number) == 1
