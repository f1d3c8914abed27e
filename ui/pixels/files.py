"""The folders that hold the files of a dataset."""

import pandas as pd
import streamlit as st

from core.dataset import SPLITS, DatasetError, list_images
from ui.frame import dataset, specimen
from ui.frame.scene import Scene
from ui.state import keys, session


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
