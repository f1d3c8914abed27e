"""docs/FIGURES.md is made by a script of what benchmarks have printed, and no other document holds such figures."""

import json
import re

import pytest

from bench.__main__ import command
from bench.kit.commands import names
from tests.pages.test_documents import DOCUMENTS
from tools import figures
from tools.figure_words import SECTIONS

MACHINE = {"cores": 2, "memory_gb": 8.0, "processor": "A", "python": "3.12", "torch": "2", "threads": 2, "load": 0.1}
DRAW = {
    "bench": "draw",
    "command": "python -m bench draw",
    "machine": MACHINE,
    "ok": False,
    "p50_ms": 1234,
    "p95_ms": 90,
}
DRAW |= {"aims": {"p50_ms": {"at_most": 100}, "p95_ms": {"at_most": 200}}}
# What is measured: a time in milliseconds, a part of a second, so many things in a second, so many times as fast.
MEASURED = re.compile(r"\d (?:ms|µs|ns)\b|\d\.\d+ s\b|\d(?: [a-z]+)?/s\b|\d [a-z]+ a second|\d times as (?:fast|long)")


def test_the_page_is_what_the_script_makes_of_the_kept_results():
    results = json.loads(figures.RESULTS.read_text(encoding="utf-8"))
    assert figures.PAGE.read_text(encoding="utf-8") == figures.page(results)


@pytest.mark.parametrize("document", [path for path in DOCUMENTS if path != figures.PAGE], ids=lambda path: path.name)
def test_no_other_document_holds_a_figure_that_was_measured(document):
    assert MEASURED.findall(document.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("typed", ["163 ms", "4.0 s", "60 frames/s", "14,279 files/s", "5 times as fast"])
def test_the_search_for_figures_finds_what_it_should(typed):
    assert MEASURED.search(f"It takes {typed} on a laptop.")


def test_every_benchmark_has_a_section():
    assert {*SECTIONS} == {*names()} - {"all"}


def test_a_figure_stands_beside_its_aim_and_a_missed_aim_is_marked():
    lines = figures.page({"python -m bench draw": DRAW}).splitlines()
    assert "| until all verdicts are there, median | 1,234 ms | at most 100 ms, **missed** |" in lines
    assert "| the same, p95 | 90 ms | at most 200 ms |" in lines
    assert "- Machine 1: A, 2 cores, 8.0 GB of memory, no GPU used; Python 3.12, PyTorch 2." in lines
    assert "`python -m bench draw`, on machine 1, load 0.1:" in lines


def test_what_has_no_result_is_not_measured_yet():
    lines = figures.page({"python -m bench draw": DRAW}).splitlines()
    assert "`python -m bench soak`: not measured yet." in lines
    assert "`python -m bench draw`: not measured yet." not in lines


def test_a_figure_with_an_aim_is_shown_though_nobody_has_found_words_for_it():
    result = DRAW | {"new_ms": 5, "aims": {"new_ms": {"at_least": 3}}}
    assert "| new ms | 5 | at least 3 |" in figures.page({"python -m bench draw": result}).splitlines()


def test_results_are_read_from_what_a_benchmark_prints_and_from_the_file_of_all_of_them(tmp_path):
    other = {"bench": "sgd", "machine": MACHINE, "ok": True, "linear": {"core_ms": 4.5}, "note": "/home/somebody"}
    (tmp_path / "draw.txt").write_text(f"A table\n   p50_ms   1\n\n{json.dumps(DRAW)}\n")
    everything = {"machine": MACHINE, "benchmarks": {"sgd": other, "pen": {"left_out": "It needs --strokes."}}}
    (tmp_path / "results.json").write_text(json.dumps(everything))
    found = [result for text in figures.texts([str(tmp_path)]) for result in figures.results_in(text)]
    kept = figures.add({"python -m bench draw": {**DRAW, "p50_ms": 5}}, found)
    assert list(kept) == ["python -m bench draw", "python -m bench sgd"]
    assert kept["python -m bench draw"]["p50_ms"] == 1234
    assert kept["python -m bench sgd"]["linear.core_ms"] == 4.5
    assert "somebody" not in json.dumps(kept)


@pytest.mark.parametrize("given", [["--mnist", "/home/me/mnist"], ["--mnist=/home/me/mnist"]])
def test_a_command_names_no_path_of_the_machine(given):
    said = command(["live", *given, "--repeat", "3"], {"--mnist": {"metavar": "FOLDER"}, "--repeat": {}})
    assert said.replace("=", " ") == "python -m bench live --mnist FOLDER --repeat 3"
