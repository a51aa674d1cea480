# `make` alone lists what there is. Everything happens in .venv; only Python 3.11+ and make are needed.
# Another Python: make setup PYTHON=python3.12

PYTHON ?= python3
ARGS ?=
SEEDS ?= 10000
WHAT ?= overdue dispatch
BIN := .venv/bin
STAMP := .venv/.installed
UV := $(BIN)/uv
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header

.DEFAULT_GOAL := help
.PHONY: help setup demo test check check-dst check-alerts simulate chaos restarts bench lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## Make .venv and install what requirements.lock pins

demo: setup ## See the whole chain work: hooks.py to a delivered mail (ARGS=--once ends by itself)
	$(BIN)/hookbeat demo $(ARGS)

test: setup ## Run all tests (ARGS="tests/unit -k cron" for some)
	$(BIN)/pytest $(ARGS)

check: setup ## Format, lint, types, import contracts, docs, the wheel, and 500 fresh seeds of the simulation
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/docs
	$(BIN)/python -m tests.simulation --seeds 500 --processes 2

check-dst: setup ## Every zone and every clock change 2026-2037 against the oracle (long)
	$(BIN)/python -m tests.dst.check $(ARGS)

check-alerts: ## The alert rules, loaded and tried by Prometheus's own promtool
	@command -v promtool >/dev/null || { echo "promtool is missing: apt-get install prometheus" >&2; exit 1; }
	promtool check rules monitoring/alerts.yml
	promtool test rules monitoring/alerts.test.yml

simulate: setup ## Beats, workers and their troubles on a virtual clock (SEEDS=10000; ARGS="--seed 7 --trace" replays one)
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --processes 2 $(ARGS)

chaos: setup ## Real beats, workers, Redis and PostgreSQL, and everything goes wrong for 30 minutes (ARGS="--minutes 5")
	$(BIN)/python -m tests.chaos $(ARGS)

restarts: setup ## End the leader 1000 times and time the takeovers, on an idle machine (ARGS="--signal KILL --times 100")
	$(BIN)/python -m tests.chaos.restarts $(ARGS)

bench: setup ## Measure the overdue run, and the beat beside others (WHAT=dispatch or runs for one, ARGS for its options)
	@set -e; for what in $(WHAT); do $(BIN)/python -m benchmarks.$$what $(ARGS); done

lock: setup ## Pin the dependencies of pyproject.toml anew
	$(BIN)/pip install --quiet uv
	$(LOCK) --extra dev pyproject.toml -o requirements.lock
	$(LOCK) --extra console --extra alerts --extra metrics --extra otlp -c requirements.lock pyproject.toml -o requirements-runtime.lock

clean: ## Remove .venv, caches and the demo's state
	rm -rf .venv .hookbeat dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Hookbeat needs Python 3.11 or newer, and $(PYTHON) is not: make setup PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
