"""The choices of a model and of a loss, the code of an optimiser, and the link to a run: for two pages that train.

The learning rate and the other hyperparameters are chosen in `ui/training/setup.py` and `ui/rates/setup.py`.
"""

from collections.abc import Callable

import streamlit as st

from core.training import optimisers
from core.training.run import Config, Hyperparameters
from ui.kit.live_slider import live_slider
from ui.state import choices, session


def model_widget(prefix: str = "") -> int:
    """Show the choice of the model and return the units of its hidden layer, 0 for the linear one.

    prefix: of the names of its settings, on a page that has its own.
    """
    chosen, units = session.value(f"{prefix}model"), session.value(f"{prefix}units")
    with st.popover("Model: linear" if chosen == "Linear" else f"Model: {units} hidden units"):
        model = st.segmented_control("Model", **session.bound(f"{prefix}model"))
        none = model == "Linear"
        units = live_slider("Units of the hidden layer", f"{prefix}units", disabled=none, let_go=True)
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
        loss = st.segmented_control("Loss", **session.bound(f"{prefix}loss"))
        st.caption(
            "p is the probability of the right digit: the sigmoid turns the model's sum into a number from 0 to 1. "
            "mnist_loss is the mean of 1 − p, binary cross-entropy the mean of −log p. "
            "A change starts a new run."
        )
    return loss


def optimiser_functions(hyper: Hyperparameters) -> list[Callable]:
    """Return the functions that make the directions of a step out of gradients, in the order of their calls."""
    functions = [optimisers.directions_of]
    if hyper.weight_decay:
        functions.append(optimisers.with_weight_decay)
    if hyper.optimiser == optimisers.ADAM:
        functions.append(optimisers.adam)
    elif hyper.momentum:
        functions.append(optimisers.with_momentum)
    return functions


def run_settings(config: Config, hyper: Hyperparameters) -> dict[str, object]:
    """Return the settings of Training, by their names, that make a run with this set-up."""
    settings = {
        "lr": hyper.lr,
        "batch": hyper.batch_size,
        "momentum": hyper.momentum,
        "optimiser": hyper.optimiser,
        "decay": hyper.weight_decay,
        "keep_gradients": not hyper.zero_grad,
        "uphill": hyper.uphill,
        "stop": "After some epochs" if hyper.max_epochs else "When it overfits" if hyper.patience else "Never",
        "epochs": hyper.max_epochs,
        "patience": hyper.patience,
        "model": "Hidden layer" if config.hidden else "Linear",
        "units": config.hidden or None,
        "images": config.train_size or choices.MOST_IMAGES,
        "shuffle": config.order != "fixed",
        "sorted": config.order == "sorted",
        "seed": config.seed,
        "loss": config.loss if len(config.digits) == 2 else None,
    }
    return {name: value for name, value in settings.items() if value is not None}
