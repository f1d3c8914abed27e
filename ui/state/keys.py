"""Names of what a session remembers and no link carries: the model taken along, the runs so far, what was clicked.

They are keys of `st.session_state`. One that ends in _ is a prefix. Settings, which a link carries, are in
`settings.py`.
"""

# The link and the frame of every page
IGNORED = "link_ignored"  # texts of the parts of the link that made no sense
PAGE = "page"  # the page that is open
LAST_DIGITS = "digits_before"  # the last choice of digits that could be used
LANE = "lane"  # the executor of this session, and its pool
THUMBNAILS = "specimen_thumbnails"  # the image that was clicked in the chooser of the specimen
CODE = "code_drawer"  # whether the code drawer is open
GUESS = "guess_"  # and the page's name: what was guessed there
MODEL = "own_model"  # the model that the learner took from Training to the other pages
# Playing
PLAYS = "plays_"  # and the name of a setting that counts steps: whether it moves on by itself
FRAMES = "next_frame_"  # and what plays: asks for its next frame
FRAME = "frame_"  # and what plays: the number of its newest frame
DRAWN = "drawn_"  # and the name of a setting that plays: its value in that frame
SLIDER = "slide_"  # and the name of a setting: the slider that shows it
MOVED = "moved_"  # and the name of such a setting: the number of its last message, and whether it was let go;
# or the key of a picture or ball to drag: the number of its last message
PLAY_TO = "play_to_"  # and the name of a setting that plays: where it is to stop, this time
# Gradient descent
BALL = "ball_"  # and the name of a setting: the ball that shows it
RESTED = "start_rested"  # the start, as it was when it was last let go
# Data
UPLOAD = "own_file"  # the zip that was chosen
IMPORT = "own_import"  # the job that reads it
READ_BEFORE = "own_file_read"  # the id of the file that this job reads
COMPARED = "datasets_compared"  # accuracies, by the digits in play and the datasets trained and tested on
BROUGHT = "own_brought"  # the names of the datasets that this session has put in place
CHOSEN_TO_COMPARE = "datasets_to_compare"
# Charts and listings: what was clicked last
HEATMAP, PICTURE, IDEAL_PICTURE, SCATTER, CONFUSION = "heatmap", "picture", "ideal_picture", "scatter", "confusion"
GALLERY = "gallery"  # images that can be clicked
CELL = "confusion_cell"  # the cell of the confusion matrix whose images are shown
FILES = "files_"  # and a split: its listing
# Tensors
COLOUR = "colour_picture"  # the picture that was brought, and what is said of its size
# Training
TRAINING_RUN = "training_player"  # the current training run
EARLIER = "training_earlier"  # the runs before it, the oldest first
COUNT = "training_count"  # how many runs there have been
RUNS_TABLE = "training_runs"  # how often the table of earlier runs was edited
TRAINED_ON = "training_dataset"  # the title of the dataset that the current run learns from
STILL = "training_still"  # whether the run is also shown as charts to keep
PRESET = "training_preset"  # whether a preset has just been chosen
PAINT = "paint_canvas"  # the canvas for weights
PAINT_EDITION = "paint_edition"  # how often something else than the canvas has painted
PAINTED_RUN = "painted_run"  # the run that began with painted weights, by its name, and its first parameters
FEED = "live_feed"  # the run that the live view may ask for
VIEW = "live_view"
WEIGHTS_FILE = "training_weights"  # the file of weights that was chosen
WEIGHTS_PROBLEM = "training_weights_problem"  # what is wrong with it, or None
LOADED_RUN = "training_loaded_run"  # the name of the run that began with it
# Learning rates
SWEEP = "lab_sweep"  # the current sweep over learning rates
SWEEP_VIEW = "sweep_view"  # the component that shows it
PINNED = "sweep_pinned"  # the name of a sweep, and the places of its rates that are pinned
SWEPT = "sweep_rows"  # a set-up, and what each optimiser came to with it
GRID = "lab_grid"  # the current sweeps, one for each batch size
EDGE = "edge_explorer"  # where the session is on the map of the edge of learning
EDGE_PICTURE = "edge_picture"  # the component that shows it
# Draw
MIND = "draw_painted"  # the bytes of a judged digit, and the digit with the pixels that change a mind
PUSH = "draw_pushed"  # the curves of the methods over a slider
PUSHED = "draw_push"  # the slider that was moved last
PUSH_CURVES = "draw_push_curves"  # what they were computed from, and they
PAPER = "paper"  # what is on the canvas and what was before, a `CanvasHistory`
DRAWING = "drawing"  # the canvas
PEN = "pen_pad"  # what lies over it: a pen for the keyboard
VERDICTS = "draw_judged"  # what each method answers, and what the browser asks about a stroke
PHOTO = "photo_"  # and a way to bring a digit: the file that came that way
# A class
CLASS = "class_place"  # the secrets of this session, the number of their class, and its seat there
CLASS_SEEN = "class_seen"  # the page on which this learner was last said to be, and when
CLASS_AWAY = "class_away"  # whether the class could not be reached when a part of the page asked for it
CLASS_NEWS = "class_news"  # what came of a click: where it is said, the sentence, whether it is good, of what, and when
FOLLOWED = "class_followed"  # the class and the number of the call that was followed last
COMES = "class_comes"  # whether to follow this one
HIDES, HIDDEN = "class_hides", "class_hidden"  # the controls that are hidden; the teacher's choice of them
FIRST_GUESSES = "class_first_guesses"  # by page: the question, its options, and what was chosen first
COUNTED = "class_counted"  # the seats and pages whose guesses are counted
TYPED_CODE = "class_code"
MEANT = "class_meant"  # what the drawing to be handed in was meant to be
CLASS_CODE, CLASS_PEOPLE, WALL = "class_code_shown", "class_people", "class_wall"  # the components that show them
WALL_ORDER, PICKED = "class_wall_order", "class_picked"  # the order of the wall, and the drawing that was clicked on it
CLASS_READ = "class_read"  # what each method says of each drawing, and which methods
CLASS_MORE = "class_more"  # what the strip keeps behind a button
GUESSES_OF, CLASS_RUNS = "class_guesses_of", "class_runs"
CALLED = "link_called"  # the settings with which the next page is to begin, and no others
