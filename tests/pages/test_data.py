"""The Data page: whose digits are in use, others in their place, for this person only, and nothing lost."""

import hashlib
import io
import time
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.dataset import SPLITS
from sources import __main__ as command
from sources import builtin, library
from tests.pages.visitor import PAGES
from tests.sources.mirror import Mirror
from tests.sources.own_digits import png
from ui.datasets import export
from ui.frame import dataset as data
from ui.state import keys

pytestmark = pytest.mark.usefixtures("fresh_server")
PER_LABEL = {"train": 12, "valid": 4}


@pytest.fixture
def stacks(mnist):
    """Some of the built-in digits, as if somebody had brought them: {split: {digit: (n, 28, 28) uint8}}."""
    return {s: {d: mnist[s, d][:n] for d in (1, 3, 7)} for s, n in PER_LABEL.items()}


@pytest.fixture
def own_place(own_home, stacks):
    """A cache folder of this test's own with one more dataset. Returns its name."""
    return library.publish(library.stage(stacks, "class `7b`.zip"))


def zip_bytes(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return out.getvalue()


def class_zip(stacks) -> bytes:
    """Write the digits dark on light and four times as large, as scans are."""
    files = {}
    for split in SPLITS:
        for label, stack in stacks[split].items():
            for number, image in enumerate(stack):
                scan = Image.fromarray(255 - image).resize((112, 112), Image.Resampling.BICUBIC)
                files[f"Our class/{split}/{label}/{number:02}.png"] = png(scan)
    return zip_bytes(files | {"Our class/train/three/x.png": png(scan)})


def upload(visitor, content: bytes, name: str = "class.zip"):
    """Choose a file and wait until it has been read."""
    visitor.app.file_uploader[0].upload(name, content, "application/zip")
    visitor.run()
    return wait(visitor)


def wait(visitor, seconds: float = 60):
    """Look again and again, as the browser does by itself, until no job is under way."""
    end = time.monotonic() + seconds
    while visitor.app.get("progress") and time.monotonic() < end:
        time.sleep(0.1)
        visitor.run()
    assert not visitor.app.get("progress")
    return visitor


def use(visitor, name: str):
    visitor.app.get_by_key(f"use_{name}").click()
    return visitor.run()


# What is in use


def test_it_opens_with_the_built_in_digits_their_counts_samples_and_folder(visit, home):
    visitor = visit("data")
    assert visitor.said("error") == visitor.said("warning") == []
    counts = visitor.table("Validation")
    assert counts.loc["Training"].tolist() == [400] * 10
    assert counts.loc["Validation"].tolist() == [100] * 10
    assert len(visitor.pictures("Training images of a")) == 10
    assert str(home / builtin.NAME) in [code.value for code in visitor.app.code]
    assert visitor.app.query_params == {}


def test_the_digits_in_use_can_be_taken_away_as_a_zip_that_can_be_brought_back(own_place, tmp_path):
    from sources import own
    from sources.packed import open_dataset

    dataset = open_dataset(library.folder_of(own_place))
    (tmp_path / "away.zip").write_bytes(export.pack(dataset))
    images, report = own.read(tmp_path / "away.zip")
    assert report.notes == report.remarks == []
    assert library.stage(images, "x").name == own_place


# Switching


def test_switching_changes_the_digits_and_nothing_else(own_place, anywhere, stacks):
    visitor = anywhere("data", digits=["1", "7"], lr="0.1", seed="5").set(digit=7).set(number=2)
    use(visitor, own_place)
    assert visitor.table("Validation").loc["Training"].tolist() == [12] * 3
    assert visitor.app.query_params["dataset"] == own_place
    assert visitor.specimen == "valid/7/0002.png"
    assert visitor.said("error") == visitor.said("warning") == []
    assert list(visitor.value("digits")) == [1, 7]
    assert visitor.app.session_state["lr"] == 0.1
    assert visitor.app.session_state["seed"] == 5


def test_every_page_works_on_the_digits_that_were_brought(own_place, anywhere, stacks):
    visitor = use(anywhere("data"), own_place)
    for page in (*PAGES, "training", "gradient_descent"):
        visitor.open(page)
        assert visitor.said("error") == visitor.said("warning") == []
        assert visitor.app.query_params["dataset"] == own_place
    ideal = np.mean(stacks["train"][3], 0)
    visitor.open("ideal_digits")
    picture = visitor.pictures("The mean of")[0].astype(float)
    side = len(picture)
    small = np.asarray(Image.fromarray(picture.astype(np.uint8)).resize((28, 28), Image.Resampling.BOX)).astype(float)
    assert side >= 28
    assert abs(255 - small - ideal).max() < 3


def test_switching_is_for_this_person_only(own_place, anywhere):
    first, second = anywhere("data"), anywhere("data")
    use(first, own_place)
    assert second.run().table("Validation").loc["Training"].tolist() == [400] * 10
    assert first.run().table("Validation").loc["Training"].tolist() == [12] * 3


def test_everybody_who_uses_a_dataset_has_the_same_one_in_memory(own_place, anywhere):
    for _ in range(2):
        use(anywhere("data"), own_place)
    assert data.load(own_place) is data.load(own_place)


def test_training_begins_anew_on_the_new_digits_and_keeps_the_run_on_the_old(own_place, anywhere):
    visitor = anywhere("training")
    visitor.press("One step")
    visitor.open("data")
    use(visitor, own_place)
    visitor.open("training")
    earlier = visitor.app.session_state["training_earlier"]
    assert [run.dataset for run in earlier] == [""]
    player = visitor.app.session_state["training_player"]
    assert player.images == 24
    assert own_place in str(player.source)
    visitor.press("One epoch").open("data")
    use(visitor, builtin.NAME)
    visitor.open("training")
    assert "class `7b`.zip" in [run.dataset for run in visitor.app.session_state["training_earlier"]]


def test_a_dataset_without_the_digits_in_play_is_used_with_those_that_it_has(own_place, anywhere):
    visitor = use(anywhere("data", digits=["3", "8"]), own_place)
    assert any("1, 3" in one for one in visitor.said("info"))
    assert list(visitor.app.get_by_key("digit").options) == ["1", "3"]
    use(visitor, builtin.NAME)
    assert list(visitor.app.get_by_key("digit").options) == ["3", "8"]


def test_files_of_packed_digits_are_written_when_a_page_shows_one(own_place, anywhere, stacks):
    visitor = anywhere("pixels", dataset=own_place, digit="7", number="1")
    assert visitor.said("error") == visitor.said("info") == []
    written = sorted((library.folder_of(own_place) / "valid" / "7").iterdir())
    np.testing.assert_array_equal([np.asarray(Image.open(path)) for path in written], stacks["valid"][7])


# Links


def test_a_link_opens_with_the_dataset_that_it_names(own_place, anywhere):
    visitor = anywhere("distance", dataset=own_place)
    assert visitor.said("warning") == []
    assert visitor.app.session_state["dataset"] == own_place


@pytest.mark.parametrize("name", ["own-0123456789abcdef", "../../etc", "", "mnist-70000", "x" * 5000, "\0"])
def test_a_dataset_that_this_server_does_not_have_is_left_out_of_the_link_and_said(visit, name):
    visitor = visit("home", dataset=name)
    (warning,) = visitor.said("warning")
    assert "dataset=" in warning
    assert visitor.specimen == "valid/3/0002.png"
    assert "dataset" not in visitor.app.query_params


def test_a_server_started_with_digits_begins_with_them_and_a_link_names_any_others(own_place, anywhere, monkeypatch):
    monkeypatch.setenv(data.VARIABLE, own_place)
    visitor = anywhere("data")
    assert visitor.table("Validation").loc["Training"].tolist() == [12] * 3
    assert "dataset" not in visitor.app.query_params
    use(visitor, builtin.NAME)
    assert visitor.app.query_params["dataset"] == builtin.NAME
    assert anywhere("data", dataset=builtin.NAME).table("Validation").loc["Training"].tolist() == [400] * 10


def test_a_dataset_that_is_damaged_gives_way_to_the_built_in_digits_with_a_sentence(own_place, anywhere):
    (library.folder_of(own_place) / ".packed" / "train-3.bin").write_bytes(b"x")
    visitor = anywhere("home", dataset=own_place)
    assert any("damaged" in one and "built-in" in one for one in visitor.said("warning"))
    assert visitor.said("error") == []
    assert visitor.specimen == "valid/3/0002.png"


# A zip of one's own


def test_a_zip_is_read_reported_and_used_only_when_asked_to(own_home, anywhere, stacks):
    visitor = upload(anywhere("data"), class_zip(stacks))
    assert library.names() == ()
    assert visitor.app.session_state["dataset"] is None if "dataset" in visitor.app.session_state else True
    report = visitor.table("how or why")
    assert any("inverted" in one.replace("\\", "") for one in report["how or why"])
    assert any("three" in one for one in report["how or why"])
    visitor.press("Use these digits")
    (name,) = library.names()
    assert visitor.app.query_params["dataset"] == name
    assert visitor.table("Validation").loc["Training"].tolist() == [12] * 3
    for page in PAGES:
        assert visitor.open(page).said("error") == []


def test_a_zip_that_is_left_is_kept_nowhere(own_home, anywhere, stacks):
    visitor = upload(anywhere("data"), class_zip(stacks))
    visitor.press("Discard them")
    assert library.names() == ()
    assert list((own_home / "staging").iterdir()) == []


@pytest.mark.parametrize("label", ["Use these digits", "Discard them"])
def test_the_second_click_of_two_finds_nothing_to_use_or_discard_and_says_nothing(own_home, anywhere, stacks, label):
    visitor = upload(anywhere("data"), class_zip(stacks))
    del visitor.app.session_state[keys.IMPORT]  # as the first click has, whose page is not drawn yet
    visitor.press(label)
    assert visitor.said("error") == []


def test_two_people_who_bring_the_same_zip_at_once_come_to_one_dataset(own_home, anywhere, stacks):
    first, second = anywhere("data"), anywhere("data")
    for visitor in (first, second):
        visitor.app.file_uploader[0].upload("class.zip", class_zip(stacks), "application/zip")
        visitor.run()
    for visitor in (first, second):
        wait(visitor).press("Use these digits")
        assert visitor.said("error") == []
    assert len(library.names()) == 1


BAD_ZIPS = {
    "no zip": b"no zip",
    "empty": zip_bytes({}),
    "leads out": zip_bytes({"../x.png": b"x"}),
    "Markdown": zip_bytes({"train/[x](http://example.org)/x.png": b"x"}),
}


@pytest.mark.parametrize("content", BAD_ZIPS.values(), ids=BAD_ZIPS)
def test_a_bad_zip_is_said_in_one_sentence_and_what_was_in_use_stays(own_place, anywhere, content):
    visitor = upload(use(anywhere("data"), own_place), content)
    (sentence,) = visitor.said("error")
    assert "\n" not in sentence
    assert visitor.app.query_params["dataset"] == own_place
    assert library.names() == (own_place,)
    assert not [button for button in visitor.app.button if button.label == "Use these digits"]


def test_a_disk_with_no_room_for_the_zip_is_said(own_home, anywhere, stacks, monkeypatch):
    visitor = anywhere("data")
    (own_home / "staging").write_text("in the way")
    upload(visitor, class_zip(stacks))
    (sentence,) = visitor.said("error")
    assert "can't be written to" in sentence


# All of MNIST


@pytest.fixture
def published(mnist, own_home, monkeypatch):
    """Files as a mirror has them, of a few digits, and the sums that they should have."""
    files = {}
    for split, name, count in (("train", "train", 20), ("valid", "t10k", 5)):
        images = np.concatenate([mnist[split, digit][:count] for digit in range(10)])
        labels = np.repeat(np.arange(10, dtype=np.uint8), count)
        sizes = [size.to_bytes(4, "big") for size in images.shape]
        files[f"{name}-images-idx3-ubyte"] = bytes([0, 0, 8, 3]) + b"".join(sizes) + images.tobytes()
        files[f"{name}-labels-idx1-ubyte"] = bytes([0, 0, 8, 1]) + sizes[0] + labels.tobytes()
    lines = [f"{hashlib.md5(raw).hexdigest()} {len(raw)} {name}" for name, raw in files.items()]
    (own_home / "sums").write_text("\n".join(lines))
    monkeypatch.setenv(command.SUMS, str(own_home / "sums"))
    return files


def test_mnist_is_downloaded_once_with_one_bar_for_everybody_and_used_when_asked_to(published, anywhere, monkeypatch):
    with Mirror(published, speed=100_000) as mirror:
        monkeypatch.setenv(command.MIRRORS, mirror.url)
        first, second = anywhere("data"), anywhere("data")
        first.press("Download it")
        assert len(first.app.get("progress")) == 1
        assert len(second.run().app.get("progress")) == 1
        assert second.app.get_by_key("download").disabled
        wait(first)
        assert len(mirror.asked) == 4
    assert library.names() == (library.MNIST,)
    assert first.table("Validation").loc["Training"].tolist() == [400] * 10  # until they ask for it
    use(second.run(), library.MNIST)
    assert second.table("Validation").loc["Training"].tolist() == [20] * 10
    assert second.app.query_params["dataset"] == library.MNIST


def test_a_download_that_fails_is_said_and_the_built_in_digits_stay_in_use(published, anywhere, monkeypatch):
    monkeypatch.setenv(command.MIRRORS, "http://127.0.0.1:9/")  # where nobody answers
    visitor = wait(anywhere("data").press("Download it"))
    (sentence,) = visitor.said("error")
    assert "No network" in sentence
    assert visitor.table("Validation").loc["Training"].tolist() == [400] * 10
    with Mirror(published) as mirror:
        monkeypatch.setenv(command.MIRRORS, mirror.url)
        wait(visitor.press("Download it"))
    assert library.names() == (library.MNIST,)


# Comparing


def test_datasets_are_compared_by_training_on_each_and_testing_on_all(own_place, anywhere, stacks, mnist):
    visitor = anywhere("data").press("Train and compare")
    assert visitor.said("error") == []
    (table,) = (one.value for one in visitor.app.table if any("tested on" in str(name) for name in one.value.columns))
    assert table.shape == (2, 2)
    shares = table.map(lambda cell: float(cell.split("%")[0]))
    # Of their few training images both learn all, and the built-in digits hold those that were brought.
    assert shares.iloc[0, 0] > 90
    assert (shares > 50).all().all()
    assert "*" not in table.iloc[0, 0]
    assert "*" not in table.iloc[0, 1]


def test_images_that_a_model_has_seen_are_counted_and_said(own_home, anywhere, mnist):
    seen = {
        "train": {d: mnist["train", d][:20] for d in (3, 7)},
        "valid": {d: mnist["train", d][20:25] for d in (3, 7)},
    }
    library.publish(library.stage(seen, "seen"))
    visitor = anywhere("data").press("Train and compare")
    assert "10 of the 10 validation images of `seen`" in visitor.text


def test_with_one_dataset_there_is_nothing_to_compare_and_that_is_said(visit):
    assert any("one dataset" in one for one in visit("data").said("info"))


def test_the_question_the_code_and_the_specimen_are_there_as_on_every_page(visit):
    visitor = visit("data")
    visitor.set(guess_data="3,136,000")
    assert "**3,136,000** is right." in visitor.text
    assert len(visitor.open_code().app.code) > 4
    assert visitor.specimen == "valid/3/0002.png"
