"""Archives of X and Mastodon: what their owners wrote comes back whole, what is damaged costs only itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from imports.mastodon_exports import SERVER, mastodon_archive
from imports.material import SPOILS, Made
from imports.x_archives import twitter_archive
from palabre.clock import DAY, Instant
from palabre.imports import Audience, ImportedPost, Limits, Part, Plan, Reason, Skipped, Source, Tie, open_archive
from palabre.imports.twitter import Owner, _Reader, _Tweet

NOW = Instant(1_800_000_000_000)


@contextmanager
def planned(path: Path) -> Iterator[Plan]:
    with open_archive(path) as archive:
        plan = Plan(archive.records(here="palabre.example", now=NOW), path.parent)
    yield plan
    plan.close()


def x(place: Path, **how: object) -> Made:
    return twitter_archive(place / "twitter.zip", **how)


def mastodon(folder: Path, **how: object) -> Made:
    return mastodon_archive(folder / "archive.zip", **how)


def old_mastodon(folder: Path, **how: object) -> Made:
    return mastodon_archive(folder / "archive.tar.gz", **how)


every_format = pytest.mark.parametrize("make", [x, mastodon, old_mastodon])


@every_format
def test_every_post_comes_back_with_its_text_date_thread_and_pictures(
    tmp_path: Path, make: Callable[..., Made]
) -> None:
    made = make(tmp_path, posts=150, missing_pictures=2)
    with planned(made.path) as plan:
        found = {post.source_key: post for _, post in plan.posts()}
        assert {key: post.text for key, post in found.items()} == made.posts
        assert {key: post.reply_to for key, post in found.items() if post.reply_to} == made.parents
        assert {key: [m.member for m in post.media] for key, post in found.items() if post.media} == {
            key: members for key, members in made.pictures.items() if members
        }
        assert {m.member for post in found.values() for m in post.media if m.film} == made.films
        assert len(made.films) >= 2
        assert all(abs(post.created - made.created[key]) < 1_000 for key, post in found.items())
        assert plan.left_out.by_reason() == dict(sorted(made.left_out.items()))


@every_format
def test_posts_come_oldest_first_and_answers_after_what_they_answer(
    tmp_path: Path, make: Callable[..., Made]
) -> None:
    made = make(tmp_path, posts=150)
    with planned(made.path) as plan:
        posts = [post for _, post in plan.posts()]
    dates = [post.created for post in posts]
    assert dates == sorted(set(dates))
    place = {post.source_key: at for at, post in enumerate(posts)}
    inside = [post for post in posts if post.reply_to in place]
    assert len(inside) > 10
    assert all(place[post.reply_to] < place[post.source_key] for post in inside)


@every_format
@pytest.mark.parametrize("how", SPOILS)
def test_a_damaged_entry_is_listed_and_costs_only_itself(tmp_path: Path, make: Callable[..., Made], how: str) -> None:
    made = make(tmp_path, posts=60, spoil={30: how, 40: how})
    with planned(made.path) as plan:
        found = {post.source_key: post.text for _, post in plan.posts()}
        assert found == made.posts
        assert plan.left_out.by_reason() == dict(sorted(made.left_out.items()))
        listed = [each for each in plan.left_out.listed if each.reason in {Reason.DAMAGED, Reason.BAD_DATE}]
        assert len(listed) == 2
        assert all(each.where for each in listed)


def test_reading_resumes_at_any_post_of_the_plan(tmp_path: Path) -> None:
    with planned(x(tmp_path, posts=50).path) as plan:
        assert list(plan.posts())[20:] == list(plan.posts(20))


def test_an_archive_of_several_parts_packed_again_with_its_folder_is_read(tmp_path: Path) -> None:
    made = x(tmp_path, posts=60, part_size=20, folder="twitter-2024-02-02-abc/")
    with planned(made.path) as plan:
        assert {post.source_key for _, post in plan.posts()} == set(made.posts)
        assert all(post.media for _, post in plan.posts() if post.source_key in made.pictures)


def test_the_posts_of_a_protected_account_are_for_followers(tmp_path: Path) -> None:
    with planned(x(tmp_path, protected=True).path) as plan:
        assert {post.audience for _, post in plan.posts()} == {Audience.FOLLOWERS}
    with planned(x(tmp_path, protected=False).path) as plan:
        assert {post.audience for _, post in plan.posts()} == {Audience.PUBLIC}


def test_a_picture_brings_its_description_focus_warning_and_bytes(tmp_path: Path) -> None:
    made = mastodon(tmp_path, pictures=2, videos=0, bucket="/bucket/")
    with open_archive(made.path) as archive:
        records = [r for r in archive.records(here="x", now=NOW) if isinstance(r, ImportedPost) and r.media]
        assert archive.source is Source.MASTODON
        assert len(records) == 2
        post = records[1]
        assert post.warning == "Heights & depths"
        assert post.sensitive
        assert post.media[0].description.startswith("A view, ")
        assert post.media[0].focus == (0.25, -0.5)
        assert (archive.picture(post.media[0].member) or b"").startswith(b"\xff\xd8")
        assert archive.picture("no/such/member.jpg") is None


def test_bookmarks_of_a_mastodon_archive_are_ties(tmp_path: Path) -> None:
    made = mastodon(tmp_path, bookmarks=("https://palabre.example/@ben/1", "javascript:alert(1)"))
    with planned(made.path) as plan:
        assert [(tie.tie, tie.target) for tie in plan.ties] == [(Tie.BOOKMARK, "https://palabre.example/@ben/1")]


def test_the_future_is_not_believed(tmp_path: Path) -> None:
    made = mastodon(tmp_path, posts=30, reposts=0, private=0)
    first = min(made.created.values())
    with open_archive(made.path) as archive:
        plan = Plan(archive.records(here="x", now=Instant(first - 2 * DAY)))
    plan.close()
    assert plan.total == 0
    assert plan.left_out.counts[Part.POST, Reason.BAD_DATE] == 30


def test_the_same_post_twice_is_one_post(tmp_path: Path) -> None:
    made = x(tmp_path, posts=30)
    with open_archive(made.path) as archive:
        records = list(archive.records(here="x", now=NOW))
    plan = Plan([*records, *records])
    plan.close()
    assert plan.total == len(made.posts)
    assert plan.left_out.counts[Part.POST, Reason.TWICE] == len([r for r in records if isinstance(r, ImportedPost)])


def test_a_mention_of_somebody_here_gets_the_bare_name(tmp_path: Path) -> None:
    made = mastodon(tmp_path, posts=60, replies=0.5, pictures=0)
    with open_archive(made.path) as archive:
        posts = [r for r in archive.records(here="other.example", now=NOW) if isinstance(r, ImportedPost)]
    answers = [post for post in posts if (post.reply_to or SERVER).startswith("https://other.example")]
    assert answers
    assert all(post.text.startswith("@ben ") for post in answers)


def tweet_with_films(
    *kinds: tuple[str, dict[str, object]], files: tuple[str, ...]
) -> tuple[ImportedPost, list[Skipped]]:
    """A tweet of that many videos in an archive that holds ``files``."""
    media = [
        {
            "url": "https://t.co/abc",
            "media_url_https": f"https://pbs.twimg.com/ext_tw_video_thumb/1/pu/img/poster{number}.jpg",
            "type": kind,
            **more,
        }
        for number, (kind, more) in enumerate(kinds)
    ]
    row = {
        "id_str": "1050118621198921728",
        "full_text": "Look https://t.co/abc",
        "created_at": "Wed Oct 10 20:19:24 +0000 2018",
        "extended_entities": {"media": media},
    }
    held = {name: f"data/tweets_media/{name}" for name in files}
    reader = _Reader(Owner(name="ana", number="1"), {}, held, NOW, Limits())
    *left_out, post = reader.records(msgspec.convert(row, _Tweet), "here")
    assert isinstance(post, ImportedPost)
    assert post.text == "Look"
    return post, [each for each in left_out if isinstance(each, Skipped)]


def versions(*named: tuple[object, str]) -> dict[str, object]:
    return {
        "video_info": {
            "variants": [{"bitrate": rate, "url": f"https://video.twimg.com/a/{name}?tag=1"} for rate, name in named]
        }
    }


TWEET = "1050118621198921728"


def test_of_a_video_on_x_the_best_version_that_is_there_comes() -> None:
    how = versions((None, "list.m3u8"), ("832000", "middle.mp4"), ("2176000", "best.mp4"), ("256000", "least.mp4"))
    for files, expected in [
        (("least.mp4", "best.mp4", "middle.mp4"), "best.mp4"),
        (("least.mp4", "middle.mp4", "poster0.jpg"), "middle.mp4"),
        (("other.mp4", "poster0.jpg"), "other.mp4"),
    ]:
        post, left_out = tweet_with_films(("video", how), files=tuple(f"{TWEET}-{name}" for name in files))
        assert [(each.member, each.film) for each in post.media] == [(f"data/tweets_media/{TWEET}-{expected}", True)]
        assert not left_out


def test_old_archives_of_x_do_not_say_what_the_file_of_a_video_is_called() -> None:
    files = (f"{TWEET}-a.mp4", f"{TWEET}-b.mp4", "1050118621198921729-c.mp4")
    post, _ = tweet_with_films(("photo", {}), ("animated_gif", versions((0, "a.mp4"))), files=files)
    assert [each.member.rpartition("-")[2] for each in post.media] == ["b.mp4", "a.mp4"]
    assert all(each.film for each in post.media)


def test_a_video_that_is_not_in_the_archive_is_listed_and_its_post_comes() -> None:
    post, left_out = tweet_with_films(
        ("video", versions(("x", "a.mp4"), ("832000", "b.mp4"))),
        ("photo", {"media_url_https": "https://pbs.twimg.com/media/p.jpg"}),
        files=(f"{TWEET}-p.jpg", f"{TWEET}-poster0.jpg"),
    )
    assert [(each.member.rpartition("-")[2], each.film) for each in post.media] == [("p.jpg", False)]
    assert [(each.part, each.reason, each.what) for each in left_out] == [
        (Part.MEDIA, Reason.FILE_MISSING, f"{TWEET}-b.mp4")
    ]
