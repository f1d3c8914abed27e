"""The specimen against each ideal digit: where they differ, which is nearest, and how a distance is computed."""

import streamlit as st
import torch.nn.functional as F
from torch import Tensor

from core import distance
from core.ideal import to_unit
from ui.frame.scene import Scene
from ui.kit import pictures
from ui.kit.text import with_article
from ui.state import session

MEANINGS = {
    "Signed": "Blue: the specimen has ink where the ideal has less. Orange: the ideal has more. White: they agree.",
    "Absolute": "The size of each difference, whatever its sign: the darker, the further apart.",
    "Squared": "Each difference times itself: small ones fade, large ones stay. L2 minds a few large ones most.",
}


def maps(scene: Scene, ideals: Tensor) -> None:
    """Draw the specimen's difference to each ideal, pixel by pixel, with its distances; the nearest is marked."""
    kind = st.segmented_control("Map of the difference", **session.bound("map"))
    unit = to_unit(scene.specimen.image)
    distances = {name: distance.distances_to(unit[None], ideals, one)[0] for name, one in distance.DISTANCES.items()}
    few = len(scene.digits) <= 4
    with st.grid(min(len(scene.digits), 4 if few else 5), min_column_width=150, border=few, gap="small"):
        for place, (digit, ideal) in enumerate(zip(scene.digits, ideals, strict=True)):
            difference = unit - ideal
            if kind == "Signed":
                drawn = pictures.signed(difference, 6)
            else:
                drawn = pictures.ink(difference.abs() if kind == "Absolute" else difference**2, 6)
            what = f"{kind} difference of the specimen and the ideal {digit}"
            with st.container(gap="small"):
                st.markdown(f"Ideal **{digit}**")
                with st.container(horizontal=True, gap="small"):
                    known = pictures.data_url(pictures.ink(ideal, 4))
                    st.image(known, width=112 if few else 40, alt=f"The ideal {digit}")
                    st.image(pictures.data_url(drawn), width=170 if few else 80, alt=what)
                st.markdown("  \n".join(_measured(name, each, place) for name, each in distances.items()))
    st.caption(
        f"{MEANINGS[kind]} **L1** is the mean of the absolute differences, **L2** the root of the mean of their "
        "squares; pixels go from 0 for paper to 1 for ink."
    )


def _measured(name: str, to_each: Tensor, place: int) -> str:
    """Write the distance to one of the ideals, marked if it is the nearest. to_each: (K,)."""
    mark = " · **nearest**" if to_each.argmin() == place else ""
    return f"{name} **{to_each[place]:.4f}**{mark}"


def nearest_ideals(scene: Scene, ideals: Tensor) -> None:
    """Say which ideal is nearest to the specimen by each distance, and whether that is right."""
    unit, digit = to_unit(scene.specimen.image), scene.specimen.digit
    for name, measure in distance.DISTANCES.items():
        to_each = distance.distances_to(unit[None], ideals, measure)[0]
        first, second = to_each.argsort()[:2]
        winner = scene.digits[first]
        if digit is None:
            verdict = " to your drawing"
        else:
            verdict = ", which is right" if winner == digit else f", but the specimen is {with_article(digit)}"
        st.markdown(
            f"By **{name}** the ideal **{winner}** is nearest{verdict}: "
            f"nearer than the {scene.digits[second]} by {to_each[second] - to_each[first]:.4f}."
        )


def by_hand(scene: Scene, ideals: Tensor) -> int:
    """Compute both distances to an ideal by hand and by PyTorch's own functions. Returns the digit that was chosen."""
    digit = st.segmented_control(
        "Against the ideal", wrap=True, **session.bound_digit("a", scene.digits, scene.digits[0])
    )
    unit, ideal = to_unit(scene.specimen.image), ideals[scene.digits.index(digit)]
    squared = F.mse_loss(unit, ideal)
    left, right = st.columns(2, gap="large")
    left.markdown("**L1**, the mean absolute difference")
    left.code(
        f">>> (x - ideal_{digit}).abs().mean()\n{distance.l1_distance(unit, ideal):.6f}\n"
        f">>> F.l1_loss(x, ideal_{digit})\n{F.l1_loss(unit, ideal):.6f}"
    )
    right.markdown("**L2**, the root of the mean squared difference (RMSE)")
    right.code(
        f">>> ((x - ideal_{digit}) ** 2).mean().sqrt()\n{distance.l2_distance(unit, ideal):.6f}\n"
        f">>> F.mse_loss(x, ideal_{digit}).sqrt()\n{squared.sqrt():.6f}\n"
        f">>> F.mse_loss(x, ideal_{digit})  # no root: MSE\n{squared:.6f}",
        wrap_lines=True,
    )
    st.caption("The mean squared error (MSE) puts images in the same order as L2, but it becomes L2 only by its root.")
    return digit
