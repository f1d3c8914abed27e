"""What tests of the Draw page share: drawings, how to hand them to the page, and how to read its answers."""

import base64
import io
import json
import time
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from core.drawing.normalise import go_through, ink_of
from core.drawing.strokes import PenStroke, draw_strokes
from tests.pages.oracle import distances, ideal
from ui.draw.canvas_json import write_drawing
from ui.state import keys
from ui.state.drawing_text import CANVAS_LIMIT, parse_strokes, write_strokes


def stroke(*corners: tuple[int, int], pen: int = 20) -> str:
    """Write one stroke along these corners as the canvas does, in steps of a few pixels."""
    points = [corners[0]]
    for (x0, y0), (x1, y1) in pairwise(corners):
        parts = max(1, max(abs(x1 - x0), abs(y1 - y0)) // 6)
        points += [(x0 + (x1 - x0) * n // parts, y0 + (y1 - y0) * n // parts) for n in range(1, parts + 1)]
    return write_strokes((PenStroke(pen, np.array(points)),))


SEVEN = stroke((70, 60), (210, 60), (120, 230))
THREE = stroke((80, 60), (180, 60), (200, 95), (180, 130), (120, 135), (190, 150), (205, 190), (180, 225), (80, 230))
CROSSED_SEVEN = f"{SEVEN}.{stroke((110, 150), (200, 140))}"
SMALL = stroke((20, 20), (55, 20), (35, 65), pen=8)  # a small 7 in a corner


def seen(text: str) -> np.ndarray:
    """Return what the models see of strokes."""
    return go_through(ink_of(draw_strokes(parse_strokes(text, CANVAS_LIMIT)))).digit


def draw(visitor, text: str):
    """Hand the page the strokes that the canvas would send."""
    return send_drawing(visitor, write_drawing(parse_strokes(text, len(text))))


def send_drawing(visitor, drawing):
    """Hand the page a drawing as JSON, as the canvas sends it."""
    visitor.app.session_state[keys.DRAWING] = {"drawing": {"raw": drawing, "data": None}}
    return visitor.run()


def upload(visitor, picture, name: str = "digit.png"):
    """Upload a picture, or the bytes of a file."""
    if not isinstance(picture, bytes):
        file = io.BytesIO()
        picture.save(file, "PNG")
        picture = file.getvalue()
    visitor.set(way="Upload")
    visitor.app.file_uploader[0].set_value((name, picture, "image/png"))
    return visitor.run()


def picture_of_seven(ink: int = 30, paper: int = 220) -> Image.Image:
    picture = Image.new("L", (320, 240), paper)
    ImageDraw.Draw(picture).line([(110, 60), (210, 60), (150, 190)], ink, 16, joint="curve")
    return picture


def shown(visitor) -> np.ndarray:
    """Return the 28 x 28 pixels that the page says are all that the methods see."""
    pixels = np.frombuffer(base64.b64decode(verdicts(visitor)["pixels"]), np.uint8)
    return pixels.reshape(28, 28).astype(int)


def verdicts(visitor) -> dict:
    """Return what the page hands to the component that shows the verdicts."""
    return data_of(visitor, keys.VERDICTS)


def data_of(visitor, key: str) -> dict:
    """Return what the page hands to one of its components."""
    (component,) = (one for one in visitor.app.get("bidi_component") if one.proto.id.endswith(f"-{key}"))
    return json.loads(component.proto.json)


def card(visitor, method: str) -> dict:
    """Return the card of one method."""
    (found,) = (one for one in verdicts(visitor)["cards"] if one["method"] == method)
    return found


def is_blank(visitor) -> bool:
    """Return whether the page invites to draw, and no method answers."""
    shown = verdicts(visitor)
    assert shown["blank"] == shown["said"].startswith("Nothing to judge yet. ")
    assert shown["blank"] == all(card["place"] is None for card in shown["cards"]) == (shown["pixels"] == "")
    return shown["blank"]


def judged_by(visitor, method: str) -> np.ndarray:
    """Return the numbers of one method for each digit in play."""
    return visitor.table("L1").loc[method].to_numpy(dtype=float)


def to_ideals(mnist, digit: np.ndarray, name: str, digits: tuple[int, ...] = (3, 7)) -> np.ndarray:
    """Compute the distance of a digit to each ideal: (28, 28) uint8 -> (K,)."""
    return distances(digit[None], [ideal(mnist, d) for d in digits], name)[0]


def until_trained(visitor):
    """Run the page again and again, as its timer does in a browser, until its models are trained."""
    for _ in range(300):
        if not any(card["more"].startswith("training, ") for card in verdicts(visitor)["cards"]):
            return visitor.run()
        time.sleep(0.1)
        visitor.run()
    raise TimeoutError(verdicts(visitor))
