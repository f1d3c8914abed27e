"""A number in its row, in its image, in a stack of images: one picture of four ranks."""

import streamlit as st
from torch import Tensor

from core.dataset import SIDE
from ui.kit import pictures

RANKS = ("Number", "Vector", "Image", "Stack")
CELL = 7  # units of the picture for a pixel of an image
STEP_RIGHT, STEP_UP = 20, 11  # from one image of the stack to the one behind it
PICKED = "#e07b00"  # as on Pixels
STYLE = """<style>text {font: 16px sans-serif} .off {opacity: .22}
image {image-rendering: pixelated} rect {shape-rendering: crispEdges}</style>"""


def nested(stack: Tensor, rank: str, row: int, column: int) -> None:
    """Show a stack of images, (n, 28, 28) uint8, the specimen in front, with what a tensor of a rank holds of it.

    rank: one of RANKS; what it does not hold is pale. row, column: of the picked pixel.
    """
    last, side = len(stack) - 1, SIDE * CELL
    top = last * STEP_UP + 14
    on = {name: "on" if name == rank else "off" for name in RANKS}
    on["Image"] = "on" if rank in ("Image", "Stack") else "off"  # a stack holds the image in front, too
    fan = [_image(stack[k], k * STEP_RIGHT, top - k * STEP_UP, side) for k in range(last, 0, -1)]
    y, strip = top + row * CELL, top + side + 26  # of the row in the image, and of the row by itself
    cells = "".join(
        f'<rect x="{k * 12}" y="{strip}" width="12" height="16" fill="rgb({255 - ink},{255 - ink},{255 - ink})"/>'
        for k, ink in enumerate(stack[0, row].tolist())
    )
    at, below = column * 12, strip + 44
    box = min(max(at - 16, 0), 12 * SIDE - 44)
    parts = [
        f'<g class="{on["Stack"]}">{"".join(fan)}</g>',
        f'<g class="{on["Image"]}">{_image(stack[0], 0, top, side)}</g>',
        f'<rect x="0" y="{y}" width="{side}" height="{CELL}" fill="none" stroke="{PICKED}" stroke-width="1.5"/>',
        f'<path d="M0 {y + CELL}V{strip}M{side} {y + CELL}L{12 * SIDE} {strip}" stroke="{PICKED}" stroke-width=".7"/>',
        f'<g class="{on["Vector"]}">{cells}<rect x="0" y="{strip}" width="{12 * SIDE}" height="16" fill="none" '
        'stroke="#c3c9d1"/></g>',
        f'<rect x="{at}" y="{strip}" width="12" height="16" fill="none" stroke="{PICKED}" stroke-width="2"/>',
        f'<path d="M{at + 6} {strip + 16}L{box + 22} {below - 20}" stroke="{PICKED}" stroke-width=".7"/>',
        f'<g class="{on["Number"]}"><rect x="{box}" y="{below - 20}" width="44" height="28" rx="4" fill="white" '
        f'stroke="{PICKED}" stroke-width="1.5"/><text x="{box + 22}" y="{below}" text-anchor="middle">'
        f"{stack[0, row, column].item()}</text></g>",
    ]
    said = f"Pixel {column} of row {row}, in that row, in the image, in a stack of {len(stack)}; shown is: {rank}"
    view = f"-2 -2 {12 * SIDE + 4} {below + 14}"
    size = f'width="{12 * SIDE + 4}" height="{below + 14}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="{view}">{STYLE}{"".join(parts)}</svg>'
    st.image(svg, width="content", alt=said)


def _image(image: Tensor, x: int, y: int, side: int) -> str:
    url = pictures.data_url(pictures.framed(pictures.ink(image, 2)))
    return f'<image x="{x}" y="{y}" width="{side}" height="{side}" href="{url}"/>'
