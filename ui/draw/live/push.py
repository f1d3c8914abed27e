"""How far can I push it? Sliders turn, scale, move and thicken the drawing; each method shows where it gives way."""

import base64
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st

from core.classifiers.robustness import kept_range, probabilities, pushed, shares_by_distance
from core.distance import DISTANCES
from core.drawing.transform import UNCHANGED, Adjustment, adjust
from ui.component import component
from ui.draw.judging import CHANGES, Judged, pushed_by, set_to_usual
from ui.frame.scene import Scene
from ui.kit.live_slider import live_slider
from ui.kit.text import number
from ui.patches import fragments
from ui.state import keys

FIELDS = dict(zip(CHANGES, ("right", "down", "scale", "turn", "thicker"), strict=True))  # of `Adjustment`


@dataclass(frozen=True)
class Push:
    """One way to push a drawing. label: of its slider; values: those that the slider has; unit: of a value."""

    label: str
    values: tuple[float, ...]
    unit: str = ""


PUSHES = {
    "turn": Push("Turn (degrees)", tuple(range(-45, 46, 3)), "°"),
    "scale": Push("Scale", tuple(number / 10 for number in range(5, 16)), " times"),
    "move_right": Push("Move right (pixels)", tuple(range(-8, 9)), " px"),
    "move_down": Push("Move down (pixels)", tuple(range(-8, 9)), " px"),
    "thicker": Push("Thickness (½ pixels)", tuple(range(-3, 6)), " half px"),
}

written = partial(number, form="g")

_component = component(
    Path(__file__).with_suffix(".js"),
    '<div class="pushed"><figure><canvas width="28" height="28" role="img" aria-label="The drawing as it is '
    'pushed"></canvas><figcaption></figcaption></figure><dl></dl></div>',
    isolate_styles=False,
)


def show_push(scene: Scene, judged: Judged) -> None:
    """Show the section "How far can I push it?", whose sliders act while they are dragged."""
    st.header("How far can I push it?")
    st.markdown(
        "**Try this:** drag a slider. Each curve is the share that a method gives to the answer it has without that "
        "push. In the shaded part it keeps this answer, beyond it gives way. Who bears a turn, who a thin pen?"
    )
    judged_as = pushed_by()

    @st.fragment
    def follow() -> None:
        with st.grid(5, min_column_width=150):
            for name, push in PUSHES.items():
                live_slider(push.label, name, push.values, on_move=partial(_remember, name))
        name = st.session_state.get(keys.PUSHED, "turn")
        _component(key=keys.PUSH, data=_sent(scene, judged, name))
        icon, usual = ":material/undo:", pushed_by() == UNCHANGED
        st.button("Undo the push", "unpush", icon=icon, on_click=set_to_usual, args=CHANGES, disabled=usual)
        _, at_rest = st.session_state.get(keys.MOVED + name, (0, True))
        if at_rest and pushed_by() != judged_as:
            st.rerun()  # the rest of the page judges the drawing as it is pushed, once the slider is let go
        fragments.run_page_if_changed()

    follow()


def _remember(name: str, _value: object) -> None:
    st.session_state[keys.PUSHED] = name


def _sent(scene: Scene, judged: Judged, name: str) -> dict:
    push, by = PUSHES[name], pushed_by()
    value = getattr(by, FIELDS[name])
    shown = adjust(judged.stages.digit, by)
    start = push.values.index(getattr(UNCHANGED, FIELDS[name]))
    here = min(range(len(push.values)), key=lambda place: abs(push.values[place] - value))
    cards = []
    for method, shares in _shares(judged, replace(by, **{FIELDS[name]: push.values[start]}), name).items():
        answers = shares.argmax(1).tolist()
        kept = kept_range(answers, start)
        cards.append(
            {
                "method": method,
                "digit": str(scene.digits[answers[here]]),
                "now": answers[here],
                "shares": shares[:, answers[start]].tolist(),
                "answers": answers,
                "kept": kept,
                "said": said(push, scene.digits[answers[start]], *(push.values[place] for place in kept)),
            }
        )
    return {
        "cards": cards,
        "at": here / (len(push.values) - 1),
        "ends": [written(push.values[0]), written(push.values[-1])],
        "caption": f"{push.label}: {written(value)}",
        "pixels": base64.b64encode(np.ascontiguousarray(shown).tobytes()).decode(),
    }


def said(push: Push, digit: int, first: float, last: float) -> str:
    """Say from where to where a method keeps its answer. first, last: values of the slider, from low to high."""
    all_the_way = first == push.values[0], last == push.values[-1]
    if all(all_the_way):
        return f"Says {digit} all the way."
    if first == last:
        return f"Says {digit} only where it is not pushed."
    if all_the_way[0]:
        return f"Says {digit} up to {written(last)}{push.unit}."
    if all_the_way[1]:
        return f"Says {digit} from {written(first)}{push.unit} on."
    return f"Says {digit} from {written(first)} to {written(last)}{push.unit}."


def _shares(judged: Judged, by: Adjustment, name: str) -> dict:
    """Return each method's shares of the digits at each place of a slider, {method: (n, K)}; kept while they stay.

    by: how the drawing is pushed by the other sliders.
    """
    about = judged.stages.digit.tobytes(), by, name
    using = [judged.ideals, *(model.params for model in judged.models)]  # tensors: the same ones, not equal ones
    before, used, shares = st.session_state.get(keys.PUSH_CURVES, (None, [], None))
    if before != about or [*map(id, used)] != [*map(id, using)]:
        images = pushed(judged.stages.digit, [replace(by, **{FIELDS[name]: value}) for value in PUSHES[name].values])
        shares = {method: shares_by_distance(images, judged.ideals, measure) for method, measure in DISTANCES.items()}
        shares |= {model.name: probabilities(model.model, images) for model in judged.models}
        st.session_state[keys.PUSH_CURVES] = about, using, shares
    return shares
