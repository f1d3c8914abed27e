"""Class: a class joins by a code, everybody works on their own, and all of it comes together here."""

from core.distance import accuracy, l2_distance, nearest
from core.ideal import to_unit
from ui.classroom.page import show_class, what_to_try
from ui.draw.models import OWN, models_of
from ui.frame.code_drawer import code_drawer
from ui.frame.guess import guess_first
from ui.frame.page import start

scene = start(
    "Class",
    "A class joins by a code. Everybody draws, guesses and trains on their own, and it comes together here. **Try "
    f"this:** {what_to_try()}",
)
show_class(scene, lambda: [model for model in models_of(scene)[0] if model.name != OWN])

guess_first(
    "class",
    "A class hands in 100 drawings, ten of each learner, to train a model with. On which should it be tested?",
    ["All drawings of a few learners", "One drawing of each learner", "The ones that it has learned from"],
    "All drawings of a few learners",
    "A hand resembles itself: whoever has learned from nine drawings of a hand has nearly seen the tenth. Only hands "
    "that it has never seen say how well it reads the next person.",
)
code_drawer(to_unit, l2_distance, nearest, accuracy)
