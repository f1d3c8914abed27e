"""What the model sees: every stage from paper to 28 x 28 pixels, each with a switch, and what can be changed after."""

import numpy as np
import streamlit as st
import torch
from PIL import Image

from core.dataset import SIDE
from core.drawing.normalise import Stages, Switches
from core.drawing.transform import Adjustment
from ui.draw.inputs import PHOTO_STAGES, Brought, stage_switch
from ui.kit import pictures
from ui.state import session, settings

SIZE = 4 * SIDE  # pixels of each picture on the screen


def switches() -> Switches:
    """Return the stages that are switched on."""
    return Switches(session.value("crop"), session.value("fit"), session.value("centre"))


def adjustment() -> Adjustment:
    """Return how the digit is to be changed afterwards."""
    return Adjustment(
        session.value("move_right"),
        session.value("move_down"),
        session.value("scale"),
        session.value("turn"),
        session.value("thicker"),
    )


def show(brought: Brought, stages: Stages) -> None:
    """Show every stage with its switch."""
    with st.grid(8, min_column_width=SIZE + 34, gap="small"):
        if brought.found is None:
            _stage("find_ink", "Ink", _framed(stages.ink), "Paper becomes 0, ink 255.")
        else:
            found = brought.found
            captions = (
                "The light of the room is taken away.",
                f"What is above {found.level} of 255 is ink.",
                "Specks and other things go.",
            )
            drawn = (255 - found.evened, found.split, found.kept)
            for (name, title), ink, caption in zip(PHOTO_STAGES.items(), drawn, captions, strict=True):
                _stage(name, title, _framed(ink), caption)
        _stage("crop", "Crop", _framed(stages.cropped), "The paper round it is cut away.")
        _stage("fit", "20 pixels", _framed(stages.fitted, 4), "The longest side becomes 20.")
        _stage("centre", "Centre of mass", _framed(stages.digit, 4), "It moves to the middle of 28 × 28.")


def sliders() -> None:
    """Show what can be changed afterwards."""
    with st.grid(5, min_column_width=150):
        st.slider("Move right", **session.bound("move_right"))
        st.slider("Move down", **session.bound("move_down"))
        st.select_slider("Scale", **session.bound("scale"))
        st.slider("Turn", format="%d°", **session.bound("turn"))
        st.slider("Thicken", help="In half pixels of the 28.", **session.bound("thicker"))


def back_to_usual() -> None:
    """Switch every stage on and undo every change. To be called from a widget's callback."""
    for name in (
        "find_ink",
        *PHOTO_STAGES,
        "crop",
        "fit",
        "centre",
        "move_right",
        "move_down",
        "scale",
        "turn",
        "thicker",
    ):
        st.session_state[name] = settings.SETTINGS[name].default


def _stage(name: str, title: str, picture: Image.Image, caption: str) -> None:
    with st.container(gap="small"):
        stage_switch(name, title)
        st.image(pictures.data_url(picture), width=SIZE, alt=f"Stage: {title}")
        st.caption(caption)


def _framed(ink: np.ndarray, scale: int | None = None) -> Image.Image:
    """Draw ink in the middle of a white square with a thin edge; as large as it fits if no scale is given."""
    height, width = ink.shape
    if scale is None:
        share = SIZE / max(height, width)
        size = (max(1, round(width * share)), max(1, round(height * share)))
        drawn = Image.fromarray(255 - ink).resize(size, Image.Resampling.BOX)
    else:
        drawn = pictures.ink(torch.tensor(ink), scale)
    square = Image.new("L", (SIZE + 2, SIZE + 2), 200)
    square.paste(255, (1, 1, SIZE + 1, SIZE + 1))
    square.paste(drawn, ((SIZE + 2 - drawn.width) // 2, (SIZE + 2 - drawn.height) // 2))
    return square
