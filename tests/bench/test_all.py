"""All benchmarks in one table: what is passed on, what is written, and that the others run after a failure."""

import argparse
import json
import subprocess
import sys

import pytest

from bench import all as everything
from tests.bench.test_command import bench, mnist  # noqa: F401, a fixture


def options(**given) -> argparse.Namespace:
    return argparse.Namespace(**{"mnist": None, "strokes": None, **given})


def test_all_results_are_in_one_table_and_the_others_run_after_a_failure(mnist, tmp_path):  # noqa: F811
    (mnist / "t10k-labels-idx1-ubyte").rename(mnist / "elsewhere")
    to = tmp_path / "results"
    ended = bench("all", "--only", "baseline", "pen", "--mnist", str(mnist), "--to", str(to))
    assert ended.returncode == 1
    (mnist / "elsewhere").rename(mnist / "t10k-labels-idx1-ubyte")
    said = json.loads(ended.stdout.splitlines()[-1])
    assert said["results"] == {"baseline": "failed", "pen": "left out"}

    ended = bench("all", "--only", "baseline", "pen", "--mnist", str(mnist), "--to", str(to))
    assert ended.returncode == 0, ended.stderr
    first, *_, last = (to / "results.md").read_text().splitlines()
    assert first.split("; load")[0] == ended.stdout.splitlines()[0].split("; load")[0]  # the machine
    assert "It needs --strokes." in last
    assert "| baseline | l1.per_class.3 | 0.75 |" in (to / "results.md").read_text()
    kept = json.loads((to / "results.json").read_text())
    assert kept["benchmarks"]["baseline"]["l1"]["overall"] == 0.8
    assert kept["machine"]["cores"] >= 1
    assert "cores" in (to / "results.json").read_text().splitlines()[0]
    assert sorted(path.name for path in to.iterdir()) == ["results.json", "results.md"]


@pytest.mark.parametrize(
    ("printed", "ends", "expected"),
    [
        ('{"bench": "sgd", "ok": false, "linear": {"core_ms": 5}}', 1, "aim missed"),
        ('{"bench": "sgd", "ok": true}', 0, "ok"),
        ("no figures at all", 0, "failed"),
        ("", 137, "failed"),
    ],
)
def test_a_benchmark_fails_if_it_prints_no_figures_but_not_if_it_misses_an_aim(monkeypatch, printed, ends, expected):
    code = f"import sys; print({printed!r}); sys.exit({ends})"
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda command, **more: popen([sys.executable, "-c", code], **more))
    assert everything.verdict(everything.run_one("sgd", options())) == expected


def test_options_are_passed_on_to_the_benchmarks_that_take_them(monkeypatch, tmp_path):
    asked = []
    popen = subprocess.Popen

    def start(command, **more):
        asked.append(command[3:])
        return popen([sys.executable, "-c", "print('{}')"], **more)

    monkeypatch.setattr(subprocess, "Popen", start)
    for name in ("baseline", "pages", "pen"):
        everything.run_one(name, options(mnist=tmp_path, strokes=tmp_path / "strokes"))
    handed = ["--mnist", str(tmp_path)]
    assert asked == [["baseline", *handed], ["pages"], ["pen", *handed, "--strokes", str(tmp_path / "strokes")]]
