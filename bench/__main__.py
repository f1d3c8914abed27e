"""Run one benchmark: a table for people, then one JSON object as the last line.

A benchmark is a module of this folder with `add_options(parser)` and `run(args) -> dict`; `load_digits.py` is called
load-digits. What `run` returns stands in the JSON beside the name, the machine and "ok", which is true unless it says
otherwise.
"""

import argparse
import ast
import importlib
import json
import sys
from pathlib import Path

from bench import report
from core.dataset import DatasetError

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Return the names of all benchmarks, without importing any: each may need packages that the others don't."""
    return sorted(file.stem.replace("_", "-") for file in FOLDER.glob("*.py") if _is_benchmark(file))


def _is_benchmark(file: Path) -> bool:
    defined = {node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)}
    return {"add_options", "run"} <= defined


def main(arguments: list[str]) -> int:
    """Run the benchmark that is named first. Returns 0 if all went well, 1 for a missed target, 2 for a wrong name."""
    name = arguments[0] if arguments else ""
    if name not in names():
        print(f"There is no benchmark {name!r}: choose one of {', '.join(names())}.", file=sys.stderr)
        return 2
    module = importlib.import_module(f"bench.{name.replace('-', '_')}")
    parser = argparse.ArgumentParser(prog=f"python -m bench {name}", description=module.__doc__)
    module.add_options(parser)
    args = parser.parse_args(arguments[1:])
    machine = report.machine()
    print(report.sentence(machine))
    try:
        figures = module.run(args)
    except DatasetError as problem:
        sys.exit(str(problem))
    result = {"bench": name, "machine": machine, "ok": True, **figures}
    print(json.dumps(result))
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
