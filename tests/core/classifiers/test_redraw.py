"""Validation digits are redrawn with a pen: warped, but still the same digits, in the size and place of drawings."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy import ndimage

from core.classifiers.redraw import PER_CLASS, RADII, accuracy_on_drawn, draw_along, drawn_digits, redraw, thin, warp
from core.dataset import read_dataset
from core.drawing.normalise import centre_of_mass
from core.training.data import from_dataset
from tests import made_up

EIGHT_NEIGHBOURS = np.ones((3, 3))


def generator(seed: int = 5) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def mnist(built_in_folder):
    """Real digits, ten of each: (100, 28, 28) uint8."""
    return read_dataset(built_in_folder).valid.images[::10]


def parts_and_holes(inked: torch.Tensor) -> list[tuple[int, int]]:
    """Count the connected parts of the ink and of the paper in each image, by another library."""
    return [(ndimage.label(one, EIGHT_NEIGHBOURS)[1], ndimage.label(~one)[1]) for one in inked.numpy()]


def test_redrawn_digits_are_sized_and_centred_as_drawings_and_depend_on_the_seed_alone(mnist):
    before = mnist.clone()
    first, second, other = (redraw(mnist, seed) for seed in (1, 1, 2))
    assert (first.shape, first.dtype) == (mnist.shape, torch.uint8)
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert torch.equal(mnist, before)
    for image in first.numpy():
        rows, columns = np.nonzero(image)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
        assert np.abs(np.array(centre_of_mass(image)) - 14).max() <= 2.5  # whole pixels, and no ink may be cut off


def test_blank_images_stay_blank():
    blank = torch.zeros(2, 28, 28, dtype=torch.uint8)
    assert torch.equal(redraw(blank, 1), blank)


def test_warped_digits_are_still_like_themselves(mnist):
    images = mnist.float() / 255
    seen = torch.nn.functional.avg_pool2d(warp(images, generator()), 3)
    alike = [np.corrcoef(a.flatten(), b.flatten())[0, 1] for a, b in zip(images.numpy(), seen.numpy(), strict=True)]
    assert np.mean(alike) > 0.5


def test_thinning_keeps_every_part_and_every_hole_and_leaves_lines_one_pixel_wide(mnist):
    inked = torch.nn.functional.interpolate(mnist[:, None].float(), scale_factor=3, mode="bilinear")[:, 0] > 128
    lines = thin(inked)
    assert not (lines & ~inked).any()
    assert parts_and_holes(lines) == parts_and_holes(inked)
    squares = lines[:, 1:, 1:] & lines[:, :-1, 1:] & lines[:, 1:, :-1] & lines[:, :-1, :-1]
    assert squares.float().sum() < 0.01 * lines.float().sum()


def test_a_thick_bar_is_thinned_to_the_line_in_its_middle():
    bar = torch.zeros(1, 21, 40, dtype=torch.bool)
    bar[:, 7:14, 5:35] = True
    rows, columns = thin(bar)[0].nonzero().T
    assert set(rows.tolist()) == {10}
    assert columns.min() <= 9
    assert columns.max() >= 30


def test_a_line_is_drawn_as_wide_as_the_pen_and_its_ends_are_round():
    lines = torch.zeros(200, 84, 84, dtype=torch.bool)
    lines[:, 12:72, 40] = True  # 60 pixels long
    across = draw_along(lines, generator())[:, 42].sum(1)
    low, high = (2 * radius * 60 / (20 - 2 * radius) for radius in RADII)
    assert across.min() == pytest.approx(low, abs=0.3)
    assert across.max() == pytest.approx(high, abs=0.3)


def test_the_first_validation_images_of_each_class_are_redrawn(built_in_folder):
    data = from_dataset(read_dataset(built_in_folder), (3, 7))
    images, classes = drawn_digits(data)
    assert (images.shape, images.dtype) == ((2 * PER_CLASS, 784), torch.float32)
    assert classes.tolist() == [0] * PER_CLASS + [1] * PER_CLASS
    assert images.amax(1).gt(0.6).all()
    assert images.amin() == 0


def test_a_class_with_few_images_has_as_many_redrawn():
    data = made_up.digits(classes=3)
    few = SimpleNamespace(valid_x=data.valid_x[:2], valid_y=data.valid_y[:2])
    assert len(drawn_digits(few)[0]) == 2


def test_only_redrawn_digits_in_play_are_counted():
    known, classes = (1, 3, 7), torch.tensor([0, 0, 1, 1, 2, 2])
    drawn = torch.arange(6).float()[:, None].expand(6, 784), classes

    def says_seven_from_image_3_on(xb):
        return torch.stack([xb[:, 0] < 3, xb[:, 0] >= 3], 1).float()

    assert accuracy_on_drawn(says_seven_from_image_3_on, drawn, known, (3, 7)) == (3, 4)
    assert accuracy_on_drawn(lambda xb: -xb[:, :2], drawn, known, (7, 3)) == (2, 4)
