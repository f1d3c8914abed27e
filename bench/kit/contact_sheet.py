"""A sheet of small pictures of the digits that were classified wrongly."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

COLUMNS, SCALE = 16, 3
CAPTION, GAP = 16, 6  # pixels under each picture, and between two


class Mistake(NamedTuple):
    """An image, (28, 28) uint8 with 0 as paper, its label, and the digit that was answered."""

    image: np.ndarray
    label: int
    answer: int


def contact_sheet(mistakes: Sequence[Mistake]) -> Image.Image:
    """Draw every mistake dark on light with "label as answer" under it, sorted by label, then by answer."""
    side = 28 * SCALE
    columns = max(1, min(COLUMNS, len(mistakes)))
    rows = max(1, -(-len(mistakes) // columns))
    width, height = side + GAP, side + CAPTION + GAP
    sheet = Image.new("L", (columns * width + GAP, rows * height + GAP), 208)
    pencil, font = ImageDraw.Draw(sheet), ImageFont.load_default(CAPTION - 3)
    for place, one in enumerate(sorted(mistakes, key=lambda m: (m.label, m.answer))):
        row, column = divmod(place, columns)
        x, y = GAP + column * width, GAP + row * height
        large = Image.fromarray(255 - one.image).resize((side, side), Image.Resampling.NEAREST)
        sheet.paste(large, (x, y))
        pencil.text((x + side / 2, y + side + 1), f"{one.label} as {one.answer}", fill=0, font=font, anchor="ma")
    return sheet
