"""What filters refuse."""

from __future__ import annotations

from palabre.errors import Invalid, NotFound


class FilterNotFound(NotFound):
    """The member has no such filter, or nothing like this in one."""

    code = "filter.not_found"
    message = "There is no such filter."


class TitleInvalid(Invalid):
    """A filter has a name, of a length that fits."""

    code = "filter.title_invalid"
    message = "A filter needs a title of at most {most} characters."


class ContextInvalid(Invalid):
    """A filter is for some places, of those that there are."""

    code = "filter.context_invalid"
    message = "A filter is for one or more of home, notifications, public, thread and account."


class KeywordInvalid(Invalid):
    """A word that is filtered has at least one character, and not too many."""

    code = "filter.keyword_invalid"
    message = "A filtered word has at least one and at most {most} characters."


class ExpiryInvalid(Invalid):
    """A filter ends in the time to come, or never."""

    code = "filter.expiry_invalid"
    message = "A filter ends in the time to come."


class TooManyFilters(Invalid):
    """Everything a member reads is compared with all that he filters, so there is an end to it."""

    code = "filter.too_many"
    message = "There are at most {filters} filters, with {keywords} words and {posts} posts in all."


class NoSuchPost(Invalid):
    """What was named is no post that the member may read."""

    code = "filter.no_such_post"
    message = "There is no such post here."


class AlreadyFiltered(Invalid):
    """The post is in this filter."""

    code = "filter.already_filtered"
    message = "This filter has the post already."
