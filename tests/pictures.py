"""Picture files for tests: single ones, damaged ones, and a small folder in the layout of datasets."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

COUNTS = {("train", 3): 4, ("train", 5): 2, ("train", 7): 3, ("valid", 3): 2, ("valid", 5): 1, ("valid", 7): 1}

Pixels = dict[tuple[str, int], np.ndarray]  # {(split, label): (n, 28, 28) uint8}


def random_pixels() -> Pixels:
    rng = np.random.default_rng(0)
    return {key: rng.integers(0, 256, (n, 28, 28), dtype=np.uint8) for key, n in COUNTS.items()}


def write_folder(folder: Path, pixels: Pixels) -> None:
    for (split, label), images in pixels.items():
        target = folder / split / str(label)
        target.mkdir(parents=True)
        for number, image in enumerate(images):
            Image.fromarray(image).save(target / f"{number:02}.png")


def assert_holds(dataset, pixels: Pixels) -> None:
    """Assert that the dataset has exactly these images."""
    for (split, label), images in pixels.items():
        np.testing.assert_array_equal(dataset.split(split).of(label).numpy(), images)


def file_of(picture: Image.Image | np.ndarray, kind: str = "PNG", **options) -> io.BytesIO:
    """Write a picture file in memory."""
    file = io.BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(file, kind, **options)
    return io.BytesIO(file.getvalue())


def hollow_png(width: int, height: int, length: int = 13) -> bytes:
    """Return a PNG file that claims a size but has no pixels. length: of its header, 13 if it is right."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)[:length]
    return _png((b"IHDR", header), (b"IDAT", zlib.compress(b"")))


def _png(*chunks: tuple[bytes, bytes]) -> bytes:
    packed = [struct.pack(">I", len(c)) + kind + c + struct.pack(">I", zlib.crc32(kind + c)) for kind, c in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def png_of_zeros(width: int, height: int, colour: int, channels: int) -> bytes:
    """Return a PNG of 16 bits a channel, all of them 0: a thousandth of its pixels' size.

    colour: 0 for grey, 2 for RGB, 4 for grey with alpha, 6 for RGBA; channels: how many that are.
    """
    packer, row = zlib.compressobj(9), bytes(1 + 2 * channels * width)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    return _png((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))


def jpeg_of_scans(width: int, height: int, scans: int) -> bytes:
    """Return a progressive JPEG that repeats its last scan: each of them goes over all of its pixels."""
    whole = file_of(Image.new("L", (width, height), 128), "JPEG", progressive=True).getvalue()
    start = whole.rindex(b"\xff\xda")
    return whole[:start] + (whole[start:-2] * scans) + whole[-2:]
