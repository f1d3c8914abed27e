"""Tensors: rank and shape, NumPy beside PyTorch, a list of images, a stack of them, broadcasting."""

import streamlit as st

from core import broadcasting as core_broadcasting
from core.dataset import open_image, open_images
from core.ideal import ideal_digit, stack_images, to_unit
from core.pictures import open_colour, opened, shrink
from core.tensors import channels_first, derivative_of_square, share_and_copy
from ui.frame import baseline
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.frame.page import start
from ui.kit.text import counted, with_article
from ui.tensors import broadcasting, rank, stack

scene = start(
    "Tensors",
    "A tensor is a block of numbers of any **rank**: the number of its axes. So is a NumPy array. "
    "**Try this:** go from a single number up to a colour picture and watch rank and shape.",
)
first, valid = scene.digits[0], scene.images("valid", scene.digits[0])
digit = first if scene.specimen.digit is None else scene.specimen.digit  # whose images are listed

ideal, n = baseline.ideals(scene)[0], len(valid)
guess_first(
    "tensors",
    f"Subtract one ideal {first}, a tensor of 28 × 28, from a tensor of {counted(n, 'validation image')} "
    f"of {with_article(first)}. What shape comes out?",
    list(dict.fromkeys(["(28, 28)", f"({n}, 28, 28)", f"({n}, 28)", "an error"])),  # two are the same where n is 28
    str(tuple((to_unit(valid) - ideal).shape)),
    "The ideal is used again for every image, without being copied: broadcasting. The end of this page takes it apart.",
)

st.header("Rank and shape")
from_file = rank.rank_and_shape(scene, digit)

st.header("NumPy and PyTorch")
rank.numpy_and_pytorch()

st.header("A list of images")
opens_files = stack.list_and_stack(scene, digit)

st.header("Broadcasting, taken apart")
shapes = broadcasting.shapes(f"{n}, 28, 28")
fit = shapes is not None and broadcasting.difference(*shapes)

used = [open_images, stack_images, to_unit, ideal_digit, derivative_of_square, share_and_copy]
used += [open_image] if opens_files else []
used += [opened, shrink, open_colour, channels_first] if from_file else []
used += [core_broadcasting.parse_shape]
used += [core_broadcasting.align, core_broadcasting.subtract_shapes] if shapes else []
used += [core_broadcasting.stretched_strides] if fit else []
code_drawer(*used)
