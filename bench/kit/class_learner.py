"""A teacher and learners of a class without a browser: they ask again as browsers do, hand in, sleep and return."""

import asyncio
import json
import time
from itertools import cycle
from urllib.parse import urlencode

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BidiComponent_pb2 import BidiComponent
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.WidgetStates_pb2 import WidgetState

from bench.kit.websocket_learner import Learner, until
from live.classroom.database import Database
from live.classroom.store import ClassStore
from ui.state.choices import TRAINING_RATES

BY_THE_WALL_S = 6  # that a teacher stays at the end: each drawing must be on the wall within them
LATE_S = 3  # as in ask_again.js: after which a question is asked again, should it have been lost
THREE = "UFAp0Oubvevhul2wn3X3JwSj3j2wq2d3QzGsRiRfSdTZNO"  # strokes of a 3, as a link has them


class InClass(Learner):
    """A client on a page with a strip or a room that asks to be drawn again."""

    def __init__(self, url: str):
        super().__init__(url)
        self._hoped_for, self._good_news = "", asyncio.Event()  # set when the page says what begins so
        self._said = ""  # in the last box of a page
        self._disabled: dict[str, bool] = {}  # buttons by label
        self._fragments: dict[str, str] = {}  # of widgets that stand in one, by their ids
        self._asking: dict[str, asyncio.Task] = {}  # by the id of what asks to be drawn again

    async def choose(self, key: str, option: str, ask: bool = False) -> None:
        """Choose one of several buttons side by side, by its key. ask: whether to tell the server at once."""
        await until(lambda: any(name.endswith(f"-{key}") for name in self._widgets))
        found = next(name for name in self._widgets if name.endswith(f"-{key}"))
        self._widgets[found] = WidgetState(id=found, string_array_value={"data": [option]})
        if ask:
            await self._ask(fragment_id=self._fragments.get(found, ""))

    async def click(self, label: str) -> None:
        """Click on a button as soon as the page has it and it is not disabled; only its fragment runs again."""
        await until(lambda: label in self._buttons and not self._disabled.get(label, True))
        button = self._buttons[label]
        await self._ask(clicked=button, fragment_id=self._fragments.get(button, ""))

    async def is_acknowledged(self, label: str, sentence: str) -> bool:
        """Click on a button, and return whether the page has begun to say so within ten seconds.

        What it has said of the last hand-in stays there for some seconds, and may come again.
        """
        self._hoped_for, self._said = sentence, ""
        self._good_news.clear()
        await self.click(label)
        try:
            await asyncio.wait_for(self._good_news.wait(), 10)
        except TimeoutError:
            self.errors.append(f"the page did not acknowledge: {label}; it said: {self._said or 'nothing'}")
            return False
        return True

    def _show(self, delta: Delta, place: tuple) -> None:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "bidi_component" and element.bidi_component.WhichOneof("data") == "json":
            self._take_component(element.bidi_component, json.loads(element.bidi_component.json), delta.fragment_id)
        elif kind == "button":
            self._disabled[element.button.label] = element.button.disabled
            self._fragments[element.button.id] = delta.fragment_id
        elif kind == "button_group":
            self._fragments[element.button_group.id] = delta.fragment_id
        elif kind == "alert":
            self._said = element.alert.body
            is_good = element.alert.format == Alert.SUCCESS
            if is_good and self._hoped_for and self._said.startswith(self._hoped_for):
                self._good_news.set()
        super()._show(delta, place)

    def _take_component(self, component: BidiComponent, data: object, fragment: str) -> None:
        if isinstance(data, dict) and data.keys() == {"playing", "wait", "frame"}:
            if component.id in self._asking:
                self._asking[component.id].cancel()
            if data["playing"] and self._begun:  # not for a page that it is about to leave
                self._asking[component.id] = asyncio.create_task(self._ask_again(component.id, data, fragment))

    async def _ask_again(self, component: str, data: dict, fragment: str) -> None:
        await asyncio.sleep(data["wait"] / 1000)
        while True:
            await self._report(component, data["frame"], fragment)
            await asyncio.sleep(LATE_S)

    def _stop_timers(self, fragments=None) -> None:
        super()._stop_timers(fragments)
        if fragments is None:
            for task in self._asking.values():
                task.cancel()


class Teacher(InClass):
    """A teacher on Class.

    code: of the class; secret: that of the private link; seen: when each drawing was first on the wall, by its number.
    """

    def __init__(self, url: str):
        super().__init__(url)
        self.code, self.secret, self.seen = "", "", {}

    async def begin(self) -> None:
        """Start a class."""
        await self.open("class")
        await self.click("Start a class")
        await until(lambda: self.code and self.secret)

    def _show(self, delta: Delta, place: tuple) -> None:
        if delta.new_element.WhichOneof("type") == "code" and "teacher=" in delta.new_element.code.code_text:
            self.secret = delta.new_element.code.code_text.split("teacher=")[1]
        super()._show(delta, place)

    def _take_component(self, component: BidiComponent, data: object, fragment: str) -> None:
        super()._take_component(component, data, fragment)
        if isinstance(data, dict) and "code" in data:
            self.code = data["code"]
        elif isinstance(data, dict) and "drawings" in data:
            now = time.perf_counter()
            for drawing in data["drawings"]:
                self.seen.setdefault(drawing["id"], now)


class ClassLearner(InClass):
    """A learner who draws, guesses, trains, sleeps and comes back.

    clicked: when each drawing that was acknowledged was handed in; runs, guesses: how many of these were.
    """

    def __init__(self, url: str):
        super().__init__(url)
        self.seat, self.clicked, self.runs, self.guesses = "", [], 0, 0
        self._rates = cycle(TRAINING_RATES[10:41:5])  # 0.001 to 1: none of them diverges

    async def join(self, code: str) -> None:
        """Open Draw by a link with the code."""
        await self.open("draw", urlencode({"join": code, "strokes": THREE}))
        await until(lambda: "seat=" in self._query)
        self.seat = self._query.split("seat=")[1].split("&")[0]

    async def draw(self) -> None:
        """Hand in a drawing, as a 3 and as a 7 in turn: the same is not kept twice."""
        digit = "37"[len(self.clicked) % 2]
        await self.choose("class_meant", digit, ask=True)
        await until(lambda: not self._disabled.get("Hand in", True))
        at = time.perf_counter()
        if await self.is_acknowledged("Hand in", f"Your class has it: a {digit}."):
            self.clicked.append(at)

    def acknowledged(self) -> tuple[int, int, int]:
        """Return how many drawings, runs and guesses the pages have acknowledged."""
        return len(self.clicked), self.runs, self.guesses

    async def guess(self) -> None:
        """Answer the question of Draw."""
        await self.choose("guess_draw", "never", ask=True)
        self.guesses = 1

    async def train(self, seconds: float = 5) -> None:
        """Train for some seconds, hand in the run, and go back to Draw."""
        rate = next(self._rates)
        await self.move("training", urlencode({"seat": self.seat, "pace": 60, "lr": rate}))
        await self.click("Run")
        await asyncio.sleep(seconds)
        await self.click("Pause")
        self.runs += await self.is_acknowledged("Hand in this run", "Your class has this run.")
        await self.move("draw", urlencode({"seat": self.seat, "strokes": THREE}))

    async def sleep(self, seconds: float = 5) -> None:
        """Close the laptop for some seconds."""
        await self.leave()
        await asyncio.sleep(seconds)
        await self.wake()


async def begin_class(teacher: Teacher, learners: list[ClassLearner]) -> None:
    """Have a teacher start a class, which learners join with a drawing each, and watch its newest drawings."""
    await teacher.begin()
    await asyncio.gather(*(learner.join(teacher.code) for learner in learners))
    await asyncio.gather(*(learner.draw() for learner in learners))  # before it, a wall has no order to choose
    await teacher.choose("class_wall_order", "Newest first", ask=True)


def compare(url: str, teacher: Teacher, learners: list[ClassLearner]) -> tuple[list[float], int, int]:
    """Return how long each drawing took from the click to the teacher's screen, in ms; how many things are stored; and
    how many are lost: acknowledged and not in the database, or a drawing that the teacher has never seen.
    """
    database = Database(url)
    store = ClassStore(database)
    waits, stored, lost = [], 0, 0
    room = store.room(store.seat(learners[0].seat).class_id)
    for learner in learners:
        me = store.seat(learner.seat).learner
        drawings, runs, guesses = (
            [one for one in of if one.learner == me] for of in (room.drawings, room.runs, room.guesses)
        )
        for things, acknowledged in zip((drawings, runs, guesses), learner.acknowledged(), strict=True):
            stored += len(things)
            lost += max(0, acknowledged - len(things))
        seen = [teacher.seen.get(drawing.id) for drawing in drawings]
        lost += seen.count(None)
        waits += [1000 * (at - clicked) for at, clicked in zip(seen, learner.clicked, strict=False) if at]
    database.close()
    return waits, stored, lost
