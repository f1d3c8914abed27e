"""The Data page: which digits are in use, how to switch to others for this session only, and how to bring one's own."""

import io
import os
import time
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.dataset import SPLITS
from sources import __main__ as command
from sources import builtin, library
from tests.pages.shown_code import recorded_calls, shown_functions
from tests.pages.visitor import PAGES, shrunk
from tests.sources.mirror import Mirror
from tests.sources.own_digits import png
from tests.sources.published import publish
from ui.datasets import chooser, export
from ui.frame import dataset as data
from ui.server import import_slots
from ui.state import keys

pytestmark = pytest.mark.usefixtures("fresh_server")
PER_LABEL = {"train": 12, "valid": 4}


@pytest.fixture
def stacks(mnist):
    """Some of the built-in digits, as if a visitor had imported them: {split: {digit: (n, 28, 28) uint8}}."""
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
    """Upload a file and wait until it has been read."""
    return wait(begin_upload(visitor, content, name))


def begin_upload(visitor, content: bytes, name: str = "class.zip"):
    """Upload a file, and do not wait."""
    visitor.app.file_uploader[0].upload(name, content, "application/zip")
    return visitor.run()


def wait(visitor, seconds: float = 60):
    """Run the page again and again, as its timer does in a browser, until no job is running."""
    end = time.monotonic() + seconds
    while visitor.app.get("progress") and time.monotonic() < end:
        time.sleep(0.1)
        visitor.run()
    assert not visitor.app.get("progress")
    return visitor


def use(visitor, name: str):
    visitor.app.get_by_key(f"use_{name}").click()
    return visitor.run()


def training_images(visitor) -> list[int]:
    """Return how many training images of each label the page says that there are."""
    return visitor.table("Validation").loc["Training"].tolist()


# What is in use


def test_the_page_shows_counts_and_samples_of_the_built_in_digits_and_no_path_of_the_server(visit, home):
    visitor = visit("data")
    assert visitor.said("error") == visitor.said("warning") == []
    counts = visitor.table("Validation")
    assert counts.loc["Training"].tolist() == [400] * 10
    assert counts.loc["Validation"].tolist() == [100] * 10
    assert len(visitor.pictures("Training images of a")) == 10
    assert str(home) not in visitor.text + "".join(code.value for code in visitor.app.code)
    assert visitor.app.query_params == {}


def test_the_digits_in_use_can_be_downloaded_as_a_zip_that_can_be_imported_again(own_place, tmp_path):
    from sources.packed import open_dataset
    from sources.readers import own

    dataset = open_dataset(library.folder_of(own_place))
    (tmp_path / "away.zip").write_bytes(export.zip_of(dataset))
    images, report = own.read(tmp_path / "away.zip")
    assert report.notes == report.remarks == []
    assert library.stage(images, "x").name == own_place


# Switching


def test_switching_changes_the_digits_and_nothing_else(own_place, anywhere, stacks):
    visitor = anywhere("data", digits=["1", "7"], lr="0.1", seed="5").set(digit=7).set(number=2)
    use(visitor, own_place)
    assert training_images(visitor) == [12] * 3
    assert visitor.app.query_params["dataset"] == own_place
    assert visitor.specimen == "valid/7/0002.png"
    assert visitor.said("error") == visitor.said("warning") == []
    assert list(visitor.value("digits")) == [1, 7]
    assert visitor.app.session_state["lr"] == 0.1
    assert visitor.app.session_state["seed"] == 5


def test_every_page_works_on_imported_digits(own_place, anywhere, stacks):
    visitor = use(anywhere("data"), own_place)
    for page in (*PAGES, "training", "gradient_descent"):
        visitor.open(page)
        assert visitor.said("error") == visitor.said("warning") == []
        assert visitor.app.query_params["dataset"] == own_place
    ideal = np.mean(stacks["train"][3], 0)
    visitor.open("ideal_digits")
    picture = visitor.set(n=visitor.options("n")[-1]).pictures("The mean of")[0]
    assert len(picture) >= 28
    assert abs(255 - shrunk(picture) - ideal).max() < 3


def test_switching_is_for_this_session_only(own_place, anywhere):
    first, second = anywhere("data"), anywhere("data")
    use(first, own_place)
    assert training_images(second.run()) == [400] * 10
    assert training_images(first.run()) == [12] * 3


def test_all_sessions_share_one_copy_of_a_dataset_in_memory(own_place, anywhere):
    for _ in range(2):
        use(anywhere("data"), own_place)
    assert data.load(own_place) is data.load(own_place)


def test_training_starts_a_new_run_on_the_new_digits_and_keeps_the_earlier_one(own_place, anywhere):
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


def test_the_png_file_of_a_packed_dataset_is_written_when_a_page_shows_it(own_place, anywhere, stacks):
    visitor = anywhere("pixels", dataset=own_place, digit="7", number="1")
    assert visitor.said("error") == visitor.said("info") == []
    path = library.folder_of(own_place) / "valid" / "7" / "0001.png"
    np.testing.assert_array_equal(np.asarray(Image.open(path)), stacks["valid"][7][1])


# Links


def test_a_link_opens_with_the_dataset_that_it_names(own_place, anywhere):
    visitor = anywhere("distance", dataset=own_place)
    assert visitor.said("warning") == []
    assert visitor.app.session_state["dataset"] == own_place


@pytest.mark.parametrize("name", ["own-0123456789abcdef", "../../etc", "", "mnist-70000", "x" * 5000, "\0"])
def test_a_link_to_a_dataset_that_this_server_does_not_have_gets_a_warning(visit, name):
    visitor = visit("home", dataset=name)
    (warning,) = visitor.said("warning")
    assert "dataset=" in warning
    assert visitor.specimen == "valid/3/0002.png"
    assert "dataset" not in visitor.app.query_params


def test_a_server_can_be_configured_with_a_default_dataset_and_links_name_any_other(own_place, anywhere, monkeypatch):
    monkeypatch.setenv(data.VARIABLE, own_place)
    visitor = anywhere("data")
    assert training_images(visitor) == [12] * 3
    assert "dataset" not in visitor.app.query_params
    use(visitor, builtin.NAME)
    assert visitor.app.query_params["dataset"] == builtin.NAME
    assert training_images(anywhere("data", dataset=builtin.NAME)) == [400] * 10


@pytest.mark.parametrize("file", [".packed/train-3.bin", "digits.json"])
def test_a_damaged_dataset_is_replaced_by_the_built_in_digits_with_a_warning(own_place, anywhere, file):
    (library.folder_of(own_place) / file).write_bytes(b"x")
    visitor = anywhere("home", dataset=own_place)
    assert any("damaged" in one and "built-in" in one for one in visitor.said("warning"))
    assert visitor.said("error") == []
    assert visitor.specimen == "valid/3/0002.png"


# Removing


@pytest.fixture
def bringer(own_home, anywhere, stacks):
    """Return a visitor who has brought digits and uses them."""
    return upload(anywhere("data"), class_zip(stacks)).press("Use these digits")


def remove_buttons(visitor) -> list[str]:
    return [button.label for button in visitor.app.button if button.label == "Remove"]


def test_who_brought_a_dataset_can_remove_it_and_others_who_use_it_are_told(bringer, anywhere):
    (name,) = library.names()
    other = use(anywhere("data"), name)
    assert remove_buttons(other) == []
    assert other.open("distance").said("warning") == []
    bringer.press("Remove")
    assert library.names() == ()
    assert training_images(bringer) == [400] * 10
    assert bringer.said("error") == bringer.said("warning") == []
    (sentence,) = other.run().said("warning")  # though the digits are in the server's memory
    assert "no longer on this server" in sentence
    assert "built-in" in sentence
    assert other.said("error") == []
    assert "dataset" not in other.app.query_params
    assert other.run().said("warning") == []


def test_who_brings_what_is_there_already_can_not_remove_it(bringer, anywhere, stacks):
    second = upload(anywhere("data"), class_zip(stacks)).press("Use these digits")
    assert training_images(second) == [12] * 3
    assert remove_buttons(second) == []
    assert remove_buttons(bringer.run()) == ["Remove"]


def test_removing_what_is_gone_already_is_said(bringer):
    (name,) = library.names()
    library.remove(name)
    bringer.press("Remove")
    assert any("There is no dataset" in one for one in bringer.said("error"))


def test_a_dataset_in_use_is_kept_however_old_it_is(own_place, anywhere):
    folder, long_ago = library.folder_of(own_place), time.time() - 40 * 24 * 3600
    os.utime(folder, (long_ago, long_ago))
    anywhere("home", dataset=own_place)
    assert library.remove_unused() == []
    assert library.names() == (own_place,)


# An uploaded zip


def test_a_zip_is_read_and_reported_on_and_used_only_after_a_click(own_home, anywhere, stacks):
    visitor = upload(anywhere("data"), class_zip(stacks))
    assert library.names() == ()
    assert visitor.app.session_state["dataset"] is None if "dataset" in visitor.app.session_state else True
    report = visitor.table("how or why")
    assert any("inverted" in one.replace("\\", "") for one in report["how or why"])
    assert any("three" in one for one in report["how or why"])
    visitor.press("Use these digits")
    (name,) = library.names()
    assert visitor.app.query_params["dataset"] == name
    assert training_images(visitor) == [12] * 3
    for page in PAGES:
        assert visitor.open(page).said("error") == []


def test_a_discarded_zip_leaves_no_files(own_home, anywhere, stacks):
    visitor = upload(anywhere("data"), class_zip(stacks))
    visitor.press("Discard them")
    assert library.names() == ()
    assert list((own_home / "staging").iterdir()) == []


@pytest.mark.parametrize("label", ["Use these digits", "Discard them"])
def test_a_second_click_on_use_or_discard_does_nothing(own_home, anywhere, stacks, label):
    visitor = upload(anywhere("data"), class_zip(stacks))
    del visitor.app.session_state[keys.IMPORT]  # as the first click does, before the page is drawn again
    visitor.press(label)
    assert visitor.said("error") == []


def test_two_sessions_that_import_the_same_zip_at_once_get_one_dataset(own_home, anywhere, stacks):
    first, second = anywhere("data"), anywhere("data")
    for visitor in (first, second):
        begin_upload(visitor, class_zip(stacks))
    for visitor in (first, second):
        wait(visitor).press("Use these digits")
        assert visitor.said("error") == []
    assert len(library.names()) == 1


def test_a_zip_that_another_one_follows_leaves_no_files(own_home, anywhere, stacks):
    visitor = upload(anywhere("data"), class_zip(stacks))
    upload(visitor, class_zip(stacks), "again.zip")
    assert len(list((own_home / "staging").iterdir())) == 1
    visitor.press("Discard them")
    assert list((own_home / "staging").iterdir()) == []


def test_a_large_zip_that_another_one_follows_does_not_keep_it_waiting(own_home, anywhere, stacks, monkeypatch):
    monkeypatch.setattr(chooser, "SMALL", 0)
    visitor = anywhere("data")
    with import_slots(False):
        begin_upload(visitor, class_zip(stacks))
        first = visitor.app.session_state[keys.IMPORT]
        begin_upload(visitor, class_zip(stacks), "again.zip")
        end = time.monotonic() + 10
        while first.result is None and time.monotonic() < end:
            time.sleep(0.05)
        assert "problem" in first.result  # it waits for the slot no more
        assert visitor.app.session_state[keys.IMPORT].result is None
    assert wait(visitor).said("error") == []
    assert len(list((own_home / "staging").iterdir())) == 1


BAD_ZIPS = {
    "no zip": b"no zip",
    "empty": zip_bytes({}),
    "leads out": zip_bytes({"../x.png": b"x"}),
    "Markdown": zip_bytes({"train/[x](http://example.org)/x.png": b"x"}),
}


def test_a_bad_zip_gets_one_error_and_the_dataset_in_use_stays(own_place, anywhere):
    visitor = use(anywhere("data"), own_place)
    for name, content in BAD_ZIPS.items():
        upload(visitor, content, f"{name}.zip")
        (sentence,) = visitor.said("error")
        assert "\n" not in sentence, name
        assert visitor.app.query_params["dataset"] == own_place
        assert library.names() == (own_place,), name
        assert not [button for button in visitor.app.button if button.label == "Use these digits"], name


def test_a_zip_that_cannot_be_stored_gets_an_error(own_home, anywhere, stacks, monkeypatch):
    visitor = anywhere("data")
    (own_home / "staging").write_text("in the way")
    upload(visitor, class_zip(stacks))
    (sentence,) = visitor.said("error")
    assert "can't be written to" in sentence


def test_a_small_zip_does_not_wait_for_a_large_one(own_home, anywhere, stacks, monkeypatch):
    monkeypatch.setattr(chooser, "SMALL", len(class_zip(stacks)))
    with import_slots(False):  # a large one is being read
        visitor = upload(anywhere("data"), class_zip(stacks))
        assert visitor.said("error") == []
        assert [button for button in visitor.app.button if button.label == "Use these digits"]


def test_a_large_zip_waits_for_another_large_one(own_home, anywhere, stacks, monkeypatch):
    monkeypatch.setattr(chooser, "SMALL", 0)
    visitor = anywhere("data")
    with import_slots(False):
        begin_upload(visitor, class_zip(stacks))
        job = visitor.app.session_state[keys.IMPORT]
        time.sleep(0.2)
        assert (job.result, job.fraction, job.text) == (None, 0.0, "Waiting for other files to be read")
    wait(visitor)
    assert "name" in job.result


def test_of_a_long_report_the_most_frequent_reasons_and_the_first_files_are_shown(own_home, anywhere, stacks):
    files = {f"{n} x/x.png": b"" for n in range(1_500)}
    visitor = upload(anywhere("data"), zip_bytes(files | {"train/3/x.png": b"no picture"} | dict.fromkeys("abc", b"")))
    (reasons,) = (one.value for one in visitor.app.table if "how or why" in one.value.columns)
    assert len(reasons) == chooser.MOST_KINDS
    assert reasons.index[0] == 3  # the three that are no picture come first
    assert "The 20 most frequent reasons of 1,502." in visitor.text
    (listed,) = (one.value for one in visitor.app.dataframe if "File" in one.value.columns)
    assert len(listed) == chooser.MOST_ROWS
    assert "The first 1,000 of them." in visitor.text


# All of MNIST


@pytest.fixture
def published(mnist, own_home, monkeypatch):
    """The files of a mirror with a few digits, while the app knows their sums."""
    stacks = {
        split: {digit: mnist[split, digit][:count] for digit in range(10)}
        for split, count in (("train", 20), ("valid", 5))
    }
    files = publish(stacks, own_home / "sums")
    monkeypatch.setenv(command.SUMS, str(own_home / "sums"))
    return files


def test_mnist_is_downloaded_once_for_all_sessions_and_used_only_after_a_click(published, anywhere, monkeypatch):
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
    assert training_images(first) == [400] * 10  # until it is chosen
    use(second.run(), library.MNIST)
    assert training_images(second) == [20] * 10
    assert second.app.query_params["dataset"] == library.MNIST


def test_a_failed_download_gets_an_error_and_the_built_in_digits_stay_in_use(published, anywhere, monkeypatch):
    monkeypatch.setenv(command.MIRRORS, "http://127.0.0.1:9/")  # where no server listens
    visitor = wait(anywhere("data").press("Download it"))
    (sentence,) = visitor.said("error")
    assert "No network" in sentence
    assert training_images(visitor) == [400] * 10
    with Mirror(published) as mirror:
        monkeypatch.setenv(command.MIRRORS, mirror.url)
        wait(visitor.press("Download it"))
    assert library.names() == (library.MNIST,)


# Comparing


def test_a_dataset_that_lacks_the_digits_in_play_is_not_said_to_be_missing_from_the_server(own_home, anywhere, mnist):
    library.publish(
        library.stage({split: {0: mnist[split, 0], 1: mnist[split, 1]} for split in ("train", "valid")}, "Two")
    )
    (said,) = (text for text in anywhere("data").said("info") if "compare" in text)
    assert said.startswith("Only one dataset here has all digits in play.")


def test_datasets_are_compared_by_training_on_each_and_testing_on_all(own_place, anywhere, stacks, mnist):
    visitor = anywhere("data").press("Train and compare")
    assert visitor.said("error") == []
    (table,) = (one.value for one in visitor.app.table if any("tested on" in str(name) for name in one.value.columns))
    assert table.shape == (2, 2)
    shares = table.map(lambda cell: float(cell.split("%")[0]))
    # Both models learn their few training images by heart, and the built-in digits contain the imported ones.
    assert shares.iloc[0, 0] > 90
    assert (shares > 50).all().all()
    assert "*" not in table.iloc[0, 0]
    assert "*" not in table.iloc[0, 1]
    assert {"train_steps", "score", "count_seen"} <= {*shown_functions(visitor)}


def test_validation_images_that_a_model_was_trained_on_are_counted(own_home, anywhere, mnist):
    seen = {
        "train": {d: mnist["train", d][:20] for d in (3, 7)},
        "valid": {d: mnist["train", d][20:25] for d in (3, 7)},
    }
    library.publish(library.stage(seen, "seen"))
    visitor = anywhere("data").press("Train and compare")
    assert "10 of the 10 validation images of `seen`" in visitor.text


def test_with_one_dataset_the_page_says_that_there_is_nothing_to_compare(visit):
    assert any("one dataset" in one for one in visit("data").said("info"))


# The question, the code and the specimen


def test_the_question_and_the_specimen_are_there_as_on_every_page(visit):
    visitor = visit("data").set(guess_data="3,136,000")
    assert "**3,136,000** is right." in visitor.text
    assert visitor.specimen == "valid/3/0002.png"


@pytest.mark.parametrize("imported", [False, True], ids=["built-in", "imported"])
def test_the_code_drawer_shows_what_read_the_digits_and_no_training_before_a_comparison(own_place, anywhere, imported):
    with recorded_calls() as called:
        functions = shown_functions(anywhere("data", dataset=own_place if imported else builtin.NAME))
    assert {*functions} == {"list_images", "open_dataset", "read_index"}
    assert {*functions.values()} <= called
