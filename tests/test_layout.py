"""The rules of the layout: imports run one way, no state is shared by accident, and ui/state.py names every key."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from ui.state import settings

ROOT = Path(__file__).parents[1]
OURS = {"app", "core", "sources", "ui", "pages", "tests", "bench", "tools"}
SCREEN = {"streamlit", "altair", "pandas", "streamlit_drawable_canvas"}


def modules(*places: str) -> list[str]:
    """Return the Python files of folders, or single files, as paths from the root."""
    files = [
        path for place in places for path in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
    ]
    return sorted(path.relative_to(ROOT).as_posix() for path in files)


def tree(module: str) -> ast.Module:
    return ast.parse((ROOT / module).read_text(encoding="utf-8"), module)


def imports(code: ast.AST) -> set[str]:
    """Return the first part of every name that is imported anywhere in the code, also within functions."""
    found = set()
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("relative" if node.level else node.module.split(".")[0])
    return found


def in_a_new_process(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout


# Imports


def test_the_folders_are_where_this_file_looks_for_them():
    for folder in ("core", "sources", "ui", "pages"):
        assert len(modules(folder)) > 2
    assert modules("app.py") == ["app.py"]


@pytest.mark.parametrize("module", modules("core"))
def test_core_imports_nothing_but_torch_numpy_pillow_and_the_standard_library(module):
    assert imports(tree(module)) <= {"core", "torch", "numpy", "PIL"} | sys.stdlib_module_names


@pytest.mark.parametrize("module", modules("sources"))
def test_sources_import_core_but_nothing_that_draws_on_the_screen(module):
    assert imports(tree(module)) & OURS <= {"core", "sources"}
    assert not imports(tree(module)) & SCREEN


@pytest.mark.parametrize("module", modules("ui"))
def test_ui_imports_core_and_sources_but_no_page(module):
    assert imports(tree(module)) & OURS <= {"core", "sources", "ui"}


@pytest.mark.parametrize("module", modules("pages"))
def test_pages_import_core_sources_and_ui_but_never_each_other(module):
    assert imports(tree(module)) & OURS <= {"core", "sources", "ui"}


def test_the_app_itself_imports_ui_alone():
    assert imports(tree("app.py")) & OURS == {"ui"}


@pytest.mark.parametrize("module", modules("core", "sources", "ui", "pages", "app.py"))
def test_imports_are_absolute_so_that_these_rules_see_them(module):
    assert "relative" not in imports(tree(module))


def test_charts_are_made_without_streamlit():
    assert "streamlit" not in imports(tree("ui/charts.py"))


def names_of(modules: list[str]) -> list[str]:
    return [module.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for module in modules]


@pytest.mark.parametrize("folder", ["core", "sources"])
def test_importing_core_or_sources_brings_in_nothing_that_draws_on_the_screen(folder):
    names = names_of(modules(folder))
    loaded = in_a_new_process(f"import {', '.join(names)}, sys; print(*sys.modules)").split()
    assert set(names) <= set(loaded)
    assert not set(loaded) & SCREEN


def test_the_app_starts_without_the_dependencies_of_unpacking():
    loaded = in_a_new_process("import ui.data, sys; print(*sys.modules)").split()
    assert "sources.builtin" in loaded
    assert "mlxtend" not in loaded  # takes a second, and is needed once


# State that all sessions would share

GROWS = {"append", "extend", "insert", "add", "update", "setdefault", "pop", "popitem", "remove", "discard", "clear"}


def is_empty(value: ast.expr | None) -> bool:
    """Say whether an expression makes an empty list, dict or set, which is of no use unless it is filled later."""
    match value:
        case ast.List(elts=[]) | ast.Dict(keys=[]):
            return True
        case ast.Call(func=ast.Name(id="list" | "dict" | "set" | "deque" | "Counter"), args=[], keywords=[]):
            return True
        case ast.Call(func=ast.Name(id="defaultdict")):
            return True
    return False


def shared_state(code: ast.Module) -> list[str]:
    """Return what a module that is imported, and so shared by all sessions, would change while the app runs."""
    names, found = set(), []
    for node in code.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            names |= {name.id for name in ast.walk(target) if isinstance(name, ast.Name)}
            if is_empty(node.value):
                found.append(f"line {node.lineno}: an empty container")
    functions = [
        node for node in ast.walk(code) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    ]
    for node in (inner for function in functions for inner in ast.walk(function)):
        match node:
            case ast.Global():
                found.append(f"line {node.lineno}: global {', '.join(node.names)}")
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()) if name in names:
                found.append(f"line {node.lineno}: {name}[...] is written")
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if (
                name in names and method in GROWS
            ):
                found.append(f"line {node.lineno}: {name}.{method}()")
    return found


@pytest.mark.parametrize("module", modules("core", "sources", "ui"))
def test_no_imported_module_keeps_state_of_its_own(module):
    assert shared_state(tree(module)) == []


@pytest.mark.parametrize("module", modules("pages", "app.py"))
def test_no_page_changes_a_global(module):
    # A page's own names are its session's alone, since Streamlit runs the file anew: only `global` is a bad sign.
    assert not [node for node in ast.walk(tree(module)) if isinstance(node, ast.Global)]


@pytest.mark.parametrize(
    ("code", "finds"),
    [
        ("CACHE = {}", 1),
        ("SEEN: set[int] = set()", 1),
        ("def f():\n    global count\n    count = 1", 1),
        ("NAMES = {'a': 1}\ndef f():\n    NAMES['b'] = 2", 1),
        ("NAMES = ['a']\ndef f():\n    NAMES.append('b')", 1),
        ("NAMES = {'a': 1}\ndef f():\n    return NAMES['a']", 0),
        ("def f():\n    names = []\n    names.append('a')\n    return names", 0),
    ],
)
def test_the_search_for_shared_state_finds_what_it_should(code, finds):
    assert len(shared_state(ast.parse(code))) == finds


# Session keys

KNOWN = {
    *settings.SETTINGS,
    *(value for name, value in vars(settings).items() if name.isupper() and isinstance(value, str)),
}
PREFIXES = tuple(key for key in KNOWN if key.endswith("_"))
NO_STATE = {"container", "button"}  # their keys only tell them apart: neither has a value that is kept


def is_session_state(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "session_state"


def session_keys(code: ast.Module) -> set[str]:
    """Return every session key that is written out: in st.session_state, as a widget's key=, or as a setting's name."""
    found = []
    for node in ast.walk(code):
        match node:
            case ast.Subscript(value=value, slice=key) if is_session_state(value):
                found.append(key)
            case ast.Compare(left=key, comparators=[value]) if is_session_state(value):
                found.append(key)
            case ast.Attribute(value=value, attr=name) if is_session_state(value) and name not in dir(dict):
                found.append(ast.Constant(name))
            case ast.Call(func=ast.Attribute(value=value), args=[key, *_]) if is_session_state(value):
                found.append(key)
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="state"), attr="bound" | "bound_digit" | "value"), args=[key, *_]
            ):
                found.append(key)
            case ast.Call(func=ast.Attribute(attr=widget) | ast.Name(id=widget), keywords=keywords) if (
                widget not in NO_STATE
            ):
                found += [keyword.value for keyword in keywords if keyword.arg == "key"]
    found = [key.values[0] if isinstance(key, ast.JoinedStr) else key for key in found]
    return {key.value for key in found if isinstance(key, ast.Constant)}


@pytest.mark.parametrize("module", modules("pages", "ui", "app.py"))
def test_every_session_key_is_named_in_the_one_place_for_them(module):
    keys = session_keys(tree(module))
    assert {key for key in keys if key not in KNOWN and not key.startswith(PREFIXES)} == set()


def test_the_search_for_session_keys_finds_each_way_to_write_one():
    code = """
st.session_state["a"] = st.session_state.get("b")
st.session_state.setdefault("c", 1), "d" in st.session_state, st.session_state.e
st.toggle("Go", key="f"), st_canvas(key="k")
st.slider("Rate", **state.bound("g")), state.value("h"), state.bound_digit("i", digits, 3)
st.toggle("Go", key=f"j_{number}")
st.container(key="not state"), st.button("Go", key="not state")
st.session_state[state.NAMED], st.toggle("Go", key=state.NAMED)
"""
    assert session_keys(ast.parse(code)) == {*"abcdefghik", "j_"}


def test_the_search_finds_the_keys_that_pages_do_use():
    assert "whole" in session_keys(tree("pages/pixels.py"))
    assert "pixel_row" in session_keys(tree("ui/pixel.py"))
    assert "split" in session_keys(tree("ui/specimen.py"))


def test_no_two_names_stand_for_one_session_key():
    keys = [value for name, value in vars(settings).items() if name.isupper() and isinstance(value, str)]
    assert len(keys) == len(set(keys))
    assert not set(keys) & set(settings.SETTINGS)
