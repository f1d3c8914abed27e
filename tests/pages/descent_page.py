"""What the Gradient descent page shows: its layers, tables and paths, read from a visitor's screen."""

import pandas as pd
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

from tests.pages.visitor import numbers


def layer(visitor, name, *fields) -> pd.DataFrame:
    """Return the rows of one layer of the one chart whose data have these fields."""
    frames = [convert_arrow_bytes_to_pandas_df(c.proto.data.data) for c in visitor.app.get("vega_lite_chart")]
    (found,) = (
        frame[frame.layer == name] for frame in frames if {"layer", *fields} <= {*frame} and name in {*frame.layer}
    )
    return found.reset_index(drop=True)


def path_points(visitor):
    """Return the path on the curve of one weight, from the table beneath it."""
    shown = visitor.told("ball_start")
    table = visitor.table("next step").sort_index().rename(columns={"next step": "step"})
    assert [(point["w"], point["loss"]) for point in shown["path"]] == list(zip(table.w, table.loss, strict=True))
    return table


def derivatives(visitor):
    """Return the derivative by the rule, the finite difference and autograd, as shown."""
    return [numbers(shown)[0] for shown in visitor.table("Finite difference")["Derivative"]]


def fitted(visitor):
    """Return the table of the three weights, as numbers where there are numbers."""
    return visitor.table("Partial derivative").drop(columns="By the rule").map(lambda shown: numbers(shown)[0])
