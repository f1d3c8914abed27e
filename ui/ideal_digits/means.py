"""Ideal digits: how a mean forms, what it hides of one pixel, and where two of them differ."""

from functools import lru_cache

import pandas as pd
import streamlit as st
import torch

from core.dataset import SIDE
from core.distance import l2_distance
from core.ideal import to_unit
from ui.frame import baseline
from ui.frame.scene import Scene
from ui.kit import image_charts, pictures, play
from ui.kit.pixel_picker.pixel_picker import by_place, pixel_picture, pixel_sliders
from ui.kit.text import counted, with_article
from ui.kit.widgets import image_count
from ui.patches import fragments
from ui.state import keys, session

BINS = 10  # bars of a histogram


def forming(scene: Scene) -> None:
    """Show the ideals from a number of images, which can be played from one to all."""
    st.fragment(_forming)(scene)
    st.caption(
        "Dark parts are where most people put ink, grey parts where only some do. The small picture is the image that "
        "was added last. How far the specimen is from each mean is the root of the mean squared difference of their "
        "pixels, called L2: see Distance."
    )


def _forming(scene: Scene) -> None:
    """Show the ideals from the first n images; while playing, each run takes a quarter more."""
    counts = [scene.dataset.train.count(digit) for digit in scene.digits]
    play.move_on("n", max(counts), by=lambda n: max(1, n // 4))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        play.toggle("n", max(counts), first=1)
        with st.container():
            n = image_count("Images of each digit", max(counts), "n")
    with st.grid(len(scene.digits), min_column_width=150):
        for digit, count, ideal in zip(scene.digits, counts, baseline.ideals(scene, n), strict=True):
            last = min(n, count)
            added = pictures.data_url(pictures.framed(pictures.ink(scene.images("train", digit)[last - 1], 2)))
            mean = pictures.data_url(pictures.ink(ideal, 10))
            away = l2_distance(to_unit(scene.specimen.image), ideal)
            with st.container():
                with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
                    st.image(mean, width=224, alt=f"The mean of {counted(last, 'image')} of {with_article(digit)}")
                    st.image(added, width=58, alt=f"Image {last} of {with_article(digit)}, the last that was added")
                st.caption(f"{digit}: the mean of {counted(last, 'image')}. The specimen is {away:.4f} away.")


def one_pixel(scene: Scene) -> None:
    """Show how the values of one pixel spread over all images of each digit."""
    st.markdown(
        "A mean is one number for many. **Try this:** pick a pixel at the ideal's edge, then one in its middle. Here, "
        "pixels go from 0 for paper to 1 for ink."
    )
    st.fragment(_one_pixel)(scene)
    st.caption("Many pixels are 0 in most images and dark in the rest: then hardly any image looks like the mean.")


def _one_pixel(scene: Scene) -> None:
    fragments.run_page_if_changed()
    ideals = baseline.ideals(scene)
    left, right = st.columns([2, 3])
    with right:
        row, column = pixel_sliders()
        shown = st.segmented_control("Ideal digit", **session.bound_digit("shown", scene.digits, scene.digits[0]))
        ideal = ideals[scene.digits.index(shown)]
        st.metric(f"Mean of this pixel over all images of {with_article(shown)}", f"{ideal[row, column]:.2f}")
    with left:
        pixel_picture(ideal, keys.IDEAL_PICTURE, f"The ideal {shown}")
    values = [scene.images("train", digit)[:, row, column].int() for digit in scene.digits]
    counts = [torch.bincount((one * BINS // 255).clamp(max=BINS - 1), minlength=BINS) for one in values]
    most = max(int(one.max()) for one in counts)  # all on one scale, so that they can be compared
    with st.grid(min(len(scene.digits), 3), min_column_width=260):
        for digit, mean, count in zip(scene.digits, ideals[:, row, column].tolist(), counts, strict=True):
            st.vega_lite_chart(
                _spread(tuple(count.tolist()), mean, digit, scene.digits, most),
                alt=f"Values of this pixel in images of {with_article(digit)}, mean {mean:.2f}",
            )


@lru_cache(maxsize=500)
def _spread(count: tuple[int, ...], mean: float, digit: int, digits: tuple[int, ...], most: int) -> dict:
    """Draw how many images have which values. Kept, as it takes longer than all else; it must not be written to."""
    ends = {"low": [k / BINS for k in range(BINS)], "high": [(k + 1) / BINS for k in range(BINS)]}
    bins = pd.DataFrame({**ends, "count": count, "digit": str(digit)})
    return image_charts.spread(bins, mean, digit, digits, most).to_dict()


def difference(scene: Scene) -> None:
    """Show where two ideals differ, and where each stands out most."""
    ideals = baseline.ideals(scene)
    left, right = st.columns([2, 3])
    with right:
        a = st.segmented_control("First", **session.bound_digit("a", scene.digits, scene.digits[0]))
        others = tuple(digit for digit in scene.digits if digit != a)  # a digit does not differ from itself
        b = st.segmented_control("Second", **session.bound_digit("b", others, others[0]))
        st.markdown(
            f"**Blue**: the ideal {a} has more ink. **Orange**: the ideal {b} has more. White: they agree, so "
            "there the ideals don't tell the two apart."
        )
        values = ideals[scene.digits.index(a)] - ideals[scene.digits.index(b)]
        peak, valley = divmod(values.argmax().item(), SIDE), divmod(values.argmin().item(), SIDE)
        st.markdown(
            f"The {a} stands out most in row {peak[0]}, column {peak[1]} (by {values.max():.2f}), "
            f"the {b} in row {valley[0]}, column {valley[1]} (by {-values.min():.2f})."
        )
    left.altair_chart(
        image_charts.difference(by_place(values)), width="content", alt=f"The ideal {a} minus the ideal {b}"
    )
