"""What the canvas lacks: a pen that is moved by keys, Ctrl+Z, and strokes that are sent when the pen is lifted."""

from pathlib import Path

from ui.component import component
from ui.state import keys

KEYS = "Paper. The arrow keys move the pen, with Shift by less. Space puts it down and lifts it."

HTML = f'<div class="pen-pad" tabindex="0" role="application" aria-label="{KEYS}"><i></i></div>'
_component = component(Path(__file__).with_suffix(".js"), HTML, isolate_styles=False)


def show_pen() -> None:
    """Lay the pen over the canvas that is in the same container, whose key is "paper_and_pen"."""
    _component(key=keys.PEN)
