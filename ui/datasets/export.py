"""The digits in use as a zip, in the layout that the Data page and the script of a run can read."""

import io
import zipfile

import streamlit as st
from PIL import Image

from core.dataset import SPLITS, Dataset

MOST_IMAGES = 20_000  # more would keep the server busy for too long


def show_zip_button(dataset: Dataset) -> None:
    """Show the button that downloads the zip, for a dataset that is small enough."""
    if sum(len(dataset.split(split).images) for split in SPLITS) <= MOST_IMAGES:
        st.download_button(
            "These digits as a zip",
            lambda: zip_of(dataset),
            f"{dataset.folder.name}.zip",
            "application/zip",
            icon=":material/folder_zip:",
            on_click="ignore",
        )


def zip_of(dataset: Dataset) -> bytes:
    """Write all images as PNG files into a zip: train/<label>/*.png and valid/<label>/*.png."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        for split in SPLITS:
            for digit in dataset.digits:
                paths = dataset.split(split).paths_of(digit)
                for path, image in zip(paths, dataset.split(split).of(digit).numpy(), strict=True):
                    png = io.BytesIO()
                    Image.fromarray(image).save(png, "PNG")
                    out.writestr(f"{split}/{digit}/{path.name}", png.getvalue())
    return packed.getvalue()
