"""Move every widget of a page, whatever it is."""

import itertools

from core.dataset import SPLITS

WIDGETS = ("button_group", "number_input", "slider", "select_slider", "selectbox", "text_input", "toggle")
OPTIONS = [*range(10), *itertools.product(range(10), repeat=2), *SPLITS, "mistakes"]  # those that are no texts


def another(widget):
    """Return a value to which this widget can be moved, other than its own."""
    now = widget.value
    match type(widget).__name__:
        case "Toggle":
            return not now
        case "TextInput":
            return "5, 1"
        case "NumberInput":
            return now + 1
        case "Slider" if isinstance(now, tuple | list):
            return int(widget.min), int(widget.max)
        case "Slider":
            return type(now)(widget.min if now != widget.min else widget.max)
    if now is None or now in widget.options:
        return next(option for option in widget.options if option != now)
    # The others show their options as texts, and want the option itself.
    options = {_text(widget, option): option for option in OPTIONS}
    return next(options[text] for text in widget.options if options[text] != now)


def _text(widget, option) -> str | None:
    try:
        return str(widget.format_func(option))
    except (KeyError, TypeError):
        return None  # it is no option of this widget


def move_everything(visitor) -> dict[str, object]:
    """Move each widget of the page, one after the other, without a warning; return what each was moved to."""
    if "condition" in [one.key for one in visitor.app.selectbox]:
        visitor.set(condition="files larger than")  # "every file" has no size to move
    moves = {}
    for name in visitor.live_sliders:
        first, *_, last = visitor.options(name)
        moves[name] = (first, last) if isinstance(visitor.value(name), tuple) else first
        visitor.set(**{name: moves[name]})
        assert visitor.value(name) == moves[name]
    keys = [widget.key for kind in WIDGETS for widget in visitor.app.get(kind) if widget.key != "digits"]
    several = [key for key in keys if len(getattr(visitor.app.get_by_key(key), "options", "ab")) > 1]
    for key in sorted(several, key="way".__eq__):  # which goes last: another way to bring a digit has no pen
        moves[key] = another(visitor.app.get_by_key(key))
        visitor.set(**{key: moves[key]})
        assert visitor.value(key) == moves[key]
        assert visitor.said("warning") == []
    return moves
