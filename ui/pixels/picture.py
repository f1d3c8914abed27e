"""The specimen as numbers: one pixel, a crop of it in four forms, and all of them in one long row."""

import io

import numpy as np
import streamlit as st
from PIL import Image
from torch import Tensor

from core.dataset import SIDE, DatasetError, open_image
from ui.frame import dataset
from ui.frame.specimen import Specimen
from ui.kit import image_charts, pictures
from ui.kit.live_slider import live_slider
from ui.kit.pixel_picker.pixel_picker import by_place, pixel_picture, pixel_sliders
from ui.kit.printed import printed
from ui.kit.text import counted
from ui.patches import fragments
from ui.pixels.heatmap import pixel_frame, pixel_table
from ui.state import keys, session

Crop = tuple[slice, slice]
NARROWEST, WIDEST = 14, 56  # rows into which all pixels can be cut: half a row and two


@st.fragment
def explore(specimen: Specimen) -> None:
    """Show the picture, a crop of it as heat map, array and tensor, its file, and all pixels in one line."""
    fragments.run_page_if_changed()
    seen = st.container()
    with st.grid(4, min_column_width=140, vertical_alignment="bottom"):
        picked = pixel_sliders()
        crop = (
            slice(*live_slider("Crop: rows", "rows", range(SIDE + 1))),
            slice(*live_slider("Crop: columns", "columns", range(SIDE + 1))),
        )
    with seen:
        _picture_and_heatmap(specimen, picked, crop)
    _opened(specimen, picked, crop)
    st.header("One long row, and back")
    _long_row(specimen.image, picked)


def _picture_and_heatmap(specimen: Specimen, picked: tuple[int, int], crop: Crop) -> None:
    image, (row, column) = specimen.image, picked
    place = row * SIDE + column
    left, right = st.columns([2, 3])
    with left:
        pixel_picture(image, keys.PICTURE, f"The specimen, {specimen.called}", cropped=True)
    with right:
        st.markdown(
            f"`image[{row}, {column}]` is **{image[row, column]}**, at place {row} × {SIDE} + {column} = **{place}**."
        )
        whole = st.toggle("Whole image", **session.bound("whole"))  # above what it makes longer
    with st.container() if whole else right:  # 28 columns of numbers need all the width there is
        shown = (slice(0, SIDE), slice(0, SIDE)) if whole else crop
        pixel_table(pixel_frame(image, shown), SIDE, picked)
    cut = "" if whole else _written(crop)
    shaded = 'df.style.background_gradient("Greys", vmin=0, vmax=255, axis=None)'
    st.code(f"df = DataFrame(image{cut})\n{shaded}", wrap_lines=True)  # as one line, it would wrap at some crops only


def _opened(specimen: Specimen, picked: tuple[int, int], crop: Crop) -> None:
    """Open the specimen's file, and show a crop of it as a NumPy array and as a tensor."""
    try:
        tensor = specimen.image if specimen.path is None else dataset.from_files(open_image, specimen.path)
        packed = specimen.packed()
        with Image.open(io.BytesIO(packed)) as img:
            array = np.array(img)
    except (DatasetError, OSError) as problem:
        st.error(str(problem))
        return
    left, right = st.columns(2)
    for place, how, numbers, indent in ((left, "np.array(img)", array, 6), (right, "tensor(np.array(img))", tensor, 7)):
        shown = repr(numbers[crop]).replace(", dtype", ",\n" + " " * indent + "dtype")
        with place:
            printed(f"{how}{_written(crop)}", shown, _place_in(crop, picked))
            st.caption(f"{type(numbers).__name__}: shape {tuple(numbers[crop].shape)}, {numbers.dtype}")
    equal = int((array[crop] == tensor[crop].numpy()).sum())
    st.markdown(
        f"The **same slice** cuts the same crop out of both: {equal} of {array[crop].size} numbers are equal. Rows "
        "stand before the comma, columns after it; the end is left out. Each is a `uint8`, a byte: a whole number from "
        "0 to 255."
    )
    st.header("The file")
    st.markdown(
        "Pillow opens the file. NumPy turns it into an array, PyTorch that into a tensor. The "
        "DataFrame above is a table of pandas."
    )
    about = type(img).__name__, img.size, img.mode
    st.code(f">>> img = Image.open('{specimen.name}')\n>>> type(img).__name__, img.size, img.mode\n{about}")
    st.caption(
        f"{img.width} pixels wide, {img.height} high; mode L is one channel of light, a byte a pixel. A viewer that "
        "knows nothing of ink shows 255 as white, so the file itself looks white on black. It takes "
        f"{len(packed)} bytes, since PNG packs the {array.size} pixels."
    )


def _written(crop: Crop) -> str:
    """Write a crop as Python does."""
    return f"[{', '.join(f'{part.start}:{part.stop}' for part in crop)}]"


def _place_in(crop: Crop, picked: tuple[int, int]) -> int | None:
    """Return the place of the picked pixel among those of the crop, None if it lies outside."""
    if not all(part.start <= at < part.stop for part, at in zip(crop, picked, strict=True)):
        return None
    (rows, columns), (row, column) = crop, picked
    return (row - rows.start) * (columns.stop - columns.start) + column - columns.start


def _long_row(image: Tensor, picked: tuple[int, int]) -> None:
    """Show all pixels in one line, and cut it at a width that can be chosen."""
    flat = image.flatten()
    st.markdown(
        f"In memory the rows stand one behind the other: {SIDE} × {SIDE} = {flat.numel()} numbers, whose places "
        "are counted from 0. Cut at the right width, they are a picture again. **Try this:** cut at another width."
    )
    place = picked[0] * SIDE + picked[1]
    st.altair_chart(image_charts.pixel_strip(by_place(image)[["place", "value"]], place), alt="All pixels in one line")
    width = live_slider("Cut the row every … pixels", "width", range(NARROWEST, WIDEST + 1))
    height, rest = divmod(flat.numel(), width)
    left, right = st.columns([2, 3])
    cut = pictures.framed(pictures.ink(flat[: width * height].reshape(height, width), 5))
    left.image(pictures.data_url(cut), alt=f"The numbers cut every {width} pixels")
    right.code(f"Image.fromarray(255 - flat[:{width * height}].reshape({height}, {width}).numpy())", wrap_lines=True)
    right.markdown(_seen_at(width))
    if rest:
        right.caption(f"{counted(rest, 'pixel')} at the end fill no row, and are left out.")


def _seen_at(width: int) -> str:
    """Say what the pixels look like when they are cut at this width."""
    if width == SIDE:
        return "At 28 the tensor is the image again: nothing was lost on the way. Taken from 255, ink is drawn dark."
    if width == SIDE // 2:
        return (
            "At 14 each row of the image becomes two, its left half above its right half: both halves of the digit lie "
            "in the same place, line by line in turn, and twice as high."
        )
    if width == 2 * SIDE:
        return (
            "At 56 each row holds two of the image, side by side: so you see the digit twice, each of half the height, "
            "one of the even rows and one of the odd."
        )
    return f"At {width} each row starts in the wrong place: a shape is how numbers are read, not what they are."
