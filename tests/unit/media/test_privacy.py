"""Not one byte of metadata survives, wherever in a file it was hidden."""

from __future__ import annotations

import io
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from palabre.media.formats import Format
from palabre.media.model import ProcessedPicture, Purpose, Rendition
from palabre.media.processing import process_picture
from unit.media.films import film
from unit.media.samples import HIDING_PLACES, chunk, encode, picture, segment, xmp
from unit.media.scanning import ForeignError, scan

MARKERS = st.text("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=13, max_size=13)


def renditions(made: ProcessedPicture) -> list[Rendition]:
    return [made.full, *([made.preview] if made.preview else [])]


def assert_clean(made: ProcessedPicture, marker: bytes) -> None:
    for each in renditions(made):
        scan(each.content)
        forms = (
            marker,
            marker.hex().encode(),
            marker.decode().encode("utf-16-le"),
            marker.decode().encode("utf-16-be"),
        )
        assert not any(form[:16] in each.content for form in forms)
        if not each.format.is_picture:
            continue  # all that an MP4 may have is in the strict reader
        reopened = Image.open(io.BytesIO(each.content))
        assert not reopened.getexif()
        assert not set(reopened.info) & {
            "exif",
            "xmp",
            "icc_profile",
            "comment",
            "photoshop",
            "Comment",
            "XML:com.adobe.xmp",
        }


@pytest.mark.parametrize("place", HIDING_PLACES)
def test_each_hiding_place_really_hides_something_that_our_reader_would_notice(place: str) -> None:
    marker = b"zQ7markerK9pW"
    hidden = HIDING_PLACES[place](marker)
    plain = HIDING_PLACES[place](b"another13char")
    assert hidden != plain
    if place.startswith(("jpeg", "png", "webp")):
        with pytest.raises(ForeignError):
            scan(hidden)


@pytest.mark.parametrize("place", HIDING_PLACES)
@settings(max_examples=1, deadline=None)
@given(marker=MARKERS)
def test_a_marker_hidden_anywhere_is_gone(place: str, marker: str) -> None:
    source = HIDING_PLACES[place](marker.encode())
    assert_clean(process_picture(source, purpose=Purpose.POST), marker.encode())


@pytest.mark.parametrize("purpose", [Purpose.AVATAR, Purpose.HEADER])
def test_avatars_and_headers_are_as_clean(purpose: Purpose) -> None:
    for place in ("jpeg exif", "jpeg xmp", "png text", "gif comment", "webp exif", "heic exif", "avif exif"):
        assert_clean(process_picture(HIDING_PLACES[place](b"zQ7markerK9pW"), purpose=purpose), b"zQ7markerK9pW")


def test_the_film_behind_a_photograph_is_gone() -> None:
    """Telephones hang the seconds before it on it, with place and device of their own."""
    moved = film(tags={"location": "+48.8582+002.2945/", "com.android.model": "zQ7markerK9pW"})
    source = encode(picture(), "JPEG", xmp=xmp(b"zQ7markerK9pW")) + moved
    made = process_picture(source, purpose=Purpose.POST)
    assert made.full.format is Format.JPEG
    assert_clean(made, b"zQ7markerK9pW")
    assert b"ftyp" not in made.full.content


def test_big_pictures_are_clean_in_both_sizes() -> None:
    source = encode(picture(2_000, 1_500), "JPEG", comment=b"zQ7markerK9pW")
    made = process_picture(source, purpose=Purpose.POST)
    assert made.preview is not None
    assert_clean(made, b"zQ7markerK9pW")


@settings(max_examples=12, deadline=None)
@given(
    kinds=st.lists(st.sampled_from([*range(0xE0, 0xF0), 0xFE]), min_size=1, max_size=4),
    prefix=st.sampled_from(
        [b"", b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0\1\1", b"JFXX\0\x10"]
    ),
    marker=MARKERS,
    before=st.booleans(),
)
def test_no_jpeg_segment_carries_anything_through(kinds: list[int], prefix: bytes, marker: str, before: bool) -> None:
    plain = encode(picture(), "JPEG")
    hidden = b"".join(segment(kind, prefix + marker.encode()) for kind in kinds)
    at = 2 if before else plain.index(b"\xff\xda")
    assert_clean(process_picture(plain[:at] + hidden + plain[at:], purpose=Purpose.POST), marker.encode())


@settings(max_examples=12, deadline=None)
@given(
    kind=st.sampled_from(
        [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"iCCP", b"sPLT", b"hIST", b"bKGD", b"tIME", b"acTL", b"prVt"]
    ),
    prefix=st.sampled_from([b"", b"Comment\0", b"a\0\0", b"XML:com.adobe.xmp\0\0\0\0\0", b"MM\0*\0\0\0\x08"]),
    marker=MARKERS,
    packed=st.booleans(),
)
def test_no_png_chunk_carries_anything_through(kind: bytes, prefix: bytes, marker: str, packed: bool) -> None:
    plain = encode(picture(), "PNG")
    text = zlib.compress(marker.encode()) if packed else marker.encode()
    source = plain[:33] + chunk(kind, prefix + text) + plain[33:]
    assert_clean(process_picture(source, purpose=Purpose.POST), marker.encode())


def test_resolution_says_nothing_about_the_camera() -> None:
    for fmt in ("JPEG", "PNG"):
        sources = [encode(picture(), fmt, dpi=(dpi, dpi)) for dpi in (72, 314)]
        first, second = (process_picture(source, purpose=Purpose.POST).full.content for source in sources)
        assert first == second
