"""Which functions of core the Draw page has called for what it shows: the code drawer shows these."""

from collections.abc import Callable

from core.classifiers.attribution import contributions, saliency
from core.classifiers.change_of_mind import change_of_mind
from core.classifiers.robustness import kept_range, nearness, probabilities, pushed, shares_by_distance
from core.distance import distances_to, l1_distance, l2_distance, nearest
from core.drawing import normalise, photo
from core.drawing.pen import fit_pen
from core.drawing.transform import adjust
from core.pictures import as_grey, opened, shrink
from ui.draw.board import JudgedDrawing
from ui.state import session


def functions_called(judged: JudgedDrawing | None, has_searched: bool) -> list[Callable]:
    """List them in the order in which a digit goes through them. judged: None while there is no digit.

    has_searched: for pixels that change a mind.
    """
    distance = [l1_distance, l2_distance, distances_to, nearest]
    if judged is None:
        return distance
    models = judged.judged.models
    is_photo = judged.source.found is not None
    called = {
        opened: is_photo,
        shrink: is_photo,
        as_grey: is_photo,
        photo.open_grey: is_photo,
        photo.even_light: is_photo and session.value("even"),
        photo.is_dark_on_light: is_photo and session.value("ink_is") == "Decide",
        photo.ink_on: is_photo,
        photo.otsu_level: is_photo,
        photo.largest_piece: is_photo and session.value("largest"),
        fit_pen: not is_photo,
        normalise.ink_of: not is_photo,
        normalise.go_through: True,
        normalise.box_of_ink: True,
        normalise.fit_to_box: session.value("fit"),
        normalise.centre_of_mass: session.value("centre"),
        normalise.centre_in_field: session.value("centre"),
        adjust: True,
        **dict.fromkeys((pushed, shares_by_distance, nearness, kept_range), True),
        probabilities: bool(models),
        **dict.fromkeys(distance, True),
        **{function: True for model in models for function in model.functions},
        contributions: any(model.linear for model in models),
        change_of_mind: has_searched,
        saliency: any(not model.linear for model in models),
    }
    return [function for function, is_called in called.items() if is_called]
