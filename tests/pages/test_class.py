"""The page Class and what every page has of a class: whose it is, what it shows, and what it never shows."""

import errno
import json
import math
import re
import time
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

from core.drawing.normalise import go_through, ink_of
from core.drawing.strokes import draw_strokes
from core.training.evaluation import evaluate
from core.training.run import Config, Hyperparameters
from core.training.sgd import start, train_steps
from live import training_run
from live.classroom import limits
from live.classroom.database import VARIABLE
from live.classroom.limits import Unreachable
from live.classroom.store import ClassStore
from tests.pages.draw_page import SEVEN, draw, seen, stroke
from tests.pages.training_page import run_of
from tests.pages.visitor import Visitor
from ui.classroom import charts, entrance
from ui.classroom.address import VARIABLE as ADDRESS
from ui.draw.canvas_json import write_drawing
from ui.kit.text import percent
from ui.seat import classes, strip
from ui.seat import hand_in as room
from ui.state import keys
from ui.state.drawing_text import parse_strokes, write_pixels
from ui.state.painting_text import write_painting

THREE = "UFAp0Oubvevhul2wn3X3JwSj3j2wq2d3QzGsRiRfSdTZNO"
SECRET = re.compile(r"(?<![\w-])[A-Za-z0-9_-]{22}(?![\w-])")


@pytest.fixture
def visit(own_home, anywhere, fresh_server):
    """Return a function that opens a page of a server without classes."""
    return anywhere


@pytest.fixture
def teacher(visit) -> Visitor:
    """A visitor who has started a class."""
    return visit("class").press("Start a class")


@pytest.fixture
def store(teacher) -> ClassStore:
    """The server's store, for what a test does in the name of others."""
    return classes.store()


def secret_of(visitor: Visitor, name: str = "seat") -> str:
    return visitor.app.session_state[name]


def code_of(teacher: Visitor) -> str:
    return component(teacher, "class_code_shown")["code"]


def component(visitor: Visitor, key: str):
    """Return the data of a component of the app's own."""
    (found,) = (one for one in visitor.app.get("bidi_component") if one.proto.id.endswith(f"-{key}"))
    return json.loads(found.proto.json)


def chart(visitor: Visitor, field: str) -> pd.DataFrame:
    """Return the data of the one chart that shows this field."""
    charts = visitor.app.get("vega_lite_chart")
    frames = [convert_arrow_bytes_to_pandas_df(one.proto.data.data) for one in charts]
    (found,) = (frame for frame in frames if field in frame)
    return found


def look_again(visitor: Visitor) -> Visitor:
    """Let the server's view of the class grow old, and run the page."""
    classes._reader.clear()
    return visitor.run()


@pytest.fixture
def learner(visit, teacher) -> Visitor:
    """A visitor who has joined by the link of the QR code, with a drawing on Draw."""
    return visit("draw", join=code_of(teacher), strokes=THREE)


def join(visitor: Visitor, typed: str) -> Visitor:
    """Type a code and press Join: a form is sent as one."""
    visitor.app.get_by_key("class_code").set_value(typed)
    return visitor.press("Join")


def hand_in(learner: Visitor, meant: int = 3) -> Visitor:
    return learner.set(class_meant=meant).press("Hand in")


# The way in


def test_a_code_that_is_typed_on_home_gives_a_seat_that_the_address_keeps(visit, teacher):
    visitor = join(visit(), f" {code_of(teacher).lower()} ")
    assert f"Class **{code_of(teacher)}** · you are **" in visitor.text
    assert visitor.app.query_params["seat"] == secret_of(visitor)
    again = visit("pixels", seat=secret_of(visitor))
    name = re.search(r"you are \*\*([^*]+)\*\*", visitor.text)[1]
    assert name in again.text
    assert [one["name"] for one in component(look_again(teacher), "class_people")] == [name]


def test_a_wrong_code_is_said_to_be_one_and_too_many_in_a_minute_are_not_tried(visit, teacher, monkeypatch):
    monkeypatch.setattr("live.classroom.guard.WRONG_BY_ONE", 3)
    visitor = visit()
    for _ in range(3):
        join(visitor, "222222")
        assert visitor.said("warning") == [limits.NO_CLASS]
    join(visitor, code_of(teacher))
    assert visitor.said("warning") == ["20 wrong codes within a minute: wait a minute, then try again."]


@pytest.mark.parametrize("page", ["home", "tensors"])
def test_a_link_with_the_code_of_no_class_says_so(visit, page):
    visitor = visit(page, join="222222")
    assert visitor.said("warning") == [limits.NO_CLASS]
    assert "join" not in visitor.app.query_params


@pytest.mark.parametrize(("name", "sentence"), [("seat", limits.NO_SEAT), ("teacher", limits.ENDED)])
def test_a_secret_of_a_class_that_has_ended_is_said_to_be_one(visit, name, sentence):
    assert sentence in visit(**{name: "x" * 22}).text


@pytest.mark.parametrize("take_away", [False, True])
def test_who_has_left_in_another_tab_is_told_of_the_seat_and_not_that_the_class_has_ended(
    teacher, learner, store, take_away
):
    hand_in(learner)
    store.leave(secret_of(learner), take_away)
    assert limits.NO_SEAT in hand_in(learner, meant=7).said("warning")
    assert limits.NO_SEAT in look_again(learner).text
    assert "you are **" not in learner.text
    assert limits.ENDED not in learner.text
    learner.press("All right")
    assert "seat" not in learner.app.query_params


def test_a_class_that_was_seen_is_said_to_have_ended(teacher, learner):
    teacher.press("End it and delete everything")
    assert limits.ENDED in look_again(learner).text


@pytest.mark.parametrize("name", ["seat", "teacher"])
def test_what_can_be_no_secret_is_left_out_of_the_link(visit, name):
    (warning,) = visit(**{name: "<script>"}).said("warning")
    assert "`" in warning


@pytest.mark.parametrize("old", ["seat", "teacher", "join"])
def test_back_to_an_address_of_another_class_keeps_the_seat_that_one_has_now(visit, teacher, store, old):
    other = visit("class").press("Start a class")
    before = {
        "seat": store.join(code_of(other)),
        "teacher": secret_of(other, "teacher"),
        "join": code_of(other),
    }
    learner = visit("tensors", join=code_of(teacher))
    seat = secret_of(learner)
    learner.app.query_params[old] = before[old]
    learner.open("pixels")
    assert f"Class **{code_of(teacher)}** · you are **" in learner.text
    assert secret_of(learner) == learner.app.query_params["seat"] == seat
    assert not {"teacher", "join"} & {*learner.app.query_params}


def test_back_to_an_address_with_a_seat_that_was_given_up_takes_no_seat(learner):
    seat = secret_of(learner)
    learner.press("Leave, and let my things stay")
    learner.app.query_params["seat"] = seat
    learner.open("pixels")
    assert limits.NO_SEAT not in learner.text
    assert "seat" not in learner.app.query_params


# The address


def test_the_address_that_the_server_names_is_that_of_the_code_and_of_the_private_link(visit, monkeypatch):
    monkeypatch.setenv(ADDRESS, " https://digits.example.org/class-7b/ ")
    teacher = visit("class").press("Start a class")
    shown = component(teacher, "class_code_shown")
    assert shown["address"] == "digits.example.org/class-7b"
    assert shown["link"] == f"https://digits.example.org/class-7b/?join={shown['code']}"
    assert f"https://digits.example.org/class-7b/class?teacher={secret_of(teacher, 'teacher')}" in [
        code.value for code in teacher.app.code
    ]
    assert teacher.said("warning") == []


NO_ADDRESSES = "digits ftp://digits http:// http://[ http://a:b http://a/?x=1 http://u:p@a http://a/#x http://a\x07b"


@pytest.mark.parametrize("named", NO_ADDRESSES.split(" "))
def test_what_is_no_address_is_said_to_be_none_and_the_browsers_own_is_shown(visit, monkeypatch, named):
    monkeypatch.setenv(ADDRESS, named)
    teacher = visit("class").press("Start a class")
    (warning,) = teacher.said("warning")
    assert ADDRESS in warning
    assert component(teacher, "class_code_shown")["link"].endswith(f"/?join={code_of(teacher)}")


# What only a teacher has


def test_the_private_link_brings_a_teacher_back_and_does_not_stay_in_the_address(visit, teacher):
    (link,) = (code.value for code in teacher.app.code if "teacher=" in code.value)
    secret = link.split("teacher=")[1]
    again = visit("class", teacher=secret)
    assert code_of(again) == code_of(teacher)
    assert "teacher" not in again.app.query_params
    assert code_of(again.open("pixels").open("class")) == code_of(teacher)


@pytest.mark.parametrize("page", ["class", "home", "draw"])
def test_no_page_of_a_learner_holds_a_secret_other_than_their_own(visit, teacher, learner, store, page):
    other = visit(join=code_of(teacher))
    hand_in(learner)
    store.call(secret_of(teacher, "teacher"), "pixels", f"teacher={secret_of(teacher, 'teacher')}")
    shown = look_again(other.open(page))
    sent = repr(shown.app._tree) + shown.text + str(shown.app.query_params)
    assert secret_of(other) in sent
    assert secret_of(teacher, "teacher") not in sent
    assert secret_of(learner) not in sent


def test_a_call_carries_no_secret(teacher, store):
    teacher.open("pixels")
    teacher.app.query_params["seat"] = "x" * 22
    teacher.app.query_params["width"] = "20"
    teacher.press("Call everybody here")
    call = store.room(store.class_of(secret_of(teacher, "teacher"))).call
    assert (call.page, call.hold) == ("pixels", False)
    assert "width=20" in call.query
    assert not SECRET.search(call.query)


def test_a_learner_who_opens_class_sees_only_their_own_things(visit, teacher, learner):
    hand_in(learner)
    other = visit("class", join=code_of(teacher))
    assert "Nothing yet." in other.text
    assert other.pictures("Your drawing") == []
    (mine,) = look_again(learner.open("class")).pictures("Your drawing")
    assert mine.shape == (84, 84)
    learner.press("Take back the 3")
    assert look_again(learner).pictures("Your drawing") == []


# Handing in


def test_a_drawing_is_handed_in_as_it_is_judged_and_the_wall_says_what_each_method_reads(teacher, learner, store):
    assert "Your class has it: a 3." in [one.value for one in hand_in(learner).app.success]
    (drawing,) = store.room(store.class_of(secret_of(teacher, "teacher"))).drawings
    judged = go_through(ink_of(draw_strokes(parse_strokes(THREE)))).digit
    assert np.array_equal(judged, drawing.pixels)
    assert drawing.strokes == THREE
    (tile,) = component(look_again(teacher), "class_wall")["drawings"]
    assert tile["said"][:2] == [["L1", "3"], ["L2", "3"]]
    table = teacher.table("Of the 3")
    assert table.loc["L2", "All"] == table.loc["L2", "Of the 3"] == "1 of 1"


@pytest.mark.parametrize("strokes", ["<img src=x>", "UF", "not strokes at all", "U" * 1_600])
def test_strokes_that_no_pen_has_drawn_are_not_kept(visit, teacher, store, monkeypatch, strokes):
    seat = store.join(code_of(teacher))
    monkeypatch.setattr(classes, "seat", lambda: seat)
    monkeypatch.setattr(room.st, "session_state", {"class_meant": 3})
    room._hand_in_drawing(np.full((28, 28), 9, np.uint8), strokes, lambda: False)
    (drawing,) = store.room(store.class_of(secret_of(teacher, "teacher"))).drawings
    assert drawing.strokes == ""


def test_a_drawing_that_the_page_has_not_judged_yet_is_not_taken_for_the_one_before(teacher, learner, store):
    more = f"{THREE}.{stroke((110, 150), (200, 140))}"
    learner.set(class_meant=3)
    drawn = write_drawing(parse_strokes(more, len(more)))
    learner.app.session_state[keys.DRAWING] = {"drawing": {"raw": drawn, "data": None}}
    learner.press("Hand in")  # in one request with the stroke, as on a busy server
    assert learner.said("warning") == [room.MORE]
    assert "Your class has it: a 3." in [one.value for one in learner.press("Hand in").app.success]
    (drawing,) = store.room(store.class_of(secret_of(teacher, "teacher"))).drawings
    assert drawing.strokes == more


def test_what_is_drawn_after_a_hand_in_is_not_said_to_be_in_the_class(teacher, learner, store):
    assert hand_in(learner).said("success") == ["Your class has it: a 3."]
    draw(learner, SEVEN)
    assert learner.said("success") == []
    assert learner.app.get_by_key("class_meant").value is None


def test_the_second_of_two_clicks_hands_in_nothing_else(teacher, learner, store):
    hand_in(learner)
    (button,) = (one for one in learner.app.button if one.label == "Hand in")
    learner._report(id=button.proto.id, trigger_value=True)
    assert learner.said("success") == ["Your class has it: a 3."]
    assert len(store.room(store.class_of(secret_of(teacher, "teacher"))).drawings) == 1


def test_no_meaning_is_chosen_beforehand_and_only_digits_in_play_can_be(learner):
    (button,) = (one for one in learner.app.button if one.label == "Hand in")
    assert button.disabled
    assert list(learner.app.get_by_key("class_meant").options) == ["3", "7"]


def test_a_second_hand_in_within_a_second_is_asked_for_again(teacher, learner, store, monkeypatch):
    now = time.time()
    monkeypatch.setattr(store, "clock", lambda: now)  # it stands still, however slow the machine is
    hand_in(learner, 3)
    hand_in(learner, 7)
    assert limits.TOO_SOON in learner.said("warning")


def test_who_is_in_no_class_sees_nothing_of_it(visit):
    visitor = visit("draw", strokes=THREE)
    assert not [one for one in visitor.app.button if one.label in ("Hand in", "Raise my hand")]


def test_guesses_are_counted_once_and_the_teacher_sees_no_answer(visit, teacher, learner, store):
    options = learner.app.get_by_key("guess_draw").options
    learner.set(guess_draw=options[0])
    learner.set(guess_draw=options[1])
    look_again(teacher)
    counted = chart(teacher, "answer")
    assert dict(zip(counted["answer"], counted["count"], strict=True))[options[0]] == 1
    assert counted["count"].sum() == 1


def test_a_share_below_one_is_never_shown_as_all(teacher, learner, store):
    store.hand_in_run(secret_of(learner), "lr=0.1", "linear", 0.1, 0.9996, 3.0)
    run = chart(look_again(teacher), "accuracy")
    assert run["percent"].item() == "99.9%"
    teacher.click("class_runs", run=[{"run": int(run["run"].item())}])
    assert any("linear, 99.9%" in one.value for one in teacher.app.text)


def test_the_tooltips_of_the_charts_show_what_is_rounded_as_on_all_pages(teacher, learner, store):
    hand_in(learner)
    shares = chart(look_again(teacher), "share")
    assert list(shares["percent"]) == [percent(share) for share in shares["share"]]
    for one in (charts.read_shares(), charts.run_scatter()):
        assert "percent" in [tip["field"] for tip in one["encoding"]["tooltip"]]


@pytest.mark.parametrize(("most", "says"), [(200, "its validation images"), (50, "up to 50 of each digit among its")])
def test_the_wall_says_of_how_many_validation_images_the_dataset_is_judged(teacher, learner, monkeypatch, most, says):
    monkeypatch.setattr("ui.classroom.reading.COMPARED", most)  # the built-in digits have 100 of each
    hand_in(learner)
    assert f"The dataset: {says}" in look_again(teacher).text


def test_nobody_is_here_before_the_first_and_after_the_last(teacher, learner, store):
    store.leave(secret_of(learner), take_away=True)
    assert "Nobody is here. The code" in look_again(teacher).text


def test_runs_make_a_scatter_whose_points_open_them(visit, teacher, learner, store):
    store.hand_in_run(secret_of(learner), "lr=0.1&images=20", "linear, rate 0.1", 0.1, 0.9, 3.0)
    run = chart(look_again(teacher), "accuracy")
    assert (run["rate"].item(), run["accuracy"].item()) == (0.1, 0.9)
    teacher.click("class_runs", run=[{"run": int(run["run"].item())}])
    teacher.follow("Open it")
    assert teacher.app.session_state["lr"] == 0.1
    assert teacher.value("images") == 20


def test_the_first_guess_counts_though_it_was_given_before_the_learner_joined(visit, teacher, store):
    visitor = visit("distance")
    first, second, *_ = visitor.app.get_by_key("guess_distance").options
    visitor.set(guess_distance=first).set(guess_distance=second)
    join(visitor.open("home"), code_of(teacher))
    visitor.open("distance")
    (guess,) = store.room(store.class_of(secret_of(teacher, "teacher"))).guesses
    assert guess.chosen == first


def test_the_first_guess_counts_though_the_database_was_away(teacher, learner, store, monkeypatch):
    def away(*_):
        raise Unreachable

    first, second, *_ = learner.app.get_by_key("guess_draw").options
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(ClassStore, "guess", away)
        learner.set(guess_draw=first)
    learner.set(guess_draw=second)
    (guess,) = store.room(store.class_of(secret_of(teacher, "teacher"))).guesses
    assert guess.chosen == first


# Handing in a run


@pytest.fixture
def trainee(visit, teacher, monkeypatch):
    """Return a function that opens Training, with some settings, for somebody who has joined."""
    monkeypatch.setattr(training_run, "CLICK_SECONDS", 60)  # on a busy machine, a worker needs some to begin
    return lambda **link: visit("training", join=code_of(teacher), **link)


@pytest.fixture
def handed_in(teacher, store):
    """Return a function that returns the one run that was handed in."""

    def one():
        (run,) = store.room(store.class_of(secret_of(teacher, "teacher"))).runs
        return run

    return one


def accuracy_after(epochs: int, data, hyper: Hyperparameters) -> float:
    """Return the accuracy that a run of 800 images has come to, computed without the page."""
    _, progress = train_steps(start(Config()), data, Config(), hyper, epochs * math.ceil(800 / hyper.batch_size))
    return progress.epochs[-1].valid_accuracy


def test_a_run_is_handed_in_as_it_is_at_the_click(trainee, handed_in, threes_and_sevens):
    learner = trainee(lr="0.1").press("One epoch")
    for _ in range(4):
        run_of(learner).take_epoch()  # as while a run plays: the page does not run again
    learner.press("Hand in this run")
    run = handed_in()
    first, fifth = (accuracy_after(epochs, threes_and_sevens, Hyperparameters(lr=0.1)) for epochs in (1, 5))
    assert run.accuracy == pytest.approx(fifth) != pytest.approx(first)
    assert (run.rate, run.epochs) == (0.1, 5)
    (said,) = (one.value for one in learner.app.success)
    assert said == f"Your class has this run. After 5 epochs: {fifth:.1%} right."


def test_a_run_that_begins_after_a_hand_in_is_not_said_to_be_in_the_class(trainee):
    learner = trainee(lr="0.1").press("One epoch").press("Hand in this run")
    assert learner.press("One step").said("success") != []  # it says after how many epochs
    assert learner.press("Reset").said("success") == []


def test_a_run_without_a_result_is_not_handed_in_and_the_page_says_why(trainee, teacher, store):
    learner = trainee().press("Hand in this run")
    assert learner.said("warning") == [room.NO_RESULT]
    assert store.room(store.class_of(secret_of(teacher, "teacher"))).runs == ()


def test_what_was_chosen_after_the_last_epoch_is_no_part_of_the_run(trainee, teacher, handed_in):
    learner = trainee(batch="64").press("One epoch")
    before = run_of(learner).hyper
    learner.set(lr=0.1).set(batch=16).set(momentum=0.5).set(optimiser="Adam").set(uphill=True)
    learner.press("Hand in this run")
    assert (handed_in().rate, handed_in().about) == (1.0, "linear, rate 1, batch 64")
    teacher.open("training").set(momentum=0.9).set(optimiser="Adam").set(seed=4).open("class")
    point = chart(look_again(teacher), "accuracy")
    teacher.click("class_runs", run=[{"run": int(point["run"].item())}]).follow("Open it")
    assert (run_of(teacher).config, run_of(teacher).hyper) == (run_of(learner).config, before)


@pytest.mark.parametrize(
    "link",
    [
        {"model": "Hidden layer", "units": "12", "images": "20", "loss": "binary cross-entropy", "seed": "5"},
        {"optimiser": "Adam", "lr": "0.003", "decay": "0.001", "shuffle": "false", "stop": "When it overfits"},
        {"digits": ["1", "4", "9"], "keep_gradients": "true", "sorted": "true", "momentum": "0.5"},
        {"uphill": "true", "stop": "After some epochs", "epochs": "30"},
    ],
    ids=str,
)
def test_the_link_of_a_run_opens_the_same_set_up(trainee, visit, handed_in, link):
    learner = trainee(**link).press("One epoch").press("Hand in this run")
    other = visit("training", **parse_qs(handed_in().query))
    assert (run_of(other).config, run_of(other).hyper) == (run_of(learner).config, run_of(learner).hyper)
    assert other.said("warning") == []


def test_a_run_takes_no_drawing_and_no_painting_along(trainee, teacher, handed_in):
    own, paint = write_pixels(seen(THREE)), write_painting(np.eye(28, dtype=np.int8))
    learner = trainee(own=own, strokes=THREE, meant="3", paint=paint, seed="5").press("One epoch")
    assert {"own", "strokes", "paint"} <= {*learner.app.query_params}
    learner.press("Hand in this run")
    link = parse_qs(handed_in().query)
    assert link["seed"] == ["5"]
    assert {"own", "strokes", "meant", "paint", "seat"}.isdisjoint(link)
    point = chart(look_again(teacher), "accuracy")
    teacher.click("class_runs", run=[{"run": int(point["run"].item())}]).follow("Open it")
    assert "your drawing" not in teacher.text


def test_of_a_run_that_overfitted_the_best_epoch_is_handed_in(trainee, handed_in, threes_and_sevens):
    learner = trainee(stop="When it overfits", patience="5", images="10", lr="0.05", loss="binary cross-entropy")
    while not run_of(learner).over:
        run_of(learner).take_epoch()
    learner.press("Hand in this run")
    now = run_of(learner).state
    loss, accuracy = evaluate(now.params, threes_and_sevens.valid_x, threes_and_sevens.valid_y, "binary cross-entropy")
    losses, accuracies = (run_of(learner).history.epochs[name] for name in ("valid_loss", "valid_accuracy"))
    assert handed_in().accuracy == pytest.approx(accuracy)
    assert accuracies[-1] < accuracy
    assert losses[int(handed_in().epochs)] == min(losses[1:]) == pytest.approx(loss)


# Together


def test_a_learner_comes_along_to_the_page_in_its_state(teacher, learner, store):
    store.call(secret_of(teacher, "teacher"), "pixels", "pixel_row=3&digits=4&digits=9&whole=false")
    look_again(learner)
    assert "Your teacher is at **Pixels**" in learner.text
    learner.set(digits=[3, 8])
    assert learner.app.title[0].value == "Draw"


@pytest.mark.parametrize("click", [entrance._end, lambda: strip._leave(True)], ids=["end", "leave"])
def test_a_second_click_before_the_page_has_changed_finds_nothing_to_do(visit, monkeypatch, click):
    said = []
    monkeypatch.setattr(classes, "tell", lambda *news: said.append(news))
    for secret in ("teacher", "seat"):
        monkeypatch.setattr(classes, secret, lambda: None)
    click()
    assert said == []


@pytest.mark.parametrize("gone", ["ended", "left"])
def test_the_first_call_of_a_second_class_is_seen_by_who_followed_one_in_the_first(visit, teacher, store, gone):
    other = visit("class").press("Start a class")
    learner = visit("draw", join=code_of(teacher))
    for one in (teacher, other):
        store.call(secret_of(one, "teacher"), "pixels", "")
    look_again(learner).press("Come along")
    assert "Your teacher is at" not in learner.text
    if gone == "ended":
        teacher.press("End it and delete everything")
        look_again(learner).press("All right")
    else:
        learner.press("Leave, and let my things stay")
    join(learner.open("home"), code_of(other))
    assert "Your teacher is at **Pixels**" in look_again(learner).text
    (seen,) = store.room(store.class_of(secret_of(other, "teacher"))).learners
    assert seen.page == "home"


def test_everybody_can_be_called_to_the_page_with_their_own_things(teacher, learner):
    teacher.press("Call everybody here")
    look_again(learner).press("Come along")
    assert learner.app.title[0].value == "Class"
    assert "What you have handed in" in learner.text


def test_held_learners_follow_by_themselves(teacher, learner, store, monkeypatch):
    went = []

    def go(page, query_params):
        went.append((page, dict(query_params)))
        strip.st.stop()

    monkeypatch.setattr(strip.st, "switch_page", go)
    store.call(secret_of(teacher, "teacher"), "pixels", "pixel_row=3", hold=True)
    look_again(learner)
    assert went == [("pages/pixels.py", {"seat": secret_of(learner)})]


def test_controls_that_a_teacher_hides_are_gone_from_learners_pages_alone(teacher, learner, store):
    store.hide_controls(secret_of(teacher, "teacher"), ["digits", "code", "mistakes"])
    look_again(learner)
    labels = {one.label for one in [*learner.app.expander, *learner.app.button_group]}
    assert "Code" not in labels
    assert "Digits in play" not in labels
    learner.open("training")
    assert "Mistakes: none" not in [one.proto.popover.label for one in learner.app.get("popover")]
    assert "Code" in {one.label for one in look_again(teacher).app.expander}


def hand_in_threes_and_sevens(store: ClassStore, code: str, seed: int = 0) -> list[str]:
    """Let three learners hand in a 3 and a 7 each, and return their seats."""
    seats = [store.join(code) for _ in range(3)]
    for number, seat in enumerate(seats):
        for place, meant in enumerate((3, 7)):
            drawing = np.random.default_rng(100 * seed + 10 * number + place).integers(0, 256, (28, 28), dtype=np.uint8)
            store.clock = lambda later=2 * place: time.time() + later  # not two things in one second
            store.hand_in_drawing(seat, drawing, "", meant)
    return seats


def test_the_class_becomes_a_dataset_that_goes_when_it_ends(visit, teacher, store, own_home):
    hand_in_threes_and_sevens(store, code_of(teacher))
    look_again(teacher).press("Use them as the dataset")
    assert teacher.said("warning") == []
    name = teacher.app.session_state["dataset"]
    folder = own_home / "datasets" / name
    assert folder.exists()
    learner = visit("class", join=code_of(teacher))
    look_again(learner).press("Use the class's digits")
    assert learner.app.session_state["dataset"] == name
    teacher.press("End it and delete everything")
    assert not folder.exists()
    assert "Start a class" in [one.label for one in teacher.app.button]


def test_the_teacher_is_told_which_digits_the_dataset_leaves_out(teacher, store):
    seat = hand_in_threes_and_sevens(store, code_of(teacher))[0]
    for number, meant in enumerate((5, 8)):
        store.clock = lambda later=10 * (number + 1): time.time() + later
        store.hand_in_drawing(seat, np.full((28, 28), 9, np.uint8), "", meant)
    assert "A digit that is not in both parts is left out." in look_again(teacher).text
    teacher.press("Use them as the dataset")
    (said,) = (one.value for one in teacher.app.success)
    assert "Left out, since not in both parts: 5, 8." in said


def test_no_visitor_reads_the_code_of_a_class_in_the_datasets_of_two(visit, store, teacher):
    codes = [code_of(teacher)]
    hand_in_threes_and_sevens(store, codes[0])
    look_again(teacher).press("Use them as the dataset")
    other = visit("class").press("Start a class")
    codes.append(code_of(other))
    hand_in_threes_and_sevens(store, codes[1], seed=1)
    look_again(other).press("Use them as the dataset")
    stranger = visit("data", dataset=other.app.session_state["dataset"])
    shown = stranger.text + repr(stranger.app._tree)
    assert not [code for code in codes if code in shown]
    titles = re.findall(r"\*\*`(Digits of a class[^`]*)`\*\*", "\n".join(one.value for one in stranger.app.markdown))
    assert len(set(titles)) == 2


def datasets(home) -> list[str]:
    return sorted(path.name for path in (home / "datasets").glob("*"))


@pytest.fixture
def with_dataset(visit, teacher, store) -> tuple[Visitor, str]:
    """A learner of a class whose teacher has made a dataset of its digits, and the learner's seat."""
    seat = hand_in_threes_and_sevens(store, code_of(teacher))[0]
    look_again(teacher).press("Use them as the dataset")
    return look_again(visit("class", seat=seat)), seat


def test_a_late_click_does_not_bring_back_the_drawings_of_a_class_that_has_ended(teacher, with_dataset, own_home):
    learner, _ = with_dataset
    teacher.press("End it and delete everything")
    learner.press("Use the class's digits")
    assert datasets(own_home) == []
    assert limits.ENDED in look_again(learner).text
    assert "dataset" not in learner.app.session_state


def test_a_late_click_of_a_second_tab_of_the_teacher_does_not_either(visit, teacher, store, own_home):
    hand_in_threes_and_sevens(store, code_of(teacher))
    tab = look_again(visit("class", teacher=secret_of(teacher, "teacher")))
    teacher.press("End it and delete everything")
    tab.press("Use them as the dataset")
    assert datasets(own_home) == []
    assert limits.ENDED in look_again(tab).text


def test_no_dataset_is_made_that_could_not_be_removed_at_the_end(teacher, store, own_home, monkeypatch):
    hand_in_threes_and_sevens(store, code_of(teacher))

    def no_room(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ui.seat.ended.write_file", no_room)
    look_again(teacher).press("Use them as the dataset")
    (warning,) = teacher.said("warning")
    assert "disk is full" in warning
    assert datasets(own_home) == []


def test_a_learner_who_takes_drawings_back_makes_no_further_datasets(with_dataset, store, own_home):
    learner, _ = with_dataset
    before = datasets(own_home)
    for _ in range(2):
        learner.press("Take back")
        look_again(learner).press("Use the class's digits")
        assert datasets(own_home) == before
        assert learner.app.session_state["dataset"] == before[0]


def test_a_class_keeps_its_three_newest_datasets_and_who_used_an_older_one_is_told(
    visit, teacher, store, own_home, with_dataset
):
    learner, seat = with_dataset
    learner.press("Use the class's digits")
    for number in range(1, 5):
        store.clock = lambda later=10 * number: time.time() + later
        store.hand_in_drawing(seat, np.full((28, 28), number, np.uint8), "", 3)
        look_again(teacher).press("Use them as the dataset")
        assert teacher.app.session_state["dataset"] in datasets(own_home)
        assert len(datasets(own_home)) <= 3
    (told,) = look_again(learner).said("warning")
    assert "no longer on this server" in told
    learner.press("Use the class's digits")
    assert learner.app.session_state["dataset"] == teacher.app.session_state["dataset"]
    teacher.press("End it and delete everything")
    assert datasets(own_home) == []


def test_a_dataset_without_a_drawing_that_was_removed_replaces_the_one_with_it(teacher, with_dataset, store, own_home):
    before = datasets(own_home)
    secret = secret_of(teacher, "teacher")
    store.remove_drawing(secret, store.room(store.class_of(secret)).drawings[0].id)
    look_again(teacher).press("Use them as the dataset")
    assert len(datasets(own_home)) == 1
    assert datasets(own_home) != before


# When the database is away


def test_a_database_that_is_away_is_said_and_the_page_goes_on(learner, monkeypatch):
    def away(*_):
        raise Unreachable

    monkeypatch.setattr(ClassStore, "room", away)
    look_again(learner)
    assert limits.UNREACHABLE in learner.said("warning")
    assert learner.app.title[0].value == "Draw"
    monkeypatch.undo()
    assert limits.UNREACHABLE not in look_again(learner).said("warning")


def test_a_postgres_that_is_killed_in_mid_class_is_said_to_be_away_and_all_goes_on(visit, postgres_server, monkeypatch):
    monkeypatch.setenv(VARIABLE, postgres_server.url)
    teacher = visit("class").press("Start a class")
    learner = hand_in(visit("draw", join=code_of(teacher), strokes=THREE))
    assert len(component(look_again(teacher), "class_wall")["drawings"]) == 1
    postgres_server.stop("immediate")
    assert limits.UNREACHABLE in look_again(teacher).said("warning")
    assert limits.UNREACHABLE in hand_in(learner, meant=7).said("warning")
    assert [one.value for one in learner.app.success] == []
    postgres_server.start()
    assert limits.UNREACHABLE not in look_again(teacher).said("warning")
    monkeypatch.setattr(classes.store(), "clock", lambda: time.time() + 2)  # not two things in one second
    assert [one.value for one in hand_in(learner, meant=7).app.success] == ["Your class has it: a 7."]
    drawn = component(look_again(teacher), "class_wall")["drawings"]
    assert sorted(one["meant"] for one in drawn) == [3, 7]
    teacher.press("End it and delete everything")


def test_what_could_not_be_stored_is_not_acknowledged(learner, monkeypatch):
    def away(*_):
        raise Unreachable

    monkeypatch.setattr(ClassStore, "hand_in_drawing", away)
    hand_in(learner)
    assert learner.said("warning") == [limits.UNREACHABLE]
    assert [one.value for one in learner.app.success] == []
