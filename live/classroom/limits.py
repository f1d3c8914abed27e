"""What is bounded, and the sentence for each bound."""

LEARNERS, CLASSES, DRAWINGS, RUNS = 60, 50, 40, 20
GUESSES = 40  # of a learner: one for each question, more than the app has
APART_S = 1.0  # between two hand-ins of a learner
KEPT_S = 24 * 3600.0  # after the last act of a class
WRONG_BY_ONE, WRONG_BY_ALL = 20, 100  # codes a minute
LONGEST_QUERY, LONGEST_STROKES = 2_000, 1_500  # characters

NO_CLASS = "There is no class with this code: compare it with the one on the screen."
ENDED = "This class has ended, and all that was handed in is deleted."
NO_SEAT = "This seat is no longer taken: you have left, or the class has ended."
FULL = f"This class is full: it has room for {LEARNERS} learners."
TOO_MANY_CLASSES = f"This server holds {CLASSES} classes, the most that it takes: end one that is over, or try later."
TOO_MANY_DRAWINGS = f"You have handed in {DRAWINGS} drawings, the most that a learner can: take one back first."
TOO_MANY_RUNS = f"You have handed in {RUNS} runs, the most that a learner can: take one back first."
TOO_SOON = "That was quick: one hand-in a second. Press again."
TOO_MANY_WRONG = f"{WRONG_BY_ONE} wrong codes within a minute: wait a minute, then try again."
TOO_MANY_WRONG_IN_ALL = "So many wrong codes were tried on this server that it waits for a minute: then try again."
UNREACHABLE = (
    "The class can't be reached at the moment, so your last click may not be stored. Try again in a few seconds."
)
NEWER = "The class store was written by a later version of this app: start that version, or name another database."
NO_DRAWING = "This is no drawing of 28 by 28 pixels with a digit that it was meant to be."


class ClassError(Exception):
    """What was asked can't be done; the message is one sentence for whoever asked."""


class Unreachable(ClassError):
    """The database does not answer at the moment."""

    def __init__(self):
        super().__init__(UNREACHABLE)
