"""The model that the learner has trained and taken to the other pages."""

from dataclasses import dataclass

import streamlit as st

from core.model import Params
from ui.state import keys


@dataclass(frozen=True)
class OwnModel:
    """A trained model, the digits that it tells apart, and a description of its run."""

    digits: tuple[int, ...]
    params: Params
    about: str


def own_model(digits: tuple[int, ...]) -> OwnModel | None:
    """Return the model that the learner has taken to the other pages, if it tells these digits apart."""
    own = st.session_state.get(keys.MODEL)
    return own if own is not None and own.digits == digits else None
