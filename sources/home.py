"""The folder where the app keeps what it has unpacked."""

import os
from pathlib import Path

import platformdirs

VARIABLE = "THREE_OR_SEVEN_HOME"


def home() -> Path:
    """Return the cache folder: THREE_OR_SEVEN_HOME where it is set, else the user's cache folder."""
    named = os.environ.get(VARIABLE)
    return Path(os.path.expanduser(named)) if named else platformdirs.user_cache_path("three-or-seven")
