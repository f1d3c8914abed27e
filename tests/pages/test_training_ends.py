"""How a run on the Training page ends, its next step stage by stage, the runs before it, and what is taken away."""

import json
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.training.data import epoch_order, training_rows
from core.training.evaluation import evaluate
from core.training.next_step import look_at_step
from core.training.run import Config, Hyperparameters
from core.training.sgd import start, train_steps
from live import training_run, weights_file
from tests.pages.training_page import FLAT_OUT, curves, earlier, live, run_of, step, upload, watch
from tests.pages.visitor import numbers, shrunk
from ui.kit.text import counted
from ui.state import choices, keys

# How runs end


def test_a_run_that_goes_uphill_is_called_diverged_and_can_still_be_turned_round(training):
    visitor = training(loss="binary cross-entropy", lr="10", uphill="true")
    for _ in range(5):
        visitor.press("One epoch")
    assert "diverged: its loss and its weights grow" in visitor.text
    assert run_of(visitor).state.stopped == ""
    visitor.set(uphill=False)
    visitor.press("One epoch")
    assert "diverged" not in visitor.text


def test_a_run_that_is_thrown_far_goes_on_and_comes_back(training):
    visitor = training(
        loss="binary cross-entropy", lr="100", batch="64", stop="After some epochs", epochs="20", **FLAT_OUT
    )
    visitor.press("Run")
    while run_of(visitor).playing:
        watch(visitor)
    assert run_of(visitor).history.last().train_accuracy > 0.98
    assert "thrown far, and came back" in visitor.text


def test_a_run_that_has_taken_the_most_steps_says_so_at_every_button_and_reset_begins_another(training, monkeypatch):
    monkeypatch.setattr(training_run, "MOST_STEPS", 3)
    visitor = training()
    visitor.press("One epoch")
    for button in ("One step", "One epoch", "Run"):
        assert "A run has at most 3 steps" in visitor.text
        visitor.press(button)
        assert run_of(visitor).state.step == 3
    visitor.press("Reset")
    assert "A run has at most" not in visitor.text
    visitor.press("One step")
    assert run_of(visitor).state.step == 1


@pytest.mark.parametrize(
    ("link", "epochs", "said"),
    [
        ({}, 4, "After 4 epochs, the rate **1** has learned well."),
        ({"lr": "0.001"}, 4, "After 4 epochs, the rate **0.001** is too small for so few epochs"),
        # It bounces, then falls for some epochs: that does not make its rate too small.
        ({"lr": "2"}, 10, "After 10 epochs, the run with the rate **2** is not done yet: its loss is still falling."),
    ],
)
def test_of_a_run_that_pauses_is_said_what_its_rate_has_done(training, link, epochs, said):
    if "2" in link.values():
        link = {**link, "model": "Hidden layer", "loss": "binary cross-entropy"}
    visitor = training(**link)
    for _ in range(epochs):
        visitor.press("One epoch")
    assert said in visitor.text


def test_a_run_that_diverges_is_explained_with_its_rate(training):
    link = {"lr": "50.1", "batch": "1", "uphill": "true", "model": "Hidden layer"}
    visitor = training(loss="binary cross-entropy", **link)
    for _ in range(5):
        if not run_of(visitor).state.stopped:
            visitor.press("One epoch")
    (sentence,) = visitor.said("warning")
    assert "**Diverged**" in sentence
    assert f"learning rate {float(link['lr']):g}" in sentence
    assert f"step {step(visitor):,}" in sentence
    assert "smaller rate" not in sentence  # it is not the rate that was wrong
    assert "up the slope" in sentence
    assert "diverged" in set(curves(visitor)[0].note)
    taken = step(visitor)
    buttons = {button.key: button for button in visitor.app.button}
    assert all(buttons[key].disabled for key in ("run", "one_step", "one_epoch"))
    assert visitor.said("error") == []
    visitor.set(uphill=False, lr=0.01)
    assert (step(visitor), visitor.said("warning")) == (taken, [sentence])  # another rate does not undo it
    assert step(visitor.press("Reset").press("One step")) == 1
    assert visitor.said("warning") == []


def test_a_run_stops_after_as_many_epochs_as_asked(training):
    visitor = training(stop="After some epochs", epochs="3", **FLAT_OUT).press("Run")
    while run_of(visitor).playing:
        watch(visitor)
    assert live(visitor)["Epoch"] == "3"
    assert "Stopped after 3 epochs, as asked" in visitor.text


def test_a_run_that_overfits_stops_with_its_best_weights(training):
    visitor = training(stop="When it overfits", patience="2", images="20", lr="1.0", loss="binary cross-entropy")
    for _ in range(200):
        if not run_of(visitor).state.stopped:
            run_of(visitor).take_epoch()
    visitor.run()
    now = run_of(visitor).state
    assert now.stopped
    assert f"validation loss has not fallen since epoch {now.best_epoch:,}" in visitor.text
    assert f"Stopped after {now.epoch:,} epochs" in visitor.text


@pytest.mark.parametrize("rule", ["Never", "After some epochs", "When it overfits"])
def test_best_weights_are_promised_back_only_where_that_is_done(training, rule):
    assert ("best weights are put back" in training(stop=rule).text) == (rule == "When it overfits")


def test_the_sigmoid_is_explained_where_it_is_named(training):
    assert "the sigmoid turns the model's sum into a number from 0 to 1" in training().line("the sigmoid")


def label(visitor, key: str) -> str:
    return next(button.label for button in visitor.app.button if button.key == key)


def overfitted(training):
    """Return a visitor whose run has stopped since it overfits."""
    visitor = training(stop="When it overfits", patience="2", images="20", lr="1.0", loss="binary cross-entropy")
    while not run_of(visitor).over:
        run_of(visitor).take_epoch()
    return visitor.run()


def test_a_run_that_has_stopped_can_go_on_and_its_stages_stay_open(training):
    visitor = training(stop="After some epochs", epochs="2", **FLAT_OUT)
    assert label(visitor, "run") == "Run"
    visitor.press("Run")
    while run_of(visitor).playing:
        watch(visitor)
    assert (step(visitor), label(visitor, "run")) == (8, "Go on")
    assert visitor.table("Loss before the step")["value"]["Step"] == "9"
    assert step(visitor.press("One step")) == 9
    assert visitor.value("stop") == "Never"
    assert "as asked" not in visitor.text
    visitor.set(stop="After some epochs").set(epochs=3).press("One epoch")
    assert (live(visitor)["Epoch"], label(visitor, "run")) == ("3", "Go on")
    visitor.set(epochs=5).press("One epoch")
    assert (live(visitor)["Epoch"], visitor.value("stop")) == ("4", "After some epochs")  # it has room for more
    assert run_of(visitor).state.stopped == ""
    visitor.press("Run")
    while run_of(visitor).playing:
        watch(visitor)
    assert (live(visitor)["Epoch"], label(visitor.run(), "run")) == ("5", "Go on")


def test_after_a_stop_numbers_weights_and_files_are_of_the_same_epoch(training, threes_and_sevens):
    visitor = overfitted(training)
    now, best = run_of(visitor).state, run_of(visitor).state.best_epoch
    loss, accuracy = evaluate(now.params, threes_and_sevens.valid_x, threes_and_sevens.valid_y, "binary cross-entropy")
    assert now.epoch > best
    assert (live(visitor)["Epoch"], live(visitor)["Step"]) == (f"{best}", f"{best}")  # one batch an epoch
    assert float(live(visitor)["Validation loss"]) == pytest.approx(loss, abs=1e-4)
    assert f"After {counted(best, 'epoch')} the loss" in visitor.set(stage="7 Stop").text
    about = visitor.press("Use it on the other pages").app.session_state[keys.MODEL].about
    assert f"{counted(best, 'epoch')}, {accuracy:.1%} right" in about
    visitor.press("One step")
    assert (step(visitor), visitor.value("stop")) == (now.step + 1, "Never")


def test_where_validation_loss_turned_up_is_marked(training):
    visitor = training(images="20", lr="1.0", loss="binary cross-entropy")
    for _ in range(60):
        run_of(visitor).take_epoch()
    visitor.run()
    now, loss = run_of(visitor).state, curves(visitor)[0]
    assert now.epoch - now.best_epoch > 3
    assert loss[loss.note == "lowest validation loss"].x.tolist() == [now.best_epoch]


def test_uphill_the_start_is_marked_as_the_lowest(training):
    visitor = training(uphill="true")
    for _ in range(4):
        visitor.press("One epoch")
    loss = curves(visitor)[0]
    assert loss[loss.note == "lowest validation loss"].x.tolist() == [0]


def test_loaded_weights_that_get_worse_are_put_back_as_the_best(training, threes_and_sevens):
    config = Config()
    trained, _ = train_steps(start(config), threes_and_sevens, config, Hyperparameters(), 40)
    file = weights_file.pack(trained.params, config, Hyperparameters(), trained.epoch)
    visitor = upload(training(lr="1", stop="When it overfits", patience="2", uphill="true"), file)
    visitor.press("One epoch").press("One epoch")
    assert all(map(torch.equal, run_of(visitor).state.params, trained.params))
    assert "has not fallen below that of the start. The weights of the start, the best, have been put" in visitor.text
    assert live(visitor)["Epoch"] == "0"
    loss = evaluate(trained.params, threes_and_sevens.valid_x, threes_and_sevens.valid_y, config.loss)[0]
    assert float(live(visitor)["Validation loss"]) == pytest.approx(loss, abs=1e-4)
    assert "After 0 epochs the loss" in visitor.set(stage="7 Stop").text
    assert step(visitor.press("One step")) == run_of(visitor).state.step  # it goes on


# One step at a time


def test_the_seven_stages_show_the_numbers_of_the_very_next_step(training, threes_and_sevens):
    visitor = training(lr="0.1", loss="binary cross-entropy").press("One epoch").press("One step")
    config, hyper = Config(loss="binary cross-entropy"), Hyperparameters(0.1)
    now, _ = train_steps(start(config), threes_and_sevens, config, hyper, 5)
    look = look_at_step(now, threes_and_sevens, config, hyper, shown=256)
    place = look.gradient[0][0].abs().argmax()
    table = visitor.table("Loss before the step")["value"].str.replace(",", "").astype(float)
    length = sum((g.double() ** 2).sum().item() for g in look.gradient) ** 0.5
    assert table.tolist() == pytest.approx(
        [
            6,
            256,
            look.loss,
            look.loss_after,
            look.p.mean().item(),
            look.mean_p_after,
            length,
        ],
        abs=6e-5,
    )
    said = {}
    for stage in choices.STAGES:
        visitor.set(stage=stage)
        said[stage] = visitor.text
        if stage == "2 Predict":
            captions = [one.value for one in visitor.app.caption if re.fullmatch(r"\d: \d+%", one.value)]
            images = visitor.pictures("A ")
    assert "5 steps" in said["1 Initialise"]
    shown = [(f"{(3, 7)[t]}", float(p)) for t, p in zip(look.targets[:16], look.p, strict=False)]
    assert [caption[0] for caption in captions] == [digit for digit, _ in shown]
    assert [numbers(caption)[-1] / 100 for caption in captions] == pytest.approx([p for _, p in shown], abs=0.0051)
    for picture, image in zip(images[:16], look.images, strict=False):
        np.testing.assert_allclose(shrunk(picture), 255 - 255 * image.reshape(28, 28), atol=2)
    assert f"**{look.loss:.6f}**" in said["3 Loss"]
    assert f"row {place // 28}, column {place % 28}" in said["4 Gradient"]
    after = numbers(said["5 Step"].split("w − lr · gradient\n")[1].split("\n")[0])
    expected = [look.before[0][0, place], 0.1, look.gradient[0][0, place], look.after[0][0, place]]
    assert after == pytest.approx([float(number) for number in expected], abs=2e-5)
    assert "256 of 800 images" in said["6 Repeat"]
    assert "After 1 epoch the loss" in said["7 Stop"]


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ({"momentum": "0.9"}, "Momentum 0.9 makes it of the gradients"),
        ({"optimiser": "Adam", "decay": "0.1"}, "Adam and weight decay 0.1 make it of the gradients"),
        ({"optimiser": "Adam", "uphill": "true"}, "turned round"),
        ({"uphill": "true"}, "along (on purpose"),
    ],
    ids=str,
)
def test_before_minus_rate_times_direction_is_after(training, link, said):
    visitor = training(lr="0.1", stage="5 Step", **link).press("One step").press("One step")
    assert said in visitor.text
    line = next(one.value for one in visitor.app.code if "= " in one.value).splitlines()[1]
    before, lr, by, after = numbers(line)
    assert before + (lr * by if "+ lr" in visitor.text else -lr * by) == pytest.approx(after, abs=2e-6)
    assert np.isclose(run_of(visitor).state.params[0], before, atol=1e-6).any()
    assert np.isclose(run_of(visitor.press("One step")).state.params[0], after, atol=1e-6).any()


def test_a_sum_of_gradients_is_called_one_and_is_what_backward_makes_without_zeroing(training, threes_and_sevens):
    visitor = training(lr="0.1", keep_gradients="true", stage="4 Gradient")
    assert "sum of gradients" not in visitor.text  # of the first step there is only one
    assert "Length of the gradient" in visitor.table("Loss before the step").index
    visitor.press("One step")
    assert "no longer says which way the loss rises" in visitor.text
    assert "raise it and the loss rises" not in visitor.text
    length = float(visitor.table("Loss before the step")["value"]["Length of the sum of gradients"])

    config, data = Config(), threes_and_sevens
    leaves = [p.clone().requires_grad_() for p in start(config).params]
    order = epoch_order(config, training_rows(config, data), 0)
    optimiser = torch.optim.SGD(leaves, lr=0.1)
    for rows in (order[:256], order[256:512]):
        logits = data.train_x[rows] / 255 @ leaves[0].T + leaves[1]
        F.l1_loss(logits[:, 0].sigmoid(), (data.train_y[rows] == 0).float()).backward()
        sums = [p.grad.clone() for p in leaves]
        optimiser.step()  # without zero_grad
    assert length == pytest.approx(torch.cat([one.flatten() for one in sums]).norm().item(), rel=1e-3)

    visitor.set(stage="5 Step")
    assert "against** its sum of gradients" in visitor.text
    assert "w − lr · sum of gradients\n" in visitor.text
    assert "sum of gradients" not in visitor.set(keep_gradients=False).text
    assert "Momentum 0.9 makes it of the sum of gradients" in visitor.set(keep_gradients=True, momentum=0.9).text


@pytest.mark.parametrize(
    ("batch", "predict", "loss"),
    [
        ("1", "**1 image**. For it the model says how probable it holds the right answer:", "The loss of the image, "),
        ("16", "**16 images**. For each the model says how probable it holds the right answer:", "mean of all 16: "),
        ("32", "**32 images**. For each the model says how probable it holds the right answer. The first 16:", ""),
    ],
)
def test_a_batch_is_spoken_of_as_the_images_that_it_has(training, batch, predict, loss):
    visitor = training(batch=batch, stage="2 Predict")
    assert predict in visitor.text
    assert loss in visitor.set(stage="3 Loss").text
    assert "all 1:" not in visitor.text


def test_one_step_before_it_diverges_a_run_can_still_be_looked_at(training):
    visitor = training(lr="100", decay="1")
    steps = 0
    while not run_of(visitor).over:
        run_of(visitor).take_step()
        steps += 1
    visitor.press("Reset")
    for _ in range(steps - 1):
        run_of(visitor).take_step()
    assert not all(param.isfinite().all() for param in run_of(visitor).state.params)
    for stage in choices.STAGES:
        visitor.set(stage=stage)
    assert "3: **–**, 7: **–**" in visitor.set(stage="2 Predict").text
    assert "nan%" not in visitor.text


@pytest.mark.parametrize(("shuffle", "order"), [("true", "a new order"), ("false", "the same order")])
def test_the_step_that_was_looked_at_is_the_one_that_is_taken(training, shuffle, order):
    visitor = training(stage="6 Repeat", shuffle=shuffle).press("Take this step")
    assert step(visitor) == 1
    assert "256 of 800 images" in visitor.text
    assert f"the next epoch begins, in {order}" in visitor.text


def test_while_it_runs_there_is_no_next_step_to_look_at(training):
    visitor = training(**FLAT_OUT).press("Run")
    assert "Pause it to look at its next step" in visitor.text
    assert "Loss before the step" in visitor.press("Pause").table("Loss before the step").index


# The code drawer


def in_the_drawer(visitor) -> set[str]:
    """Return the names of the functions that the code drawer shows."""
    return set(re.findall(r"^def (\w+)", "\n".join(one.value for one in visitor.open_code().app.code), re.MULTILINE))


@pytest.mark.parametrize(
    ("link", "loss"),
    [
        ({}, "mnist_loss"),
        ({"loss": "binary cross-entropy"}, "binary_cross_entropy"),
        ({"digits": ["2", "3", "7"]}, "cross_entropy"),
    ],
    ids=str,
)
def test_the_code_drawer_names_no_function_that_was_not_called(training, link, loss):
    visitor = training(**link)
    losses = {"mnist_loss", "binary_cross_entropy", "cross_entropy"}
    before = in_the_drawer(visitor)
    assert {"start", "init_params", "look_at_step"} <= before
    assert not before & {"sgd_step", "train_epoch", "train_steps", "evaluate", "answers"}
    after = in_the_drawer(visitor.press("One step"))
    assert {"sgd_step", "train_epoch", "train_steps", "evaluate"} <= after
    assert before & losses == after & losses == {loss}
    assert ("answers" in after) == ("digits" in link)


# Earlier runs


def test_earlier_runs_are_sorted_by_accuracy_and_can_be_hidden_named_and_removed(training):
    visitor = training(lr="0.0001").press("One step").press("Reset")
    visitor.set(lr=1.0).press("One epoch").press("One epoch").press("Reset")
    assert earlier(visitor).Name.tolist() == ["Run 2", "Run 1"]

    def edit(**changes):
        (editor,) = visitor.app.data_editor
        rows = {"edited_rows": {}, "added_rows": [], "deleted_rows": [], **changes}
        return visitor._report(id=editor.proto.id, string_value=json.dumps(rows))

    edit(edited_rows={0: {"Name": "fast", "Show": False}})
    names = [name for name in set(curves(visitor)[0].series) if name.startswith(("fast", "Run"))]
    assert names == ["Run 1, rate 0.0001"]
    assert earlier(visitor).Name.tolist() == ["fast", "Run 1"]
    edit(edited_rows={0: {"Name": "validation"}, 1: {"Name": "fast"}})
    assert earlier(visitor).Name.tolist() == ["fast", "Run 1"]  # two lines of one name would be one
    edit(deleted_rows=[0])
    assert earlier(visitor).Name.tolist() == ["Run 1"]


def test_a_preset_does_not_change_what_the_run_before_it_is_called(training):
    visitor = training(pace="Flat out").press("Good").press("Pause")
    for _ in range(5):
        visitor.press("One step")
    visitor.press("Too small")
    assert earlier(visitor).Settings.tolist() == ["linear, rate 1, batch 256"]
    assert "Run 1, rate 1" in set(curves(visitor.press("Pause"))[0].series)


# Take it away


def test_the_model_is_taken_away_with_the_rate_that_it_learned_with(training):
    visitor = training().press("One epoch").set(lr=0.001).press("Use it on the other pages")
    assert visitor.app.session_state[keys.MODEL].about.startswith("linear, rate 1, batch 256, 1 epoch, ")


def test_the_model_becomes_the_apps_own_on_other_pages(training):
    visitor = training().press("One epoch").press("Use it on the other pages")
    own = visitor.app.session_state[keys.MODEL]
    assert own.digits == (3, 7)
    assert all(map(torch.equal, own.params, run_of(visitor).state.params))
    assert own.about.startswith("linear, rate 1, batch 256, 1 epoch, ")
    assert own.about in visitor.text


def test_weights_that_were_saved_are_loaded_and_the_run_goes_on_from_them(training, threes_and_sevens):
    config, hyper = Config(), Hyperparameters()
    trained, _ = train_steps(start(config), threes_and_sevens, config, hyper, 40)
    file = weights_file.pack(trained.params, config, hyper, trained.epoch)
    visitor = upload(training().press("One step"), file)
    assert visitor.said("error") == []
    assert all(map(torch.equal, run_of(visitor).state.params, trained.params))
    assert (step(visitor), run_of(visitor).loaded) == (0, True)
    assert earlier(visitor).Name.tolist() == ["Run 1"]
    visitor.press("One epoch")
    assert float(live(visitor)["Validation accuracy"].rstrip("%")) > 85
    assert "no seed to repeat it from" in visitor.text


def test_that_weights_are_loaded_is_said_of_the_run_that_has_them_only(training):
    visitor = upload(training(), weights_file.pack(start(Config(seed=5)).params, Config(), Hyperparameters(), 0))
    assert "The weights are loaded" in visitor.text + "".join(visitor.said("success"))
    assert visitor.press("One step").said("success")
    assert not visitor.press("Reset").said("success")
    assert not visitor.press("One step").said("success")


NO_WEIGHTS = {
    "empty": b"",
    "garbage": b"garbage",
    "zeros": b"\0" * 5000,
    "huge header": b"\xff" * 8 + b"{}",
    "another model": weights_file.pack(start(Config(hidden=3)).params, Config(), Hyperparameters(), 0),
    "other digits": weights_file.pack(start(Config()).params, Config((4, 9)), Hyperparameters(), 0),
}


def test_a_file_that_does_not_fit_gets_one_sentence_and_the_run_stays(training):
    visitor = training().press("One step")
    before = run_of(visitor).state
    for name, content in NO_WEIGHTS.items():
        (sentence,) = upload(visitor, content).said("error")
        assert sentence.endswith("."), name
        assert "\n" not in sentence, name
        assert run_of(visitor).state is before, name
    assert step(visitor.press("One step")) == 2
