"""Broadcasting taken apart: how two shapes are brought to one."""

from dataclasses import dataclass

Shape = tuple[int, ...]


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
    pad = lambda shape: (None,) * (rank - len(shape)) + tuple(shape)  # noqa: E731
    return [Axis(x, y) for x, y in zip(pad(a), pad(b), strict=True)]


def result_shape(a: Shape, b: Shape) -> Shape | None:
    """Return the shape of a - b, or None if the shapes don't fit."""
    sizes = tuple(axis.size for axis in align(a, b))
    return None if None in sizes else sizes
