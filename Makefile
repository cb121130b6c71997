# The README's two commands are `make run` and `make test`; `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help run test check bench bench-kafka bench-alerts format lock

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--no-header --python-version 3.11 $(UPGRADE)

help: ## list these
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

run: .venv/runtime ## start it with 300 simulated viewers; it prints the address of its page; Ctrl-C stops it
	@exec $(BIN)/penonton serve --demo 300

test: .venv/development ## bring what the tests need and run every check (TESTS="tests/log -x": only some tests)
	@tools/test-needs
	@tools/check

check: .venv/development ## every check but the tests
	@tools/check lint format types imports

bench: .venv/development ## print how fast it is, as ratios
	@set -e; for script in $(filter-out bench/cluster.py,$(wildcard bench/*.py)); do echo "== $$script"; PYTHONPATH=. $(BIN)/python $$script; done

bench-kafka: .venv/development ## the same of a cluster's worker, with a Kafka broker; brings Java for it
	@tools/test-needs
	@PYTHONPATH=. $(BIN)/python bench/cluster.py

bench-alerts: .venv/development ## print how good the alerts are, beside others, on made-up weeks (ALERTS="--seeds 7 --why"); about half an hour
	@tools/test-needs
	@PYTHONPATH=. $(BIN)/python -m bench.alerts $(ALERTS)

format: .venv/development ## put the code in its one form
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

lock: .venv/python ## lock the dependencies again (UPGRADE=--upgrade: at their newest versions)
	@$(PIP) install uv
	@$(COMPILE) pyproject.toml --group build --output-file requirements.lock
	@$(COMPILE) pyproject.toml --group build --group dev --constraint requirements.lock \
		--output-file requirements-dev.lock

# Files in .venv say what was installed, so that it is done again only when a lock changed.
.venv/python: tools/environment
	@echo "Making an environment in .venv" >&2
	@tools/environment
	@touch $@

.venv/runtime: .venv/python requirements.lock pyproject.toml
	@echo "Installing what Penonton needs (about 300 MB, once)" >&2
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/development: .venv/runtime requirements-dev.lock
	@echo "Installing what the tests need" >&2
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@
