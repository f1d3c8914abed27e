"""The options and limits of the settings."""

from core.dataset import SIDE

LAST_PIXEL = SIDE - 1
SPLIT_NAMES = {"train": "Training", "valid": "Validation"}  # as widgets show them, and so links
NUDGES = (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0)
# Learning rates, each about as much larger than the one before. The others are for a time in seconds.
RATES = (
    0.001, 0.0015, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35,
    0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2, 1.5, 2.0,
)  # fmt: skip
FIT_RATES = (0.00001, 0.00002, 0.000025, 0.00003, 0.00005, 0.0001, 0.0002, 0.0005, *RATES)
REACH = 4.0  # the one weight can be put this far from 0
MOST_STEPS, MOST_FIT_STEPS = 50, 500
PLANES = ("a and b", "a and c", "b and c")
MOST = 10_000_000  # more images than any dataset here has
TRAINING_RATES = tuple(float(f"{10 ** (place / 10):.3g}") for place in range(-40, 21))  # 0.0001 to 100
LOWEST_RATE, HIGHEST_RATE = TRAINING_RATES[0], TRAINING_RATES[-1]
SIZES = tuple(lead * 10**power for power in range(7) for lead in (1, 2, 5))  # of batches and training sets
STAGES = ("1 Initialise", "2 Predict", "3 Loss", "4 Gradient", "5 Step", "6 Repeat", "7 Stop")
WAYS = ("Draw", "Upload", "Camera")  # ways to bring a digit of one's own
INKS = ("Decide", "Dark on light", "Light on dark")  # how ink stands on paper
FURTHEST, MOST_TURN, THINNER, THICKER = 8, 45, -3, 5  # pixels, degrees, and half pixels that a drawing can be changed
SCALES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5)
MOST_UNITS, MOST_EPOCHS, LAST_SEED = 100, 10_000, 9_999
EXPERIMENTS = ("1 Sweep", "2 Range test", "3 The valley", "4 Batch size")
LEAST_RATES, MOST_LAB_EPOCHS, MOST_VALLEY_STEPS = 3, 50, 500
TESTED = (50, 500)  # batches of a range test
