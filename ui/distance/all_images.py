"""All images, judged by the nearest ideal digit: accuracies, a scatter, the confusion matrix, and the loss."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st
import torch

from core import distance
from core.dataset import SPLITS
from core.ideal import to_unit
from core.model import is_right, predict
from ui.distance import charts, plain_mean
from ui.frame import baseline, own_model, specimen
from ui.frame.scene import Scene
from ui.kit import pictures
from ui.kit.text import percent
from ui.state import keys, session
from ui.state.choices import SPLIT_NAMES

MOST_PICTURED = 1_000  # points that show their image when they are pointed at: each takes 400 bytes


@dataclass(frozen=True)
class Answers:
    """The nearest ideal of each image of a split, by one distance.

    distances: (n, K) float32; targets: (n,) int64. images: digit, answer, number, margin, one row for each.
    """

    split: str
    norm: str
    distances: torch.Tensor
    targets: torch.Tensor
    images: pd.DataFrame


def accuracies(scene: Scene) -> None:
    """Show the accuracy of each distance, and that of the learner's own model."""
    st.markdown(
        "**Accuracy** is the share of right answers. What counts is the accuracy on validation images, which had no "
        "part in the ideals: on training images a method may do well by having seen them."
    )
    rows = {}
    for split in SPLITS:
        judged = baseline.judge_split(scene, split)
        for name, distances in judged.distances.items():
            right = distance.nearest(distances) == judged.targets
            rows[f"{SPLIT_NAMES[split]}, {name}"] = _shares(scene, right, judged.targets)
        right = plain_mean.answers(scene, split) == judged.targets
        rows[f"{SPLIT_NAMES[split]}, plain mean"] = _shares(scene, right, judged.targets)
    if own := own_model.own_model(scene.digits):
        images = torch.cat([scene.images("valid", digit) for digit in scene.digits])
        targets = baseline.judge_split(scene, "valid").targets
        right = is_right(predict(to_unit(images).flatten(1), own.params), targets)
        rows["Validation, your model"] = _shares(scene, right, targets)
    table = pd.DataFrame(rows, index=["of all", *(f"of the {digit}s" for digit in scene.digits)]).T
    st.dataframe(table.style.format(percent), alt="Accuracy of the nearest ideal by digit")
    st.caption(
        "The plain mean only compares how much ink there is. Guessing blindly among "
        f"{len(scene.digits)} digits is right {percent(1 / len(scene.digits))} of the time, on average."
    )


def _shares(scene: Scene, right: torch.Tensor, targets: torch.Tensor) -> list[float]:
    """Return the share of right answers for all and for each digit."""
    each = [right[targets == place] for place in range(len(scene.digits))]
    return [one.double().mean().item() for one in (right, *each)]


def choose(scene: Scene) -> Answers:
    """Ask for a split and a distance, and return how its images are judged."""
    left, right = st.columns(2, gap="large")
    split = left.segmented_control("Images", **session.bound("scored"))
    norm = right.segmented_control("Distance", **session.bound("judge"))
    judged = baseline.judge_split(scene, split)
    distances, targets = judged.distances[norm], judged.targets
    images = {
        "digit": [str(scene.digits[place]) for place in targets],
        "answer": [str(scene.digits[place]) for place in distance.nearest(distances)],
        "number": judged.numbers.numpy(),
        "margin": distance.margin(distances, targets).numpy(),
    }
    return Answers(split, norm, distances, targets, pd.DataFrame(images))


def scatter(scene: Scene, answers: Answers, ideals: torch.Tensor) -> None:
    """Draw each image by its distance to two ideals. A click makes it the specimen."""

    def take_point() -> None:
        points = st.session_state[keys.SCATTER].selection.get("point")
        if points:
            specimen.choose(answers.split, int(points[0]["digit"]), int(points[0]["number"]))

    a, b = scene.digits[:2]
    if len(scene.digits) > 2:
        left, right = st.columns(2, gap="large")
        a = left.segmented_control("Across", wrap=True, **session.bound_digit("across", scene.digits, a))
        b = right.segmented_control("Up", wrap=True, **session.bound_digit("up", scene.digits, b))
    places = [scene.digits.index(a), scene.digits.index(b)]
    axes = ["to_a", "to_b"]
    frame = answers.images.assign(**dict(zip(axes, answers.distances[:, places].T.numpy(), strict=True)))
    measure = distance.DISTANCES[answers.norm]
    ring = distance.distances_to(to_unit(scene.specimen.image)[None], ideals[places], measure)
    frame = frame[frame.digit.isin([str(a), str(b)])]
    if len(frame) <= MOST_PICTURED:
        frame = frame.assign(image=_pictures(scene, answers.split, a, b))
    st.altair_chart(
        charts.distance_scatter(frame, a, b, pd.DataFrame(ring.numpy(), columns=axes)),
        key=keys.SCATTER,
        on_select=take_point,
        selection_mode="point",
        alt=f"Distance of each {a} and {b} to the ideal {a} and to the ideal {b}",
    )
    st.caption(
        "The ring is the specimen. Click a point to make its image the specimen; on the dashed line both ideals are "
        "equally near."
    )


@st.cache_resource(max_entries=100, show_spinner=False, hash_funcs=baseline.BY_DIGITS)
def _pictures(scene: Scene, split: str, a: int, b: int) -> list[str]:
    """Return small pictures of all images of one or two digits, as data URLs, in the order of the digits."""
    stacks = [scene.images(split, digit) for digit in sorted({a, b})]
    return [pictures.data_url(pictures.ink(image, 2).quantize(8)) for stack in stacks for image in stack]
