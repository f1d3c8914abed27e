"""Pixels: an image is numbers. One pixel, the heat map, array and tensor, one long row, the file, the folder."""

import io

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from core.dataset import SIDE, SPLITS, DatasetError, list_images, open_image
from ui.frame import dataset, specimen
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.frame.page import start
from ui.kit import image_charts, pictures
from ui.kit.heatmap import pixel_frame, pixel_table
from ui.kit.pixel_picker import by_place, pixel_picture, pixel_sliders
from ui.state import keys, session

scene = start(
    "Pixels",
    "To a computer, a picture is a table of numbers: here **0 is paper, 255 is ink**, and greys lie between. "
    "**Try this:** point at the picture and read its numbers, pick a pixel, then change the crop.",
)
image = scene.specimen.image
flat = image.flatten()

blank = (image == 0).float().mean().item()
bands = ["less than half", "half to three quarters", "more than three quarters"]
guess_first(
    "pixels",
    "How much of this picture is blank paper, a pixel value of exactly 0?",
    bands,
    bands[(blank >= 0.5) + (blank > 0.75)],
    f"{int((image == 0).sum())} of its {flat.numel()} pixels are 0, which is {blank:.0%}.",
)

st.header("Point at a pixel")
left, right = st.columns([2, 3], gap="large")
with right:
    row, column = pixel_sliders()
    place = row * SIDE + column
    with st.grid(3, min_column_width=90):
        st.metric("Value", image[row, column].item())
        st.metric("Row, column", f"{row}, {column}")
        st.metric(f"Place of {flat.numel()}", place)
    st.markdown(
        f"Counting starts at 0, so the place is {row} × {SIDE} + {column} = **{place}**, from 0 to {flat.numel() - 1}."
    )
with left:
    pixel_picture(image, (row, column), keys.PICTURE, f"The specimen, {scene.specimen.called}")

st.header("The same picture as a DataFrame")
st.markdown("Each cell holds its number and is shaded by it. The picked pixel is outlined.")
whole = st.toggle("Whole image", **session.bound("whole"))
left, right = st.columns(2, gap="large")
rows = left.slider("Rows of the crop", **session.bound("rows"))
columns = right.slider("Columns of the crop", **session.bound("columns"))
cut = f"[{rows[0]}:{rows[1]}, {columns[0]}:{columns[1]}]"
empty = rows[0] == rows[1] or columns[0] == columns[1]
if empty and not whole:
    st.info("This crop holds no pixels: pull the two ends of each slider apart.")
else:
    shown = ((0, SIDE), (0, SIDE)) if whole else (rows, columns)
    pixel_table(pixel_frame(image, *shown), SIDE, (row, column))
if whole:
    st.caption("Switch off the whole image to see the crop. The array and the tensor below follow the crop either way.")
st.code(f'pd.DataFrame(image{"" if whole else cut}).style.background_gradient("Greys", vmin=0, vmax=255, axis=None)')

st.header("The file, the array, the tensor")
st.markdown(
    "Pillow opens the file. NumPy turns it into an array, PyTorch that into a tensor: the same numbers, and the **same "
    "slice** cuts the same crop out of both. Rows stand before the comma, columns after it; the end is left out."
)
try:
    tensor = image if scene.specimen.path is None else dataset.from_files(open_image, scene.specimen.path)
    packed = scene.specimen.packed()
    with Image.open(io.BytesIO(packed)) as img:
        array = np.array(img)
except (DatasetError, OSError) as problem:
    st.error(str(problem))
else:
    st.code(
        f">>> img = Image.open('{scene.specimen.name}')\n>>> type(img).__name__, img.size, img.mode\n"
        f"{(type(img).__name__, img.size, img.mode)}"
    )
    st.caption(
        f"{img.width} pixels wide, {img.height} high; mode L is one channel of light, a byte a pixel. A viewer that "
        "knows nothing of ink shows 255 as white, so the file itself looks white on black. It takes "
        f"{len(packed)} bytes, since PNG packs the {array.size} pixels."
    )
    crop = np.s_[rows[0] : rows[1], columns[0] : columns[1]]
    left, right = st.columns(2)
    left.code(f">>> np.array(img){cut}\n{repr(array[crop]).replace(', dtype', ',' + chr(10) + '      dtype')}")
    left.caption(f"{type(array).__name__}: shape {array[crop].shape}, {array.dtype}")
    written = repr(tensor[crop]).replace(", dtype", ",\n       dtype")
    right.code(f">>> tensor(np.array(img)){cut}\n{written}")
    right.caption(f"{type(tensor).__name__}: shape {tuple(tensor[crop].shape)}, {tensor.dtype}")
    equal = int((array[crop] == tensor[crop].numpy()).sum())
    st.caption(f"{equal} of {array[crop].size} numbers are equal. Both follow the crop's two sliders above.")

st.header("One long row, and back")
st.markdown(
    f"In memory the rows stand one behind the other: {SIDE} × {SIDE} = {flat.numel()} numbers. Cut at the right width, "
    "they are a picture again. **Try this:** cut at another width."
)
st.altair_chart(image_charts.pixel_strip(by_place(image)[["place", "value"]], place), alt="All pixels in one line")
width = st.slider("Cut the row every … pixels", **session.bound("width"))
height = flat.numel() // width
left, right = st.columns([2, 3], gap="large")
cut_anew = pictures.ink(flat[: width * height].reshape(height, width), 6)
left.image(pictures.data_url(cut_anew), alt=f"The numbers cut every {width} pixels")
right.code(f"Image.fromarray(255 - flat[:{width * height}].reshape({height}, {width}).numpy())", wrap_lines=True)
if width == SIDE:
    right.markdown(
        "At 28 the tensor is the image again: nothing was lost on the way. Taken from 255, ink is drawn dark."
    )
else:
    right.markdown(
        f"At {width} each row starts in the wrong place: a shape is how numbers are read, not what they are."
    )

st.header("The folder")
st.markdown(
    "Datasets of images come as folders: one for **training**, from which the computer may learn, one for "
    "**validation**, on which it is tested, and within each one folder a label. Click a row to make it the specimen; "
    "with keys alone, go to it by the arrows and press Shift and Space together."
)
st.dataframe(
    pd.DataFrame(
        [[scene.dataset.split(split).count(digit) for digit in scene.digits] for split in SPLITS],
        index=[f"{split}/" for split in SPLITS],
        columns=[f"{digit}/" for digit in scene.digits],
    ),
    alt="How many images each label folder holds",
)


def open_file(split: str, digit: int) -> None:
    """Make the file whose row was clicked the specimen."""
    chosen_rows = st.session_state[f"{keys.FILES}{split}"].selection.rows
    if chosen_rows:
        specimen.choose(split, digit, chosen_rows[0])


digit = st.segmented_control("Label", **session.bound_digit("label", scene.digits, scene.digits[0]))
for place, split in zip(st.columns(2), SPLITS, strict=True):
    try:
        listing = dataset.from_files(list_images, scene.dataset.split(split).folder / str(digit))
    except DatasetError as problem:
        place.error(str(problem))
        continue
    place.markdown(f"`{split}/{digit}/`: **{len(listing.names)} items**")
    files = [f"{split}/{digit}/{name}" for name in listing.names]
    place.dataframe(
        pd.DataFrame({"path": files, "bytes": [size for size, _ in listing.stats]}),
        height=250,
        on_select=lambda s=split: open_file(s, digit),
        selection_mode="single-row",
        key=f"{keys.FILES}{split}",
        alt=f"The files of {split}/{digit}",
    )
code_drawer(list_images, open_image)
