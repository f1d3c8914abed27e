"""The digits in use as a zip, in the layout in which they can be brought back, or given to a run's script."""

import io
import zipfile

import streamlit as st
from PIL import Image

from core.dataset import SPLITS, Dataset

MOST = 20_000  # images: more would keep the server busy for too long


def show(dataset: Dataset) -> None:
    """Show the button, for a dataset that is small enough."""
    if sum(len(dataset.split(split).images) for split in SPLITS) <= MOST:
        st.download_button(
            "These digits as a zip",
            lambda: pack(dataset),
            f"{dataset.folder.name}.zip",
            "application/zip",
            icon=":material/folder_zip:",
            on_click="ignore",
        )


def pack(dataset: Dataset) -> bytes:
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
