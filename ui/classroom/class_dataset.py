"""The class's digits as a dataset that everybody can train on, test on and compare with."""

from collections.abc import Callable

import streamlit as st

from core.dataset import SPLITS, DatasetError
from live.classroom import limits
from live.classroom.class_dataset import as_csv, as_images, as_zip, validators
from live.classroom.limits import ClassError
from live.classroom.room import Room
from sources import library
from sources.home import cannot_write, home
from sources.packed import Images
from ui.frame import dataset
from ui.kit.text import counted
from ui.kit.widgets import csv_button
from ui.seat import classes, ended


def show_class_dataset(room: Room) -> None:
    """Offer to make the drawings a dataset, to use it, and to take it away."""
    shown = room.shown
    learners = counted(len({one.learner for one in shown}), "learner")
    st.markdown(
        f"{counted(len(shown), 'drawing')} of {learners}. All drawings of a learner are either for training or for "
        "validation: a hand resembles itself. A digit that is not in both parts is left out."
    )
    with st.container(horizontal=True, gap="small"):
        _button("Use them as the dataset", _a_new_one, room)
        if shown:
            st.download_button(
                "As a zip",
                lambda: as_zip(shown),
                f"class-{room.code}.zip",
                "application/zip",
                icon=":material/folder_zip:",
                on_click="ignore",
            )
            csv_button("As CSV", f"class-{room.code}", lambda: as_csv(shown, room.names))
    classes.show_news("dataset")


def show_choice(room: Room) -> None:
    """Offer a learner the dataset that the teacher has made of the class's drawings."""
    if room.dataset:
        _button("Use the class's digits", _the_teachers, room)
        classes.show_news("dataset")


def _button(label: str, make: Callable[[Room], tuple[str, str]], room: Room) -> None:
    """Offer a dataset. make: makes it of the class as it is at the click; returns its name, and what to say of it."""
    st.button(label, icon=":material/dataset:", key="class_dataset", on_click=_switch, args=(make, room))


def _switch(make: Callable[[Room], tuple[str, str]], room: Room) -> None:
    try:
        now = classes.store().room(room.id)
        if now is None:  # it has ended since it was shown
            raise ClassError(limits.ENDED)
        name, sentence = make(now)
    except (DatasetError, ClassError) as problem:
        classes.tell("dataset", str(problem), False)
    else:
        dataset.switch_to(name)
        classes.tell("dataset", sentence, True)


def _the_teachers(room: Room) -> tuple[str, str]:
    # Not another dataset for each drawing that is taken back: the server has room for few.
    there = ended.dataset_of(room.id, room.dataset)
    name = there or publish(room.id, room.dataset, _images(room, room.dataset))
    return name, "The class's digits are in use on all your pages."


def _a_new_one(room: Room) -> tuple[str, str]:
    newest = max((one.id for one in room.shown), default=0)
    images = _images(room, newest)
    classes.store().use_as_dataset(classes.teacher(), newest)
    name = publish(room.id, newest, images)
    aside = counted(len(validators(room.shown)), "learner")
    left_out = sorted({one.meant for one in room.shown} - {*images[SPLITS[0]]})
    without = f" Left out, since not in both parts: {', '.join(map(str, left_out))}." if left_out else ""
    in_use = f"In use on all pages, with {aside} set aside for validation.{without}"
    return name, f"{in_use} Learners can use them, too: call them here."


def _images(room: Room, newest: int) -> Images:
    return as_images([one for one in room.shown if one.id <= newest])


def publish(class_id: int, newest: int, images: Images) -> str:
    """Make drawings of a class a dataset of this server, and return its name. Raises DatasetError if it can't be.

    newest: the last of the drawings.
    """
    # Every visitor of the server can read the title: with the code in it, anybody could sit down in the class.
    staged = library.stage(images, f"Digits of a class, up to drawing {newest}")
    try:
        ended.remember(staged.name, class_id, newest)  # before it is there, so that it goes with its class anyway
    except OSError as error:
        library.discard(staged)
        raise cannot_write(home(), error, 1) from None
    name = library.publish(staged)
    ended.remove_replaced(name, class_id, newest)
    return name
