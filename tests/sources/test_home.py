"""The cache folder."""

import sys
from pathlib import Path

import pytest

from sources.home import home


def test_the_environment_variable_moves_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("THREE_OR_SEVEN_HOME", str(tmp_path / "elsewhere"))
    assert home() == tmp_path / "elsewhere"


def test_a_tilde_is_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("THREE_OR_SEVEN_HOME", "~/digits")
    assert home() == tmp_path / "digits"


@pytest.mark.skipif(sys.platform != "linux", reason="the cache folder has another name on other systems")
@pytest.mark.parametrize("value", [None, ""])
def test_without_the_variable_it_is_the_users_cache_folder(monkeypatch, tmp_path, value):
    monkeypatch.delenv("THREE_OR_SEVEN_HOME")
    if value is not None:
        monkeypatch.setenv("THREE_OR_SEVEN_HOME", value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert home() == tmp_path / "three-or-seven"


def test_a_tilde_with_an_unknown_user_name_is_taken_literally(monkeypatch):
    monkeypatch.setenv("THREE_OR_SEVEN_HOME", "~no-such-person-here/digits")
    assert home() == Path("~no-such-person-here/digits")  # as a shell leaves it


def test_asking_for_the_folder_creates_none(monkeypatch, tmp_path):
    monkeypatch.setenv("THREE_OR_SEVEN_HOME", str(tmp_path / "elsewhere"))
    home()
    assert not (tmp_path / "elsewhere").exists()
