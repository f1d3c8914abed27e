"""The code drawer: the source of the functions that a page calls."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path

import streamlit as st

from ui.seat.classes import hides
from ui.state import keys

ROOT = Path(__file__).parents[2]


def code_drawer(*functions) -> None:
    """Show the source of each function, read from the file that runs, while the drawer is open."""
    if hides("code"):
        return
    drawer = st.expander("Code", icon=":material/code:", on_change="rerun", key=keys.CODE)
    if not drawer.open:
        return
    with drawer:
        st.caption("The functions that this page has just called, read from the files that ran.")
        for function in map(inspect.unwrap, functions):  # a decorator may come from another file
            file = Path(inspect.getsourcefile(function)).relative_to(ROOT)
            lines, first = inspect.getsourcelines(function)
            st.caption(f"`{file.as_posix()}`, line {first}")
            if used := constants(function):
                st.caption(f"It uses {', '.join(f'`{one}`' for one in used)}.")
            st.code("".join(lines), language="python", wrap_lines=True)


@cache
def constants(function: Callable) -> list[str]:
    """Return the assignments of the constants of this project that a function uses, in the order of their use."""
    names = dict.fromkeys(node.id for node in ast.walk(_parsed(function)) if isinstance(node, ast.Name))
    found = (_assignment(function.__module__, name) for name in names if name.isupper())
    return [one for one in found if one]


def _parsed(of: object) -> ast.Module:
    return ast.parse(textwrap.dedent(inspect.getsource(of)))


def _assignment(module: str, name: str) -> str | None:
    """Return the line that gives a constant its value, in the module that uses it or in that where it comes from."""
    for node in _parsed(sys.modules[module]).body:
        if isinstance(node, ast.Assign) and any(getattr(target, "id", None) == name for target in node.targets):
            return ast.unparse(node)
        imported = isinstance(node, ast.ImportFrom) and name in (one.name for one in node.names)
        if imported and Path(getattr(sys.modules[node.module], "__file__", None) or "/").is_relative_to(ROOT):
            return _assignment(node.module, name)
    return None
