"""Four set-ups to begin with: a rate that is good, and three ways in which a rate can be wrong."""

import streamlit as st

from core.training.optimisers import SGD
from ui.state import keys, session

# The model and the rate with two digits, the same with more, and what to look for.
PRESETS = {
    "Good": (("Linear", 1.0), ("Linear", 0.1), "a loss that falls fast and then stays low"),
    "Too small": (
        ("Linear", 0.001),
        ("Linear", 0.001),
        "a loss that falls, but so slowly that a hundred steps hardly change it",
    ),
    "Bouncing": (
        ("Hidden layer", 2.0),
        ("Hidden layer", 1.0),
        "a loss that jumps up and down in the first epochs: steps lead past the bottom, up the far side of the valley",
    ),
    "Too large": (
        ("Hidden layer", 10.0),
        ("Hidden layer", 10.0),
        "a loss that shoots up within a few steps, and a model that from then on gives every image the same answer",
    ),
}


def preset_buttons(digits: tuple[int, ...]) -> None:
    """Show a button for each preset."""
    st.markdown("Try a rate:", width="content")
    for label in PRESETS:
        st.button(label, key=f"preset_{label}", on_click=_use, args=(label, digits))


def what_to_look_for(digits: tuple[int, ...]) -> None:
    """Say what to look for while the set-up of a preset is there."""

    def is_there(label: str) -> bool:
        return all(session.value(name) == wanted for name, wanted in _settings(label, digits).items())

    chosen = next(filter(is_there, PRESETS), None)
    st.caption(f"Look for {PRESETS[chosen][2]}." if chosen else "Each of these rates begins a new run.")


def begins() -> bool:
    """Return whether a preset has just been chosen, so that its run is to begin; only once for each choice."""
    return st.session_state.pop(keys.PRESET, False)


def _settings(label: str, digits: tuple[int, ...]) -> dict[str, object]:
    model, rate = PRESETS[label][len(digits) > 2]
    loss = {"loss": "mnist_loss" if model == "Linear" else "binary cross-entropy"} if len(digits) == 2 else {}
    steps = {"batch": 256, "momentum": 0.0, "optimiser": SGD, "decay": 0.0}
    usual = {"keep_gradients": False, "uphill": False, "sorted": False}
    units = {"units": 30} if model == "Hidden layer" else {}
    return {"model": model, "lr": rate, **loss, **units, **steps, **usual}


def _use(label: str, digits: tuple[int, ...]) -> None:
    st.session_state.update(_settings(label, digits))
    st.session_state[keys.PRESET] = True
