"""The experiment in which a learner explores the edge of learning."""
