"""Work-arounds for faults of Streamlit, each with the version it was seen in and the upstream issue if there is one."""
