"""Home: what this is, and the way through it."""

import streamlit as st
import torch

from core.distance import distances_to, l2_distance, nearest
from core.ideal import ideal_digit, to_unit
from ui import computed, pictures
from ui.code_drawer import code_drawer
from ui.guess import guess_first
from ui.page import start

scene = start(
    "Three or Seven",
    "A computer sees only numbers. Follow one handwritten digit, the specimen, from its pixels to a first "
    "classifier, then draw a digit of your own and have it judged. **Try this:** choose another specimen, and watch "
    "it change in every step below.",
)
image, unit = scene.specimen.image, to_unit(scene.specimen.image)
ideals = computed.ideals(scene)
answer = scene.digits[nearest(distances_to(unit[None], ideals, l2_distance))[0]]
known = scene.specimen.digit is not None  # a drawing need not be any of the digits in play
digit = scene.specimen.digit if known else answer
ideal = ideals[scene.digits.index(digit)]
verdict = f", {'which is right' if answer == digit else f'though it is a {digit}'}" if known else ""
pile = torch.cat([image[None], scene.images("train", digit)[:8]])


steps = [
    (
        "pages/pixels.py", "Pixels", pictures.ink(image[4:18, 7:21], 18), "The specimen, enlarged to its pixels",
        f"An image is {image.numel()} numbers from 0 to 255.",
    ),
    (
        "pages/tensors.py", "Tensors", pictures.sheet(pile, 3, 3), f"The specimen and eight other images of a {digit}",
        "Many images of one size stack into one tensor.",
    ),
    (
        "pages/ideal_digits.py", "Ideal digits", pictures.ink(ideal, 9), f"The mean of many images of a {digit}",
        f"The mean of {scene.dataset.train.count(digit)} images of a {digit}.",
    ),
    (
        "pages/distance.py", "Distance", pictures.signed(unit - ideal, 9), f"The specimen minus the ideal {digit}",
        f"Nearest of all ideals is the {answer}{verdict}.",
    ),
    (
        "pages/draw.py", "Draw", pictures.ink(image, 9), f"The specimen, {scene.specimen.called}",
        "Your own digit, judged after every stroke.",
    ),
]  # fmt: skip
with st.grid(5, min_column_width=140):
    for number, (page, title, picture, alt, text) in enumerate(steps, 1):
        with st.container(border=True, height="stretch"):
            st.image(pictures.data_url(picture), width="stretch", alt=alt)
            st.page_link(page, label=f"**{number}. {title}**")
            st.caption(text)
st.page_link("pages/draw.py", label="**Draw a digit now**", icon=":material/draw:")

guess_first(
    "home",
    "How many numbers does the computer keep for the picture of one digit?",
    ["1", "28", "784", "50,000"],
    f"{image.numel():,}",
    f"The picture has {image.shape[0]} rows of {image.shape[1]} pixels, one number each, and nothing else.",
)
code_drawer(to_unit, ideal_digit, l2_distance, distances_to, nearest)
