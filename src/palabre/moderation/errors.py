"""What rules and reports refuse."""

from __future__ import annotations

from palabre.errors import Conflict, Forbidden, Invalid, NotFound
from palabre.moderation.servers_model import ServerBlock


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


class ReasonTooLong(Invalid):
    """Details: ``limit``."""

    code = "moderation.reason_too_long"
    message = "A reason has at most {limit} characters."


class NotYours(Forbidden):
    """Who runs the network does nothing with his own account, nor with those whose role is as high as his."""

    code = "moderation.not_yours"
    message = "This account runs the network as you do, or more: it is not yours to change."


class WarningNotFound(NotFound):
    """Moderators did no such thing about the member's account, or none that may be appealed against."""

    code = "appeal.no_warning"
    message = "There is no such warning."


class AppealEmpty(Invalid):
    """An appeal says nothing."""

    code = "appeal.empty"
    message = "Please say why it should be taken back."


class AppealTooLong(Invalid):
    """Details: ``limit``."""

    code = "appeal.too_long"
    message = "An appeal has at most {limit} characters."


class AppealTooLate(Forbidden):
    """Details: ``days``."""

    code = "appeal.too_late"
    message = "An appeal is made within {days} days."


class AppealMadeAlready(Conflict):
    """There is one appeal against each act, decided or not."""

    code = "appeal.already"
    message = "You have appealed against this already."


class AppealNotFound(NotFound):
    """There is no such appeal."""

    code = "appeal.not_found"
    message = "There is no such appeal."


class AppealDecidedAlready(Conflict):
    """Somebody has decided about it meanwhile."""

    code = "appeal.decided"
    message = "This appeal has been decided already."


class NotSuspended(Forbidden):
    """Only a suspended account is deleted by moderators."""

    code = "moderation.not_suspended"
    message = "An account is suspended before it is deleted."


class BlockNotFound(NotFound):
    """There is no such block."""

    code = "block.not_found"
    message = "There is no such block."


class AlreadyBlocked(Invalid):
    """It is blocked."""

    code = "block.already"
    message = "This is blocked already."


class DomainInvalid(Invalid):
    """It cannot be a domain."""

    code = "block.domain_invalid"
    message = "This is not a domain."


class EmailHashInvalid(Invalid):
    """Neither an address nor its hash."""

    code = "block.email_invalid"
    message = "Give an e-mail address, or the SHA-256 of one in 64 hexadecimal digits."


class NetworkInvalid(Invalid):
    """It cannot be a network, or is the whole Internet."""

    code = "block.network_invalid"
    message = "This is neither an IP address nor a network such as 192.0.2.0/24."


class OwnNetwork(Invalid):
    """The moderator would keep himself out."""

    code = "block.own_network"
    message = "You are in this network yourself: you would keep yourself out."


class BlockCommentTooLong(Invalid):
    """Details: ``limit``."""

    code = "block.comment_too_long"
    message = "A comment has at most {limit} characters."


class ServerAlreadyBlocked(AlreadyBlocked):
    """There is a block of this server, or one of a server above it that is no milder. Details: ``domain``."""

    code = "block.server_already"
    message = "You have already imposed stricter limits on {domain}."

    def __init__(self, block: ServerBlock) -> None:
        """Keep the block that is there."""
        super().__init__(field="domain", domain=block.domain)
        self.block = block


class OwnServer(Invalid):
    """The network would block itself."""

    code = "block.own_server"
    message = "This is the network itself, or above it."


class SignUpRefused(Forbidden):
    """Nobody signs up from the newcomer's network."""

    code = "sign_up.refused"
    message = "Nobody signs up from where you are. Please ask those who run the network."


class EmailRefused(Invalid):
    """Nobody signs up with the address, or at its provider."""

    code = "sign_up.email_refused"
    message = "Nobody signs up with this e-mail address here."


class LinkNotFound(NotFound):
    """No post shows a card of it."""

    code = "link.not_found"
    message = "There is no such link."


class PublisherNotFound(NotFound):
    """None of its pages trends, and nothing was decided about it."""

    code = "publisher.not_found"
    message = "There is no such publisher."
