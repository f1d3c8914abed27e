"""Whose digits the app works on: those in use, others on this server, MNIST as a download, or an uploaded zip."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import pandas as pd
import streamlit as st
import torch

from core.dataset import SPLITS, Dataset, DatasetError
from sources import builtin, library
from sources.home import cannot_write, home
from sources.library import Staged
from sources.report import Report, from_json
from sources.subprocess_job import SECONDS, SMALL, SubprocessJob
from ui import server
from ui.datasets import compare, export
from ui.frame import dataset
from ui.frame.guess import guess_first
from ui.kit import pictures
from ui.kit.text import counted, plain, quoted, with_article
from ui.server import import_slots, visitor_is_here
from ui.state import choices, keys

SAMPLES = 10  # images of each label that are shown
MOST_KINDS, MOST_ROWS = 20, 1_000  # lines of a report that are shown: 10,000 took 13 seconds
REMOVES = "You brought these digits: remove them from this server, for everybody."
POLL_SECONDS = 0.5  # between two looks at the progress of a job
MOST_MEGABYTES = 100  # of an uploaded zip; its pictures may unpack to twice as much


def show_in_use(digits: Dataset) -> None:
    """Show how many digits are in use, some of them, and a button that downloads them."""
    st.header("In use")
    st.markdown(
        f"**{dataset.safe_title(dataset.current_name())}**, for you alone: others on this server choose for themselves."
    )
    if dataset.current_name() in (builtin.NAME, library.MNIST):
        st.caption(
            "MNIST: digits that employees of the American census bureau and high-school students wrote on paper, each "
            "brought to 28 × 28 pixels."
        )
    counts = {split: {digit: digits.split(split).count(digit) for digit in digits.digits} for split in SPLITS}
    st.dataframe(table_of(counts), alt="How many images there are, by split and label")
    with st.grid(5, min_column_width=150, gap="small"):
        for digit in digits.digits:
            images = digits.train.of(digit)
            spread = torch.linspace(0, len(images) - 1, min(SAMPLES, len(images))).long()  # from all over the folder
            what = f"of {with_article(digit)}"
            with st.container(gap="small"):
                sheet = pictures.data_url(pictures.sheet(images[spread], 5, 1))
                st.image(sheet, width=148, alt=f"Training images {what}")
                st.caption(f"{len(spread)} of {counted(len(images), 'training image')} {what}")
    export.show_zip_button(digits)


def show_datasets() -> None:
    """Show the datasets of this server with a button to use each, and the download of MNIST where it is missing."""
    st.header("What else can be used")
    st.markdown("Switching leaves everything else as it is: the digits in play, your settings, the runs you have made.")
    for name in dataset.available():
        index = library.index_of(name)
        count = index.total if index else sum(builtin.PER_LABEL.values()) * 10
        used = name == dataset.current_name()
        label, icon = ("In use", ":material/check:") if used else ("Use", None)
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{dataset.safe_title(name)}**")
            st.caption(f"{count:,} images", width="stretch")
            if name in st.session_state.get(keys.BROUGHT, ()):
                st.button("Remove", f"remove_{name}", on_click=_remove, args=(name,), help=REMOVES, width=110)
            st.button(
                label, f"use_{name}", disabled=used, on_click=dataset.switch_to, args=(name,), icon=icon, width=110
            )
    if not library.index_of(library.MNIST):
        _show_download()


def _show_download() -> None:
    """Show the button that downloads all of MNIST, and the progress of a download that anybody has started."""
    downloads = server.downloads()
    with st.container(border=True):
        st.markdown(
            "**MNIST, all of it**: 60,000 training and 10,000 validation images, 11.6 MB to download, once for "
            "everybody on this server."
        )
        running = downloads.job is not None and downloads.job.result is None
        st.button("Download it", icon=":material/download:", key="download", on_click=downloads.start, disabled=running)
        if downloads.job:
            _show_job(downloads.job, "The download")


def show_upload() -> None:
    """Take a zip of one's own, have a subprocess read it, and report on its files before they are used."""
    st.header("Your own digits")
    st.markdown(
        "A zip with one folder for each label: `train/3/…`, `train/7/…` and, if you have them, `valid/3/…`, "
        "`valid/7/…`. Pictures are PNG or JPEG, one digit each, of any size, dark on light or light on dark. What you "
        "put in place here can be used by everybody on this server. You can remove it until you close this page; what "
        f"nobody uses for {library.kept_days()} days is removed."
    )
    file = st.file_uploader("A zip of your own digits", type="zip", key=keys.UPLOAD, max_upload_size=MOST_MEGABYTES)
    if file and st.session_state.get(keys.READ_BEFORE) != file.file_id:
        st.session_state[keys.READ_BEFORE] = file.file_id
        if earlier := st.session_state.pop(keys.IMPORT, None):
            earlier.leave()  # it may hold the only slot for large files
        try:
            st.session_state[keys.IMPORT] = read_upload(file.getbuffer(), file.name)
        except DatasetError as problem:
            st.error(str(problem))
    job = st.session_state.get(keys.IMPORT)
    if job is None:
        return
    _show_job(job, quoted(file.name) if file else "The file")
    if job.result and "report" in job.result:
        _show_report(from_json(job.result["report"]))
    if job.result and "name" in job.result:
        with st.container(horizontal=True):
            st.button("Use these digits", "use_own", type="primary", icon=":material/check:", on_click=_use)
            st.button("Discard them", "leave_own", icon=":material/close:", on_click=_discard)


def _show_job(job: SubprocessJob, what: str) -> None:
    """Show the progress of a job, and have the page run again when it ends."""
    if job.result is None:
        _show_progress(job)
    elif "problem" in job.result:
        st.error(job.result["problem"])
    elif "report" not in job.result:
        st.success(f"{what} is done.")


@st.fragment(run_every=POLL_SECONDS)
def _show_progress(job: SubprocessJob) -> None:
    if job.result is not None:
        st.rerun()
    st.progress(job.fraction, job.text)


def _show_report(report: Report) -> None:
    st.markdown(f"**What is in {quoted(report.source)}**: {counted(report.read, 'image')} that can be used.")
    if report.read:
        st.dataframe(table_of(report.counts), alt="Images that can be used, by split and label")
    for remark in report.remarks:
        st.caption(remark)
    if not report.notes:
        return
    kinds = pd.DataFrame(report.kinds()[:MOST_KINDS], columns=["what", "how or why", "Files"]).set_index("Files")
    st.table(kinds.map(plain), alt="What was changed or left out, and why")
    if len(report.kinds()) > MOST_KINDS:
        st.caption(f"The {MOST_KINDS} most frequent reasons of {len(report.kinds()):,}.")
    with st.expander(f"File by file ({len(report.notes):,})"):
        rows = [(note.file, note.what, note.how, note.other) for note in report.notes[:MOST_ROWS]]
        files = pd.DataFrame(rows, columns=["File", "What", "How or why", "See"])
        st.dataframe(files, hide_index=True, height=300, alt="Each file that was changed or left out")
        if len(report.notes) > MOST_ROWS:
            st.caption(f"The first {MOST_ROWS:,} of them.")


def table_of(counts: dict[str, dict[int, int]]) -> pd.DataFrame:
    """Return counts by split and label as a table, a column for each label."""
    return pd.DataFrame(counts).rename(columns=choices.SPLIT_NAMES, index=str).sort_index().T


def _use() -> None:
    job = st.session_state.get(keys.IMPORT)
    if job is None:  # a second click can arrive before the page has removed its button
        return
    result = job.result
    is_new = not library.is_there(result["name"])  # else somebody else has brought the same digits
    try:
        name = library.publish(Staged.from_json(result))
    except DatasetError as problem:
        result["problem"] = str(problem)
        del result["name"]
    else:
        del st.session_state[keys.IMPORT]
        if is_new:
            st.session_state.setdefault(keys.BROUGHT, set()).add(name)
        dataset.switch_to(name)
        compare.add_to_comparison(name)


def _remove(name: str) -> None:
    st.session_state[keys.BROUGHT].discard(name)
    try:
        dataset.remove(name)
    except DatasetError as problem:  # such as that whoever runs the server was faster
        st.error(str(problem))
        return
    if dataset.current_name() == name:
        dataset.switch_to(builtin.NAME)


def _discard() -> None:
    job = st.session_state.pop(keys.IMPORT, None)
    if job:  # as above
        job.leave()


def read_upload(content: memoryview, name: str) -> SubprocessJob:
    """Start to read a zip that somebody has uploaded. Raises DatasetError if the disk has no room for it."""
    path = None
    try:
        (home() / library.STAGING).mkdir(parents=True, exist_ok=True)
        handle, path = tempfile.mkstemp(dir=home() / library.STAGING, suffix=".zip")
        with os.fdopen(handle, "wb") as out:
            out.write(content)
    except OSError as error:
        if path:
            with suppress(OSError):
                os.unlink(path)
        raise cannot_write(home(), error, len(content) // 1_000_000 + library.MEGABYTES) from None
    gate = import_slots(len(content) <= SMALL)
    return SubprocessJob(
        "stage", path, "--called", name, gate=gate, remove=Path(path), seconds=SECONDS, is_wanted=visitor_is_here()
    )


def guess_count_of_numbers(digits: Dataset) -> None:
    """Ask how many pixels all training images have together."""
    images, pixels = len(digits.train.images), digits.train.images.numel()
    guess_first(
        "data",
        "Every pixel is one number. How many numbers are all training images of this dataset together?",
        [f"{images:,}", f"{pixels:,}", f"{100 * pixels:,}"],
        f"{pixels:,}",
        f"{images:,} images of {pixels // images} pixels each.",
    )
