"""Text and its entities become HTML; HTML of others becomes harmless; HTML becomes text again.

The shape is Mastodon's, which its clients and other servers read. Two walls: what is rendered here is escaped piece
by piece, and everything that leaves goes through ``sanitise``, our own output too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape, unescape

import nh3

from palabre.markup.entities import Entity, EntityKind, find_entities

MentionUrl = Callable[[str], tuple[str, str] | None]
"""Finds the page of ``name`` or ``name@domain`` and the name to show; ``None`` if there is no such account."""

HashtagUrl = Callable[[str], str]
"""Finds the page of a hashtag (as typed, without its sign)."""

LINK_REL = "nofollow noopener"
"""What a link to elsewhere always says."""

_SHOWN_CHARS = 30
_PREFIX = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
_WEB = re.compile(r"https?://", re.IGNORECASE)
_NEWLINE = re.compile(r"\r\n?")
_PARAGRAPH = re.compile(r"\n(?:[^\S\n]*+\n)++")
_OTHER_SPACE = re.compile("[\x0b\x0c\x1c-\x1f]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")

# --- Text to HTML ------------------------------------------------------------------------------------------


def _clean(text: str) -> str:
    """Remove what no document may hold: control characters and halves of characters."""
    if _UNCLEAN.search(text) is None:
        return text
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", _OTHER_SPACE.sub(" ", _NEWLINE.sub("\n", text))))


def _escaped(text: str) -> str:
    """Escape text as nh3 writes it: cleaning what was rendered here changes nothing, and is not done again."""
    return escape(text, quote=False).replace("\xa0", "&nbsp;")


def _link(url: str, shown: str, rel: str) -> str:
    prefix = _PREFIX.match(shown)
    hidden = prefix.group() if prefix else ""
    rest = shown[len(hidden) :]
    kind = "ellipsis" if len(rest) > _SHOWN_CHARS else ""
    return (
        f'<a href="{escape(url)}" target="_blank" rel="{rel}" translate="no">'
        f'<span class="invisible">{_escaped(hidden)}</span>'
        f'<span class="{kind}">{_escaped(rest[:_SHOWN_CHARS])}</span>'
        f'<span class="invisible">{_escaped(rest[_SHOWN_CHARS:])}</span></a>'
    )


def _mention(sign: str, found: tuple[str, str]) -> str:
    url, name = found
    return (
        f'<span class="h-card" translate="no"><a href="{escape(url)}" class="u-url mention">'
        f"{sign}<span>{_escaped(_clean(name))}</span></a></span>"
    )


def _inline(text: str, entities: Sequence[Entity], mention_url: MentionUrl, hashtag_url: HashtagUrl, rel: str) -> str:
    """Escape ``text`` and put its entities into tags; newlines stay."""
    pieces: list[str] = []
    position = 0
    for entity in entities:
        shown = text[entity.start : entity.end]
        html = _escaped(_clean(shown))
        if entity.kind is EntityKind.LINK:
            if _WEB.match(entity.value):
                html = _link(_clean(entity.value), _clean(shown), rel)
        elif entity.kind is EntityKind.HASHTAG:
            url = hashtag_url(entity.value)
            if _WEB.match(url):
                html = (
                    f'<a href="{escape(url)}" class="mention hashtag" rel="tag">{html[:1]}<span>{html[1:]}</span></a>'
                )
        else:
            found = mention_url(entity.value)
            if found is not None and _WEB.match(
                found[0]
            ):  # the address of a remote profile is the word of its server
                html = _mention(html[:1], found)
        pieces += (_escaped(_clean(text[position : entity.start])), html)
        position = entity.end
    pieces.append(_escaped(_clean(text[position:])))
    return "".join(pieces)


def render_html(
    text: str, entities: Sequence[Entity], *, mention_url: MentionUrl, hashtag_url: HashtagUrl, rel: str = LINK_REL
) -> str:
    """Render a post: paragraphs at empty lines, line breaks, links of all ``entities``.

    A mention of nobody known stays text, and so does whatever would link to anything but http:// or https://.
    """
    html = _inline(text, entities, mention_url, hashtag_url, rel).strip()
    if not html:
        return ""
    return "".join(
        f"<p>{paragraph.strip().replace(chr(10), '<br>')}</p>"
        for paragraph in _PARAGRAPH.split(html)
        if paragraph.strip()
    )


def render_bio(text: str, *, mention_url: MentionUrl, hashtag_url: HashtagUrl) -> str:
    """Render the description of a profile as a post is rendered."""
    return render_html(text, find_entities(text), mention_url=mention_url, hashtag_url=hashtag_url)


def render_field(text: str, *, mention_url: MentionUrl, hashtag_url: HashtagUrl) -> str:
    """Render a field of a profile: one line; links say ``rel="me"``, so that their pages can confirm them."""
    line = " ".join(text.split())
    return _inline(line, find_entities(line), mention_url, hashtag_url, f"me {LINK_REL}")


# --- HTML of anybody ---------------------------------------------------------------------------------------

ALLOWED_TAGS = frozenset(
    {
        *("p", "br", "a", "span", "del", "s", "pre", "blockquote", "code", "b", "strong", "u", "i", "em"),
        *("ul", "ol", "li", "ruby", "rt", "rp"),
    }
)
"""The elements of a post, as Mastodon lists them."""
_ATTRIBUTES = {
    "*": {"lang"},
    "a": {"href", "rel"},
    "ol": {"start", "reversed"},
    "li": {"value"},
}
_ATTRIBUTE_VALUES = {"a": {"translate": {"no"}, "target": {"_blank"}}, "span": {"translate": {"no"}}}
# Not Mastodon's whole families h-* p-* u-* dt-*: a remote post must not wear the classes of our own style sheets.
_CLASSES = {"h-card", "u-url", "u-uid", "u-photo", "u-in-reply-to", "mention", "hashtag", "ellipsis", "invisible"}
_ALLOWED_CLASSES = {"a": _CLASSES, "span": _CLASSES, "p": {"quote-inline"}}
_DROPPED_WITH_CONTENT = {
    "script",
    "style",
    "template",
    "title",
    "textarea",
    "iframe",
    "noscript",
    "object",
    "svg",
    "math",
}
# The HTML standard makes parsers copy unclosed formatting elements into each new block: with attributes that differ,
# n tags become n² elements. Without attributes at most three of a kind are copied.
_FORMATTING = re.compile(
    r"<(/?(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u))[\s/][^<>]*+>", re.IGNORECASE | re.ASCII
)
_TAG = re.compile(r"<[^<>]*+>?")
_MOST_TAGS = 4000
_MOST_PASSES = 6
# nh3 writes `<`, `>` and `"` in attributes as references: in what it returns this is a tag and nothing else.
_OPEN_A = re.compile(r"<a((?: [^<>]*+)?)>")
_REL = re.compile(r' rel="([^"]*+)"')

_CLEANER = nh3.Cleaner(
    tags=set(ALLOWED_TAGS),
    clean_content_tags=_DROPPED_WITH_CONTENT,
    attributes=_ATTRIBUTES,
    tag_attribute_values=_ATTRIBUTE_VALUES,
    allowed_classes=_ALLOWED_CLASSES,
    link_rel=None,
    url_schemes={"http", "https"},
    url_relative="deny",
)
_TO_TEXT = nh3.Cleaner(
    tags={"p", "br", "li", "blockquote", "pre", "ul", "ol"},
    clean_content_tags=_DROPPED_WITH_CONTENT,
    attributes={},
    link_rel=None,
)


def _is_rich(html: str) -> bool:
    """Say whether ``html`` has more tags and references than any post: parsers get slow, faster than linearly."""
    return html.count("<") + html.count("&") > _MOST_TAGS


def _only_text(html: str) -> str:
    """Return the text of ``html`` without parsing it."""
    return _clean(unescape(_TAG.sub(" ", html)))


def _settled(html: str) -> str:
    """Clean ``html`` until cleaning changes nothing.

    A tag that is dropped may have kept a parser from moving others, as ``<p><table><p>`` becomes ``<p><p>``: only
    what comes out as it went in means the same to every parser that reads it next.
    """
    for _ in range(_MOST_PASSES):
        if _is_rich(html):
            break
        cleaned = _CLEANER.clean(_FORMATTING.sub(r"<\1>", html))
        if cleaned == html:
            return cleaned
        html = cleaned
    return _escaped(_only_text(html))


def sanitise(html: str, *, keep_me: bool = False) -> str:
    """Return ``html`` with nothing left but Mastodon's tags and attributes, and links to http:// and https://.

    Every link says ``rel="nofollow noopener"``; ``tag`` is kept beside it, and ``me`` if asked (fields of a profile).
    Sanitising twice changes nothing. Time is bounded: of more than 4,000 tags and references only the text remains.
    """
    kept = {"me", "tag"} if keep_me else {"tag"}

    def with_rel(tag: re.Match[str]) -> str:
        attributes = tag.group(1)
        given = _REL.search(attributes)
        asked = sorted(kept & set(given.group(1).lower().split())) if given else []
        return f'<a{_REL.sub("", attributes)} rel="{" ".join([*asked, LINK_REL])}">'

    # nh3 can set a fixed rel, not one that depends on the given one.
    return _OPEN_A.sub(with_rel, _settled(_SURROGATE.sub("\ufffd", html)))


_BREAK = re.compile(r"<br>|</?(?:li|ul|ol)>")
_BLOCK = re.compile(r"</?(?:p|blockquote|pre)>")
_MANY_NEWLINES = re.compile(r"\n{3,}+")


def plain_text(html: str) -> str:
    """Return the text of ``html``: lines for ``<br>`` and list items, an empty line between paragraphs."""
    html = _SURROGATE.sub("\ufffd", html)
    if _is_rich(html):
        return _only_text(html).strip()
    text = _TO_TEXT.clean(_FORMATTING.sub(r"<\1>", html))
    text = unescape(_BLOCK.sub("\n\n", _BREAK.sub("\n", text)))
    return _MANY_NEWLINES.sub("\n\n", text).strip()
