"""The folders of the digits in use, file by file."""

import pandas as pd
import streamlit as st

from core.dataset import SPLITS, Dataset, DatasetError, list_images
from ui.frame import dataset, specimen
from ui.frame.scene import Scene
from ui.kit import pictures
from ui.kit.text import counted
from ui.server import BY_FOLDER
from ui.state import keys, session

MOST_THUMBNAILS = 500  # of one folder: they take 0.4 KB each


def folders(scene: Scene) -> None:
    """List the files of one label in both splits. A click on any cell makes its image the specimen."""
    st.markdown(
        "Such images come in folders: one for **training**, from which the computer may learn, and one for "
        "**validation**, on which it is tested. In each, every digit has a folder; its name, the **label**, says what "
        "the images in it are. Click an image, or go to it by the arrow keys, to make it the **specimen**, which goes "
        "with you from page to page."
    )
    digit = st.segmented_control("Label", **session.bound_digit("label", scene.digits, scene.digits[0]))
    for place, split in zip(st.columns(2), SPLITS, strict=True):
        with place:
            _listing(scene, split, digit)


def _listing(scene: Scene, split: str, digit: int) -> None:
    key, folder = f"{keys.FILES}{split}", f"{split}/{digit}"

    def take_row() -> None:
        if rows := _chosen_rows(key):
            specimen.choose(split, digit, rows[0])

    try:
        listing = dataset.from_files(list_images, scene.dataset.split(split).folder / str(digit))
    except DatasetError as problem:
        st.error(str(problem))
        return
    st.markdown(f"`{folder}/`: **{counted(len(listing.names), 'item')}**")
    here = [row for row, name in enumerate(listing.names) if f"{folder}/{name}" == scene.specimen.name]
    if _chosen_rows(key) != here:  # the specimen was chosen elsewhere: its row is marked, and no other
        st.session_state[key] = {"selection": {"rows": here, "columns": [], "cells": []}}
    thumbnails = _thumbnails(scene.dataset, split, digit)
    files = {
        "image": thumbnails + [None] * (len(listing.names) - len(thumbnails)),
        "path": [f"{folder}/{name}" for name in listing.names],
        "bytes": [size for size, _ in listing.stats],
    }
    st.dataframe(
        pd.DataFrame(files),
        height=250,
        hide_index=True,
        column_config={"image": st.column_config.ImageColumn("image", width=50)},
        on_select=take_row,
        selection_mode=["single-row", "single-cell"],
        key=key,
        alt=f"The files of {folder}",
    )


def _chosen_rows(key: str) -> list[int]:
    """Return the row that is chosen in a listing, by any of its cells; none if there is none."""
    chosen = st.session_state.get(key, {}).get("selection", {})
    return [row for row, _ in chosen.get("cells", [])] or list(chosen.get("rows", []))


@st.cache_data(max_entries=40, show_spinner=False, hash_funcs=BY_FOLDER)
def _thumbnails(dataset: Dataset, split: str, digit: int) -> list[str]:
    """Draw the first images of a label folder as data URLs."""
    images = dataset.split(split).of(digit)[:MOST_THUMBNAILS]
    return [pictures.data_url(pictures.ink(image, 1)) for image in images]
