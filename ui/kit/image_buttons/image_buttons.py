"""Images side by side, each of which is a button."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from ui.component import component
from ui.state import session

_component = component(Path(__file__).with_suffix(".js"), '<div class="images"></div>')


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
