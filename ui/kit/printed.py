"""What Python prints, with a number of it marked or an error in red: st.code can do neither."""

import re
from html import escape

import streamlit as st

STYLE = """<style>
.printed {margin: 0; padding: .6rem 1rem; overflow-x: auto; border-radius: .5rem; font-size: .85rem; line-height: 1.35;
  background: color-mix(in srgb, currentColor 6%, transparent)}
.printed mark {color: inherit; background: none; outline: 2px solid #e07b00; border-radius: 2px}
.printed b {font-weight: 400; white-space: pre-wrap; color: color-mix(in srgb, #e5312b 82%, currentColor)}
</style>"""


def printed(command: str, answer: str, marked: int | None = None) -> None:
    """Show a command and its answer. marked: which of the whole numbers in the answer to mark."""
    shown = escape(answer)
    if marked is not None:
        found = list(re.finditer(r"\d+", shown))[marked]
        shown = f"{shown[: found.start()]}<mark>{found.group()}</mark>{shown[found.end() :]}"
    _show(command, shown)


def raised(command: str, error: Exception) -> None:
    """Show a command and the error that it raised."""
    _show(command, f"<b>{escape(f'{type(error).__name__}: {error}')}</b>")


def _show(command: str, answer: str) -> None:
    st.html(f'{STYLE}<pre class="printed" tabindex="0">&gt;&gt;&gt; {escape(command)}\n{answer}</pre>')
