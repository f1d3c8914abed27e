# make run    install what is missing and start the app    PORT=8501 HOST=localhost DATA=a zip, a folder or IDX files
# make test   lint, every test, and which lines of core, sources and live their own tests do not run
#                                                          TESTS=tests/core for some of them, WORKERS=0 for one after the other
# make bench  every benchmark, into bench/results/         MNIST=a folder of its IDX files, STROKES=a UNIPEN file
# make figures  what the last make bench has measured, into docs/FIGURES.md
# make pictures   screenshots of every page for the tour    PICTURES="draw training" for some of them
.DEFAULT_GOAL := run
.PHONY: run test bench figures pictures

PYTHON ?= python3
PORT ?= 8501
HOST ?= localhost
TESTS ?= tests
# Three for two cores: many tests wait for a browser or a server.
WORKERS ?= 3
export DATA ?=
# Tests start many Python processes: where this is set, each would compile all files anew.
unexport PYTHONDONTWRITEBYTECODE
# On Windows, make and bash must be installed, as on GitHub's runners or with Git for Windows; nothing else was tried.
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif

PYTEST = $(BIN)/python -m pytest -n $(WORKERS)

run: .venv/app-installed
	@if [ -n "$$DATA" ]; then \
	    THREE_OR_SEVEN_DATASET=$$($(BIN)/python -m sources add "$$DATA") || exit; export THREE_OR_SEVEN_DATASET; \
	fi; \
	$(BIN)/python -m tools.address $(HOST) $(PORT); \
	$(BIN)/python -m streamlit run app.py --server.port $(PORT) --server.address $(HOST)

# Several processes share the cores: more threads in each would only wait for one another, for half of the time.
test: export OMP_NUM_THREADS = 1
test: .venv/dev-installed
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
ifeq ($(TESTS),tests)
	$(PYTEST) tests --cov=core --cov=sources --cov=live --cov-report=term-missing:skip-covered --cov-fail-under=95
else
	$(PYTEST) $(TESTS)
endif

pictures: .venv/dev-installed
	$(BIN)/python -m tools.pictures $(PICTURES)

bench: .venv/dev-installed
	$(BIN)/python -m bench all $(if $(MNIST),--mnist "$(MNIST)") $(if $(STROKES),--strokes "$(STROKES)")

figures: .venv/dev-installed
	$(BIN)/python -m tools.figures add bench/results/results.json

# A stamp file newer than the requirements shows that they are installed, so a second start installs nothing.
.venv/app-installed: requirements.txt
	@echo "Installing what is missing into .venv, PyTorch above all. This takes some minutes and happens once."
ifeq ($(shell uname),Linux)
	@echo "On Linux, pip takes PyTorch's CUDA build of several GB unless it knows the CPU index: see docs/START.md."
endif
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev-installed: .venv/app-installed requirements-dev.txt requirements-cluster.txt requirements-postgres.txt
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements-dev.txt
	@touch $@
