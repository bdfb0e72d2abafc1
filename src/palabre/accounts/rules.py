"""Pure decisions about accounts: what may be a name, a profile, an e-mail address, a password."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence

from palabre.accounts import errors
from palabre.accounts.model import Badge, BadgeKind, Field, Preferences, Shows, Voucher
from palabre.markup.characters import is_blank
from palabre.markup.domains import ascii_name
from palabre.markup.entities import weighted_length

USERNAME_LENGTH = 30
DISPLAY_NAME_LENGTH = 50
BIO_LENGTH = 500
FIELDS = 4
FIELD_LENGTH = 255
OWN_BADGES = frozenset({BadgeKind.PARODY})
"""What members say of themselves, beside being a machine."""
PICTURE_DESCRIPTION_LENGTH = 1_500
PASSWORD_LEAST = 8
PASSWORD_MOST = 256
"""Bounds the work of a stranger's sign-in, not the choice of a member."""
REASON_LENGTH = 1_000

SITES = 100
_SITE_LENGTH = 253
_SITE = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_USERNAME = re.compile(r"[a-z0-9_]{1,30}", re.IGNORECASE | re.ASCII)
_EMAIL = re.compile(
    r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*"
    r"@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_](?:[\w-]{0,61}[^\W_])?"
)
_EMAIL_LENGTH = 254
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters and those that reverse the direction of what follows: they forge names."""
_WORDS = 12

RESERVED = frozenset({
    "about", "abuse", "account", "accounts", "actor", "admin", "administrator", "ap", "api", "app", "apps", "assets",
    "auth", "beacon", "compose", "everyone", "explore", "follow_requests", "health", "help", "home", "info", "inbox",
    "instance", "likes", "local", "login", "logout", "mail", "media", "metrics", "moderation", "moderator", "network",
    "nodeinfo", "notifications", "nobody", "null", "oauth", "operator", "owner", "palabre", "postmaster", "privacy",
    "public", "registrations", "root", "rules", "search", "security", "settings", "sign_in", "sign_out", "sign_up",
    "static", "support", "system", "tags", "terms", "undefined", "webmaster", "well_known", "www",
})  # fmt: skip
"""Names that would be mistaken for the network, or for one of its addresses."""

_CHOICES = {
    "visibility": {"public", "unlisted", "followers", "mentioned"},
    "quote_policy": {"all", "followers", "followers_or_ask", "ask", "nobody"},
    "reply_policy": {"all", "followers", "followed", "mentioned", "nobody"},
    "reply_approval": {"none", "strangers", "all"},
    "theme": {"system", "light", "dark"},
}
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


def username_key(username: str) -> str:
    """Return the form under which a user name is looked up."""
    return username.lower()


def check_username(username: str, *, operator: bool = False) -> None:
    """Refuse what cannot be the name of a local account; the operator may give reserved ones."""
    if not _USERNAME.fullmatch(username):
        raise errors.UsernameInvalid(field="username")
    if not operator and username_key(username) in RESERVED:
        raise errors.UsernameTaken(field="username")


def clean_line(text: str) -> str:
    """Return one line of a profile without what forges names, in composed form; empty if nothing of it is seen."""
    line = " ".join(_INVISIBLE.sub(" ", unicodedata.normalize("NFC", text)).split())
    return "" if is_blank(line) else line


def check_display_name(name: str) -> str:
    """Return a display name as it is kept."""
    name = clean_line(name)
    if len(name) > DISPLAY_NAME_LENGTH:
        raise errors.DisplayNameTooLong(field="display_name", limit=DISPLAY_NAME_LENGTH)
    return name


def check_bio(bio: str) -> str:
    """Return a description as it is kept. It is measured as posts are: a link counts 23."""
    if len(bio) > 40 * BIO_LENGTH or weighted_length(bio) > BIO_LENGTH:
        raise errors.BioTooLong(field="note", limit=BIO_LENGTH)
    return unicodedata.normalize("NFC", bio.replace("\r\n", "\n").replace("\x00", "")).strip()


def check_fields(fields: Sequence[Field], before: Sequence[Field] = ()) -> tuple[Field, ...]:
    """Return the lines of a profile as they are kept: empty ones go, proofs of unchanged ones stay."""
    proved = {(field.name, field.value): field for field in before}
    kept = []
    for field in fields:
        name, value = clean_line(field.name), clean_line(field.value)
        if not name and not value:
            continue
        if not name:
            raise errors.FieldWithoutName(field="fields")
        if len(name) > FIELD_LENGTH or len(value) > FIELD_LENGTH:
            raise errors.FieldTooLong(field="fields", limit=FIELD_LENGTH)
        kept.append(proved.get((name, value)) or Field(name, value))
    if len(kept) > FIELDS:
        raise errors.TooManyFields(field="fields", limit=FIELDS)
    return tuple(kept)


def own_badges(names: Collection[str]) -> frozenset[BadgeKind]:
    """Return the badges that a member names; empty names stand for none.

    Raises:
        BadgeNotOwn: one does not exist, or only the operator gives it.

    """
    known = {kind.value: kind for kind in OWN_BADGES}
    given = {name for name in names if name}
    if not given <= known.keys():
        raise errors.BadgeNotOwn(field="badges")
    return frozenset(known[name] for name in given)


def say_of_oneself(before: Sequence[Badge], kinds: Collection[BadgeKind]) -> tuple[Badge, ...]:
    """Return the badges of a member who says ``kinds`` of himself; what others vouch for stays.

    Raises:
        BadgeNotOwn: one that only the operator gives.

    """
    if not OWN_BADGES.issuperset(kinds):
        raise errors.BadgeNotOwn(field="badges")
    theirs = tuple(badge for badge in before if badge.by is not Voucher.MEMBER)
    return theirs + tuple(Badge(kind, Voucher.MEMBER) for kind in BadgeKind if kind in kinds)


def shown(before: int, changes: Mapping[Shows, bool]) -> int:
    """Return what a profile shows after ``changes``."""
    for part, wanted in changes.items():
        before = before | part if wanted else before & ~part
    return int(before)


def check_sites(names: Sequence[str]) -> tuple[str, ...]:
    """Return the sites that a member names, each once, in lower case and in ASCII; empty lines go.

    Raises:
        SiteInvalid: one is no name of a site.
        TooManySites: there are more than ``SITES``.

    """
    given = dict.fromkeys(name.strip() for name in names if name.strip())
    if len(given) > SITES:
        raise errors.TooManySites(field="attribution_domains", limit=SITES)
    return tuple(dict.fromkeys(map(_site, given)))


def _site(name: str) -> str:
    host = name.strip().lower().removeprefix("https://").removeprefix("http://").partition("/")[0].rstrip(".")
    try:
        host = ascii_name(host.removeprefix("*."))
    except UnicodeError:
        host = ""
    if not _SITE.fullmatch(host):
        raise errors.SiteInvalid(field="attribution_domains", name=clean_line(name)[:_SITE_LENGTH])
    return host


def check_picture_description(text: str, name: str) -> str:
    """Return the description of an avatar or a header as it is kept."""
    text = text.replace("\x00", "").strip()
    if len(text) > PICTURE_DESCRIPTION_LENGTH:
        raise errors.PictureDescriptionTooLong(field=name, limit=PICTURE_DESCRIPTION_LENGTH)
    return text


def check_email(email: str) -> str:
    """Return an e-mail address without the space around it."""
    email = unicodedata.normalize("NFC", email.strip())
    if len(email) > _EMAIL_LENGTH or not _EMAIL.fullmatch(email):
        raise errors.EmailInvalid(field="email")
    return email


def email_key(email: str) -> str:
    """Return the form of an address that is the same for all ways to write it, as far as that is certain."""
    return unicodedata.normalize("NFC", email.strip()).lower()


def check_password(password: str, *, username: str = "", email: str = "") -> None:
    """Refuse a password that is too short, or the first thing anybody would try."""
    if len(password) < PASSWORD_LEAST:
        raise errors.PasswordTooShort(field="password", least=PASSWORD_LEAST)
    if len(password) > PASSWORD_MOST:
        raise errors.PasswordTooLong(field="password", limit=PASSWORD_MOST)
    if password.lower() in {username.lower(), email_key(email)} - {""}:
        raise errors.PasswordIsName(field="password")


def check_reason(reason: str | None) -> str | None:
    """Return why somebody wants to join, as it is kept."""
    reason = (reason or "").replace("\x00", "").strip()
    if len(reason) > REASON_LENGTH:
        raise errors.ReasonTooLong(field="reason", limit=REASON_LENGTH)
    return reason or None


def check_preferences(preferences: Preferences) -> None:
    """Refuse a choice that does not exist."""
    for name, choices in _CHOICES.items():
        value = getattr(preferences, name)
        if value not in choices:
            raise errors.PreferenceInvalid(field=name, value=value)
    for name in ("language", "post_language"):
        value = getattr(preferences, name)
        if value is not None and not _LANGUAGE.fullmatch(value):
            raise errors.PreferenceInvalid(field=name, value=value[:40])


def fold(text: str) -> str:
    """Return ``text`` as it is compared in a search: without case, accents and widths."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if not unicodedata.combining(character))


def words(text: str) -> list[str]:
    """Return the words of ``text`` as they are searched, at most twelve, without repetition."""
    spaced = "".join(
        character if character == "_" or unicodedata.category(character)[0] in "LMN" else " "
        for character in fold(text)
    )
    return list(dict.fromkeys(spaced.split()))[:_WORDS]


def searched_words(username: str, display_name: str) -> list[str]:
    """Return every word under which an account is found: its name, the parts of it, its display name."""
    parts = [part for part in username_key(username).split("_") if part]
    return list(dict.fromkeys([username_key(username), *parts, *words(display_name)]))
