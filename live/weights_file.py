"""Model parameters as safetensors files: numbers and their names only, nothing that could be executed.

There are two kinds: the file of a training run, which a user downloads and uploads, and the cached parameters of the
classifiers. Both are written and checked by the same functions.
"""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from core.model import Params
from core.training.run import Config, Hyperparameters
from sources.atomic import write_file

FOLDER = "judges"  # in the cache folder, for the classifiers
SUM = "sha256"  # the metadata of cached parameters that holds the sum of their bytes
LARGEST = 2_000_000  # bytes; the largest model here has half of that
LISTED = 4  # shapes of a file that does not fit
UNKNOWN = "This is no file of weights that this app has saved: choose a .safetensors file."


def pack(params: Params, config: Config, hyper: Hyperparameters, epochs: int) -> bytes:
    """Return the file of a training run: its parameters by name, and its settings as JSON in the metadata."""
    settings = {**asdict(config), **asdict(hyper), "epochs": epochs}
    return _save(params, _names(params), {name: json.dumps(value) for name, value in settings.items()})


def unpack(file: bytes, wanted: Params, config: Config) -> Params:
    """Return the parameters in the file of a training run.

    wanted: parameters that have the required shapes; config: of the run that will continue with them.
    Raises ValueError with one sentence if it is not such a file, or does not fit.
    """
    tensors, metadata = _load(file)
    try:
        digits = tuple(json.loads(metadata["digits"]))
        if not 2 <= len(digits) <= 10 or not set(digits) <= set(range(10)):
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError(UNKNOWN) from None
    params = _check(tensors, _names(wanted), wanted)
    if digits != config.digits:
        raise ValueError(
            f"These weights tell {' from '.join(map(str, digits))}; choose these digits in the sidebar first."
        )
    return params


def _names(params: Params) -> list[str]:
    """Name the parameters of a training run: "weights 1", "bias 1", "weights 2", "bias 2" and so on."""
    return [f"{('weights', 'bias')[place % 2]} {place // 2 + 1}" for place in range(len(params))]


def read_cached(folder: Path, stamp: str, wanted: Params) -> Params | None:
    """Return cached parameters; None if there are none, or they are damaged or have other shapes.

    folder: the cache folder; stamp: what they are cached under; wanted: parameters that have the required shapes.
    """
    try:
        with open(_path(folder, stamp), "rb") as file:
            tensors, metadata = _load(file.read(LARGEST + 1))
        params = _check(tensors, range(len(wanted)), wanted)
        return params if metadata.get(SUM) == _sum(params) else None
    except (OSError, ValueError):
        return None


def write_cached(folder: Path, stamp: str, params: Params) -> None:
    """Cache parameters for the next start. If they can't be written, the next start trains them again."""
    with suppress(OSError):
        write_file(_path(folder, stamp), _save(params, range(len(params)), {SUM: _sum(params)}))


def _sum(params: Params) -> str:
    return hashlib.sha256(b"".join(p.detach().contiguous().numpy().tobytes() for p in params)).hexdigest()


def _path(folder: Path, stamp: str) -> Path:
    return folder / FOLDER / f"{stamp}.safetensors"


def _save(params: Params, names: Sequence, metadata: dict[str, str] | None = None) -> bytes:
    return save({str(name): p.contiguous() for name, p in zip(names, params, strict=True)}, metadata)


def _load(file: bytes) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Return the tensors by name and the metadata of any safetensors file. Raises ValueError with one sentence."""
    if len(file) > LARGEST:
        raise ValueError(f"This file has {len(file):,} bytes, too many for a model of this app.")
    try:
        tensors = load(file)
        header = json.loads(file[8 : 8 + int.from_bytes(file[:8], "little")])
        return tensors, header.get("__metadata__", {})
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError(UNKNOWN) from None


def _check(tensors: dict[str, torch.Tensor], names: Sequence, wanted: Params) -> Params:
    """Return the tensors in the order of their names. Raises ValueError with one sentence if they don't fit."""
    shapes = {str(name): tuple(p.shape) for name, p in zip(names, wanted, strict=True)}
    found = {name: tuple(t.shape) for name, t in tensors.items()}
    if found != shapes:
        listed = ", ".join(map(str, list(found.values())[:LISTED])) or "none"
        raise ValueError(
            f"These weights are of another model: they have shapes {listed}; the model that is set up here "
            f"has {', '.join(map(str, shapes.values()))}. Set up the same model first."
        )
    params = tuple(tensors[name] for name in shapes)
    if not all(p.dtype == torch.float32 and bool(p.isfinite().all()) for p in params):
        raise ValueError("These weights are not all finite 32-bit numbers, so they can't be used.")
    return params
