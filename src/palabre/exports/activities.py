"""What Mastodon's archives hold: ``actor.json``, and the activities of ``outbox.json``. Pure.

The shapes are those that Mastodon's ``BackupService`` writes (ActivityStreams 2.0 with its extensions), so that
whatever reads archives of Mastodon reads these.
"""

from __future__ import annotations

from typing import Any, Final

from palabre.accounts.model import Account
from palabre.clock import iso
from palabre.exports.model import Here
from palabre.exports.posts import Written
from palabre.markup.render import render_bio, render_field, render_html

CONTEXT: Final[list[Any]] = [
    "https://www.w3.org/ns/activitystreams",
    {
        "toot": "http://joinmastodon.org/ns#",
        "sensitive": "as:sensitive",
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "Hashtag": "as:Hashtag",
        "discoverable": "toot:discoverable",
        "indexable": "toot:indexable",
        "attributionDomains": {"@id": "toot:attributionDomains", "@container": "@set"},
        "votersCount": "toot:votersCount",
        "blurhash": "toot:blurhash",
        "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
        "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
        "schema": "http://schema.org#",
        "PropertyValue": "schema:PropertyValue",
        "value": "schema:value",
    },
]
_PUBLIC: Final = "https://www.w3.org/ns/activitystreams#Public"


class Activities:
    """Writes the posts of one member as activities."""

    def __init__(self, account: Account, here: Here) -> None:
        self._account = account
        self._here = here
        self._uris = here.uris
        self._actor = self._uris.actor(account.id)
        self._followers = f"{self._actor}/followers"

    def actor(self, *, icon: str | None, image: str | None) -> dict[str, Any]:
        """Return ``actor.json``; ``icon`` and ``image`` are names in the archive."""
        account = self._account
        uris = self._uris

        def page(acct: str) -> tuple[str, str] | None:
            return uris.account(acct), acct.partition("@")[0]

        made: dict[str, Any] = {
            "@context": CONTEXT,
            "id": self._actor,
            "type": "Service" if account.bot else "Person",
            "preferredUsername": account.username,
            "name": account.display_name,
            "summary": render_bio(account.bio, mention_url=page, hashtag_url=uris.hashtag),
            "url": uris.account(account.username),
            "published": iso(account.created),
            "manuallyApprovesFollowers": account.locked,
            "discoverable": account.discoverable,
            "indexable": account.indexable,
            "attributionDomains": list(account.attribution_domains),
            "followers": self._followers,
            "outbox": "outbox.json",
            "likes": "likes.json",
            "bookmarks": "bookmarks.json",
            "attachment": [
                {
                    "type": "PropertyValue",
                    "name": field.name,
                    "value": render_field(field.value, mention_url=page, hashtag_url=uris.hashtag),
                }
                for field in account.fields
            ],
        }
        if icon:
            made["icon"] = {"type": "Image", "url": icon, "summary": account.avatar_description}
        if image:
            made["image"] = {"type": "Image", "url": image, "summary": account.header_description}
        return made

    def activity(self, post: Written) -> dict[str, Any]:
        """Return the ``Create`` or ``Announce`` of a post."""
        record = post.record
        to, cc = self._audience(post)
        made = {
            "id": f"{record['id']}/activity",
            "type": "Announce" if record["repost_of"] else "Create",
            "actor": self._actor,
            "published": record["created"],
            "to": to,
            "cc": cc,
        }
        made["object"] = record["repost_of"] or self._note(post, to, cc)
        return made

    def _audience(self, post: Written) -> tuple[list[str], list[str]]:
        named = [
            self._uris.actor(each.account) if not each.domain else self._uris.account(each.acct)
            for each in post.mentions
        ]
        match post.record["visibility"]:
            case "public":
                return [_PUBLIC], [self._followers, *named]
            case "unlisted":
                return [self._followers], [_PUBLIC, *named]
            case "followers":
                return [self._followers], named
            case _:
                return named, []

    def _note(self, post: Written, to: list[str], cc: list[str]) -> dict[str, Any]:
        record = post.record
        html = self._html(post)
        note: dict[str, Any] = {
            "id": record["id"],
            "type": "Question" if record["poll"] else "Note",
            "summary": record["warning"] or None,
            "inReplyTo": record["reply_to"],
            "published": record["created"],
            "url": self._uris.post(self._account.username, post.number),
            "attributedTo": self._actor,
            "to": to,
            "cc": cc,
            "sensitive": record["sensitive"],
            "content": html,
            "attachment": [_attachment(each) for each in record["media"]],
            "tag": self._tags(post),
        }
        if record["language"]:
            note["contentMap"] = {record["language"]: html}
        if record["edited"]:
            note["updated"] = record["edited"]
        if record["quote_of"]:
            note["quote"] = record["quote_of"]
        if record["poll"]:
            note |= _question(record["poll"])
        return note

    def _html(self, post: Written) -> str:
        known = {each.acct.lower(): each for each in post.mentions}

        def page(acct: str) -> tuple[str, str] | None:
            found = known.get(acct.lower())
            return None if found is None else (self._uris.account(found.acct), found.username)

        return render_html(post.text, post.entities, mention_url=page, hashtag_url=self._uris.hashtag)

    def _tags(self, post: Written) -> list[dict[str, str]]:
        people = [
            {
                "type": "Mention",
                "href": self._uris.account(each.acct),
                "name": f"@{self._here.handle(each.username, each.domain)}",
            }
            for each in post.mentions
        ]
        tags = [
            {"type": "Hashtag", "href": self._uris.hashtag(name), "name": f"#{name}"}
            for name in post.record["hashtags"]
        ]
        return people + tags


def _attachment(media: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Document",
        "mediaType": media["mime"],
        "url": "/" + media["file"],
        "name": media["description"] or None,
        "blurhash": media["blurhash"],
        "focalPoint": media["focus"],
        "width": media["width"],
        "height": media["height"],
    }


def _question(poll: dict[str, Any]) -> dict[str, Any]:
    options = [
        {"type": "Note", "name": each["title"], "replies": {"type": "Collection", "totalItems": each["votes"]}}
        for each in poll["choices"]
    ]
    return {
        "anyOf" if poll["multiple"] else "oneOf": options,
        "endTime": poll["expires"],
        "votersCount": poll["voters"],
    }


def collection(name: str) -> dict[str, Any]:
    """Return the head of ``outbox.json``, ``likes.json`` or ``bookmarks.json``."""
    return {"@context": CONTEXT, "id": name, "type": "OrderedCollection"}
