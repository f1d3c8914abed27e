"""The first experiment: many learning rates trained at once, live, each judged in words."""

import math
from collections.abc import Callable

import pandas as pd
import streamlit as st

from core.loss import LOSSES
from core.model import PIXELS
from core.rates import many_runs, sweep
from core.rates.verdicts import DIVERGED, Evidence, Verdict, best_rate, judge_rates, steepest_rate
from core.training import evaluation
from core.training.sgd import train_epoch
from live.sweep_run import SweepRun
from ui.kit import frames
from ui.kit.model_and_loss import optimiser_functions
from ui.kit.numbers import numbers_table
from ui.kit.text import counted, percent, verdict_in_words
from ui.kit.widgets import csv_button
from ui.rates import sweep_charts, sweep_words
from ui.rates.good_rates import compare_optimisers, others
from ui.rates.setup import Lab, rates_at_once, rates_widget, run_buttons, session_sweeps, train_link
from ui.rates.view.view import chosen_place, show_view
from ui.state import keys, session

LONG_SECONDS = 5  # left, from which on it is worth saying


def show_sweep(lab: Lab) -> list[Callable]:
    """Show the sweep of this session, and what it says of each rate. Returns the functions that were called for it."""
    with st.container(key="sweep_bar", horizontal=True, vertical_alignment="center", gap="small"):
        buttons = st.container(horizontal=True, width="content", gap="small")
        with st.popover(f"Rates: {len(rates_at_once(lab.config))}"):
            rates = rates_widget(lab.config)
        logarithmic = st.toggle("Logarithmic loss", **session.bound("lab_log"))
    run = session_sweeps(keys.SWEEP, lab, rates, [lab.batch_size], lambda sweeps: sweeps[0])
    with buttons:
        run_buttons(run, keys.SWEEP, begun=bool(run.state.step))
    if run.problem:
        st.error(f"The sweep is paused: {run.problem}")

    if not run.playing and not run.state.step:
        st.info(
            "All rates begin with the same weights and see the same batches. **Guess first:** which rate will end "
            "lowest, and from which one on are they too large? Then press Run."
        )
        _how(run)
        return called(run)

    frames.draw_frames(run, lambda: _draw(lab, run, logarithmic))
    if len(run.history) > 1:
        compare_optimisers(run)
        _every_rate(run)
        _compare(run)
    _how(run)
    return called(run)


def called(run: SweepRun) -> list[Callable]:
    """Return the functions that were called for a sweep so far."""
    functions = [sweep.spread_rates, sweep.start_sweep]
    if run.state.step:
        of_step = [many_runs.sgd_step_runs, many_runs.OptimiserRuns, *optimiser_functions(run.hyper)]
        steps = [*of_step, train_epoch, sweep.sweep_steps]
        of_model = [many_runs.stack_runs, many_runs.predict_runs, many_runs.linear_runs, LOSSES[run.config.loss]]
        functions = [*steps, *functions, *of_model, evaluation.initial_evaluation]
    return [*functions, judge_rates] if len(run.history) > 1 else functions


def _draw(lab: Lab, run: SweepRun, logarithmic: bool) -> None:
    losses = run.column("valid_loss")
    top = sweep_charts.HEADROOM * (losses[0, 0].item() if len(losses) else 1.0)
    evidence = run.evidence() if len(losses) > 1 else None
    verdicts, best = (judge_rates(evidence), best_rate(evidence)) if evidence else ([], None)
    st.markdown(_what_is_known(run, evidence, verdicts, best))
    earlier = [(name, losses) for name, (_, losses) in others(run).items()]
    show_view(run, verdicts, best, top, logarithmic, earlier)
    if evidence:
        chosen = chosen_place(run)
        place = next((one for one in (chosen, best) if one is not None), 0)
        rate, stop = run.rates[place], verdicts[place].kind != DIVERGED
        with st.container(horizontal=True):
            train_link(lab, rate, f"Open {rate:g} as a run", stop=stop, disabled=run.playing)
            if not run.playing:
                csv_button("All rates as CSV", "rates", lambda: _csv(run))
    numbers = {
        "Epoch": f"{run.state.epoch} of {run.epochs}",
        "Step of every run": f"{run.state.step:,}",
        "Best rate so far": "–" if best is None else f"{run.rates[best]:g}",
        "Diverged": str(int((run.state.diverged > 0).sum())),
    }
    st.html(numbers_table(numbers))
    spec = sweep_charts.heat((run.rates[0], run.rates[-1]), run.epochs, top)
    alt = "Validation loss over rate and epoch as colours"
    st.vega_lite_chart(sweep_charts.heat_table(run.rates, losses), spec, alt=alt)


def _what_is_known(run: SweepRun, evidence: Evidence | None, verdicts: list[Verdict], best: int | None) -> str:
    words = "When an epoch is over, each rate is judged here."
    if evidence:
        loss = math.nan if best is None else evidence.valid[-1, best].item()
        words = sweep_words.summary(run.rates, verdicts, best, loss)
    seconds = run.seconds_left
    if run.playing and seconds is not None and seconds > LONG_SECONDS:
        words += f" About {_duration(seconds)} left; **Pause** stops it at any time."
    return words


def _duration(seconds: float) -> str:
    """Write a time roughly: 40 seconds, 3 minutes."""
    if seconds < 90:
        return counted(max(10, 10 * round(seconds / 10)), "second")
    return counted(round(seconds / 60), "minute")


def _compare(run: SweepRun) -> None:
    st.header("The steepest and the best")
    losses, rates = run.column("valid_loss"), run.rates
    evidence = run.evidence()
    steepest, best = steepest_rate(evidence), best_rate(evidence)
    epochs = len(losses) - 1
    if steepest is None or best is None:
        st.info("No loss has fallen, so there is neither a steepest nor a best rate.")
        return
    names = ("after 1 epoch", f"after {epochs} epochs" if epochs > 1 else "at the end")
    spec = sweep_charts.two((rates[0], rates[-1]), names, sweep_charts.HEADROOM * losses[0, 0].item())
    table = sweep_charts.two_table(rates, losses[1], losses[-1], names)
    st.vega_lite_chart(table, spec, alt="Loss of each rate after one epoch and at the end")
    st.markdown(sweep_words.steepest_against_best(rates[steepest], rates[best], epochs, run.over))


def _every_rate(run: SweepRun) -> None:
    st.header("Every rate, in words")
    evidence = run.evidence()
    verdicts, best, last = judge_rates(evidence), best_rate(evidence), evidence.valid[-1].tolist()
    table = pd.DataFrame(
        {
            "Rate": run.rates,
            "Verdict": [verdict_in_words(verdict) for verdict in verdicts],
            "Validation loss": last,
            "Accuracy": run.column("valid_accuracy")[-1].tolist(),
        }
    )
    columns = {
        "Rate": st.column_config.NumberColumn(format="%.4g", width="small"),
        "Verdict": st.column_config.TextColumn(width="large"),
        "Validation loss": st.column_config.NumberColumn(format="%.4f", width="small"),
        "Accuracy": st.column_config.NumberColumn(width="small"),
    }

    def rank(place: int) -> tuple:
        """The best first, then by verdict, and in each by the last validation loss."""
        loss = last[place]
        return place != best, sweep_words.ORDER.index(verdicts[place].kind), math.isnan(loss), loss

    order = sorted(range(len(verdicts)), key=rank)
    table = table.iloc[order].reset_index(drop=True).style.format({"Accuracy": percent})
    st.dataframe(table, hide_index=True, height=280, column_config=columns, alt="The verdict on every rate")
    st.caption(
        "**Learned well**: within a twentieth of the best rate's gain over guessing. **Extrapolated**: the largest of "
        "the rates that are too small goes on as its losses have fallen in the last epochs, and a smaller one "
        "goes the same way, as many times more slowly as it is smaller."
    )


def _csv(run: SweepRun) -> str:
    """Write the losses and accuracies of every rate after every epoch."""
    rows = []
    for epoch in run.history:
        columns = {name: getattr(epoch, name).tolist() for name in epoch._fields if name not in ("epoch", "step")}
        rows.append(pd.DataFrame({"rate": run.rates, "epoch": epoch.epoch, "step": epoch.step, **columns}))
    return pd.concat(rows).to_csv(index=False)


def _how(run: SweepRun) -> None:
    with st.expander("How can so many runs cost little more than one?", icon=":material/help:"):
        runs = len(run.rates)
        shape = (PIXELS, run.config.hidden or run.config.outputs, runs)  # of the first layer
        st.markdown(
            f"By **broadcasting**, as on the Tensors page. The weights of all {runs} runs stand side by side in one "
            f"tensor, with the runs as its last axis, and so do their gradients: shape {shape}. The rates are a "
            f"vector of shape ({runs},). Aligned from the right, it stretches over everything before it, and **one** "
            "line takes a step with every run:"
        )
        st.code(f"weights -= lr * gradient      # {shape} -= ({runs},) * {shape}", language="python")
        st.markdown(
            "The batch is fetched once for all, and one product of matrices predicts for all. A run that diverges is "
            "frozen where it is: what is not a number stays in its own column."
        )
        label = "Take these two shapes apart on Tensors"
        query = session.link_to(shape_a=str(shape)[1:-1], shape_b=str(runs))
        st.page_link("pages/tensors.py", label=label, icon=":material/layers:", query_params=query)
