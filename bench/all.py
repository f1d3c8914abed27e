"""Every benchmark, one after the other, in one table: bench/results/results.md, and results.json beside it.

A benchmark that fails is listed as failed, and the others are run. Both files are written again after each benchmark.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.kit import report
from bench.kit.commands import FOLDER, load, names
from bench.kit.report import Figure
from sources.atomic import write_file

OPTIONS = {
    "--mnist": {"type": Path, "metavar": "FOLDER", "help": "passed on to every benchmark that takes it"},
    "--strokes": {"type": Path, "metavar": "FILE", "help": "passed on to pen, which is left out without it"},
    "--only": {"nargs": "+", "metavar": "NAME", "help": "the benchmarks to run, all by default"},
    "--to": {"type": Path, "default": FOLDER / "results", "metavar": "FOLDER", "help": "where the files are written"},
}
# Keys of a result that the table leaves out, or has in another place.
ELSEWHERE = ("bench", "command", "machine", "ok", "aims", "took_s")


def run(args: argparse.Namespace) -> list[Figure]:
    """Run them, and write the files again after each."""
    machine, results, figures = report.machine(), {}, []
    for name in names():
        if name == "all" or (args.only and name not in args.only):
            continue
        print(f"\n=== {name}", flush=True)
        began = time.perf_counter()
        result = run_one(name, args)
        result["took_s"] = round(time.perf_counter() - began, 1)
        results[name] = result
        figures += [Figure(f"results.{name}", verdict(result)), Figure(f"took_s.{name}", result["took_s"], 1)]
        write(args.to, machine, results)
    print(f"All figures are in {args.to / 'results.md'}.")
    return [*figures, Figure("failed", sum("failed" in result for result in results.values()), at_most=0)]


def run_one(name: str, args: argparse.Namespace) -> dict:
    """Run one benchmark in a process of its own; return its last line, or {"failed": the reason}."""
    command = [sys.executable, "-m", "bench", name]
    try:
        options = load(name).OPTIONS
    except Exception as problem:  # such as a package that it needs and that is not installed
        return _failed(str(problem))
    for option, value in (("--mnist", args.mnist), ("--strokes", args.strokes)):
        if option in options and value:
            command += [option, str(value.resolve())]
        elif options.get(option, {}).get("required"):
            return {"left_out": f"It needs {option}."}
    process = subprocess.Popen(command, cwd=FOLDER.parent, stdout=subprocess.PIPE, text=True)
    last = ""
    for last in process.stdout:
        print(last, end="", flush=True)
    code = process.wait()
    try:
        return dict(json.loads(last).items())
    except (ValueError, AttributeError):  # the last line is no JSON object
        return _failed(f"It ended with {code}.")


def _failed(reason: str) -> dict:
    print(f"It failed: {reason}", flush=True)
    return {"failed": reason}


def verdict(result: dict) -> str:
    """Say in a word or two how a benchmark ended."""
    if "ok" in result:
        return "ok" if result["ok"] else "aim missed"
    return "failed" if "failed" in result else "left out"


def write(folder: Path, machine: dict, results: dict[str, dict]) -> None:
    """Write the results so far, each file whole or not at all."""
    parts = ",\n".join(f"{json.dumps(name)}: {json.dumps(result)}" for name, result in results.items())
    lines = [report.sentence(machine), "", "| benchmark | figure | value |", "| --- | --- | ---: |"]
    for name, result in results.items():
        lines.append(f"| **{name}** | {verdict(result)} | {result['took_s']} s |")
        lines += [f"| {name} | {key} | {value} |" for key, value in flat(result) if key not in ELSEWHERE]
    text = f'{{"machine": {json.dumps(machine)},\n"benchmarks": {{\n{parts}\n}}}}\n'
    write_file(folder / "results.json", text.encode())
    write_file(folder / "results.md", "".join(f"{line}\n" for line in lines).encode())


def flat(result: dict, parent: str = "") -> Iterator[tuple[str, str]]:
    """Return every figure of a result with its name; that of a figure in an object is object.name."""
    for name, value in result.items():
        if isinstance(value, dict) and name not in ELSEWHERE:
            yield from flat(value, f"{parent}{name}.")
        else:
            yield f"{parent}{name}", str(value).replace("|", "\\|")
