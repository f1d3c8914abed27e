"""What there is one of for the whole server."""

from dataclasses import replace

from tests.live.test_classifiers import Counting
from ui import server
from ui.server import classifiers


def test_a_server_has_one_set_of_judges_for_a_dataset_that_know_all_its_digits(scene, monkeypatch, tmp_path):
    begun = []

    def begin(dataset):
        begun.append(dataset)
        return object()

    monkeypatch.setattr(server, "begin", begin)
    assert classifiers(scene.dataset) is classifiers(replace(scene, digits=(5, 9)).dataset)
    assert begun == [scene.dataset]


def test_the_judges_of_a_dataset_are_trained_on_all_of_its_digits(scene, monkeypatch, tmp_path):
    executor = Counting(refuse_at=1)
    monkeypatch.setattr(server, "pool", lambda: type("Pool", (), {"executor": executor, "source": lambda *_: None})())
    assert server.begin(scene.dataset).digits == (2, 5, 9)
