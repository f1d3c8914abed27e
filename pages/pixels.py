"""Pixels: an image is numbers. One pixel, the heat map, array and tensor, the file, one long row."""

from core.dataset import open_image
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.frame.page import start
from ui.pixels import picture

scene = start(
    "Pixels",
    "To a computer, a picture is a table of numbers: here **0 is paper, 255 is ink**, and greys lie between. "
    "**Try this:** point at the picture and read its numbers, pick a pixel, then change the crop.",
)
image = scene.specimen.image

blank, bands = image == 0, ["less than half", "half to three quarters", "more than three quarters"]
share = blank.float().mean().item()
guess_first(
    "pixels",
    "How much of this picture is blank paper, a pixel value of exactly 0?",
    bands,
    bands[(share >= 0.5) + (share > 0.75)],
    f"{blank.sum()} of its {image.numel()} pixels are 0, which is {share:.0%}.",
)

picture.explore(scene.specimen)

if scene.specimen.path:  # a drawing has no file to open
    code_drawer(open_image)
