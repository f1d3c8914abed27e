"""What no code here may do: load a pickle that comes from elsewhere, or put a text of a person on a page as HTML."""

import ast
import os
import pickle

import pytest

from core.classifiers.training import start
from live import weights_file
from tests.test_layout import imports, modules, tree

EVERYTHING = modules("app.py", "core", "sources", "live", "ui", "pages", "tools", "bench")
# Whose `load` runs what stands in the file, or is made of such a one.
PICKLERS = {"pickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
LOADERS = {("torch", "load"), ("np", "load"), ("numpy", "load"), ("pd", "read_pickle"), ("pandas", "read_pickle")}
# The first speaks with the worker processes of this server, over a pipe that nobody else can write to; the second takes
# nothing but `cpu_count` from joblib.
ALLOWED = {"live/worker.py": {"pickle"}, "live/workers.py": {"joblib"}}
# What they write as HTML: numbers and names of the app's own; the names of methods, escaped; pixels; style sheets.
WRITE_HTML = {"ui/live_run.py", "ui/lab_sweep.py", "pages/draw.py", "ui/heatmap.py", "ui/sidebar.py", "ui/sliders.py"}


def calls(module: str) -> list[ast.Call]:
    return [node for node in ast.walk(tree(module)) if isinstance(node, ast.Call)]


def loads_pickles(call: ast.Call) -> bool:
    function = call.func
    return isinstance(function, ast.Attribute) and (ast.unparse(function.value), function.attr) in LOADERS


@pytest.mark.parametrize("module", EVERYTHING)
def test_no_pickle_is_loaded_but_between_the_app_and_its_own_workers(module):
    assert imports(tree(module)) & PICKLERS <= ALLOWED.get(module, set())
    assert not any(map(loads_pickles, calls(module)))


def test_a_pickle_in_the_place_of_a_model_is_not_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "it went off"),)

    path = tmp_path / weights_file.FOLDER / "stamp.safetensors"
    path.parent.mkdir()
    path.write_bytes(pickle.dumps(Bomb()))
    assert weights_file.read(tmp_path, "stamp", start("linear", (3, 7)).params) is None
    assert not (tmp_path / "it went off").exists()
    pickle.loads(path.read_bytes())  # it is a real one
    assert (tmp_path / "it went off").exists()


def test_only_known_places_write_html():
    writers = {
        module
        for module in EVERYTHING
        for call in calls(module)
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("html", "iframe")
    }
    assert writers <= WRITE_HTML


@pytest.mark.parametrize("module", EVERYTHING)
def test_markdown_is_never_allowed_to_hold_html(module):
    assert not [call for call in calls(module) if "unsafe_allow_html" in [word.arg for word in call.keywords]]
