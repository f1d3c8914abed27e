"""Training images are changed at random, but keep their digits and get the size and position of drawings."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.classifiers.augment import Distortion, add_habits, augment, change_thickness, move
from core.dataset import read_dataset
from core.drawing.normalise import centre_of_mass

STILL = Distortion(turn=0, slant=0, stretch=0, size=0, shift=0, bend=0, thin=0, habits=0)
MIDDLE = 14  # the row and the column where MNIST's digits balance, counted from 0
seeds = st.integers(0, 2**32)


def generator(seed: int = 5) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def only(**changes) -> Distortion:
    """Return a distortion that changes nothing but this."""
    return Distortion(**{**vars(STILL), **changes})


@pytest.fixture(scope="module")
def mnist(built_in_folder):
    """Real digits: images, (200, 28, 28) float32 in [0, 1], and labels, (200,) int64, 20 of each."""
    split = read_dataset(built_in_folder).valid
    rows = torch.arange(0, len(split.images), 5)
    return split.images[rows].float() / 255, split.labels[rows]


def ink_boxes(images) -> np.ndarray:
    """Return height and width of the ink of each image: (n, 2)."""
    boxes = []
    for image in images.numpy():
        rows, columns = np.nonzero(image > 0.25)
        boxes.append((np.ptp(rows) + 1, np.ptp(columns) + 1))
    return np.array(boxes)


# All of it


def test_images_depend_on_the_seed_alone(mnist):
    first, second, other = (augment(*mnist, Distortion(), generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


@settings(max_examples=5)
@given(seeds)
def test_results_are_images_and_the_given_images_are_not_changed(mnist, seed):
    images, labels = mnist
    before = images.clone()
    changed = augment(images, labels, Distortion(), generator(seed))
    assert (changed.shape, changed.dtype) == (images.shape, torch.float32)
    assert changed.min() >= 0
    assert changed.max() <= 1
    assert (changed.flatten(1).amax(1) > 0.2).all()  # none is wiped out
    assert torch.equal(images, before)


def test_without_distortion_a_normalised_image_stays_the_same(mnist):
    images, labels = mnist
    changed = augment(images, labels, STILL, generator())
    # Only centres of mass between two pixels are moved, by half a pixel at most.
    assert (changed - images).abs().mean() < 0.04
    assert np.corrcoef(changed.flatten(), images.flatten())[0, 1] > 0.9


def test_blank_images_stay_blank():
    blank = torch.zeros(3, 28, 28)
    assert torch.equal(augment(blank, torch.tensor([0, 3, 8]), Distortion(), generator()), blank)


# Moving


def test_turned_and_stretched_ink_is_20_pixels_long_and_centred(mnist):
    images, _ = mnist
    moved = move(images, only(turn=0.3, slant=0.3, stretch=0.3), generator())
    assert np.abs(ink_boxes(moved).max(1) - 20).max() <= 2
    for image in moved.numpy():
        assert np.abs(np.array(centre_of_mass(image)) - MIDDLE).max() < 0.3


def test_size_and_position_vary_within_their_limits(mnist):
    images, _ = mnist
    sizes = ink_boxes(move(images, only(size=0.2), generator())).max(1)
    assert sizes.min() == pytest.approx(20 * np.exp(-0.2), abs=1.5)
    assert sizes.max() == pytest.approx(20 * np.exp(0.2), abs=1.5)
    moved = move(images, only(shift=2), generator())
    places = np.array([centre_of_mass(image) for image in moved.numpy()]) - MIDDLE
    assert np.abs(places).max() == pytest.approx(2, abs=0.3)
    assert np.abs(places.mean(0)).max() < 0.4


def test_a_turned_line_points_where_trigonometry_says():
    line = torch.zeros(300, 28, 28)
    line[:, 4:24, 13:15] = 1  # upright
    moved = move(line, only(turn=0.5), generator()).numpy()
    rows, columns = np.mgrid[:28, :28]
    angles = []
    for image in moved:
        x, y = columns - np.average(columns, weights=image), rows - np.average(rows, weights=image)
        angles.append(0.5 * np.arctan2(2 * (x * y * image).sum(), (y * y * image - x * x * image).sum()))
    assert np.abs(angles).max() == pytest.approx(0.5, abs=0.03)
    assert np.ptp(angles) == pytest.approx(1.0, abs=0.06)


def test_a_bend_moves_ink_smoothly_and_about_as_far_as_set():
    columns = torch.zeros(200, 28, 28)
    columns[:, 4:24, 13:15] = 1
    bent = move(columns, only(bend=1.0), generator()).numpy()
    middles = (bent * np.arange(28)).sum(2)[:, 6:22] / bent.sum(2)[:, 6:22]  # of the ink in each row
    assert 0.5 < middles.std() < 1.5
    assert np.abs(np.diff(middles, axis=1)).mean() < 0.5


# Thickness


def test_thinner_strokes_lose_ink_at_their_edges_and_keep_their_middle(mnist):
    images, _ = mnist
    thin = change_thickness(images, only(thin=1), generator())
    assert (thin <= images).all()
    kept = thin.flatten(1).sum(1) / images.flatten(1).sum(1)
    assert kept.min() < 0.6
    assert kept.max() > 0.75
    assert (thin.flatten(1).amax(1) > 0.7).all()


def test_a_fraction_of_the_images_keeps_its_thickness(mnist):
    images = mnist[0].repeat(3, 1, 1)
    same = (change_thickness(images, only(thin=0.5), generator()) == images).flatten(1).all(1).float().mean()
    assert same == pytest.approx(0.5, abs=0.1)
    assert torch.equal(change_thickness(images, STILL, generator()), images)


# Habits of hands


def test_sevens_ones_and_nines_get_extra_strokes_and_fours_and_nines_lose_some_at_the_top_right(mnist):
    images, labels = mnist
    changed = add_habits(images, labels, only(habits=1), generator())
    gained, lost = (changed - images).clamp(min=0).flatten(1).sum(1), (images - changed).clamp(min=0).flatten(1).sum(1)
    assert set(labels[gained > 0].tolist()) == {1, 7, 9}
    assert set(labels[lost > 0].tolist()) == {4, 9}
    assert (gained[labels == 1] > 0).all()
    assert (lost[labels == 4] > 0).all()
    assert (lost[labels == 4] < images[labels == 4].flatten(1).sum(1) / 2).all()


def test_a_four_is_opened_at_the_top_of_its_stem_alone():
    four = torch.zeros(50, 28, 28)
    four[:, 4:16, 8] = four[:, 15, 8:21] = four[:, 4:24, 18] = 1  # an arm, a crossing bar, a stem
    opened = add_habits(four, torch.full((50,), 4), only(habits=1), generator())
    assert torch.equal(opened[:, :, :12], four[:, :, :12])
    assert torch.equal(opened[:, 12:], four[:, 12:])
    stems = opened[:, 4:24, 18].sum(1)
    assert stems.max() < 20
    assert stems.min() == pytest.approx(20 - 6, abs=1)  # up to six pixels are erased


def test_the_bar_of_a_seven_crosses_its_stem_in_the_middle_of_its_height():
    seven = torch.zeros(50, 28, 28)
    seven[:, 4, 8:19] = seven[:, 4:24, 18] = 1
    added = add_habits(seven, torch.full((50,), 7), only(habits=1), generator()) - seven
    rows = added.sum(2).gt(0.1).nonzero()[:, 1]
    assert rows.min() >= 9
    assert rows.max() <= 22
    assert (added[:, :, :18].sum((1, 2)) > 0.5).all()
    assert (added[:, :, 19:].sum((1, 2)) > 0.5).all()


def test_extra_strokes_are_as_frequent_as_set():
    seven = torch.zeros(2000, 28, 28)
    seven[:, 4:24, 14] = 1
    added = add_habits(seven, torch.full((2000,), 7), only(habits=0.3), generator()) - seven
    assert (added.flatten(1).sum(1) > 0).float().mean() == pytest.approx(0.3, abs=0.04)
