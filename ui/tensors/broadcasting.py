"""Broadcasting, taken apart: two shapes laid on top of each other, and the shape of their difference."""

import pandas as pd
import streamlit as st

from core.broadcasting import Axis, Shape, align, parse_shape, stretched_strides, subtract_shapes
from ui.kit.printed import raised
from ui.state import session
from ui.tensors.blocks import blocks


def shapes(usual: str) -> tuple[Shape, Shape] | None:
    """Ask for two shapes, the first by default `usual`. Returns None, with an error, where a text is no shape."""
    st.markdown(
        "Lay two shapes on top of each other **from the right**. Two sizes fit if they are equal, or if one is 1 or "
        "missing: then that one is stretched. **Try this:** find two shapes that don't fit."
    )
    lesson = "1010, 28, 28"  # as many images of the digit 3 as MNIST has for validation
    examples = [(usual, "28, 28"), (lesson, "28, 28"), ("28, 1", "1, 28"), ("3, 28, 28", "3, 1, 1")]
    examples += [("3, 28, 28", "3"), ("28, 28", "")]
    with st.container(horizontal=True):
        for a, b in dict.fromkeys(examples):  # on all of MNIST, a 3 makes two of them the same
            st.button(f"({a}) − ({b})", on_click=st.session_state.update, kwargs={"shape_a": a, "shape_b": b})
    left, right = st.columns(2, gap="large")
    texts = [
        left.text_input("Shape of a", **session.bound("shape_a", value=usual)),
        right.text_input("Shape of b", **session.bound("shape_b")),
    ]
    try:
        a, b = map(parse_shape, texts)
    except ValueError as problem:
        st.error(str(problem))
        return None
    return a, b


def difference(a: Shape, b: Shape) -> bool:
    """Show how two shapes are aligned and stretched, as a picture beside a table. Returns whether they fit."""
    axes = align(a, b)
    left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
    with left:
        blocks(a, b)
    rows = {
        "a": ["·" if axis.a is None else str(axis.a) for axis in axes],
        "b": ["·" if axis.b is None else str(axis.b) for axis in axes],
        "a − b": ["does not fit" if axis.size is None else str(axis.size) for axis in axes],
        "": [_what_happens(axis) for axis in axes],
    }
    columns = [f"axis −{len(axes) - place}" for place in range(len(axes))]
    right.table(
        pd.DataFrame(rows.values(), list(rows), columns),
        alt="The two shapes, aligned from the right, with the shape of their difference",
    )
    try:
        shape = subtract_shapes(a, b)
    except RuntimeError as error:
        raised("a - b", error)
        return False
    strides = "".join(
        f"\n>>> {name}.expand({shape}).stride()\n{stretched_strides(one, shape)}" for name, one in (("a", a), ("b", b))
    )
    st.code(f">>> (a - b).shape\n{shape}{strides}")
    st.caption(
        "A stride says how many numbers further in memory the next one along an axis lies. Where an axis is "
        "stretched its stride is 0: the same numbers are read again, and **nothing is copied**."
    )
    return True


def _what_happens(axis: Axis) -> str:
    stretched = " and ".join(f"{name} stretches" for name in "ab" if axis.stretched(name))
    return stretched or ("equal" if axis.fits else f"{axis.a} against {axis.b}")
