"""An image as a pandas DataFrame whose cells hold the pixels' numbers and are shaded by them."""

from pathlib import Path

import pandas as pd
import streamlit as st
from torch import Tensor

from ui.component import component
from ui.kit.live_slider import NEWEST
from ui.kit.pixel_picker.pixel_picker import pick, read_move
from ui.state import keys, session

# With 28 columns, a table of st.dataframe or st.table is wider than a laptop's screen.
HTML = '<div class="pixels-box" tabindex="0" role="application"></div>'
_component = component(Path(__file__).with_suffix(".js"), HTML, NEWEST)


def pixel_frame(image: Tensor, crop: tuple[slice, slice]) -> pd.DataFrame:
    """Return the pixels of a crop, labelled by their row and column in the whole image."""
    rows, columns = (range(part.start, part.stop) for part in crop)
    return pd.DataFrame(image[crop].numpy(), rows, columns)


def pixel_table(frame: pd.DataFrame, width: int, picked: tuple[int, int]) -> None:
    """Show a crop as a shaded table; a click on a cell picks its pixel, arrow keys go to another.

    width: pixels in a row of the whole image; picked: (row, column) to mark.
    """
    key, seen = keys.HEATMAP, keys.MOVED + keys.HEATMAP

    def moved() -> None:
        place, _, st.session_state[seen], _ = read_move(session.came_with(key, "move"))
        if place and place[0] in frame.index and place[1] in frame.columns:  # that of a late click may not be
            pick(*place)

    data = {
        "table": _table(frame.to_numpy().tobytes(), [*frame.index], [*frame.columns], frame, width),
        "columns": len(frame.columns) + 1,
        "first": [int(frame.index[0]), int(frame.columns[0])],
        "last": [int(frame.index[-1]), int(frame.columns[-1])],
        "picked": picked,
        "number": st.session_state.get(seen, 0),
    }
    _component(key=key, data=[data], on_move_change=moved)


@st.cache_data(max_entries=500, show_spinner=False)
def _table(pixels: bytes, rows: list[int], columns: list[int], _frame: pd.DataFrame, width: int) -> str:
    """Write the table as HTML. pixels, rows, columns: the content of the frame, as the key of the cache."""
    tips = [[f"row {r}, column {c}: {_frame.at[r, c]}, place {r * width + c}" for c in _frame] for r in _frame.index]
    styler = (
        _frame.style.background_gradient("Greys", vmin=0, vmax=255, axis=None, text_color_threshold=0.18)
        .set_tooltips(pd.DataFrame(tips, _frame.index, _frame.columns), as_title_attribute=True)
        .set_uuid("pixels")
        .set_table_attributes('class="pixels" aria-label="The values of the pixels"')
    )
    return styler.to_html()
