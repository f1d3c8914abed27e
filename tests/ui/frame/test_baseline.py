"""What is computed once for the whole server: right, shared, and never mixed up."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from core.dataset import DatasetError
from ui.frame import baseline


@pytest.mark.parametrize("n", [None, 1, 3, 5, 100])
def test_ideals_are_the_means_of_the_first_n_images(scene, noise, n):
    expected = [(noise["train", digit][:n] / 255).mean(0) for digit in (2, 9)]
    np.testing.assert_allclose(baseline.ideals(scene, n), expected, atol=1e-6)


@pytest.mark.parametrize("split", ["train", "valid"])
def test_a_judged_split_holds_the_distance_of_each_image_to_each_ideal(scene, noise, split):
    judged = baseline.judge_split(scene, split)
    ideals = np.stack([(noise["train", digit] / 255).mean(0) for digit in (2, 9)])
    images = np.concatenate([noise[split, digit] for digit in (2, 9)]) / 255
    difference = images[:, None] - ideals
    np.testing.assert_allclose(judged.distances["L1"], abs(difference).mean((2, 3)), atol=1e-5)
    np.testing.assert_allclose(judged.distances["L2"], np.sqrt((difference**2).mean((2, 3))), atol=1e-5)
    counts = [len(noise[split, digit]) for digit in (2, 9)]
    assert judged.targets.tolist() == [0] * counts[0] + [1] * counts[1]
    assert judged.numbers.tolist() == [*range(counts[0]), *range(counts[1])]


def test_the_second_call_gets_the_same_object(scene):
    assert baseline.ideals(scene) is baseline.ideals(scene)
    assert baseline.ideals(scene, 3) is baseline.ideals(scene, 3)
    assert baseline.judge_split(scene, "valid") is baseline.judge_split(scene, "valid")


def test_a_different_question_gets_a_different_answer(scene):
    others = [
        baseline.ideals(scene, 1),
        baseline.ideals(dataclasses.replace(scene, digits=(2, 5))),
        baseline.ideals(dataclasses.replace(scene, digits=(2, 5, 9))),
    ]
    first = baseline.ideals(scene)
    assert all(other.shape != first.shape or not other.equal(first) for other in others)
    assert baseline.judge_split(scene, "train").targets.shape != baseline.judge_split(scene, "valid").targets.shape


def test_a_dataset_in_another_folder_gets_its_own_result(scene, tmp_path):
    first = baseline.ideals(scene)
    moved = dataclasses.replace(scene.dataset, folder=tmp_path / "other", train=scene.dataset.valid)
    assert not baseline.ideals(dataclasses.replace(scene, dataset=moved)).equal(first)


@pytest.fixture
def files(scene, noise):
    """The training files of the digit 2, some of them blank and so shorter."""
    folder = scene.dataset.train.folder / "2"
    folder.mkdir(parents=True)
    for number, image in enumerate(noise["train", 2]):
        Image.fromarray(image if number % 3 else image * 0).save(folder / f"{number}.png")
    return scene.dataset.train.paths_of(2)


@pytest.mark.parametrize("condition", ["every file", "files larger than", "files smaller than"])
def test_only_the_files_that_meet_the_condition_are_opened(scene, noise, files, condition):
    images = baseline.open_training_files(scene.dataset, 2, condition, 500)
    blank = [number % 3 == 0 for number in range(7)]
    kept = {"every file": [True] * 7, "files larger than": [not one for one in blank], "files smaller than": blank}
    expected = [
        image * (not is_blank)
        for image, is_blank, keep in zip(noise["train", 2], blank, kept[condition], strict=True)
        if keep
    ]
    assert len(images) == len(expected)
    for image, wanted in zip(images, expected, strict=True):
        np.testing.assert_array_equal(image, wanted)


def test_a_damaged_file_raises_an_error_that_is_not_cached(scene, files):
    whole = files[1].read_bytes()
    files[1].write_bytes(b"no picture")
    with pytest.raises(DatasetError, match=r"1\.png"):
        baseline.open_training_files(scene.dataset, 2, "every file", 0)
    files[1].write_bytes(whole)
    assert len(baseline.open_training_files(scene.dataset, 2, "every file", 0)) == 7
