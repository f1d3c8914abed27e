"""The confusion matrix, and a gallery of the images in one of its cells, or of all mistakes."""

import itertools
from functools import lru_cache

import pandas as pd
import streamlit as st
import torch

from core import distance
from ui.distance import charts
from ui.distance.all_images import Answers
from ui.frame import specimen
from ui.frame.scene import Scene
from ui.kit import pictures
from ui.kit.image_buttons.image_buttons import ImageButton, image_buttons
from ui.kit.text import mistaken, number
from ui.state import keys

MOST_SHOWN = 16  # images
CELLS = ["digit", "answer", "count", "share"]  # what is known of each
MISTAKES = "mistakes"  # what is open when no cell is


def matrix(scene: Scene, answers: Answers) -> None:
    """Show how many images of each digit were taken for which. A click on a cell opens it in the gallery."""
    cells = _cells(scene, answers)
    st.vega_lite_chart(
        _chart(tuple(cells.itertuples(index=False, name=None))),
        width="content",
        key=keys.CONFUSION,
        on_select=_open_cell,
        selection_mode="cell",
        alt="How many images of each digit were taken for which",
    )


@lru_cache(maxsize=100)
def _chart(cells: tuple[tuple[int, int, int, float], ...]) -> dict:
    """Draw the matrix. Kept, since most clicks on the page don't change it; it must not be written to."""
    return charts.confusion_matrix(pd.DataFrame(cells, columns=CELLS), 300).to_dict()


def _cells(scene: Scene, answers: Answers) -> pd.DataFrame:
    """Return digit, answer, count and share of its row for each cell."""
    places = torch.tensor([scene.digits.index(int(answer)) for answer in answers.images.answer])
    counts = distance.confusion(places, answers.targets, len(scene.digits))
    cells = pd.DataFrame(itertools.product(scene.digits, repeat=2), columns=CELLS[:2])
    return cells.assign(count=counts.flatten(), share=(counts / counts.sum(1, keepdim=True)).flatten())


def _open_cell() -> None:
    picked = st.session_state[keys.CONFUSION].selection.get("cell")
    if picked:
        st.session_state[keys.CELL] = (int(picked[0]["digit"]), int(picked[0]["answer"]))


def images(scene: Scene, answers: Answers) -> None:
    """Show the most confident mistakes, or the images of the cell that is open."""
    counts = _cells(scene, answers).set_index(["digit", "answer"])["count"]
    if st.session_state.get(keys.CELL) not in counts:
        st.session_state[keys.CELL] = MISTAKES
    wrong = answers.images[answers.images.margin < 0]

    def called(option) -> str:
        return f"all mistakes: {len(wrong)}" if option == MISTAKES else f"{mistaken(*option)}: {counts[option]}"

    cell = st.selectbox(
        "Images shown", [MISTAKES, *counts.index], key=keys.CELL, persist_state="session", format_func=called
    )
    chosen = wrong
    if cell != MISTAKES:
        digit, answer = map(str, cell)
        chosen = answers.images[(answers.images.digit == digit) & (answers.images.answer == answer)]
    if chosen.empty:
        st.info("There is no mistake among these images." if cell == MISTAKES else "No image is in this cell.")
        return
    first = chosen.sort_values("margin")[:MOST_SHOWN]
    captions = first.margin.map(lambda margin: number(margin, "+.3f"))
    if cell == MISTAKES:
        captions = [f"{mistaken(*pair)}\n{by}" for *pair, by in zip(first.digit, first.answer, captions, strict=True)]
    _gallery(scene, answers.split, first.assign(caption=captions))
    more = f"The first {MOST_SHOWN} of {len(chosen):,}. " if len(chosen) > MOST_SHOWN else ""
    st.caption(
        f"{more}The number is how much nearer the right ideal is: below 0 it is a mistake, the more confident the "
        "lower. Click an image to make it the specimen."
    )


def _gallery(scene: Scene, split: str, images: pd.DataFrame) -> None:
    """Show images as buttons, each of which becomes the specimen. images: digit, number, caption."""

    def button(digit: str, number: int, caption: str) -> ImageButton:
        path = scene.dataset.split(split).path_of(int(digit), number)
        picture = pictures.data_url(pictures.ink(scene.images(split, int(digit))[number], 1))
        action = f"Make {split}/{digit}/{path.name} the specimen"
        return ImageButton(f"{digit}/{number}", picture, caption, action, path == scene.specimen.path)

    def take(name: str) -> None:
        digit, number = map(int, name.split("/"))
        specimen.choose(split, digit, number)

    shown = images[["digit", "number", "caption"]].itertuples(index=False)
    image_buttons(keys.GALLERY, [button(*one) for one in shown], take)
