"""A training run as it goes on: its buttons, and its numbers, curves and weights, drawn many times a second."""

from collections.abc import Callable, Iterator

import streamlit as st

from core import model
from core.loss import LOSSES
from core.training import data, evaluation, next_step, sgd
from core.training.run import DIVERGED, ENOUGH, OVERFITTING
from live.training_run import TrainingRun
from ui.frame.scene import Scene
from ui.kit import frames, play
from ui.kit.numbers import numbers_table
from ui.kit.pictures import UNITS_SHOWN, WIDTH, weights_picture
from ui.kit.text import counted, percent, with_article
from ui.state import session
from ui.training import charts, runs

# The numbers change with every frame, the loss with every third, all else with every ninth: a browser that can't
# keep up draws what is long past, and a click on Pause would wait behind it.
LOSS_EVERY, REST_EVERY = 3, 9


def run_buttons(scene: Scene, run: TrainingRun) -> bool:
    """Show the buttons of the run. Returns whether the loss is to have a logarithmic axis."""
    play.run_button(run, "run")
    play.button("One step", "one_step", run.take_step, disabled=run.over)
    whole = "An epoch is one pass over all training images."
    play.button("One epoch", "one_epoch", run.take_epoch, disabled=run.over, help=whole)
    again = "Begin again from random weights. This run stays below as an earlier one."
    play.button("Reset", "reset", runs.new_run, scene, run.config, run.hyper, help=again)
    return st.toggle("Logarithmic loss", **session.bound("log_loss"))


def show_live(scene: Scene, run: TrainingRun, logarithmic: bool) -> None:
    """Show the run. Buttons and sliders belong outside, so that using one interrupts the frames at once."""
    earlier = [one for one in runs.earlier_runs() if not one.hidden]

    def draw(frames: Iterator[int]) -> None:
        numbers = st.container()
        left, right = st.columns([3, 1], gap="medium")
        places = {"numbers": numbers, "loss": left, "accuracy": left, "weights": right.container()}
        right.caption(_what_weights_say(scene, run))
        for frame in frames:
            _draw(places, run, earlier, logarithmic, frame)

    frames.draw_frames(run, draw)


def say_how_it_ended(run: TrainingRun) -> None:
    """Say why the run has stopped or can't go on, if so."""
    now = run.state
    if run.problem:
        st.error(f"The run is paused: {run.problem}")
    elif now.stopped == DIVERGED:
        st.warning(
            f"**Diverged** at step {now.step:,} with the learning rate {run.changes[-1][1].lr:g}: the loss is no "
            "longer a number. Each step has jumped further up the far wall of the valley than where it stood before. "
            "Choose a smaller rate and reset."
        )
    elif now.stopped == OVERFITTING:
        st.info(
            f"Stopped after {counted(now.epoch, 'epoch')}: validation loss has not fallen since epoch "
            f"{now.best_epoch:,}. The weights of that epoch, the best, have been put back."
        )
    elif now.stopped == ENOUGH:
        st.info(f"Stopped after {counted(now.epoch, 'epoch')}, as asked. Reset to begin again.")


def called(run: TrainingRun, looked: bool) -> list[Callable]:
    """Return the functions that were called for this run, the step first. looked: whether the next step was shown."""
    initial = [sgd.start, model.init_params]
    model_functions = [model.predict, model.linear, LOSSES[run.config.loss], data.epoch_order, data.batches]
    if run.state.step:
        steps = [sgd.sgd_step, sgd.SGD, sgd.train_epoch, sgd.train_steps]
        functions = [*steps, *initial, *model_functions, evaluation.initial_evaluation, evaluation.evaluate]
        if run.config.outputs > 1:  # for a single logit, the sign is enough
            functions.append(model.answers)
    else:
        functions = [*initial, sgd.SGD, *model_functions] if looked else initial
    return [*functions, next_step.look_at_step] if looked else functions


def _draw(places: dict, run: TrainingRun, earlier: list[runs.EarlierRun], logarithmic: bool, frame: int) -> None:
    """Draw one frame; the first and the last draw everything.

    At first, each place is where an element goes; then it is the element, to be replaced. An element that replaces
    another directly is updated in the browser; with an empty place between the two, it would blink.
    """
    now, last = run.state, run.history.last()
    speed = run.images_per_second
    numbers = {
        "Epoch": f"{now.epoch:,}",
        "Step": f"{now.step:,}",
        "Rate in use": f"{run.changes[-1][1].lr:g}" if run.changes else "–",
        "Digits a second": f"{speed:,.0f}" if speed else "–",
        "Training loss": f"{last.train_loss:.4f}" if last else "–",
        "Validation loss": f"{last.valid_loss:.4f}" if last else "–",
        "Training accuracy": percent(last.train_accuracy) if last else "–",
        "Validation accuracy": percent(last.valid_accuracy) if last else "–",
    }
    places["numbers"] = places["numbers"].html(numbers_table(numbers))
    names = tuple(one.curve_name for one in earlier)
    mark = charts.mark_of(run.history, now)
    for which, every, log in ((charts.LOSS, LOSS_EVERY, logarithmic), (charts.ACCURACY, REST_EVERY, False)):
        if frame % every and run.playing:
            continue
        table = charts.curve_table(which, run.history, earlier, mark, log)
        spec = charts.curves(which, names, log, bool(mark), not run.playing)
        alt = f"{which[0].capitalize()} against epochs"
        places[which[0]] = places[which[0]].vega_lite_chart(table, spec, alt=alt)
    if frame % REST_EVERY == 0 or not run.playing:
        picture = weights_picture(now.params[0])
        places["weights"] = places["weights"].image(picture, width=WIDTH, alt="The weights of the model as pictures")


def _what_weights_say(scene: Scene, run: TrainingRun) -> str:
    if run.config.hidden:
        shown = min(run.config.hidden, UNITS_SHOWN)
        which = f"{shown} of {run.config.hidden} units" if shown < run.config.hidden else "each unit"
        return f"The weights of {which}. Blue: ink here raises it. Orange: ink here lowers it."
    if len(scene.digits) == 2:
        a, b = map(with_article, scene.digits)
        return f"The weights. Blue: ink here speaks for {a}. Orange: for {b}."
    digits = ", ".join(map(str, scene.digits))
    return f"The weights of {digits}, in this order. Blue: ink here speaks for the digit. Orange: against it."
