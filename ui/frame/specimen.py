"""The specimen: the one image that a learner follows through every page."""

import io
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
import torch
from PIL import Image
from torch import Tensor

from core.dataset import SPLITS, Dataset
from ui.kit import pictures
from ui.kit.text import with_article
from ui.state import session
from ui.state.drawing_text import LINK_LIMIT, parse_pixels, write_pixels

OWN_NAME = "your_drawing.png"


@dataclass(frozen=True)
class Specimen:
    """One image, (28, 28) uint8 in [0, 255]: of the dataset, or drawn.

    digit: its label; None for a drawing that has none. name: the end of its path, as the folder listing has it.
    path: its file, None for a drawing.
    """

    image: Tensor
    digit: int | None
    name: str
    path: Path | None = None

    @property
    def called(self) -> str:
        """What to call it in a sentence."""
        return "your drawing" if self.path is None else with_article(self.digit)

    def packed(self) -> bytes:
        """Return the content of its file; for a drawing, of the PNG file that it would be."""
        if self.path is not None:
            return self.path.read_bytes()
        file = io.BytesIO()
        Image.fromarray(self.image.numpy()).save(file, "PNG")
        return file.getvalue()


def choose(split: str, digit: int, number: int) -> None:
    """Make an image of the dataset the specimen. To be called from a widget's callback."""
    st.session_state["split"] = split
    st.session_state["digit"] = digit
    st.session_state["number"] = number
    _forget_own()


def choose_own(image: np.ndarray, strokes: str) -> None:
    """Make a drawing the specimen. To be called from a widget's callback.

    image: (28, 28) uint8. strokes: those that it was drawn with, empty if it was not; too many for a link are left out.
    """
    st.session_state["own"] = write_pixels(image)
    st.session_state["strokes"] = strokes if len(strokes) <= LINK_LIMIT else ""
    st.session_state["meant"] = None


def _forget_own() -> None:
    st.session_state["own"], st.session_state["strokes"] = None, ""


def _place(dataset: Dataset, digits: tuple[int, ...]) -> tuple[str, int, int]:
    """Return split, digit and number that the settings point to; if there is no such image, the nearest that exists."""
    split, digit = session.value("split"), session.value("digit")
    split, digit = split if split in SPLITS else "valid", digit if digit in digits else digits[0]
    return split, digit, min(session.value("number") or 0, dataset.split(split).count(digit) - 1)


def _current(dataset: Dataset, digits: tuple[int, ...]) -> Specimen:
    if own := session.value("own"):
        meant = session.value("meant")
        return Specimen(torch.from_numpy(parse_pixels(own)), meant if meant in digits else None, OWN_NAME)
    split, digit, number = _place(dataset, digits)
    path = dataset.split(split).path_of(digit, number)
    return Specimen(dataset.split(split).of(digit)[number], digit, f"{split}/{digit}/{path.name}", path)


def show_specimen(dataset: Dataset, digits: tuple[int, ...]) -> Specimen:
    """Show the specimen with the controls that change it, and return it."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="specimen"):
        picture = st.empty()
        with st.container(width="stretch", gap="small"):
            title = st.empty()
            with st.container(horizontal=True, gap="small"):
                _controls(dataset, digits)
    specimen = _current(dataset, digits)
    picture.image(pictures.data_url(pictures.ink(specimen.image, 3)), width=84, alt=f"The specimen: {specimen.called}")
    what = f"{with_article(specimen.digit)}, `{specimen.name}`" if specimen.path else "**your drawing**"
    title.markdown(f"**The specimen**: {what}")
    for name in ("own", "strokes"):
        session.keep_in_link(name, session.value(name) or "")
    return specimen


def _controls(dataset: Dataset, digits: tuple[int, ...]) -> None:
    split, digit, number = _place(dataset, digits)
    asked = session.value("number") or 0
    count = dataset.split(split).count(digit)
    own = bool(session.value("own"))
    if own:
        session.in_play_or_none("meant", digits)
        st.segmented_control(
            "Meant as a",
            help="Say what it is, so that answers can be right or wrong.",
            **session.bound("meant", options=digits),
        )
        st.button("Back to the dataset", icon=":material/arrow_back:", on_click=_forget_own)
    else:
        st.button("Next", icon=":material/arrow_forward:", on_click=choose, args=(split, digit, (number + 1) % count))
    st.button("Any other", icon=":material/shuffle:", on_click=_choose_any, args=(dataset, digits))
    with st.popover("Choose", icon=":material/image_search:"):
        st.segmented_control("Split", on_change=_forget_own, **session.bound("split"))
        st.segmented_control("Digit", on_change=_forget_own, **session.bound_digit("digit", digits, digits[0]))
        st.number_input(f"Number, 0 to {count - 1}", on_change=_forget_own, **session.bound("number"))
        st.caption("A click on a point, a mistake or a row of a listing chooses the specimen, too.")
    if asked >= count and not own:
        st.caption(
            f":material/info: There is no number {asked}: the last of these {count} images is {count - 1}, shown here."
        )


def _choose_any(dataset: Dataset, digits: tuple[int, ...]) -> None:
    digit = random.choice(digits)  # noqa: S311, not used for security
    split, _, _ = _place(dataset, digits)
    choose(split, digit, random.randrange(dataset.split(split).count(digit)))  # noqa: S311
