# Storekeeper. `make run` is all that a newcomer needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
ARGS ?= -m "not nightly" -n 2
ONLY ?=

LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --quiet

.DEFAULT_GOAL := help
.PHONY: help run doctor test test-nightly check bench lock clean

help: ## what can be done here
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'

run: $(VENV)/.storekeeper ## install once, then start everything with the sample company
	@$(BIN)/storekeeper up --sample

doctor: $(VENV)/.storekeeper ## check everything that must never break
	@$(BIN)/storekeeper doctor

test: $(VENV)/.storekeeper-dev ## the tests; one folder or name with ARGS="tests/app -k restart"
	@$(BIN)/python -m pytest $(ARGS)

test-nightly: $(VENV)/.storekeeper-dev ## the long soak and fuzz runs
	@$(BIN)/python -m pytest -m nightly --timeout 7200

check: $(VENV)/.storekeeper-dev ## format, lint, types, and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.storekeeper-dev ## the measurements; one of them with ONLY=name
	@$(BIN)/python -m benchmarks $(ONLY)

lock: ## resolve the dependencies anew, keeping what still fits; needs uv
	$(LOCK) --group build -o requirements.lock
	$(LOCK) --group dev -o requirements-dev.lock

clean: ## remove what was installed and built; the data folder stays
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Storekeeper needs Python 3.11 or later; if $(PYTHON) is another one, name it: make run PYTHON=python3.12" >&2; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "Python could not make the folder $(VENV); on Debian and Ubuntu: apt install python3-venv" >&2; \
		exit 1; }
	@touch $@

$(VENV)/.storekeeper: $(VENV)/.python requirements.lock pyproject.toml
	@echo "Installing what Storekeeper needs into $(VENV), once."
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-build-isolation --no-deps --config-settings editable_mode=compat --editable .
	@touch $@

$(VENV)/.storekeeper-dev: $(VENV)/.storekeeper requirements-dev.lock
	@echo "Installing what the tests need into $(VENV), once."
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@
