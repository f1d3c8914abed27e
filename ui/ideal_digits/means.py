"""Ideal digits: how a mean forms, what it hides of one pixel, and where two of them differ."""

import pandas as pd
import streamlit as st
import torch

from core.dataset import SIDE
from core.distance import l2_distance
from core.ideal import to_unit
from ui.frame import baseline
from ui.frame.scene import Scene
from ui.kit import image_charts, pictures, play
from ui.kit.pixel_picker import by_place, pixel_picture, pixel_sliders
from ui.kit.text import with_article
from ui.kit.widgets import image_count
from ui.state import keys, session

BIN = 16  # pixel values in one bar of a histogram


def forming(scene: Scene) -> None:
    """Show the ideals from a number of images, which can be played from one to all."""
    playing = play.playing("n")
    st.button(
        "Stop" if playing else "Play",
        icon=":material/stop:" if playing else ":material/play_arrow:",
        type="primary",
        on_click=play.stop if playing else play.begin,
        args=("n",) if playing else ("n", 1),
        key="play",
    )
    st.fragment(_means)(scene)
    st.caption(
        "Dark parts are where most people put ink, grey parts where only some do. How far the specimen is from each "
        "is measured by L2, the root of the mean squared difference of their pixels: see Distance."
    )


def _means(scene: Scene) -> None:
    """Show the ideals from the first n images; while playing, each run takes a quarter more."""
    counts = [scene.dataset.train.count(digit) for digit in scene.digits]
    play.move_on("n", max(counts), by=lambda n: max(1, n // 4))
    n = image_count("Images of each digit", max(counts), "n")
    with st.grid(len(scene.digits), min_column_width=110):
        for digit, count, ideal in zip(scene.digits, counts, baseline.ideals(scene, n), strict=True):
            picture = pictures.data_url(pictures.ink(ideal, 10))
            away = l2_distance(to_unit(scene.specimen.image), ideal)
            with st.container():
                st.image(picture, width=280, alt=f"The mean of {n} images of {with_article(digit)}")
                st.caption(f"{digit}: the mean of {min(n, count)}. The specimen is {away:.4f} away.")


def one_pixel(scene: Scene) -> None:
    """Show how the values of one pixel spread over all images of each digit."""
    st.markdown(
        "A mean is one number for many. **Try this:** pick a pixel at the ideal's edge, then one in its middle."
    )
    ideals = 255 * baseline.ideals(scene)
    left, right = st.columns([2, 3], gap="large")
    with right:
        row, column = pixel_sliders()
        shown = st.segmented_control("Picture", **session.bound_digit("shown", scene.digits, scene.digits[0]))
        ideal = ideals[scene.digits.index(shown)]
        what = f"Mean of this pixel over all images of {with_article(shown)}"
        st.metric(what, f"{ideal[row, column]:.1f} of 255")
    with left:
        pixel_picture(ideal.round(decimals=1), keys.IDEAL_PICTURE, f"The ideal {shown}")
    with st.grid(min(len(scene.digits), 3), min_column_width=260):
        for digit, mean in zip(scene.digits, ideals[:, row, column].tolist(), strict=True):
            values = scene.images("train", digit)[:, row, column]
            counts = torch.bincount(values // BIN, minlength=256 // BIN)
            bins = pd.DataFrame({"low": range(0, 256, BIN), "count": counts, "digit": str(digit)})
            st.altair_chart(
                image_charts.spread(bins.assign(high=bins.low + BIN), mean, digit, scene.digits),
                alt=f"Values of this pixel in images of {with_article(digit)}, mean {mean:.1f}",
            )
    st.caption("Many pixels are 0 in most images and dark in the rest: then hardly any image looks like the mean.")


def difference(scene: Scene) -> None:
    """Show where two ideals differ, and where each stands out most."""
    ideals = baseline.ideals(scene)
    left, right = st.columns([2, 3], gap="large")
    with right:
        a = st.segmented_control("First", **session.bound_digit("a", scene.digits, scene.digits[0]))
        b = st.segmented_control("Second", **session.bound_digit("b", scene.digits, scene.digits[1]))
        st.markdown(
            f"**Blue**: the ideal {a} has more ink. **Orange**: the ideal {b} has more. White: they agree, so "
            "there the ideals don't tell the two apart."
        )
        values = ideals[scene.digits.index(a)] - ideals[scene.digits.index(b)]
        if a == b:
            st.info("A digit does not differ from itself: choose two.")
        else:
            peak, valley = divmod(values.argmax().item(), SIDE), divmod(values.argmin().item(), SIDE)
            st.markdown(
                f"The {a} stands out most in row {peak[0]}, column {peak[1]} (by {values.max():.2f}), "
                f"the {b} in row {valley[0]}, column {valley[1]} (by {-values.min():.2f})."
            )
    left.altair_chart(
        image_charts.difference(by_place(values)), width="content", alt=f"The ideal {a} minus the ideal {b}"
    )
