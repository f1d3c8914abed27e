"""Why the plain mean of the differences is no distance: positive and negative parts cancel."""

import pandas as pd
import streamlit as st
import torch
from torch import Tensor

from core import distance
from core.ideal import to_unit
from ui.distance import charts
from ui.frame import baseline, specimen
from ui.frame.scene import Scene
from ui.kit.text import number, with_article


@st.cache_resource(max_entries=60, show_spinner=False, hash_funcs=baseline.BY_DIGITS)
def answers(scene: Scene, split: str) -> Tensor:
    """Return the place of the ideal to which the plain difference of each image of a split is nearest to 0: (n,)."""
    ideals, stacks = baseline.ideals(scene), [scene.images(split, digit) for digit in scene.digits]
    return distance.nearest(torch.cat([distance.by_plain_mean(to_unit(stack), ideals) for stack in stacks]))


def sums(scene: Scene, ideals: Tensor) -> None:
    """Show how the differences of the specimen to each ideal cancel when they are only added up."""
    st.markdown(
        "Because positive and negative parts **cancel**. Blue is what the specimen has more than the ideal, orange "
        "what the ideal has more. Each is a difference, but added up, one takes away what the other has brought: grey "
        "is left. An absolute value or a square keeps each part from hiding another."
    )
    unit = to_unit(scene.specimen.image)
    positive, negative = distance.positive_and_negative(unit, ideals)
    names = [f"ideal {digit}" for digit in scene.digits]
    bars = charts.cancelling_bars(names, positive.tolist(), negative.tolist())
    alt = "The positive and the negative parts of the differences, and what is left of them"
    st.vega_lite_chart(bars, charts.cancelling(len(names)), alt=alt)
    _verdict(scene, unit, ideals)
    columns = {
        "Positive parts, sum": positive,
        "Negative parts, sum": negative,
        "Plain sum": positive + negative,
        "Plain mean": distance.plain_difference(unit, ideals),
        "L1": distance.l1_distance(unit, ideals),
        "L2": distance.l2_distance(unit, ideals),
    }
    forms = dict.fromkeys(columns, "+.2f") | {"Plain mean": "+.4f", "L1": ".4f", "L2": ".4f"}
    formats = {name: lambda value, form=form: number(value, form) for name, form in forms.items()}
    st.dataframe(
        pd.DataFrame(columns, index=names).style.format(formats),
        alt="Sums of the differences of the specimen to each ideal, with L1 and L2",
    )


def _verdict(scene: Scene, unit: Tensor, ideals: Tensor) -> None:
    """Say what the specimen would be by its plain mean, beside a button that finds one of which this is wrong."""
    answer = scene.digits[distance.nearest(distance.by_plain_mean(unit[None], ideals))[0]]
    digit = scene.specimen.digit
    judged = ""
    if digit is not None:
        judged = ", which is right" if answer == digit else f", but the specimen is {with_article(digit)}"
    fooled = _fooled(scene)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"By the **plain mean** it is nearest to the ideal **{answer}**{judged}.", width="stretch")
        if fooled:
            label = "Another that it gets wrong" if answer != digit is not None else "Find one that it gets wrong"
            st.button(label, "fooled", icon=":material/search:", on_click=_take_next, args=(scene, fooled))


def _fooled(scene: Scene) -> list[tuple[int, int]]:
    """Return the validation images, as digit and number, that the plain mean gets wrong and L2 gets right."""
    judged = baseline.judge_split(scene, "valid")
    right = distance.nearest(judged.distances["L2"]) == judged.targets
    wrong = right & (answers(scene, "valid") != judged.targets)
    places, numbers = judged.targets[wrong].tolist(), judged.numbers[wrong].tolist()
    return [(scene.digits[place], n) for place, n in zip(places, numbers, strict=True)]


def _take_next(scene: Scene, images: list[tuple[int, int]]) -> None:
    """Make the next of some validation images the specimen, the first after the last."""
    paths = [scene.dataset.valid.path_of(*image) for image in images]
    here = paths.index(scene.specimen.path) if scene.specimen.path in paths else -1
    specimen.choose("valid", *images[(here + 1) % len(images)])
