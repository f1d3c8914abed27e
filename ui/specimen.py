"""The specimen: the one image that a person follows through every page."""

import random
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from torch import Tensor

from core.dataset import SPLITS, Dataset
from ui import pictures, state
from ui.state import SPLIT_NAMES


@dataclass(frozen=True)
class Specimen:
    """One image of the dataset: (28, 28) uint8 in [0, 255], with where it comes from."""

    image: Tensor
    split: str
    digit: int
    number: int
    path: Path

    @property
    def name(self) -> str:
        """The end of its path, as the folder listing has it."""
        return f"{self.split}/{self.digit}/{self.path.name}"


def choose(split: str, digit: int, number: int) -> None:
    """Make an image of the dataset the specimen. To be called from a widget's callback."""
    st.session_state["split"] = split
    st.session_state["digit"] = digit
    st.session_state["number"] = number


def current(dataset: Dataset, digits: tuple[int, ...]) -> Specimen:
    """Return the specimen, the nearest that there is if the settings point past the end."""
    split = state.value("split")
    digit = state.value("digit")
    if digit not in digits:
        digit = digits[0]
    if split not in SPLITS:
        split = "valid"
    last = dataset.split(split).count(digit) - 1
    number = min(state.value("number") or 0, last)
    images = dataset.split(split).of(digit)
    return Specimen(images[number], split, digit, number, dataset.split(split).paths_of(digit)[number])


def show(dataset: Dataset, digits: tuple[int, ...]) -> Specimen:
    """Show the specimen with the controls that change it, and return it."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="specimen"):
        picture = st.empty()
        with st.container(width="stretch", gap="small"):
            title = st.empty()
            with st.container(horizontal=True, gap="small"):
                specimen = _controls(dataset, digits)
    picture.image(
        pictures.data_url(pictures.ink(specimen.image, 3)),
        width=84,
        alt=f"The specimen: a handwritten {specimen.digit}",
    )
    title.markdown(f"**The specimen**: a {specimen.digit}, `{specimen.name}`")
    return specimen


def _controls(dataset: Dataset, digits: tuple[int, ...]) -> Specimen:
    before = current(dataset, digits)
    asked = state.value("number") or 0
    count = dataset.split(before.split).count(before.digit)
    st.button("Next", icon=":material/arrow_forward:", on_click=choose,
              args=(before.split, before.digit, (before.number + 1) % count))  # fmt: skip
    st.button("Any other", icon=":material/shuffle:", on_click=_choose_any, args=(dataset, digits, before))
    with st.popover("Choose", icon=":material/image_search:"):
        st.segmented_control("Split", SPLITS, format_func=SPLIT_NAMES.get, required=True,
                             **state.bound("split", "default"))  # fmt: skip
        st.segmented_control("Digit", **state.bound_digit("digit", digits, digits[0]))
        st.number_input(f"Number, 0 to {count - 1}", min_value=0, step=1, **state.bound("number"))
        st.caption("A click on a point, a mistake or a row of a listing chooses the specimen, too.")
    if asked >= count:
        st.caption(
            f":material/info: There is no number {asked}: the last of these {count} images is {count - 1}, shown here."
        )
    return current(dataset, digits)


def _choose_any(dataset: Dataset, digits: tuple[int, ...], before: Specimen) -> None:
    digit = random.choice(digits)  # noqa: S311, nothing secret hangs on which image comes next
    choose(before.split, digit, random.randrange(dataset.split(before.split).count(digit)))  # noqa: S311
