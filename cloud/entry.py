"""The same app for Streamlit Community Cloud, which reads the requirements beside the file that it starts.

docs/DEPLOY.md says what to add to them. From the root of the repository: streamlit run cloud/entry.py
"""

import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import app as three_or_seven

app = st.App(three_or_seven.__file__, **three_or_seven.parts)
