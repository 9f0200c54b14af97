# `make demo` and `make test` are all a newcomer needs: each builds .venv first, once.
PYTHON ?= python3.11
BIN := .venv/bin
RIG ?= configs/rigs/virtual.yaml
STAMP := .venv/.installed

.PHONY: demo test test-peers lint check bench faults venv requirements clean

venv: $(STAMP)

$(STAMP): requirements/run.txt requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: venv
	$(BIN)/clap demo --rig $(RIG)

# First what only computes, on every core; then the live rigs, each of which needs the machine to itself.
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

requirements:
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/run.in -o requirements/run.txt
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/dev.in -o requirements/dev.txt

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis
