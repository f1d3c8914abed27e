"""Broadcasting taken apart: how two shapes are brought to one."""

from dataclasses import dataclass

import torch

Shape = tuple[int, ...]
LONGEST, MOST_AXES = 10_000, 4  # keeps the number of elements of any result within 64 bits


@dataclass(frozen=True)
class Axis:
    """One axis of two shapes laid on top of each other from the right; None where a shape has no such axis."""

    a: int | None
    b: int | None

    @property
    def fits(self) -> bool:
        """Sizes fit if they are equal, or if one of them is 1 or not there."""
        return self.a == self.b or self.a in (None, 1) or self.b in (None, 1)

    @property
    def size(self) -> int | None:
        """The size of this axis in the result; None if the sizes don't fit."""
        if not self.fits:
            return None
        return self.b if self.a in (None, 1) and self.b is not None else self.a

    def stretched(self, which: str) -> bool:
        """Say whether shape "a" or "b" is repeated along this axis, without being copied."""
        return self.fits and getattr(self, which) != self.size


def align(a: Shape, b: Shape) -> list[Axis]:
    """Lay two shapes on top of each other from the right and return their axes, left to right.

    a, b: any rank, sizes of 0 or more. Rule: the broadcasting semantics of NumPy and PyTorch.
    """
    rank = max(len(a), len(b))
    padded_a, padded_b = ((None,) * (rank - len(shape)) + tuple(shape) for shape in (a, b))
    return [Axis(x, y) for x, y in zip(padded_a, padded_b, strict=True)]


def result_shape(a: Shape, b: Shape) -> Shape | None:
    """Return the shape of a - b, or None if the shapes don't fit."""
    sizes = tuple(axis.size for axis in align(a, b))
    return None if None in sizes else sizes


def subtract_shapes(a: Shape, b: Shape) -> Shape:
    """Let PyTorch itself subtract two tensors of these shapes and return the shape of the result.

    Raises RuntimeError, with PyTorch's own words, if the shapes don't fit.
    """
    if result_shape(a, b) is None:  # one number, stretched to each shape, takes no memory
        torch.empty(()).expand(a) - torch.empty(()).expand(b)
    # Tensors of the kind "meta" have a shape, but no numbers and no memory; their errors have other words.
    return tuple((torch.empty(a, device="meta") - torch.empty(b, device="meta")).shape)


def stretched_strides(shape: Shape, result: Shape) -> Shape:
    """Return how many numbers further in memory the next element along each axis lies, once stretched.

    A stride of 0 means that the same numbers are read again: nothing is copied.
    Raises RuntimeError if `shape` can't be stretched to `result`.
    """
    return torch.empty(shape, device="meta").expand(result).stride()


def parse_shape(text: str) -> Shape:
    """Read a shape such as "1010, 28, 28" or "(28, 28)"; an empty text is the shape () of a single number.

    Raises ValueError with one sentence for anything that is no shape, or too large to try.
    """
    inner = text.strip().removeprefix("(").removesuffix(")").strip().rstrip(",")
    parts = [part.strip() for part in inner.split(",")] if inner else []
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError("A shape is whole numbers with commas between them, such as 100, 28, 28.")
    if len(parts) > MOST_AXES or any(len(part) > 5 or not 1 <= int(part) <= LONGEST for part in parts):
        raise ValueError(f"Try at most {MOST_AXES} axes, each of size 1 to {LONGEST:,}.")
    return tuple(int(part) for part in parts)
