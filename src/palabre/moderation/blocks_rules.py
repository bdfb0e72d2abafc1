"""Pure decisions about whom the network keeps out."""

from __future__ import annotations

import re
from ipaddress import ip_network

from palabre.moderation import errors

COMMENT_LENGTH = 1_000
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_](?:[\w-]{0,61}[^\W_])?")
_HASH = re.compile(r"[0-9a-f]{64}")


def check_domain(domain: str) -> str:
    """Return a domain as it is kept.

    Raises:
        DomainInvalid: it cannot be one.

    """
    domain = domain.strip().lower().removeprefix("@").rstrip(".")
    if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
        raise errors.DomainInvalid(field="domain")
    return domain


def domains_of(email: str) -> list[str]:
    """Return the domain of an address and those above it, as they may be blocked; none of the top level."""
    labels = email.strip().lower().rpartition("@")[2].rstrip(".").split(".")
    return [".".join(labels[at:]) for at in range(len(labels) - 1)]


def canonical_email(email: str) -> str:
    """Return what is the same of all ways to write an address: without case, dots and what follows a plus."""
    local, _, domain = email.strip().lower().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"


def check_hash(given: str) -> str:
    """Return the SHA-256 of a canonical address as it came, in lower-case hexadecimal.

    Raises:
        EmailHashInvalid: it is none.

    """
    given = given.strip().lower()
    if not _HASH.fullmatch(given):
        raise errors.EmailHashInvalid(field="canonical_email_hash")
    return given


def check_network(text: str) -> str:
    """Return a network in CIDR notation; of an address, the network that it is alone.

    Raises:
        NetworkInvalid: it is neither, or everything.

    """
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise errors.NetworkInvalid(field="ip") from error
    if network.prefixlen == 0:
        raise errors.NetworkInvalid(field="ip")
    return str(network)


def check_comment(comment: str, field: str = "comment") -> str:
    """Return a comment as it is kept; ``field`` is what it is called where it comes from.

    Raises:
        BlockCommentTooLong: more than :data:`COMMENT_LENGTH` characters.

    """
    comment = comment.replace("\x00", "").strip()
    if len(comment) > COMMENT_LENGTH:
        raise errors.BlockCommentTooLong(field=field, limit=COMMENT_LENGTH)
    return comment
