"""The files of a dataset: the specimen's own, opened as array and tensor, and the folders that hold all of them."""

import io

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from core.dataset import SPLITS, DatasetError, list_images, open_image
from ui.frame import dataset, specimen
from ui.frame.scene import Scene
from ui.frame.specimen import Specimen
from ui.pixels.picture import Crop, written
from ui.state import keys, session


def opened(specimen: Specimen, crop: Crop) -> None:
    """Open the specimen's file, and show a crop of it as a NumPy array and as a tensor."""
    st.markdown(
        "Pillow opens the file. NumPy turns it into an array, PyTorch that into a tensor: the same numbers, and the "
        "**same slice** cuts the same crop out of both. Rows stand before the comma, columns after it; the end is "
        "left out."
    )
    try:
        tensor = specimen.image if specimen.path is None else dataset.from_files(open_image, specimen.path)
        packed = specimen.packed()
        with Image.open(io.BytesIO(packed)) as img:
            array = np.array(img)
    except (DatasetError, OSError) as problem:
        st.error(str(problem))
        return
    about = type(img).__name__, img.size, img.mode
    st.code(f">>> img = Image.open('{specimen.name}')\n>>> type(img).__name__, img.size, img.mode\n{about}")
    st.caption(
        f"{img.width} pixels wide, {img.height} high; mode L is one channel of light, a byte a pixel. A viewer that "
        "knows nothing of ink shows 255 as white, so the file itself looks white on black. It takes "
        f"{len(packed)} bytes, since PNG packs the {array.size} pixels."
    )
    left, right = st.columns(2)
    for place, how, numbers, indent in ((left, "np.array(img)", array, 6), (right, "tensor(np.array(img))", tensor, 7)):
        shown = repr(numbers[crop]).replace(", dtype", ",\n" + " " * indent + "dtype")
        place.code(f">>> {how}{written(crop)}\n{shown}")
        place.caption(f"{type(numbers).__name__}: shape {tuple(numbers[crop].shape)}, {numbers.dtype}")
    equal = int((array[crop] == tensor[crop].numpy()).sum())
    st.caption(f"{equal} of {array[crop].size} numbers are equal. Both follow the crop's two sliders above.")


def folders(scene: Scene) -> None:
    """Show how many images each folder holds, and list those of one label. A click makes one the specimen."""
    st.markdown(
        "Datasets of images come as folders: one for **training**, from which the computer may learn, one for "
        "**validation**, on which it is tested, and within each one folder a label. Click a row to make it the "
        "specimen; with keys alone, go to it by the arrows and press Shift and Space together."
    )
    counts = [[scene.dataset.split(split).count(digit) for digit in scene.digits] for split in SPLITS]
    st.dataframe(
        pd.DataFrame(counts, [f"{split}/" for split in SPLITS], [f"{digit}/" for digit in scene.digits]),
        alt="How many images each label folder holds",
    )
    digit = st.segmented_control("Label", **session.bound_digit("label", scene.digits, scene.digits[0]))
    for place, split in zip(st.columns(2), SPLITS, strict=True):
        with place:
            _listing(scene, split, digit)


def _listing(scene: Scene, split: str, digit: int) -> None:
    key, folder = f"{keys.FILES}{split}", f"{split}/{digit}"

    def take_row() -> None:
        rows = st.session_state[key].selection.rows
        if rows:
            specimen.choose(split, digit, rows[0])

    try:
        listing = dataset.from_files(list_images, scene.dataset.split(split).folder / str(digit))
    except DatasetError as problem:
        st.error(str(problem))
        return
    st.markdown(f"`{folder}/`: **{len(listing.names)} items**")
    files = {"path": [f"{folder}/{name}" for name in listing.names], "bytes": [size for size, _ in listing.stats]}
    st.dataframe(
        pd.DataFrame(files),
        height=250,
        on_select=take_row,
        selection_mode="single-row",
        key=key,
        alt=f"The files of {folder}",
    )
