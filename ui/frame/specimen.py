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
from ui.state import keys, session
from ui.state.drawing_text import LINK_LIMIT, parse_pixels, write_pixels

OWN_NAME = "your_drawing.png"
THUMBNAILS = 24  # that the chooser shows at a time


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


def current(dataset: Dataset, digits: tuple[int, ...]) -> Specimen:
    """Return the specimen."""
    if own := session.value("own"):
        meant = session.value("meant")
        return Specimen(torch.from_numpy(parse_pixels(own)), meant if meant in digits else None, OWN_NAME)
    split, digit, number = _place(dataset, digits)
    path = dataset.split(split).path_of(digit, number)
    return Specimen(dataset.split(split).of(digit)[number], digit, f"{split}/{digit}/{path.name}", path)


def show_specimen(specimen: Specimen, dataset: Dataset, digits: tuple[int, ...]) -> None:
    """Show the specimen on one line with the controls that change it."""
    st.image(pictures.data_url(pictures.ink(specimen.image, 2)), width=36, alt=f"The specimen: {specimen.called}")
    what = f"{with_article(specimen.digit)}, `{specimen.name}`" if specimen.path else "**your drawing**"
    st.markdown(f"**The specimen**: {what}", width="content")
    _controls(dataset, digits)
    for name in ("own", "strokes"):
        session.keep_in_link(name, session.value(name) or "")


def correction(dataset: Dataset, digits: tuple[int, ...]) -> str | None:
    """Say that there is no image of the number that was asked for, if so."""
    (split, digit, number), asked = _place(dataset, digits), session.value("number") or 0
    if session.value("own") or asked == number:
        return None
    count = dataset.split(split).count(digit)
    if count == 1:
        return f"There is no number {asked}: the only image is number 0, shown here."
    return f"There is no number {asked}: the last of these {count:,} images is {number}, shown here."


def _controls(dataset: Dataset, digits: tuple[int, ...]) -> None:
    split, digit, number = _place(dataset, digits)
    count = dataset.split(split).count(digit)
    if session.value("own"):
        session.in_play_or_none("meant", digits)
        meant = session.value("meant")
        with st.popover("Meant as …" if meant is None else f"Meant as {with_article(meant)}", icon=":material/label:"):
            what = "So answers can be right or wrong."
            st.segmented_control("Meant as a", help=what, **session.bound("meant", options=digits))
        st.button("Back to the dataset", icon=":material/arrow_back:", on_click=_forget_own)
    else:
        st.button("Next", icon=":material/arrow_forward:", on_click=choose, args=(split, digit, (number + 1) % count))
    st.button("Random", icon=":material/shuffle:", on_click=_choose_any, args=(dataset, digits))
    with st.popover("Choose", icon=":material/image_search:"):
        st.segmented_control("Images for", on_change=_forget_own, **session.bound("split"))
        st.segmented_control("Digit", on_change=_forget_own, **session.bound_digit("digit", digits, digits[0]))
        _thumbnails(dataset, split, digit, number)
        st.number_input(f"Number, 0 to {count - 1}", on_change=_forget_own, **session.bound("number"))
        st.caption("A click on a point, a mistake or a row of a listing chooses the specimen, too.")


def _thumbnails(dataset: Dataset, split: str, digit: int, number: int) -> None:
    first = number // THUMBNAILS * THUMBNAILS
    count = dataset.split(split).count(digit)
    shown = range(first, min(first + THUMBNAILS, count))
    labels = _labels(str(dataset.folder), split, digit, first, dataset.split(split).of(digit)[shown.start : shown.stop])

    def take() -> None:
        chosen = st.session_state[keys.THUMBNAILS]
        choose(split, digit, number if chosen is None else chosen)

    st.session_state[keys.THUMBNAILS] = None if session.value("own") else number
    with st.container(key="thumbnails"):
        st.pills(
            "Images of this digit",
            shown,
            format_func=lambda one: labels[one - first],
            on_change=take,
            key=keys.THUMBNAILS,
        )
    with st.container(horizontal=True):
        for text, begin in (("Earlier images", first - THUMBNAILS), ("Later images", first + THUMBNAILS)):
            st.button(text, on_click=choose, args=(split, digit, begin), disabled=not 0 <= begin < count)


@st.cache_data(max_entries=500, show_spinner=False)
def _labels(folder: str, split: str, digit: int, first: int, _images: Tensor) -> list[str]:
    drawn = (pictures.data_url(pictures.ink(image, 1)) for image in _images)
    return [f"![Number {first + place}]({url})" for place, url in enumerate(drawn)]


def _choose_any(dataset: Dataset, digits: tuple[int, ...]) -> None:
    digit = random.choice(digits)  # noqa: S311, not used for security
    split, _, _ = _place(dataset, digits)
    choose(split, digit, random.randrange(dataset.split(split).count(digit)))  # noqa: S311
