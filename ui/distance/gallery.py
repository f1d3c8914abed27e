"""Images of the dataset side by side, each of which can be made the specimen."""

import pandas as pd
import streamlit as st

from ui.frame import specimen
from ui.frame.scene import Scene
from ui.kit import pictures


def gallery(scene: Scene, split: str, images: pd.DataFrame, key: str) -> None:
    """Show images with a button each. images: digit, number, caption; key: tells the galleries of a page apart."""
    with st.grid(8, min_column_width=84, gap="small"):
        for digit, number, caption in images[["digit", "number", "caption"]].itertuples(index=False):
            name = f"{split}/{digit}/{scene.dataset.split(split).path_of(int(digit), number).name}"
            with st.container(gap="small", horizontal_alignment="center"):
                picture = pictures.data_url(pictures.ink(scene.images(split, int(digit))[number], 3))
                st.image(picture, width=84, alt=f"{name}, {caption}")
                st.caption(caption, text_alignment="center")
                st.button(
                    f"Take {digit}/{number}",
                    key=f"{key}_{digit}_{number}",
                    help=f"Make {name} the specimen",
                    on_click=specimen.choose,
                    args=(split, int(digit), number),
                )
