"""What several benchmarks use: figures and tables, the digits, the running app, learners without a browser."""
