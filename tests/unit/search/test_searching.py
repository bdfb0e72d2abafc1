"""Posts are found by their words: by whom and of whom they may be, in every script, on both databases."""

from __future__ import annotations

import pytest

from fixtures_store import Store
from palabre.accounts.actions import ProfileChange, suspend, update_profile
from palabre.clock import DAY, Instant
from palabre.graph import actions as graph
from palabre.ids import PostId, first_id
from palabre.markup.words import is_kept_whole, term_of
from palabre.media.actions import add_attachment
from palabre.media.model import MediaKind, StoredPicture
from palabre.posts import actions as posts
from palabre.posts import deleting
from palabre.posts.editing import edit_post
from palabre.posts.model import Draft, PollDraft, Revision, Visibility
from palabre.posts.wording import Terms
from palabre.search import actions, numbered
from palabre.search.model import Slice
from palabre.search.places_sql import Places
from palabre.search.queries import search_posts
from palabre.store import Statement
from palabre.store.places import unpacked
from palabre.store.sqlite import SqliteEngine
from search_finding import Finding


@pytest.fixture
def finding(store: Store) -> Finding:
    return Finding(store)


def test_a_post_is_found_by_its_words_without_case_and_accents(finding: Finding) -> None:
    finding.post("Le café était fermé")
    finding.post("nothing of that kind")
    for query in ("cafe", "CAFÉ", "ferme cafe", "étAit", "＃cafe cafe".removeprefix("＃cafe ")):
        assert finding.texts(query) == ["Le café était fermé"], query
    assert finding.texts("caf") == []


@pytest.mark.parametrize(
    ("text", "queries", "others"),
    [
        ("東京都は大きい", ["東京", "京都", "東", "い", "大きい"], ["都東", "小"]),
        ("сегодня ёлка", ["елка", "СЕГОДНЯ"], ["ел"]),
        ("مَرحَبا بالعالم", ["مرحبا", "بالعالم"], ["عالم"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"], ["नम"]),
        ("안녕하세요 세계", ["안녕", "세계", "세"], ["계세"]),
        ("สวัสดีชาวโลก", ["สวัสดี", "โลก"], ["ดวง"]),
        ("Ἀθῆναι", ["αθηναι"], ["αθ"]),
        ("ﬁne ｗｉｄｅ Straße", ["fine", "wide", "strasse"], ["wid"]),
    ],
)
def test_every_script_is_searched(finding: Finding, text: str, queries: list[str], others: list[str]) -> None:
    finding.post(text)
    kept = finding.people.post(finding.ana, "x")
    assert kept
    stored = finding.texts("from:ana")[-1]
    for query in queries:
        assert finding.texts(query) == [stored], query
    for query in others:
        assert finding.texts(query) == [], query


def test_operators_narrow_what_is_found(finding: Finding) -> None:
    ben = finding.people.member("ben", profile={"indexable": True})
    first = finding.post("apples and pears", language="en")
    finding.post("pears and apples https://example.com/x", language="fr")
    finding.post("apples again", ben, reply_to=first)
    assert finding.texts("apples") == ["apples again", "pears and apples https://example.com/x", "apples and pears"]
    assert finding.texts("apples from:ben") == ["apples again"]
    assert finding.texts("apples from:@nobody") == []
    assert finding.texts("apples is:reply") == ["apples again"]
    assert finding.texts("apples -is:reply lang:en") == ["apples and pears"]
    assert finding.texts("has:link") == ["pears and apples https://example.com/x"]
    assert finding.texts("has:media apples") == []
    assert finding.texts("apples -from:ben") == ["pears and apples https://example.com/x", "apples and pears"]
    assert finding.texts("apples -from:ben -from:nobody -from:@ana") == []
    assert finding.texts("apples -lang:fr") == ["apples again", "apples and pears"]
    assert finding.texts("apples -lang:en -from:ben") == ["pears and apples https://example.com/x"]
    assert finding.texts("apples -has:link -from:ben") == ["apples and pears"]
    assert finding.texts('"apples and"') == ["apples and pears"]
    assert finding.texts("apples -pears") == ["apples again"]
    assert finding.texts('apples -"and pears"') == ["apples again", "pears and apples https://example.com/x"]
    assert finding.texts("apples after:2020-01-01 before:2100") == finding.texts("apples")
    assert finding.texts("apples before:2020") == []
    assert finding.texts("apples during:2020-02") == []
    assert finding.texts("apples", author=ben) == ["apples again"]
    assert finding.texts("apples", limit=1, offset=1) == ["pears and apples https://example.com/x"]
    assert finding.texts("apples", above=first) == ["apples again", "pears and apples https://example.com/x"]
    assert finding.texts("apples", below=PostId(first + 1)) == ["apples and pears"]
    assert finding.texts("apples", above=first, below=PostId(first + 1)) == []


def test_the_own_library_can_be_left_out(finding: Finding) -> None:
    liked = finding.post("melon liked")
    finding.post("melon")
    finding.post("melon of mine", finding.reader)
    finding.store.write(posts.like, finding.reader, liked)
    assert set(finding.texts("melon in:library")) == {"melon liked", "melon of mine"}
    assert finding.texts("melon -in:library") == ["melon"]
    assert finding.texts("-in:library from:me") == []


def test_what_is_left_out_is_left_out_of_the_library_too(finding: Finding) -> None:
    shy = finding.people.member("shy")
    liked = finding.post("melon", shy, language="fr")
    finding.store.write(posts.like, finding.reader, liked)
    assert finding.texts("melon") == ["melon"]
    for query in ("melon -from:shy", "melon -lang:fr", "-from:shy", "-lang:fr in:library"):
        assert finding.texts(query) == [], query


def _stored() -> StoredPicture:
    return StoredPicture(
        kind=MediaKind.PICTURE, file="aa/bb/a.png", preview="aa/bb/b.png", mime="image/png", size=1, width=1,
        height=1, preview_width=1, preview_height=1, blurhash=None,
    )  # fmt: skip


def test_media_are_found(finding: Finding) -> None:
    media = finding.store.write(add_attachment, finding.ana, _stored()).id
    finding.post("plum with a picture", media=[media])
    finding.post("plum without")
    assert finding.texts("plum has:media") == ["plum with a picture"]
    assert finding.texts("plum -has:media") == ["plum without"]


def test_only_those_who_allow_it_are_found_by_others(finding: Finding) -> None:
    shy = finding.people.member("shy")
    finding.post("zebra", shy)
    finding.post("zebra unlisted", visibility=Visibility.UNLISTED)
    finding.post("zebra followers", visibility=Visibility.FOLLOWERS)
    assert finding.texts("zebra") == []
    assert finding.texts("zebra", shy) == ["zebra"]
    assert finding.texts("zebra", finding.ana) == ["zebra followers", "zebra unlisted"]
    finding.store.write(update_profile, shy, ProfileChange(indexable=True))
    assert finding.texts("zebra") == ["zebra"]
    finding.store.write(update_profile, shy, ProfileChange(indexable=False))
    found = finding.store.read(search_posts, finding.reader, "zebra", limit=5)
    assert found == [], "at once, before the index knows"
    assert finding.texts("zebra") == []


def test_what_one_likes_stands_where_it_belongs_among_the_many_that_are_open_to_all(finding: Finding) -> None:
    """Of one's library as much is looked at as can show; all of it, where what is open to all may not be shown."""
    shy = finding.people.member("shy")
    old, late = finding.post("zebra, long ago", shy), None
    for number in range(60):
        finding.post(f"zebra {number}")
        if number == 57:
            late = finding.post("zebra, of late", shy)
    for each in (old, late):
        finding.store.write(posts.like, finding.reader, each)
    assert finding.texts("zebra", limit=4) == ["zebra 59", "zebra 58", "zebra, of late", "zebra 57"]
    assert finding.texts("zebra", limit=80)[-2:] == ["zebra 0", "zebra, long ago"]
    finding.store.write(graph.block, finding.reader, finding.ana)
    assert finding.texts("zebra", limit=4) == ["zebra, of late", "zebra, long ago"]


def test_ones_library_is_what_one_likes_keeps_and_is_mentioned_in(finding: Finding) -> None:
    shy = finding.people.member("shy")
    liked = finding.post("zebra liked", shy)
    kept = finding.post("zebra kept", shy)
    finding.post("zebra for @reader", shy, visibility=Visibility.MENTIONED)
    finding.post("zebra of nobody", shy)
    finding.post("zebra open")
    finding.post("zebra mine", finding.reader)
    finding.store.write(posts.like, finding.reader, liked)
    finding.store.write(posts.bookmark, finding.reader, kept)
    mine = ["zebra mine", "zebra for @reader", "zebra kept", "zebra liked"]
    assert finding.texts("zebra in:library") == mine
    assert sorted(finding.texts("zebra")) == sorted([*mine, "zebra open"])
    assert finding.texts("in:library from:shy -kept") == ["zebra for @reader", "zebra liked"]
    finding.store.write(posts.unlike, finding.reader, liked)
    assert "zebra liked" not in finding.texts("zebra")


def test_what_may_not_be_read_is_not_found(finding: Finding) -> None:
    finding.post("zebra")
    assert finding.texts("zebra") == ["zebra"]
    finding.store.write(graph.block, finding.reader, finding.ana)
    assert finding.texts("zebra") == [], "nobody is shown whom he blocks"
    finding.store.write(graph.unblock, finding.reader, finding.ana)
    finding.store.write(graph.block, finding.ana, finding.reader)
    assert finding.texts("zebra") == [], "nor who blocks him"
    finding.store.write(graph.unblock, finding.ana, finding.reader)
    finding.store.write(suspend, finding.ana)
    assert finding.texts("zebra") == []


@pytest.mark.parametrize(
    "query",
    [
        "", " ", '"', '""', "-", "--", '-"', "from:", "from:@", "before:", "before:0000", "before:9999-99-99", "(",
        ")", "*", "^", "a*", "NOT", "AND", "OR NOT", "NEAR(a b)", "has:", "has:nothing", "in:", "a:b:c", "\x00",
        "'; DROP TABLE post", "\U0001f600", "x" * 5_000, "a " * 3_000, "tokens:a", "{a b}: c", "+a", "=1", '=1 "=1"',
        "during:0001", "after:9999-12-31", "%", "_", "\\", "日" * 1_000,
    ],
)  # fmt: skip
def test_no_query_is_an_error(finding: Finding, query: str) -> None:
    finding.post("zebra")
    assert finding.texts(query) in ([], ["zebra"])


def _kept(store: Store) -> tuple[int, int]:
    """Return how many posts the index knows, and how many with the word ``zebra``."""
    if store.database.dialect == "postgresql":
        count = store.read(lambda db: db.value(Statement("SELECT count(*) FROM search_loose")))
        return count, count
    rows = store.read(lambda db: db.all(Statement("SELECT doc, packed FROM search_post")))
    words = store.read(
        lambda db: db.value(
            Statement("SELECT count(*) FROM search_index WHERE search_index MATCH :term"), term=term_of("zebra")
        )
    )
    return sum(len(unpacked(*each)) for each in rows), words


_TERMS = """
CREATE VIRTUAL TABLE IF NOT EXISTS search_terms USING fts5vocab('search_index', 'row');
"""


def _terms(engine: SqliteEngine) -> dict[str, int]:
    """Return all that the index of SQLite holds, read from its pages: every term, and of how many posts."""
    engine.execute_script(_TERMS)
    connection = engine._open(readonly=True)
    try:
        return dict(connection.execute("SELECT term, doc FROM search_terms").fetchall())
    finally:
        connection.close()


def test_a_deleted_post_leaves_nothing_in_the_index(finding: Finding) -> None:
    first = finding.post("zebra one quagga")
    finding.post("zebra two")
    finding.settle()
    assert _kept(finding.store) == (2, 2)
    finding.store.write(deleting.delete_post, finding.ana, first)
    assert _kept(finding.store) == (1, 1), "in the same transaction"
    assert finding.texts("quagga") == []
    assert finding.texts("zebra") == ["zebra two"]
    never = finding.post("zebra three")
    finding.store.write(deleting.delete_post, finding.ana, never)
    finding.settle()
    assert _kept(finding.store) == (1, 1), "nor if it was deleted before it was indexed"


def test_what_was_written_before_there_was_an_index_gets_into_it(finding: Finding) -> None:
    finding.post("zebra before")
    finding.store.write(actions.begin)
    finding.run_jobs()
    found = finding.store.read(search_posts, finding.reader, "zebra", limit=5)
    assert [view.post.text for view in found] == ["zebra before"]
    finding.store.write(actions.begin)
    assert finding.texts("zebra") == ["zebra before"]
    assert _kept(finding.store) == (1, 1), "once, though the journal tells of it after the filling"


def test_a_post_that_a_filling_meets_first_stands_in_the_index_once(finding: Finding) -> None:
    """A member allows the search of what the journal has not told the index of yet."""
    finding.store.write(actions.begin)
    finding.settle()
    shy = finding.people.member("shy")
    finding.settle()
    old = finding.post("zebra early", shy)
    finding.post("zebra late", shy)
    finding.post("zebra of ana")
    finding.store.write(actions.fill, Slice(shy))
    assert _kept(finding.store) == (2, 2)
    finding.settle()
    assert _kept(finding.store) == (3, 3)
    finding.store.write(deleting.delete_post, shy, old)
    assert _kept(finding.store) == (2, 2)


def test_what_is_new_is_not_looked_for_in_the_index(finding: Finding, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many who write at once the index hears in another order than that of their ids."""
    if finding.store.database.dialect == "postgresql":
        return  # one statement puts it there, known or not
    finding.store.write(actions.begin)
    looked: list[PostId] = []
    find = Places.find
    monkeypatch.setattr(Places, "find", lambda self, place, post: looked.append(post) or find(self, place, post))
    first, second = finding.post("zebra one"), finding.post("zebra two")
    finding.store.write(actions.index_posts, [second])
    finding.store.write(actions.index_posts, [first])
    assert (looked, _kept(finding.store)) == ([], (2, 2))
    finding.store.write(actions.index_posts, [first], known={first})
    assert (looked, _kept(finding.store)) == ([first], (2, 2))


def test_the_statements_of_a_search_do_not_depend_on_what_is_found(finding: Finding) -> None:
    finding.texts("zebra")
    before = finding.store.statements
    for number in range(30):
        finding.post(f"zebra {number}")
    assert len(finding.texts("zebra")) == 20
    assert finding.store.statements <= before + 6
    assert finding.store.statements <= 14


def test_an_edited_post_is_found_by_what_it_says_now(finding: Finding) -> None:
    post = finding.post("zebra quagga")
    assert finding.texts("quagga") == ["zebra quagga"]
    finding.store.write(edit_post, finding.ana, post, Revision(text="zebra okapi"), terms=Terms())
    assert _kept(finding.store)[0] == 0, "the old words went in the same transaction"
    assert finding.texts("okapi zebra") == ["zebra okapi"]
    assert finding.texts("quagga") == []
    assert _kept(finding.store) == (1, 1)


def test_polls_are_found(finding: Finding) -> None:
    finding.post("zebra or okapi?", poll=PollDraft(choices=("zebra", "okapi"), seconds=3600))
    finding.post("zebra")
    assert finding.texts("zebra has:poll") == ["zebra or okapi?"]
    assert finding.texts("zebra -has:poll") == ["zebra"]


def test_imported_posts_are_found_after_what_was_written_here(finding: Finding) -> None:
    finding.post("zebra now")
    finding.settle()
    for year in (2013, 2011, 2012):
        at = Instant((year - 1970) * 365 * DAY + DAY * 20)
        finding.store.write(
            posts.import_post,
            finding.ana,
            Draft(text=f"zebra {year}"),
            terms=Terms(),
            created=at,
            id_=PostId(first_id(at)),
        )
    assert finding.texts("zebra") == ["zebra now", "zebra 2013", "zebra 2012", "zebra 2011"]
    assert finding.texts("zebra during:2012") == ["zebra 2012"]
    assert finding.texts("zebra before:2013 -2011") == ["zebra 2012"]
    assert finding.texts("zebra after:2013") == ["zebra now"]


def test_on_postgresql_both_ways_to_the_newest_find_the_same(
    finding: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Backwards from the newest, and through the index: whichever is shorter, or one after the other."""
    if finding.store.database.dialect == "sqlite":
        pytest.skip("SQLite's index has an order")
    often, rare, mine = [], [], []
    for number in range(60):
        often.append(f"zebra {number}")
        finding.post(often[-1])
        if number % 20 == 3:
            rare.append(f"zebra okapi {number}")
            finding.post(rare[-1])
        if number % 25 == 4:
            mine.append(f"okapi of mine {number}")
            finding.post(mine[-1], finding.reader)
    finding.settle()
    ways: list[str] = []
    for name in ("_backwards", "_through_index"):
        way = getattr(numbered, name)
        monkeypatch.setattr(numbered, name, lambda *args, name=name, way=way: (ways.append(name), way(*args))[1])
    monkeypatch.setattr(numbered, "_LOOK", 5)

    def asked(query: str, **options) -> tuple[list[str], list[str]]:
        ways.clear()
        return finding.texts(query, **options), list(ways)

    okapis = sorted([*rare, *mine], key=lambda each: int(each.rpartition(" ")[2]), reverse=True)
    assert asked("okapi") == (okapis, ["_backwards", "_through_index"]), (
        "nobody has counted the posts: the index knows"
    )
    assert asked("okapi -mine")[0] == rare[::-1]
    assert asked("okapi in:library")[0] == mine[::-1], "nothing that is open to all"
    monkeypatch.setattr(numbered, "_MOST", 2)
    assert asked("okapi")[0] == okapis, "what the index has is asked for as long as there is more"
    finding.store.write(lambda tx: tx.run(Statement("", "ANALYZE")))
    monkeypatch.setattr(numbered, "_MOST", 800)
    found, used = asked("zebra", limit=40)
    every = sorted([*often, *rare], key=lambda each: (int(each.rpartition(" ")[2]), "okapi" in each), reverse=True)
    assert found == every[:40]
    assert used == ["_backwards"] * 2, "as much more as has to be read"
    assert asked("okapi")[0] == okapis


def test_an_index_that_lies_scattered_is_brought_together(finding: Finding) -> None:
    """It gets smaller, finds the same, and still forgets."""
    if not isinstance(finding.store.database.engine, SqliteEngine):
        pytest.skip("PostgreSQL's index has no segments")
    size = Statement("SELECT sum(length(block)) FROM search_index_data")
    segments = Statement("SELECT count(DISTINCT segid) FROM search_index_idx")
    assert finding.store.read(actions.is_scattered) is False
    for number in range(30):
        gone = finding.post(f"zebra secretword{number} " + " ".join(f"w{number}x{each}" for each in range(110)))
        finding.settle()  # each step leaves a segment of its own
    assert finding.store.read(actions.is_scattered) is True
    before = finding.store.read(lambda db: db.value(size))
    steps = 1
    while finding.store.write(actions.tidy):
        steps += 1
        assert steps < 100
    assert finding.store.read(lambda db: db.value(segments)) == 1
    assert finding.store.read(lambda db: db.value(size)) < before
    assert finding.store.read(actions.is_scattered) is False
    assert len(finding.texts("zebra", limit=40)) == 30
    finding.store.write(deleting.delete_post, finding.ana, gone)
    assert len(finding.texts("zebra", limit=40)) == 29
    engine = finding.store.database.engine
    engine.purge()
    assert b"secretword29" not in engine.path.read_bytes()
    assert term_of("secretword29") not in _terms(engine)
    assert _terms(engine)[term_of("secretword28")] == 1


def test_no_byte_of_a_deleted_post_is_left_in_the_file(finding: Finding) -> None:
    if not isinstance(finding.store.database.engine, SqliteEngine):
        pytest.skip("PostgreSQL's index holds no words")
    engine = finding.store.database.engine
    finding.post("something that stays")
    finding.settle()
    before = _terms(engine)
    assert is_kept_whole("zqxj")
    gone = [finding.post(f"secretword{number} zqxj, and more{number}") for number in range(40)]
    finding.settle()
    engine.purge()
    assert engine.path.read_bytes().count(b"secretword") >= 40, "in the posts"
    assert engine.path.read_bytes().count(b"zqxj") > 40, "in the posts and in the index"
    assert {term_of("secretword7"), "zqxj"} < set(_terms(engine))
    for post in gone:
        finding.store.write(deleting.delete_post, finding.ana, post)
    assert _terms(engine) == before
    engine.purge()
    assert engine.path.read_bytes().count(b"secretword") == 0
    assert engine.path.read_bytes().count(b"zqxj") == 0
    assert finding.texts("stays") == ["something that stays"]


def _sharing_a_term() -> tuple[str, str]:
    """Return two words for which the index of SQLite has the same term."""
    seen: dict[str, str] = {}
    for number in range(100_000):
        word = f"quagga{number}"
        if (other := seen.setdefault(term_of(word), word)) != word:
            return other, word
    raise AssertionError


def test_words_that_share_a_term_are_told_apart(finding: Finding) -> None:
    one, other = _sharing_a_term()
    first, second = finding.post(f"{one} zebra"), finding.post(f"{other} okapi")
    both = finding.post(f"{one} and {other}")
    assert finding.texts(one) == [f"{one} and {other}", f"{one} zebra"]
    assert finding.texts(f"{other} okapi") == [f"{other} okapi"]
    assert finding.texts(f"{one} okapi") == []
    for gone, left in ((both, [f"{one} zebra"]), (second, [f"{one} zebra"]), (first, [])):
        finding.store.write(deleting.delete_post, finding.ana, gone)
        assert finding.texts(one) == left


def test_pairs_that_share_a_term_are_told_apart(finding: Finding) -> None:
    by_term: dict[str, list[str]] = {}
    for code in range(0x4E00, 0x5E00):
        by_term.setdefault(term_of(f"東{chr(code)}"), []).append(f"東{chr(code)}")
    one, other, *_ = max(by_term.values(), key=len)
    finding.post(f"{one}。")
    finding.post(f"{other}。")
    assert finding.texts(one) == [f"{one}。"]
    assert finding.texts(other) == [f"{other}。"]
    assert finding.texts("東") == [f"{other}。", f"{one}。"]


def test_long_words_and_words_with_marks_are_found_in_the_library_too(finding: Finding) -> None:
    shy = finding.people.member("shy")
    long = "donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    texts = ["नमस्ते दुनिया", long, "中文 with words", "_under_score_"]
    for text in texts:
        finding.post(text)
        finding.store.write(posts.like, finding.reader, finding.post(text, shy))
    for query, text in zip(["नमस्ते", long, "words", "_under_score_"], texts, strict=True):
        assert finding.texts(query) == [text] * 2, query


def test_more_posts_than_stand_in_one_row_are_found_in_their_order(finding: Finding) -> None:
    written = [f"zebra {number}" for number in range(150)]
    ids = [finding.post(each) for each in written]
    assert finding.texts("zebra", limit=200) == written[::-1]
    gone = [*range(60, 130), 0, 149]
    for number in gone:
        finding.store.write(deleting.delete_post, finding.ana, ids[number])
    left = [each for number, each in enumerate(written) if number not in gone]
    assert finding.texts("zebra", limit=200) == left[::-1]
    assert _kept(finding.store) == (len(left), len(left))
    finding.post("zebra last")
    assert finding.texts("zebra", limit=2) == ["zebra last", "zebra 148"]
