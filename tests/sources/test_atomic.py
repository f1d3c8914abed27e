"""A folder is put in its place whole, and what killed processes have left beside it does not stay for ever."""

import os
import time

import pytest

from sources.atomic import LEFTOVER_S, atomic_folder


def put(folder, **options) -> None:
    with atomic_folder(folder, **options) as temporary:
        (temporary / "file").write_text("new")


def left_behind(folder, name: str, seconds_ago: float):
    """Make a folder such as a process leaves that was killed some time ago."""
    path = folder / name
    path.mkdir()
    (path / "half").write_text("x")
    os.utime(path, (time.time() - seconds_ago,) * 2)
    return path


@pytest.mark.parametrize("name", [".digits-abc", ".damaged-abc"])
def test_what_a_killed_process_left_is_removed_after_a_day_and_not_before(tmp_path, name):
    old, new = left_behind(tmp_path, name, LEFTOVER_S + 60), left_behind(tmp_path, f"{name}d", LEFTOVER_S - 60)
    put(tmp_path / "digits")
    assert not old.exists()
    assert new.exists()


def test_nothing_else_is_removed_however_old_it_is(tmp_path):
    others = [left_behind(tmp_path, name, 10 * LEFTOVER_S) for name in ("digits2", ".other-abc", "judges")]
    put(tmp_path / "digits")
    assert all((other / "half").exists() for other in others)


def test_a_folder_gives_way_only_where_it_is_to_and_nothing_stays_of_it(tmp_path):
    folder = tmp_path / "digits"
    left_behind(tmp_path, "digits", 0)
    put(folder)
    assert os.listdir(folder) == ["half"]
    put(folder, replace=True)
    assert os.listdir(folder) == ["file"]
    assert os.listdir(tmp_path) == ["digits"]


def test_what_was_there_comes_back_where_the_new_one_can_not_take_its_place(tmp_path, monkeypatch):
    folder = left_behind(tmp_path, "digits", 0)
    rename = os.rename

    def refuse(source, target):
        if target == folder and os.path.basename(source).startswith(".digits-"):
            raise PermissionError("no")
        rename(source, target)

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(PermissionError):
        put(folder, replace=True)
    assert os.listdir(folder) == ["half"]
    assert os.listdir(tmp_path) == ["digits"]
