"""The specimen as numbers: one pixel, a table of them, and all of them in one long row."""

import streamlit as st
from torch import Tensor

from core.dataset import SIDE
from ui.frame.specimen import Specimen
from ui.kit import image_charts, pictures
from ui.kit.pixel_picker import by_place, pixel_picture, pixel_sliders
from ui.pixels.heatmap import pixel_frame, pixel_table
from ui.state import keys, session

Crop = tuple[slice, slice]


def one_pixel(specimen: Specimen) -> tuple[int, int]:
    """Show the picture and the value of one pixel. Returns the row and the column, picked by click or slider."""
    image = specimen.image
    left, right = st.columns([2, 3], gap="large")
    with right:
        row, column = pixel_sliders()
        place = row * SIDE + column
        with st.grid(3, min_column_width=90):
            st.metric("Value", image[row, column].item())
            st.metric("Row, column", f"{row}, {column}")
            st.metric(f"Place of {image.numel()}", place)
        counted = f"{row} × {SIDE} + {column} = **{place}**, from 0 to {image.numel() - 1}"
        st.markdown(f"Counting starts at 0, so the place is {counted}.")
    with left:
        pixel_picture(image, (row, column), keys.PICTURE, f"The specimen, {specimen.called}")
    return row, column


def table(image: Tensor, picked: tuple[int, int]) -> Crop:
    """Show the pixels as a DataFrame, of the whole image or of a crop. Returns the crop, which two sliders choose."""
    st.markdown("Each cell holds its number and is shaded by it. The picked pixel is outlined.")
    whole = st.toggle("Whole image", **session.bound("whole"))
    left, right = st.columns(2, gap="large")
    rows = left.slider("Rows of the crop", **session.bound("rows"))
    columns = right.slider("Columns of the crop", **session.bound("columns"))
    if not whole and (rows[0] == rows[1] or columns[0] == columns[1]):
        st.info("This crop holds no pixels: pull the two ends of each slider apart.")
    else:
        pixel_table(pixel_frame(image, *(((0, SIDE), (0, SIDE)) if whole else (rows, columns))), SIDE, picked)
    if whole:
        st.caption(
            "Switch off the whole image to see the crop. The array and the tensor below follow the crop either way."
        )
    crop = slice(*rows), slice(*columns)
    cut = "" if whole else written(crop)
    st.code(f'pd.DataFrame(image{cut}).style.background_gradient("Greys", vmin=0, vmax=255, axis=None)')
    return crop


def written(crop: Crop) -> str:
    """Write a crop as Python does."""
    return f"[{', '.join(f'{part.start}:{part.stop}' for part in crop)}]"


def long_row(image: Tensor, picked: tuple[int, int]) -> None:
    """Show all pixels in one line, and cut it at a width that can be chosen."""
    flat = image.flatten()
    st.markdown(
        f"In memory the rows stand one behind the other: {SIDE} × {SIDE} = {flat.numel()} numbers. Cut at the right "
        "width, they are a picture again. **Try this:** cut at another width."
    )
    place = picked[0] * SIDE + picked[1]
    st.altair_chart(image_charts.pixel_strip(by_place(image)[["place", "value"]], place), alt="All pixels in one line")
    width = st.slider("Cut the row every … pixels", **session.bound("width"))
    height = flat.numel() // width
    left, right = st.columns([2, 3], gap="large")
    cut = pictures.ink(flat[: width * height].reshape(height, width), 6)
    left.image(pictures.data_url(cut), alt=f"The numbers cut every {width} pixels")
    right.code(f"Image.fromarray(255 - flat[:{width * height}].reshape({height}, {width}).numpy())", wrap_lines=True)
    right.markdown(
        "At 28 the tensor is the image again: nothing was lost on the way. Taken from 255, ink is drawn dark."
        if width == SIDE
        else f"At {width} each row starts in the wrong place: a shape is how numbers are read, not what they are."
    )
