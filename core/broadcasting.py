"""Broadcasting step by step: how two shapes are combined into one."""

from dataclasses import dataclass

import torch

Shape = tuple[int, ...]
MAX_SIZE, MAX_AXES = 10_000, 4  # so that the number of elements of any result fits into 64 bits


@dataclass(frozen=True)
class Axis:
    """One axis of two shapes that are aligned at the right. a, b: their sizes, None if a shape has no such axis."""

    a: int | None
    b: int | None

    @property
    def fits(self) -> bool:
        """Whether the sizes fit: they are equal, or one of them is 1 or missing."""
        return self.a == self.b or self.a in (None, 1) or self.b in (None, 1)

    @property
    def size(self) -> int | None:
        """The size of this axis in the result; None if the sizes don't fit."""
        if not self.fits:
            return None
        return self.b if self.a in (None, 1) and self.b is not None else self.a

    def stretched(self, which: str) -> bool:
        """Return whether shape "a" or "b" is repeated along this axis, without a copy in memory."""
        return self.fits and getattr(self, which) != self.size


def align(a: Shape, b: Shape) -> list[Axis]:
    """Align two shapes at the right and return their axes from left to right.

    a, b: any rank, sizes of 0 or more. Source: the broadcasting semantics of NumPy and PyTorch.
    """
    rank = max(len(a), len(b))
    padded_a, padded_b = ((None,) * (rank - len(shape)) + tuple(shape) for shape in (a, b))
    return [Axis(x, y) for x, y in zip(padded_a, padded_b, strict=True)]


def subtract_shapes(a: Shape, b: Shape) -> Shape:
    """Return the shape of the difference of two tensors of these shapes, as PyTorch finds it.

    Raises RuntimeError with the message of a subtraction if the shapes don't fit.
    """
    # A single number, expanded to a shape, takes no memory. Every subtraction begins by expanding both to one shape.
    first, _ = torch.broadcast_tensors(torch.empty(()).expand(a), torch.empty(()).expand(b))
    return tuple(first.shape)


def stretched_strides(shape: Shape, result: Shape) -> Shape:
    """Return the strides of a tensor after it is expanded: along each axis, how far in memory the next element is.

    A stride of 0 means that the same numbers are read again: nothing is copied.
    Raises RuntimeError if `shape` can't be expanded to `result`.
    """
    return torch.empty(shape, device="meta").expand(result).stride()


def parse_shape(text: str) -> Shape:
    """Parse a shape such as "1010, 28, 28" or "(28, 28)"; an empty text is the shape () of a single number.

    Raises ValueError with one sentence for anything that is no shape, or exceeds 4 axes or a size of 10,000.
    """
    inner = text.strip().removeprefix("(").removesuffix(")").strip().rstrip(",")
    parts = [part.strip() for part in inner.split(",")] if inner else []
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError("A shape is whole numbers with commas between them, such as 100, 28, 28.")
    if len(parts) > MAX_AXES or any(len(part) > 5 or not 1 <= int(part) <= MAX_SIZE for part in parts):
        raise ValueError(f"Try at most {MAX_AXES} axes, each of size 1 to {MAX_SIZE:,}.")
    return tuple(int(part) for part in parts)
