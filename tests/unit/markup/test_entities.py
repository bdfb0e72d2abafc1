"""Links, mentions and hashtags are found as people expect from Twitter and Mastodon."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palabre.markup.entities import Entity, EntityKind, find_entities, hashtag_key, weighted_length

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures" / "markup" / "twitter_text.json").read_text("utf-8"))[
    "vectors"
]

# Where we deliberately differ from twitter-text: the reason, and the descriptions of its vectors.
DIFFERENCES = {
    "autolink.yml is run without bare domains; extract.yml expects them and so do we": {
        "DO NOT Autolink url containing ! character in the domain",
        "DO NOT Autolink url without protocol (with www)",
        "DO NOT Autolink url without protocol (with WWW)",
        "DO NOT Autolink URL without protocol and without www (ending in .com)",
        "DO NOT Autolink URL without protocol and without www (ending in .org)",
        "DO NOT Autolink URL without protocol and without www (ending in .net)",
        "DO NOT Autolink URL without protocol and without www (ending in .gov)",
        "DO NOT Autolink URL without protocol and without www (ending in .edu)",
        "DO NOT Autolink URL without protocol and without www not ending in /.(edu|com|gov|org|net)/",
        "Multiple URLs with different protocols but not without a protocol",
        "Autolink raw domain followed by domain only links the first",
        "Autolink URL should NOT autolink a domain with a valid dash but no protocol",
        "Autolink URL should NOT link URLs with domains beginning in a space",
        "Autolink URL should NOT link URLs with domains beginning in a non-breaking space (U+00A0)",
        "Autolink URL should not link URL without protocol",
    },
    "t.co is Twitter's own shortener; here it is a host like others": {
        "Extract a t.co URL with a trailing apostrophe",
        "Extract a t.co URL with a trailing hyphen",
        "DO NOT extract URLs with > 40 characters in a t.co slug",
        "Extract t.co URLs skipping trailing characters and adjusting indices correctly",
        "Autolink t.co URL followed by punctuation",
    },
    "@name@domain mentions someone of another server": {
        "Extract lone metion but not @user@user (too close to an email)",
    },
    "names have up to 30 characters, dots and hyphens; one that is too long names nobody, not somebody else": {
        "DO NOT Autolink username over 20 characters",
        "Autolink @mention if followed by . and TLD",
    },
    "cashtags stay text": {"Autolink a cashtag"},
}
DIFFERENT = {description for descriptions in DIFFERENCES.values() for description in descriptions}


def rows(text, kind, keys):
    """Describe what was found as the vectors do."""
    for entity in find_entities(text):
        if kind in {None, entity.kind}:
            shown = text[entity.start : entity.end] if entity.kind is EntityKind.LINK else entity.value
            row = {"kind": entity.kind.value, "shown": shown, "start": entity.start, "end": entity.end}
            yield {key: row[key] for key in keys}


def conforms(vector):
    expected = vector["expected"]
    return list(rows(vector["text"], vector["kind"], expected[0] if expected else ["shown"])) == expected


@pytest.mark.parametrize(
    "vector",
    [v for v in VECTORS if v["description"] not in DIFFERENT],
    ids=lambda vector: f"{vector['group']}: {vector['description']}",
)
def test_twitter_text_vector(vector):
    assert conforms(vector)


def test_each_difference_from_twitter_text_is_still_one():
    listed = [v for v in VECTORS if v["description"] in DIFFERENT]
    assert {v["description"] for v in listed} == DIFFERENT
    assert [v["description"] for v in listed if conforms(v)] == []


def found(text):
    return [(entity.kind.value, entity.value) for entity in find_entities(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("https://en.wikipedia.org/wiki/Diaspora_(software)", "https://en.wikipedia.org/wiki/Diaspora_(software)"),
        ("(https://en.wikipedia.org/wiki/Diaspora_(software)).", "https://en.wikipedia.org/wiki/Diaspora_(software)"),
        ("“https://example.com/”", "https://example.com/"),
        ("<https://example.com/>", "https://example.com/"),
        ("「https://example.org/」", "https://example.org/"),
        ("HTTPS://Example.COM/Path!", "HTTPS://Example.COM/Path"),
        ("http://example.com/b<del>b</del>", "http://example.com/b"),
        ("https://nic.みんな/ foo", "https://nic.みんな/"),
        ("https://müller.de:8080/straße?q=größe#ü", "https://müller.de:8080/straße?q=größe#ü"),
        ("https://ru.wikipedia.org/wiki/Ёж, да", "https://ru.wikipedia.org/wiki/Ёж"),
        ("https://el.wikipedia.org/wiki/Αθήνα·", "https://el.wikipedia.org/wiki/Αθήνα"),
        ("https://hi.wikipedia.org/wiki/हिन्दी।", "https://hi.wikipedia.org/wiki/हिन्दी"),
        ("https://ar.wikipedia.org/wiki/لغة، ثم", "https://ar.wikipedia.org/wiki/لغة"),
        ("https://example.com/日本", "https://example.com/"),
        ("https://example.com에서", "https://example.com"),
        ("see example.com/a?b=c.", "https://example.com/a?b=c"),
        ("www.example.com.It rained", "https://www.example.com"),
        ("http://duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion/", None),
        ("🎉example.com🎉", "https://example.com"),
        ("https://a.example.com/@ann/110", "https://a.example.com/@ann/110"),
    ],
)
def test_a_link_is_found_whole_and_without_what_surrounds_it(text, value):
    assert found(text) == [("link", value or text)]


@pytest.mark.parametrize(
    "text",
    [
        "file.txt and Mr.Smith, then 3.14",
        "It was a nice day.It rained.So we stayed.",
        "ann@example.com, a.co.uk@example.com",
        "mailto:ann@example.com",
        "javascript://example.com/%0aalert(1)",
        "ftp://example.com/file",
        "http://user:secret@example.com/",
        "http://localhost:3000 http://127.0.0.1/",
        "data:text/html,x",
        "http:// example . com",
        "http://" + "a" * 64 + ".com",
        "http://exam\u200bple",
        "$AAPL is a stock",
        "...",
        "@ # @! #! @@ ## :// . .com",
    ],
)
def test_what_is_no_entity_stays_text(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ann, hello", ["ann"]),
        ("@ann.", ["ann"]),
        ("@ann.b-c_d...", ["ann.b-c_d"]),
        ("@ann-", ["ann"]),
        ("@ann@example.org.", ["ann@example.org"]),
        ("cc @ann@sub.example.org, @ben", ["ann@sub.example.org", "ben"]),
        ("@ann@example.orgの皆さん", ["ann@example.org"]),
        ("@ann@例え.みんな です", ["ann@例え.みんな"]),
        ("@ann@abcdefgh.onion @ben@home.test", ["ann@abcdefgh.onion", "ben@home.test"]),
        ("@ann@localhost:3000 @ben@127.0.0.1:8080!", ["ann@localhost:3000", "ben@127.0.0.1:8080"]),
        ("@ann@example.org: yes", ["ann@example.org"]),
        ("@alice.bsky.social.long-name@bsky.example", ["alice.bsky.social.long-name@bsky.example"]),
        ("@" + "a" * 30, ["a" * 30]),
        ("@" + "a" * 31, []),
        ("@ann@ @ben@nowhere", []),
        ("@ann@example.org@else", []),
        ("x@ann /@ann", []),
    ],
)
def test_mentions_name_people_here_and_elsewhere(text, names):
    assert found(text) == [("mention", name) for name in names]


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#one·two·three·", ["one·two·three"]),
        ("#·one", []),
        ("#ぼっち・ざ・ろっく", ["ぼっち・ざ・ろっく"]),
        ("#ａｅｓｔｈｅｔｉｃ ＃ｆｏｏ", ["ａｅｓｔｈｅｔｉｃ", "ｆｏｏ"]),
        ("#_test #test_ #3d #2024", ["_test", "test_", "3d"]),
        ("#été, #œuvre!", ["été", "œuvre"]),
        ("#love❤️ ❤️#love", ["love", "love"]),
        ("I'm #1 and ½#half", ["half"]),
        ("#a-b #c.d", ["a", "c"]),
        ("&#39; x#y #y#z", []),
    ],
)
def test_hashtags_are_words_of_any_script(text, tags):
    assert found(text) == [("hashtag", tag) for tag in tags]


def test_entities_of_all_kinds_come_in_order_with_their_places():
    text = "👋 @ann see https://x.com/#no_tag?u=@no and #tag"
    assert find_entities(text) == [
        Entity(2, 6, EntityKind.MENTION, "ann"),
        Entity(11, 38, EntityKind.LINK, "https://x.com/#no_tag?u=@no"),
        Entity(43, 47, EntityKind.HASHTAG, "tag"),
    ]


PIECES = st.sampled_from(
    [
        *(
            "@",
            "＠",
            "#",
            "＃",
            ".",
            "://",
            "http://",
            "https://",
            "example.com",
            "a",
            "Z",
            "9",
            "_",
            "-",
            "/",
            "(",
            ")",
        ),
        *(
            "?",
            "=",
            "&",
            ":",
            " ",
            "\n",
            "の",
            "。",
            "é",
            "\u0301",
            "\u200d",
            "\ufe0f",
            "😀",
            "みんな",
            ".みんな",
            "xn--",
        ),
        *("RT", "$", "%", "<", ">", '"', "'", "\u202a", "·"),
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map("".join))


@given(TEXTS)
@settings(deadline=None)
def test_offsets_are_valid_ordered_and_never_overlap(text):
    entities = find_entities(text)
    assert all(0 <= e.start < e.end <= len(text) for e in entities)
    assert all(first.end <= second.start for first, second in pairwise(entities))
    for entity in entities:
        shown = text[entity.start : entity.end]
        if entity.kind is EntityKind.LINK:
            assert entity.value in {shown, "https://" + shown}
            assert entity.value.lower().startswith(("http://", "https://"))
        else:
            assert shown == shown[0] + entity.value
            assert shown[0] in "@＠#＃"
        assert not any(c.isspace() or c in '<>"' for c in entity.value)


@given(TEXTS)
@settings(deadline=None)
def test_a_text_never_counts_more_than_its_links_allow(text):
    entities = find_entities(text)
    links = sum(e.kind is EntityKind.LINK and e.value == text[e.start : e.end] for e in entities)
    assert weighted_length(text, entities) <= len(text) + 23 * links
    assert weighted_length(text) == weighted_length(text, entities)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("a" * 500, 500),
        ("a" * 476 + " http://" + "b" * 30 + ".com/example", 500),
        ("a" * 475 + " @alice@" + "b" * 30 + ".com", 475 + 7),
        ("http://t.co", 23),
        ("@alice", 6),
        ("example.com", 11),
        ("example.com/" + "a" * 40, 23),
        ("👨‍👩‍👧‍👦 #tag", 6),
        ("été 🇫🇷", 5),
    ],
)
def test_length_counts_as_mastodon_counts(text, length):
    assert weighted_length(text) == length


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café", "CAFE"),
        ("ＡＢＣ", "abc"),
        ("Straße", "STRASSE"),
        ("Œuvre", "oeuvre"),
        ("Ελλάδα", "ΕΛΛΑΔΑ"),
        ("ΟΔΟΣ", "οδός"),
        ("İstanbul", "istanbul"),
        ("ﾊｯｼｭﾀｸﾞ", "ハッシュタグ"),
        ("می‌خواهم", "میخواهم"),
        ("ســـلام", "سلام"),
        ("Łódź", "lodz"),
        ("#tag", "tag"),
    ],
)
def test_hashtags_that_read_the_same_have_one_key(one, other):
    assert hashtag_key(one) == hashtag_key(other)


def test_marks_that_make_another_letter_keep_hashtags_apart():
    assert len({hashtag_key(tag) for tag in ("мой", "мои", "がく", "かく", "हिन्दी", "हनद")}) == 6


@given(st.text(st.characters(categories=["L", "M", "Nd"]), min_size=1, max_size=12))
@settings(deadline=None)
def test_the_key_of_a_key_is_itself(tag):
    assert hashtag_key(hashtag_key(tag)) == hashtag_key(tag)
    assert hashtag_key(tag.casefold()) == hashtag_key(tag)
