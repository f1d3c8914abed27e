"""What the pages must show, computed with NumPy in double precision from the digits' own files."""

import numpy as np


def ideal(mnist, digit: int, n: int | None = None) -> np.ndarray:
    """The mean of the first n training images of a digit: (28, 28) in [0, 1]."""
    return (mnist["train", digit][:n] / 255).mean(0)


def distances(images: np.ndarray, ideals: list[np.ndarray], name: str) -> np.ndarray:
    """The distance of each of n images, (n, 28, 28) uint8, to each of K ideals: (n, K)."""
    difference = images[:, None] / 255 - np.stack(ideals)
    if name == "L1":
        return abs(difference).mean((2, 3))
    return np.sqrt((difference**2).mean((2, 3)))


class Judged:
    """A whole split, judged by the nearest ideal."""

    def __init__(self, mnist, split: str, digits: tuple[int, ...], name: str):
        self.digits = digits
        ideals = [ideal(mnist, digit) for digit in digits]
        self.distances = {digit: distances(mnist[split, digit], ideals, name) for digit in digits}
        self.answers = {digit: np.array(digits)[to_each.argmin(1)] for digit, to_each in self.distances.items()}

    def accuracy(self, digit: int) -> float:
        return (self.answers[digit] == digit).mean()

    def overall(self) -> float:
        return np.concatenate([self.answers[digit] == digit for digit in self.digits]).mean()

    def count(self, digit: int, answer: int) -> int:
        return int((self.answers[digit] == answer).sum())

    def margins(self, digit: int) -> np.ndarray:
        """How much nearer the right ideal is than the nearest wrong one, for each image of a digit."""
        place = self.digits.index(digit)
        to_each = self.distances[digit]
        return np.delete(to_each, place, 1).min(1) - to_each[:, place]

    def cell(self, digit: int, answer: int) -> list[tuple[int, float]]:
        """The images of a cell of the confusion matrix, as (number, margin), the clearest mistakes first."""
        margins = self.margins(digit)
        inside = np.flatnonzero(self.answers[digit] == answer)
        return [(int(number), margins[number]) for number in inside[margins[inside].argsort(kind="stable")]]
