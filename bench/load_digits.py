"""How long the digits take to load: unpacked for the first time, read from PNG files, read from the packed copy."""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from bench import report
from core.dataset import read_dataset
from sources import builtin
from sources.packed import read_pngs

DIGITS = (3, 7)
AT_MOST = 0.1  # of the time that the PNG files take


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    parser.add_argument("--repeat", type=int, default=9, help="how often each way of reading is timed")


def run(args: argparse.Namespace) -> dict:
    """Unpack once, then read by turns, so that a busy moment of the machine hits both ways."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / builtin.NAME
        unpack_s = _seconds(lambda: builtin.unpack(folder))
        read_pngs(folder, DIGITS)  # writes the packed copy
        png, packed = [], []
        for _ in range(args.repeat):
            png.append(_seconds(lambda: read_dataset(folder, DIGITS)))
            packed.append(_seconds(lambda: read_pngs(folder, DIGITS)))
    png_s, packed_s = statistics.median(png), statistics.median(packed)
    report.table(
        ["", "seconds"],
        [
            ["unpacking all 5,000 digits, cold", f"{unpack_s:.2f}"],
            [f"reading the PNG files of {DIGITS[0]} and {DIGITS[1]}", f"{png_s:.4f}"],
            ["reading their packed copy", f"{packed_s:.4f}"],
        ],
    )
    print(
        f"The packed copy takes {packed_s / png_s:.1%} of the time of the PNG files; at most {AT_MOST:.0%} is the aim."
    )
    return {
        "ok": packed_s <= AT_MOST * png_s,
        "unpack_s": round(unpack_s, 3),
        "png_s": round(png_s, 5),
        "packed_s": round(packed_s, 5),
    }


def _seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
