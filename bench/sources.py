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

from bench.kit.commands import MNIST, option
from bench.kit.digits import DIGITS, install
from bench.kit.report import Figure
from core.dataset import SIDE, Dataset
from core.training.data import from_dataset
from sources import builtin, library
from sources.packed import open_dataset
from sources.readers import idx, own

OPTIONS = MNIST | option("--repeat", 3, "how often each is measured, each time in a new process")
ZIP_FILES = 12_396  # as many as MNIST has training images of 3 and 7
COPIES = 14  # of the 5,000 built-in digits, which makes 70,000
MAX_IDX_S, MAX_PACKED_S, MIN_FILES_PER_S, MAX_TIMES_PIXELS = 1.5, 0.3, 4_000, 3  # the aims


def run(args: argparse.Namespace) -> list[Figure]:
    """Measure each way in a process of its own, with empty caches and its own memory."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.mnist or _make_idx(Path(temporary))
        path = _make_zip(Path(temporary) / "digits.zip", folder)
        from_idx, packed, from_zip = [], [], []
        for number in range(args.repeat):
            home = Path(temporary) / f"home-{number}"
            from_idx.append(_apart(_read_idx, folder, home))
            packed.append(_apart(_read_packed, library.folder_of(library.MNIST, home)))
            from_zip.append(_apart(_read_zip, path, home))
    idx_s, packed_s, zip_s = (statistics.median(m[0] for m in runs) for runs in (from_idx, packed, from_zip))
    (_, peak_mb, pixels_mb), (_, zip_peak_mb, zip_pixels_mb) = (
        max(m, key=lambda m: m[1]) for m in (from_idx, from_zip)
    )
    return [
        Figure("idx_s", idx_s, 3, at_most=MAX_IDX_S),
        Figure("packed_s", packed_s, 4, at_most=MAX_PACKED_S),
        Figure("zip_files_per_s", ZIP_FILES / zip_s, at_least=MIN_FILES_PER_S),
        Figure("peak_mb", peak_mb, 1),
        Figure("pixels_mb", pixels_mb, 1),
        Figure("peak_times_pixels", peak_mb / pixels_mb, 2, at_most=MAX_TIMES_PIXELS),
        Figure("zip_peak_mb", zip_peak_mb, 1),
        Figure("zip_pixels_mb", zip_pixels_mb, 1),
        Figure("zip_peak_times_pixels", zip_peak_mb / zip_pixels_mb, 2, at_most=MAX_TIMES_PIXELS),
    ]


def _read_idx(folder: Path, home: Path) -> int:
    return _to_tensors(install(home, folder))


def _read_packed(folder: Path) -> int:
    return _to_tensors(open_dataset(folder))


def _to_tensors(dataset: Dataset) -> int:
    from_dataset(dataset, DIGITS)
    return dataset.train.images.numel() + dataset.valid.images.numel()


def _read_zip(path: Path, home: Path) -> int:
    images, report = own.read(path)
    library.publish(library.stage(images, "bench", None, home), home)
    return report.read * SIDE**2


def _apart(work, *args) -> tuple[float, float, float]:
    """Call a function in a new process. Returns seconds, peak megabytes beyond those before, megabytes of pixels."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, (work, *args))


def _measure(work, *args) -> tuple[float, float, float]:
    Image.init()  # loads the libraries, whose memory is not to be counted
    before, start = _memory("VmRSS"), time.perf_counter()
    pixels = work(*args)
    return time.perf_counter() - start, _memory("VmHWM") - before, pixels / 1e6


def _memory(which: str) -> float:
    """Return the memory of this process in megabytes: now (VmRSS) or at its peak (VmHWM)."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:  # only Linux has this file; elsewhere only the peak is known
        return 0.0 if which == "VmRSS" else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(which))


def _make_idx(folder: Path) -> Path:
    """Write IDX files of as many images as MNIST has, copies of the built-in digits."""
    dataset, _ = builtin.load()
    for split, (images_name, labels_name) in idx.FILES.items():
        images = np.concatenate([dataset.split(split).images.numpy()] * COPIES)
        labels = np.tile(dataset.split(split).labels.numpy().astype(np.uint8), COPIES)
        for name, array in ((images_name, images), (labels_name, labels)):
            header = struct.pack(f">BBBB{array.ndim}I", 0, 0, idx.UINT8, array.ndim, *array.shape)
            (folder / f"{name}.gz").write_bytes(gzip.compress(header + array.tobytes(), 6))
    return folder


def _make_zip(path: Path, folder: Path) -> Path:
    """Write a zip of PNG files; each image has its number in a corner, so that no two are the same."""
    images = idx.read_mnist(folder, "train", DIGITS)
    with zipfile.ZipFile(path, "w") as out:
        for number in range(ZIP_FILES):
            digit = DIGITS[number % 2]
            image = images[digit][number // 2 % len(images[digit])].copy()
            image[1, 1:5] = [number >> 12 & 15, number >> 8 & 15, number >> 4 & 15, number & 15]
            png = io.BytesIO()
            Image.fromarray(image).save(png, "PNG")
            out.writestr(f"{('train', 'valid')[number % 10 >= 8]}/{digit}/{number:05}.png", png.getvalue())
    return path
