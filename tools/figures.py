"""Turn results of benchmarks into docs/FIGURES.md.

python -m tools.figures add FILE ...   put results into docs/figures.json, then write docs/FIGURES.md
python -m tools.figures                only write docs/FIGURES.md, from docs/figures.json

FILE is what `python -m bench NAME` has printed, the results.json of `make bench`, a folder of such files, or "-" for
standard input. A result replaces the one before of the same command.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.browser import ROOT
from tools.figure_words import FOOT, HEAD, SECTIONS, Section

RESULTS, PAGE = ROOT / "docs" / "figures.json", ROOT / "docs" / "FIGURES.md"
ABOUT = ("bench", "command", "machine", "aims", "ok", "took_s")  # keys of a result that are no figures


def results_in(text: str) -> Iterator[dict]:
    """Return the results in a text: a results.json, or the lines that a benchmark has printed."""
    try:
        found = list(json.loads(text)["benchmarks"].values())
    except (ValueError, KeyError, TypeError):
        found = []
        for line in text.splitlines():
            if line.startswith("{"):
                found.append(json.loads(line))
    yield from (result for result in found if "bench" in result and result["bench"] != "all")


def texts(names: Iterable[str]) -> Iterator[str]:
    """Return what is in the files, in the files of the folders, and for "-" on standard input."""
    for name in names:
        path = Path(name)
        files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
        yield from [sys.stdin.read()] if name == "-" else (file.read_text(encoding="utf-8") for file in files)


def add(kept: dict[str, dict], found: Iterable[dict]) -> dict[str, dict]:
    """Return results by command, with those that were found in place of earlier ones."""
    return dict(sorted((kept | {command_of(result): without_texts(result) for result in found}).items()))


def without_texts(result: dict) -> dict:
    """Return a result without figures that are texts or lists, such as answers with paths of the machine."""
    about = {name: result[name] for name in ABOUT if name in result}
    return about | {name: value for name, value in values(result) if not isinstance(value, str | list)}


def command_of(result: dict) -> str:
    """Return the command that a result comes from."""
    return result.get("command") or f"python -m bench {result['bench']}"


def machine_of(result: dict) -> str:
    """Say what a result was measured on."""
    machine = result["machine"]
    words = f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB of memory, no GPU used"
    return f"{words}; Python {machine['python']}, PyTorch {machine['torch']}"


def page(results: dict[str, dict]) -> str:
    """Return the text of docs/FIGURES.md."""
    machines = list(dict.fromkeys(map(machine_of, results.values())))
    lines = [HEAD]
    lines += [f"- Machine {number}: {machine}." for number, machine in enumerate(machines, 1)]
    named = {**SECTIONS, **{result["bench"]: Section(result["bench"]) for result in results.values()}, **SECTIONS}
    for bench, section in named.items():
        lines += ["", f"## {section.title}", "", section.about] if section.about else ["", f"## {section.title}"]
        measured = [result for result in results.values() if result["bench"] == bench]
        for result in measured:
            number = machines.index(machine_of(result)) + 1
            lines += ["", f"`{command_of(result)}`, on machine {number}, load {result['machine']['load']}:", ""]
            lines += table(result, section)
        if not measured:
            lines += ["", f"`python -m bench {f'{bench} {section.options}'.strip()}`: not measured yet."]
    return "\n".join([*lines, "", FOOT])


def table(result: dict, section: Section) -> list[str]:
    """Return the figures of one result that have words, and all that have an aim."""
    figures = {name: value for name, value in values(result) if isinstance(value, int | float | None)}
    aims, shown = result.get("aims", {}), {}
    lines = ["| what | measured | aim |", "|---|---:|---|"]
    for pattern, (words, unit) in section.words.items():
        matches = {name: re.fullmatch(re.escape(pattern).replace(r"\*", "(.+)"), name) for name in figures}
        shown |= {name: (words.format(*match.groups()), unit) for name, match in matches.items() if match}
    shown |= {name: (name.replace("_", " "), "") for name in aims if name not in shown and name in figures}
    for name, (words, unit) in shown.items():
        aim = " ".join(f"{way.replace('_', ' ')} {number(most, unit)}" for way, most in aims.get(name, {}).items())
        missed = ", **missed**" if aim and not is_met(figures[name], **aims[name]) else ""
        lines.append(f"| {words} | {number(figures[name], unit)} | {aim}{missed} |")
    return lines


def values(result: dict, parent: str = "") -> Iterator[tuple[str, object]]:
    """Return each figure of a result with its full name, such as linear.core_ms."""
    for name, value in result.items():
        if not parent and name in ABOUT:
            continue
        if isinstance(value, dict):
            yield from values(value, f"{parent}{name}.")
        else:
            yield f"{parent}{name}", value


def is_met(value: float | None, at_least: float | None = None, at_most: float | None = None) -> bool:
    """Return whether an aim is met, as `bench.kit.report.Figure.met` does."""
    if value is None:
        return False
    return value >= at_least if at_least is not None else value <= at_most


def number(value: float | None, unit: str) -> str:
    """Return a value with its unit; a share between 0 and 1 with "%"."""
    if value is None:
        return "–"
    if unit == "%":
        return f"{100 * value:.1f} %"
    return f"{value:,} {unit}".strip()


def main(arguments: list[str]) -> None:
    """Add results if there are any, and write the page."""
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    if arguments[:1] == ["add"]:
        found = [result for text in texts(arguments[1:]) for result in results_in(text)]
        results = add(results, found)
        lines = ",\n".join(f"{json.dumps(command)}: {json.dumps(result)}" for command, result in results.items())
        RESULTS.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
        print(f"{len(found)} results added: {', '.join(map(command_of, found))}")
    elif arguments:
        sys.exit(__doc__)
    PAGE.write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
