"""What there is one of for the whole server."""

from dataclasses import replace
from types import SimpleNamespace

from tests.executors import ManualExecutor
from ui import server


def test_a_dataset_has_one_set_of_classifiers_that_is_trained_on_all_its_digits(scene, monkeypatch):
    executor = ManualExecutor()
    monkeypatch.setattr(
        server, "pool", lambda: SimpleNamespace(lane=lambda background: executor, source=lambda dataset, digits: digits)
    )
    classifiers = server.classifiers(scene.dataset)
    assert classifiers is server.classifiers(replace(scene, digits=(5, 9)).dataset)
    assert classifiers.digits == (2, 5, 9)
    assert len(executor.calls) == 2  # one for each chain
    assert {args[1] for _, _, args in executor.calls} == {(2, 5, 9)}
