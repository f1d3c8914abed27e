"""A training run as it goes on: its numbers, its curves and its weights, drawn many times a second."""

from collections.abc import Iterator

import streamlit as st

from live.training_run import TrainingRun
from ui.frame.scene import Scene
from ui.kit import frames
from ui.kit.numbers import numbers_table
from ui.kit.pictures import UNITS_SHOWN, WIDTH, weights_picture
from ui.kit.text import percent, with_article
from ui.training import charts, runs

# The numbers change with every frame, the loss with every third, all else with every ninth: a browser that can't
# keep up draws what is long past, and a click on Pause would wait behind it.
LOSS_EVERY, REST_EVERY = 3, 9


def show(scene: Scene, player: TrainingRun, logarithmic: bool) -> None:
    """Show the run. Buttons and sliders belong outside, so that using one interrupts the frames at once."""
    earlier = [run for run in runs.earlier_runs() if not run.hidden]

    def draw(frames: Iterator[int]) -> None:
        numbers = st.container()
        left, right = st.columns([3, 1], gap="medium")
        places = {"numbers": numbers, "loss": left, "accuracy": left, "weights": right.container()}
        right.caption(_what_weights_say(scene, player))
        for frame in frames:
            _draw(places, player, earlier, logarithmic, frame)

    frames.draw_frames(player, draw)


def _draw(places: dict, player: TrainingRun, earlier: list[runs.EarlierRun], logarithmic: bool, frame: int) -> None:
    """Draw one frame; the first and the last draw everything.

    Each place is first where an element is to be put, then the element, to be replaced.
    An element that is put straight where the one before stood is updated; an empty place between them would blink.
    """
    now, last = player.state, player.history.last()
    speed = player.images_per_second
    numbers = {
        "Epoch": f"{now.epoch:,}",
        "Step": f"{now.step:,}",
        "Rate in use": f"{player.changes[-1][1].lr:g}" if player.changes else "–",
        "Digits a second": f"{speed:,.0f}" if speed else "–",
        "Training loss": f"{last.train_loss:.4f}" if last else "–",
        "Validation loss": f"{last.valid_loss:.4f}" if last else "–",
        "Training accuracy": percent(last.train_accuracy) if last else "–",
        "Validation accuracy": percent(last.valid_accuracy) if last else "–",
    }
    places["numbers"] = places["numbers"].html(numbers_table(numbers))
    names = tuple(run.name for run in earlier)
    mark = charts.mark_of(player.history, now)
    every = {charts.LOSS: LOSS_EVERY, charts.ACCURACY: REST_EVERY}
    for which, log in ((charts.LOSS, logarithmic), (charts.ACCURACY, False)):
        if frame % every[which] and player.playing:
            continue
        table = charts.frame(which, player.history, earlier, mark, log)
        spec = charts.spec(which, names, log, bool(mark), not player.playing)
        alt = f"{which[0].capitalize()} against epochs"
        places[which[0]] = places[which[0]].vega_lite_chart(table, spec, alt=alt)
    if frame % REST_EVERY == 0 or not player.playing:
        picture = weights_picture(now.params[0])
        places["weights"] = places["weights"].image(picture, width=WIDTH, alt="The weights of the model as pictures")


def _what_weights_say(scene: Scene, player: TrainingRun) -> str:
    if player.config.hidden:
        shown = min(player.config.hidden, UNITS_SHOWN)
        which = f"{shown} of {player.config.hidden} units" if shown < player.config.hidden else "each unit"
        return f"The weights of {which}. Blue: ink here raises it. Orange: ink here lowers it."
    if len(scene.digits) == 2:
        a, b = map(with_article, scene.digits)
        return f"The weights. Blue: ink here speaks for {a}. Orange: for {b}."
    digits = ", ".join(map(str, scene.digits))
    return f"The weights of {digits}, in this order. Blue: ink here speaks for the digit. Orange: against it."
