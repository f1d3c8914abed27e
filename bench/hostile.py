"""What hostile or damaged files cost: each is made on the spot, and read by `python -m sources` as the app does."""

import argparse
import io
import os
import re
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import psutil
from PIL import Image

from bench.kit.commands import FOLDER, option
from bench.kit.report import Figure
from sources.readers.archive import ENTRY

OPTIONS = option("--patience", 60.0, "seconds after which a file is given up")
MOST_S, MOST_MB = 20, 500  # the aims
POLL_S = 0.02
IDX = "train-images-idx3-ubyte"


def run(args: argparse.Namespace) -> list[Figure]:
    """Make each file, have it read in a process of its own, and measure its time and peak memory."""
    figures, tracebacks = [], 0
    with tempfile.TemporaryDirectory() as temporary:
        for name, make in FILES.items():
            folder = Path(temporary) / name
            folder.mkdir()
            seconds, peak, answer = _read(make(folder), Path(temporary) / "home", args.patience)
            tracebacks += "Traceback" in answer
            figures += [Figure(f"files.{name}.s", seconds, 2, at_most=MOST_S)]
            figures += [Figure(f"files.{name}.mb", peak, 0, at_most=MOST_MB)]
            figures += [Figure(f"files.{name}.answer", answer.strip()[-200:])]
    return [
        *figures,
        Figure("slowest_s", max(f.value for f in figures if f.name.endswith(".s")), 2, at_most=MOST_S),
        Figure("peak_mb", max(f.value for f in figures if f.name.endswith(".mb")), 0, at_most=MOST_MB),
        Figure("tracebacks", tracebacks, at_most=0),
    ]


def _read(path: Path, home: Path, patience: float) -> tuple[float, float, str]:
    """Read a file as the app does, a folder as the command does. Returns seconds, peak megabytes, and the answer."""
    command = [sys.executable, "-m", "sources", "stage" if path.suffix == ".zip" else "inspect", str(path)]
    began, peak = time.perf_counter(), 0
    with tempfile.TemporaryFile() as said:
        environment = os.environ | {"THREE_OR_SEVEN_HOME": str(home)}
        process = subprocess.Popen(command, cwd=FOLDER.parent, stdout=said, stderr=said, env=environment)
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            if time.perf_counter() - began > patience:
                process.kill()
            try:
                peak = max(peak, watched.memory_info().rss)
            except psutil.Error:  # it has just ended
                break
            time.sleep(POLL_S)
        process.wait()
        seconds = time.perf_counter() - began
        said.seek(0)
        text = said.read().decode(errors="replace").strip()
    last = text if "Traceback" in text else text.rpartition("\n")[2]
    return seconds, peak / 1e6, f"{_answer(last)}" if process.returncode >= 0 else "given up"


def _answer(line: str) -> str:
    start = line.find('"problem": "')
    return line[start + 12 :].split('"')[0] if start >= 0 else line[:200]


def _picture(number: int = 0, size: tuple[int, int] = (28, 28), kind: str = "PNG", **more) -> bytes:
    image = Image.new("L", size)
    image.paste(255, (size[0] // 3, size[1] // 4, size[0] // 3 + 2, size[1] // 2))
    for bit in range(16):
        image.putpixel((size[0] // 3 + bit % 8, size[1] // 2 + bit // 8), 80 + 100 * (number >> bit & 1))
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def _zip(folder: Path, files: dict[str, bytes], offset: int = 0, to: bytes = b"") -> Path:
    """Write a zip. to: what then overwrites a field of each entry in its directory, at this offset."""
    path = folder / "class.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files.items():
            out.writestr(name, content)
    if to:
        raw = bytearray(path.read_bytes())
        for entry in re.finditer(re.escape(ENTRY), bytes(raw)):
            place = entry.start() + offset
            raw[place : place + len(to)] = to
        path.write_bytes(raw)
    return path


def _two_labels(folder: Path) -> Path:
    pictures = [_picture(number) for number in range(6000)]
    return _zip(folder, {f"{label}/{n}.png": one for n, one in enumerate(pictures) for label in (3, 7)})


def _gigapixels(folder: Path) -> Path:
    large = _picture(size=(4000, 4000))
    return _zip(folder, {f"{3 + n % 2}/{n}.png": large for n in range(250)})


def _scans(folder: Path) -> Path:
    whole = _picture(size=(2000, 2000), kind="JPEG", progressive=True)
    first = whole.index(b"\xff\xda")
    scan = whole[first : whole.index(b"\xff\xda", first + 1)]
    return _zip(folder, {"3/x.jpg": whole[:first] + scan * 1500 + whole[first:]})


def _nested(folder: Path) -> Path:
    inner = _zip(folder, {"3/x.png": bytes(100_000_000)}).read_bytes()
    return _zip(folder, {f"3/{n}.zip": inner for n in range(100)})


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / IDX)
    return folder


def _lying_idx(folder: Path) -> Path:
    (folder / IDX).write_bytes(struct.pack(">BBBB3I", 0, 0, 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1) + bytes(1000))
    (folder / "train-labels-idx1-ubyte").write_bytes(struct.pack(">BBBBI", 0, 0, 8, 1, 2**32 - 1))
    return folder


FILES = {
    "damaged-bomb": lambda folder: _zip(
        folder, {f"3/{n}.png": bytes(5_000_000) for n in range(60)}, offset=16, to=b"\1\2\3\4"
    ),
    "overlapping": lambda folder: _zip(
        folder, {f"3/{n}.png": bytes(100_000) for n in range(3000)}, offset=42, to=bytes(4)
    ),
    "lying-sizes": lambda folder: _zip(
        folder, {f"3/{n}.png": _picture(n) for n in range(50)}, offset=24, to=b"\xf0\xff\xff\xff"
    ),
    "bomb": lambda folder: _zip(folder, {"3/x.png": bytes(300_000_000)}),
    "nested": _nested,
    "two-labels": _two_labels,
    "many-folders": lambda folder: _zip(folder, {f"{n}x/x.png": b"" for n in range(20_000)}),
    "many-names": lambda folder: _zip(folder, {f"3/{n}.png": b"" for n in range(99_000)}),
    "gigapixels": _gigapixels,
    "huge-png": lambda folder: _zip(folder, {"3/x.png": _picture(size=(12_000, 12_000))}),
    "many-scans": _scans,
    "named-pipe": _pipe,
    "lying-idx": _lying_idx,
}
