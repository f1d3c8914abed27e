"""Tensors: rank and shape, NumPy beside PyTorch, a list of images, a stack of them, broadcasting."""

import numpy as np
import pandas as pd
import streamlit as st
import torch

from core.broadcasting import align, parse_shape, result_shape, stretched_strides, subtract_shapes
from core.dataset import DatasetError, open_image, open_images
from core.ideal import ideal_digit, stack_images, to_unit
from core.pictures import open_colour, opened
from core.tensors import derivative_of_square, share_and_copy
from ui.frame import baseline, dataset
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.frame.page import start
from ui.kit import pictures
from ui.kit.text import with_article
from ui.state import session

scene = start(
    "Tensors",
    "A tensor is a block of numbers of any **rank**: the number of its axes. So is a NumPy array. "
    "**Try this:** go from a single number up to a colour picture and watch rank and shape.",
)
image = scene.specimen.image
digit = scene.digits[0] if scene.specimen.digit is None else scene.specimen.digit  # whose images are listed
valid, first = scene.images("valid", scene.digits[0]), scene.digits[0]

shapes = ["(28, 28)", f"({len(valid)}, 28, 28)", f"({len(valid)}, 28)", "an error"]
ideal = baseline.ideals(scene)[0]
guess_first(
    "tensors",
    f"Subtract one ideal {first}, a tensor of 28 × 28, from all {len(valid)} validation images of "
    f"{with_article(first)} at once. What shape comes out?",
    shapes,
    str(tuple((to_unit(valid) - ideal).shape)),
    "The ideal is used again for every image, without being copied: broadcasting. The end of this page takes it apart.",
)

st.header("Rank and shape")
rank = st.segmented_control("A tensor of", **session.bound("rank"))
left, right = st.columns([2, 3], gap="large")
with right:
    if rank == "Colour":
        st.markdown("Red, green and blue are three images: here the specimen and two ideals. Or take your own picture.")
        upload = st.file_uploader("A colour picture", type=["png", "jpg", "jpeg", "webp"], label_visibility="collapsed")
    row = session.value("pixel_row")
    mixed = [image, *((255 * one).to(torch.uint8) for one in baseline.ideals(scene)[:2])]
    tensor, code = {
        "Number": (image[row, session.value("pixel_column")], f"image[{row}, {session.value('pixel_column')}]"),
        "Vector": (image[row], f"image[{row}]"),
        "Image": (image, "image"),
        "Stack": (scene.images("train", digit)[:6], "torch.stack(six_images)"),
        "Colour": (torch.stack(mixed), "torch.stack([red, green, blue])"),
    }[rank]
    if rank == "Colour" and upload:
        try:
            tensor, code = open_colour(upload), "open_colour(file)"
        except ValueError as problem:
            st.error(str(problem))
    st.code(f">>> t = {code}\n>>> t.ndim, t.shape, t.dtype\n({tensor.ndim}, {tuple(tensor.shape)}, {tensor.dtype})")
    with st.grid(3, min_column_width=150):  # room for the shape of a photo
        st.metric("Rank", tensor.ndim)
        st.metric("Shape", str(tuple(tensor.shape)))
        st.metric("Numbers", f"{tensor.numel():,}")
with left:
    if tensor.ndim == 3 and rank == "Colour":
        shown = pictures.colour(tensor, max(1, 224 // max(tensor.shape[1:])))
        st.image(pictures.data_url(shown), width=224, alt="A colour picture")
        zero = torch.zeros_like(tensor[0])
        channels = [torch.stack([tensor[c] if c == k else zero for c in range(3)]) for k in range(3)]
        st.image(
            [pictures.data_url(pictures.colour(c, max(1, 64 // max(c.shape[1:])))) for c in channels],
            width=68,
            alt=["Its red channel", "Its green channel", "Its blue channel"],
        )
    elif tensor.ndim == 3:
        st.image(pictures.data_url(pictures.sheet(tensor, 3, 3)), width=260, alt="Six images in a stack")
    else:
        shown = pictures.ink(tensor.reshape(-1, tensor.shape[-1] if tensor.ndim else 1), 8)
        st.image(pictures.data_url(shown), width=224, alt=f"The {rank.lower()} as a picture")
meaning = {
    "Number": "A single number has no axis: rank 0, shape (). Each pixel is one.",
    "Vector": "One row of pixels has one axis: rank 1. Pick another row on the Pixels page.",
    "Image": "Rows and columns are two axes: rank 2.",
    "Stack": "Images, rows and columns are three axes: rank 3. The first says which image.",
    "Colour": "Channels, rows and columns: rank 3 again. Rank counts axes, it does not say what they mean.",
}
st.markdown(meaning[rank])

st.header("NumPy and PyTorch")
there = torch.cuda.is_available()
st.markdown(
    "Arrays and tensors hold numbers alike, at any rank. But PyTorch can compute on a **graphics card** (GPU), which "
    f"NumPy can't: `torch.cuda.is_available()` says `{there}`, so this server has {'one' if there else 'none'}. "
    "Two more things differ in use; try them:"
)
left, right = st.columns(2, gap="large")
with left:
    st.subheader("Derivatives")
    x = st.slider("x", **session.bound("x"))
    try:
        (np.float64(x) ** 2).backward()
    except AttributeError as error:
        refusal = str(error)
    slope = derivative_of_square(x)
    st.code(f">>> x = tensor({x}, requires_grad=True)\n>>> (x ** 2).backward()\n>>> x.grad.item()\n{slope}")
    st.code(f">>> (np.float64({x}) ** 2).backward()\nAttributeError: {refusal}", wrap_lines=True)
    st.markdown(f"PyTorch finds that x² has the slope 2x = {slope:g} here. NumPy does not keep track of computations.")
with right:
    st.subheader("Memory")
    written = st.slider("Write into the array's first place", **session.bound("written"))
    array, shared, copied = share_and_copy([1, 2, 3], written)
    st.code(
        ">>> array = np.array([1, 2, 3])\n>>> shared = torch.from_numpy(array)\n>>> copied = torch.tensor(array)\n"
        f">>> array[0] = {written}\n>>> array, shared, copied\n({array!r},\n {shared!r},\n {copied!r})"
    )
    st.markdown("`from_numpy` looks at the array's own memory, so it changes with it; `tensor` made a copy.")

st.header("A list of images")
st.markdown(
    "A list comprehension opens file after file; its condition decides which. **Try this:** keep the big files."
)
left, right = st.columns(2, gap="large", vertical_alignment="bottom")
condition = left.selectbox("Keep", **session.bound("condition"))
size = right.slider("Bytes", disabled=condition == "every file", **session.bound("size"))
written_out = {
    "every file": "",
    "files larger than": f" if p.stat().st_size > {size}",
    "files smaller than": f" if p.stat().st_size < {size}",
}[condition]
try:
    images = dataset.from_files(baseline.open_training_files, scene.dataset, digit, condition, size)
except DatasetError as problem:
    st.error(str(problem))
    images = []
st.code(
    f">>> paths = sorted(Path('train/{digit}').iterdir())\n"
    f">>> images = [tensor(np.array(Image.open(p))) for p in paths{written_out}]\n"
    f">>> len(images), len(paths)\n({len(images)}, {scene.dataset.train.count(digit)})",
    wrap_lines=True,
)
if images:
    first_images = pictures.sheet(torch.stack(images[:24]), 12, 2)
    st.image(pictures.data_url(first_images), width="content", alt="The first images of the list")
    st.caption("More ink takes more bytes: the condition sorts thick and thin handwriting.")
else:
    st.info("No file meets this condition: the list is empty. Move the slider.")

st.header("Stack, cast, mean")
session.at_most("stacked", scene.dataset.train.count(digit))
wanted = st.slider("Images to stack", **session.bound("stacked", max_value=scene.dataset.train.count(digit)))
n = min(wanted, len(images))
left, right = st.columns([3, 2], gap="large")
with left:
    if n == 0:
        try:
            stack_images([])
        except RuntimeError as error:
            st.code(f">>> torch.stack([])\nRuntimeError: {error}", wrap_lines=True)
    else:
        stacked = stack_images(images[:n])
        st.code(
            f">>> stacked = torch.stack(images[:{n}])\n>>> stacked.shape, stacked.dtype\n"
            f"({tuple(stacked.shape)}, {stacked.dtype})"
        )
        try:
            stacked.mean(0)
        except RuntimeError as error:
            st.code(f">>> stacked.mean(0)\nRuntimeError: {error}", wrap_lines=True)
        st.markdown("Bytes from 0 to 255 have no room for a mean such as 97.3. So cast first: `float`, and 0 to 1.")
        unit = to_unit(stacked)
        st.code(f">>> unit = stacked.float() / 255\n>>> unit.shape, unit.dtype\n({tuple(unit.shape)}, {unit.dtype})")
        mean = ideal_digit(stacked)
        st.code(f">>> unit.mean(0).shape\n{tuple(mean.shape)}")
with right:
    if n:
        st.image(
            pictures.data_url(pictures.ink(mean, 8)), width=224, alt=f"The mean of {n} images of {with_article(digit)}"
        )
        st.caption(
            f"The mean along dimension 0 runs over the {n} image{'s' if n > 1 else ''}: one mean for each pixel. "
            "The next page watches it form."
        )

st.header("Broadcasting, taken apart")
st.markdown(
    "Lay two shapes on top of each other **from the right**. Two sizes fit if they are equal, or if one is 1 or "
    "missing: then that one is stretched. **Try this:** find two shapes that don't fit."
)
usual = f"{len(valid)}, 28, 28"


def show_example(a: str, b: str) -> None:
    """Put two shapes into the two fields."""
    st.session_state["shape_a"], st.session_state["shape_b"] = a, b


with st.container(horizontal=True):
    for a, b in [(usual, "28, 28"), ("28, 1", "1, 28"), ("3, 28, 28", "3, 1, 1"), ("3, 28, 28", "3"), ("28, 28", "")]:
        st.button(f"({a}) − ({b})", on_click=show_example, args=(a, b))
left, right = st.columns(2, gap="large")
text_a = left.text_input("Shape of a", **session.bound("shape_a", value=usual))
text_b = right.text_input("Shape of b", **session.bound("shape_b"))
try:
    a, b = parse_shape(text_a), parse_shape(text_b)
except ValueError as problem:
    st.error(str(problem))
else:
    axes = align(a, b)
    missing = {None: "·"}
    st.table(
        pd.DataFrame(
            [
                [missing.get(axis.a, str(axis.a)) for axis in axes],
                [missing.get(axis.b, str(axis.b)) for axis in axes],
                ["does not fit" if axis.size is None else str(axis.size) for axis in axes],
                [
                    " and ".join(f"{name} stretches" for name in "ab" if axis.stretched(name))
                    or ("equal" if axis.fits else f"{axis.a} against {axis.b}")
                    for axis in axes
                ],
            ],
            index=["a", "b", "a − b", ""],
            columns=[f"axis {place - len(axes)}" for place in range(len(axes))],
        ),
        alt="The two shapes, aligned from the right, with the shape of their difference",
    )
    try:
        shape = subtract_shapes(a, b)
    except RuntimeError as error:
        st.code(f">>> a - b\nRuntimeError: {error}", wrap_lines=True)
    else:
        strides = {name: stretched_strides(one, shape) for name, one in (("a", a), ("b", b))}
        st.code(
            f">>> (a - b).shape\n{shape}\n"
            + "\n".join(f">>> {name}.expand({shape}).stride()\n{stride}" for name, stride in strides.items())
        )
        st.caption(
            "A stride says how many numbers further in memory the next one along an axis lies. Where an axis is "
            "stretched its stride is 0: the same numbers are read again, and **nothing is copied**."
        )
code_drawer(
    open_images,
    open_image,
    stack_images,
    to_unit,
    ideal_digit,
    derivative_of_square,
    share_and_copy,
    opened,
    open_colour,
    align,
    result_shape,
    subtract_shapes,
    stretched_strides,
    parse_shape,
)
