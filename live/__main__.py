"""Train the models that judge drawings for the built-in digits: python -m live

The app does this by itself as soon as somebody opens Draw. An image of a container has them from the start.
Ends with 0, or with 2 and one line on standard error if they could not be kept.
"""

import sys

from core.classifiers.training import PLANS, lengthen, stamp, start, train_steps
from core.dataset import DatasetError
from core.training.data import from_dataset
from live import weights_file
from sources import builtin
from sources.home import home


def main() -> int:
    """Unpack the digits, and train each kind of classifier that is not in the cache folder. Returns 0 or 2."""
    try:
        dataset, _ = builtin.load()
    except DatasetError as problem:
        print(problem, file=sys.stderr)
        return 2
    data = from_dataset(dataset)
    for kind, plan in PLANS.items():
        state = start(kind, dataset.digits, lengthen(plan, len(data.train_x)))
        name = stamp(state, data)
        if weights_file.read_cached(home(), name, state.params):
            continue
        print(f"Training the classifier {kind}: {state.plan.steps:,} steps", flush=True)
        weights_file.write_cached(home(), name, train_steps(state, data, state.plan.steps).params)
        if not weights_file.read_cached(home(), name, state.params):
            print(f"The classifier {kind} could not be saved in {home()}.", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
