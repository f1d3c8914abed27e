"""Redraw digits with a pen, to validate classifiers on drawings that are changed in other ways than training images.

Each digit is warped, reduced to lines as wide as one pixel, drawn along them with a round pen, and brought to 28 x 28
as a drawing on the page. None of these changes is used in training (`core.classifiers.augment`), so that a classifier
can't have learned them: it is right as often as it has learned what digits have in common, whoever draws them.
"""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.dataset import SIDE
from core.drawing.normalise import BOX, go_through
from core.ideal import to_unit
from core.training.data import TrainingData

FINE = 3  # fine pixels along each edge of a pixel: digits are redrawn at this resolution
RADII = (0.4, 1.2)  # of the pen, in pixels, when the digit is 20 pixels long: of pens 9 to 26 pixels wide on the canvas
ZOOM = 1.15  # how much paper is added around a digit, so that a warp does not move ink off it
PER_CLASS = 50  # images of each class that are redrawn: enough to tell 90 % from 95 %
SEED = 37


def drawn_digits(data: TrainingData) -> tuple[Tensor, Tensor]:
    """Redraw the first 50 validation images of each class: (n, 784) float32 in [0, 1], and (n,) int64, their classes.

    Takes a tenth of a second of one core for each class.
    """
    classes = data.valid_y.unique()
    drawn = [drawn_class(data, each) for each in classes.tolist()]
    return torch.cat(drawn), classes.repeat_interleave(torch.tensor([len(images) for images in drawn]))


def drawn_class(data: TrainingData, each: int) -> Tensor:
    """Redraw the first 50 validation images of one class, which has some: (n, 784) float32 in [0, 1]."""
    rows = torch.nonzero(data.valid_y == each)[:PER_CLASS, 0]
    images = (255 * data.valid_x[rows]).round().byte().view(-1, SIDE, SIDE)
    return to_unit(redraw(images, SEED + each)).flatten(1)


def accuracy_on_drawn(
    method: Callable[[Tensor], Tensor], drawn: tuple[Tensor, Tensor], known: tuple[int, ...], digits: tuple[int, ...]
) -> tuple[int, int]:
    """Return how many of the redrawn digits in play a method knows, and how many there are.

    method: turns (n, 784) float32 in [0, 1] into (n, K) float, a score for each digit in play, the highest for its
    answer. drawn: as from `drawn_digits`; known: the digit of each class in it; digits: those in play, of `known`.
    """
    images, classes = drawn
    labels = torch.tensor(known)[classes]
    chosen = torch.isin(labels, torch.tensor(digits))
    with torch.no_grad():
        answers = torch.tensor(digits)[method(images[chosen]).argmax(1)]
    return int((answers == labels[chosen]).sum()), int(chosen.sum())


def redraw(images: Tensor, seed: int) -> Tensor:
    """Redraw each image with another warp and another pen: (n, 28, 28) uint8 -> the same. Blank images stay blank.

    seed: the same seed gives the same drawings.
    """
    generator = torch.Generator().manual_seed(seed)
    lines = thin(warp(images.float() / 255, generator) > 0.5)
    ink = (255 * draw_along(lines, generator)).round().byte().numpy()
    stages = map(go_through, ink)
    blank = np.zeros((SIDE, SIDE), np.uint8)
    return torch.from_numpy(np.stack([blank if one is None else one.digit for one in stages]))


def warp(images: Tensor, generator: torch.Generator) -> Tensor:
    """Look at each image through a random wave, lens, perspective, stretch and slant, three times as finely.

    images: (n, 28, 28) float32 in [0, 1]. Returns (n, 84, 84) float32, about in [0, 1].
    """

    def between(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(len(images), 1, 1, generator=generator)

    side = SIDE * FINE
    axis = (2 * torch.arange(side) + 1) / side - 1  # from edge to edge, -1 to 1
    x, y = axis.expand(len(images), side, side), axis[:, None].expand(len(images), side, side)
    # Waves: an unsteady hand.
    x = x + between(0, 0.05) * torch.sin(between(2, 6) * y + between(0, 6.28))
    y = y + between(0, 0.05) * torch.sin(between(2, 6) * x + between(0, 6.28))
    # Lenses: one half of the digit larger than the other.
    x, y = x + between(-0.17, 0.17) * (0.5 - x * x), y + between(-0.17, 0.17) * (0.5 - y * y)
    # Perspective: paper that does not lie straight.
    depth = 1 + between(-0.25, 0.25) * x + between(-0.25, 0.25) * y
    x, y = x / depth, y / depth
    x = x * between(-0.3, 0.3).exp() + between(-0.35, 0.35) * y
    grid = ZOOM * torch.stack([x, y], -1)
    return F.grid_sample(images[:, None], grid, mode="bicubic", align_corners=False)[:, 0]


def thin(inked: Tensor) -> Tensor:
    """Remove ink from the edges of all strokes until they are one pixel wide: (n, height, width) bool -> the same.

    Source: Zhang, Suen, "A fast parallel algorithm for thinning digital patterns", Communications of the ACM 27 (1984).
    """
    ink = inked.byte()
    while True:
        before = int(ink.sum(dtype=torch.int64))
        for first_pass in (True, False):
            around = _neighbours(ink)
            up, right, down, left = around[::2]
            count = sum(around)
            # How often paper turns to ink on the way around: 1 if the pixel is on an edge and holds nothing together.
            turns = sum((1 - here) * after for here, after in zip(around, around[1:] + around[:1], strict=True))
            on_side = right * down * (up | left) if first_pass else up * left * (right | down)
            ink = ink * ~((count >= 2) & (count <= 6) & (turns == 1) & (on_side == 0))
        if int(ink.sum(dtype=torch.int64)) == before:
            return ink.bool()


def _neighbours(ink: Tensor) -> list[Tensor]:
    """Return the eight neighbours of each pixel, clockwise from the one above, paper beyond the edge."""
    return [_shifted(ink, *step) for step in ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))]


def _shifted(images: Tensor, down: int, right: int) -> Tensor:
    """Return for each pixel the one that is so far down and right of it: (n, height, width) -> the same shape."""
    far = max(abs(down), abs(right))
    _, height, width = images.shape
    wider = F.pad(images, (far, far, far, far))
    return wider[:, far + down : far + down + height, far + right : far + right + width]


def draw_along(lines: Tensor, generator: torch.Generator) -> Tensor:
    """Draw along lines with a round pen, of a random width in each image, that is in proportion to the digit's size.

    lines: (n, height, width) bool. Returns the same shape, float32 in [0, 1]: the part of each pixel that is covered.
    """
    low, high = RADII
    radius = low + (high - low) * torch.rand(len(lines), generator=generator)
    longest = torch.maximum(_extent(lines.any(2)), _extent(lines.any(1)))
    radius = (radius * longest / (BOX - 2 * radius))[:, None, None]  # so that it is right once the digit is BOX long
    reach = int(radius.max()) + 1
    covered = torch.zeros(lines.shape)
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            near = (radius - (down**2 + right**2) ** 0.5 + 0.5).clamp(0, 1)
            if near.any():
                covered = covered.maximum(near * _shifted(lines, down, right))
    return covered


def _extent(inked: Tensor) -> Tensor:
    """Return how far it is from the first to the last True of each row: (n, m) bool -> (n,) float32, 0 without any."""
    first, last = inked.byte().argmax(1), inked.shape[1] - inked.flip(1).byte().argmax(1)
    return (last - first) * inked.any(1).float()
