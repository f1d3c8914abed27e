"""Data: whose digits the app works on, file by file, and what else it could work on."""

from core.dataset import list_images
from core.training.data import count_seen
from core.training.evaluation import score
from core.training.sgd import start, train_steps
from sources.packed import open_dataset, read_index
from ui.datasets import chooser, compare, listing
from ui.frame import page
from ui.frame.code_drawer import code_drawer

scene = page.start(
    "Data",
    "A computer learns from whatever digits it is given. See which these are, take all of MNIST, or bring your own. "
    "**Try this:** have your class write digits, photograph them one by one, and see whether a model trained on MNIST "
    "can read them.",
)
listing.folders(scene)
chooser.show_in_use(scene.dataset)
chooser.show_datasets()
chooser.show_upload()
is_compared = compare.show_comparison(scene)
chooser.guess_count_of_numbers(scene.dataset)
code_drawer(list_images, open_dataset, read_index, *((start, train_steps, score, count_seen) if is_compared else ()))
