"""The colours of the map of the edge of learning, and its PNG file."""

import io

import numpy as np
from PIL import Image

from ui.rates.edge.picture import HALF, PNG_SIDE, palette, png, shades

PICTURE = np.array([[-5.0, -50.0], [5.0, 50.0]])  # by row from the bottom: fast and slow, converged and apart


def test_the_sooner_a_run_ends_the_brighter_it_is_and_the_two_ends_are_blue_and_orange():
    fast, slow, fast_apart, slow_apart = palette()[shades(PICTURE)].reshape(4, 3).astype(int)
    assert fast.sum() > slow.sum()
    assert fast_apart.sum() > slow_apart.sum()
    for colour in palette().astype(int)[:HALF]:
        assert colour[2] > colour[0]
    for colour in palette().astype(int)[HALF:]:
        assert colour[0] > colour[2]


def test_runs_that_differ_by_a_rounding_error_have_the_same_shade():
    assert len(np.unique(shades(np.array([[-7.0, -7.0 - 1e-12], [-7.0 + 1e-13, -7.0]])))) == 1


def test_the_file_has_the_smallest_rates_at_its_lower_left():
    pixels = np.asarray(Image.open(io.BytesIO(png(PICTURE))))
    assert pixels.shape == (PNG_SIDE, PNG_SIDE, 3)
    corners = pixels[[-1, -1, 0, 0], [0, -1, 0, -1]]
    np.testing.assert_array_equal(corners, palette()[shades(PICTURE)].reshape(4, 3))
