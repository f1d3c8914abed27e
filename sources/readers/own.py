"""Read a user's own digits: a folder or a zip of pictures, or IDX files, each checked and converted to 28 x 28.

The layout is `train/<label>/*.png` and `valid/<label>/*.png`. If one of the two is missing, 20 % of the other's images
of each label, chosen with a fixed seed, become the validation set.
"""

import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from core.dataset import SIDE, SPLITS, DatasetError
from sources.packed import Images
from sources.readers import idx
from sources.readers.archive import Files, FolderFiles, ZipFiles
from sources.readers.picture import CONVERTED, NoDigit, open_picture, to_digit
from sources.report import CHANGED, LEFT_OUT, Progress, Report, Unusable, printable, quiet

SEED = 37
VALID_SHARE = 0.2
SPLIT_WORDS = {"train": "train", "training": "train"}
SPLIT_WORDS |= dict.fromkeys(("valid", "validation", "val", "test", "testing"), "valid")
PICTURES = (".png", ".jpg", ".jpeg")
TWO_LABELS = "the same image stands under two labels"
FILES_PER_REPORT = 100  # files between two calls of progress
MOST_ALL_PIXELS = 400_000_000  # of all pictures together: 4 gigapixels took 136 seconds
SECONDS = 15  # that reading may take: 100,000 small files take longer than this only on a slow machine
TOO_LONG = "{} takes more than {} seconds to read (it was at file {:,}): bring fewer or smaller pictures."
NOT_CHOSEN = f"There was no {{}} folder: {VALID_SHARE:.0%} of each label was set aside for validation, by a fixed seed."


@dataclass(slots=True)
class _Item:
    split: str
    label: int
    file: str


def read(path: Path, progress: Progress = quiet, source: str | None = None) -> tuple[Images, Report]:
    """Read a user's digits.

    path: a folder, a zip, or a folder of IDX files named as MNIST's; source: its name in the report, if not its own.
    Returns the images and the report. Raises DatasetError with one sentence if they can't be used; if files were
    read before, it is an Unusable that holds the report.
    """
    path = Path(path)
    source = printable(source or path.name or str(path))
    try:
        is_folder = path.is_dir()
        if not is_folder and not path.exists():
            raise DatasetError(f"{source} is not there: check the path.")
    except (OSError, ValueError):
        raise DatasetError(f"{source} can't be opened.") from None
    if not is_folder and any(name in path.name for pair in idx.FILES.values() for name in pair):
        path, is_folder = path.parent, True
    if is_folder and any(idx.is_there(path, split) for split in SPLITS):
        return read_idx_files(path, progress, source)
    files = (FolderFiles if is_folder else ZipFiles)(path, source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # open_picture looks at the size itself
            return _read_pictures(files, progress)
    finally:
        files.close()


def read_idx_files(folder: Path, progress: Progress = quiet, source: str | None = None) -> tuple[Images, Report]:
    """Read IDX files named as MNIST's, plain or .gz. Returns and raises as `read` does."""
    report = Report(source or folder.name)
    images: Images = {split: {} for split in SPLITS}
    for number, split in enumerate(SPLITS):
        if not idx.is_there(folder, split):
            continue
        progress(0.05 + 0.4 * number, f"Reading the {split} images")
        images[split] = idx.read_mnist(folder, split, tuple(range(10)))
        others = idx.count_labels_above_9(folder, split)
        if others:
            report.remarks.append(f"{others:,} {split} images have labels above 9 and were left out.")
    return _finish(images, report)


def _read_pictures(files: Files, progress: Progress) -> tuple[Images, Report]:
    report = Report(files.source)
    found: dict[bytes, _Item] = {}  # by pixels, which finds duplicates
    contradictions: set[bytes] = set()
    pixels, deadline = 0, time.monotonic() + SECONDS
    for place, name in enumerate(files.names):
        if place % FILES_PER_REPORT == 0:
            progress(0.9 * place / len(files.names), f"Reading {place:,} of {len(files.names):,} files")
        if time.monotonic() > deadline:
            raise Unusable(TOO_LONG.format(files.source, SECONDS, place), report)
        try:
            split, label = _place_of(name)
            grey, coloured = open_picture(files.read(place))
            pixels += grey.size
            if pixels > MOST_ALL_PIXELS:
                raise DatasetError(f"The pictures of {files.source} are too large to read them all: make them smaller.")
            digit, changes = to_digit(grey)
        except NoDigit as problem:
            report.note(name, LEFT_OUT, str(problem))
            continue
        key = digit.tobytes()
        twin = found.get(key)
        if twin is None:
            found[key] = _Item(split, label, name)
            if coloured or changes:
                report.note(name, CHANGED, "; ".join([*([CONVERTED] if coloured else []), *changes]))
        elif twin.label == label:
            report.note(name, LEFT_OUT, "the same image is there twice", twin.file)
        else:
            contradictions.add(key)
            report.note(name, LEFT_OUT, TWO_LABELS, twin.file)
    files.close()  # the directory of a large zip takes as much memory as its pixels
    twins = [found.pop(key) for key in contradictions]
    changed = {printable(twin.file) for twin in twins}
    report.notes = [note for note in report.notes if note.what != CHANGED or note.file not in changed]
    for twin in twins:
        report.note(twin.file, LEFT_OUT, TWO_LABELS)
    if files.ignored:
        report.remarks.append(f"Passed over, as systems leave them in folders: {files.ignored:,}.")
    keys: dict[str, dict[int, list[bytes]]] = {split: {} for split in SPLITS}
    for key, item in found.items():
        keys[item.split].setdefault(item.label, []).append(key)
    progress(0.95, "Sorting the images")
    found.clear()  # the pixels of each label can be freed as soon as they are stacked
    stacks = {split: {d: _stack(labels.pop(d)) for d in sorted(labels)} for split, labels in keys.items()}
    return _finish(stacks, report)


def _place_of(name: str) -> tuple[str, int]:
    """Return the split and the label of a file, by its path. Raises NoDigit if it has no label or is no picture."""
    *folders, file = name.split("/")
    if not file.lower().endswith(PICTURES):
        kind = "a zip within" if file.lower().endswith(".zip") else "no PNG or JPEG file"
        raise NoDigit(f"is {kind}")
    label = folders[-1] if folders else ""
    if len(label) != 1 or label not in "0123456789":
        raise NoDigit(f"its folder {printable(label)!r} is no label from 0 to 9" if label else "is in no label folder")
    words = [SPLIT_WORDS[folder.casefold()] for folder in folders[:-1] if folder.casefold() in SPLIT_WORDS]
    return words[-1] if words else "train", int(label)


def _stack(keys: list[bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(keys), np.uint8).reshape(-1, SIDE, SIDE)


def _finish(images: Images, report: Report) -> tuple[Images, Report]:
    """Leave out labels with one image, and give all others images in both splits. `images` is empty afterwards.

    Returns the images, and the report on all of this. Raises Unusable if fewer than two labels remain.
    """
    found = sum(len(stack) for split in SPLITS for stack in images[split].values())
    missing = [split for split in SPLITS if not any(map(len, images[split].values()))]
    if len(missing) == 1:
        report.remarks.append(NOT_CHOSEN.format(*missing))
    result: Images = {split: {} for split in SPLITS}
    none = np.empty((0, SIDE, SIDE), np.uint8)
    for label in range(10):
        parts = [images[split].pop(label, none) for split in SPLITS]  # so that they are in memory once
        count = sum(map(len, parts))
        if count == 1:
            report.remarks.append(f"Label {label} has one image only, and was left out.")
        elif count:
            if not all(map(len, parts)):
                parts = split_by_seed(max(parts, key=len))
                if not missing:
                    report.remarks.append(
                        f"Label {label} stood in one folder only: {len(parts[1])} of its {count} images "
                        "were set aside for validation, by a fixed seed."
                    )
            result["train"][label], result["valid"][label] = parts
    report.counts = {split: {digit: len(stack) for digit, stack in result[split].items()} for split in SPLITS}
    if len(result["train"]) < 2:
        raise _unusable(report, found)
    return result, report


def split_by_seed(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Set a fifth of some images aside for validation, at least one, with a fixed seed; both parts keep their order."""
    chosen = np.zeros(len(images), bool)
    size = max(1, round(VALID_SHARE * len(images)))
    chosen[np.random.default_rng(SEED).permutation(len(images))[:size]] = True
    return images[~chosen], images[chosen]


def _unusable(report: Report, found: int) -> Unusable:
    reasons = [(how, count) for what, how, count in report.kinds() if what == LEFT_OUT]
    if not reasons and not found:
        return Unusable(f"{report.source} holds no pictures.", report)
    left_out = sum(count for _, count in reasons)
    files = "1 file was" if left_out == 1 else f"{left_out:,} files were"
    why = f" {files} left out, most often because: {reasons[0][0]}." if reasons else ""
    needs = f"{report.source} needs pictures of at least two labels, two or more of each, in folders named 0 to 9."
    return Unusable(f"{needs}{why}", report)
