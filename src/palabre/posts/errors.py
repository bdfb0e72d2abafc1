"""What the writing of posts is refused for."""

from __future__ import annotations

from palabre.errors import Forbidden, Invalid, NotFound


class PostNotFound(NotFound):
    """It does not exist, or the viewer may not read it."""

    code = "post.not_found"
    message = "Record not found"


class EmptyPost(Invalid):
    """Neither text nor media."""

    code = "post.empty"
    message = "A post needs text or a picture."


class PostTooLong(Invalid):
    """More characters than this server accepts; details: ``length``, ``limit``."""

    code = "post.too_long"
    message = "This post has {length} characters; at most {limit} are accepted."


class CannotRepost(Forbidden):
    """Only public and unlisted posts are reposted; one's own for followers too."""

    code = "post.cannot_repost"
    message = "This post is not public: it cannot be reposted"


class NotYours(Forbidden):
    """Only the author does this."""

    code = "post.not_yours"
    message = "Only the author may do this"


class MayNotWrite(Forbidden):
    """The account waits for approval, or is suspended."""

    code = "account.may_not_write"
    message = "This account may not post now"


class UnknownLanguage(Invalid):
    """Not a language tag; detail: ``language``."""

    code = "post.unknown_language"
    message = "{language} is not a language code such as en, fr or pt-BR."
