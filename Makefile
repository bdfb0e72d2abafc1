# Everything a person or a machine does here. `make` or `make help` lists it.

PORT   ?= 8000#           where `run` and `dev` listen
DATA   ?= data#           the folder of the network that `run` and `dev` serve
SAMPLE ?=#                1: a new network begins with sample people and posts
PYTHON ?= python3#        the Python (3.11 or newer) that .venv is made from
JOBS   ?= logical#        how many tests run side by side (a number, or logical: one per processor)
ARGS   ?=#                passed on to pytest or to the benchmark, e.g. ARGS='-k journal'

SHELL := /bin/sh
.SHELLFLAGS := -euc
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory
override PORT := $(or $(strip $(PORT)),8000)
override DATA := $(or $(strip $(DATA)),data)
override SAMPLE := $(strip $(SAMPLE))
override PYTHON := $(strip $(PYTHON))
override JOBS := $(strip $(JOBS))

BIN := .venv/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input
# pip takes a package for whole that was broken off in the middle: then everything is installed again.
install = mkdir -p $(STAMPS); again=$$(test ! -e $@.begun || echo --force-reinstall); touch $@.begun; \
	$(PIP) install --require-hashes $$again $(1); rm -f $@.begun; touch $@
PYTEST := $(BIN)/pytest -q -n $(JOBS) --dist loadfile --no-loadscope-reorder
STAMPS := .venv/stamps
CLIENTS := tests/clients
BUILT := src/palabre/web/static/built/manifest.json
ASSETS := $(shell find src/palabre/web/assets -type f 2>/dev/null)
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard src/palabre/i18n/*/LC_MESSAGES/*.po))

.PHONY: help setup setup-dev run dev check lint test browser journeys bench bench-search drill messages docs golden screenshots format lock clean

help: ## this list
	@echo "Palabre. Each target prepares what it needs; nothing has to be done before it."; echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
	@echo; echo "Variables:"
	@awk -F '#  +' '/^[A-Z]+ +\?=/ { split($$1, name, " "); sub(/^[A-Z]+ +\?= */, "", $$1); \
	  printf "  %-10s %s%s\n", name[1], $$2, ($$1 == "" ? "" : " [" $$1 "]") }' Makefile

# ---------------------------------------------------------------- preparing

setup: $(STAMPS)/base $(STAMPS)/palabre $(BUILT) $(CATALOGUES) ## a virtual environment, scripts, styles and catalogues
	@:

setup-dev: setup $(STAMPS)/dev $(CLIENTS)/node_modules/.stamp
	@tools/debian.sh test

$(BIN)/python:
	@PYTHON=$(PYTHON) tools/debian.sh run
	@echo "Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv

$(STAMPS)/base: requirements/build.txt requirements/base.txt | $(BIN)/python
	@echo "Installing what a server needs (requirements/base.txt)"
	@$(call install,--requirement requirements/build.txt --requirement requirements/base.txt)

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/base
	@echo "Installing what tests and tools need (requirements/dev.txt)"
	@$(call install,--requirement requirements/dev.txt)

$(STAMPS)/palabre: pyproject.toml $(STAMPS)/base
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

node_modules/.stamp: package.json package-lock.json .npmrc
	@PYTHON=$(PYTHON) tools/debian.sh run
	@echo "Installing what the browser part is built with (package-lock.json)"
	@npm ci --loglevel=error --no-progress </dev/null
	@touch $@

$(CLIENTS)/node_modules/.stamp: $(CLIENTS)/package.json $(CLIENTS)/package-lock.json $(CLIENTS)/.npmrc
	@echo "Installing the clients of others that the tests try ($(CLIENTS)/package-lock.json)"
	@npm ci --prefix $(CLIENTS) --loglevel=error --no-progress </dev/null
	@touch $@

$(BUILT): tools/build_assets.mjs node_modules/.stamp $(ASSETS)
	@npm run --silent build </dev/null
	@touch $@

%.mo: %.po $(STAMPS)/base
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

# ---------------------------------------------------------------- running

run: setup ## a working network on http://localhost:$(PORT), its data in $(DATA)
	@tools/first_run.sh "$(DATA)" "$(PORT)" "$(SAMPLE)"
	@exec $(BIN)/palabre serve --data "$(DATA)" --port "$(PORT)"

dev: setup $(STAMPS)/dev ## the same with sample people; restarts when a file changes
	@tools/first_run.sh "$(DATA)" "$(PORT)" 1
	@exec $(BIN)/python tools/dev_server.py --data "$(DATA)" --port "$(PORT)"

# ---------------------------------------------------------------- checking

lint: setup $(STAMPS)/dev
	@$(BIN)/ruff format --check --quiet . || { echo "ruff format: run 'make format'" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@report=$$($(BIN)/lint-imports --no-logo) || { echo "$$report"; exit 1; }

check: lint ## format, ruff, mypy, import contracts, docs and unit tests (SQLite): about a minute
	@$(PYTEST) -m "not postgresql" tests/architecture tests/docs tests/unit $(ARGS)

test: setup-dev lint ## everything: what CI runs
	@$(PYTEST) $(ARGS)

browser: setup-dev ## only the tests in a real browser
	@$(PYTEST) tests/browser $(ARGS)

journeys: setup-dev ## only the stories told over HTTP to a real server
	@$(PYTEST) tests/journeys $(ARGS)

drill: setup-dev ## 100 times the loss of the host that leads, under load; report in drill-results/
	@$(BIN)/python tools/drill.py $(ARGS)

bench: setup-dev ## measures and prints; results in bench-results/
	@$(BIN)/palabre bench $(ARGS)

bench-search: setup-dev ## a million posts: how large the index is, and 400 queries
	@$(BIN)/python tools/measure_search.py $(ARGS)

# ---------------------------------------------------------------- writing

format: setup $(STAMPS)/dev ## formats the Python and mends what ruff can mend
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

messages: setup ## brings the catalogues of the interface's languages up to date
	@$(BIN)/python tools/messages.py

docs: setup $(STAMPS)/dev ## writes the generated pages and tables of the documentation anew
	@$(BIN)/python tools/reference.py

golden: setup-dev ## writes the files of what each entity of the client API looks like anew
	@WRITE_GOLDEN=1 $(PYTEST) -q -m "not postgresql" tests/unit/api/test_golden_entities.py $(ARGS)

screenshots: setup-dev ## takes the pictures of README anew
	@$(BIN)/python tools/screenshots.py

lock: setup ## pins every dependency anew, with hashes and without naming a registry
	@$(PIP) install --require-hashes --requirement requirements/lock.txt
	@tools/lock.sh requirements/lock.txt requirements/lock.in
	@tools/lock.sh requirements/build.txt requirements/build.in
	@tools/lock.sh requirements/base.txt pyproject.toml --constraint requirements/build.txt
	@tools/lock.sh requirements/dev.txt pyproject.toml --extra dev \
	  --constraint requirements/build.txt --constraint requirements/base.txt
	@npm install --package-lock-only --loglevel=error </dev/null
	@npm install --prefix $(CLIENTS) --package-lock-only --loglevel=error </dev/null

clean: ## removes what was made here, except the data
	@rm -rf .venv node_modules $(CLIENTS)/node_modules build dist bench-results drill-results src/palabre/web/static/built $(CATALOGUES) \
	  .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests tools -name __pycache__ -prune -exec rm -rf {} +
