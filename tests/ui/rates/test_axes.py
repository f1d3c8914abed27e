"""The axes of the charts on Learning rates say their scale."""

import json
import re

import pandas as pd
import pytest

from ui.rates import charts, sweep_charts

LOSSES = pd.DataFrame({"layer": ["smoothed"], "loss": [1.0], "rate": [0.1], "length": [0.1]})
CHARTS = {
    "range test": lambda: charts.lr_range_test(LOSSES, (0.01, 1)).to_json(),
    "valley": lambda: charts.valley(LOSSES, (0, 1), (0, 1)).to_json(),
    "path": lambda: charts.path_map(LOSSES, (0, 1), (0, 1)).to_json(),
    "batch sizes": lambda: charts.batch_lines(LOSSES, (0.01, 1), ["16"], 1.0).to_json(),
    "heat": lambda: json.dumps(sweep_charts.heat((0.01, 1), 5, 1.0)),
    "two": lambda: json.dumps(sweep_charts.two((0.01, 1), ("first", "last"), 1.0)),
}


@pytest.mark.parametrize("name", CHARTS)
def test_every_axis_of_a_rate_or_a_loss_says_whether_it_is_linear_or_logarithmic(name):
    found = re.findall(r'"scale": (\{[^{}]*\}),\s*"title": "([^"]+)"', CHARTS[name]())
    assert found
    for scale, title in found:
        if title in ("Epoch", "Batch size"):
            continue
        assert title.endswith(f", {'log' if json.loads(scale).get('type') == 'log' else 'linear'} scale")
