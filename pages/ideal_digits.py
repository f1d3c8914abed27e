"""Ideal digits: the mean of many images forms, one pixel's values spread, two ideals differ."""

import streamlit as st

from core.dataset import SIDE
from core.distance import l2_distance
from core.ideal import ideal_digit, ideal_digits, to_unit
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.frame.page import start
from ui.ideal_digits import means
from ui.kit.text import with_article

scene = start(
    "Ideal digits",
    "Lay many handwritten digits on top of each other and take the mean of each pixel: what stays is the **ideal "
    "digit**. **Try this:** press Run and watch it form from the first image to the last.",
)

first, count = scene.digits[0], scene.dataset.train.count(scene.digits[0])
inked = (scene.images("train", first) > 0).sum(0)
row, column = divmod(inked.argmax().item(), SIDE)
every = f"all {count:,} training images" if count > 1 else "the only training image"
guess_first(
    "ideal_digits",
    f"Is there a pixel that has at least some ink in {every} of {with_article(first)}?",
    ["Yes", "No"],
    "Yes" if inked.max() == count else "No",
    f"Row {row}, column {column} has ink in {inked.max():,} of {count:,}; no pixel has ink in more.",
)

st.header("The mean forms")
means.forming(scene)

st.header("One pixel in all images")
means.one_pixel(scene)

st.header("Where two ideals differ")
means.difference(scene)

code_drawer(to_unit, ideal_digit, ideal_digits, l2_distance)
