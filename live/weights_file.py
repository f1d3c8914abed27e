"""Trained weights as a safetensors file: numbers and their names only, nothing that could be run."""

import contextlib
import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from core.model import Params
from core.training.run import Config, Hyperparameters

NAMES = ("weights 1", "bias 1", "weights 2", "bias 2")
LARGEST = 2_000_000  # bytes; the largest model here has a fifth of that


def pack(params: Params, config: Config, hyper: Hyperparameters, epochs: int) -> bytes:
    """Return the file: the parameters by name, and the settings as text in its metadata."""
    settings = {**asdict(config), **asdict(hyper), "epochs": epochs}
    metadata = {name: json.dumps(value) for name, value in settings.items()}
    return save({name: p.contiguous() for name, p in zip(NAMES, params, strict=False)}, metadata)


def unpack(file: bytes, wanted: Params, config: Config) -> Params:
    """Return the parameters in a file.

    wanted: parameters of the shapes that are asked for; config: of the run that is to have them.
    Raises ValueError with one sentence if it is no such file, or does not fit.
    """
    if len(file) > LARGEST:
        raise ValueError(f"This file has {len(file):,} bytes, too many for a model of this app.")
    try:
        tensors = load(file)
        header = json.loads(file[8 : 8 + int.from_bytes(file[:8], "little")])
        digits = tuple(json.loads(header["__metadata__"]["digits"]))
        if not 2 <= len(digits) <= 10 or not set(digits) <= set(range(10)):
            raise ValueError
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("This is no file of weights that this app has saved: choose a .safetensors file.") from None
    names = NAMES[: len(wanted)]
    shapes = {name: tuple(p.shape) for name, p in zip(names, wanted, strict=True)}
    if {name: tuple(t.shape) for name, t in tensors.items()} != shapes:
        raise ValueError(
            f"These weights are of another model: they have shapes {_listed(tensors)}; the model that is set up here "
            f"has {', '.join(str(shape) for shape in shapes.values())}. Set up the same model first."
        )
    if digits != config.digits:
        raise ValueError(
            f"These weights tell {' from '.join(map(str, digits))}; choose these digits in the sidebar first."
        )
    params = tuple(tensors[name] for name in names)
    if not all(p.dtype == torch.float32 and bool(p.isfinite().all()) for p in params):
        raise ValueError("These weights are not all finite 32-bit numbers, so they can't be used.")
    return params


def _listed(tensors: dict[str, torch.Tensor]) -> str:
    return ", ".join(str(tuple(t.shape)) for t in list(tensors.values())[: len(NAMES)]) or "none"


FOLDER = "judges"  # in the cache folder
LARGEST = 10_000_000  # bytes


def read(folder: Path, stamp: str, wanted: Params) -> Params | None:
    """Return the weights that are kept under a stamp; None if there are none, or they are damaged or do not fit.

    wanted: parameters of the shapes that are asked for.
    """
    path = _path(folder, stamp)
    try:
        if path.stat().st_size > LARGEST:
            return None
        tensors = load(path.read_bytes())
    except (OSError, SafetensorError, ValueError):
        return None
    params = tuple(tensors.get(str(place)) for place in range(len(tensors)))
    fits = len(params) == len(wanted) and all(
        p is not None and p.shape == w.shape and p.dtype == torch.float32 and bool(p.isfinite().all())
        for p, w in zip(params, wanted, strict=True)
    )
    return params if fits else None


def write(folder: Path, stamp: str, params: Params) -> None:
    """Keep weights for the next start. Where nothing can be written, they are trained again then, and that is all."""
    path = _path(folder, stamp)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(save({str(place): p.contiguous() for place, p in enumerate(params)}))
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise


def _path(folder: Path, stamp: str) -> Path:
    return folder / FOLDER / f"{stamp}.safetensors"
