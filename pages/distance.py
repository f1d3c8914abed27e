"""Distance: the specimen against each ideal, all images judged by the nearest, and accuracy against loss."""

import streamlit as st

from core import distance, loss
from ui.distance import all_images, confusion, nudge, one_image, plain_mean
from ui.frame import baseline
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.frame.page import start
from ui.kit.text import percent

scene = start(
    "Distance",
    "How far is the specimen from each ideal digit? **The nearest ideal is the answer**: a first classifier, made of "
    "nothing but a mean and a distance. **Try this:** take another specimen and see who wins, and by how much.",
)
ideals = baseline.ideals(scene)

st.header("The specimen against each ideal")
one_image.maps(scene, ideals)
one_image.nearest_ideals(scene, ideals)

st.header("Why not just add up the differences?")
plain_mean.sums(scene, ideals)

st.header("By hand and by library")
against = one_image.by_hand(scene, ideals)

judged = baseline.judge_split(scene, "valid")
nearest = distance.nearest(judged.distances["L2"])
right, images = int((nearest == judged.targets).sum()), len(judged.targets)
share = percent(distance.accuracy(nearest, judged.targets))
bands = {"fewer than 70": 70, "70 to below 90": 90, "90 to below 98": 98, "98 or more": 101}
guess_first(
    "distance",
    "Of 100 images that it has never seen, how many will the nearest ideal, by L2, get right?",
    list(bands),
    next(name for name, end in bands.items() if 100 * right < end * images),
    f"It gets {right:,} of the {images:,} validation images right: {share}.",
)

st.header("All images, judged by the nearest ideal")
all_images.accuracies(scene)
answers = all_images.choose(scene)

left, right = st.columns(2, gap="medium")
with left:
    st.subheader("Two distances")
    all_images.scatter(scene, answers, ideals)
with right:
    st.subheader("Confusion matrix")
    confusion.matrix(scene, answers)
    confusion.images(scene, answers)  # beside the scatter, not below it: in view when a cell is clicked

st.header("Accuracy against loss")
nudge.nudged_weight(scene, against)

used = [distance.l1_distance, distance.l2_distance, distance.plain_difference, distance.positive_and_negative]
used += [distance.by_plain_mean, distance.distances_to, distance.nearest, distance.accuracy, distance.confusion]
code_drawer(*used, distance.margin, loss.baseline_logits, loss.nudge_one_weight, loss.cross_entropy)
