"""What is said about the pixels that change a mind."""

import pytest

from ui.draw.live.change_of_mind import sentence


@pytest.mark.parametrize(
    ("painted", "rubbed", "said"),
    [
        (1, 0, "Paint 1 pixel"),
        (7, 0, "Paint 7 pixels"),
        (0, 1, "Rub out 1 pixel"),
        (0, 12, "Rub out 12 pixels"),
        (1, 4, "Paint 1 pixel and rub out 4"),
    ],
)
def test_the_sentence_counts_what_is_painted_and_what_is_rubbed_out(painted, rubbed, said):
    assert sentence(painted, rubbed) == said
