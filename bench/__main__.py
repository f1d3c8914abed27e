"""Run one benchmark: tables for people, then one JSON object as the last line.

A benchmark is a module of this folder with OPTIONS, the arguments of `add_argument` by name, and `run(args)`, which
returns figures. The tables, the keys of the last line, its "aims", its "ok" and the exit code all follow from these.
The "command" in that line names a path by its kind, such as FOLDER. `load_digits.py` is called load-digits.
"""

import argparse
import json
import sys
from itertools import pairwise

from bench.kit import report
from bench.kit.commands import load, names
from core.dataset import DatasetError


def main(arguments: list[str]) -> int:
    """Run the benchmark that is named first. Returns 0 if every aim was met, 1 if not, 2 for an unknown name."""
    name = arguments[0] if arguments else ""
    if name not in names():
        print(f"There is no benchmark {name!r}: choose one of {', '.join(names())}.", file=sys.stderr)
        return 2
    module = load(name)
    parser = argparse.ArgumentParser(prog=f"python -m bench {name}", description=module.__doc__)
    for option, settings in module.OPTIONS.items():
        parser.add_argument(option, **settings)
    args = parser.parse_args(arguments[1:])
    machine = report.machine()
    print(report.sentence(machine))
    try:
        figures = module.run(args)
    except DatasetError as problem:
        sys.exit(str(problem))
    ok = all(figure.met for figure in figures)
    report.print_figures(figures)
    about = {"bench": name, "command": command(arguments, module.OPTIONS), "machine": machine, "ok": ok}
    print(json.dumps({**about, "aims": report.aims(figures), **report.nested(figures)}))
    return 0 if ok else 1


def command(arguments: list[str], options: dict[str, dict]) -> str:
    """Return the command that was run; a path that was given to it is named by its kind, such as FOLDER."""
    words = ["python -m bench"]
    for before, word in pairwise(["", *arguments]):
        option, equals, _ = word.partition("=")
        kind = options.get(option if equals else before, {}).get("metavar")
        words.append(f"{option}={kind}" if kind and equals else kind or word)
    return " ".join(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
