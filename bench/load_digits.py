"""How long the digits take to load: unpacked for the first time, read from PNG files, read as packed pixels."""

import argparse
import statistics
import tempfile
import time
from itertools import product
from pathlib import Path

from bench.kit.commands import option
from bench.kit.digits import DIGITS
from bench.kit.report import Figure
from core.dataset import SPLITS, read_dataset
from sources import builtin
from sources.packed import open_dataset, write_pngs

OPTIONS = option("--repeat", 9, "how often each way of reading is timed")
MAX_SHARE = 0.1  # of the time that the PNG files take


def run(args: argparse.Namespace) -> list[Figure]:
    """Unpack once, then time both ways of reading by turns, so that a busy moment of the machine affects both."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / builtin.NAME
        unpack_s = _seconds(lambda: builtin.unpack(folder))
        for split, digit in product(SPLITS, DIGITS):
            write_pngs(folder, folder / split / str(digit))
        png, packed = [], []
        for _ in range(args.repeat):
            png.append(_seconds(lambda: read_dataset(folder, DIGITS)))
            packed.append(_seconds(lambda: open_dataset(folder, DIGITS)))
    png_s, packed_s = statistics.median(png), statistics.median(packed)
    print(f"All 5,000 digits are unpacked; {DIGITS[0]} and {DIGITS[1]} are read.")
    return [
        Figure("unpack_s", unpack_s, 3),
        Figure("png_s", png_s, 5),
        Figure("packed_s", packed_s, 5),
        Figure("packed_share_of_png", packed_s / png_s, 4, at_most=MAX_SHARE),
    ]


def _seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
