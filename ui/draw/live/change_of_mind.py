"""What would change its mind? The few pixels that turn the answer of the hidden layer, and a click that paints them."""

import numpy as np
import streamlit as st
import torch
from PIL import Image, ImageDraw

from core.classifiers.change_of_mind import change_of_mind
from core.dataset import SIDE
from ui.draw.answers import sure
from ui.draw.judging import Judged
from ui.draw.models import NAMES
from ui.frame.scene import Scene
from ui.kit import pictures
from ui.kit.text import counted
from ui.state import keys

SCALE = 9  # screen pixels along each edge of a pixel
METHOD = NAMES["hidden"]


def show_change_of_mind(scene: Scene, judged: Judged) -> bool:
    """Show the section "What would change its mind?"; return whether pixels were searched for."""
    place = next((place for place, model in enumerate(judged.models) if model.name == METHOD), None)
    if place is None:
        return False
    st.header("What would change its mind?")
    if judged.painted:
        _painted(scene, judged, judged.answers[2 + place].digit)
        return False
    model, answer = judged.models[place].model, judged.answers[2 + place]
    a, b = answer.scores.argsort(descending=True)[:2].tolist()
    changed = change_of_mind(model, judged.unit.flatten(), a, b)
    if changed is None:
        st.markdown(f"No change of a few pixels was found that turns the answer of {METHOD}.")
        return True
    with torch.no_grad():
        probs = model(changed[None])[0].double().softmax(0)
    painted, rubbed = (changed > judged.unit.flatten()).sum().item(), (changed < judged.unit.flatten()).sum().item()
    with st.container(horizontal=True, gap="medium"):
        drawn = _picture(judged.digit, changed.reshape(SIDE, SIDE).numpy(), b)
        st.image(pictures.data_url(drawn), width=drawn.width, alt="The pixels that would change the answer")
        with st.container(width="stretch", gap="small"):
            st.markdown(
                f"{METHOD} says **{scene.digits[a]}**. {sentence(painted, rubbed)}, and it says "
                f"**{scene.digits[int(probs.argmax())]}**, {sure(probs.max().item())} sure."
            )
            st.caption(
                "A full square is painted, a square with a cross is rubbed out. The gradient says which pixel counts "
                "most; it is changed, then the next. Would the other methods change their minds, too?"
            )
            after = (255 * changed).round().to(torch.uint8).reshape(SIDE, SIDE).numpy()
            put = (judged.digit.tobytes(), after)
            st.button("Put them on the picture", icon=":material/brush:", key="put_on", on_click=_paint, args=(put,))
    return True


def _painted(scene: Scene, judged: Judged, digit: int) -> None:
    """Show the picture with the pixels that are on it now, in the colour of the digit that METHOD says."""
    before, after = st.session_state[keys.MIND]
    before = np.frombuffer(before, np.uint8).reshape(SIDE, SIDE)
    drawn = _picture(before, after / np.float32(255), scene.digits.index(digit))
    with st.container(horizontal=True, gap="medium"):
        st.image(pictures.data_url(drawn), width=drawn.width, alt="The pixels that are on the picture now")
        with st.container(width="stretch", gap="small"):
            st.markdown(f"The pixels are on the picture now. {judged.said}")
            st.caption("Every method on this page judges the drawing with them. A new stroke takes them off.")
            st.button("Take them off", icon=":material/undo:", key="unpaint", on_click=_paint, args=(None,))


def sentence(painted: int, rubbed: int) -> str:
    """Say how many pixels are changed; at least one is."""
    if not painted:
        return f"Rub out {counted(rubbed, 'pixel')}"
    return f"Paint {counted(painted, 'pixel')}" + (f" and rub out {rubbed:,}" if rubbed else "")


def _paint(painted: tuple[bytes, np.ndarray] | None) -> None:
    st.session_state[keys.MIND] = painted


def _picture(digit: np.ndarray, changed: np.ndarray, b: int) -> Image.Image:
    """Draw a digit, (28, 28) uint8, with a mark on each pixel that is changed, in the colour of the digit b."""
    picture = pictures.ink(torch.tensor(digit), SCALE).convert("RGB")
    pencil, colour = ImageDraw.Draw(picture), st.get_option("theme.chartCategoricalColors")[b]
    for row, column in np.argwhere(abs(changed - digit / np.float32(255)) > 1e-4).tolist():
        left, top = SCALE * column, SCALE * row
        box = left, top, left + SCALE - 1, top + SCALE - 1
        if changed[row, column] > 0.5:
            pencil.rectangle(box, colour)
        else:
            pencil.rectangle(box, "white", colour)
            pencil.line(box, colour)
            pencil.line((box[2], box[1], box[0], box[3]), colour)
    return pictures.framed(picture)  # pixels near its edge are of it, too
