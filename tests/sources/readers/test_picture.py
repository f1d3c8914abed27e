"""Visitors' pictures are read in a subprocess, with little memory and time, or refused with a sentence."""

import io
import subprocess
import sys
import threading
from contextlib import nullcontext

import numpy as np
import pytest
from PIL import Image

from core.drawing.photo import open_grey
from core.pictures import open_colour
from sources.readers import picture
from sources.readers.picture import Busy, read_apart
from tests.pictures import file_of, hollow_png, jpeg_of_scans, png_of_zeros
from tests.test_layout import ROOT, loaded_by

PHOTO = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8).repeat(10, 0).repeat(10, 1)
# Reads standard input as the app does, and prints how much memory that took, in kilobytes (on macOS in bytes).
MEASURE = """
import resource, sys, threading
from sources.readers.picture import read_apart
read_apart(sys.argv[1], sys.stdin.buffer.read(), threading.Semaphore(1))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
only_on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the memory is only bounded on Linux")


def read(content: bytes, kind: str = "grey") -> np.ndarray:
    return read_apart(kind, content, threading.Semaphore(1))


@pytest.mark.parametrize(("kind", "function"), [("grey", open_grey), ("colour", open_colour)])
def test_a_subprocess_reads_what_the_shown_function_returns(kind, function):
    content = file_of(PHOTO, "JPEG").getvalue()
    np.testing.assert_array_equal(read(content, kind), function(io.BytesIO(content)))


def test_it_starts_without_the_packages_that_take_seconds_to_import():
    assert not loaded_by("sources.readers.picture") & {"torch", "streamlit", "pandas"}


@only_on_linux
@pytest.mark.parametrize(("colour", "channels"), [(0, 1), (6, 4)], ids=["grey", "with colour and transparency"])
@pytest.mark.parametrize("kind", ["grey", "colour"])
def test_a_picture_of_54_megapixels_and_16_bits_takes_at_most_300_megabytes(kind, colour, channels):
    content = png_of_zeros(9000, 6000, colour, channels)
    command = [sys.executable, "-c", MEASURE, kind]
    done = subprocess.run(command, cwd=ROOT, input=content, capture_output=True, check=True)
    assert int(done.stdout) < 300_000


def test_a_picture_that_takes_too_long_is_refused():
    with pytest.raises(ValueError, match=r"takes longer than 5 s to read: choose [^\n]*\.$"):
        read(jpeg_of_scans(7000, 7000, 1500))


@only_on_linux
@pytest.mark.parametrize("kind", ["WEBP", "AVIF", "JPEG"])
def test_a_picture_that_takes_too_much_memory_is_refused(kind):
    options = {"JPEG": {"progressive": True, "subsampling": 0}, "WEBP": {"method": 0}, "AVIF": {"speed": 10}}[kind]
    with pytest.raises(ValueError, match=r"takes more than 300 MB to read: choose [^\n]*\.$"):
        read(file_of(Image.new("RGB", (9000, 6000)), kind, **options).getvalue())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "can't be read as a picture: choose a PNG"),
        (b"no picture", "can't be read as a picture: choose a PNG"),
        (file_of(PHOTO).getvalue()[:5000], "can't be read as a picture: choose a PNG"),
        (hollow_png(9000, 6000), "This picture is damaged, or takes"),
        (hollow_png(10_000, 6_000), "has 60 million pixels or more: choose one of at most 55 million"),
        (bytes(20_000_001), "This file has 20.0 MB: choose one of at most 20 MB"),
    ],
    ids=["empty", "text", "half a picture", "a header", "a large header", "a large file"],
)
def test_any_other_file_is_refused_with_a_sentence(content, sentence):
    with pytest.raises(ValueError, match=sentence):
        read(content)


def test_a_decoder_that_crashes_is_no_more_than_a_sentence(monkeypatch):
    monkeypatch.setattr(picture.sys, "executable", "/bin/false")
    with pytest.raises(ValueError, match="This picture is damaged, or takes"):
        read(b"")


@pytest.mark.parametrize("content", [b"no picture", file_of(PHOTO).getvalue()], ids=["refused", "read"])
def test_the_wait_for_others_ends_and_a_picture_makes_room_for_the_next(monkeypatch, content):
    monkeypatch.setattr(picture, "MOST_IN_LINE", 0.01)
    slots = threading.Semaphore(1)
    with slots, pytest.raises(Busy, match="try again in a moment"):
        read_apart("grey", content, slots)
    for _ in range(2):
        with pytest.raises(ValueError, match="choose") if content == b"no picture" else nullcontext():
            read_apart("grey", content, slots)


def test_a_server_without_room_for_a_subprocess_says_so(monkeypatch):
    monkeypatch.setattr(picture.sys, "executable", "/nowhere/python")
    with pytest.raises(Busy, match="try again"):
        read(b"")
