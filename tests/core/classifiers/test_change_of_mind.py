"""The pixels that change a model's mind, against a search through all ways to paint and rub out, and autograd."""

from itertools import combinations, product

import pytest
import torch

from core.classifiers.change_of_mind import change_of_mind
from core.model import init_params, predict


def linear(pixels: int, seed: int):
    generator = torch.Generator().manual_seed(seed)
    weights, bias = torch.randn(pixels, 2, generator=generator), torch.randn(2, generator=generator) / 2
    return lambda xb: xb @ weights + bias


def with_hidden_layer(pixels: int, seed: int):
    generator = torch.Generator().manual_seed(seed)
    first, second = torch.randn(pixels, 5, generator=generator), torch.randn(5, 2, generator=generator)
    return lambda xb: (xb @ first).relu() @ second


def fewest(model, image, a: int, b: int) -> int | None:
    """Try every way to set some pixels to 0 or 1, the fewest first."""
    for count in range(len(image) + 1):
        for places in combinations(range(len(image)), count):
            for values in product((0.0, 1.0), repeat=count):
                changed = image.clone()
                changed[list(places)] = torch.tensor(values)
                logits = model(changed[None])[0]
                if logits[b] > logits[a]:
                    return count
    return None


def setting(kind, seed: int):
    model = kind(6, seed)
    image = torch.rand(6, generator=torch.Generator().manual_seed(seed + 100))
    a = model(image[None])[0].argmax().item()
    return model, image, a, 1 - a


@pytest.mark.parametrize("seed", range(12))
def test_a_linear_model_changes_its_mind_by_the_fewest_pixels_of_all(seed):
    model, image, a, b = setting(linear, seed)
    changed = change_of_mind(model, image, a, b)
    least = fewest(model, image, a, b)
    assert (changed is None) == (least is None)
    if least is not None:
        assert (changed != image).sum() == least


@pytest.mark.parametrize("seed", range(12))
def test_a_hidden_layer_changes_its_mind_and_no_change_is_needless(seed):
    model, image, a, b = setting(with_hidden_layer, seed)
    changed = change_of_mind(model, image, a, b)
    if changed is None:
        return
    logits = model(changed[None])[0]
    assert logits[b] > logits[a]
    places = (changed != image).nonzero().flatten()
    assert len(places) >= fewest(model, image, a, b)
    assert set(changed[places].tolist()) <= {0.0, 1.0}
    for place in places:
        undone = changed.clone()
        undone[place] = image[place]
        logits = model(undone[None])[0]
        assert logits[b] <= logits[a]


def test_the_first_pixel_is_the_one_by_which_the_gradient_promises_most():
    params = init_params(2, 8, 3)
    image = torch.rand(784, generator=torch.Generator().manual_seed(1)).requires_grad_()
    logits = predict(image[None], params)[0]
    a = logits.argmax().item()
    (slope,) = torch.autograd.grad(logits[a] - logits[1 - a], image)
    image = image.detach()
    promised = torch.maximum(slope * image, -slope * (1 - image))  # by rubbing out, by painting
    changed = change_of_mind(lambda xb: predict(xb, params), image, a, 1 - a)
    places = (changed != image).nonzero().flatten()
    assert promised.argmax() in places
    assert len(places) < 60
    assert predict(changed[None], params)[0].argmax() == 1 - a


def test_where_no_change_helps_there_is_none():
    assert change_of_mind(lambda xb: torch.tensor([[1.0, 0.0]]) + 0 * xb[:, :2], torch.rand(9), 0, 1) is None
    stubborn = linear(6, 3)
    assert change_of_mind(lambda xb: stubborn(xb) + torch.tensor([1e3, 0.0]), torch.rand(6), 0, 1) is None


def test_no_more_pixels_are_tried_than_allowed_and_the_image_is_left_alone():
    model, image, a, b = setting(linear, 1)
    before = image.clone()
    needed = (change_of_mind(model, image, a, b) != image).sum().item()
    assert change_of_mind(model, image, a, b, most=needed - 1) is None
    assert (image == before).all()
