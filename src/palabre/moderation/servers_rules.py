"""Pure decisions about other servers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from palabre.markup import domains
from palabre.moderation import errors
from palabre.moderation.blocks_rules import check_domain
from palabre.moderation.servers_model import ServerBlock, ServerSeverity, WantedServerBlock

_MILDEST_FIRST = tuple(ServerSeverity)


def check_server(domain: str) -> str:
    """Return the name of a server as it is kept: in ASCII, without what apps may put around it.

    Raises:
        DomainInvalid: it cannot be one.

    """
    try:
        return check_domain(ascii_name(check_domain(domain)))
    except UnicodeError as error:
        raise errors.DomainInvalid(field="domain") from error


def ascii_name(host: str) -> str:
    """Return a host name in lower case and ASCII (IDNA), without a dot at its end.

    Raises:
        UnicodeError: it cannot be written so.

    """
    host = host.lower().rstrip(".")
    return host if host.isascii() else domains.ascii_name(host)


def names_above(host: str) -> list[str]:
    """Return a name and those above it, the longest first."""
    labels = host.split(".")
    return [".".join(labels[at:]) for at in range(len(labels))]


def covers(domain: str, host: str) -> bool:
    """Tell whether a block of ``domain`` means ``host``."""
    return host == domain or host.endswith(f".{domain}")


def block_for(host: str, blocks: Mapping[str, ServerBlock]) -> ServerBlock | None:
    """Return the block that holds for a host: of all that mean it, the one that names it most exactly."""
    return next((blocks[name] for name in names_above(host) if name in blocks), None)


def is_stricter(new: WantedServerBlock, old: ServerBlock) -> bool:
    """Tell whether ``new`` lets nothing through that ``old`` does not; a suspension always counts as stricter."""
    if new.severity is ServerSeverity.SUSPEND:
        return True
    if _MILDEST_FIRST.index(new.severity) < _MILDEST_FIRST.index(old.severity):
        return False
    return (new.reject_media or not old.reject_media) and (new.reject_reports or not old.reject_reports)


def shown_name(block: ServerBlock) -> str:
    """Return the name of a server as it is published: as it is, or with its middle in stars."""
    if not block.obfuscate:
        return block.domain
    end = len(block.domain)
    seen = end // 4
    return "".join("*" if seen < at < end - seen and each != "." else each for at, each in enumerate(block.domain))


def digest(domain: str) -> str:
    """Return the SHA-256 of a name in hexadecimal, by which lists of blocks are compared without its letters."""
    return sha256(domain.encode()).hexdigest()


def published(blocks: Iterable[ServerBlock]) -> list[ServerBlock]:
    """Return the blocks that members notice, suspensions first, each kind by name."""
    noticed = [each for each in blocks if each.severity is not ServerSeverity.NOTHING]
    return sorted(noticed, key=lambda each: (-_MILDEST_FIRST.index(each.severity), each.domain))
