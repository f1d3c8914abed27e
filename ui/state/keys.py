"""Names of what a session remembers and no link carries: the model taken along, the runs so far, what was clicked.

They are keys of `st.session_state`. One that ends in _ is a prefix. Settings, which a link carries, are in
`settings.py`.
"""

# The link and the frame of every page
IGNORED = "link_ignored"  # texts of the parts of the link that made no sense
PAGE = "page"  # the page that is open
LAST_DIGITS = "digits_before"  # the last choice of digits that could be used
LANE = "lane"  # the executor of this session, and its pool
CODE = "code_drawer"  # whether the code drawer is open
GUESS = "guess_"  # and the page's name: what was guessed there
MODEL = "own_model"  # the model that the learner took from Training to the other pages
# Playing
PLAYS = "plays_"  # and the name of a setting that counts steps: whether it moves on by itself
FRAMES = "next_frame_"  # and what plays: asks for its next frame
FRAME = "frame_"  # and what plays: the number of its newest frame
DRAWN = "drawn_"  # and the name of a setting that plays: its value in that frame
SLIDER = "slide_"  # and the name of a setting: the slider that shows it
MOVED = "moved_"  # and the name of such a setting: the number of its last message, and whether it was let go
PLAY_TO = "play_to_"  # and the name of a setting that plays: where it is to stop, this time
# Gradient descent
BALL = "ball_"  # and the name of a setting: the ball that shows it
BALL_MOVED = "ball_moved_"  # and the name of such a setting: the number of its last message
RESTED = "start_rested"  # the start, as it was when it was last let go
# Data
UPLOAD = "own_file"  # the zip that was chosen
IMPORT = "own_import"  # the job that reads it
READ_BEFORE = "own_file_read"  # the id of the file that this job reads
COMPARED = "datasets_compared"  # accuracies, by the digits in play and the datasets trained and tested on
BROUGHT = "own_brought"  # the names of the datasets that this session has put in place
CHOSEN_TO_COMPARE = "datasets_to_compare"
# Charts and listings: what was clicked last
PICTURE, IDEAL_PICTURE, SCATTER, CONFUSION = "picture", "ideal_picture", "scatter", "confusion"
GALLERY = "gallery"  # images that can be clicked
CELL = "confusion_cell"  # the cell of the confusion matrix whose images are shown
FILES = "files_"  # and a split: its listing
# Training
TRAINING_RUN = "training_player"  # the current training run
EARLIER = "training_earlier"  # the runs before it, the oldest first
COUNT = "training_count"  # how many runs there have been
RUNS_TABLE = "training_runs"  # how often the table of earlier runs was edited
TRAINED_ON = "training_dataset"  # the title of the dataset that the current run learns from
STILL = "training_still"  # whether the run is also shown as charts to keep
PRESET = "training_preset"  # whether a preset has just been chosen
FEED = "live_feed"  # what the live view asks for
VIEW = "live_view"
WEIGHTS_FILE = "training_weights"  # the file of weights that was chosen
WEIGHTS_PROBLEM = "training_weights_problem"  # what is wrong with it, or None
# Learning rates
SWEEP = "lab_sweep"  # the current sweep over learning rates
GRID = "lab_grid"  # the current sweeps, one for each batch size
EDGE = "edge_explorer"  # where the session is on the map of the edge of learning
EDGE_PICTURE = "edge_picture"  # the component that shows it
# Draw
PAPER = "paper"  # what is on the canvas and what was before, a `Paper`
DRAWING = "drawing"  # the canvas
PHOTO = "photo_"  # and a way to bring a digit: the file that came that way
