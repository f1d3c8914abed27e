"""Make of each training image another one that somebody could have drawn: moved, turned, slanted, bent, thicker.

Random affine maps and small elastic distortions as in Simard, Steinkraus, Platt, "Best practices for convolutional
neural networks applied to visual document analysis", 2003. Beyond them, what many people write and MNIST hardly has:
a bar through the stem of a seven, a foot and a flag on a one, a hook under a nine. At the end the ink is brought back
to the measures that `core.drawing` gives a drawing, so that a model sees in training what it will see on the page.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core.dataset import SIDE
from core.drawing.normalise import BOX

INK = 0.25  # of 1: fainter pixels don't count when the ink is measured


@dataclass(frozen=True)
class Distortion:
    """How far images are changed at most; each time, a number between that and its opposite is drawn evenly."""

    turn: float = 0.2  # radians: 11 degrees
    slant: float = 0.3  # pixels sideways for each pixel down
    stretch: float = 0.2  # of the width against the height, as the exponent of e
    size: float = 0.08  # of the longest side, as the exponent of e
    shift: float = 1.0  # pixels: a drawing is put in the middle to within half of one
    bend: float = 1.5  # pixels: the standard deviation of an elastic distortion
    knots: int = 4  # points along each edge between which it is smooth: few, so that it changes proportions, too
    thin: float = 0.75  # share of images whose strokes are made thinner: pens are thinner than MNIST's
    crisp: float = 2.0  # contrast at most, 1 is none: a pen has sharper edges than a scan
    habits: float = 0.4  # share of sevens that get a bar, of ones that get a foot or a flag, of nines with a hook


def augment(images: Tensor, labels: Tensor, distortion: Distortion, generator: torch.Generator) -> Tensor:
    """Change each image at random, never so much that it would be another digit.

    images: (n, 28, 28) float32 in [0, 1]; labels: (n,) int64, the digits that they show.
    generator: the same state draws the same changes. Returns (n, 28, 28) float32 in [0, 1].
    """
    images = change_thickness(images, distortion, generator)
    images = add_habits(images, labels, distortion, generator)
    images = move(images, distortion, generator)
    contrast = _between(1, distortion.crisp, len(images), generator)[:, None, None]
    return ((images - 0.5) * contrast + 0.5).clamp(0, 1)


def change_thickness(images: Tensor, distortion: Distortion, generator: torch.Generator) -> Tensor:
    """Make the strokes of some images thinner, each by its own measure: (n, 28, 28) float32 in [0, 1] -> the same.

    Ink is compared with the most ink near it, so that the middle of a stroke stays, however thin the stroke.
    """
    n = len(images)
    chosen = torch.rand(n, generator=generator) < distortion.thin
    cut = torch.where(chosen, 0.9 * torch.rand(n, generator=generator), torch.zeros(n))[:, None, None]
    soft = _over_neighbours(images, torch.add) / 9
    near = _over_neighbours(soft, torch.maximum)
    kept = ((soft / near.clamp(min=1e-6) - cut) / (1 - cut)).clamp(0, 1)
    return images * kept.maximum((~chosen).float()[:, None, None])


def _over_neighbours(images: Tensor, join) -> Tensor:
    """Join each pixel with the eight around it, paper beyond the edge: (n, 28, 28) float32 -> the same shape."""
    # Rows, then columns, from shifted views: a tenth of the time that a pooling layer takes.
    for axis in (1, 2):
        wider = F.pad(images, (0, 0, 1, 1) if axis == 1 else (1, 1))
        before, here, after = (wider.narrow(axis, first, SIDE) for first in range(3))
        images = join(join(before, here), after)
    return images


def add_habits(images: Tensor, labels: Tensor, distortion: Distortion, generator: torch.Generator) -> Tensor:
    """Draw a bar through the stem of some sevens, a foot or a flag to some ones, a hook under some nines.

    images: (n, 28, 28) float32 in [0, 1]; labels: (n,) int64. Returns (n, 28, 28) float32 in [0, 1].
    """
    images = images.clone()
    for digit, draw in ((7, _bars), (1, _feet), (1, _flags), (9, _hooks)):
        chance = torch.rand(len(images), generator=generator)
        rows = torch.nonzero((labels == digit) & (chance < distortion.habits)).flatten()
        if len(rows):
            images[rows] = torch.maximum(images[rows], draw(images[rows], generator))
    return images


def _between(low: float, high: float, n: int, generator: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(n, generator=generator)


def _bars(images: Tensor, generator: torch.Generator) -> Tensor:
    n = len(images)
    top, bottom = _first_and_last_row(images)
    y = top + _between(0.35, 0.75, n, generator) * (bottom - top)
    x = _column_at(images, y)
    left, right = _between(2, 5, n, generator), _between(2, 5, n, generator)
    tilt = _between(-0.3, 0.2, n, generator)
    return _lines(x - left, y - left * tilt, x + right, y + right * tilt, _between(0.5, 1.3, n, generator))


def _feet(images: Tensor, generator: torch.Generator) -> Tensor:
    n = len(images)
    _, bottom = _first_and_last_row(images)
    x = _column_at(images, bottom - 1)
    left, right = _between(2, 6, n, generator), _between(2, 6, n, generator)
    tilt = _between(-0.15, 0.15, n, generator)
    return _lines(x - left, bottom - left * tilt, x + right, bottom + right * tilt, _between(0.5, 1.3, n, generator))


def _flags(images: Tensor, generator: torch.Generator) -> Tensor:
    n = len(images)
    top, _ = _first_and_last_row(images)
    x, left = _column_at(images, top + 1), _between(2, 9, n, generator)
    down = left * _between(0.5, 1.5, n, generator)
    return _lines(x - left, top + down, x, top, _between(0.5, 1.3, n, generator))


def _hooks(images: Tensor, generator: torch.Generator) -> Tensor:
    n = len(images)
    _, bottom = _first_and_last_row(images)
    x = _column_at(images, bottom - 1)
    first, second = _between(1, 5, n, generator), _between(1, 5, n, generator)
    down, up = _between(0, 3, n, generator), _between(0, 3, n, generator)
    radius = _between(0.5, 1.3, n, generator)
    turn = _lines(x, bottom - 1, x - first, bottom - 1 + down, radius)
    return turn.maximum(_lines(x - first, bottom - 1 + down, x - first - second, bottom - 1 + down - up, radius))


def _first_and_last_row(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return the rows between which the ink lies: two (n,) float32."""
    inked = (images > INK).any(2).float()
    return inked.argmax(1).float(), (SIDE - 1 - inked.flip(1).argmax(1)).float()


def _column_at(images: Tensor, y: Tensor) -> Tensor:
    """Return where the ink of one row of each image balances: (n, 28, 28) and (n,) -> (n,) float32."""
    row = images[torch.arange(len(images)), y.round().clamp(0, SIDE - 1).long()]
    return (row * torch.arange(SIDE)).sum(1) / row.sum(1).clamp(min=1e-6)


def _lines(x0: Tensor, y0: Tensor, x1: Tensor, y1: Tensor, radius: Tensor) -> Tensor:
    """Draw a line with round ends into each of n images: all (n,) float32 -> (n, 28, 28) float32 in [0, 1]."""
    x0, y0, x1, y1, radius = (v[:, None, None] for v in (x0, y0, x1, y1, radius))
    axis = torch.arange(SIDE, dtype=torch.float32)
    x, y = axis - x0, axis[:, None] - y0
    along_x, along_y = x1 - x0, y1 - y0
    place = ((x * along_x + y * along_y) / (along_x**2 + along_y**2)).clamp(0, 1)
    distance = torch.hypot(x - place * along_x, y - place * along_y)
    return (radius - distance + 0.5).clamp(0, 1)


def move(images: Tensor, distortion: Distortion, generator: torch.Generator) -> Tensor:
    """Turn, slant, stretch and bend each image, and bring its ink to the usual size and place, give or take a little.

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
    # Ink at (x, y) goes to forward @ (x, y): stretched, then slanted, then turned.
    forward = torch.stack([cos * wide, cos * slant - sin, sin * wide, sin * slant + cos], 1).view(n, 2, 2)
    axis = torch.arange(SIDE, dtype=torch.float32)
    places = torch.stack(torch.meshgrid(axis, axis, indexing="xy")).view(2, -1)  # x, then y of each pixel
    moved = forward @ places  # (n, 2, 784)
    ink = images.flatten(1)
    paper = (ink <= INK).float()[:, None] * 1e4  # so far away that no paper is among the outermost pixels
    extent = (moved - paper).amax(2) - (moved + paper).amin(2) + 1
    scale = BOX / extent.amax(1).clamp(min=1) * size.exp()
    mass = (moved * ink[:, None]).sum(2) / ink.sum(1).clamp(min=1e-6)[:, None]
    # Backwards, from each pixel of the result to where it comes from, as grid_sample wants it.
    target = places[None] - (SIDE / 2 + shift)[..., None] + _bends(n, distortion, generator)
    source = _inverse(forward) @ (target / scale[:, None, None] + mass[..., None])
    grid = source.mul_(2 / SIDE).add_(1 / SIDE - 1)
    return F.grid_sample(images[:, None], grid.permute(0, 2, 1).view(n, SIDE, SIDE, 2), align_corners=False)[:, 0]


def _inverse(matrices: Tensor) -> Tensor:
    """Invert 2 x 2 matrices: (n, 2, 2) -> (n, 2, 2). torch.linalg.inv takes each by itself."""
    a, b, c, d = matrices.flatten(1).T
    return torch.stack([d, -b, -c, a], 1).view(-1, 2, 2) / (a * d - b * c)[:, None, None]


def _bends(n: int, distortion: Distortion, generator: torch.Generator) -> Tensor:
    """Return by how much each pixel of n images is shifted, smoothly: (n, 2, 784) float32, in pixels."""
    knots = distortion.bend * torch.randn(n, 2, distortion.knots, distortion.knots, generator=generator)
    alone = torch.eye(distortion.knots)[None, None]  # each knot by itself
    spread = F.interpolate(alone, (SIDE, distortion.knots), mode="bicubic", align_corners=True)[0, 0]  # (28, knots)
    return (spread @ knots @ spread.T).flatten(2)
