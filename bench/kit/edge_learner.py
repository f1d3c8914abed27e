"""A learner without a browser who looks at the map of the edge of learning."""

import asyncio
import json
import time
from urllib.parse import urlencode

from streamlit.proto.Delta_pb2 import Delta

from bench.kit.websocket_learner import Learner
from ui.state.choices import EDGE

PAUSE_S = 0.01  # as in picture.js: from a message to the next question


class EdgeLearner(Learner):
    """A client who has a map computed, and asks for more of it as its page does.

    first_s: seconds from the request for the page to the first picture, 0 before it; pixels: how many were trained so
    far; over: whether the finest picture is there.
    """

    def __init__(self, url: str):
        super().__init__(url)
        self.first_s, self.pixels, self.over = 0.0, 0, False
        self._began = 0.0  # when the page was asked for
        self._have: str | None = None  # the name of the last picture that came
        self._asking: asyncio.Task | None = None

    async def look(self, seed: int) -> None:
        """Open the whole map of the weights that a seed draws."""
        self._began = time.perf_counter()
        await self.open("learning_rates", urlencode({"experiment": EDGE, "lab_seed": seed}))

    def _show(self, delta: Delta, place: tuple) -> None:
        component = delta.new_element.bidi_component
        if "edge" in component.component_name:
            self._take_picture(component.id, json.loads(component.json), delta.fragment_id)
        super()._show(delta, place)

    def _take_picture(self, component: str, data: dict, fragment: str) -> None:
        if data["shades"]:
            self.first_s, self._have = self.first_s or time.perf_counter() - self._began, data["name"]
        self.pixels, self.over = int(data["name"].split()[-1]), data["progress"] == 1
        if data["playing"] or not self._have:
            self._asking = asyncio.create_task(self._ask_for_more(component, fragment))

    async def _ask_for_more(self, component: str, fragment: str) -> None:
        await asyncio.sleep(PAUSE_S)
        await self._report(component, {"pixel": None, "have": self._have, "command": None}, fragment)

    def _stop_timers(self, fragments=None) -> None:
        super()._stop_timers(fragments)
        if fragments is None and self._asking:
            self._asking.cancel()
