"""What the model sees: every stage from paper to 28 x 28 pixels, each with a switch."""

import numpy as np
import streamlit as st
from PIL import Image, ImageOps

from core.dataset import SIDE
from core.drawing.normalise import Stages
from ui.draw.inputs import PHOTO_STAGES, DigitInput
from ui.draw.judging import CHANGES, STAGES, set_to_usual
from ui.kit import pictures
from ui.state import session

SIZE = 4 * SIDE  # pixels of each picture on the screen


def show_stages(digit: DigitInput, stages: Stages) -> None:
    """Show the section "What the model sees"."""
    st.header("What the model sees")
    st.markdown("**Try this:** draw a small digit in a corner, then switch one stage off and look at the verdicts.")
    with st.grid(8, min_column_width=SIZE + 34, gap="small"):
        if digit.found is None:
            _stage(
                "find_ink", "Ink", _framed(stages.ink), "Paper becomes 0, ink 255. A small digit gets a thinner pen."
            )
        else:
            found = digit.found
            even, threshold, largest = PHOTO_STAGES.items()
            _stage(*even, _framed(255 - found.evened), "The light of the room is taken away.")
            _stage(*threshold, _framed(found.split), f"What is above {found.level} of 255 is ink.")
            _stage(*largest, _framed(found.kept), "Specks and other things go.")
        _stage("crop", "Crop", _framed(stages.cropped), "The paper round it is cut away.")
        _stage("fit", "20 pixels", _framed(stages.fitted, 4), "The longest side becomes 20.")
        _stage("centre", "Centre of mass", _framed(stages.digit, 4), "It moves to the middle of 28 × 28.")
    every = ("find_ink", *PHOTO_STAGES, *STAGES, *CHANGES)
    st.button("Back to the usual", "back_to_usual", icon=":material/restart_alt:", on_click=set_to_usual, args=every)


def _stage(name: str, title: str, picture: Image.Image, caption: str) -> None:
    with st.container(gap="small"):
        st.toggle(title, **session.bound(name))
        st.image(pictures.data_url(picture), width=SIZE, alt=f"Stage: {title}")
        st.caption(caption)


def _framed(ink: np.ndarray, scale: float | None = None) -> Image.Image:
    """Draw ink in the middle of a white square with a thin edge; as large as it fits if no scale is given."""
    scale = scale or SIZE / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    drawn = Image.fromarray(255 - ink).resize((width, height), Image.Resampling.BOX)
    square = ImageOps.expand(Image.new("L", (SIZE, SIZE), 255), 1, 200)
    square.paste(drawn, ((SIZE + 2 - width) // 2, (SIZE + 2 - height) // 2))
    return square
