"""Home: what this is, and the way through it."""

import streamlit as st
import torch

from core.dataset import SIDE
from core.distance import distances_to, l2_distance, nearest
from core.ideal import ideal_digit, to_unit
from core.model import init_params
from core.training.next_step import gradient_of_one
from ui.frame import baseline
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.frame.page import start
from ui.kit import pictures
from ui.kit.text import with_article
from ui.seat.join import show_join
from ui.state import session

RATES = (0.01, 0.1, 1, 10)  # of the picture for the learning rates

scene = start(
    "Three or Seven",
    "A computer sees only numbers. Follow one handwritten digit, the specimen, from its pixels to a model that learns, "
    "then draw a digit of your own and have it judged. **Try this:** choose another specimen, and watch it change in "
    "the steps below.",
)
image, unit = scene.specimen.image, to_unit(scene.specimen.image)
ideals = baseline.ideals(scene)
answer = scene.digits[nearest(distances_to(unit[None], ideals, l2_distance))[0]]
known = scene.specimen.digit is not None  # a drawing need not be any of the digits in play
digit = scene.specimen.digit if known else answer
a_digit, ideal = with_article(digit), ideals[scene.digits.index(digit)]
verdict = f", {'which is right' if answer == digit else f'though it is {a_digit}'}" if known else ""
pile = torch.cat([image[None], scene.images("train", digit)[:8]])

# A linear model before it has learned anything, and where the specimen alone would push its weights. Two digits share
# one set of weights, in which blue speaks for the first and orange for the second; of more digits, each has its own.
two, place = len(scene.digits) == 2, scene.digits.index(digit)
params = init_params(1 if two else len(scene.digits), 0, session.value("seed"))
gradient = gradient_of_one(unit.flatten(), place, params, "mnist_loss" if two else "cross-entropy")
weights, push = (rows[0 if two else place].reshape(1, SIDE, SIDE) for rows in (params[0], -gradient))
stepped = torch.cat([weights + rate * push for rate in RATES])

steps = [
    (
        "pixels",
        pictures.ink(image[4:18, 7:21], 18),
        "The specimen, enlarged to its pixels",
        f"An image is {image.numel()} numbers from 0 to 255.",
    ),
    (
        "tensors",
        pictures.sheet(pile, 3, 3),
        f"The specimen and eight other images of {a_digit}",
        "Many images of one size stack into one tensor.",
    ),
    (
        "ideal_digits",
        pictures.ink(ideal, 9),
        f"The mean of many images of {a_digit}",
        f"The mean of {scene.dataset.train.count(digit)} images of {a_digit}.",
    ),
    (
        "distance",
        pictures.signed(unit - ideal, 9),
        f"The specimen minus the ideal {digit}",
        f"Nearest of all ideals is the {answer}{verdict}.",
    ),
    (
        "gradient_descent",
        pictures.signed_sheet(push, 1, 9),
        f"Which weights of a model should rise and which should fall, for it to see the specimen as {a_digit}",
        f"Where {a_digit} like this would push the weights of a model.",
    ),
    (
        "training",
        pictures.signed_sheet(weights, 1, 9),
        "Random weights of a linear model",
        "It begins with random weights and learns before your eyes.",
    ),
    (
        "learning_rates",
        pictures.signed_sheet(stepped, 2, 5),
        f"The random weights after one step, at the learning rates {', '.join(map(str, RATES))}",
        f"One step at the rates {', '.join(map(str, RATES))}: how far is too far?",
    ),
    (
        "draw",
        pictures.ink(image, 9),
        f"The specimen, {scene.specimen.called}",
        "Your own digit, judged after every stroke.",
    ),
]
show_join()
st.page_link("pages/draw.py", label="**Draw a digit now**", icon=":material/draw:")
with st.grid(4, min_column_width=140):
    for number, (page, picture, alt, text) in enumerate(steps, 1):
        with st.container(border=True, height="stretch"):
            st.image(pictures.data_url(picture), width="stretch", alt=alt)
            title = page.replace("_", " ").capitalize()
            st.page_link(f"pages/{page}.py", label=f"**{number}. {title}**")
            st.caption(text)

guess_first(
    "home",
    "How many numbers does the computer keep for the picture of one digit?",
    ["1", "28", "784", "50,000"],
    f"{image.numel():,}",
    f"The picture has {image.shape[0]} rows of {image.shape[1]} pixels, one number each, and nothing else.",
)
code_drawer(to_unit, ideal_digit, l2_distance, distances_to, nearest, init_params, gradient_of_one)
