"""What the Training page shows: its live numbers, curves and tables, read from a visitor's screen."""

import re

import pandas as pd
import pytest
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

from core.training.sgd import start, train_steps
from ui.state import keys


def live(visitor) -> dict[str, str]:
    """Return the live numbers by their names."""
    (table,) = (one.value for one in visitor.app.get("html") if "live-numbers" in one.value)
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", table))


def step(visitor) -> int:
    return int(live(visitor)["Step"].replace(",", ""))


def run_of(visitor):
    return visitor.app.session_state[keys.TRAINING_RUN]


def curves(visitor) -> list[pd.DataFrame]:
    """Return the data of the loss chart and of the accuracy chart."""
    return [convert_arrow_bytes_to_pandas_df(one.proto.data.data) for one in visitor.app.get("vega_lite_chart")]


def upload(visitor, content: bytes):
    visitor.app.get_by_key(keys.WEIGHTS_FILE).set_value(("w.safetensors", content, "application/octet-stream"))
    return visitor.run()


def earlier(visitor) -> pd.DataFrame:
    return visitor.table("Settings")


def assert_shows(visitor, config, hyper, steps, data):
    """See that the live numbers and curves are those of a run of so many steps."""
    after, progress = train_steps(start(config), data, config, hyper, steps)
    last, shown = progress.epochs[-1], live(visitor)
    assert (shown["Epoch"], shown["Step"]) == (f"{after.epoch:,}", f"{steps:,}")
    for name, value in (("Training loss", last.train_loss), ("Validation loss", last.valid_loss)):
        assert float(shown[name]) == pytest.approx(value, abs=2e-4)
    for name, value in (("Training accuracy", last.train_accuracy), ("Validation accuracy", last.valid_accuracy)):
        assert float(shown[name].rstrip("%")) / 100 == pytest.approx(value, abs=0.006)
    loss, accuracy = (chart.dropna() for chart in curves(visitor))
    each, valid = (loss[loss.series == name] for name in ("each step", "validation"))
    assert each.y.tolist() == pytest.approx(progress.losses, abs=1e-4)
    assert each.x.tolist() == pytest.approx(progress.positions)
    assert valid.y.tolist() == pytest.approx([epoch.valid_loss for epoch in progress.epochs], abs=1e-4)
    right = accuracy[accuracy.series == "training"]
    assert right.y.tolist() == pytest.approx([epoch.train_accuracy for epoch in progress.epochs], abs=0.006)
