"""A server for the benchmarks of training, on the built-in digits or on full MNIST."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import psutil
from PIL import Image

from core.classifiers.training import KINDS, PLANS, lengthen, stamp, start
from core.dataset import Dataset
from core.training.data import from_dataset
from live import weights_file
from live.data_source import DataSource
from sources import builtin
from sources.idx import read_mnist
from sources.packed import read_pngs
from tools.browser import ROOT, Server, server

DIGITS = (3, 7)  # which the app begins with

# The app has no setting yet for the folder of its digits. Python runs a file of this name at its start, before
# anything else; here it makes the app find full MNIST in the place of the built-in digits. All else is the app's own.
SITE_FILE = "sitecustomize.py"
SITE = """
from pathlib import Path

from sources import builtin
from sources.packed import read_pngs

builtin.load = lambda *args: (read_pngs(Path({folder!r})), None)
"""


@dataclass(frozen=True)
class Training:
    """A running server, what names its digits to a worker, and how many training images it has."""

    app: Server
    source: DataSource
    images: int


@contextmanager
def training_server(mnist: Path | None) -> Iterator[Training]:
    """Run the app until the block ends. mnist: a folder of the four IDX files; the built-in digits if None."""
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        home = Path(temporary)
        folder = home / (builtin.NAME if mnist is None else "mnist")
        _write_pngs(mnist, folder) if mnist else builtin.unpack(folder)
        dataset = read_pngs(folder)  # writes the packed copy
        keep_untrained_judges(home, dataset)
        with patch.dict(os.environ, _settings(home, folder) if mnist else {}):
            app = stack.enter_context(server(home))
        images = sum(dataset.train.count(digit) for digit in DIGITS)
        yield Training(app, DataSource(str(folder), DIGITS), images)


def keep_untrained_judges(home: Path, dataset: Dataset) -> None:
    """Let the server find the models that judge drawings, so that it does not train them beside what is measured."""
    data = from_dataset(dataset)
    for kind in KINDS:
        model = start(kind, dataset.digits, lengthen(PLANS[kind], len(data.train_x)))
        weights_file.write_cached(home, stamp(model, data), model.params)


def process_of(app: Server) -> psutil.Process:
    """Return the server's process, a child of this one."""
    port = app.url.rsplit(":", 1)[1]
    return next(child for child in psutil.Process().children() if port in child.cmdline())


def _write_pngs(mnist: Path, folder: Path) -> None:
    """Turn IDX files into the folder layout of every dataset here."""
    for split in ("train", "valid"):
        for digit, images in read_mnist(mnist, split, DIGITS).items():
            target = folder / split / str(digit)
            target.mkdir(parents=True)
            for number, image in enumerate(images.numpy()):
                Image.fromarray(image).save(target / f"{number:05}.png")


def _settings(home: Path, folder: Path) -> dict[str, str]:
    site = home / "site"
    site.mkdir()
    (site / SITE_FILE).write_text(SITE.format(folder=str(folder)))
    return {"PYTHONPATH": os.pathsep.join([str(site), str(ROOT)])}
