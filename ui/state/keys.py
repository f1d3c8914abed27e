"""TODO."""

# Values that belong to one session and that no link carries.
IGNORED = "link_ignored"  # parts of the link that made no sense, as text
PAGE = "page"  # the page that is open
LAST_DIGITS = "digits_before"  # the last choice of digits that could be used
PLAYS = "plays_"  # and the name of a setting that counts steps: whether it moves on by itself
DRAWN = "drawn_"  # and the name of such a setting: where it stood when the page was last drawn
CELL = "confusion_cell"  # the cell of the confusion matrix whose images are shown
CODE = "code_drawer"  # whether the code drawer is open
GUESS = "guess_"  # and the page's name: what was guessed there
TRAINING_RUN = "training_player"  # the training run that goes on or waits
EARLIER = "training_earlier"  # the runs before it, the oldest first
COUNT = "training_count"  # how many runs there have been
MODEL = "own_model"  # the model that the learner took from Training to the other pages
RUNS_TABLE = "training_runs"  # the table of earlier runs, as it is being edited
SWEEP = "lab_sweep"  # the sweep over learning rates that goes on or waits
GRID = "lab_grid"  # a sweep for each batch size
WEIGHTS_PROBLEM = "training_weights_problem"  # what is wrong with it, or None
WEIGHTS_FILE = "training_weights"  # the file of weights that was chosen
TRAINED_ON = "training_dataset"  # what the dataset is called that the player's run learns from
UPLOAD = "own_file"  # the zip that was chosen
IMPORT = "own_import"  # the job that reads it
READ_BEFORE = "own_file_read"  # the id of the file that this job reads
COMPARED = "datasets_compared"  # accuracies, by the digits in play and the datasets trained and tested on
CHOSEN_TO_COMPARE = "datasets_to_compare"
PAPER = "paper"  # what is on the canvas and what was, a `ui.canvas.Paper`
PHOTO = "photo_"  # and a way to bring one: the file that came that way
# Charts, listings and the canvas: what was clicked or drawn last.
PICTURE, IDEAL_PICTURE, SCATTER, CONFUSION, FILES, DRAWING = (
    "picture",
    "ideal_picture",
    "scatter",
    "confusion",
    "files_",
    "drawing",
)
