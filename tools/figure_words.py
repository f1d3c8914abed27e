"""What docs/FIGURES.md says beside the figures: a section for each benchmark, and words for what each figure is."""

from dataclasses import dataclass, field

HEAD = """# Figures

`make figures` writes this page from [figures.json](figures.json), which holds what the commands below have printed;
nobody types a figure here. `make bench` runs all benchmarks, one after the other, and `make figures` then takes over
what they have measured. `python -m tools.figures add FILE` takes over the output of a single one.

An aim stands beside each figure that has one, and the page says where it is missed. *p95* means that 95 of 100 cases
were at most as long as this. FOLDER is all of MNIST in its IDX files; without it, a benchmark takes the 5,000 digits
that come with the app.

Other programs on the same machine make a benchmark slower. *Load* is how many processes wanted a core just before it
began: a time that was measured under load is longer than what the machine can do.
"""

FOOT = """## The pen strokes

None of the pen strokes is ever trained on; they are drawn with the app's own pen. They are
[the strokes of 30 people](https://archive.ics.uci.edu/dataset/81) by E. Alpaydin and F. Alimoglu (CC BY 4.0).
"""


@dataclass(frozen=True)
class Section:
    """A benchmark on the page.

    about: one or two sentences. words: by the name of a figure, what it is and its unit; "*" in a name stands for
    anything, and "{}" in the words for that. options: what it is best run with, shown while it has not been measured.
    """

    title: str
    about: str = ""
    words: dict[str, tuple[str, str]] = field(default_factory=dict)
    options: str = ""


SECTIONS = {
    "baseline": Section(
        "The nearest ideal digit",
        "How many validation images the ideal digits judge rightly: the accuracy that a better method must exceed.",
        {
            "l1.overall": ("right by L1", "%"),
            "l1.per_class.*": ("right by L1, images of a {}", "%"),
            "l2.overall": ("right by L2", "%"),
            "l2.per_class.*": ("right by L2, images of a {}", "%"),
        },
    ),
    "pen": Section(
        "Digits that people drew with a pen",
        "Real pen strokes of 30 people, replayed on the page's canvas and judged as Draw judges them: 3 against 7, or"
        "\nall ten with `--digits 0 1 2 3 4 5 6 7 8 9`.",
        {
            "n": ("digits", ""),
            "accuracy": ("right, the best method", "%"),
            "methods.*.accuracy": ("right, {}", "%"),
            "methods.*.low": ("the lower end of its 95 % interval, {}", "%"),
            "methods.*.high": ("the upper end of its 95 % interval, {}", "%"),
            "models_s": ("until the models have learned", "s"),
        },
        "--strokes FILE --mnist FOLDER",
    ),
    "live": Section(
        "Training live in a browser",
        "One learner on the page Training, in a real Chromium, at full speed.",
        {
            "frames_per_s": ("frames that show new steps, a second", ""),
            "gap_p95_ms": ("from one frame to the next, p95", "ms"),
            "share": ("speed as a share of core's own, without an app", ""),
            "server_share": ("the same for the server alone, without a browser", ""),
            "drag_p50_ms": ("from a drag of the learning rate to a step with it, median", "ms"),
            "drag_p95_ms": ("the same, p95", "ms"),
            "pause_p50_ms": ("from a click on Pause until it has paused, median", "ms"),
            "pause_p95_ms": ("the same, p95", "ms"),
        },
        "--mnist FOLDER",
    ),
    "learners": Section(
        "Thirty learners at once",
        "All of them train live at full speed on one server, and one more person opens a page.",
        {
            "n": ("learners", ""),
            "updates_per_s_mean": ("messages a second to a learner, on average", ""),
            "updates_per_s_min": ("the same, for the slowest", ""),
            "gap_p95_ms": ("from one message to the next, p95 of the learner who waits longest", "ms"),
            "single_epochs_per_s": ("epochs a second of one learner alone", ""),
            "epochs_per_s": ("epochs a second of all together", ""),
            "times_one": ("the same, times those of one learner alone", ""),
            "mb_per_learner": ("memory that a learner costs the server", "MB"),
            "visitor_ms": ("until the page of one more person is there, median", "ms"),
            "errors": ("errors", ""),
        },
        "--mnist FOLDER",
    ),
    "class": Section(
        "A class of thirty",
        "Learners join a class, draw, hand in, guess, train, fall asleep and come back, and a teacher watches:"
        " with SQLite,\nthen with PostgreSQL.",
        {
            "learners": ("learners", ""),
            "*.acknowledged": ("drawings, runs and guesses acknowledged, {}", ""),
            "*.stored": ("of them in the database afterwards, {}", ""),
            "*.lost": ("lost, {}", ""),
            "*.hand_in_median_ms": ("from a click on Hand in to the teacher's wall, median, {}", "ms"),
            "*.hand_in_p95_ms": ("the same, p95, {}", "ms"),
            "*.visitor_ms": ("until the page of one more person is there, median, {}", "ms"),
            "*.memory_ratio": ("memory at the end, times that after the first minute, {}", ""),
        },
    ),
    "soak": Section(
        "A long lesson",
        "Thirty learners do within minutes what a class does in an hour, and the memory is watched.",
        {
            "n": ("learners", ""),
            "minutes": ("minutes", ""),
            "things": ("things done", ""),
            "errors": ("of them failed", ""),
            "lost_runs": ("runs lost", ""),
            "mb_after_first_minute": ("memory after the first minute", "MB"),
            "mb_at_end": ("memory at the end", "MB"),
            "memory_ratio": ("memory at the end, times that after the first minute", ""),
        },
    ),
    "crowd": Section(
        "A crowd that asks for the largest things",
        "Visitors who each ask for the largest thing that a page allows, and one who only wants to learn.",
        {
            "sessions": ("visitors", ""),
            "pages_p50_ms": ("until a page is there for the one, median", "ms"),
            "pages_p95_ms": ("the same, p95", "ms"),
            "run_ms": ("until a training run begins for the one", "ms"),
            "updates_per_s": ("messages a second to the one", ""),
            "mb_per_session": ("memory of a visitor who has only opened a page", "MB"),
            "begin_mb": ("memory before", "MB"),
            "peak_mb": ("memory at most", "MB"),
            "left_mb": ("memory when all have left", "MB"),
            "longest_call_s": ("the longest call of a worker", "s"),
            "longest_call_cpu_s": ("the same, processor time", "s"),
            "errors": ("errors", ""),
        },
    ),
    "sgd": Section(
        "An epoch of gradient descent",
        "Core's loop against a DataLoader, nn.Linear and SGD, scikit-learn, and the bare matrix products.",
        {
            "linear.core_ms": ("core, linear model", "ms"),
            "linear.dataloader_ms": ("the usual loop, linear model", "ms"),
            "linear.floor_ms": ("bare matrix products, linear model", "ms"),
            "linear.sklearn_ms": ("scikit-learn, linear model", "ms"),
            "linear_times_faster": ("core is faster than the usual loop, linear model, times", ""),
            "linear_times_floor": ("core takes longer than the bare products, linear model, times", ""),
            "linear_accuracies_apart": ("between the accuracies of both loops, linear model", ""),
            "hidden.core_ms": ("core, hidden layer", "ms"),
            "hidden.dataloader_ms": ("the usual loop, hidden layer", "ms"),
            "hidden_times_faster": ("core is faster than the usual loop, hidden layer, times", ""),
            "hidden_times_floor": ("core takes longer than the bare products, hidden layer, times", ""),
            "hidden_accuracies_apart": ("between the accuracies of both loops, hidden layer", ""),
        },
        "--mnist FOLDER",
    ),
    "sweep": Section(
        "Many learning rates in one tensor",
        "An epoch of 1 to 128 rates at once against one after the other, then the page Learning rates in Chromium.",
        {
            "linear.alone": ("an epoch of one run, linear model", "ms"),
            "linear.64": ("an epoch of 64 rates at once, linear model", "ms"),
            "linear_64_floor_times_one": (
                "the products of matrices of 64 rates alone take as long as one run, times",
                "",
            ),
            "linear_64_times_one": ("64 rates take as long as one run, times", ""),
            "linear_64_faster_than_one_by_one": ("64 rates at once are faster than one by one, times", ""),
            "hidden_64_times_one": ("64 rates take as long as one run, hidden layer, times", ""),
            "hidden_64_faster_than_one_by_one": ("64 at once are faster than one by one, hidden layer, times", ""),
            "live_frames_per_s": ("frames a second on the page", ""),
        },
        "--mnist FOLDER",
    ),
    "edge": Section(
        "The edge of learning",
        "A map of 128 x 128 runs of 300 steps each, for one person and for two at once.",
        {
            "first_s": ("until the first picture", "s"),
            "full_s": ("until the whole map", "s"),
            "two_first_s": ("until the first picture, for two people at once", "s"),
            "two_full_s": ("until the whole map, for two people at once", "s"),
            "ns_per_run_step": ("a step of one run", "ns"),
            "floor_ns_per_run_step": ("its bare arithmetic", "ns"),
        },
    ),
    "draw": Section(
        "Drawing",
        "From the pen's lifting until all verdicts are on the page Draw, in Chromium.",
        {
            "p50_ms": ("until all verdicts are there, median", "ms"),
            "p95_ms": ("the same, p95", "ms"),
            "verdicts_a_second": ("verdicts a second while the pen moves", ""),
            "models_s": ("until the models have learned, once for a dataset", "s"),
        },
    ),
    "pages": Section(
        "Pages",
        "Opening a page with an empty browser cache, and switching to it, until nothing changes any more.",
        {
            "slowest_warm_ms": ("switching to the slowest page, median", "ms"),
            "controls.*.*_ms": ("from the use of a control to its effect, {}, {} digits in play, median", "ms"),
            "pages.*.warm_ms": ("switching to {}, median", "ms"),
            "pages.*.cold_ms": ("opening {}, median", "ms"),
        },
    ),
    "first": Section(
        "The first visit",
        "On a server that has just started with an empty cache folder, until the first picture is seen.",
        {
            "one_s": ("for one visitor", "s"),
            "thirty_s": ("for thirty at once", "s"),
            "left_s": ("for one who comes after ten have left", "s"),
            "warm_s": ("on a warm server", "s"),
        },
    ),
    "load-digits": Section(
        "Reading the built-in digits",
        "Packed pixels against PNG files.",
        {
            "unpack_s": ("unpacking them, once", "s"),
            "png_s": ("reading 3 and 7 from PNG files", "s"),
            "packed_s": ("reading 3 and 7 as packed pixels", "s"),
            "packed_share_of_png": ("packed, as a share of the time that PNG files take", ""),
        },
    ),
    "sources": Section(
        "All of MNIST, and zips",
        "From IDX files, packed pixels and a zip to tensors.",
        {
            "idx_s": ("from IDX files", "s"),
            "packed_s": ("from packed pixels", "s"),
            "zip_files_per_s": ("files a second from a zip", ""),
            "peak_times_pixels": ("memory at most, times that of the pixels", ""),
            "zip_peak_times_pixels": ("the same for a zip", ""),
        },
        "--mnist FOLDER",
    ),
    "hostile": Section(
        "Hostile files",
        "Damaged and hostile files, each read in a process of its own as the app does.",
        {
            "slowest_s": ("the slowest", "s"),
            "peak_mb": ("memory of the largest", "MB"),
            "tracebacks": ("that ended with a traceback", ""),
            "files.*.s": ("{}", "s"),
            "files.*.mb": ("{}, memory", "MB"),
        },
    ),
}
