"""Distance: the specimen against each ideal, all images judged by the nearest, and accuracy against loss."""

import pandas as pd
import streamlit as st
import torch
import torch.nn.functional as F

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
from core.ideal import to_unit
from core.loss import baseline_logits, cross_entropy
from core.model import is_right, predict
from ui.distance import charts
from ui.distance.gallery import gallery
from ui.frame import baseline, own_model, specimen
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.frame.page import start
from ui.kit import pictures
from ui.kit.text import percent, with_article
from ui.state import keys, session
from ui.state.choices import SPLIT_NAMES

scene = start(
    "Distance",
    "How far is the specimen from each ideal digit? **The nearest ideal is the answer**: a first classifier, made of "
    "nothing but a mean and a distance. **Try this:** take another specimen and see who wins, and by how much.",
)
ideals = baseline.ideals(scene)
unit = to_unit(scene.specimen.image)

judged_valid = baseline.judge_split(scene, "valid")
right_of_100 = 100 * accuracy(nearest(judged_valid.distances["L2"]), judged_valid.targets)
bands = {"fewer than 70": 70, "70 to 89": 90, "90 to 97": 97.5, "98 or more": 101}
guess_first(
    "distance",
    "Of 100 images that it has never seen, how many will the nearest ideal, by L2, get right?",
    list(bands),
    next(name for name, end in bands.items() if right_of_100 < end),
    f"On the validation images it gets {right_of_100:.1f} of 100 right.",
)

st.header("The specimen against each ideal")
kind = st.segmented_control("Map of the difference", **session.bound("map"))
with st.grid(max(2, min(len(scene.digits), 5)), min_column_width=150, border=True):
    for digit, ideal in zip(scene.digits, ideals, strict=True):
        difference = unit - ideal
        drawn = {
            "Signed": pictures.signed(difference, 6),
            "Absolute": pictures.ink(difference.abs(), 6),
            "Squared": pictures.ink(difference**2, 6),
        }[kind]
        with st.container(gap="small"):
            st.markdown(f"Against the ideal **{digit}**")
            with st.container(horizontal=True, gap="small"):
                st.image(pictures.data_url(pictures.ink(ideal, 4)), width=112, alt=f"The ideal {digit}")
                st.image(
                    pictures.data_url(drawn), width=170, alt=f"{kind} difference of the specimen and the ideal {digit}"
                )
            st.markdown(f"L1 **{l1_distance(unit, ideal):.4f}**  \nL2 **{l2_distance(unit, ideal):.4f}**")
st.caption(
    {
        "Signed": "Blue: the specimen has ink where the ideal has less. Orange: the ideal has more. White: they agree.",
        "Absolute": "The size of each difference, whatever its sign: the darker, the further apart.",
        "Squared": "Each difference times itself: small ones fade, large ones stay. L2 minds a few large ones most.",
    }[kind]
)
for name, distance in DISTANCES.items():
    to_each = distances_to(unit[None], ideals, distance)
    order = to_each[0].argsort()
    winner, second = scene.digits[order[0]], scene.digits[order[1]]
    if scene.specimen.digit is None:
        verdict = " to your drawing"
    else:
        right = winner == scene.specimen.digit
        verdict = ", which is right" if right else f", but the specimen is {with_article(scene.specimen.digit)}"
    st.markdown(
        f"By **{name}** the ideal **{winner}** is nearest{verdict}: "
        f"nearer than the {second} by {to_each[0, order[1]] - to_each[0, order[0]]:.4f}."
    )

st.header("Why not just add up the differences?")
positive, negative = positive_and_negative(unit, ideals)
st.markdown(
    "Because positive and negative parts cancel. A specimen can differ from an ideal everywhere, and the differences "
    "still sum to nothing. An absolute value or a square keeps each part from hiding another."
)
st.dataframe(
    pd.DataFrame(
        {
            "Positive parts, sum": positive.numpy(),
            "Negative parts, sum": negative.numpy(),
            "Plain sum": (positive + negative).numpy(),
            "Plain mean": plain_difference(unit, ideals).numpy(),
            "L1": l1_distance(unit, ideals).numpy(),
            "L2": l2_distance(unit, ideals).numpy(),
        },
        index=[f"ideal {digit}" for digit in scene.digits],
    )
    .style.format("{:+.2f}", subset=["Positive parts, sum", "Negative parts, sum", "Plain sum"])
    .format("{:+.4f}", subset=["Plain mean"])
    .format("{:.4f}", subset=["L1", "L2"]),
    alt="Sums of the differences of the specimen to each ideal, with L1 and L2",
)

st.header("By hand and by library")
against = st.segmented_control("Against the ideal", **session.bound_digit("a", scene.digits, scene.digits[0]))
ideal = ideals[scene.digits.index(against)]
left, right = st.columns(2, gap="large")
left.markdown("**L1**, the mean absolute difference")
left.code(
    f">>> (x - ideal_{against}).abs().mean()\n{l1_distance(unit, ideal):.6f}\n"
    f">>> F.l1_loss(x, ideal_{against})\n{F.l1_loss(unit, ideal):.6f}"
)
right.markdown("**L2**, the root of the mean squared difference (RMSE)")
right.code(
    f">>> ((x - ideal_{against}) ** 2).mean().sqrt()\n{l2_distance(unit, ideal):.6f}\n"
    f">>> F.mse_loss(x, ideal_{against}).sqrt()\n{F.mse_loss(unit, ideal).sqrt():.6f}\n"
    f">>> F.mse_loss(x, ideal_{against})  # no root: MSE\n{F.mse_loss(unit, ideal):.6f}"
)
st.caption("The mean squared error (MSE) puts images in the same order as L2, but it becomes L2 only by its root.")

st.header("All images, judged by the nearest ideal")
st.markdown(
    "**Accuracy** is the share of right answers. What counts is the accuracy on validation images, which had no part "
    "in the ideals: on training images a method may do well by having seen them."
)


def accuracies(split: str) -> dict[str, list[float]]:
    """Return the accuracy of each distance for each digit and in all, in the order of the table's columns."""
    judged = baseline.judge_split(scene, split)
    rows = {}
    for name, distances in judged.distances.items():
        predicted = nearest(distances)
        each = [
            accuracy(predicted[judged.targets == k], judged.targets[judged.targets == k])
            for k in range(len(scene.digits))
        ]
        rows[f"{SPLIT_NAMES[split]}, {name}"] = [*each, accuracy(predicted, judged.targets)]
    return rows


def own_accuracies(own: own_model.OwnModel) -> list[float]:
    """Return the same for the learner's own model on validation images, which is shown beside the baseline."""
    targets = baseline.judge_split(scene, "valid").targets
    images = torch.cat([scene.images("valid", digit) for digit in scene.digits])
    right = is_right(predict(to_unit(images).flatten(1), own.params), targets)
    each = [right[targets == k].float().mean().item() for k in range(len(scene.digits))]
    return [*each, right.float().mean().item()]


rows = {**accuracies("train"), **accuracies("valid")}
if own := own_model.own_model(scene.digits):
    rows["Validation, your model"] = own_accuracies(own)
st.dataframe(
    pd.DataFrame(rows, index=[*(f"of the {d}s" for d in scene.digits), "of all"]).T.style.format(percent),
    alt="Accuracy of the nearest ideal by digit",
)
left, right = st.columns(2, gap="large")
split = left.segmented_control("Images", **session.bound("scored"))
norm = right.segmented_control("Distance", **session.bound("judge"))
judged = baseline.judge_split(scene, split)
distances, taken = judged.distances[norm], nearest(judged.distances[norm])
frame = pd.DataFrame(
    {
        "digit": [str(scene.digits[k]) for k in judged.targets],
        "answer": [str(scene.digits[k]) for k in taken],
        "number": judged.numbers.numpy(),
        "margin": margin(distances, judged.targets).numpy(),
    }
)

st.subheader("Distance to one ideal against distance to another")


def take_point() -> None:
    """Make the image whose point was clicked the specimen."""
    points = st.session_state[keys.SCATTER].selection.get("point")
    if points:
        specimen.choose(split, int(points[0]["digit"]), int(points[0]["number"]))


a, b = scene.digits[:2]
if len(scene.digits) > 2:
    left, right = st.columns(2, gap="large")
    a = left.segmented_control("Across", **session.bound_digit("across", scene.digits, scene.digits[0]))
    b = right.segmented_control("Up", **session.bound_digit("up", scene.digits, scene.digits[1]))
to_a, to_b = (distances[:, scene.digits.index(one)].numpy() for one in (a, b))
points = frame.assign(to_a=to_a, to_b=to_b)[frame.digit.isin([str(a), str(b)])]
to_specimen = [[DISTANCES[norm](unit, ideals[scene.digits.index(one)]).item() for one in (a, b)]]
st.altair_chart(
    charts.distance_scatter(points, a, b, pd.DataFrame(to_specimen, columns=["to_a", "to_b"])),
    key=keys.SCATTER,
    on_select=take_point,
    selection_mode="point",
    alt=f"Distance of each {a} and {b} to the ideal {a} and to the ideal {b}",
)
st.caption(
    f"Below the dashed line the ideal {b} is nearer, above it the ideal {a}. The ring is the specimen. "
    "Click a point to make that image the specimen, or choose it by its number at the top of the page."
)

st.subheader("Confusion matrix")
counts = confusion(taken, judged.targets, len(scene.digits))
cells = pd.DataFrame(
    [
        {"digit": d, "answer": e, "count": int(counts[i, j]), "share": (counts[i, j] / counts[i].sum()).item()}
        for i, d in enumerate(scene.digits)
        for j, e in enumerate(scene.digits)
    ]
)


def open_cell() -> None:
    """Open the cell that was clicked."""
    picked = st.session_state[keys.CONFUSION].selection.get("cell")
    if picked:
        st.session_state[keys.CELL] = (int(picked[0]["digit"]), int(picked[0]["answer"]))


left, right = st.columns([2, 3], gap="large")
with left:
    st.altair_chart(
        charts.confusion_matrix(cells, 300),
        width="content",
        key=keys.CONFUSION,
        on_select=open_cell,
        selection_mode="cell",
        alt="How many images of each digit were taken for which",
    )
with right:
    choices = list(zip(cells.digit, cells.answer, strict=True))
    if st.session_state.get(keys.CELL) not in choices:
        wrong = cells[cells.digit != cells.answer].reset_index(drop=True)
        worst = wrong.loc[wrong["count"].idxmax()]
        st.session_state[keys.CELL] = (int(worst.digit), int(worst.answer))
    how_many = dict(zip(choices, cells["count"], strict=True))
    cell = st.selectbox(
        "Open a cell",
        choices,
        key=keys.CELL,
        persist_state="session",
        format_func=lambda c: f"{with_article(c[0])} taken for {with_article(c[1])}: {how_many[c]}",
    )
    inside = frame[(frame.digit == str(cell[0])) & (frame.answer == str(cell[1]))].sort_values("margin")
    LIMIT = 16
    if inside.empty:
        st.info("No image is in this cell.")
    else:
        gallery(
            scene,
            split,
            [(int(r.digit), int(r.number), f"{r.margin:+.3f}") for r in inside[:LIMIT].itertuples()],
            "cell",
        )
        more = f"The first {LIMIT} of {len(inside)}. " if len(inside) > LIMIT else ""
        st.caption(f"{more}The number is how much nearer the right ideal is; below 0 it is a mistake.")

st.subheader("The most confident mistakes")
mistakes = frame[frame.margin < 0].sort_values("margin")[:8]
if mistakes.empty:
    st.info("There is no mistake among these images.")
else:
    gallery(
        scene,
        split,
        [
            (int(m.digit), int(m.number), f"{with_article(m.digit)}, taken for {m.answer}")
            for m in mistakes.itertuples()
        ],
        "mistake",
    )

st.header("Accuracy against loss")
st.markdown(
    "The pixels of the ideals are this method's **weights**. To improve a weight, one must see what a little change "
    "does. **Try this:** add a ten-thousandth to one weight, then ever more."
)
left, right = st.columns([2, 3], gap="large")
with left:
    nudge = st.select_slider("Add to one pixel of one ideal", **session.bound("nudge"))
    row, column = session.value("pixel_row"), session.value("pixel_column")
    st.caption(f"Row {row}, column {column} of the ideal {against}: the pixel picked on the Pixels page.")
right_before, total, loss_before = baseline.evaluate_nudge(scene, against, row, column, 0.0)
right_after, _, loss_after = baseline.evaluate_nudge(scene, against, row, column, nudge)
with right:
    st.dataframe(
        pd.DataFrame(
            {
                "Before": [f"{right_before} of {total}", f"{loss_before:.10f}"],
                "After": [f"{right_after} of {total}", f"{loss_after:.10f}"],
                "Change": [f"{right_after - right_before:+d}", f"{loss_after - loss_before:+.2e}"],
            },
            index=["Right answers", "Loss"],
        ),
        alt="Accuracy and loss before and after the nudge",
    )
st.markdown(
    "**Accuracy** jumps only when an answer flips, so it says nothing about most little changes. The **loss** moves "
    "with every one, and tells which way is better. It is the mean of −log p, where p is the probability that the "
    "right digit gets: the softmax of minus the squared distances. Accuracy is for people, loss is for learning. And "
    "a **baseline** is for both: a simple method, quickly made, that any cleverer one must beat."
)
code_drawer(
    l1_distance,
    l2_distance,
    plain_difference,
    positive_and_negative,
    distances_to,
    nearest,
    accuracy,
    confusion,
    margin,
    baseline_logits,
    cross_entropy,
)
