"""A chart whose data can change without the whole chart being drawn again."""

import altair as alt
import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def live_chart(chart: alt.LayerChart, description: str, place: DeltaGenerator = st) -> DeltaGenerator:
    """Show a chart whose layers share one frame, and return its element, so that it can be replaced.

    st.altair_chart puts a hash of the data into the specification: every change of the data makes a new chart, which
    flickers. Here the data are sent beside a specification that stays the same, and the browser updates its chart.
    description: stays the same while the data change, since a new one makes a new chart, too.
    place: where to put the chart, or the element to replace.
    """
    frame, chart = chart.data, chart.copy(deep=False)
    chart.data = alt.Undefined
    return place.vega_lite_chart(frame, chart.to_dict(validate=False), alt=description)
