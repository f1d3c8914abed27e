"""The README's pictures can be taken: what is to be seen is on the pages, and a file is whole or not there."""

import numpy as np
import pytest
from PIL import Image

from tools import pictures


@pytest.mark.parametrize("name", ["home", "distance"])  # two that are quick: `make pictures` takes them all
def test_what_a_picture_is_to_show_is_on_its_page(visitors, app, name):
    (picture,) = pictures.take(visitors(app.url, viewport=pictures.WINDOW).page, app.url, pictures.SHOTS[name])
    assert 800 < picture.width <= 1280
    assert 400 < picture.height < 1300
    assert np.asarray(picture.convert("L")).std() > 10  # it is not blank


def test_a_film_shows_a_run_from_its_first_step_on(visitors, app, tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "FILM_PICTURES", 8)
    film = pictures.take(visitors(app.url, viewport=pictures.WINDOW).page, app.url, pictures.SHOTS["training"])
    pictures.write(film, tmp_path / "film.webp")
    written = Image.open(tmp_path / "film.webp")
    assert written.is_animated
    assert 2 <= written.n_frames <= len(film) == 8  # two that are alike are one
    assert np.abs(np.asarray(film[0]).astype(int) - film[-1]).max() > 100  # something has moved


def test_a_picture_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    file = tmp_path / "docs" / "one.webp"
    pictures.write([Image.new("RGB", (40, 30), "white")], file)
    before = file.read_bytes()

    def fail(*_args, **_options):
        raise OSError("No space left on device")

    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(OSError, match="No space"):
        pictures.write([Image.new("RGB", (40, 30), "black")], file)
    assert file.read_bytes() == before
    assert Image.open(file).size == (40, 30)


def test_a_name_that_no_picture_has_is_refused_in_one_sentence():
    with pytest.raises(SystemExit, match="There is no picture 'no-such': choose of home, "):
        pictures.main(["no-such"])
