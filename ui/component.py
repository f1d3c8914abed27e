"""Parts of a page that the app brings to the browser itself: HTML, CSS and a script, in files of one name."""

from pathlib import Path

import streamlit as st


def component(script: Path, html: str | None = None, before: str = "", isolate_styles: bool = True):
    """Return a component whose script is in a file; its CSS, and its HTML if none is given, are in those beside it.

    before: another script, which comes first. isolate_styles: whether its CSS and that of the page stay apart.
    """

    def beside(suffix: str) -> str | None:
        file = script.with_suffix(suffix)
        return file.read_text(encoding="utf-8") if file.exists() else None

    return st.components.v2.component(
        "three_or_seven." + "_".join(script.with_suffix("").relative_to(Path(__file__).parent).parts),
        html=html or beside(".html"),
        css=beside(".css"),
        js=before + script.read_text(encoding="utf-8"),
        isolate_styles=isolate_styles,
    )
