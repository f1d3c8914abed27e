"""The widgets that set up a training run, each bound to the link."""

from dataclasses import replace

import streamlit as st

from core.training.run import Config, Hyperparameters
from ui.kit.live_slider import live_slider
from ui.kit.model_and_loss import loss_widget, model_widget
from ui.kit.text import counted
from ui.kit.widgets import ALL, batch_sizes, choose, sizes_below
from ui.seat.classes import hides
from ui.state import choices, keys, session


def rate_slider() -> None:
    """Show the learning rate. While it is dragged, each step is taken with the newest one."""
    rates = sorted({*choices.TRAINING_RATES, session.value("lr")})
    live_slider("Learning rate", "lr", rates, "{:g}".format, _change_rate)


def _change_rate(rate: float) -> None:
    run = st.session_state.get(keys.TRAINING_RUN)
    if run:
        run.change(replace(run.hyper, lr=rate))


def setup_widgets(digits: tuple[int, ...], images: int) -> tuple[Config, Hyperparameters]:
    """Show all else that makes a run, each behind a button that says what is chosen.

    images: how many training images there are.
    """
    with st.container(horizontal=True, gap="small"):
        batch_size, momentum = _steps(images)
        hidden = model_widget()
        train_size, shuffle, seed = _data(images)
        loss = loss_widget(digits)
        max_epochs, patience = _stop()
        kept, uphill, ordered = _mistakes()
    order = "sorted" if ordered else "shuffled" if shuffle else "fixed"
    config = Config(digits=digits, hidden=hidden, loss=loss, train_size=train_size, order=order, seed=seed)
    hyper = Hyperparameters(
        lr=session.value("lr"),
        batch_size=batch_size,
        momentum=momentum,
        zero_grad=not kept,
        uphill=uphill,
        max_epochs=max_epochs,
        patience=patience,
    )
    return config, hyper


def _steps(images: int) -> tuple[int, float]:
    sizes, usual = batch_sizes(images), min(256, images)
    chosen, pushed = session.value("batch"), session.value("momentum")
    label = f"Batch: {min(chosen, images):,}" + (f", momentum {pushed:g}" if pushed else "")
    with st.popover(label):
        batch_size = choose(
            "Batch size", "batch", sizes, usual, help="Images in one step. The gradient is the mean of theirs."
        )
        momentum = st.slider(
            "Momentum", help="How much of the last step's speed is kept. 0: none.", **session.bound("momentum")
        )
        st.caption("Both can be changed while it runs; what is learned stays.")
    return batch_size, momentum


def _data(images: int) -> tuple[int | None, bool, int]:
    chosen = session.value("images") or ALL
    if chosen >= images and "images" in st.session_state:
        st.session_state["images"] = ALL
    with st.popover(f"Data: {counted(min(chosen, images), 'image')}"):
        size = choose(
            "Training images",
            "images",
            [*sizes_below(images), ALL],
            ALL,
            format_func=lambda size: f"all {images:,}" if size == ALL else str(size),
            help="Few images are soon learned by heart: watch validation loss turn up.",
        )
        shuffle = st.toggle("Shuffle anew every epoch", **session.bound("shuffle"))
        seed = st.number_input(
            "Seed", help="The same seed gives the same weights, images and order.", **session.bound("seed")
        )
        st.caption("A change starts a new run.")
    return (None if size == ALL else size), shuffle, seed


def _stop() -> tuple[int | None, int | None]:
    with st.popover(f"Stop: {session.value('stop').lower()}"):
        rule = st.segmented_control("Stop", **session.bound("stop"))
        epochs = st.number_input("Epochs", disabled=rule != "After some epochs", **session.bound("epochs"))
        patience = st.number_input(
            "Epochs without a lower validation loss", disabled=rule != "When it overfits", **session.bound("patience")
        )
        st.caption("A model overfits when it gets better on training images only. The best weights are put back.")
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
