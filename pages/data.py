"""Data: whose digits the app works on, and what else it could work on."""

import streamlit as st
import torch

from core.dataset import SPLITS
from core.training.data import count_seen
from core.training.sgd import score, train_steps
from sources.packed import open_dataset
from ui.datasets import chooser, compare, export
from ui.frame import dataset as data
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.frame.page import start
from ui.kit import pictures
from ui.kit.text import with_article

SAMPLE = 10  # images of each label

scene = start(
    "Data",
    "A computer learns from whatever digits it is given. See which these are, take all of MNIST, or bring your own. "
    "**Try this:** have your class write digits, photograph them one by one, and see whether a model trained on MNIST "
    "can read them.",
)
dataset = scene.dataset
counts = {split: {digit: dataset.split(split).count(digit) for digit in dataset.digits} for split in SPLITS}

st.header("In use")
st.markdown(f"**{data.safe_title(data.current_name())}**, for you alone: others on this server choose for themselves.")
st.dataframe(chooser.table_of(counts), alt="How many images there are, by split and label")
with st.grid(5, min_column_width=150, gap="small"):
    for digit in dataset.digits:
        images = dataset.train.of(digit)
        spread = torch.linspace(0, len(images) - 1, min(SAMPLE, len(images))).long()  # from all over the folder
        with st.container(gap="small"):
            st.image(
                pictures.data_url(pictures.sheet(images[spread], 5, 1)),
                width=148,
                alt=f"Training images of {with_article(digit)}",
            )
            st.caption(f"{len(spread)} of the {len(images):,} training images of {with_article(digit)}")
st.caption("Its folder on the machine that runs the app:")
st.code(str(dataset.folder), language=None)
export.show(dataset)

st.header("What else can be used")
st.markdown("Switching leaves everything else as it is: the digits in play, your settings, the runs you have made.")
chooser.show_kept()
chooser.show_mnist()

st.header("Your own digits")
chooser.show_own()

st.header("Compare datasets")
compare.show(scene)

total = sum(counts["train"].values())
pixels = total * scene.specimen.image.numel()
guess_first(
    "data",
    "Every pixel is one number. How many numbers are all training images of this dataset together?",
    [f"{total:,}", f"{pixels:,}", f"{100 * pixels:,}"],
    f"{pixels:,}",
    f"{total:,} images of {scene.specimen.image.numel()} pixels each.",
)
code_drawer(open_dataset, train_steps, score, count_seen)
