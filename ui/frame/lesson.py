"""The lesson's steps: a small picture and a few words for each, with the specimen in them."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from core.dataset import SIDE
from core.distance import distances_to, l2_distance, nearest
from core.ideal import to_unit
from core.model import init_params
from core.training.next_step import gradient_of_one
from ui.frame import baseline
from ui.frame.scene import Scene
from ui.kit import pictures
from ui.kit.text import counted, with_article
from ui.state import session

RATES = (0.01, 0.1, 1, 10)  # of the picture for the learning rates
ZOOMED = 7  # pixels in each direction that the picture for the pixels enlarges


@dataclass(frozen=True)
class Step:
    """What a step of the lesson looks like. alt: describes the picture; text: says what it is about."""

    picture: Image.Image
    alt: str
    text: str


def digit_of(scene: Scene) -> int:
    """Return the specimen's digit; that of the nearest ideal for a drawing, which need not be any of those in play."""
    return answer_of(scene) if scene.specimen.digit is None else scene.specimen.digit


def answer_of(scene: Scene) -> int:
    """Return the digit whose ideal is nearest to the specimen."""
    unit = to_unit(scene.specimen.image)
    return scene.digits[nearest(distances_to(unit[None], baseline.ideals(scene), l2_distance))[0]]


def data(scene: Scene) -> Step:
    """Some images of each digit in play."""
    some = torch.cat([scene.images("train", digit)[: 9 // len(scene.digits) + 1] for digit in scene.digits])
    return Step(
        pictures.sheet(some[:9], 3, 3), "Some of the training images", "The images that the computer learns from."
    )


def pixels(scene: Scene) -> Step:
    """The specimen, and a square of it enlarged to its pixels."""
    text = "To a computer, an image is a grid of numbers from 0 to 255."
    return Step(zoomed(scene.specimen.image), "The specimen, and a square of it enlarged to its pixels", text)


def tensors(scene: Scene) -> Step:
    """The specimen among other images."""
    a_digit = with_article(digit_of(scene))
    pile = torch.cat([scene.specimen.image[None], scene.images("train", digit_of(scene))[:8]])
    alt = f"The specimen, then {counted(len(pile) - 1, 'image')} of {a_digit}"
    return Step(pictures.sheet(pile, 3, 3), alt, "Many images of one size stack into one tensor.")


def ideal_digits(scene: Scene) -> Step:
    """The ideal digit."""
    digit = digit_of(scene)
    images = f"{counted(scene.dataset.train.count(digit), 'image')} of {with_article(digit)}"
    ideal = baseline.ideals(scene)[scene.digits.index(digit)]
    return Step(pictures.ink(ideal, 9), f"The mean of {images}", f"The mean of {images}.")


def distance(scene: Scene) -> Step:
    """The specimen minus its ideal, and which ideal is nearest."""
    digit, answer = digit_of(scene), answer_of(scene)
    difference = to_unit(scene.specimen.image) - baseline.ideals(scene)[scene.digits.index(digit)]
    verdict = f", {'which is right' if answer == digit else f'though it is {with_article(digit)}'}"
    verdict = verdict if scene.specimen.digit is not None else ""
    alt = f"The specimen minus the ideal {digit}"
    return Step(pictures.signed(difference, 9), alt, f"Nearest of all ideals is the {answer}{verdict}.")


def gradient_descent(scene: Scene) -> Step:
    """Where the specimen alone would push the weights of a model that has learned nothing."""
    a_digit = with_article(digit_of(scene))
    alt = f"Which weights of a model should rise and which should fall, for it to see the specimen as {a_digit}"
    text = f"Where {a_digit} like this would push the weights of a model."
    return Step(pictures.signed_sheet(_untrained(scene)[1], 1, 9), alt, text)


def training(scene: Scene) -> Step:
    """The weights of such a model."""
    text = "It begins with random weights and learns before your eyes."
    return Step(pictures.signed_sheet(_untrained(scene)[0], 1, 9), "Random weights of a linear model", text)


def learning_rates(scene: Scene) -> Step:
    """Those weights after a single step at several rates."""
    (weights, push), rates = _untrained(scene), ", ".join(map(str, RATES))
    picture = pictures.signed_sheet(torch.cat([weights + rate * push for rate in RATES]), 2, 5)
    alt = f"The random weights after one step, at the learning rates {rates}"
    return Step(picture, alt, f"One step at the rates {rates}: how far is too far?")


def draw(scene: Scene) -> Step:
    """The specimen as it is."""
    alt = f"The specimen, {scene.specimen.called}"
    return Step(pictures.ink(scene.specimen.image, 9), alt, "Your own digit, judged after every stroke.")


STEPS: tuple[Callable[[Scene], Step], ...]
STEPS = (data, pixels, tensors, ideal_digits, distance, gradient_descent, training, learning_rates, draw)


def _seen(scene: Scene) -> tuple:
    specimen = scene.specimen
    image = specimen.image.numpy().tobytes()
    return str(scene.dataset.folder), scene.digits, specimen.digit, specimen.name, image, session.value("seed")


@st.cache_data(max_entries=500, show_spinner=False, hash_funcs={Scene: _seen})
def card(name: str, scene: Scene) -> tuple[str, str, str]:
    """Return a step's picture as a data URL, what describes it, and what it is about.

    They are kept, since each page shows one at its end, and Home shows all: every time that anything is clicked.
    name: of one of STEPS.
    """
    (step,) = (one(scene) for one in STEPS if one.__name__ == name)
    return pictures.data_url(step.picture), step.alt, step.text


def _untrained(scene: Scene) -> tuple[Tensor, Tensor]:
    """Return random weights of a linear model and the way in which the specimen would push them: (1, 28, 28) each.

    Two digits share one set of weights, in which blue speaks for the first and orange for the second; of more digits,
    each has its own.
    """
    two, place = len(scene.digits) == 2, scene.digits.index(digit_of(scene))
    params = init_params(1 if two else len(scene.digits), 0, session.value("seed"))
    flat = to_unit(scene.specimen.image).flatten()
    gradient = gradient_of_one(flat, place, params, "mnist_loss" if two else "cross-entropy")
    weights, push = (rows[0 if two else place].reshape(1, SIDE, SIDE) for rows in (params[0], -gradient))
    return weights, push


def zoomed(image: Tensor, scale: int = 6, side: int = 252) -> Image.Image:
    """Draw a whole image, (28, 28) uint8, with a square around the middle of its ink that is also shown enlarged."""
    places = image.nonzero().float()
    middle = places.mean(0) if len(places) else torch.full((2,), SIDE / 2)
    top, left = (int(min(max(one - ZOOMED / 2, 0), SIDE - ZOOMED)) for one in middle)
    large = pictures.ink(image[top : top + ZOOMED, left : left + ZOOMED], side // 2 // ZOOMED)
    paper = Image.new("RGB", (side, side), "white")
    paper.paste(pictures.ink(image, scale), (0, 0))
    corner = side - large.width - 3
    paper.paste(large, (corner, corner))
    blue, pen = tuple(pictures.BLUE.tolist()), ImageDraw.Draw(paper)
    box = [scale * left - 1, scale * top - 1, scale * (left + ZOOMED), scale * (top + ZOOMED)]
    frame = [corner - 2, corner - 2, side - 2, side - 2]
    pen.line([box[2], box[1], frame[2], frame[1]], blue, 1)
    pen.line([box[0], box[3], frame[0], frame[3]], blue, 1)
    pen.rectangle(box, outline=blue, width=2)
    pen.rectangle(frame, outline=blue, width=2)
    return paper
