"""What the page says about good rates holds for any numbers for which it can say it."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rates.verdicts import BOUNCING, LEARNED, OVERCONFIDENT, TOO_SMALL, Verdict
from ui.rates.batch_size import what_they_say
from ui.rates.good_rates import moved
from ui.rates.sweep_words import summary

nan = math.nan
rates = st.sampled_from([0.001, 0.01, 0.1, 1.0, 10.0])
ranges = st.tuples(rates, rates).map(sorted) | st.just([nan, nan])


def row(good, **more) -> dict:
    return {"Good from": good[0], "Good up to": good[1], **more}


def of_batches(small, large, tried=(0.0003, 30.0), epochs=5) -> str:
    rows = row(small, Batch=16, **{"Steps an epoch": 50}), row(large, Batch=800, **{"Steps an epoch": 1})
    return what_they_say(*rows, tried, epochs)


@given(ranges, ranges)
def test_of_batch_sizes_it_says_larger_only_where_the_smallest_good_rate_is_larger(small, large):
    text = of_batches(small, large)
    assert "less noisy" not in text
    if math.isnan(small[0] + large[0]):
        assert "Not every batch size has a rate that learned well" in text
        return
    assert [*map(float, *re.findall(r"is ([\d.]+) and ([\d.]+), the largest", text))] == [small[0], large[0]]
    assert ("needs a larger rate" in text) == (large[0] > small[0])
    assert ("needs no larger rate" in text) == (large[0] <= small[0])
    assert ("has not grown with it" in text) == (large[0] > small[0] and large[1] <= small[1])


def test_of_batch_sizes_it_says_nothing_that_the_ends_of_the_range_hide():
    text = of_batches([0.001, 1.0], [0.001, 0.1], (0.001, 10.0))
    assert text.endswith("Both learn well from the smallest rate tried: try smaller ones.")
    text = of_batches([0.0001, 1.0], [0.0001, 0.1], (0.0001, 10.0))  # there is no smaller one
    assert text.endswith("Both learn well from the smallest rate tried. Try fewer epochs, so that steps are scarce.")
    assert "has not grown" not in of_batches([0.001, 10.0], [0.01, 10.0], (0.001, 10.0))
    assert "has not grown" in of_batches([0.001, 10.0], [0.01, 1.0], (0.001, 10.0))


@given(ranges, ranges, st.sampled_from([0.0001, 0.001]))
def test_of_batch_sizes_it_asks_for_fewer_epochs_only_where_there_are_fewer(small, large, lowest):
    assert "fewer epochs," not in of_batches(small, large, (lowest, 10.0), 1)
    assert "needs no larger rate" in of_batches([0.01, 1.0], [0.01, 1.0], (lowest, 10.0), 1)


def test_of_batch_sizes_it_says_how_many_steps_an_epoch_has():
    assert "A batch of 16 takes 50 steps an epoch, one of 800 takes 1." in of_batches([1, 2], [2, 4])


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ([TOO_SMALL, LEARNED, BOUNCING], "Best: 0.2**, with a validation loss of 0.1000. Only this one learned well."),
        ([LEARNED, OVERCONFIDENT, BOUNCING], "Only 0.1 learned well."),
        ([TOO_SMALL, TOO_SMALL, BOUNCING], "None has learned well yet."),
    ],
)
def test_the_only_rate_that_learned_well_need_not_be_the_best(kinds, said):
    text = summary([0.1, 0.2, 0.4], [Verdict(kind) for kind in kinds], 1, 0.1)
    assert said in text
    assert ("this one" in text) == (kinds[1] == LEARNED)


@given(ranges, ranges)
def test_of_optimisers_it_says_how_both_ends_of_the_good_rates_have_moved(before, now):
    text = moved("SGD", row(before), "Adam", row(now))
    if math.isnan(before[0] + now[0]):
        assert text == "Not both SGD and Adam have a rate that learned well."
        return
    inside = before[0] <= now[0] and now[1] <= before[1]
    around = now[0] <= before[0] and before[1] <= now[1]
    said = {
        "smaller": now[0] < before[0] and now[1] < before[1],
        "larger": now[0] > before[0] and now[1] > before[1],
        "the same rates are good": inside and around,
        "reach further": around and not inside,
        "among those": inside and not around,
    }
    assert {words for words in said if words in text} == {words for words, so in said.items() if so}
    assert len([so for so in said.values() if so]) == 1


def test_the_ends_are_written_as_they_are():
    text = moved("SGD", row([0.001, 10.0]), "Adam", row([0.1, 0.1]))
    assert text.startswith("**SGD** learned well from 0.001 to 10, **Adam** from 0.1 to 0.1: ")
