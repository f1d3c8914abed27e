"""What no code here may do: load a pickle from outside, or put text that a user has written on a page as HTML."""

import ast
import os
import pickle
from functools import cache

import pytest

from core.classifiers.training import start
from live import weights_file
from tests.test_layout import imports, modules, tree

EVERYTHING = modules("app.py", "core", "sources", "live", "ui", "pages", "tools", "bench")
# Modules and functions that can run code from the file that they load.
PICKLERS = {"pickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
LOADERS = {("torch", "load"), ("np", "load"), ("numpy", "load"), ("pd", "read_pickle"), ("pandas", "read_pickle")}
# The first talks to the worker processes of this server, over a pipe that nothing else can write to; the others use
# nothing of joblib but `cpu_count`.
ALLOWED = {
    "live/workers/worker.py": {"pickle"},
    "live/workers/worker_pool.py": {"joblib"},
    "bench/kit/report.py": {"joblib"},
}
# They write as HTML: the app's own numbers and names; names of methods, escaped; pixels; style sheets.
WRITE_HTML = {
    "ui/draw/judging.py",
    "ui/frame/sidebar.py",
    "ui/kit/printed.py",
    "ui/rates/sweep.py",
    "ui/tensors/blocks.py",
    "ui/training/live_run.py",
}


@cache
def calls(module: str) -> list[ast.Call]:
    return [node for node in ast.walk(tree(module)) if isinstance(node, ast.Call)]


def loads_pickles(call: ast.Call) -> bool:
    function = call.func
    return isinstance(function, ast.Attribute) and (ast.unparse(function.value), function.attr) in LOADERS


@pytest.mark.parametrize("module", EVERYTHING)
def test_pickles_are_loaded_only_between_the_app_and_its_own_workers(module):
    assert imports(tree(module)) & PICKLERS <= ALLOWED.get(module, set())
    assert not any(map(loads_pickles, calls(module)))


def test_a_pickle_instead_of_a_model_is_not_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "ran"),)

    path = tmp_path / weights_file.FOLDER / "stamp.safetensors"
    path.parent.mkdir()
    path.write_bytes(pickle.dumps(Bomb()))
    assert weights_file.read_cached(tmp_path, "stamp", start("linear", (3, 7)).params) is None
    assert not (tmp_path / "ran").exists()
    pickle.loads(path.read_bytes())  # a real one
    assert (tmp_path / "ran").exists()


def test_only_known_places_write_html():
    writers = {
        module
        for module in EVERYTHING
        for call in calls(module)
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("html", "iframe")
    }
    assert writers <= WRITE_HTML


@pytest.mark.parametrize("module", EVERYTHING)
def test_markdown_never_allows_html(module):
    assert not [call for call in calls(module) if "unsafe_allow_html" in [word.arg for word in call.keywords]]
