"""What rules and reports refuse."""

from __future__ import annotations

from palabre.errors import Invalid, NotFound


class ReportNotFound(NotFound):
    """There is no such report."""

    code = "report.not_found"
    message = "There is no such report."


class RuleNotFound(NotFound):
    """There is no such rule."""

    code = "rule.not_found"
    message = "There is no such rule."


class OwnAccountReported(Invalid):
    """A member reports himself."""

    code = "report.own_account"
    message = "You cannot report your own account."


class CommentTooLong(Invalid):
    """Details: ``limit``."""

    code = "report.comment_too_long"
    message = "The comment of a report has at most {limit} characters."


class TooManyPostsReported(Invalid):
    """Details: ``limit``."""

    code = "report.too_many_posts"
    message = "A report names at most {limit} posts."


class UnknownRule(Invalid):
    """A report names a rule that there is not."""

    code = "report.unknown_rule"
    message = "There is no such rule."


class RuleEmpty(Invalid):
    """A rule says nothing."""

    code = "rule.empty"
    message = "A rule needs a text."


class RuleTooLong(Invalid):
    """Details: ``limit``."""

    code = "rule.too_long"
    message = "A rule has at most {limit} characters."
