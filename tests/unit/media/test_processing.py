"""Pictures through the real confined process: formats, sizes, orientation, colours, animations."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from pathlib import Path

import blurhash_rs
import pytest
from PIL import Image, ImageCms, ImageSequence

from palabre.media import blurhash, processing
from palabre.media.errors import DamagedMedia, MediaTooLarge, ProcessingBusy, UnsupportedMedia
from palabre.media.formats import Format, recognise
from palabre.media.model import Limits, ProcessedPicture, Purpose, Rendition
from palabre.media.processing import process_picture
from unit.media.samples import FORMATS, animation, encode, exif, picture, quarters
from unit.media.scanning import scan


def process(source: bytes | Path, purpose: Purpose = Purpose.POST, **limits: int) -> ProcessedPicture:
    return process_picture(source, purpose=purpose, limits=Limits(**limits))


def opened(rendition: Rendition) -> Image.Image:
    scan(rendition.content)
    image = Image.open(io.BytesIO(rendition.content))
    assert image.size == (rendition.width, rendition.height)
    assert Image.MIME[image.format] == rendition.format
    return image


def near(found: tuple[int, ...], wanted: tuple[int, ...], *, by: int = 24) -> bool:
    return all(abs(a - b) <= by for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_format_comes_out_looking_the_same(fmt: str) -> None:
    made = picture(600, 400)
    full = opened(process(encode(made, fmt)).full).convert("RGB")
    assert full.size == (600, 400)
    for at in ((30, 30), (300, 200), (560, 40), (40, 370), (580, 390)):
        assert near(full.getpixel(at), made.getpixel(at)), at


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (lambda: encode(picture(), "JPEG"), Format.JPEG),
        (lambda: encode(picture(), "HEIF"), Format.JPEG),
        (lambda: encode(Image.new("RGB", (900, 600), "navy"), "PNG"), Format.PNG),
        (lambda: encode(picture(mode="RGBA"), "PNG"), Format.PNG),
        (lambda: encode(Image.effect_noise((900, 600), 90).convert("RGB"), "PNG"), Format.JPEG),
        (lambda: encode(picture(mode="RGBA"), "WEBP"), Format.WEBP),
        (lambda: encode(picture(mode="RGBA"), "AVIF"), Format.WEBP),
        (lambda: encode(picture(mode="P"), "GIF"), Format.PNG),
    ],
)
def test_drawings_stay_lossless_and_photographs_become_jpeg(source, expected: Format) -> None:
    assert process(source()).full.format is expected


def test_transparency_is_kept() -> None:
    made = picture(96, 64, mode="RGBA")
    for fmt in ("PNG", "WEBP", "AVIF", "HEIF"):
        full = opened(process(encode(made, fmt)).full)
        assert full.mode == "RGBA"
        for at in ((2, 2), (48, 32), (90, 60)):
            assert abs(full.getpixel(at)[3] - made.getpixel(at)[3]) <= 24, (fmt, at)


def test_what_was_erased_is_not_in_the_file() -> None:
    secret = Image.new("RGBA", (64, 64), (200, 30, 90, 255))
    secret.putalpha(Image.linear_gradient("L").resize((64, 64)).point(lambda v: 0 if v < 128 else 255))
    full = opened(process(encode(secret, "PNG")).full)
    assert full.format == "PNG"
    assert full.getpixel((5, 5)) == (0, 0, 0, 0)
    assert full.getpixel((5, 60)) == (200, 30, 90, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_every_kind_of_pixel_becomes_plain_colours(mode: str) -> None:
    made = Image.new("L", (64, 48), 128)
    made = made.point(lambda v: v * 256, mode="I").convert("I;16") if mode == "I;16" else made.convert(mode)
    full = opened(process(encode(made, "JPEG" if mode == "CMYK" else "PNG")).full)
    assert full.mode in {"RGB", "RGBA"}
    if mode != "1":
        assert near(full.convert("RGB").getpixel((30, 20)), (128, 128, 128), by=30)


def test_colours_of_another_profile_are_converted_not_just_dropped() -> None:
    swapped = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = swapped.index(b"rXYZ"), swapped.index(b"bXYZ")
    swapped[red : red + 4], swapped[blue : blue + 4] = b"bXYZ", b"rXYZ"  # what is stored as red is meant as blue
    made = Image.new("RGB", (64, 48), (250, 10, 10))
    for fmt in ("JPEG", "PNG", "WEBP", "HEIF", "AVIF"):
        full = opened(process(encode(made, fmt, icc_profile=bytes(swapped))).full)
        red_, _, blue_ = full.convert("RGB").getpixel((30, 20))
        assert blue_ > 200 > 100 > red_, fmt
        assert "icc_profile" not in full.info


@pytest.mark.parametrize(
    ("fmt", "orientation"),
    [
        *(("JPEG", each) for each in range(1, 9)),
        *((fmt, each) for fmt in ("PNG", "WEBP", "AVIF", "HEIF") for each in (4, 6, 7)),
    ],
)
def test_every_orientation_comes_out_upright(fmt: str, orientation: int) -> None:
    turned = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    made = quarters()
    as_stored = made.transpose(turned[orientation]) if orientation > 1 else made
    full = opened(process(encode(as_stored, fmt, exif=exif(b"x", orientation=orientation))).full).convert("RGB")
    assert full.size == made.size
    for at in ((10, 10), (86, 10), (10, 54), (86, 54)):
        assert near(full.getpixel(at), made.getpixel(at), by=40), at


def test_big_pictures_are_reduced_and_small_ones_are_left_alone() -> None:
    big = process(encode(picture(4_000, 3_000), "JPEG"))
    assert 0.98 * 8_294_400 < big.full.width * big.full.height <= 8_294_400
    assert abs(big.full.width / big.full.height - 4 / 3) < 0.01
    assert big.preview is not None
    assert opened(big.preview).size == (554, 415)
    long = process(encode(picture(900, 12_000), "JPEG"))
    assert (long.full.width, long.full.height) == (614, 8_192)
    small = process(encode(picture(400, 300), "JPEG"))
    assert (small.full.width, small.full.height, small.preview) == (400, 300, None)
    assert process(encode(picture(1, 1), "PNG")).full.width == 1


@pytest.mark.parametrize(
    ("purpose", "size", "expected"),
    [
        (Purpose.AVATAR, (1_200, 800), (400, 400)),
        (Purpose.AVATAR, (90, 120), (90, 90)),
        (Purpose.HEADER, (3_000, 3_000), (1_500, 500)),
        (Purpose.HEADER, (600, 600), (600, 200)),
    ],
)
def test_avatars_and_headers_are_cut_from_the_middle(
    purpose: Purpose, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    made = process(encode(picture(*size), "JPEG"), purpose)
    full = opened(made.full)
    assert full.size == expected
    assert near(
        full.getpixel((expected[0] // 2, expected[1] // 2)), picture(*size).getpixel((size[0] // 2, size[1] // 2))
    )
    assert (made.preview, made.blurhash, made.animated) == (None, None, False)


def test_animations_keep_moving() -> None:
    made = process(animation("WEBP", frames=7, size=(900, 700), delay=120))
    full = opened(made.full)
    assert (made.animated, full.format, full.n_frames, full.size) == (True, "WEBP", 7, (900, 700))
    assert full.info["loop"] == 0
    for at, frame in enumerate(ImageSequence.Iterator(full)):
        assert near(frame.convert("RGB").getpixel((20, 20)), (40 * at % 256, 255 - 40 * at % 256, 90))
        assert frame.info["duration"] == 120
    assert made.preview is not None
    assert getattr(opened(made.preview), "n_frames", 1) == 1


def test_a_big_animation_is_reduced_and_an_avatar_does_not_move() -> None:
    source = animation("GIF", frames=12, size=(640, 480))
    made = process(source, animation_out=12 * 320 * 240)
    assert (made.full.width, made.full.height, made.animated) == (320, 240, True)
    assert process(source, Purpose.AVATAR).animated is False


def test_the_type_is_told_by_content(tmp_path: Path) -> None:
    wrong = tmp_path / "holiday.gif"
    wrong.write_bytes(encode(picture(), "JPEG"))
    assert process(wrong).full.format is Format.JPEG
    for text in (b"", b"x", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"BM" + bytes(100), b"II*\0",
                 b"\0\0\0\x18ftypmp42" + bytes(200), b"GIF88a" + bytes(99)):  # fmt: skip
        wrong.write_bytes(text)
        with pytest.raises(UnsupportedMedia):
            process(wrong)


@pytest.mark.parametrize("fmt", FORMATS)
def test_formats_are_recognised(fmt: str) -> None:
    assert recognise(encode(picture(), fmt)[:128]) == {"HEIF": Format.HEIC}.get(
        fmt, Format[fmt] if fmt != "HEIF" else None
    )


def test_too_many_bytes_are_refused_with_the_limit() -> None:
    with pytest.raises(MediaTooLarge) as refused:
        process(encode(picture(), "PNG") + bytes(3 * 1_048_576), upload=2 * 1_048_576)
    assert str(refused.value) == "This file is too large. At most 2 MB are accepted."


def test_the_hash_is_the_one_that_others_compute() -> None:
    for size, components in (((32, 24), (4, 4)), ((7, 31), (3, 5)), ((1, 1), (1, 1))):
        made = picture(*size)
        ours = blurhash.encode(made.tobytes(), *size, across=components[0], down=components[1])
        assert ours == blurhash_rs.blurhash_encode(made, *components)
    assert len(process(encode(picture(300, 200), "JPEG")).blurhash or "") == 36


def test_the_server_itself_loads_no_decoder() -> None:
    program = "import sys, palabre.media.processing, palabre.media.actions, palabre.media.storage\n"
    program += "print([name for name in ('pyvips', 'PIL', 'pillow_heif', 'blurhash_rs') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=_path())
    assert done.stdout.strip() == "[]"


def _path() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(processing.__file__).parents[2])}


def test_pictures_wait_for_their_turn_and_turns_come_back() -> None:
    damaged = encode(picture(), "JPEG")[:200]
    for _ in range(2 * processing.AT_ONCE):
        with pytest.raises(DamagedMedia):
            process(damaged)
    for _ in range(processing.AT_ONCE):
        assert processing._turns.acquire(blocking=False)
    try:
        with pytest.raises(ProcessingBusy):
            process_picture(encode(picture(), "JPEG"), purpose=Purpose.POST, limits=Limits(wait_seconds=0))
    finally:
        for _ in range(processing.AT_ONCE):
            processing._turns.release()
    results: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: results.append(process(encode(picture(20 + n, 10), "PNG")).full.width))
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [20, 21, 22, 23, 24, 25]
