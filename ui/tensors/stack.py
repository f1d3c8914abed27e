"""A list of images, opened file by file, and the stack that it becomes."""

import streamlit as st
import torch
from torch import Tensor

from core.dataset import DatasetError
from core.ideal import ideal_digit, stack_images, to_unit
from ui.frame import baseline, dataset
from ui.frame.scene import Scene
from ui.kit import pictures
from ui.kit.text import with_article
from ui.kit.widgets import image_count
from ui.state import session


def image_list(scene: Scene, digit: int) -> list[Tensor]:
    """Open the training files of a digit that meet a condition. Returns a list of (28, 28) uint8."""
    st.markdown(
        "A list comprehension opens file after file; its condition decides which. **Try this:** keep the big files."
    )
    left, right = st.columns(2, gap="large", vertical_alignment="bottom")
    signs = {"every file": "", "files larger than": ">", "files smaller than": "<"}
    condition = left.selectbox("Keep", **session.bound("condition"))
    sign = signs[condition]
    size = right.slider("Bytes", disabled=not sign, **session.bound("size"))
    try:
        images = dataset.from_files(baseline.open_training_files, scene.dataset, digit, condition, size)
    except DatasetError as problem:
        st.error(str(problem))
        images = []
    st.code(
        f">>> paths = sorted(Path('train/{digit}').iterdir())\n>>> images = [tensor(np.array(Image.open(p))) for p in "
        f"paths{f' if p.stat().st_size {sign} {size}' if sign else ''}]\n"
        f">>> len(images), len(paths)\n({len(images)}, {scene.dataset.train.count(digit)})",
        wrap_lines=True,
    )
    if images:
        sheet = pictures.sheet(torch.stack(images[:24]), 12, 2)
        st.image(pictures.data_url(sheet), width="content", alt="The first images of the list")
        st.caption("More ink takes more bytes: the condition sorts thick and thin handwriting.")
    else:
        st.info("No file meets this condition: the list is empty. Move the slider.")
    return images


def stack_and_mean(scene: Scene, digit: int, images: list[Tensor]) -> None:
    """Stack the first images of a list, cast them and take their mean."""
    n = min(image_count("Images to stack", scene.dataset.train.count(digit), "stacked"), len(images))
    left, right = st.columns([3, 2], gap="large")
    with left:
        _stack(images[:n])
    if n:
        mean = pictures.data_url(pictures.ink(ideal_digit(stack_images(images[:n])), 8))
        right.image(mean, width=224, alt=f"The mean of {n} images of {with_article(digit)}")
        right.caption(
            f"The mean along dimension 0 runs over the {n} image{'s' if n > 1 else ''}: one mean for each pixel. "
            "The next page watches it form."
        )


def _stack(images: list[Tensor]) -> None:
    try:
        stacked = stack_images(images)
    except RuntimeError as error:  # there are none
        st.code(f">>> torch.stack([])\nRuntimeError: {error}", wrap_lines=True)
        return
    st.code(
        f">>> stacked = torch.stack(images[:{len(images)}])\n>>> stacked.shape, stacked.dtype\n"
        f"({tuple(stacked.shape)}, {stacked.dtype})"
    )
    try:
        stacked.mean(0)
    except RuntimeError as error:
        st.code(f">>> stacked.mean(0)\nRuntimeError: {error}", wrap_lines=True)
    st.markdown("Bytes from 0 to 255 have no room for a mean such as 97.3. So cast first: `float`, and 0 to 1.")
    unit = to_unit(stacked)
    st.code(f">>> unit = stacked.float() / 255\n>>> unit.shape, unit.dtype\n({tuple(unit.shape)}, {unit.dtype})")
    st.code(f">>> unit.mean(0).shape\n{tuple(unit.mean(0).shape)}")
