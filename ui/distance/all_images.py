"""All images, judged by the nearest ideal digit: accuracies, a scatter, the confusion matrix, and the loss."""

import itertools
from dataclasses import dataclass

import pandas as pd
import streamlit as st
import torch

from core import distance
from core.dataset import SPLITS
from core.ideal import to_unit
from core.model import is_right, predict
from ui.distance import charts, plain_mean
from ui.distance.gallery import gallery
from ui.frame import baseline, own_model, specimen
from ui.frame.scene import Scene
from ui.kit.text import percent, with_article
from ui.state import keys, session
from ui.state.choices import SPLIT_NAMES

IN_CELL, MISTAKES = 16, 8  # images shown at most


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
    table = pd.DataFrame(rows, index=[*(f"of the {digit}s" for digit in scene.digits), "of all"]).T
    st.dataframe(table.style.format(percent), alt="Accuracy of the nearest ideal by digit")
    st.caption(
        "The plain mean only compares how much ink there is. Who guesses among "
        f"{len(scene.digits)} digits is right {percent(1 / len(scene.digits))} of the time."
    )


def _shares(scene: Scene, right: torch.Tensor, targets: torch.Tensor) -> list[float]:
    """Return the share of right answers for each digit and for all."""
    each = [right[targets == place] for place in range(len(scene.digits))]
    return [one.double().mean().item() for one in (*each, right)]


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
        a = left.segmented_control("Across", **session.bound_digit("across", scene.digits, a))
        b = right.segmented_control("Up", **session.bound_digit("up", scene.digits, b))
    places = [scene.digits.index(a), scene.digits.index(b)]
    axes = ["to_a", "to_b"]
    frame = answers.images.assign(**dict(zip(axes, answers.distances[:, places].T.numpy(), strict=True)))
    measure = distance.DISTANCES[answers.norm]
    ring = distance.distances_to(to_unit(scene.specimen.image)[None], ideals[places], measure)
    st.altair_chart(
        charts.distance_scatter(
            frame[frame.digit.isin([str(a), str(b)])], a, b, pd.DataFrame(ring.numpy(), columns=axes)
        ),
        key=keys.SCATTER,
        on_select=take_point,
        selection_mode="point",
        alt=f"Distance of each {a} and {b} to the ideal {a} and to the ideal {b}",
    )
    st.caption(
        f"Below the dashed line the ideal {b} is nearer, above it the ideal {a}. The ring is the specimen. "
        "Click a point to make that image the specimen, or choose it by its number at the top of the page."
    )


def confusion_matrix(scene: Scene, answers: Answers) -> None:
    """Show how many images of each digit were taken for which, and the images of one cell."""
    places = torch.tensor([scene.digits.index(int(answer)) for answer in answers.images.answer])
    counts = distance.confusion(places, answers.targets, len(scene.digits))
    cells = pd.DataFrame(itertools.product(scene.digits, repeat=2), columns=["digit", "answer"])
    cells["count"], cells["share"] = counts.flatten(), (counts / counts.sum(1, keepdim=True)).flatten()
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.altair_chart(
            charts.confusion_matrix(cells, 300),
            width="content",
            key=keys.CONFUSION,
            on_select=_open_cell,
            selection_mode="cell",
            alt="How many images of each digit were taken for which",
        )
    with right:
        _cell(scene, answers, cells)


def _open_cell() -> None:
    picked = st.session_state[keys.CONFUSION].selection.get("cell")
    if picked:
        st.session_state[keys.CELL] = (int(picked[0]["digit"]), int(picked[0]["answer"]))


def _cell(scene: Scene, answers: Answers, cells: pd.DataFrame) -> None:
    """Show the images of one cell, at first of that with the most mistakes."""
    counts = cells.set_index(["digit", "answer"])["count"]
    if st.session_state.get(keys.CELL) not in counts:
        wrong = counts[[digit != answer for digit, answer in counts.index]]
        st.session_state[keys.CELL] = tuple(map(int, wrong.idxmax()))
    digit, answer = st.selectbox(
        "Open a cell",
        list(counts.index),
        key=keys.CELL,
        persist_state="session",
        format_func=lambda cell: f"{with_article(cell[0])} taken for {with_article(cell[1])}: {counts[cell]}",
    )
    images = answers.images
    inside = images[(images.digit == str(digit)) & (images.answer == str(answer))].sort_values("margin")
    if inside.empty:
        st.info("No image is in this cell.")
        return
    gallery(scene, answers.split, inside[:IN_CELL].assign(caption=inside.margin.map("{:+.3f}".format)), "cell")
    more = f"The first {IN_CELL} of {len(inside)}. " if len(inside) > IN_CELL else ""
    st.caption(f"{more}The number is how much nearer the right ideal is; below 0 it is a mistake.")


def mistakes(scene: Scene, answers: Answers) -> None:
    """Show the mistakes with the largest margins."""
    worst = answers.images[answers.images.margin < 0].sort_values("margin")[:MISTAKES]
    if worst.empty:
        st.info("There is no mistake among these images.")
    else:
        captions = worst.digit.map(with_article) + ", taken for " + worst.answer
        gallery(scene, answers.split, worst.assign(caption=captions), "mistake")


def nudged_weight(scene: Scene, digit: int) -> None:
    """Add a little to one pixel of the ideal of a digit, and show what that does to accuracy and loss."""
    st.markdown(
        "The pixels of the ideals are this method's **weights**. To improve a weight, one must see what a little "
        "change does. **Try this:** add a ten-thousandth to one weight, then ever more."
    )
    left, right = st.columns([2, 3], gap="large")
    row, column = session.value("pixel_row"), session.value("pixel_column")
    with left:
        nudge = st.select_slider("Add to one pixel of one ideal", **session.bound("nudge"))
        st.caption(f"Row {row}, column {column} of the ideal {digit}: the pixel picked on the Pixels page.")
    right_before, total, loss_before = baseline.evaluate_nudge(scene, digit, row, column, 0.0)
    right_after, _, loss_after = baseline.evaluate_nudge(scene, digit, row, column, nudge)
    table = {
        "Before": [f"{right_before} of {total}", f"{loss_before:.10f}"],
        "After": [f"{right_after} of {total}", f"{loss_after:.10f}"],
        "Change": [f"{right_after - right_before:+d}", f"{loss_after - loss_before:+.2e}"],
    }
    right.dataframe(
        pd.DataFrame(table, index=["Right answers", "Loss"]), alt="Accuracy and loss before and after the nudge"
    )
    st.markdown(
        "**Accuracy** jumps only when an answer flips, so it says nothing about most little changes. The **loss** "
        "moves with every one, and tells which way is better. It is the mean of −log p, where p is the probability "
        "that the right digit gets: the softmax of minus the squared distances. Accuracy is for people, loss is for "
        "learning. And a **baseline** is for both: a simple method, quickly made, that any cleverer one must beat."
    )
