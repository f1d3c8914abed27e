"""Images side by side, each of which is a button."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from ui.state import session

HERE = Path(__file__)
_component = st.components.v2.component(
    "three_or_seven.image_buttons",
    html='<div class="images"></div>',
    css=HERE.with_suffix(".css").read_text(encoding="utf-8"),
    js=HERE.with_suffix(".js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class ImageButton:
    """An image to click on.

    name: tells it from the others; picture: a data URL; caption: stands beneath it; action: what a click does.
    """

    name: str
    picture: str
    caption: str
    action: str
    chosen: bool = False  # then it is marked


def image_buttons(key: str, images: list[ImageButton], on_click: Callable[[str], None]) -> None:
    """Show images as buttons. on_click: called with the name of the one that was clicked, before the page runs."""
    names = {image.name for image in images}

    def clicked() -> None:
        match session.came_with(key, "click"):
            case str(name) if name in names:  # others may still be in the browser
                on_click(name)

    _component(key=key, data=[asdict(image) for image in images], on_click_change=clicked)
