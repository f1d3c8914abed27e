"""Widgets for hyperparameters that Training and Learning rates share."""

import streamlit as st

from ui.state import choices, session

ALL = choices.MOST  # images: as many as there are, also when other digits with more images come into play


def sizes_below(most: int) -> list[int]:
    """Return round sizes below `most`."""
    return [size for size in choices.SIZES if size < most]


def batch_sizes(most: int) -> list[int]:
    """Return powers of two below `most`, and `most` itself."""
    return [*(2**power for power in range(most.bit_length()) if 2**power < most), most]


def choose(label: str, name: str, options: list, default, **more):
    """Show a slider over options; a value from a link or another dataset gives way to the nearest option."""
    if name in st.session_state and st.session_state[name] not in options:
        asked = st.session_state[name]
        st.session_state[name] = default if asked is None else min(options, key=lambda option: abs(option - asked))
    return st.select_slider(label, options, **more, **session.bound(name, default=default))


def model_widget(prefix: str = "") -> int:
    """Show the choice of the model and return the units of its hidden layer, 0 for the linear one.

    prefix: of the names of its settings, on a page that has its own.
    """
    chosen, units = session.value(f"{prefix}model"), session.value(f"{prefix}units")
    label = "Model: linear" if chosen == "Linear" else f"Model: {units} hidden units"
    with st.popover(label):
        model = st.segmented_control(
            "Model", ["Linear", "Hidden layer"], required=True, **session.bound(f"{prefix}model", "default")
        )
        units = st.slider(
            "Units of the hidden layer",
            1,
            choices.MOST_UNITS,
            disabled=model == "Linear",
            **session.bound(f"{prefix}units"),
        )
        st.caption(
            "Linear: a sum of the pixels, each times its weight. One sum tells two digits apart; of more, "
            "each has its own. A hidden layer: many such sums, each cut off below 0 (ReLU), then added up "
            "again, with weights, too. A change starts a new run."
        )
    return units if model == "Hidden layer" else 0


def loss_widget(digits: tuple[int, ...], prefix: str = "") -> str:
    """Show the choice of the loss and return it. prefix: as for `model_widget`."""
    several = len(digits) > 2
    chosen = "cross-entropy" if several else session.value(f"{prefix}loss")
    with st.popover(f"Loss: {chosen}"):
        if several:
            st.markdown(
                "With three digits or more, the loss is **cross-entropy**: the mean of −log p, where p is the "
                "probability (softmax) of the right digit."
            )
            return chosen
        loss = st.segmented_control(
            "Loss", ["mnist_loss", "binary cross-entropy"], required=True, **session.bound(f"{prefix}loss", "default")
        )
        st.caption(
            "p is the probability that the sigmoid gives the right digit. mnist_loss is the mean of 1 − p, "
            "binary cross-entropy the mean of −log p. A change starts a new run."
        )
    return loss
