# Everything a developer does, from a machine that has Python 3.11 or later and make.

PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3,$(shell command -v $(p) 2>/dev/null)))
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup test lint types check format truth lock clean

help:                  ## what there is
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/ready     ## a virtual environment with what development needs

.venv/ready: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: --no-deps -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

test: setup            ## all tests that this machine can run, in parallel
	$(BIN)/python -m pytest -n auto

lint: setup            ## the linter and the formatter's check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup           ## strict types
	$(BIN)/mypy

check: lint types test ## what CI runs

format: setup          ## format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

truth: setup           ## what the simulated loader says, against real imports in real root filesystems; prints the table
	$(BIN)/python scripts/truth.py $(if $(WORK),--work $(WORK))

lock: setup            ## renew the lock of the development environment
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --python-version 3.11 --all-extras --group dev pyproject.toml -o requirements-dev.lock

clean:                 ## remove what was made here
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
