"""Draw: a digit drawn by hand, brought to 28 x 28 as MNIST was made, judged by every method, with the reasons."""

import streamlit as st
import torch

from core.classifiers import training
from core.classifiers.attribution import contributions, saliency
from core.distance import accuracy, distances_to, l1_distance, l2_distance, nearest
from core.drawing import photo
from core.drawing.normalise import (
    box_of_ink,
    centre_in_field,
    centre_of_mass,
    fit_to_box,
    go_through,
    ink_of,
)
from core.drawing.transform import adjust
from core.ideal import to_unit
from core.model import predict, probabilities
from core.pictures import opened
from ui.draw import answers, novelty, reasons
from ui.draw import stages as stages_of_drawing
from ui.draw.canvas import examples
from ui.draw.inputs import bring
from ui.draw.models import among_all, learning, nets, problem
from ui.frame import baseline, specimen
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.frame.page import start
from ui.kit import pictures
from ui.kit.text import with_article
from ui.state import session
from ui.state.drawing_text import LINK_LIMIT

scene = start(
    "Draw",
    "Your hand, the computer's eye. **Try this:** draw one of the digits in play and lift the pen: it is judged after "
    "every stroke. Then draw an 8, or a cat.",
)
ideals = baseline.ideals(scene)
judged = baseline.judge_split(scene, "valid")
names = ", ".join(map(with_article, scene.digits[:-1])) + f" or {with_article(scene.digits[-1])}"
colours = st.get_option("theme.chartCategoricalColors")
learns = learning(scene)


@st.fragment(run_every=1.0 if learns else None)
def draw_and_judge() -> None:
    """Show the paper, what each method says of the drawing, what the model sees, and why."""
    ready, waiting = nets(scene)
    if learns and not learning(scene):
        st.rerun()  # all are ready: the clock of this fragment can stop
    left, right = st.columns([2, 3], gap="large")
    with left:
        brought = bring(names)
    if session.value("way") == "Draw":
        examples()  # below both columns: on a phone these stand one below the other, and verdicts belong to the paper
    usual = stages_of_drawing.adjustment()
    stages = go_through(brought.ink, stages_of_drawing.switches()) if brought else None
    with right:
        if stages is None:
            st.info(f"The paper is blank. Draw {names}, and the verdicts appear here.")
            return
        digit = adjust(stages.digit, usual)
        unit = to_unit(torch.tensor(digit))
        said = [
            *answers.by_distance(unit, ideals, scene.digits),
            *(answers.by_net(unit, net, scene.digits) for net in ready),
        ]
        st.markdown(answers.agreement(said))
        st.html(answers.cards(said, waiting, scene.digits, colours))
        if problem(scene):
            st.warning(problem(scene))
        share = novelty.share_nearer(said[1].scores.min().item(), judged.distances["L2"])
        st.markdown(novelty.sentence(share, among_all(scene, unit), scene.digits))
        with st.container(horizontal=True, vertical_alignment="center"):
            picture = pictures.data_url(pictures.ink(torch.tensor(digit), 4))
            st.image(picture, width=112, alt="The drawing as 28 × 28 pixels")
            with st.container(width="stretch", gap="small"):
                st.markdown("These 28 × 28 pixels are all that the methods see.")
                if st.button(
                    "Make it the specimen",
                    icon=":material/my_location:",
                    key="make_specimen",
                    on_click=specimen.choose_own,
                    args=(digit, brought.strokes),
                ):
                    st.rerun()
                if len(brought.strokes) > LINK_LIMIT:
                    st.caption("Its pixels fit into a link, its many strokes don't: the paper of a link will be blank.")
    st.header("What the model sees")
    st.markdown("**Try this:** draw a small digit in a corner, then switch one stage off and look at the verdicts.")
    stages_of_drawing.show(brought, stages)
    stages_of_drawing.sliders()
    st.button(
        "Back to the usual",
        icon=":material/restart_alt:",
        key="back_to_usual",
        on_click=stages_of_drawing.back_to_usual,
    )
    st.header("Why")
    reasons.show(unit, ideals, ready, said, scene.digits)
    st.subheader("All numbers")
    st.table(
        answers.table(said, scene.digits).style.format("{:.4f}"),
        alt="Distance of the drawing to each ideal, and the probability of each digit",
    )
    st.caption("Distances by L1 and L2: the smallest wins. Probabilities by the others: the largest wins.")


draw_and_judge()
differ = 1 - accuracy(nearest(judged.distances["L1"]), nearest(judged.distances["L2"]))
bands = {"never": 0.0, "up to 10 of 100": 0.1, "more than 10 of 100": 1.0}
guess_first(
    "draw",
    "L1 and L2 measure the same two pictures differently. On how many images do they give different answers?",
    list(bands),
    next(name for name, end in bands.items() if differ <= end),
    f"On the validation images they differ on {100 * differ:.1f} of 100.",
)
code_drawer(
    ink_of,
    box_of_ink,
    fit_to_box,
    centre_of_mass,
    centre_in_field,
    go_through,
    adjust,
    opened,
    photo.open_grey,
    photo.even_light,
    photo.is_dark_on_light,
    photo.otsu_level,
    photo.largest_piece,
    l1_distance,
    l2_distance,
    distances_to,
    nearest,
    training.logits,
    predict,
    probabilities,
    contributions,
    saliency,
)
