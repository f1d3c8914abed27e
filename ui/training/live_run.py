"""A training run as it goes on: its buttons, and its numbers, curves and weights, drawn many times a second."""

import math
from bisect import bisect_right
from collections.abc import Callable

import numpy as np
import streamlit as st

from core import model
from core.loss import LOSSES
from core.rates.many_runs import stack_runs
from core.training import data, evaluation, next_step, optimisers, sgd
from core.training.run import DIVERGED, ENOUGH, OVERFITTING
from live.curves import Curve
from live.training_run import TrainingRun
from live.weights_pictures import UNITS_IN_VIEW, weights_pictures
from ui.frame.scene import Scene
from ui.kit import play
from ui.kit.model_and_loss import optimiser_functions
from ui.kit.text import counted, with_article
from ui.live_view.feed import open_feed
from ui.live_view.message import pack
from ui.live_view.view import show_view
from ui.state import choices, keys, session
from ui.training import charts, runs

MOST_SENT = 20_000  # steps in one message; a browser that has missed more gets the thinned curve instead
MOST_EPOCHS_SENT = 2_000


def run_button(run: TrainingRun, pace: str) -> None:
    """Show the button that runs or pauses. pace: one of PACES."""
    if run.playing:
        play.button("Pause", "run", run.pause, width=110)
    else:
        action = "Go on" if run.over and not diverged(run) else "Run"
        play.button(action, "run", go_on, run, run.play, pace != choices.FLAT_OUT, disabled=diverged(run), width=110)


def diverged(run: TrainingRun) -> bool:
    """Say whether there is no step that the run could take."""
    return run.state.stopped == DIVERGED


def go_on(run: TrainingRun, how: Callable, *args) -> None:
    """Play on in some way, also if a rule has stopped the run: then without that rule, if it would stop it again."""
    if run.over:
        run.resume()
        if run.hyper.max_epochs is run.hyper.patience is None:
            st.session_state["stop"] = "Never"
    how(*args)


def step_buttons(scene: Scene, run: TrainingRun) -> None:
    """Show the buttons for one step, for one epoch, and for a new beginning."""
    play.button("One step", "one_step", go_on, run, run.take_step, disabled=diverged(run))
    whole = "An epoch is one pass over all training images."
    play.button("One epoch", "one_epoch", go_on, run, run.take_epoch, disabled=diverged(run), help=whole)
    again = "Begin again from random weights. This run stays below as an earlier one."
    play.button("Reset", "reset", runs.new_run, scene, run.config, run.hyper, help=again)


def pace_widget() -> str:
    """Show how fast the run is to be shown, and return it."""
    return st.segmented_control(
        "Steps a second",
        help="Slow start: the first 20 steps take five seconds, then it gets faster by itself.",
        **session.bound("pace"),
    )


def show_live(scene: Scene, run: TrainingRun, pace: str, logarithmic: bool) -> None:
    """Show the run while it goes on."""
    earlier = [
        (one.curve_name, *(_flat(one.history.curves[name]) for name in ("valid_loss", "valid_accuracy")))
        for one in runs.earlier_runs()
        if not one.hidden
    ]
    open_feed(run, lambda have: message(run, have))
    show_view(run.name, run.playing, pace, logarithmic, _what_weights_say(scene, run), earlier)


def message(run: TrainingRun, have: int | None) -> bytes:
    """Write what a live view does not have yet; the whole run, thinned, if it has nothing or has missed too much.

    have: how many steps it has.
    """
    now, history = run.state, run.history
    begin = have if have is not None and now.step - MOST_SENT <= have <= now.step else None
    if begin is None:
        positions, losses = np.array(history.step_curve.points()).reshape(-1, 2).T
        first = 0
    else:
        positions, losses = history.positions[begin:], history.losses[begin:]
        first = bisect_right(history.epochs["step"], begin) if begin else 0
    epochs = np.array([column[first:] for column in history.epochs.values()], np.float32).T
    last = run.result
    shown = last if now.stopped == OVERFITTING and last else now
    header = {
        "run": run.name,
        "from": begin,
        "step": now.step,
        "position": history.positions[-1] if history.positions else 0,
        "playing": run.playing,
        "rate": run.rate_in_use and f"{run.rate_in_use:g}",
        "speed": run.images_per_second,
        "marks": charts.marks_of(run),
        "epoch": shown.epoch,
        "at_step": shown.step,
        "last": last and {name: value if math.isfinite(value) else None for name, value in last._asdict().items()},
    }
    return pack(
        header,
        losses=np.asarray(losses, np.float32),
        positions=np.asarray(positions, np.float32),
        epochs=epochs[:: math.ceil(len(epochs) / MOST_EPOCHS_SENT) or 1],
        weights=weights_shown(run),
    )


def weights_shown(run: TrainingRun) -> np.ndarray:
    """Return pictures of the first layer, as `weights_pictures` does: (units, 784) int8."""
    return weights_pictures(stack_runs(run.state.params, 1), run.first)[0].numpy()


def _flat(curve: Curve) -> list[float]:
    return [number for point in curve.points() if math.isfinite(point[1]) for number in point]


def show_still(run: TrainingRun, logarithmic: bool) -> None:
    """Show a run that is paused as charts that can be saved as pictures."""
    earlier = [one for one in runs.earlier_runs() if not one.hidden]
    if run.playing or not (run.state.step or earlier):
        return
    drawer = st.expander("As charts to keep", icon=":material/monitoring:", on_change="rerun", key=keys.STILL)
    if not drawer.open:
        return
    mark = charts.mark_of(run)
    with drawer:
        st.caption("The menu at the corner of a chart saves it as a picture. Earlier runs, below, has its data as CSV.")
        for which, log in ((charts.LOSS, logarithmic), (charts.ACCURACY, False)):
            table = charts.curve_table(which, run.history, earlier, mark, log)
            spec = charts.curves(which, tuple(one.curve_name for one in earlier), log, bool(mark))
            st.vega_lite_chart(table, spec, alt=f"{which[0].capitalize()} against epochs")


def say_how_it_ended(run: TrainingRun) -> None:
    """Say why the run has stopped or can't go on, if so."""
    now = run.state
    if run.problem:
        st.error(f"The run is paused: {run.problem}")
    elif now.stopped == DIVERGED:
        used = run.changes[-1][1]
        why = (
            "Steps went along the gradient, up the slope. Switch that off, behind the button **Mistakes**, and reset."
            if used.uphill
            else "Steps were so long that they led over the valley, each higher up the far side than the one before. "
            "Choose a smaller rate and reset."
        )
        at = f"at step {now.step:,} with the learning rate {used.lr:g}"
        st.warning(f"**Diverged** {at}: the loss is no longer a number. {why}")
    elif now.stopped == OVERFITTING:
        since = f"since epoch {now.best_epoch:,}" if now.best_epoch else "below that of the start"
        which = "that epoch" if now.best_epoch else "the start"
        st.info(
            f"Stopped after {counted(now.epoch, 'epoch')}: validation loss has not fallen {since}. The weights of "
            f"{which}, the best, have been put back. **Go on** from there, or reset to begin again."
        )
    elif now.stopped == ENOUGH:
        st.info(f"Stopped after {counted(now.epoch, 'epoch')}, as asked. **Go on**, or reset to begin again.")


def called(run: TrainingRun, looked: bool) -> list[Callable]:
    """Return the functions that were called for this run, the step first. looked: whether the next step was shown."""
    initial, optimiser = [sgd.start, model.init_params], [optimisers.Optimiser, *optimiser_functions(run.hyper)]
    model_functions = [model.predict, model.linear, LOSSES[run.config.loss], data.epoch_order, data.batches]
    if run.state.step:
        steps = [sgd.sgd_step, *optimiser, sgd.train_epoch, sgd.train_steps]
        functions = [*steps, *initial, *model_functions, evaluation.initial_evaluation, evaluation.evaluate]
        if run.config.outputs > 1:  # for a single logit, the sign is enough
            functions.append(model.answers)
    else:
        functions = [*initial, *optimiser, *model_functions] if looked else initial
    return [*functions, next_step.look_at_step] if looked else functions


def _what_weights_say(scene: Scene, run: TrainingRun) -> str:
    if run.config.hidden:
        some = run.config.hidden > UNITS_IN_VIEW
        which = f"the {UNITS_IN_VIEW} units that count most" if some else "each unit"
        return f"What {which} learned: the weights minus those of the start. Blue: raised. Orange: lowered."
    if len(scene.digits) == 2:
        a, b = map(with_article, scene.digits)
        return f"The weights. Blue: ink here speaks for {a}. Orange: for {b}."
    digits = ", ".join(map(str, scene.digits))
    return f"The weights of {digits}, in this order. Blue: ink here speaks for the digit. Orange: against it."
