"""How a row becomes an ``Account``: for this package, and for joins in the capabilities above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from palabre.accounts.model import Account, Badge, Field, Role, Standing
from palabre.accounts.tables import account, login

ACCOUNT_COLUMNS = Account.__struct_fields__

_decode_fields = msgspec.json.Decoder(tuple[Field, ...]).decode
_decode_badges = msgspec.json.Decoder(tuple[Badge, ...]).decode
_decode_domains = msgspec.json.Decoder(tuple[str, ...]).decode
_ROLES = {role.value: role for role in Role}
_STANDINGS = {standing.value: standing for standing in Standing}


def account_columns(table: sa.FromClause = account) -> list[sa.ColumnElement[Any]]:
    """Return the columns that :func:`account_of` wants, of the table or an alias of it."""
    return [table.c[name] for name in ACCOUNT_COLUMNS]


def standing_of_access() -> sa.ColumnElement[str]:
    """Return how whoever holds a token or a session stands: a disabled member is refused as a suspended one is."""
    return sa.case((login.c.disabled, Standing.SUSPENDED.value), else_=account.c.standing)


def account_of(row: Sequence[Any]) -> Account:
    """Make an account of a row with :func:`account_columns`. Written out, since every page makes dozens."""
    (
        number, username, domain, display_name, bio, fields, avatar, header, avatar_description, header_description,
        locked, bot, discoverable, indexable, badges, limited, sensitized, role, shows, domains, standing, created,
        posts, followers, following, last_post, uri, url,
    ) = row  # fmt: skip
    return Account(
        id=number,
        username=username,
        domain=domain,
        display_name=display_name,
        bio=bio,
        fields=() if fields == "[]" else _decode_fields(fields),
        avatar=avatar,
        header=header,
        avatar_description=avatar_description,
        header_description=header_description,
        locked=bool(locked),
        bot=bool(bot),
        discoverable=bool(discoverable),
        indexable=bool(indexable),
        badges=() if badges == "[]" else _decode_badges(badges),
        limited=bool(limited),
        sensitized=bool(sensitized),
        role=_ROLES[role],
        shows=shows,
        attribution_domains=() if domains == "[]" else _decode_domains(domains),
        standing=_STANDINGS[standing],
        created=created,
        posts_count=posts,
        followers_count=followers,
        following_count=following,
        last_post=last_post,
        uri=uri,
        url=url,
    )
