"""Distances and the nearest ideal. PyTorch's own losses, NumPy and loops over single images are the oracles."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.distance import (
    DISTANCES,
    accuracy,
    confusion,
    distances_to,
    l1_distance,
    l2_distance,
    margin,
    nearest,
    plain_difference,
    positive_and_negative,
)

unit = st.floats(0, 1, width=32)
pixels = hnp.arrays(np.float32, (28, 28), elements=unit).map(torch.from_numpy)
both = pytest.mark.parametrize("distance", DISTANCES.values(), ids=DISTANCES)


def stacks(least: int, most: int):
    """Some images at once, as (n, 28, 28)."""
    shape = st.tuples(st.integers(least, most), st.just(28), st.just(28))
    return hnp.arrays(np.float32, shape, elements=unit).map(torch.from_numpy)


def distance_tables():
    """A table of n distances to K ideals with n right answers."""
    return st.tuples(st.integers(1, 20), st.integers(2, 10)).flatmap(
        lambda size: st.tuples(
            hnp.arrays(np.float32, size, elements=unit).map(torch.from_numpy),
            hnp.arrays(np.int64, size[0], elements=st.integers(0, size[1] - 1)).map(torch.from_numpy),
        )
    )


@given(pixels, pixels)
def test_l1_is_the_librarys_l1_loss(a, b):
    torch.testing.assert_close(l1_distance(a, b), F.l1_loss(a, b))


@given(pixels, pixels)
def test_l2_is_the_root_of_the_librarys_mse_loss(a, b):
    torch.testing.assert_close(l2_distance(a, b), F.mse_loss(a, b).sqrt())


def test_a_difference_in_one_pixel_by_hand():
    a, b = torch.zeros(28, 28), torch.zeros(28, 28)
    a[3, 4] = 0.5
    assert l1_distance(a, b).item() == pytest.approx(0.5 / 784)
    assert l2_distance(a, b).item() == pytest.approx(0.5 / 28)  # the root of 0.25 / 784
    assert plain_difference(b, a).item() == pytest.approx(-0.5 / 784)


@both
@given(pixels)
def test_the_distance_of_an_image_to_itself_is_0(distance, a):
    assert distance(a, a) == 0


@both
@given(pixels, pixels)
def test_distances_are_the_same_both_ways_and_between_0_and_1(distance, a, b):
    assert distance(a, b) == distance(b, a)
    assert 0 <= distance(a, b) <= 1 + 1e-6


@both
@given(pixels, pixels)
def test_different_images_have_a_distance(distance, a, b):
    far = (a - b).abs().max() > 1e-3  # the square of less than that may vanish in a float32
    assert distance(a, b) > 0 or not far


@both
@given(pixels, pixels, pixels)
def test_the_triangle_inequality_holds(distance, a, b, c):
    assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-6


@both
@given(stacks(1, 4), pixels)
def test_broadcasting_either_way_round_gives_what_single_images_give(distance, images, ideal):
    one_by_one = torch.stack([distance(image, ideal) for image in images])
    torch.testing.assert_close(distance(images, ideal), one_by_one)
    torch.testing.assert_close(distance(ideal, images), one_by_one)


@both
@given(stacks(1, 4), stacks(1, 4))
def test_each_image_is_measured_against_each_ideal(distance, images, ideals):
    to_each = distances_to(images, ideals, distance)
    assert to_each.shape == (len(images), len(ideals))
    torch.testing.assert_close(to_each, distance(images[:, None], ideals[None]))  # all at once, by broadcasting


@given(pixels, pixels)
def test_positive_and_negative_parts_add_up_to_the_sum_and_their_sizes_to_l1(a, b):
    positive, negative = positive_and_negative(a, b)
    assert positive >= 0 >= negative
    difference = a.double().numpy() - b.double().numpy()
    assert (positive + negative).item() == pytest.approx(difference.sum(), abs=1e-3)
    assert (positive - negative).item() / 784 == pytest.approx(np.abs(difference).mean(), abs=1e-6)
    assert plain_difference(a, b).item() == pytest.approx(difference.mean(), abs=1e-6)


def test_parts_that_cancel_have_a_plain_difference_of_0_but_a_distance():
    a, b = torch.zeros(28, 28), torch.zeros(28, 28)
    a[0, 0], b[1, 1] = 1, 1
    assert plain_difference(a, b) == 0
    assert l1_distance(a, b).item() == pytest.approx(2 / 784)
    assert [part.item() for part in positive_and_negative(a, b)] == [1, -1]


def test_the_nearest_ideal_is_the_answer_and_a_tie_takes_the_first():
    distances = torch.tensor([[0.3, 0.1, 0.2], [0.2, 0.2, 0.5], [0.9, 0.8, 0.7]])
    assert nearest(distances).tolist() == [1, 0, 2]


@given(distance_tables())
def test_accuracy_is_the_fraction_of_right_answers(table):
    distances, targets = table
    expected = np.mean(distances.numpy().argmin(1) == targets.numpy())
    share = accuracy(nearest(distances), targets)
    assert isinstance(share, float)
    assert share == pytest.approx(expected)


@given(distance_tables())
def test_the_confusion_matrix_counts_each_answer_in_the_row_of_its_true_class(table):
    distances, targets = table
    classes = distances.shape[1]
    predicted = nearest(distances)
    expected = np.zeros((classes, classes), dtype=int)
    for is_a, taken_for in zip(targets.tolist(), predicted.tolist(), strict=True):
        expected[is_a, taken_for] += 1
    counts = confusion(predicted, targets, classes)
    np.testing.assert_array_equal(counts.numpy(), expected)
    assert counts.trace().item() / len(targets) == pytest.approx(accuracy(predicted, targets))


def test_the_margin_is_the_lead_of_the_right_ideal_over_the_nearest_wrong_one():
    distances = torch.tensor([[0.25, 0.5, 1.0], [0.25, 0.5, 1.0], [0.25, 0.5, 1.0]])
    assert margin(distances, torch.tensor([0, 1, 2])).tolist() == [0.25, -0.25, -0.75]


@given(distance_tables())
def test_a_margin_below_0_is_a_mistake_and_one_above_0_is_not(table):
    distances, targets = table
    right = nearest(distances) == targets
    margins = margin(distances, targets)
    assert not right[margins < 0].any()
    assert right[margins > 0].all()


@both
def test_on_real_digits_the_nearest_ideal_is_what_numpy_finds(built_in_folder, distance):
    from core.dataset import read_dataset
    from core.ideal import ideal_digits, to_unit

    dataset = read_dataset(built_in_folder, (3, 7))
    ideals = ideal_digits([dataset.train.of(digit) for digit in dataset.digits])
    answers = nearest(distances_to(to_unit(dataset.valid.images), ideals, distance))

    images = dataset.valid.images.numpy() / 255.0
    means = np.stack([dataset.train.of(digit).numpy().mean(0) / 255 for digit in (3, 7)])
    power = {l1_distance: 1, l2_distance: 2}[distance]  # no root: it changes no order
    expected = (np.abs(images[:, None] - means) ** power).mean((2, 3)).argmin(1)
    assert answers.tolist() == expected.tolist()
