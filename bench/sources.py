"""How long digits take from their files to tensors in play: all of MNIST, from IDX files and packed, and a zip."""

import argparse
import gzip
import io
import multiprocessing
import resource
import statistics
import struct
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from bench import report
from core.dataset import SIDE
from core.training.data import from_dataset
from sources import builtin, idx, library, own
from sources.packed import open_dataset

DIGITS = (3, 7)
ZIP_FILES = 12_396  # as many as MNIST has training images of 3 and 7
COPIES = 14  # of the 5,000 built-in digits, which makes 70,000
IDX_S, PACKED_S, FILES_PER_S, TIMES_PIXELS = 1.5, 0.3, 4_000, 3  # the aims


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    parser.add_argument(
        "--mnist",
        type=Path,
        metavar="FOLDER",
        help="the four IDX files of MNIST, plain or .gz; else as many built-in digits",
    )
    parser.add_argument("--repeat", type=int, default=3, help="how often each is measured, each time in a new process")


def run(args: argparse.Namespace) -> dict:
    """Measure each way in a process of its own, so that all is cold and the memory is its own."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.mnist or _make_idx(Path(temporary))
        path = _make_zip(Path(temporary) / "digits.zip", folder)
        from_idx, packed, from_zip = [], [], []
        for number in range(args.repeat):
            place = Path(temporary) / f"home-{number}"
            from_idx.append(_apart(_read_idx, folder, place))
            packed.append(_apart(_read_packed, place / "datasets" / library.MNIST))
            from_zip.append(_apart(_read_zip, path, place))
    idx_s, packed_s, zip_s = (statistics.median(m[0] for m in runs) for runs in (from_idx, packed, from_zip))
    (_, peak_mb, pixels_mb), zip_rate = max(from_idx, key=lambda m: m[1]), ZIP_FILES / zip_s
    zip_peak, zip_pixels = max(m[1] for m in from_zip), from_zip[0][2]
    report.table(
        ["", "measured", "aim"],
        [
            ["seconds from IDX files to tensors in play", f"{idx_s:.2f}", f"{IDX_S}"],
            ["seconds from the packed copy", f"{packed_s:.3f}", f"{PACKED_S}"],
            [f"files a second from a zip of {ZIP_FILES:,} PNGs", f"{zip_rate:,.0f}", f"{FILES_PER_S:,}"],
            ["memory from IDX files, in times the pixels", f"{peak_mb / pixels_mb:.2f}", f"{TIMES_PIXELS}"],
            ["memory from the zip, in times the pixels", f"{zip_peak / zip_pixels:.2f}", f"{TIMES_PIXELS}"],
        ],
    )
    return {
        "ok": idx_s <= IDX_S
        and packed_s <= PACKED_S
        and zip_rate >= FILES_PER_S
        and peak_mb <= TIMES_PIXELS * pixels_mb
        and zip_peak <= TIMES_PIXELS * zip_pixels,
        "idx_s": round(idx_s, 3),
        "packed_s": round(packed_s, 4),
        "zip_files_per_s": round(zip_rate),
        "peak_mb": round(peak_mb, 1),
        "pixels_mb": round(pixels_mb, 1),
        "zip_peak_mb": round(zip_peak, 1),
        "zip_pixels_mb": round(zip_pixels, 1),
    }


def _read_idx(folder: Path, home: Path) -> int:
    images, _ = own.read_idx_files(folder)
    waiting = library.stage(images, "bench", library.MNIST, home)
    images.clear()
    library.publish(waiting, home)
    return _read_packed(home / "datasets" / waiting.name)


def _read_zip(path: Path, home: Path) -> int:
    images, report_ = own.read(path)
    library.publish(library.stage(images, "bench", None, home), home)
    return report_.read * SIDE**2


def _read_packed(folder: Path) -> int:
    dataset = open_dataset(folder)
    from_dataset(dataset, DIGITS)
    return dataset.train.images.numel() + dataset.valid.images.numel()


def _apart(work, *args) -> tuple[float, float, float]:
    """Call a function in a new process. Returns seconds, megabytes at most beyond those before, megabytes of pixels."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, (work, *args))


def _measure(work, *args) -> tuple[float, float, float]:
    Image.init()  # the code of the libraries is no memory that pixels take
    before, start = _memory("VmRSS"), time.perf_counter()
    pixels = work(*args)
    return time.perf_counter() - start, _memory("VmHWM") - before, pixels / 1e6


def _memory(which: str) -> float:
    """Return the memory of this process in megabytes: what it has (VmRSS), or the most that it has had (VmHWM)."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:  # other systems tell the most only
        return 0.0 if which == "VmRSS" else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(which))


def _make_idx(folder: Path) -> Path:
    """Write as many images as MNIST has, made of the built-in digits."""
    dataset, _ = builtin.load()
    for split, (images_name, labels_name) in idx.FILES.items():
        images = np.concatenate([dataset.split(split).images.numpy()] * COPIES)
        labels = np.tile(dataset.split(split).labels.numpy().astype(np.uint8), COPIES)
        for name, array in ((images_name, images), (labels_name, labels)):
            header = struct.pack(f">BBBB{array.ndim}I", 0, 0, idx.UINT8, array.ndim, *array.shape)
            (folder / f"{name}.gz").write_bytes(gzip.compress(header + array.tobytes(), 6))
    return folder


def _make_zip(path: Path, folder: Path) -> Path:
    """Write a zip of PNG files; each image has its number in a corner, so that none is there twice."""
    images = idx.read_mnist(folder, "train", DIGITS)
    with zipfile.ZipFile(path, "w") as out:
        for number in range(ZIP_FILES):
            digit = DIGITS[number % 2]
            image = images[digit][number // 2 % len(images[digit])].numpy().copy()
            image[1, 1:5] = [number >> 12 & 15, number >> 8 & 15, number >> 4 & 15, number & 15]
            png = io.BytesIO()
            Image.fromarray(image).save(png, "PNG")
            out.writestr(f"{('train', 'valid')[number % 10 >= 8]}/{digit}/{number:05}.png", png.getvalue())
    return path
