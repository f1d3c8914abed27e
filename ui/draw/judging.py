"""What every method answers for one drawing, and how the verdicts show it."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from core.drawing.normalise import Stages, Switches, go_through
from core.drawing.transform import Adjustment, adjust
from core.ideal import to_unit
from ui.draw import answers, models
from ui.draw.answers import Answer
from ui.draw.models import DigitModel
from ui.frame import baseline
from ui.frame.scene import Scene
from ui.kit.text import names_of
from ui.state import keys, session
from ui.state.settings import SETTINGS

STAGES = ("crop", "fit", "centre")  # settings, in the order in which `Switches` has them
CHANGES = ("move_right", "move_down", "scale", "turn", "thicker")  # as `Adjustment` has them


@dataclass(frozen=True)
class Judged:
    """A drawing, the stages that it went through, and what each method answers.

    stages, digit and unit are None, and nothing is answered, while there is no ink. digit: (28, 28) uint8, 255 is ink;
    unit: the same as float32 in [0, 1], all that the methods see. ideals: (K, 28, 28) float32 in [0, 1].
    answers: by L1, by L2, then by each of the models. said: whether they agree. cards: one for each method, as the
    browser shows it. painted: whether pixels that change a mind are on it.
    """

    stages: Stages | None
    digit: np.ndarray | None
    unit: Tensor | None
    ideals: Tensor
    models: list[DigitModel]
    answers: list[Answer]
    said: str
    cards: list[dict]
    painted: bool = False


def pushed_by() -> Adjustment:
    """Return how the drawing is pushed now."""
    return Adjustment(*map(session.value, CHANGES))


def set_to_usual(*names: str) -> None:
    """Give settings their defaults. To be called from a widget's callback."""
    for name in names:
        st.session_state[name] = SETTINGS[name].default


def judge(scene: Scene, ink: np.ndarray | None) -> Judged:
    """Judge ink: (height, width) uint8, 0 is paper and 255 is ink. None stands for no ink."""
    ideals = baseline.ideals(scene)
    ready, waiting = models.models_of(scene)
    passed = go_through(ink, Switches(*map(session.value, STAGES))) if ink is not None else None
    if passed is None:
        cards = answers.blank_cards([model.name for model in ready], waiting)
        return Judged(None, None, None, ideals, ready, [], _invitation(scene), cards)
    digit = adjust(passed.digit, pushed_by())
    before, after = st.session_state.get(keys.MIND) or (None, None)
    painted = before == digit.tobytes()  # of another drawing, they are no longer on it
    digit = after if painted else digit
    unit = to_unit(torch.tensor(digit))
    given = answers.by_distance(unit, ideals, scene.digits)
    given += [answers.by_model(unit, model, scene.digits) for model in ready]
    cards = answers.cards(given, waiting, scene.digits)
    return Judged(passed, digit, unit, ideals, ready, given, answers.agreement(given), cards, painted)


def _invitation(scene: Scene) -> str:
    """Say what to do while there is nothing to judge: the paper is blank, or a picture is missing or shows no ink."""
    names = names_of(scene.digits)
    if session.value("way") == "Draw":
        return f"Nothing to judge yet. Draw {names}: the verdicts move while you draw."
    return f"Nothing to judge yet. Show a picture of {names}."
