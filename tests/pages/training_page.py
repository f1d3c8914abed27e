"""What the Training page shows: its live numbers, curves and tables, read from a visitor's screen."""

import numpy as np
import pandas as pd
import pytest
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

from core.training.sgd import start, train_steps
from ui.live_view.message import unpack
from ui.state import keys

FLAT_OUT = {"pace": "Flat out"}  # else the browser says how many steps are taken


def message(visitor) -> tuple[dict, dict[str, np.ndarray]]:
    """Return what the live view would be sent now: the header, and the arrays by name."""
    return unpack(visitor.app.session_state[keys.FEED].write(None))


def live(visitor) -> dict[str, str]:
    """Return the live numbers by their names, as the view writes them."""
    header, _ = message(visitor)
    last = header["last"] or {}
    shown = {"Epoch": f"{header['epoch']:,}", "Step": f"{header['at_step']:,}", "Rate in use": header["rate"] or "–"}
    shown["Digits a second"] = f"{header['speed']:,.0f}" if header["speed"] else "–"
    for name, key, form in (("loss", "loss", "{:.4f}"), ("accuracy", "accuracy", "{:.1%}")):
        for of, short in (("Training", "train"), ("Validation", "valid")):
            shown[f"{of} {name}"] = form.format(last[f"{short}_{key}"]) if last else "–"
    return shown


def step(visitor) -> int:
    return int(live(visitor)["Step"].replace(",", ""))


def watch(visitor):
    """Wait for a chunk, as the answer to a live view does, and let the page run again."""
    assert run_of(visitor).advance(60)
    return visitor.run()


def run_of(visitor):
    return visitor.app.session_state[keys.TRAINING_RUN]


def curves(visitor) -> list[pd.DataFrame]:
    """Return the data of the loss chart and of the accuracy chart."""
    if not visitor.app.get("vega_lite_chart"):
        visitor.open_drawer("As charts to keep")
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
