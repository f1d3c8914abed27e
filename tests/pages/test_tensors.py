"""Tensors: shapes, memory, derivatives, stacks and broadcasting are what NumPy says, too."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from sources import builtin
from tests.pages.oracle import ideal
from tests.pages.visitor import numbers, shrunk


@pytest.fixture
def visitor(visit):
    return visit("tensors", digit="7", number="5")


SHAPE_OF = {"Number": (), "Vector": (28,), "Image": (28, 28), "Stack": (6, 28, 28), "Colour": (3, 28, 28)}


def test_rank_and_shape_follow_the_choice(visitor):
    for rank, shape in SHAPE_OF.items():
        visitor.set(rank=rank)
        assert int(visitor.metric("Rank")) == len(shape), rank
        assert visitor.metric("Shape") == str(shape)
        assert numbers(visitor.metric("Numbers")) == [np.prod(shape, dtype=int)], rank
        assert f"({len(shape)}, {shape}, torch.uint8)" in visitor.line("t.ndim")


def test_the_nested_picture_shows_the_number_and_pales_what_the_tensor_does_not_hold(visitor, mnist):
    for rank, pale in (("Number", 3), ("Vector", 3), ("Image", 3), ("Stack", 2)):
        visitor.set(rank=rank)
        (url,) = (one.url for element in visitor.app.image for one in element.proto.imgs if "shown is" in one.alt)
        svg = visitor._content(url).decode()
        assert svg.count('class="off"') == pale, rank
        assert f">{mnist['valid', 7][5][7, 9]}</text>" in svg
        assert svg.count("<image") == 6, rank


def test_an_uploaded_colour_picture_is_a_tensor_of_three_channels(visitor):
    pixels = np.zeros((20, 30, 3), dtype=np.uint8)
    pixels[:, :10, 0], pixels[:, 10:20, 1], pixels[:, 20:, 2] = 255, 255, 255
    visitor.set(rank="Colour")
    visitor.app.file_uploader[0].upload("flag.png", png(Image.fromarray(pixels)), "image/png")
    visitor.run()
    assert visitor.metric("Shape") == "(3, 20, 30)"
    (picture,) = visitor.pictures("A colour picture")
    np.testing.assert_allclose(shrunk(picture, 20, 30)[:, [5, 15, 25]], pixels[:, [5, 15, 25]], atol=1)
    (red,) = visitor.pictures("red channel")
    assert shrunk(red, 1, 3)[0, 0, 0] > 200
    assert abs(shrunk(red, 1, 3)[0, 1:]).max() < 30


@pytest.mark.parametrize("size", [(1, 1), (1, 600), (600, 1), (2000, 1000)], ids=str)
def test_a_colour_picture_of_any_size_is_shown_or_refused(visitor, size):
    visitor.set(rank="Colour")
    visitor.app.file_uploader[0].upload("odd.png", png(Image.new("RGB", size, "teal")), "image/png")
    visitor.run()
    assert len(visitor.said("error")) <= (1 if max(size) > 100 * min(size) else 0)
    assert int(visitor.metric("Rank")) == 3
    assert all(picture.shape[0] <= 3000 for picture in visitor.pictures("colour") + visitor.pictures("channel"))


@pytest.mark.parametrize(
    "content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(40)], ids=["empty", "text", "torn"]
)
def test_a_file_that_is_no_picture_is_said_in_one_sentence(visitor, content):
    visitor.set(rank="Colour")
    visitor.app.file_uploader[0].upload("no.png", content, "image/png")
    visitor.run()
    (sentence,) = visitor.said("error")
    assert "can't be read as a picture" in sentence
    assert visitor.metric("Shape") == "(3, 28, 28)"  # the built-in picture stays


@pytest.mark.parametrize("x", [-5.0, -0.5, 0.0, 4.5])
def test_the_derivative_of_a_square_is_twice_x(visitor, x):
    visitor.set(x=x)
    assert numbers(visitor.line("x.grad.item()"))[-1] == 2 * x
    assert "AttributeError" in visitor.line("np.float64(", "backward")


def test_only_from_numpy_shares_its_memory(visitor):
    visitor.set(written=77)
    assert "(array([77,  2,  3]),\n tensor([77,  2,  3]),\n tensor([1, 2, 3]))" in visitor.line(
        "torch.from_numpy(array)"
    )


@pytest.mark.parametrize("size", [100, 215, 260, 500])
@pytest.mark.parametrize("condition", ["every file", "files larger than", "files smaller than"])
def test_the_condition_decides_which_files_are_opened(visit, home, condition, size):
    visitor = visit("tensors", digit="7", condition=condition, size=str(size))
    sizes = np.array([path.stat().st_size for path in (home / builtin.NAME / "train" / "7").iterdir()])
    kept = {"every file": sizes > 0, "files larger than": sizes > size, "files smaller than": sizes < size}[condition]
    assert numbers(visitor.line("len(images), len(paths)").split("\n")[-1]) == [kept.sum(), 400]
    if not kept.any():
        assert any("empty" in one for one in visitor.said("info"))
        assert "RuntimeError" in visitor.line("torch.stack([])")


def test_moving_the_condition_and_the_size_moves_the_list(visitor, home):
    sizes = np.array([path.stat().st_size for path in (home / builtin.NAME / "train" / "7").iterdir()])
    visitor.set(condition="files smaller than").set(size=200)
    assert numbers(visitor.line("len(images), len(paths)").split("\n")[-1]) == [(sizes < 200).sum(), 400]


@pytest.mark.parametrize("n", [1, 2, 33, 400])
def test_the_stack_and_its_mean_are_numpys(visitor, mnist, n):
    visitor.set(stacked=n)
    assert f"(({n}, 28, 28), torch.uint8)" in visitor.text
    assert "RuntimeError: mean()" in visitor.line("stacked.mean(0)")
    assert visitor.pictures("The mean of") == []
    visitor.set(cast=True)
    assert f"(({n}, 28, 28), torch.float32)" in visitor.text
    assert "RuntimeError" not in visitor.text.replace("torch.stack([])", "")
    (mean,) = visitor.pictures("The mean of")
    np.testing.assert_allclose(255 - shrunk(mean[1:-1, 1:-1]), 255 * ideal(mnist, 7, n), atol=1)


@pytest.mark.parametrize("along", [0, 1, 2])
def test_the_mean_can_be_taken_along_any_dimension(visitor, mnist, along):
    visitor.set(cast=True, stacked=9, along=str(along))
    mean = (mnist["train", 7][:9] / 255).mean(along)
    assert visitor.line(f">>> unit.mean({along}).shape").endswith(str(mean.shape))
    (picture,) = visitor.pictures(f"along dimension {along}")
    np.testing.assert_allclose(255 - shrunk(picture[1:-1, 1:-1], *mean.shape), 255 * mean, atol=1)


def test_what_takes_bytes_is_said_in_numpys_numbers(visitor, mnist, home):
    sizes = [path.stat().st_size for path in sorted((home / builtin.NAME / "train" / "7").iterdir())]
    images = mnist["train", 7].astype(int)
    greys, ink = ((images > 0) & (images < 255)).sum((1, 2)), images.sum((1, 2))
    said = [np.corrcoef(sizes, of)[0, 1] for of in (greys, ink)]
    np.testing.assert_allclose(numbers(visitor.line("What takes the bytes"))[1:3], said, atol=0.0051)


def test_an_uploaded_picture_says_how_it_was_resized_and_stays(visitor):
    visitor.set(rank="Colour")
    assert "here the specimen and two ideals" in visitor.text
    visitor.app.file_uploader[0].upload("wide.png", png(Image.new("RGB", (600, 400), "teal")), "image/png")
    assert "`wide.png`: resized to 256 × 171 pixels, so that its longest side is 256 and not 600" in visitor.run().text
    visitor.open("pixels").open("tensors").set(rank="Colour")
    assert visitor.metric("Shape") == "(3, 171, 256)"
    assert "resized to 256 × 171" in visitor.text
    assert "here those of your own picture" in visitor.text
    assert "the specimen and two ideals" not in visitor.text
    assert visitor.press("Back to the built-in picture").metric("Shape") == "(3, 28, 28)"
    visitor.app.file_uploader[0].upload("small.png", png(Image.new("RGB", (60, 40), "teal")), "image/png")
    assert "`small.png`: 60 × 40 pixels, as it came" in visitor.run().text


SHAPES = ["100, 28, 28", "28, 28", "28, 1", "1, 28", "3, 28, 28", "3, 1, 1", "3", "", "1010, 28, 28", "2, 3", "4"]


@pytest.mark.parametrize("further", [0, 1, 3])
def test_two_shapes_broadcast_as_numpy_says(visitor, further):
    """Each shape with three others: that core says of any two what NumPy says is shown by the tests of core."""
    for place, a in enumerate(SHAPES):
        b = SHAPES[(place + further) % len(SHAPES)]
        visitor.set(shape_a=a, shape_b=b)
        shape_a, shape_b = (tuple(int(part) for part in text.split(",") if part) for text in (a, b))
        table = visitor.app.table[0].value
        try:
            expected = np.broadcast_shapes(shape_a, shape_b)
        except ValueError:
            assert further, "every shape fits to itself"
            assert "RuntimeError" in visitor.line("a - b\n")
            assert "does not fit" in table.loc["a − b"].tolist()
        else:
            code = visitor.line("(a - b).shape")
            assert f"\n{expected}\n" in code
            assert table.loc["a − b"].tolist() == [str(size) for size in expected]
            for name, shape in (("a", shape_a), ("b", shape_b)):
                strides = np.broadcast_to(np.empty(shape, dtype=np.int8), expected).strides
                shown = tuple(int(number) for number in numbers(code.split(f">>> {name}.expand")[1].split("\n")[1]))
                assert [shown[k] for k in range(len(expected)) if expected[k] > 1] == [
                    strides[k] for k in range(len(expected)) if expected[k] > 1
                ]


@pytest.mark.parametrize(
    ("a", "b", "solid", "dashed", "written"),
    [
        ("1010, 28, 28", "28, 28", 4 + 1 + 4, 3, ["→ 1010"]),
        ("3, 28, 28", "3, 28, 28", 9, 0, []),
        ("28, 1", "1, 28", 3, 2, ["1 → 28", "1 → 28"]),
        ("2, 3, 28, 28", "3, 1, 1", 6 + 3 + 6, 6, ["→ 2 ×", "1 → 28", "1 → 28"]),
        ("28, 28", "", 3, 1, ["→ 28", "→ 28"]),
    ],
)
def test_the_picture_of_two_shapes_dashes_what_is_read_again(visitor, a, b, solid, dashed, written):
    (picture,) = (one.value for one in visitor.set(shape_a=a, shape_b=b).app.get("html") if "shapes-box" in one.value)
    assert picture.count('<i class="there"') == solid  # at most four sheets stand for any number of images
    assert picture.count('<i class=""') == dashed
    assert [text for text in re.findall("<span[^>]*>([^<]*)</span>", picture) if "→" in text] == written
    assert "misfit" not in picture.split("</style>")[1]


def test_the_picture_of_two_shapes_marks_the_sizes_that_do_not_fit(visitor):
    visitor.set(shape_a="28, 27", shape_b="1010, 28, 28")
    (picture,) = (one.value for one in visitor.app.get("html") if "shapes-box" in one.value)
    assert re.findall('class="misfit"[^>]*>([^<]*)<', picture) == ["27", "28"]
    assert "does not fit" in picture


def test_the_example_buttons_fill_both_fields(visitor):
    labels = [button.label for button in visitor.app.button if "−" in button.label]
    assert len(labels) >= 5
    for label in labels:
        a, b = (part.strip("() ") for part in label.split("−"))
        visitor.press(label)
        assert (visitor.value("shape_a"), visitor.value("shape_b")) == (a, b)
        assert visitor.said("error") == []


def test_what_is_no_shape_is_said_in_one_sentence(visitor):
    for nonsense in ("a, b", "-1", "2.5", "999999", "1, 1, 1, 1, 1", "0", "__import__('os')", "٣"):
        visitor.set(shape_b=nonsense)
        (sentence,) = visitor.said("error")
        assert "such as" in sentence or "at most" in sentence, nonsense
    assert visitor.set(shape_b="28").said("error") == []


def test_the_guess_is_the_shape_that_numpy_finds(visitor, mnist):
    shape = (mnist["valid", 3] / 255 - ideal(mnist, 3)).shape
    assert f"**{shape}** is right" in visitor.set(guess_tensors=str(shape)).text


def png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
