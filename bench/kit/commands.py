"""Which benchmarks there are, and how their options are declared."""

import importlib
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parents[1]


def option(name: str, default: float, words: str, **more) -> dict[str, dict]:
    """Declare an option that is a number of the default's type. more: further arguments of add_argument."""
    return {name: {"type": type(default), "default": default, "help": f"{words} ({default} by default)", **more}}


_files = "the four IDX files of MNIST, plain or .gz, in place of the built-in digits"
MNIST = {"--mnist": {"type": Path, "metavar": "FOLDER", "help": _files}}
DIGITS = {"--digits": {"type": int, "nargs": "+", "choices": range(10), "default": [3, 7], "help": "two or more"}}


def names() -> list[str]:
    """Return the names of all benchmarks, without importing any: each may need packages that the others don't."""
    return sorted(file.stem.replace("_", "-") for file in FOLDER.glob("*.py") if not file.stem.startswith("__"))


def load(name: str) -> ModuleType:
    """Import a benchmark by its name."""
    return importlib.import_module(f"bench.{name.replace('-', '_')}")
