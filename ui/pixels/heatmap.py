"""An image as a pandas DataFrame whose cells hold the pixels' numbers and are shaded by them."""

import pandas as pd
import streamlit as st
from torch import Tensor

# Cells are square and their numbers grow with the screen; on a phone the table scrolls sideways within its own box.
# With 28 columns, a table of st.dataframe or st.table is wider than a laptop's screen.
STYLE = """<style>
.pixels-box {container-type: inline-size; overflow-x: auto; max-width: min(62rem, calc(var(--columns) * 2.75rem))}
.pixels {border-collapse: collapse; table-layout: fixed; width: 100%; min-width: calc(var(--columns) * 1.55rem);
  font: 500 clamp(9.5px, calc(100cqw / var(--columns) * 0.42), 17px)/1 system-ui, sans-serif;
  font-variant-numeric: tabular-nums}
.pixels td, .pixels th {padding: 0; text-align: center; border: 0; overflow: hidden; vertical-align: middle;
  height: max(1.4rem, calc(min(100cqw, 62rem) / var(--columns)))}
.pixels th {font-weight: 400; opacity: .65; background: none}
.pixels td:hover {outline: 2px solid #0b6bb5; outline-offset: -2px}
.pixels td.picked {outline: 3px solid #e07b00; outline-offset: -3px}
</style>"""


def pixel_frame(image: Tensor, rows: tuple[int, int], columns: tuple[int, int]) -> pd.DataFrame:
    """Return the pixels of a crop, labelled by their row and column in the whole image."""
    (top, bottom), (left, right) = rows, columns
    return pd.DataFrame(image[top:bottom, left:right].numpy(), index=range(top, bottom), columns=range(left, right))


def pixel_table(frame: pd.DataFrame, width: int, picked: tuple[int, int] | None = None) -> None:
    """Show a crop as a shaded table. width: pixels in a row of the whole image; picked: (row, column) to mark."""
    st.html(STYLE + _table(frame.to_numpy().tobytes(), [*frame.index], [*frame.columns], frame, width, picked))


@st.cache_data(max_entries=500, show_spinner=False)
def _table(
    pixels: bytes, rows: list[int], columns: list[int], _frame: pd.DataFrame, width: int, picked: tuple[int, int] | None
) -> str:
    """Write the table as HTML. pixels, rows, columns: the content of the frame, as the key of the cache."""
    tips = [[f"row {r}, column {c}: {_frame.at[r, c]}, place {r * width + c}" for c in _frame] for r in _frame.index]
    styler = (
        _frame.style.background_gradient("Greys", vmin=0, vmax=255, axis=None, text_color_threshold=0.18)
        .set_tooltips(pd.DataFrame(tips, _frame.index, _frame.columns), as_title_attribute=True)
        .set_uuid("pixels")
        .set_table_attributes('class="pixels" aria-label="The values of the pixels"')
    )
    if picked and picked[0] in _frame.index and picked[1] in _frame.columns:
        marks = pd.DataFrame("", _frame.index, _frame.columns)
        marks.loc[picked] = "picked"
        styler = styler.set_td_classes(marks)
    return f'<div class="pixels-box" style="--columns: {len(_frame.columns) + 1}">{styler.to_html()}</div>'
