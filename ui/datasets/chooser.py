"""The digits that are not in use: those that this server has, all of MNIST, and a person's own zip."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import pandas as pd
import streamlit as st

from core.dataset import DatasetError
from sources import builtin, library
from sources.home import cannot_write, home
from sources.library import Staged
from sources.report import Report, from_json
from sources.subprocess_job import SubprocessJob
from ui import server
from ui.datasets import compare
from ui.frame import dataset
from ui.kit.text import plain, quoted
from ui.server import import_slots
from ui.state import choices, keys

EVERY = 0.5  # seconds between two looks at a job
LARGEST_MB = 100  # of a zip that is uploaded; its pictures may unpack to twice as much


def show_kept() -> None:
    """Show the datasets of this server with a button to use each."""
    for name in dataset.available():
        index = library.index_of(name)
        count = index.total if index else sum(builtin.PER_LABEL.values()) * 10
        used = name == dataset.current_name()
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{dataset.safe_title(name)}**")
            st.caption(f"{count:,} images", width="stretch")
            st.button(
                "In use" if used else "Use",
                key=f"use_{name}",
                disabled=used,
                on_click=dataset.switch_to,
                args=(name,),
                icon=":material/check:" if used else None,
                width=110,
            )


def show_mnist() -> None:
    """Show the button that downloads all of MNIST, or the bar of the download that somebody has begun."""
    if library.index_of(library.MNIST):
        return
    downloads = server.downloads()
    with st.container(border=True):
        st.markdown(
            "**MNIST, all of it**: 60,000 training and 10,000 validation images, 11.6 MB to download, once for "
            "everybody on this server."
        )
        running = downloads.job is not None and downloads.job.result is None
        st.button("Download it", icon=":material/download:", key="download", on_click=downloads.start, disabled=running)
        if downloads.job:
            _follow(downloads.job, "The download")


def show_own() -> None:
    """Take a person's zip, have it read, and show what became of its files before it is used."""
    st.markdown(
        "A zip with one folder for each label: `train/3/…`, `train/7/…` and, if you have them, `valid/3/…`, "
        "`valid/7/…`. Pictures are PNG or JPEG, one digit each, of any size, dark on light or light on dark. What you "
        "put in place here can be used by everybody on this server."
    )
    file = st.file_uploader("A zip of your own digits", type="zip", key=keys.UPLOAD, max_upload_size=LARGEST_MB)
    if file and st.session_state.get(keys.READ_BEFORE) != file.file_id:
        st.session_state[keys.READ_BEFORE] = file.file_id
        try:
            st.session_state[keys.IMPORT] = read_upload(file.getbuffer(), file.name)
        except DatasetError as problem:
            st.session_state.pop(keys.IMPORT, None)
            st.error(str(problem))
    job = st.session_state.get(keys.IMPORT)
    if job is None:
        return
    _follow(job, quoted(file.name) if file else "The file")
    if job.result and "report" in job.result:
        _report(from_json(job.result["report"]))
    if job.result and "name" in job.result:
        with st.container(horizontal=True):
            st.button(
                "Use these digits", type="primary", icon=":material/check:", key="use_own", on_click=_put_in_place
            )
            st.button("Discard them", icon=":material/close:", key="leave_own", on_click=_leave)


def _follow(job: SubprocessJob, what: str) -> None:
    """Show how far a job is, and have the page run again when it ends."""
    if job.result is None:
        _bar(job)
    elif "problem" in job.result:
        st.error(job.result["problem"])
    elif "report" not in job.result:
        st.success(f"{what} is done.")


@st.fragment(run_every=EVERY)
def _bar(job: SubprocessJob) -> None:
    if job.result is not None:
        st.rerun()
    st.progress(job.fraction, job.text)


def _report(report: Report) -> None:
    st.markdown(f"**What is in {quoted(report.source)}**: {report.read:,} images that can be used.")
    if report.read:
        st.dataframe(table_of(report.counts), alt="Images that can be used, by split and label")
    for remark in report.remarks:
        st.caption(remark)
    if not report.notes:
        return
    kinds = pd.DataFrame(report.kinds(), columns=["what", "how or why", "Files"]).set_index("Files")
    st.table(kinds.map(plain), alt="What was changed or left out, and why")
    with st.expander(f"File by file ({len(report.notes):,})"):
        rows = [(note.file, note.what, note.how, note.other) for note in report.notes]
        st.dataframe(
            pd.DataFrame(rows, columns=["File", "What", "How or why", "See"]),
            hide_index=True,
            height=300,
            alt="Each file that was changed or left out",
        )


def table_of(counts: dict[str, dict[int, int]]) -> pd.DataFrame:
    """Return counts by split and label as a table, a column for each label."""
    return pd.DataFrame(
        {str(digit): [counts[split][digit] for split in choices.SPLIT_NAMES] for digit in sorted(counts["train"])},
        index=list(choices.SPLIT_NAMES.values()),
    )


def _put_in_place() -> None:
    job = st.session_state.get(keys.IMPORT)
    if job is None:  # this is the second click of two, and the page has not been drawn since the first
        return
    result = job.result
    try:
        name = library.publish(Staged.from_json(result))
    except DatasetError as problem:
        result["problem"] = str(problem)
        del result["name"]
    else:
        del st.session_state[keys.IMPORT]
        dataset.switch_to(name)
        compare.add(name)


def _leave() -> None:
    job = st.session_state.pop(keys.IMPORT, None)
    if job:  # as above
        library.discard(Staged.from_json(job.result))


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
        raise cannot_write(home(), error, 200) from None
    return SubprocessJob("stage", path, "--called", name, gate=import_slots(), remove=Path(path))
