"""Options and limits that the code beside a setting needs, too."""

SPLIT_NAMES = {"train": "Training", "valid": "Validation"}  # as widgets and links show them
STAGES = ("1 Initialise", "2 Predict", "3 Loss", "4 Gradient", "5 Step", "6 Repeat", "7 Stop")
EDGE = "5 The edge"  # of learning
MOMENTA = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99)  # of a sweep
EXPERIMENTS = ("1 Sweep", "2 Range test", "3 The valley", "4 Batch size", EDGE)
SLOW_START, FLAT_OUT = "Slow start", "Flat out"
PACES = (SLOW_START, "1", "4", "16", "60", FLAT_OUT)  # numbers: steps a second
WEIGHT_DECAYS = (0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
MOST_IMAGES = 10_000_000  # more than any dataset here has

# Learning rates, each larger than the one before by about the same factor. The others are for a time in seconds.
RATES = (
    0.001, 0.0015, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35,
    0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2, 1.5, 2.0,
)  # fmt: skip
FIT_RATES = (0.00001, 0.00002, 0.000025, 0.00003, 0.00005, 0.0001, 0.0002, 0.0005, *RATES)
TRAINING_RATES = tuple(float(f"{10 ** (place / 10):.3g}") for place in range(-40, 21))  # 0.0001 to 100
LOWEST_RATE, HIGHEST_RATE = TRAINING_RATES[0], TRAINING_RATES[-1]

# What can be added to one weight of the baseline: first very little, then in steps.
_UP = (0.0001, 0.001, 0.01, *(tenth / 10 for tenth in range(1, 40)), *(half / 2 for half in range(8, 21)))
NUDGES = (*(-nudge for nudge in reversed(_UP)), 0.0, *_UP)

LARGEST_WEIGHT = 4.0  # how far from 0 the one weight of Gradient descent can be put
MOST_STEPS, MOST_FIT_STEPS = 50, 500
