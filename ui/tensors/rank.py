"""Tensors of each rank, and what a PyTorch tensor can do that a NumPy array can't."""

import numpy as np
import streamlit as st
import torch
from PIL import Image
from streamlit.runtime.uploaded_file_manager import UploadedFile
from torch import Tensor

from core.tensors import channels_first, derivative_of_square, share_and_copy
from sources.readers.picture import MOST_BYTES
from ui.frame import baseline
from ui.frame.scene import Scene
from ui.kit import pictures
from ui.kit.live_slider import live_slider
from ui.kit.printed import raised
from ui.kit.text import number, quoted
from ui.kit.widgets import read_picture
from ui.patches import fragments
from ui.state import keys, session
from ui.tensors.nested import nested

MEANINGS = {
    "Number": "A single number has no axis: rank 0, shape (). Each pixel is one.",
    "Vector": "One row of pixels has one axis: rank 1. Pick another row on the Pixels page.",
    "Image": "Rows and columns are two axes: rank 2.",
    "Stack": "Images, rows and columns are three axes: rank 3. The first says which image.",
    "Colour": "Channels, rows and columns: rank 3 again. Rank counts axes, it does not say what they mean.",
}


def rank_and_shape(scene: Scene, digit: int) -> bool:
    """Show a tensor of each rank, made of the specimen. Returns whether it is a colour picture from a file."""
    rank = st.segmented_control("A tensor of", **session.bound("rank"))
    left, right = st.columns([2, 3], gap="large")
    with right:
        tensor, code = _colour(scene) if rank == "Colour" else _grey(scene, digit, rank)
        itself = f"\n>>> t\n{tensor}" if tensor.ndim == 0 else ""
        about = f"({tensor.ndim}, {tuple(tensor.shape)}, {tensor.dtype})"
        st.code(f">>> t = {code}\n>>> t.ndim, t.shape, t.dtype\n{about}{itself}")
        with st.grid(3, min_column_width=150):  # room for the shape of a photo
            st.metric("Rank", tensor.ndim)
            st.metric("Shape", str(tuple(tensor.shape)))
            st.metric("Numbers", f"{tensor.numel():,}")
    with left:
        if rank == "Colour":
            _channels(tensor)
        else:
            nested(_stack(scene, digit), rank, session.value("pixel_row"), session.value("pixel_column"))
    st.markdown(MEANINGS[rank])
    return code.startswith("channels_first")


def _grey(scene: Scene, digit: int, rank: str) -> tuple[Tensor, str]:
    image, row, column = scene.specimen.image, session.value("pixel_row"), session.value("pixel_column")
    return {
        "Number": (image[row, column], f"image[{row}, {column}]"),
        "Vector": (image[row], f"image[{row}]"),
        "Image": (image, "image"),
        "Stack": (_stack(scene, digit), "torch.stack([image, *others])"),
    }[rank]


def _stack(scene: Scene, digit: int) -> Tensor:
    """Return the specimen and five training images of a digit, (6, 28, 28) uint8."""
    return torch.stack([scene.specimen.image, *scene.images("train", digit)[:5]])


def _colour(scene: Scene) -> tuple[Tensor, str]:
    """Return the picture that was uploaded, or one made of the specimen and two ideals, and its code."""
    said = st.empty()
    upload = st.file_uploader(
        "A colour picture",
        type=["png", "jpg", "jpeg", "webp"],
        label_visibility="collapsed",
        max_upload_size=MOST_BYTES // 1_000_000,
    )
    if upload:
        picture = read_picture(upload, "colour")
        if picture is not None:
            st.session_state[keys.COLOUR] = channels_first(picture), _size(upload, picture)
    if keys.COLOUR in st.session_state:  # also when another page has been seen meanwhile
        said.markdown("Red, green and blue are three images, one over the other: here those of your own picture.")
        picture, size = st.session_state[keys.COLOUR]
        st.caption(size)
        look = {"icon": ":material/arrow_back:", "disabled": bool(upload)}
        st.button("Back to the built-in picture", on_click=st.session_state.pop, args=(keys.COLOUR, None), **look)
        return picture, "channels_first(open_colour(file))"
    said.markdown("Red, green and blue are three images: here the specimen and two ideals. Or take your own picture.")
    ideals = (255 * baseline.ideals(scene)[:2]).to(torch.uint8)
    return torch.stack([scene.specimen.image, *ideals]), "torch.stack([red, green, blue])"


def _size(upload: UploadedFile, picture: np.ndarray) -> str:
    """Say whether an uploaded picture was resized: its longest side, since it may have been turned upright, too."""
    with Image.open(upload) as img:
        before, after = max(img.size), max(picture.shape[:2])
    size = f"{picture.shape[1]} × {picture.shape[0]}"
    if before == after:
        return f"{quoted(upload.name)}: {size} pixels, as it came."
    return f"{quoted(upload.name)}: resized to {size} pixels, so that its longest side is {after} and not {before}."


def _channels(tensor: Tensor) -> None:
    channels = [tensor * (torch.arange(3) == k)[:, None, None] for k in range(3)]
    whole, *parts = (
        pictures.data_url(pictures.colour(one, max(1, side // max(tensor.shape[1:]))))
        for one, side in ((tensor, 224), *((channel, 64) for channel in channels))
    )
    st.image(whole, width=224, alt="A colour picture")
    names = ("red", "green", "blue")
    labels = [f"{place}: {name}" for place, name in enumerate(names)]
    st.image(parts, labels, width=68, alt=[f"Its {name} channel" for name in names])


@st.fragment
def numpy_and_pytorch() -> None:
    """Show two differences between arrays and tensors: derivatives, and whose memory they use."""
    fragments.run_page_if_changed()
    there = torch.cuda.is_available()
    st.markdown(
        "Arrays and tensors hold numbers alike, at any rank. But PyTorch can compute on a **graphics card** (GPU), "
        f"which NumPy can't: `torch.cuda.is_available()` says `{there}`, so this server has "
        f"{'one' if there else 'none'}. Two more things differ in use; try them:"
    )
    left, right = st.columns(2)
    with left:
        st.subheader("Derivatives")
        x = live_slider("x", "x", [k / 2 for k in range(-10, 11)], lambda x: number(x, "g"))
        slope = derivative_of_square(x)
        st.code(f">>> x = tensor({x}, requires_grad=True)\n>>> (x ** 2).backward()\n>>> x.grad.item()\n{slope}")
        try:
            (np.float64(x) ** 2).backward()
        except AttributeError as error:
            raised(f"(np.float64({x}) ** 2).backward()", error)
        st.markdown(
            f"PyTorch finds that x² has the slope 2x = {number(slope, 'g')} here. NumPy does not keep track of "
            "computations."
        )
    with right:
        st.subheader("Memory")
        written = live_slider("Write into the array's first place", "written", range(100))
        array, shared, copied = share_and_copy([1, 2, 3], written)
        st.code(
            ">>> array = np.array([1, 2, 3])\n>>> shared = torch.from_numpy(array)\n>>> copied = torch.tensor(array)\n"
            f">>> array[0] = {written}\n>>> array, shared, copied\n({array!r},\n {shared!r},\n {copied!r})"
        )
        st.markdown("`from_numpy` looks at the array's own memory, so it changes with it; `tensor` made a copy.")
