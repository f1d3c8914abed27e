"""The widgets that set up a training run, each bound to the link."""

from dataclasses import replace

import streamlit as st

from core.training.optimisers import ADAM, SGD
from core.training.run import Config, Hyperparameters
from ui.kit.live_slider import live_slider
from ui.kit.model_and_loss import loss_widget, model_widget
from ui.kit.text import counted
from ui.kit.widgets import batch_size, batch_sizes, sizes_below
from ui.seat.classes import hides
from ui.state import choices, keys, session

POPOVER_WIDTH = 300  # pixels, whatever stands in it


def steering(images: int) -> None:
    """Show what acts while it is dragged: each step is taken with the newest rate, momentum, batch and the like.

    images: how many training images there are.
    """
    with st.container(key="steering", horizontal=True, vertical_alignment="center", gap="small"):
        with st.container():
            rates = sorted({*choices.TRAINING_RATES, session.value("lr")})
            live_slider("Learning rate", "lr", rates, "{:g}".format, lambda rate: _turn(lr=rate))
        with st.popover(_step_in_words(images), icon=":material/tune:"), st.container(width=POPOVER_WIDTH):
            st.segmented_control("Optimiser", on_change=lambda: _turn(**_optimiser()), **session.bound("optimiser"))
            if session.value("optimiser") == ADAM:
                st.caption(
                    "Adam divides the mean of recent gradients by their size, so that all weights move about equally "
                    "far. Begin with small rates: 0.001 to 0.01. It has a momentum of its own, 0.9."
                )
            else:
                momenta = [place / 100 for place in range(100)]
                live_slider("Momentum", "momentum", momenta, "{:g}".format, lambda kept: _turn(momentum=kept))
                st.caption("How much of the last step's speed is kept. 0: none.")
            sizes = batch_sizes(images)
            live_slider("Batch size", "batch", sizes, "{:,}".format, lambda size: _turn(batch_size=size))
            st.caption("Images in one step. The gradient is the mean of theirs.")
            decays = choices.WEIGHT_DECAYS
            live_slider("Weight decay", "decay", decays, "{:g}".format, lambda decay: _turn(weight_decay=decay))
            st.caption("Pulls each weight towards 0, the stronger the larger it is. 0: not at all.")


def _turn(**changes) -> None:
    run = st.session_state.get(keys.TRAINING_RUN)
    if run:
        run.change(replace(run.hyper, **changes))


def _optimiser() -> dict[str, object]:
    """Return the optimiser and its momentum, which is that of SGD."""
    chosen = session.value("optimiser")
    return {"optimiser": chosen, "momentum": 0.0 if chosen == ADAM else session.value("momentum")}


def _step_in_words(images: int) -> str:
    chosen, decay = _optimiser(), session.value("decay")
    parts = [
        "" if chosen["optimiser"] == SGD else chosen["optimiser"],
        f"batch {batch_size('batch', images):,}",
        f"momentum {chosen['momentum']:g}" if chosen["momentum"] else "",
        f"decay {decay:g}" if decay else "",
    ]
    words = ", ".join(filter(None, parts))
    return words[0].upper() + words[1:]


def setup_widgets(digits: tuple[int, ...], images: int) -> tuple[Config, Hyperparameters]:
    """Show all else that makes a run, each behind a button that says what is chosen.

    images: how many training images there are.
    """
    with st.container(horizontal=True, gap="small"):
        hidden = model_widget()
        train_size, shuffle, seed = _data(images)
        loss = loss_widget(digits)
        max_epochs, patience = _stop()
        kept, uphill, ordered = _mistakes()
    order = "sorted" if ordered else "shuffled" if shuffle else "fixed"
    config = Config(digits=digits, hidden=hidden, loss=loss, train_size=train_size, order=order, seed=seed)
    hyper = Hyperparameters(
        lr=session.value("lr"),
        batch_size=batch_size("batch", images),
        zero_grad=not kept,
        uphill=uphill,
        max_epochs=max_epochs,
        patience=patience,
        weight_decay=session.value("decay"),
        **_optimiser(),
    )
    return config, hyper


def _data(images: int) -> tuple[int | None, bool, int]:
    chosen = session.value("images") or images
    if chosen >= images:
        st.session_state["images"] = None  # all, also when other digits with more images come into play
    sizes = [*sizes_below(images), images]
    size = min(sizes, key=lambda size: abs(size - chosen))
    with st.popover(f"Data: {counted(size, 'image')}"), st.container(width=POPOVER_WIDTH):
        write = {images: f"all {images:,}"}
        live_slider("Training images", "images", sizes, lambda size: write.get(size, f"{size:,}"), let_go=True)
        st.caption("Few images are soon learned by heart: watch validation loss turn up.")
        shuffle = st.toggle("Shuffle anew every epoch", **session.bound("shuffle"))
        seed = st.number_input(
            "Seed", help="The same seed gives the same weights, images and order.", **session.bound("seed")
        )
        st.caption("A change starts a new run.")
    return (None if size == images else size), shuffle, seed


def _stop() -> tuple[int | None, int | None]:
    with st.popover(f"Stop: {session.value('stop').lower()}"):
        rule = st.segmented_control("Stop", **session.bound("stop"))
        epochs = st.number_input("Epochs", disabled=rule != "After some epochs", **session.bound("epochs"))
        patience = st.number_input(
            "Epochs without a lower validation loss", disabled=rule != "When it overfits", **session.bound("patience")
        )
        back = " The best weights are put back." if rule == "When it overfits" else ""
        st.caption(f"A model overfits when it gets better on training images only.{back}")
    return (epochs if rule == "After some epochs" else None), (patience if rule == "When it overfits" else None)


def _mistakes() -> tuple[bool, bool, bool]:
    mistakes = ("keep_gradients", "uphill", "sorted")
    if hides("mistakes"):
        return tuple(map(session.value, mistakes))
    made = [name for name in mistakes if session.value(name)]
    with st.popover(f"Mistakes: {len(made) or 'none'}"):
        st.markdown("**Wrong on purpose**: make a mistake that many have made, and learn what it looks like.")
        kept = st.toggle("Forget to set the gradient to zero", **session.bound("keep_gradients"))
        st.caption(
            "Each gradient is added to all before it. The loss often falls faster at first; with cross-entropy, look "
            "for swings later on, where it should have settled."
        )
        uphill = st.toggle("Step along the gradient", **session.bound("uphill"))
        st.caption("The gradient points uphill. Look for a loss that rises from the first step on.")
        ordered = st.toggle("Batches sorted by label", **session.bound("sorted"))
        st.caption(
            "All of one digit, then all of the next. Look for saw teeth in the loss of each step. The model leans to "
            "what it saw last, so its accuracy can be low at first. Starts a new run."
        )
    return kept, uphill, ordered
