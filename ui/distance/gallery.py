"""Images of the dataset side by side, each of which becomes the specimen when it is clicked."""

import pandas as pd

from ui.frame import specimen
from ui.frame.scene import Scene
from ui.kit import pictures
from ui.kit.image_buttons.image_buttons import ImageButton, image_buttons
from ui.state import keys


def gallery(scene: Scene, split: str, images: pd.DataFrame) -> None:
    """Show images as buttons. images: digit, number, caption."""

    def button(digit: str, number: int, caption: str) -> ImageButton:
        path = scene.dataset.split(split).path_of(int(digit), number)
        picture = pictures.data_url(pictures.ink(scene.images(split, int(digit))[number], 1))
        action = f"Make {split}/{digit}/{path.name} the specimen"
        return ImageButton(f"{digit}/{number}", picture, caption, action, path == scene.specimen.path)

    def take(name: str) -> None:
        digit, number = map(int, name.split("/"))
        specimen.choose(split, digit, number)

    shown = images[["digit", "number", "caption"]].itertuples(index=False)
    image_buttons(keys.GALLERY, [button(*one) for one in shown], take)
