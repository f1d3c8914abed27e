"""Draw: a digit drawn by hand, brought to 28 x 28 as MNIST was made, judged by the nearest ideal."""

import pandas as pd
import streamlit as st
import torch
from streamlit_drawable_canvas import st_canvas

from core.distance import DISTANCES, accuracy, distances_to, l1_distance, l2_distance, nearest
from core.drawing import centre_in_field, centre_of_mass, crop_to_ink, digit_from_drawing, fit_to_box, ink_of
from core.ideal import to_unit
from core.model import predict, probabilities
from ui import computed, pictures, runs, state
from ui.code_drawer import code_drawer
from ui.guess import guess_first
from ui.page import start

CANVAS, PEN = 280, 20  # pixels: ten to a pixel of MNIST, and a pen as thick as its strokes

scene = start(
    "Draw",
    "Your hand, the computer's eye. **Try this:** draw one of the digits in play and lift the pen: it is judged after "
    "every stroke.",
)
ideals = computed.ideals(scene)
names = ", ".join(map(str, scene.digits[:-1])) + f" or {scene.digits[-1]}"


@st.fragment
def draw_and_judge() -> None:
    """Show the canvas and, beside it, what each method says of the drawing."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown(f"**Draw a {names} here**")
        canvas = st_canvas(stroke_width=PEN, stroke_color="#000000", background_color="#ffffff", width=CANVAS,
                           height=CANVAS, return_image_data=True, key=state.DRAWING)  # fmt: skip
    pixels = None if canvas.image_data is None else digit_from_drawing(canvas.image_data)
    with right:
        if pixels is None:
            st.info(f"The paper is blank. Draw a {names}, and the verdict appears here.")
            return
        image = torch.from_numpy(pixels)
        st.markdown("**What the computer sees**: 28 × 28 pixels, made as the makers of MNIST made theirs")
        st.image(pictures.data_url(pictures.ink(image, 6)), width=168, alt="The drawing as 28 x 28 pixels")
        rows = {}
        for name, distance in DISTANCES.items():
            to_each = distances_to(to_unit(image)[None], ideals, distance)
            first, second = to_each[0].sort().values[:2]
            answer = scene.digits[nearest(to_each)[0]]
            st.markdown(f"By **{name}** it is a **{answer}**, nearer than the next by {second - first:.4f}.")
            rows[name] = to_each[0].numpy()
        own = runs.own_model(scene.digits)
        if own:
            probs = probabilities(predict(to_unit(image).reshape(1, -1), own.params))[0]
            st.markdown(f"By **your model** it is a **{scene.digits[probs.argmax()]}**, probability {probs.max():.4f}.")
        st.dataframe(
            pd.DataFrame(rows, index=[f"to the ideal {digit}" for digit in scene.digits]).T.style.format("{:.4f}"),
            alt="Distance of the drawing to each ideal, by L1 and by L2",
        )


draw_and_judge()
st.caption(
    "The ink is cropped, its longest side scaled to 20 pixels, and its centre of mass moved to the middle. These two "
    "methods know nothing but the digits in play: whatever you draw, they must name one of them."
)
judged = computed.judged(scene, "valid")
differ = 1 - accuracy(nearest(judged.distances["L1"]), nearest(judged.distances["L2"]))
bands = {"never": 0.0, "up to 10 of 100": 0.1, "more than 10 of 100": 1.0}
guess_first(
    "draw",
    "L1 and L2 measure the same two pictures differently. On how many images do they give different answers?",
    list(bands),
    next(name for name, end in bands.items() if differ <= end),
    f"On the validation images they differ on {100 * differ:.1f} of 100.",
)
code_drawer(ink_of, crop_to_ink, fit_to_box, centre_of_mass, centre_in_field, digit_from_drawing, l1_distance,
            l2_distance, distances_to, nearest, predict, probabilities)  # fmt: skip
