"""A photo of a digit becomes ink, whatever the light, the file or the colours; other files give one sentence."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageDraw

from core.drawing import photo
from core.drawing.normalise import go_through
from core.drawing.photo import Switches, find_ink, is_dark_on_light, label_pieces, largest_piece, open_grey, otsu_level
from tests.pictures import file_of, hollow_png

SEVEN = [(110, 60), (210, 60), (150, 190)]


def seven(ink: int = 40, paper: int = 220, size=(320, 240), mode: str = "L") -> Image.Image:
    """Return a picture of a 7."""
    picture = Image.new("L", size, paper)
    ImageDraw.Draw(picture).line(SEVEN, ink, 16, joint="curve")
    return picture.convert(mode, dither=Image.Dither.NONE)


TRUE = np.asarray(seven(255, 0)) > 127  # where the ink is


def overlap(found: np.ndarray, true: np.ndarray = TRUE) -> float:
    """Return the share of pixels that are ink in both, among those that are ink in either."""
    ink = found > 127
    return (ink & true).sum() / (ink | true).sum()


# Finding ink


@pytest.mark.parametrize(("ink", "paper"), [(40, 220), (220, 40), (0, 255), (255, 0), (100, 160), (200, 140)])
def test_a_seven_is_found_dark_on_light_and_light_on_dark(ink, paper):
    found = find_ink(np.asarray(seven(ink, paper)))
    assert found.dark == (ink < paper)
    assert overlap(found.kept) > 0.9


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("direction", ["across", "down", "corner"])
def test_uneven_light_does_no_harm(dark, direction):
    across, down = np.linspace(0.35, 1, 320)[None], np.linspace(0.35, 1, 240)[:, None]
    light = {"across": across, "down": down, "corner": across * down}[direction]
    grain = np.random.default_rng(1).normal(0, 3, (240, 320))
    grey = (np.asarray(seven()) * light + grain).clip(0, 255).round().astype(np.uint8)
    found = find_ink(grey if dark else 255 - grey)
    assert found.dark == dark
    assert overlap(found.kept) > 0.8
    if direction == "corner":
        assert overlap(find_ink(grey, Switches(even=False)).kept) < 0.8  # that is what the stage is for


def test_the_detected_polarity_can_be_overridden():
    assert overlap(find_ink(np.asarray(seven()), dark=True).kept) > 0.9
    found = find_ink(np.asarray(seven()), dark=False)
    assert found is None or overlap(found.kept) < 0.2


def test_specks_and_the_edge_of_the_paper_are_left_out():
    picture = seven()
    pencil = ImageDraw.Draw(picture)
    pencil.ellipse([30, 200, 45, 215], fill=40)
    pencil.line([(20, 20), (60, 60)], fill=40, width=16)
    pencil.rectangle([308, 0, 320, 240], fill=30)  # the table beside the paper
    grey = np.asarray(picture)
    assert overlap(find_ink(grey).kept) > 0.9
    assert overlap(find_ink(grey, Switches(largest=False)).kept) < 0.8


def test_without_a_threshold_ink_keeps_its_greys():
    soft = np.asarray(seven().resize((80, 60)).resize((320, 240)))
    assert len(np.unique(find_ink(soft).kept)) == 2
    assert len(np.unique(find_ink(soft, Switches(threshold=False)).kept)) > 10


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("switches", [Switches(), Switches(False, False, False)], ids=["all", "none"])
def test_a_picture_of_one_colour_has_no_ink(value, switches):
    assert find_ink(np.full((240, 320), value, np.uint8), switches) is None


@pytest.mark.parametrize("low", [200, 80])
def test_blank_paper_with_grain_and_a_shadow_has_no_ink(low):
    grain = np.random.default_rng(2).normal(0, 4, (240, 320))
    grey = (np.linspace(low, 230, 320)[None] + grain).clip(0, 255).astype(np.uint8)
    assert find_ink(grey) is None


@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))),
    st.builds(Switches, st.booleans(), st.booleans(), st.booleans()),
    st.sampled_from([None, True, False]),
)
def test_any_picture_has_ink_or_none(grey, switches, dark):
    found = find_ink(grey, switches, dark)
    if found is not None:
        assert found.kept.shape == grey.shape
        assert found.kept.any()
        assert (found.kept <= found.split).all()


@given(hnp.arrays(np.uint8, st.integers(2, 300)))
def test_otsus_level_maximises_the_variance_between_the_classes(grey):
    def between(level: int) -> float:
        below, above = grey[grey <= level], grey[grey > level]
        if not below.size or not above.size:
            return 0.0
        return below.size * above.size * (below.mean() - above.mean()) ** 2

    best = max(between(level) for level in range(256))
    assert between(otsu_level(grey)) == pytest.approx(best, rel=1e-9)


def filled(mask: np.ndarray) -> np.ndarray:
    """Number the pieces of a mask by filling one after the other, slowly."""
    labels = np.zeros(mask.shape, int)
    for start in zip(*np.nonzero(mask), strict=True):
        if labels[start]:
            continue
        number, waiting = labels.max() + 1, [start]
        while waiting:
            row, column = waiting.pop()
            inside = 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1]
            if inside and mask[row, column] and not labels[row, column]:
                labels[row, column] = number
                waiting += [(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)]
    return labels


@given(hnp.arrays(bool, st.tuples(st.integers(1, 14), st.integers(1, 14))))
def test_pieces_are_those_that_flood_filling_finds(mask):
    labels, expected = label_pieces(mask), filled(mask)
    pairs = {*zip(labels.ravel().tolist(), expected.ravel().tolist(), strict=True)}
    assert len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})
    assert ((labels > 0) == mask).all()


def test_strokes_that_nearly_touch_are_one_piece():
    mask = np.zeros((320, 320), bool)
    mask[100:200, 100:120] = mask[100:120, 125:220] = True  # a gap of 5 pixels
    mask[10:14, 300:304] = True
    kept = largest_piece(mask)
    assert kept[150, 110]
    assert kept[110, 200]
    assert not kept[12, 302]


def test_ink_is_on_the_side_of_the_outliers():
    assert is_dark_on_light(np.array([[200, 200, 200, 10]], np.uint8))
    assert not is_dark_on_light(np.array([[20, 20, 20, 210]], np.uint8))


# Opening files


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_picture_of_any_usual_kind_is_opened(kind):
    grey = open_grey(file_of(seven(), kind))
    assert (grey.shape, grey.dtype) == ((240, 320), np.uint8)
    assert abs(grey.astype(int) - np.asarray(seven())).mean() < 3


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr"])
def test_the_colour_mode_of_a_file_does_not_matter(mode):
    kind = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"
    found = find_ink(open_grey(file_of(seven(mode=mode), kind)))
    assert found.dark
    assert overlap(found.kept) > 0.9


def test_sixteen_bits_are_scaled_and_not_clipped():
    wide = np.asarray(seven()).astype(np.uint16) * 257
    grey = open_grey(file_of(Image.fromarray(wide)))
    assert abs(grey.astype(int) - np.asarray(seven())).max() <= 1


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_pixels_are_white_paper(mode):
    picture = Image.new("RGBA", (320, 240), (0, 0, 0, 0))  # black, but not to be seen
    ImageDraw.Draw(picture).line(SEVEN, (20, 20, 20, 255), 16, joint="curve")
    picture = picture.quantize() if mode == "P" else picture.convert(mode)
    grey = open_grey(file_of(picture))
    assert grey[0, 0] == 255
    assert overlap(find_ink(grey).kept) > 0.9


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_the_first_frame_of_an_animation_is_used(kind):
    frames = [seven(), Image.new("L", (320, 240), 220)]
    file = file_of(frames[0], kind, save_all=True, append_images=frames[1:])
    assert overlap(find_ink(open_grey(file)).kept) > 0.9


def test_a_photo_is_rotated_by_its_exif_orientation():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    turned = open_grey(file_of(seven(), "JPEG", exif=exif, quality=95))
    expected = np.asarray(seven().transpose(Image.Transpose.ROTATE_270)).astype(int)
    assert turned.shape == expected.shape
    assert abs(turned - expected).mean() < 3


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (3000, 2), (4000, 3000)], ids=str)
def test_a_picture_of_any_size_becomes_at_most_320_pixels_long(size):
    grey = open_grey(file_of(Image.new("L", size, 200)))
    assert max(grey.shape) == min(320, max(size))


def test_a_large_photo_gives_the_same_digit_as_a_small_one():
    large = seven().resize((3200, 2400))
    digits = [go_through(find_ink(open_grey(file_of(one))).kept).digit.astype(int) for one in (seven(), large)]
    assert abs(digits[0] - digits[1]).mean() < 5


@pytest.mark.parametrize("size", [(10_000, 6_000), (60_000, 1_000), (30_000, 30_000)], ids=str)
def test_a_picture_of_sixty_megapixels_or_more_is_refused_by_its_header(size):
    with pytest.raises(ValueError, match="million pixels or more: choose one of at most 55 million"):
        open_grey(io.BytesIO(hollow_png(*size)))


JPEG = file_of(seven(), "JPEG").getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"7",
        b"GIF89a",
        b"%PDF-1.7",
        b"<svg></svg>",
        bytes(1000),
        hollow_png(100, 100),
        file_of(seven()).getvalue()[:300],
        file_of(seven()).getvalue()[:40],
        JPEG[: len(JPEG) // 2],
        b"II*\0" + b"\xff" * 60,
    ],
)
def test_a_file_that_is_no_picture_or_truncated_is_one_sentence(content):
    with pytest.raises(ValueError, match="can't be read as a picture: choose a PNG"):
        open_grey(io.BytesIO(content))


def jpeg_with_odd_exif() -> bytes:
    """Return a JPEG that was taken sideways and whose width, as its camera has noted it, is a text."""
    orientation, software, width, text = 0x0112, 0x0131, 0x0100, 2
    exif = Image.Exif()
    exif[orientation], exif[software] = 6, "none"
    whole = file_of(seven(), "JPEG", exif=exif).getvalue()
    return whole.replace(struct.pack(">HH", software, text), struct.pack(">HH", width, text))


def avif_without_its_image() -> bytes:
    """Return an AVIF file that does not say where its image is."""
    return file_of(seven(), "AVIF").getvalue().replace(b"iloc", b"free")


def test_an_error_of_a_decoder_is_one_sentence():
    with pytest.raises(ValueError, match="can't be read as a picture: choose a PNG"):
        open_grey(io.BytesIO(avif_without_its_image()))


def test_what_a_camera_notes_beside_the_orientation_may_be_nonsense():
    assert open_grey(io.BytesIO(jpeg_with_odd_exif())).shape == (320, 240)


@given(st.binary(max_size=200), st.integers(0, 400))
def test_a_damaged_file_is_a_picture_or_one_sentence(noise, at):
    whole = file_of(seven()).getvalue()
    damaged = io.BytesIO(whole[:at] + noise + whole[at + len(noise) :])
    try:
        grey = open_grey(damaged)
    except ValueError as problem:
        said = str(problem)
    else:
        said = f"This picture has {grey.size} pixels"
        assert max(grey.shape) <= photo.MAX_SIDE
    assert said.startswith(("This file can't be read", "This picture has"))
