"""What the writing of posts is refused for."""

from __future__ import annotations

from collections.abc import Collection

from palabre.errors import Forbidden, Invalid, NotFound
from palabre.ids import AccountId


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


class UnmeantMentions(Invalid):
    """It mentions others than whom its writer said that it may."""

    code = "post.unmeant_mentions"
    message = "This post would mention people whom you did not name."

    def __init__(self, accounts: Collection[AccountId]) -> None:
        """Keep who they are."""
        super().__init__(field="allowed_mentions")
        self.accounts = accounts


class TooFewChoices(Invalid):
    """A poll with fewer than two different answers, or an empty one."""

    code = "poll.too_few_choices"
    message = "A poll needs at least two different answers."


class TooManyChoices(Invalid):
    """More answers than a poll may have; detail: ``limit``."""

    code = "poll.too_many_choices"
    message = "A poll has at most {limit} answers."


class ChoiceTooLong(Invalid):
    """An answer has too many characters; detail: ``limit``."""

    code = "poll.choice_too_long"
    message = "An answer of a poll has at most {limit} characters."


class WrongDuration(Invalid):
    """It would end too soon, or too late."""

    code = "poll.wrong_duration"
    message = "A poll lasts from five minutes to one month."


class PollNotFound(NotFound):
    """There is no such poll, or the viewer may not read its post."""

    code = "poll.not_found"
    message = "Record not found"


class PollEnded(Invalid):
    """Nobody votes after the end."""

    code = "poll.ended"
    message = "The poll has already ended."


class VotedAlready(Invalid):
    """One votes once."""

    code = "poll.voted_already"
    message = "You have already voted on this poll."


class OwnPoll(Invalid):
    """Who asks does not answer."""

    code = "poll.own"
    message = "You cannot vote in your own poll."


class WrongChoice(Invalid):
    """No such answer, none at all, or several where one is asked for."""

    code = "poll.wrong_choice"
    message = "Choose one of the answers."


class CannotQuote(Forbidden):
    """The author does not let the viewer quote this post, or it is not for everybody."""

    code = "post.cannot_quote"
    message = "The author does not allow you to quote this post."


class QuoteUnseen(Forbidden):
    """The author decides about each quote, and could not read this one."""

    code = "post.quote_unseen"
    message = "The author agrees to each quote, and must be able to read the post in which you quote."


class QuoteUnmentioned(Invalid):
    """A post for those whom it mentions quotes somebody else, who would see neither the quote nor what is said."""

    code = "post.quote_unmentioned"
    message = "A post for those whom it mentions quotes only them, or yourself. Mention whom you quote."


class TooManyQuotesWaiting(Invalid):
    """More quotes of one writer wait for one author than may; detail: ``limit``."""

    code = "post.too_many_quotes_waiting"
    message = "{limit} of your quotes wait for this author already: wait until some are decided."


class CannotReply(Forbidden):
    """The author of the conversation does not let the viewer reply in it."""

    code = "post.cannot_reply"
    message = "The author of this conversation does not allow you to reply."


class ApprovedAsItIs(Forbidden):
    """The author of the conversation has approved the reply as it is; another text would have to wait again."""

    code = "post.approved_as_it_is"
    message = "The author of this conversation has approved your reply as it is. Delete it and write it anew."


class TooManyWaiting(Invalid):
    """More replies of one writer wait for one author than may; detail: ``limit``."""

    code = "post.too_many_waiting"
    message = "{limit} of your replies wait for this author already: wait until some are approved."


class ReplyRequestNotFound(NotFound):
    """There is no such reply, or somebody else decides about it."""

    code = "reply_request.not_found"
    message = "Record not found"


class ReplyIsOut(Invalid):
    """What was approved is out: it can be hidden, but no longer denied."""

    code = "reply_request.is_out"
    message = "This reply is approved and published: hide it instead."


class CannotHide(Invalid):
    """Only replies of others in one's own conversation are hidden."""

    code = "post.cannot_hide"
    message = "Only replies of others in your own conversation can be hidden."


class CannotPin(Invalid):
    """Only one's own posts are pinned, no reposts, and none that only the mentioned may read."""

    code = "post.cannot_pin"
    message = "This post cannot be pinned."


class TooManyPins(Invalid):
    """More than a profile shows on top; detail: ``limit``."""

    code = "post.too_many_pins"
    message = "At most {limit} posts can be pinned: unpin one first."


class CannotVote(Invalid):
    """Votes up and down are for replies, and not for one's own."""

    code = "post.cannot_vote"
    message = "Only replies of others are voted up and down."


class UnpublishedNotFound(NotFound):
    """There is no such draft or scheduled post, or it is somebody else's."""

    code = "unpublished.not_found"
    message = "Record not found"


class TooManyDrafts(Invalid):
    """More drafts than the server keeps for a member; detail: ``limit``."""

    code = "unpublished.too_many_drafts"
    message = "At most {limit} drafts are kept: publish or delete one first."


class TooManyScheduled(Invalid):
    """More posts wait for their time than may; details: ``limit``, ``daily``."""

    code = "unpublished.too_many_scheduled"
    message = "At most {limit} posts can wait for their time, and {daily} on one day."


class WrongTime(Invalid):
    """Too soon to be scheduled, or years away."""

    code = "unpublished.wrong_time"
    message = "The time must be at least five minutes from now, and at most two years."


class DraftTooLong(Invalid):
    """More characters than even a draft may have; detail: ``limit``."""

    code = "unpublished.too_long"
    message = "A draft has at most {limit} characters."


class WrongThread(Invalid):
    """A thread of no posts, or of too many; detail: ``limit``."""

    code = "post.wrong_thread"
    message = "A thread has from one to {limit} posts."


class HashtagInvalid(Invalid):
    """No hashtag can have this name."""

    code = "hashtag.invalid"
    message = "This is not a hashtag."


class HashtagUnusable(Invalid):
    """Moderators let no new post have it. Details: ``names``."""

    code = "hashtag.unusable"
    message = "Nobody posts with {names} here: please leave it out."


class HashtagNotFound(NotFound):
    """Nobody has used it in public, or its page is not shown."""

    code = "hashtag.not_found"
    message = "There is no such hashtag."


class AlreadyFeatured(Invalid):
    """The hashtag is on the profile."""

    code = "hashtag.already_featured"
    message = "This hashtag is on your profile already."


class HashtagNotFeatured(NotFound):
    """The member shows no such hashtag."""

    code = "hashtag.not_featured"
    message = "There is no such hashtag on your profile."


class TooManyHashtags(Invalid):
    """There is an end to what one follows and features."""

    code = "hashtag.too_many"
    message = "There are at most {most} hashtags."
