"""The downloader against a server that misbehaves: no incomplete file is used, and the next attempt resumes."""

import errno
import hashlib
import os
import socket
import threading
import time

import numpy as np
import pytest
import requests

from core.dataset import DatasetError
from sources import download
from sources.download import FILES, MIRRORS, File, fetch
from tests.sources.mirror import Mirror

CONTENT = {
    "images.gz": np.random.default_rng(1).bytes(300_000),
    "labels.gz": np.random.default_rng(2).bytes(5_000),
}
SHOULD = tuple(File(name, hashlib.md5(raw).hexdigest(), len(raw)) for name, raw in CONTENT.items())


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(download, "PAUSE_S", 0)
    monkeypatch.setattr(download, "CONNECT_TIMEOUT_S", 2)
    monkeypatch.setattr(download, "READ_TIMEOUT_S", 0.5)


def names(folder) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".lock"}


def assert_whole(folder) -> None:
    assert names(folder) == set(CONTENT)
    assert all((folder / name).read_bytes() == raw for name, raw in CONTENT.items())


def assert_refused(folder, mirrors, *words: str) -> None:
    """Assert that it fails with one sentence, and that no file is in its place that is not whole."""
    with pytest.raises(DatasetError) as caught:
        fetch(folder, mirrors=mirrors, files=SHOULD)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert all(word in sentence for word in words), sentence
    for name in names(folder):
        assert name.endswith(".part") or (folder / name).read_bytes() == CONTENT[name]


def test_all_files_are_complete_and_progress_has_bytes_and_remaining_time(tmp_path):
    shown = []
    with Mirror(CONTENT, speed=3_000_000) as mirror:
        assert fetch(tmp_path / "a" / "b", lambda *p: shown.append(p), mirrors=[mirror.url], files=SHOULD)
    assert_whole(tmp_path / "a" / "b")
    shares = [share for share, _ in shown]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(shares) > 3
    assert shown[-1][1].startswith("0.3 of 0.3 MB")
    assert any(text.endswith(" left") for _, text in shown)


def test_complete_files_are_not_requested_again_and_damaged_ones_are(tmp_path):
    with Mirror(CONTENT) as mirror:
        fetch(tmp_path, mirrors=[mirror.url], files=SHOULD)
        before = len(mirror.asked)
        fetch(tmp_path, mirrors=[mirror.url], files=SHOULD)
        assert len(mirror.asked) == before
        (tmp_path / "labels.gz").write_bytes(b"damaged")
        fetch(tmp_path, mirrors=[mirror.url], files=SHOULD)
        assert {name for name, _ in mirror.asked[before:]} == {"labels.gz"}
    assert_whole(tmp_path)


MOODS = [404, 500, 503, "login", "half", "short", "wrong bytes", "no ranges", "another range", "endless", "hang"]


@pytest.mark.parametrize("mood", MOODS, ids=str)
def test_a_server_that_fails_once_is_asked_again(tmp_path, mood):
    with Mirror(CONTENT, mood) as mirror:
        fetch(tmp_path, mirrors=[mirror.url], files=SHOULD)
    assert_whole(tmp_path)


@pytest.mark.parametrize("mood", MOODS, ids=str)
def test_if_one_mirror_always_fails_the_other_is_asked(tmp_path, mood):
    with Mirror(CONTENT, *[mood] * 20) as bad, Mirror(CONTENT) as good:
        fetch(tmp_path, mirrors=[bad.url, good.url], files=SHOULD)
    assert_whole(tmp_path)


@pytest.mark.parametrize(
    ("mood", "word"),
    [
        (404, "404"),
        (500, "500"),
        ("login", "login"),
        ("wrong bytes", "sum"),
        ("another range", "another part"),
        ("endless", "sum"),
    ],
    ids=str,
)
def test_the_failure_of_the_last_mirror_is_reported_in_one_sentence(tmp_path, mood, word):
    with Mirror(CONTENT, *[mood] * 20) as mirror:
        assert_refused(tmp_path, [mirror.url], word, "images.gz")


def test_a_server_that_hangs_runs_into_the_timeout(tmp_path):
    with Mirror(CONTENT, *["hang"] * 20) as mirror:
        assert_refused(tmp_path, [mirror.url], "broke off", "images.gz")


@pytest.mark.parametrize("mood", ["half", "short"])
def test_an_interrupted_download_is_resumed_at_the_next_attempt(tmp_path, monkeypatch, mood):
    monkeypatch.setattr(download, "ROUNDS", 1)
    with Mirror(CONTENT, mood) as mirror:
        assert_refused(tmp_path, [mirror.url], "images.gz", "kept")
        (part,) = tmp_path.glob("*.part")
        assert part.read_bytes() == CONTENT["images.gz"][:150_000]
        before = mirror.sent
        fetch(tmp_path, mirrors=[mirror.url], files=SHOULD)
        assert ("images.gz", "bytes=150000-") in mirror.asked
        assert mirror.sent - before == 155_000  # the missing half, and the labels
    assert_whole(tmp_path)


@pytest.mark.parametrize("mood", ["no ranges", "another range", "login", 404, "wrong bytes"], ids=str)
def test_resuming_from_a_server_that_misbehaves_never_gives_a_wrong_file(tmp_path, mood):
    (tmp_path / "images.gz.part").write_bytes(CONTENT["images.gz"][:1000])
    with Mirror(CONTENT, mood) as mirror:
        fetch(tmp_path, mirrors=[mirror.url], files=SHOULD)
    assert_whole(tmp_path)


@pytest.mark.parametrize("left", [b"x" * 1000, b"x" * 300_000, b"x" * 400_000, CONTENT["images.gz"], b""], ids=len)
def test_the_file_is_complete_whatever_an_earlier_attempt_has_left(tmp_path, left):
    (tmp_path / "images.gz.part").write_bytes(left)
    with Mirror(CONTENT) as mirror:
        fetch(tmp_path, mirrors=[mirror.url], files=SHOULD)
    assert_whole(tmp_path)


def test_without_a_network_one_sentence_says_so_and_nothing_is_changed(tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # but does not listen
        (tmp_path / "labels.gz").write_bytes(CONTENT["labels.gz"])
        assert_refused(tmp_path, [f"http://127.0.0.1:{nobody.getsockname()[1]}/"] * 2, "No network")
    assert names(tmp_path) == {"labels.gz"}


def test_a_dns_lookup_that_hangs_counts_as_no_network(tmp_path, monkeypatch):
    forever = threading.Event()
    monkeypatch.setattr(requests, "head", lambda *_, **__: forever.wait(60))
    start = time.monotonic()
    assert_refused(tmp_path, MIRRORS, "No network")
    assert time.monotonic() - start < 30  # not the sixty seconds of the look-up
    forever.set()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_reported_and_leaves_no_file_under_its_name(tmp_path, monkeypatch, number):
    def full(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", full)
    with Mirror(CONTENT) as mirror:
        assert_refused(tmp_path, [mirror.url], "full", "MB")
    assert not {"images.gz", "labels.gz"} & names(tmp_path)


def test_two_downloads_to_one_folder_at_once_take_turns_and_fetch_the_files_once(tmp_path):
    with Mirror(CONTENT, speed=1_000_000) as mirror:
        both = [
            threading.Thread(target=fetch, args=(tmp_path,), kwargs={"mirrors": [mirror.url], "files": SHOULD})
            for _ in range(2)
        ]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert sorted(name for name, _ in mirror.asked) == ["images.gz", "labels.gz"]
    assert_whole(tmp_path)


def test_the_published_files_are_the_four_of_mnist_at_two_mirrors():
    assert {file.name: file.md5 for file in FILES} == {
        "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    }
    assert [mirror.split("/")[2] for mirror in MIRRORS] == ["ossci-datasets.s3.amazonaws.com", "storage.googleapis.com"]
    assert all(mirror.startswith("https://") and mirror.endswith("/") for mirror in MIRRORS)
