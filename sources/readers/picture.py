"""Read pictures from outside: those of single digits for a dataset, and those that visitors upload to a page.

A picture of one digit, of any size and either polarity, becomes 28 x 28 pixels like MNIST's.

A visitor's picture is decoded in a subprocess, `python -m sources.readers.picture KIND`: a small file can ask for
gigabytes and minutes. It gets the file on its standard input and writes "HEIGHT WIDTH [CHANNELS]", a line break, and
the pixels; or one sentence, with the exit status REFUSED. It loads neither PyTorch nor Streamlit, so it starts in a
quarter second.
"""

import io
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image

from core import pictures
from core.drawing import photo
from core.drawing.normalise import FAINT, go_through
from core.pictures import SIDE, to_grey

MOST_PIXELS = 16_000_000  # of one picture; a phone's photo of a whole page has fewer
SCAN, MOST_SCANS = b"\xff\xda", 100  # the marker before each scan of a JPEG; cameras write 1, some programs a dozen
DARKEST_PAPER = 128  # of ink: pixels darker than this count as ink, whatever the border is like
UNREADABLE = "can't be read as a picture"

INVERTED = "dark on light, so inverted"
EVENED = "paper made even"
RESIZED = "brought to 28 × 28 as the Draw page does"
CONVERTED = "made grey"

ROOT = Path(__file__).parents[2]
KINDS = {"grey": (photo.open_grey, photo.FORMATS), "colour": (pictures.open_colour, pictures.FORMATS)}
MOST_BYTES = 20_000_000  # of a visitor's file
MOST_MEMORY = 288 << 20  # bytes that a subprocess may ask for: with its libraries it takes 300 MB; where POSIX counts
MOST_SECONDS = 5  # of a processor's time; where nothing counts it, and on a busy machine, MOST_WAIT holds
MOST_WAIT = 20  # seconds for one picture
MOST_AT_ONCE = 2  # pictures that a server decodes at the same time; a session has one at a time, as its script has
MOST_IN_LINE = 30  # seconds until it is a picture's turn
SURE_PIXELS = 12_000_000  # any format is decoded within the memory
REFUSED = 2  # exit status

TOO_LONG = f"This picture takes longer than {MOST_SECONDS} s to read: choose another one, or save it anew, smaller."
TOO_MUCH = "This picture is damaged, or takes more than 300 MB to read: choose another one, or save it anew, smaller."
BUSY = "Other pictures are being read just now: try again in a moment."


class Busy(Exception):
    """A picture could not be read now, but may be in a moment; the message is one sentence."""


class NoDigit(Exception):
    """A file has no digit; the message says why in a few words."""


def open_picture(content: bytes) -> tuple[np.ndarray, bool]:
    """Open a PNG or JPEG file as grey. Returns (height, width) uint8, 0 is black, and whether colours were lost.

    Raises NoDigit for anything else, and for a picture that is too large.
    """
    try:
        img = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
        if content.count(SCAN) > MOST_SCANS and img.format == "JPEG":
            raise NoDigit(f"has more than {MOST_SCANS} scans")
        if img.width * img.height > MOST_PIXELS:
            raise NoDigit(f"has more than {MOST_PIXELS // 1_000_000} million pixels")
        if img.mode == "L" and img.format == "PNG" and "transparency" not in img.info:
            return _pixels(img), False
        return _pixels(to_grey(img)), img.mode not in ("1", "L", "LA", "I;16", "I")
    except NoDigit:
        raise
    except MemoryError:
        raise NoDigit("takes too much memory to read") from None
    except Exception as problem:  # a damaged file can make Pillow raise an error of any kind
        raise NoDigit(UNREADABLE) from problem


def _pixels(img: Image.Image) -> np.ndarray:
    # Takes half the time of np.asarray(img), which matters for thousands of small pictures.
    return np.frombuffer(img.tobytes(), np.uint8).reshape(img.height, img.width)


def to_digit(grey: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Turn a grey picture into ink on even paper, and convert it to 28 x 28 if it has another size.

    grey: (height, width) uint8, of either polarity, which the border decides, as ink seldom reaches it.
    Returns (28, 28) uint8, 0 is paper and 255 is ink, and the changes made. Raises NoDigit if there is no ink.
    """
    border = np.sort(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]))
    changes = []
    if border[len(border) // 2] > 127:
        grey, border = 255 - grey, 255 - border[::-1]
        changes.append(INVERTED)
    median, upper = int(border[len(border) // 2]), int(border[len(border) * 9 // 10])
    # 90 % of normally distributed noise lie below 1.3 standard deviations, nearly all below 3.5.
    paper = min(median + 2.7 * (upper - median), DARKEST_PAPER)
    if paper > FAINT // 2:
        ink = grey.astype(np.float32) - paper
        if ink.max() < FAINT:
            raise NoDigit("has no ink")
        grey = (ink * (255 / ink.max())).round().clip(0, 255).astype(np.uint8)
        changes.append(EVENED)
    if grey.shape == (SIDE, SIDE):
        digit = grey if grey.max() > FAINT else None
    else:
        stages = go_through(grey)
        digit = stages and stages.digit
        changes.append(RESIZED)
    if digit is None:
        raise NoDigit("has no ink")
    return digit, tuple(changes)


def read_apart(kind: str, content: bytes, slots: threading.Semaphore) -> np.ndarray:
    """Read a visitor's picture in a subprocess. kind: "grey" or "colour"; slots: MOST_AT_ONCE, shared by everybody.

    Returns (height, width) uint8, 0 is black, as `photo.open_grey` does, or (height, width, 3) uint8 as
    `pictures.open_colour`. Raises ValueError with one sentence for a file that can't be read within the limits, and
    Busy if it was not its turn in time.
    """
    if len(content) > MOST_BYTES:
        megabytes = f"{len(content) / 1e6:.1f} MB: choose one of at most {MOST_BYTES // 1_000_000} MB"
        raise ValueError(f"This file has {megabytes}.")
    if not slots.acquire(timeout=MOST_IN_LINE):
        raise Busy(BUSY)
    try:
        done = subprocess.run(  # noqa: S603, the command is Python itself
            [sys.executable, "-m", "sources.readers.picture", kind],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},  # threads would ask for memory
            input=content,
            capture_output=True,
            timeout=MOST_WAIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ValueError(TOO_LONG) from None
    except OSError:  # no memory or no process is left for it
        raise Busy(BUSY) from None
    finally:
        slots.release()
    if done.returncode == REFUSED:
        raise ValueError(done.stdout.decode())
    if done.returncode:
        raise ValueError(TOO_LONG if done.returncode == -getattr(signal, "SIGXCPU", 0) else TOO_MUCH)
    shape, pixels = done.stdout.split(b"\n", 1)
    return np.frombuffer(pixels, np.uint8).reshape([int(side) for side in shape.split()]).copy()


def main(kind: str) -> int:
    """Decode the picture on standard input. Returns the exit status."""
    with suppress(ImportError, OSError, ValueError):  # on Windows there are no limits, on macOS not all of them
        import resource

        os.nice(5)  # the server and its training have priority
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    file = io.BytesIO(sys.stdin.buffer.read())
    read, formats = KINDS[kind]
    try:
        array = read(file)
    except MemoryError:
        problem = TOO_MUCH
    except ValueError as error:
        problem = TOO_MUCH if _may_lack_memory(file, formats) else str(error)
    else:
        sys.stdout.buffer.write(f"{' '.join(map(str, array.shape))}\n".encode() + array.tobytes())
        return 0
    sys.stdout.buffer.write(problem.encode())
    return REFUSED


def _may_lack_memory(file: io.BytesIO, formats: tuple[str, ...]) -> bool:
    """Return whether a file may be unreadable because its decoder lacks memory, which not every decoder says."""
    if file.getvalue()[8:12] == b"WEBP":  # it needs the memory for all pixels to open the file
        return True
    try:
        file.seek(0)
        with Image.open(file, formats=formats) as img:
            return SURE_PIXELS < img.width * img.height <= pictures.MOST_PIXELS
    except Exception:  # as in `open_picture`
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
