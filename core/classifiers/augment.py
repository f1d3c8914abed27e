"""Data augmentation: change each training image at random, to another one that a person could have drawn.

Random affine maps and small elastic distortions as in Simard, Steinkraus, Platt, "Best practices for convolutional
neural networks applied to visual document analysis", 2003. In addition, forms that are common but rare in MNIST: a bar
through the stem of a seven, a foot or a flag on a one, a hook under a nine. Finally the ink is scaled and centred as
`core.drawing.normalise` does with a drawing, so that a model is trained on what it will see on the page.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from core.dataset import SIDE
from core.drawing.normalise import BOX

INK = 0.25  # of 1: pixels no darker than this don't count as ink


@dataclass(frozen=True)
class Distortion:
    """Limits of the random changes. Each change is uniformly distributed between the limit and its negative."""

    turn: float = 0.25  # radians: 14 degrees
    slant: float = 0.4  # pixels sideways for each pixel down
    stretch: float = 0.3  # of the width against the height, as the exponent of e
    size: float = 0.08  # of the longest side, as the exponent of e
    shift: float = 1.0  # pixels: a drawing is centred to within half of one
    bend: float = 1.5  # pixels: the standard deviation of the elastic distortion at its knots
    knots: int = 4  # points along each edge between which it is interpolated: few, so that it changes proportions, too
    thin: float = 0.75  # fraction of images whose strokes are made thinner: pens are thinner than MNIST's
    crisp: float = 2.0  # highest contrast, 1 is unchanged: a pen has sharper edges than a scan
    habits: float = 0.4  # fraction of digits that get each habit of a hand: see add_habits


def augment(images: Tensor, labels: Tensor, distortion: Distortion, generator: torch.Generator) -> Tensor:
    """Change each image at random, but not so much that it becomes another digit.

    images: (n, 28, 28) float32 in [0, 1]; labels: (n,) int64, the digits in the images.
    generator: the same state gives the same changes. Returns (n, 28, 28) float32 in [0, 1].
    """
    images = change_thickness(images, distortion, generator)
    images = add_habits(images, labels, distortion, generator)
    images = move(images, distortion, generator)
    contrast = _between(1, distortion.crisp, len(images), generator)[:, None, None]
    return ((images - 0.5) * contrast + 0.5).clamp(0, 1)


def change_thickness(images: Tensor, distortion: Distortion, generator: torch.Generator) -> Tensor:
    """Make the strokes of some images thinner, each by a random amount: (n, 28, 28) float32 in [0, 1] -> the same.

    Each pixel is compared with the darkest near it, so that the middle of a stroke stays, however thin the stroke.
    """
    n = len(images)
    chosen = torch.rand(n, generator=generator) < distortion.thin
    cut = torch.where(chosen, 0.9 * torch.rand(n, generator=generator), torch.zeros(n))[:, None, None]
    soft = _over_neighbours(images, torch.add) / 9
    near = _over_neighbours(soft, torch.maximum)
    kept = ((soft / near.clamp(min=1e-6) - cut) / (1 - cut)).clamp(0, 1)
    return images * kept.maximum((~chosen).float()[:, None, None])


def _over_neighbours(images: Tensor, join) -> Tensor:
    """Combine each pixel with its eight neighbours, paper beyond the edge: (n, 28, 28) float32 -> the same shape.

    join: a function of two tensors, such as torch.add.
    """
    # Rows, then columns, as shifted views: takes a tenth of the time of a pooling layer.
    for axis in (1, 2):
        wider = F.pad(images, (0, 0, 1, 1) if axis == 1 else (1, 1))
        before, here, after = (wider.narrow(axis, first, SIDE) for first in range(3))
        images = join(join(before, here), after)
    return images


def add_habits(images: Tensor, labels: Tensor, distortion: Distortion, generator: torch.Generator) -> Tensor:
    """Draw some digits as many hands do, though few of MNIST's.

    Sevens get a bar through the stem, ones a foot or a flag, nines a hook. Fours and nines are opened at the top right:
    the stem of the four begins lower, the loop of the nine stays open.
    images: (n, 28, 28) float32 in [0, 1]; labels: (n,) int64. Returns (n, 28, 28) float32 in [0, 1].
    """
    images = images.clone()
    changes = ((4, _opened), (9, _opened), (7, _bars), (1, _feet), (1, _flags), (9, _hooks))
    for digit, change in changes:
        chance = torch.rand(len(images), generator=generator)
        rows = torch.nonzero((labels == digit) & (chance < distortion.habits)).flatten()
        if len(rows):
            before = images[rows]
            images[rows] = change(before, generator) if change is _opened else before.maximum(change(before, generator))
    return images


def _between(low: float, high: float, n: int, generator: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(n, generator=generator)


def _opened(images: Tensor, generator: torch.Generator) -> Tensor:
    """Erase a round spot of random size where the ink reaches furthest to the top right."""
    axis = torch.arange(SIDE, dtype=torch.float32)
    place = torch.where(images > INK, axis - axis[:, None], -SIDE).flatten(1).argmax(1)[:, None, None]
    distance = torch.hypot(axis - place % SIDE, axis[:, None] - place // SIDE)
    radius = _between(1, 6, len(images), generator)[:, None, None]
    return images * (distance - radius + 0.5).clamp(0, 1)


def _bars(images: Tensor, generator: torch.Generator) -> Tensor:
    top, bottom = _first_and_last_row(images)
    y = top + _between(0.35, 0.85, len(images), generator) * (bottom - top)
    return _crossing(_column_at(images, y), y, (2, 5), (-0.3, 0.2), generator)


def _feet(images: Tensor, generator: torch.Generator) -> Tensor:
    _, bottom = _first_and_last_row(images)
    return _crossing(_column_at(images, bottom - 1), bottom, (2, 8), (-0.15, 0.15), generator)


def _crossing(x: Tensor, y: Tensor, reach: tuple, tilts: tuple, generator: torch.Generator) -> Tensor:
    """Draw a line through (x, y) of each image, of random reach to the left and to the right, randomly tilted."""
    left, right, tilt = (_between(*limits, len(x), generator) for limits in (reach, reach, tilts))
    return _path([(x - left, y - left * tilt), (x + right, y + right * tilt)], generator)


def _flags(images: Tensor, generator: torch.Generator) -> Tensor:
    top, _ = _first_and_last_row(images)
    x, left = _column_at(images, top + 1), _between(2, 12, len(images), generator)
    down = left * _between(0.5, 1.5, len(images), generator)
    return _path([(x - left, top + down), (x, top)], generator)


def _hooks(images: Tensor, generator: torch.Generator) -> Tensor:
    _, bottom = _first_and_last_row(images)
    x, y = _column_at(images, bottom - 1), bottom - 1
    first, second, down, up = (_between(*limits, len(images), generator) for limits in ((1, 5), (1, 5), (0, 3), (0, 6)))
    return _path([(x, y), (x - first, y + down), (x - first - second, y + down - up)], generator)


def _first_and_last_row(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return the first and the last row with ink of each image: two (n,) float32."""
    inked = (images > INK).any(2).float()
    return inked.argmax(1).float(), (SIDE - 1 - inked.flip(1).argmax(1)).float()


def _column_at(images: Tensor, y: Tensor) -> Tensor:
    """Return the centre of mass of row y of each image: (n, 28, 28) and (n,) float32 -> (n,) float32, a column."""
    row = images[torch.arange(len(images)), y.round().clamp(0, SIDE - 1).long()]
    return (row * torch.arange(SIDE)).sum(1) / row.sum(1).clamp(min=1e-6)


def _path(points: list[tuple[Tensor, Tensor]], generator: torch.Generator) -> Tensor:
    """Draw lines from point to point in each of n empty images, with a round pen of random width.

    points: x and y of each, (n,) float32. Returns (n, 28, 28) float32 in [0, 1].
    """
    radius = _between(0.5, 1.3, len(points[0][0]), generator)[:, None, None]
    axis = torch.arange(SIDE, dtype=torch.float32)
    lines = []
    for begin, end in pairwise(points):
        x0, y0, x1, y1 = (v[:, None, None] for v in (*begin, *end))
        x, y = axis - x0, axis[:, None] - y0
        along_x, along_y = x1 - x0, y1 - y0
        place = ((x * along_x + y * along_y) / (along_x**2 + along_y**2)).clamp(0, 1)
        distance = torch.hypot(x - place * along_x, y - place * along_y)
        lines.append((radius - distance + 0.5).clamp(0, 1))
    return torch.stack(lines).amax(0)


def move(images: Tensor, distortion: Distortion, generator: torch.Generator) -> Tensor:
    """Turn, slant, stretch and bend each image at random, and scale and centre its ink with small random deviations.

    images: (n, 28, 28) float32 in [0, 1]. Returns (n, 28, 28) float32 in [0, 1].
    """
    n = len(images)
    turn, slant, stretch, size = (
        _between(-most, most, n, generator)
        for most in (distortion.turn, distortion.slant, distortion.stretch, distortion.size)
    )
    shift = distortion.shift * (2 * torch.rand(n, 2, generator=generator) - 1)
    cos, sin = turn.cos(), turn.sin()
    wide = stretch.exp()
    # Ink moves from (x, y) to forward @ (x, y): stretched, then slanted, then turned.
    forward = torch.stack([cos * wide, cos * slant - sin, sin * wide, sin * slant + cos], 1).view(n, 2, 2)
    axis = torch.arange(SIDE, dtype=torch.float32)
    places = torch.stack(torch.meshgrid(axis, axis, indexing="xy")).view(2, -1)  # (2, 784), x and y of each pixel
    moved = forward @ places  # (n, 2, 784)
    ink = images.flatten(1)
    paper = (ink <= INK).float()[:, None] * 1e4  # moves paper so far away that it is never outermost
    extent = (moved - paper).amax(2) - (moved + paper).amin(2) + 1
    scale = BOX / extent.amax(1).clamp(min=1) * size.exp()
    mass = (moved * ink[:, None]).sum(2) / ink.sum(1).clamp(min=1e-6)[:, None]
    # The inverse map, from each pixel of the result to its origin, as grid_sample needs it.
    target = places[None] - (SIDE / 2 + shift)[..., None] + _bends(n, distortion, generator)
    source = _inverse(forward) @ (target / scale[:, None, None] + mass[..., None])
    grid = source.mul_(2 / SIDE).add_(1 / SIDE - 1)
    return F.grid_sample(images[:, None], grid.permute(0, 2, 1).view(n, SIDE, SIDE, 2), align_corners=False)[:, 0]


def _inverse(matrices: Tensor) -> Tensor:
    """Invert 2 x 2 matrices: (n, 2, 2) -> (n, 2, 2). Faster than torch.linalg.inv, which inverts one by one."""
    a, b, c, d = matrices.flatten(1).T
    return torch.stack([d, -b, -c, a], 1).view(-1, 2, 2) / (a * d - b * c)[:, None, None]


def _bends(n: int, distortion: Distortion, generator: torch.Generator) -> Tensor:
    """Return a smooth random displacement of each pixel of n images: (n, 2, 784) float32, in pixels."""
    knots = distortion.bend * torch.randn(n, 2, distortion.knots, distortion.knots, generator=generator)
    single = torch.eye(distortion.knots)[None, None]  # a curve for each knot, with 1 there and 0 at the others
    spread = F.interpolate(single, (SIDE, distortion.knots), mode="bicubic", align_corners=True)[0, 0]  # (28, knots)
    return (spread @ knots @ spread.T).flatten(2)
