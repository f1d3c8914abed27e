"""A chart that takes new data without being drawn anew."""

import altair as alt
import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def live_chart(chart: alt.LayerChart, description: str, place: DeltaGenerator = st) -> DeltaGenerator:
    """Show a chart that has one frame for all its layers, and return its element, so that it can be replaced.

    st.altair_chart names the data by their content, inside the specification, so that every change of the data is
    another chart: the old one goes and the new one flickers in. With the data beside a specification that stays the
    same, the browser moves the points of the chart that it has. description: the same while data move, as a new one
    makes another chart, too. place: where to put it, or the element to replace.
    """
    frame, chart = chart.data, chart.copy(deep=False)
    chart.data = alt.Undefined
    return place.vega_lite_chart(frame, chart.to_dict(validate=False), alt=description)
