"""What is said about how far a drawing can be pushed."""

import pytest

from core.drawing.transform import UNCHANGED
from ui.draw.live.push import FIELDS, PUSHES, said
from ui.state.settings import SETTINGS


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        (-45, 45, "Says 3 all the way."),
        (0, 0, "Says 3 only where it is not pushed."),
        (-45, 12, "Says 3 up to 12°."),
        (-9, 45, "Says 3 from −9° on."),
        (-9, 12, "Says 3 from −9 to 12°."),
    ],
)
def test_the_sentence_says_from_where_to_where_an_answer_is_kept(first, last, sentence):
    assert said(PUSHES["turn"], 3, first, last) == sentence


@pytest.mark.parametrize("name", PUSHES)
def test_a_slider_holds_no_push_at_all_and_only_values_that_a_link_can_carry(name):
    values = PUSHES[name].values
    assert getattr(UNCHANGED, FIELDS[name]) in values
    assert [SETTINGS[name].parse([f"{value:g}"]) for value in values if value != 1 or name != "scale"] == [
        value for value in values if value != 1 or name != "scale"
    ]
