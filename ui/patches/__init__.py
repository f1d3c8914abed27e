"""Work-arounds for faults of Streamlit, each with the version it was seen in."""
