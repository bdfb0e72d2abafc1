"""What the graph refuses."""

from __future__ import annotations

from palabre.errors import Forbidden, Invalid, NotFound


class NotOneself(Forbidden):
    """Nobody follows, mutes or blocks himself."""

    code = "graph.oneself"
    message = "You cannot do this to yourself."


class FollowNotAllowed(Forbidden):
    """One of the two blocks the other."""

    code = "graph.follow_not_allowed"
    message = "This action is not allowed."


class NoRequest(NotFound):
    """This account does not ask to follow the viewer."""

    code = "graph.no_request"
    message = "There is no such follow request."


class DurationInvalid(Invalid):
    """A mute lasts for some time, or for ever."""

    code = "graph.duration_invalid"
    message = "A mute lasts longer than no time."


class ListNotFound(NotFound):
    """The member has no such list."""

    code = "graph.list_not_found"
    message = "There is no such list."


class ListTitleInvalid(Invalid):
    """A list has a name, of a length that fits."""

    code = "graph.list_title_invalid"
    message = "A list needs a title of at most {most} characters."


class TooManyLists(Invalid):
    """Each list that is read is kept in memory, so there is an end to them."""

    code = "graph.too_many_lists"
    message = "There are at most {lists} lists, with at most {members} people in each."


class NotFollowing(NotFound):
    """Lists and endorsements are of those whom one follows."""

    code = "graph.not_following"
    message = "You have to follow this account first."


class DomainInvalid(Invalid):
    """What is to be blocked is not the name of a network."""

    code = "graph.domain_invalid"
    message = "This is not a domain that can be blocked."


class NoteTooLong(Invalid):
    """A private note has an end."""

    code = "graph.note_too_long"
    message = "A note has at most {most} characters."


class TooManyEndorsed(Invalid):
    """A profile shows some people, not all."""

    code = "graph.too_many_endorsed"
    message = "A profile shows at most {most} people."


class CollectionNotFound(NotFound):
    """There is no such collection, or the viewer may not know of it."""

    code = "graph.collection_not_found"
    message = "There is no such collection."


class CollectionNameInvalid(Invalid):
    """A collection has a name, and not a long one."""

    code = "graph.collection_name_invalid"
    message = "A collection has a name of at most {most} characters."


class CollectionDescriptionTooLong(Invalid):
    """Too much is said of a collection."""

    code = "graph.collection_description_too_long"
    message = "The description has more than {most} characters."


class CollectionLanguageInvalid(Invalid):
    """The language of a collection is none (BCP 47)."""

    code = "graph.collection_language_invalid"
    message = "This is no language."


class CollectionHashtagInvalid(Invalid):
    """The hashtag of a collection is none."""

    code = "graph.collection_hashtag_invalid"
    message = "This is no hashtag."


class TooManyCollected(Invalid):
    """A member has a certain number of collections, with a certain number of people each."""

    code = "graph.too_many_collected"
    message = "At most {collections} collections with {people} people each."


class NotCollectable(Forbidden):
    """The account does not want to be discovered, has left this collection, or does not meet its owner."""

    code = "graph.not_collectable"
    message = "This action is not allowed"
