"""Sliders by touch. Seen in Streamlit 1.67; no upstream issue found. Report: docs/upstream/slider-touch.md.

Streamlit's sliders take the first touch of their track for a choice, and keep the page from scrolling there: scrolling
past a slider changes its value.
"""

from pathlib import Path

import streamlit as st

# Vertical movements scroll the page, horizontal ones move the slider.
STYLE = """<style>
[data-testid="stSlider"] [role="group"] * {touch-action: pan-y !important}
</style>"""

_component = st.components.v2.component(
    "three_or_seven.sliders", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def apply() -> None:
    """Have sliders on this page wait until a finger shows whether it scrolls, slides or taps. It shows nothing."""
    st.html(STYLE)
    _component()
