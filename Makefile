# make run    install what is missing and start the app    PORT=8501 HOST=localhost DATA=a zip, a folder or IDX files
# make test   lint, then every test                        TESTS=tests/core for some of them, WORKERS=0 for one after the other
# make coverage  which lines of core and sources no test runs; those that only workers run count as missing
# make bench  every benchmark, into bench/results/         MNIST=a folder of its IDX files, STROKES=a UNIPEN file
# make pictures   photograph every page for the README     PICTURES="draw training" for some of them
.DEFAULT_GOAL := run
.PHONY: run test coverage bench pictures

PYTHON ?= python3
PORT ?= 8501
HOST ?= localhost
TESTS ?= tests
WORKERS ?= 2
export DATA ?=
# Windows needs a make and a bash beside it, as Git for Windows and GitHub's machines have; it was not tried elsewhere.
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif

run: .venv/app-installed
	@if [ -n "$$DATA" ]; then \
	    THREE_OR_SEVEN_DATASET=$$($(BIN)/python -m sources add "$$DATA") || exit; export THREE_OR_SEVEN_DATASET; \
	fi; \
	$(BIN)/python -m tools.address $(HOST) $(PORT); \
	$(BIN)/python -m streamlit run app.py --server.port $(PORT) --server.address $(HOST)

test: .venv/dev-installed
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

pictures: .venv/dev-installed
	$(BIN)/python -m tools.pictures $(PICTURES)

coverage: .venv/dev-installed
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile tests/core tests/sources \
	    --cov=core --cov=sources --cov-report=term-missing

bench: .venv/dev-installed
	$(BIN)/python -m bench all $(if $(MNIST),--mnist "$(MNIST)") $(if $(STROKES),--strokes "$(STROKES)")

# A stamp newer than the pins says that they are installed, so a second start installs nothing.
.venv/app-installed: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev-installed: .venv/app-installed requirements-dev.txt requirements-cluster.txt
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements-dev.txt
	@touch $@
