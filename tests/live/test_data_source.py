"""What names the digits for a worker: a short message, and a dataset is read once for all choices of its digits."""

import itertools
import pickle

import pytest

from core.dataset import DatasetError
from live import data_source
from live.data_source import DataCache, DataSource
from sources.packed import open_dataset
from tests.live import calls

PAIRS = list(itertools.combinations(range(5), 2))


@pytest.fixture
def reads(monkeypatch):
    """The folders that were read, in a process whose cache is empty."""
    folders = []

    def open_and_count(folder):
        folders.append(str(folder))
        return open_dataset(folder)

    monkeypatch.setattr(data_source, "open_dataset", open_and_count)
    monkeypatch.setattr(data_source, "_cache", DataCache(2**26))
    return folders


def test_a_source_is_a_short_message_and_its_data_are_made_once(built_in_folder):
    source = DataSource(str(built_in_folder), (4, 9))
    assert len(pickle.dumps(source)) < 1000
    data = source.load()
    assert pickle.loads(pickle.dumps(source)).load() is data
    assert DataSource(str(built_in_folder), (4, 7)).load() is not data
    assert data.train_y.bincount().tolist() == [400, 400]


def test_a_folder_that_is_not_there_is_named_in_a_sentence(tmp_path):
    with pytest.raises(DatasetError, match=r"gone are no longer on this server\."):
        DataSource(str(tmp_path / "gone"), (3, 7)).load()


def test_ten_choices_of_digits_in_turn_read_their_dataset_once(built_in_folder, reads):
    assert len(PAIRS) == 10
    for digits in PAIRS * 3:
        DataSource(str(built_in_folder), digits).load()
    assert reads == [str(built_in_folder)]


def test_neighbouring_digits_are_a_view_of_one_dataset(built_in_folder, reads):
    addresses = {
        DataSource(str(built_in_folder), digits).load().train_x.untyped_storage().data_ptr()
        for digits in [(3, 4), (3, 4, 5), tuple(range(10))]
    }
    assert len(addresses) == 1


@pytest.fixture
def two_folders(built_in_folder, tmp_path):
    (tmp_path / "other").symlink_to(built_in_folder)
    return str(built_in_folder), str(tmp_path / "other")


def test_the_least_recently_used_dataset_is_dropped_when_there_are_too_many_bytes(two_folders, reads):
    first, second = two_folders
    dataset = 5000 * 784
    cache = DataCache(limit=2 * dataset)  # two of them with what is made of them are more than that
    cache.load(DataSource(first, (3, 7)))
    cache.load(DataSource(second, (3, 7)))
    cache.load(DataSource(second, (1, 2)))
    cache.load(DataSource(second, (3, 7)))
    assert reads == [first, second]
    cache.load(DataSource(first, (3, 7)))
    assert reads == [first, second, first]


def test_data_made_of_a_dataset_are_dropped_before_it(built_in_folder, reads):
    cache = DataCache(limit=5000 * 784 + 5 * 1000 * 784)
    first = cache.load(DataSource(str(built_in_folder), PAIRS[1]))
    for digits in PAIRS[1:] * 2:
        cache.load(DataSource(str(built_in_folder), digits))
    assert cache.load(DataSource(str(built_in_folder), PAIRS[1])) is not first
    assert len(reads) == 1


def test_a_dataset_larger_than_the_limit_is_kept_while_it_is_in_use(built_in_folder, reads):
    cache = DataCache(limit=1)
    for digits in PAIRS:
        assert len(cache.load(DataSource(str(built_in_folder), digits)).train_x) == 800
    assert len(reads) == 1


def test_a_worker_gets_the_data_where_a_source_is_passed(shared_worker, built_in_folder):
    source = DataSource(str(built_in_folder), (3, 7))
    assert shared_worker.submit(calls.describe, source, "rows").result(60) == ("rows", 800)
