"""Every benchmark, one after the other, in one table: bench/results/results.md, and results.json beside it.

A benchmark that fails is named as such, and the others go on. What is done so far is always in the files.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import report

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent
RESULTS = FOLDER / "results"
LEFT_OUT = ("bench", "machine", "ok")  # of what a benchmark prints: said elsewhere in the table


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    parser.add_argument("--mnist", type=Path, metavar="FOLDER", help="handed on to every benchmark that takes it")
    parser.add_argument("--strokes", type=Path, metavar="FILE", help="handed on to pen, which is left out without it")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="the benchmarks to run; all if left out")
    parser.add_argument("--to", type=Path, default=RESULTS, metavar="FOLDER", help="where the files are written")


def run(args: argparse.Namespace) -> dict:
    """Run them, and write the files anew after each."""
    from bench.__main__ import names  # not at the top: it is the main module, which imports this one

    machine, results = report.machine(), {}
    for name in names():
        if name == "all" or (args.only and name not in args.only):
            continue
        print(f"\n=== {name}", flush=True)
        began = time.perf_counter()
        results[name] = run_one(name, args)
        results[name]["took_s"] = round(time.perf_counter() - began, 1)
        write(args.to, machine, results)
    verdicts = {name: verdict(result) for name, result in results.items()}
    report.table(
        ["benchmark", "result", "seconds"],
        [[name, verdicts[name], result["took_s"]] for name, result in results.items()],
    )
    print(f"All figures are in {args.to / 'results.md'}.")
    return {"ok": "failed" not in verdicts.values(), "results": verdicts}


def run_one(name: str, args: argparse.Namespace) -> dict:
    """Run one benchmark as a process of its own; return what it prints last, or {"failed": the reason}."""
    command = [sys.executable, "-m", "bench", name]
    try:
        takes = _options(name)
    except Exception as problem:  # a package that it needs is not here
        return _failed(str(problem))
    for option, value in (("--mnist", args.mnist), ("--strokes", args.strokes)):
        if option in takes and value:
            command += [option, str(value.resolve())]
        elif takes.get(option):
            return {"left_out": f"It needs {option}."}
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    last = ""
    for line in process.stdout:
        print(line, end="", flush=True)
        last = line
    code = process.wait()
    try:
        result = json.loads(last)
    except ValueError:
        return _failed(f"It ended with {code}.")
    return result if isinstance(result, dict) else _failed(f"It ended with {code}.")


def verdict(result: dict) -> str:
    """Say in a word or two how a benchmark ended."""
    if "failed" in result:
        return "failed"
    if "left_out" in result:
        return "left out"
    return "ok" if result["ok"] else "aim missed"


def write(folder: Path, machine: dict, results: dict[str, dict]) -> None:
    """Write what there is so far, each file whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = ",\n".join(f"{json.dumps(name)}: {json.dumps(result)}" for name, result in results.items())
    _replace(folder / "results.json", f'{{"machine": {json.dumps(machine)},\n"benchmarks": {{\n{parts}\n}}}}\n')
    lines = [report.sentence(machine), "", "| benchmark | figure | value |", "| --- | --- | ---: |"]
    for name, result in results.items():
        lines.append(f"| **{name}** | {verdict(result)} | {result['took_s']} s |")
        lines += [f"| {name} | {figure} | {value} |" for figure, value in figures(result) if figure != "took_s"]
    _replace(folder / "results.md", "\n".join(lines) + "\n")


def figures(result: dict, before: str = "") -> Iterator[tuple[str, str]]:
    """Return every figure of a result with its name; those within another are called outer.inner."""
    for name, value in result.items():
        if not before and name in LEFT_OUT:
            continue
        if isinstance(value, dict):
            yield from figures(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", str(value).replace("|", "\\|")


def _options(name: str) -> dict[str, bool]:
    """Return the options of a benchmark, and whether it needs them."""
    parser = argparse.ArgumentParser()
    importlib.import_module(f"bench.{name.replace('-', '_')}").add_options(parser)
    return {option: action.required for action in parser._actions for option in action.option_strings}


def _failed(reason: str) -> dict:
    print(f"It failed: {reason}", flush=True)
    return {"failed": reason}


def _replace(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
