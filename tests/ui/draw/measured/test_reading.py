"""The page says how often each method knows a redrawn digit, from what was counted."""

from ui.draw.measured.reading import sentence


def test_shares_are_those_of_the_counts_and_only_a_full_one_is_100_percent():
    said = sentence({"L1": (0, 2000), "L2": (1875, 2000), "Convolution": (1999, 2000), "Linear": (2000, 2000)})
    assert "Of 2,000 validation images" in said
    assert said.endswith("the methods know: L1 **0.0%**, L2 **93.8%**, Convolution **99.9%**, Linear **100.0%**.")


def test_one_image_is_not_several():
    assert "Of 1 validation image, warped" in sentence({"L1": (1, 1)})
