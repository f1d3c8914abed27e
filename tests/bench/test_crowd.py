"""The benchmark of a crowd: what its links ask for, who leaves, and how the longest call is found."""

from itertools import cycle, islice

import pytest

from bench.crowd import PAGES, largest_things, longest_calls
from tests.bench.test_command import ROOT
from ui.state.settings import SETTINGS

THINGS = largest_things(14_000, ["own-0123456789abcdef", "own-0123456789abcdf0", "own-0123456789abcdf1"])


def test_the_visitor_opens_every_page_and_stays_on_training():
    assert {*PAGES} == {path.stem for path in ROOT.glob("pages/*.py")}
    assert PAGES[-1] == "training"


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: f"{thing.page} {thing.settings.get('experiment', '')}")
def test_every_setting_of_a_link_is_understood(thing):
    assert thing.page in PAGES
    for name, value in thing.settings.items():
        texts = [str(one) for one in (value if isinstance(value, list) else [value])]
        if name != "dataset":  # which must be there to be understood
            SETTINGS[name].parse(texts)


@pytest.mark.parametrize(
    ("page", "experiment"), [("learning_rates", None), ("learning_rates", "3 The valley"), ("draw", None)]
)
def test_of_twenty_some_leave_the_sweep_the_valley_and_draw(page, experiment):
    left = list(islice(cycle(THINGS), 20))[2::3]
    assert any(thing.page == page and thing.settings.get("experiment") == experiment for thing in left)


def test_the_longest_call_of_each_function_is_found_in_the_log_without_the_start_of_a_worker():
    log = """
      You can now view your Streamlit app in your browser.
    warm_up held a worker for 5.94 s, of which it computed for 2.00 s.
    sweep_steps held a worker for 1.20 s, of which it computed for 0.26 s.
    2026-01-01 12:00:00.000 train_steps held a worker for 0.31 s, of which it computed for 0.10 s.
    sweep_steps held a worker for 2.75 s, of which it computed for 0.10 s.
    """
    assert longest_calls(log) == {"sweep_steps": (2.75, 0.26), "train_steps": (0.31, 0.10)}
    assert longest_calls("") == {}
