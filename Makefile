# `make demo` and `make test` are all a newcomer needs: each builds .venv first, once.
PYTHON ?= python3.11
BIN := .venv/bin
RIG ?= configs/rigs/virtual.yaml
STAMP := .venv/.installed

.PHONY: demo test test-peers lint check bench faults pictures venv requirements clean

venv: $(STAMP)

$(STAMP): requirements/run.txt requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: venv
	$(BIN)/clap demo --rig $(RIG)

# First what only computes, in one worker more than cores; then the live rigs, each of which needs the machine to itself.
# Bytecode is kept even where the environment says not to: compiling the tests anew costs each worker 7 s.
test: export PYTHONDONTWRITEBYTECODE =
test: venv
	$(BIN)/pytest -n auto --dist worksteal -m "not live and not peers and not hil"
	$(BIN)/pytest -m "live and not peers and not hil"

test-peers: venv
	$(BIN)/pytest -m peers

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

check: lint test

bench: venv
	$(BIN)/python -m benchmarks.run

# Half an hour alone on two cores; writes docs/reference/fault-matrix.md.
faults: venv
	$(BIN)/python -m benchmarks.faults --page

# The screens for README and docs, from a session, a calibration and a demo on the virtual rig.
pictures: venv
	$(BIN)/python -m benchmarks.console_pictures
	$(BIN)/python -m benchmarks.calibration_pictures
	$(BIN)/python -m benchmarks.demo_picture

requirements:
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/run.in -o requirements/run.txt
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/dev.in -o requirements/dev.txt

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis
