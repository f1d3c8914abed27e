"""A list of images, opened file by file, and the stack that it becomes."""

from itertools import islice

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from core.dataset import Dataset, DatasetError
from core.ideal import stack_images, to_unit
from ui.frame import baseline, dataset
from ui.frame.scene import Scene
from ui.kit import pictures
from ui.kit.live_slider import live_slider
from ui.kit.printed import raised
from ui.kit.text import counted, number
from ui.kit.widgets import image_count
from ui.patches import fragments
from ui.server import BY_FOLDER
from ui.state import session

SMALLEST, LARGEST = 100, 500  # bytes
ENOUGH = 10  # files: of fewer, a correlation says little
MEANS = (
    "one mean for each pixel, which makes an ideal",
    "one mean for each column of each image",
    "one mean for each row of each image",
)


def list_and_stack(scene: Scene, digit: int) -> bool:
    """Make a list of the training images of a digit, and stack its first ones. Returns whether it holds any."""
    return st.fragment(_list_and_stack)(scene, digit, [])


def _list_and_stack(scene: Scene, digit: int, before: list[bool]) -> bool:
    """before: whether the list held any images when the page ran, at its end empty."""
    fragments.run_page_if_changed()
    images = _image_list(scene, digit)
    st.header("Stack, cast, mean")
    _stack_and_mean(scene, digit, images)
    if before and before[0] != bool(images):
        st.rerun()  # the code drawer shows what was called
    before.append(bool(images))
    return bool(images)


def _image_list(scene: Scene, digit: int) -> list[Tensor]:
    """Open the training files of a digit that meet a condition. Returns a list of (28, 28) uint8."""
    st.markdown(
        "A list comprehension opens file after file; its condition decides which. **Try this:** keep the big files."
    )
    left, right = st.columns(2, vertical_alignment="bottom")
    signs = {"every file": "", "files larger than": ">", "files smaller than": "<"}
    condition = left.selectbox("Keep", **session.bound("condition"))
    sign = signs[condition]
    with right:
        size = live_slider("Bytes", "size", range(SMALLEST, LARGEST + 1), disabled=not sign)
    try:
        images = dataset.from_files(baseline.open_training_files, scene.dataset, digit, condition, size)
        related = dataset.from_files(_what_takes_bytes, scene.dataset, digit)
    except DatasetError as problem:
        st.error(str(problem))
        images, related = [], None
    st.code(
        f">>> paths = sorted(Path('train/{digit}').iterdir())\n>>> images = [tensor(np.array(Image.open(p))) for p in "
        f"paths{f' if p.stat().st_size {sign} {size}' if sign else ''}]\n"
        f">>> len(images), len(paths)\n({len(images)}, {scene.dataset.train.count(digit)})",
        wrap_lines=True,
    )
    if images:
        sheet = pictures.sheet(torch.stack([*islice(images, 24)]), 12, 2)
        st.image(pictures.data_url(sheet), width="content", alt="The first images of the list")
    else:
        st.info("No file meets this condition: the list is empty. Move the slider.")
    if related:
        greys, ink = related
        st.caption(
            f"What takes the bytes? Over all files of the digit {digit}, their number has a correlation of "
            f"{number(greys, '.2f')} with the number of grey pixels, {number(ink, '.2f')} with the amount of ink: 1 "
            "or −1 would mean that one tells the other, 0 that it tells nothing. PNG packs runs of equal pixels "
            "well, such as paper."
        )
    return images


@st.cache_data(max_entries=100, show_spinner=False, hash_funcs=BY_FOLDER)
def _what_takes_bytes(dataset: Dataset, digit: int) -> tuple[float, float] | None:
    """Return how the sizes of the training files of a digit correlate with their grey pixels and with their ink.

    Returns None if that can't be said: of few files, or if all are alike. Raises DatasetError if a file is missing.
    """
    try:
        sizes = [path.stat().st_size for path in dataset.train.paths_of(digit)]
    except OSError:
        raise DatasetError("A file of this digit is missing.", dataset.train.folder / str(digit)) from None
    images = dataset.train.of(digit).flatten(1)
    greys, ink = ((images > 0) & (images < 255)).sum(1), images.sum(1, dtype=torch.int64)
    if len(sizes) < ENOUGH or min(len(set(sizes)), len(greys.unique()), len(ink.unique())) < 2:
        return None
    table = np.corrcoef([sizes, greys.tolist(), ink.tolist()])
    return float(table[0, 1]), float(table[0, 2])


def _stack_and_mean(scene: Scene, digit: int, images: list[Tensor]) -> None:
    """Stack the first images of a list, and try to take their mean."""
    st.markdown(
        "**Try this:** bytes from 0 to 255 have no room for a mean such as 97.3. See what PyTorch says, then cast."
    )
    n = min(image_count("Images to stack", scene.dataset.train.count(digit), "stacked"), len(images))
    left, right = st.columns([3, 2])
    with left:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            along = int(st.segmented_control("Mean along dimension", **session.bound("along")))
            cast = st.toggle("Cast to float first, from 0 to 1", **session.bound("cast"))
        try:
            stacked = stack_images(images[:n])
        except RuntimeError as error:  # there are none
            raised("torch.stack([])", error)
            return
        st.code(
            f">>> stacked = torch.stack(images[:{n}])\n>>> stacked.shape, stacked.dtype\n"
            f"({tuple(stacked.shape)}, {stacked.dtype})"
        )
        name = "stacked"
        if cast:
            name, stacked = "unit", to_unit(stacked)
            about = f"({tuple(stacked.shape)}, {stacked.dtype})"
            st.code(f">>> unit = stacked.float() / 255\n>>> unit.shape, unit.dtype\n{about}")
        try:
            mean = stacked.mean(along)
        except RuntimeError as error:
            raised(f"{name}.mean({along})", error)
            return
        st.code(f">>> {name}.mean({along}).shape\n{tuple(mean.shape)}")
    drawn = pictures.framed(pictures.ink(mean, max(1, 224 // max(mean.shape))))
    what = f"The mean of {counted(n, 'image')} of the digit {digit}, along dimension {along}"
    right.image(pictures.data_url(drawn), width="content", alt=what)
    right.caption(f"{what}: {MEANS[along]}." + (" The next page watches it form." if along == 0 else ""))
