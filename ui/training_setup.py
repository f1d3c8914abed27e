"""The widgets that set up a training run, each bound to the link."""

import streamlit as st

from core.training import Config, Knobs
from ui import state
from ui.words import counted

ALL = state.MOST  # images: as many as there are, also when other digits with more images come into play


def sizes_below(most: int) -> list[int]:
    """Return round sizes below `most`."""
    return [size for size in state.SIZES if size < most]


def batch_sizes(most: int) -> list[int]:
    """Return powers of two below `most`, and `most` itself."""
    return [*(2**power for power in range(most.bit_length()) if 2**power < most), most]


def choose(label: str, name: str, options: list, default, **more):
    """Show a slider over options; a value from a link or another dataset gives way to the nearest option."""
    if name in st.session_state and st.session_state[name] not in options:
        asked = st.session_state[name]
        st.session_state[name] = default if asked is None else min(options, key=lambda option: abs(option - asked))
    return st.select_slider(label, options, **more, **state.bound(name, default=default))


def rate_widget() -> float:
    """Show the learning rate and return it; one that comes from another page or a link has a place on the slider."""
    return st.select_slider(
        "Learning rate", sorted({*state.TRAINING_RATES, state.value("lr")}), format_func="{:g}".format,
        help="How far a step goes: the gradient is multiplied by it.", **state.bound("lr"),
    )  # fmt: skip


def setup_widgets(digits: tuple[int, ...], images: int, lr: float) -> tuple[Config, Knobs]:
    """Show all else that makes a run, each behind a button that says what is chosen.

    images: how many training images there are.
    """
    with st.container(horizontal=True, gap="small"):
        batch_size, momentum = _steps(images)
        hidden = model_widget()
        train_size, shuffle, seed = _data(images)
        loss = loss_widget(digits)
        stop = _stop()
        kept, uphill, ordered = _mistakes()
    order = "sorted" if ordered else "shuffled" if shuffle else "fixed"
    config = Config(digits, hidden, loss, train_size, order, seed)
    return config, Knobs(lr, batch_size, momentum, not kept, uphill, *stop)


def _steps(images: int) -> tuple[int, float]:
    sizes, usual = batch_sizes(images), min(256, images)
    chosen, pushed = state.value("batch"), state.value("momentum")
    label = f"Batch: {min(chosen, images):,}" + (f", momentum {pushed:g}" if pushed else "")
    with st.popover(label):
        batch_size = choose("Batch size", "batch", sizes, usual,
                             help="Images in one step. The gradient is the mean of theirs.")  # fmt: skip
        momentum = st.slider("Momentum", 0.0, 0.99, step=0.01, **state.bound("momentum"),
                             help="How much of the last step's speed is kept. 0: none.")  # fmt: skip
        st.caption("Both can be changed while it runs; what is learned stays.")
    return batch_size, momentum


def model_widget(prefix: str = "") -> int:
    """Show the choice of the model and return the units of its hidden layer, 0 for the linear one.

    prefix: of the names of its settings, on a page that has its own.
    """
    chosen, units = state.value(f"{prefix}model"), state.value(f"{prefix}units")
    label = "Model: linear" if chosen == "Linear" else f"Model: {units} hidden units"
    with st.popover(label):
        model = st.segmented_control("Model", ["Linear", "Hidden layer"], required=True,
                                     **state.bound(f"{prefix}model", "default"))  # fmt: skip
        units = st.slider("Units of the hidden layer", 1, state.MOST_UNITS, disabled=model == "Linear",
                          **state.bound(f"{prefix}units"))  # fmt: skip
        st.caption("Linear: a sum of the pixels, each times its weight. One sum tells two digits apart; of more, "
                   "each has its own. A hidden layer: many such sums, each cut off below 0 (ReLU), then added up "
                   "again, with weights, too. A change starts a new run.")  # fmt: skip
    return units if model == "Hidden layer" else 0


def _data(images: int) -> tuple[int | None, bool, int]:
    chosen = state.value("images") or ALL
    if chosen >= images and "images" in st.session_state:
        st.session_state["images"] = ALL
    with st.popover(f"Data: {counted(min(chosen, images), 'image')}"):
        size = choose("Training images", "images", [*sizes_below(images), ALL], ALL,
                       format_func=lambda size: f"all {images:,}" if size == ALL else str(size),
                       help="Few images are soon learned by heart: watch validation loss turn up.")  # fmt: skip
        shuffle = st.toggle("Shuffle anew every epoch", **state.bound("shuffle"))
        seed = st.number_input("Seed", 0, state.LAST_SEED, step=1, **state.bound("seed"),
                               help="The same seed gives the same weights, images and order.")  # fmt: skip
        st.caption("A change starts a new run.")
    return (None if size == ALL else size), shuffle, seed


def loss_widget(digits: tuple[int, ...], prefix: str = "") -> str:
    """Show the choice of the loss and return it. prefix: as for `model_widget`."""
    several = len(digits) > 2
    chosen = "cross-entropy" if several else state.value(f"{prefix}loss")
    with st.popover(f"Loss: {chosen}"):
        if several:
            st.markdown("With three digits or more, the loss is **cross-entropy**: the mean of −log p, where p is the "
                        "probability (softmax) of the right digit.")  # fmt: skip
            return chosen
        loss = st.segmented_control("Loss", ["mnist_loss", "binary cross-entropy"], required=True,
                                    **state.bound(f"{prefix}loss", "default"))  # fmt: skip
        st.caption("p is the probability that the sigmoid gives the right digit. mnist_loss is the mean of 1 − p, "
                   "binary cross-entropy the mean of −log p. A change starts a new run.")  # fmt: skip
    return loss


def _stop() -> tuple[int | None, int | None]:
    with st.popover(f"Stop: {state.value('stop').lower()}"):
        rule = st.segmented_control("Stop", ["Never", "After some epochs", "When it overfits"], required=True,
                                    **state.bound("stop", "default"))  # fmt: skip
        epochs = st.number_input("Epochs", 1, state.MOST_EPOCHS, step=1, disabled=rule != "After some epochs",
                                 **state.bound("epochs"))  # fmt: skip
        patience = st.number_input("Epochs without a lower validation loss", 1, state.MOST_EPOCHS, step=1,
                                   disabled=rule != "When it overfits", **state.bound("patience"))  # fmt: skip
        st.caption("A model overfits when it gets better on training images only. The best weights are put back.")
    return (epochs if rule == "After some epochs" else None), (patience if rule == "When it overfits" else None)


def _mistakes() -> tuple[bool, bool, bool]:
    made = [name for name in ("keep_gradients", "uphill", "sorted") if state.value(name)]
    with st.popover(f"Mistakes: {len(made) or 'none'}"):
        st.markdown("**Wrong on purpose**: make a mistake that many have made, and learn what it looks like.")
        kept = st.toggle("Forget to set the gradient to zero", **state.bound("keep_gradients"))
        st.caption("Each gradient is added to all before it. Look for swings that grow instead of settling.")
        uphill = st.toggle("Step along the gradient", **state.bound("uphill"))
        st.caption("The gradient points uphill. Look for a loss that rises from the first step on.")
        ordered = st.toggle("Batches sorted by label", **state.bound("sorted"))
        st.caption("All of one digit, then all of the next. Look for saw teeth in the loss of each step, and for an "
                   "accuracy of about half: the model always answers what it saw last. Starts a new run.")  # fmt: skip
    return kept, uphill, ordered
