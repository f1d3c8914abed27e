"""Read handwritten digits as pen strokes from UNIPEN text.

A digit starts at a `.SEGMENT` line with its label in quotes at the end, `.SEGMENT DIGIT 0 ? "8"`; `.PEN_DOWN` and
`.PEN_UP` enclose its strokes, whose points are lines `x y` with y growing upwards; further columns are ignored.
Source: Guyon, Schomaker, Plamondon, Liberman, Janet, "UNIPEN project of on-line data exchange and recognizer
benchmarks", 1994; digits in it: Alpaydin, Alimoglu, "Pen-Based Recognition of Handwritten Digits", UCI repository.
"""

import gzip
import re
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.dataset import DatasetError
from core.drawing.strokes import Stroke

LABEL = re.compile(r'^\.SEGMENT\b.*"([0-9])"\s*$')
GZIP = b"\x1f\x8b"  # the first bytes of every gzip file, whatever its name


class PenDigit(NamedTuple):
    """A handwritten digit.

    strokes: each (n, 2) float64, x and y in units of the tablet, y growing downwards.
    """

    label: int
    strokes: tuple[Stroke, ...]


def read_unipen(path: Path, digits: tuple[int, ...] = tuple(range(10))) -> list[PenDigit]:
    """Read the digits of these labels from a UNIPEN file, plain or .gz, in file order.

    Segments with another label, or with no point, are left out.
    Raises DatasetError with one sentence if the file can't be read, is damaged, or holds no such digit.
    """
    found = [digit for digit in parse(_text_of(path), str(path)) if digit.label in digits]
    if not found:
        named = ", ".join(map(str, digits))
        raise DatasetError(f'{path} holds no pen stroke of {named}: it needs lines like .SEGMENT DIGIT 0 ? "3".', path)
    return found


def parse(text: str, name: str) -> list[PenDigit]:
    """Return all digits in a UNIPEN text. Raises DatasetError, which names the line, if a point is not two numbers."""
    found: list[tuple[re.Match | None, list[list[tuple[float, float]]]]] = []
    pen_is_down = False
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        keyword = line.split(None, 1)[0] if line.startswith(".") else ""
        if keyword == ".SEGMENT":
            found.append((LABEL.match(line), []))
        if keyword in (".SEGMENT", ".PEN_DOWN", ".PEN_UP"):
            pen_is_down = keyword == ".PEN_DOWN" and bool(found)
            if pen_is_down:
                found[-1][1].append([])
        elif line and not keyword and pen_is_down:
            found[-1][1][-1].append(_point(line, number, name))
    # Mirrored at 0: the tablet's y grows upwards, the canvas's downwards.
    return [
        PenDigit(int(label[1]), tuple(np.array(stroke) * (1, -1) for stroke in strokes if stroke))
        for label, strokes in found
        if label and any(strokes)
    ]


def _point(line: str, number: int, name: str) -> tuple[float, float]:
    try:
        x, y = map(float, line.split()[:2])
    except ValueError:
        x = y = np.nan
    if not np.isfinite([x, y]).all():
        raise DatasetError(f"{name} is damaged: line {number} should be a point, x and y, but is {line[:40]!r}.")
    return x, y


def _text_of(path: Path) -> str:
    try:
        raw = Path(path).read_bytes()
        if raw.startswith(GZIP):
            raw = gzip.decompress(raw)
    except (OSError, EOFError, zlib.error):
        raise DatasetError(f"{path} can't be read: check that it is there and whole.", path) from None
    try:
        return raw.decode("latin-1" if b"\0" not in raw else "ascii")
    except UnicodeDecodeError:
        raise DatasetError(f"{path} is not a text file of pen strokes.", path) from None
