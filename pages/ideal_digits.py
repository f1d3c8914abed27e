"""Ideal digits: the mean of many images forms, one pixel's values spread, two ideals differ."""

import pandas as pd
import streamlit as st
import torch

from core.dataset import SIDE
from core.distance import l2_distance
from core.ideal import ideal_digit, ideal_digits, to_unit
from ui.frame import baseline
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.frame.page import start
from ui.kit import image_charts, pictures, play
from ui.kit.pixel_picker import by_place, pixel_picture, pixel_sliders
from ui.kit.text import with_article
from ui.state import keys, session

scene = start(
    "Ideal digits",
    "Lay many handwritten digits on top of each other and take the mean of each pixel: what stays is the **ideal "
    "digit**. **Try this:** press play and watch it form from the first image to the last.",
)
most = max(scene.dataset.train.count(digit) for digit in scene.digits)
first = scene.digits[0]

inked = (scene.images("train", first) > 0).sum(0)
count = scene.dataset.train.count(first)
guess_first(
    "ideal_digits",
    f"Is there a pixel that has at least some ink in every one of the {count} training images of "
    f"{with_article(first)}?",
    ["Yes", "No"],
    "Yes" if inked.max() == count else "No",
    f"The most inked pixel, row {inked.argmax() // SIDE}, column {inked.argmax() % SIDE}, has ink in "
    f"{inked.max()} of {count}.",
)

st.header("The mean forms")
playing = play.playing("n")


def play_or_stop() -> None:
    """Start again from one image, or stop where it is."""
    if playing:
        play.stop("n")
    else:
        play.begin("n", 1)


play.button("Stop" if playing else "Play", "play", play_or_stop)


@st.fragment(run_every=play.TICK if playing else None)
def forming() -> None:
    """Show the ideals from the first n images; while playing, each run takes a quarter more."""
    play.move_on("n", most, by=lambda n: max(1, n // 4))
    session.at_most("n", most)
    n = st.slider("Images of each digit", **session.bound("n", max_value=most, value=most))
    with st.grid(len(scene.digits), min_column_width=110):
        for digit, ideal in zip(scene.digits, baseline.ideals(scene, n), strict=True):
            with st.container():
                st.image(
                    pictures.data_url(pictures.ink(ideal, 10)),
                    width=280,
                    alt=f"The mean of {n} images of {with_article(digit)}",
                )
                st.caption(
                    f"{digit}: the mean of {min(n, scene.dataset.train.count(digit))}. "
                    f"The specimen is {l2_distance(to_unit(scene.specimen.image), ideal):.4f} away."
                )


forming()
st.caption(
    "Dark parts are where most people put ink, grey parts where only some do. How far the specimen is from each is "
    "measured by L2, the root of the mean squared difference of their pixels: see Distance."
)

st.header("One pixel in all images")
st.markdown("A mean is one number for many. **Try this:** pick a pixel at the ideal's edge, then one in its middle.")
all_ideals = baseline.ideals(scene)

left, right = st.columns([2, 3], gap="large")
with right:
    row, column = pixel_sliders()
    shown = st.segmented_control("Picture", **session.bound_digit("shown", scene.digits, first))
    place = scene.digits.index(shown)
    st.metric(
        f"Mean of this pixel over all images of {with_article(shown)}",
        f"{255 * all_ideals[place, row, column]:.1f} of 255",
    )
with left:
    ideal = (255 * all_ideals[place]).round(decimals=1)
    pixel_picture(ideal, (row, column), keys.IDEAL_PICTURE, f"The ideal {shown}")
BIN = 16
with st.grid(min(len(scene.digits), 3), min_column_width=260):
    for k, digit in enumerate(scene.digits):
        values = scene.images("train", digit)[:, row, column]
        counts = torch.bincount(values // BIN, minlength=256 // BIN)
        bins = pd.DataFrame({"low": range(0, 256, BIN), "count": counts.numpy(), "digit": str(digit)})
        bins["high"] = bins.low + BIN
        mean = 255 * all_ideals[k, row, column].item()
        st.altair_chart(
            image_charts.spread(bins, mean, digit, scene.digits),
            alt=f"Values of this pixel in images of {with_article(digit)}, mean {mean:.1f}",
        )
st.caption("Many pixels are 0 in most images and dark in the rest: then hardly any image looks like the mean.")

st.header("Where two ideals differ")
left, right = st.columns([2, 3], gap="large")
with right:
    a = st.segmented_control("First", **session.bound_digit("a", scene.digits, scene.digits[0]))
    b = st.segmented_control("Second", **session.bound_digit("b", scene.digits, scene.digits[1]))
    difference = all_ideals[scene.digits.index(a)] - all_ideals[scene.digits.index(b)]
    st.markdown(
        f"**Blue**: the ideal {a} has more ink. **Orange**: the ideal {b} has more. White: they agree, so "
        "there the ideals don't tell the two apart."
    )
    if a == b:
        st.info("A digit does not differ from itself: choose two.")
    else:
        peak, valley = difference.argmax().item(), difference.argmin().item()
        st.markdown(
            f"The {a} stands out most in row {peak // SIDE}, column {peak % SIDE} (by {difference.max():.2f}), "
            f"the {b} in row {valley // SIDE}, column {valley % SIDE} (by {-difference.min():.2f})."
        )
with left:
    st.altair_chart(
        image_charts.difference(by_place(difference)), width="content", alt=f"The ideal {a} minus the ideal {b}"
    )
code_drawer(to_unit, ideal_digit, ideal_digits, l2_distance)
