"""The models that judge drawings: how they are trained, and why they answer as they do."""
