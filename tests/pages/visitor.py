"""A visitor of the app without a browser: opens pages, moves widgets, and reads what they show."""

import base64
import io
import json
import re
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
from PIL import Image
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest

from core.dataset import SIDE
from ui.state import keys

EVENTS = "$$STREAMLIT_INTERNAL_KEY"  # begins the id of what a component of the app's own reports
ROOT = Path(__file__).parents[2]
PAGES = ("home", "pixels", "tensors", "ideal_digits", "distance", "draw", "class")
TEXTS = ("title", "header", "subheader", "markdown", "caption", "code", "info", "warning", "error", "html")


class Visitor:
    """One session of the app, opened by a link to one of its pages."""

    def __init__(self, media, page: str = "home", **link):
        self.media = media  # where the app puts its pictures
        self.app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
        for name, value in link.items():
            self.app.query_params[name] = value
        if page != "home":  # which has no path of its own
            self.app.switch_page(f"pages/{page}.py")
        self.run()

    # What a visitor does

    def open(self, page: str) -> "Visitor":
        """Go to another page of the app."""
        states = self.app._tree.get_widget_states()
        kept = {one.id for one in self.app.sidebar if hasattr(one, "id")}
        stay = [state for state in states.widgets if state.id in kept]  # a browser leaves the page's own behind
        self.app.switch_page(f"pages/{page}.py")
        return self._sound(self.app._run(WidgetStates(widgets=stay)))

    def follow(self, label: str) -> "Visitor":
        """Click on a link to another page."""
        (link,) = (one.proto for one in self.app.page_link if label in one.proto.label)
        for name, values in parse_qs(link.query_string).items():
            self.app.query_params[name] = values
        return self.open(link.page)

    def run(self) -> "Visitor":
        """Run the script again, as any click does, and check that it ends without an exception."""
        return self._sound(self.app.run())

    def set(self, **values) -> "Visitor":
        """Move widgets, named by their keys. Each live slider runs the page, as it does in a browser."""
        moved = False
        for key, value in values.items():
            if slider := self._live_slider(key):
                self._slide(slider, value)
                continue
            moved = True
            widget = self.app.get_by_key(key)
            widget.set_value(value)
            if widget.proto.query_param_key:  # it lives in the URL, which the browser changes at once
                self.app.query_params[key] = _in_the_url(widget, value)
        return self.run() if moved else self

    def _slide(self, slider, value) -> None:
        """Drag a live slider to a value and let go of it, as its script in the browser reports that."""
        (data,) = json.loads(slider.proto.json)
        options = _options(data)
        places = [options.index(one) for one in (value if isinstance(value, list | tuple) else [value])]
        self.tell(slider, "move", {"places": places, "number": data["number"] + 1, "done": True})

    def _live_slider(self, name: str):
        """Return the live slider of a setting, None if another kind of widget shows it."""
        return self.component(f"{keys.SLIDER}{name}")

    def component(self, key: str):
        """Return the component of the app's own that has this key, None if there is none."""
        return next((one for one in self.app.get("bidi_component") if one.proto.id.endswith(f"-{key}")), None)

    @property
    def live_sliders(self) -> list[str]:
        """The settings that live sliders show."""
        ids = [one.proto.id.rpartition(f"-{keys.SLIDER}") for one in self.app.get("bidi_component")]
        return [name for _, found, name in ids if found]

    def options(self, name: str) -> list[float]:
        """Return the options of a live slider."""
        return _options(self.told(f"{keys.SLIDER}{name}"))

    def told(self, key: str) -> dict:
        """Return what a component's script in the browser is sent."""
        (data,) = self.given(key)
        return data

    def tell(self, component, event: str, value: object) -> "Visitor":
        """Report what a component's script in the browser reports."""
        return self._report_all([_events(component, {"event": event, "value": value})])

    def tell_all(self, components, events) -> "Visitor":
        """Report each of these events, without a value that makes sense, from every component at once."""
        sent = [{"event": event, "value": {}} for event in events]
        return self._report_all([_events(component, *sent) for component in components])

    def point(self, key: str, row: object, column: object, crop: object = None, done: bool = True) -> "Visitor":
        """Pick a pixel in a picture, or drag its frame to a crop: two rows and two columns."""
        told = self.told(key)
        value = {"picked": [row, column], "crop": crop or told["crop"], "number": told["number"] + 1, "done": done}
        return self.tell(self.component(key), "move", value)

    def use(self, key: str, event: str, value) -> "Visitor":
        """Do something with a component of the app's own, as its script in the browser reports it."""
        return self.tell(self.component(key), event, value)

    def given(self, key: str):
        """Return all that a component of the app's own was given to show."""
        return json.loads(self.component(key).proto.json)

    def press(self, label: str, place: int = 0) -> "Visitor":
        """Press a button; place: which of those that have this label."""
        [button for button in self.app.button if label in button.label][place].click()
        return self.run()

    def click(self, key: str, **selection) -> "Visitor":
        """Click on a chart or on a row of a table, as the browser reports it."""
        element = next(one for one in [*self.app.get("vega_lite_chart"), *self.app.dataframe] if one.key == key)
        return self._report(id=element.proto.id, string_value=json.dumps({"selection": selection}))

    def open_code(self) -> "Visitor":
        """Open the code drawer."""
        return self.open_drawer("Code")

    def open_drawer(self, label: str) -> "Visitor":
        """Open what stands under a line that opens it."""
        (drawer,) = (one for one in self.app.expander if one.label == label)
        return self._report(id=drawer.proto.id, bool_value=True)

    def _report(self, **state) -> "Visitor":
        return self._report_all([WidgetState(**state)])

    def _report_all(self, more: list[WidgetState]) -> "Visitor":
        states = self.app._tree.get_widget_states()  # AppTest has no public way to click on a chart
        states.widgets.extend(more)
        return self._sound(self.app._run(states))

    def _sound(self, app: AppTest) -> "Visitor":
        assert not app.exception, app.exception[0].value
        return self

    # What a visitor sees

    @property
    def text(self) -> str:
        """All text on the page and in its sidebar."""
        return "\n".join(element.value for kind in TEXTS for element in self.app.get(kind))

    def line(self, *parts: str) -> str:
        """Return the one text that holds all these parts."""
        found = [e.value for kind in TEXTS for e in self.app.get(kind) if all(part in e.value for part in parts)]
        assert len(found) == 1, f"{parts} stands in {len(found)} texts"
        return found[0]

    def said(self, kind: str) -> list[str]:
        """Return the notices of one kind: "info", "warning" or "error"."""
        return [one.value for one in self.app.get(kind)]

    def value(self, key: str):
        """Return what a widget is set to."""
        if slider := self._live_slider(key):
            (data,) = json.loads(slider.proto.json)
            at = tuple(_options(data)[place] for place in data["places"])
            return at if len(at) > 1 else at[0]
        return self.app.get_by_key(key).value

    def metric(self, label: str) -> str:
        """Return the figure under this label."""
        (found,) = (one.value for one in self.app.metric if label in one.label)
        return found

    def table(self, heading: str) -> pd.DataFrame:
        """Return the one table that has this heading over a column or before a row."""
        tables = [one.value for one in [*self.app.dataframe, *self.app.table]]
        (found,) = (one for one in tables if heading in [*one.columns, *one.index])
        return found

    def charts(self, *fields: str) -> list[pd.DataFrame]:
        """Return the data of all charts that show these fields."""
        return [data for one in self.app.get("vega_lite_chart") for data in _chart_data(one) if {*fields} <= {*data}]

    def chart(self, *fields: str) -> pd.DataFrame:
        """Return the data of the one chart that shows these fields."""
        (data,) = self.charts(*fields)
        return data

    def layers(self, *fields: str) -> list[pd.DataFrame]:
        """Return the data of all charts of layers that share one frame with these fields."""
        charts = self.app.get("vega_lite_chart")
        frames = [convert_arrow_bytes_to_pandas_df(one.proto.data.data) for one in charts if one.proto.data.data]
        return [frame for frame in frames if {"layer", *fields} <= {*frame}]

    def pictures(self, alt: str = "") -> list[np.ndarray]:
        """Return the pictures whose description holds these words, as arrays."""
        shown = [picture for element in self.app.image for picture in element.proto.imgs if alt in picture.alt]
        return [np.asarray(Image.open(io.BytesIO(self._content(picture.url)))) for picture in shown]

    def _content(self, url: str) -> bytes:
        if url.startswith("data:"):  # the URL holds the picture itself
            return base64.b64decode(url.split(",", 1)[1])
        return self.media.get_file(url.rsplit("/", 1)[-1]).content

    @property
    def specimen(self) -> str:
        """The specimen's name as the page has it: split/digit/file."""
        return re.search(r"`((?:train|valid)/\d/\d{4}\.png)`", self.line("**The specimen**")).group(1)


def _options(slider: dict) -> list[float]:
    """Return the options of a live slider from what its script in the browser is sent."""
    if "texts" in slider:
        return [numbers(text)[0] for text in slider["texts"]]
    first, step = slider["range"]
    return [first + step * place for place in range(slider["last"] + 1)]


def _events(component, *sent: dict) -> WidgetState:
    """Return the state in which a component of the app's own reports events, as Streamlit's script in the browser."""
    return WidgetState(id=f"{EVENTS}_{component.proto.id}__events", json_trigger_value=json.dumps(sent))


def _in_the_url(widget, value) -> str | list[str]:
    """Return a widget's value as the browser writes it into the URL: a text, or one for each of several."""
    written = getattr(widget, "format_func", _written)
    texts = [str(written(one)) for one in (value if isinstance(value, list | tuple) else [value]) if one is not None]
    return texts[0] if len(texts) == 1 else texts


def _written(value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _chart_data(chart) -> list[pd.DataFrame]:
    """Return the data of a chart: those that stand beside its specification, and those that it names."""
    sent = [chart.proto.data.data, *(dataset.data.data for dataset in chart.proto.datasets)]
    return [convert_arrow_bytes_to_pandas_df(data) for data in sent if data]


def numbers(text: str) -> list[float]:
    """Return all numbers in a text, in order."""
    plain = text.replace("−", "-").replace(",", "")
    return [float(number) for number in re.findall(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?", plain)]


def shrunk(picture: np.ndarray, height: int = SIDE, width: int = SIDE) -> np.ndarray:
    """Return an enlarged picture at its own size, each pixel the mean of those that it was drawn as."""
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BOX)).astype(float)


def recognised(picture: np.ndarray, images: np.ndarray) -> int:
    """Return which of n images, (n, 28, 28), is the one in a picture."""
    return int(abs(255 - shrunk(picture) - images).mean((1, 2)).argmin())
