# `make` lists the targets. Each one prepares what it needs: a virtual environment in .venv, filled once and again
# only when setup.cfg or pyproject.toml change. Nothing outside this folder is touched, except that root on Debian
# gets a missing python3-venv, and the servers and the browser that tests and benchmarks start.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# The first interpreter that runs and is new enough; `make PYTHON=/path/to/python3 test` chooses another.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3.14 python3; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$python"; break; }; done)
VENV := .venv
RUN := $(VENV)/bin/python
# Most tests wait for real processes; the tests of one file stay together.
PARALLEL = -n 2 --dist loadfile
SUDOLESS = command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]

.PHONY: help
help: ## list the targets
	@echo "Shadow proves that a new backend can replace the old one. Targets:"
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)$$/  \1\t\2/' | expand -t 16

.PHONY: demo
demo: $(VENV)/.installed-demo ## run the example migration from end to end: make demo, make demo ARGS=--fixed
	$(RUN) -m shadow demo $(ARGS)

# Tests of what needs one of these are skipped by name where it cannot be had. `command:package`, by what they start.
PROGRAMS = nginx:nginx-light chromium:chromium pdftotext:poppler-utils

.PHONY: programs
programs:
	@missing=""; for each in $(PROGRAMS); do command -v "$${each%%:*}" >/dev/null || missing="$$missing $${each##*:}"; done; \
	if [ -n "$$missing" ]; then \
		if $(SUDOLESS); then apt-get update -q && apt-get install -q -y --no-install-recommends $$missing || true; \
		else echo "Some tests will be skipped: install$$missing (sudo apt-get install$$missing)"; fi; \
	fi

.PHONY: test
test: lint programs ## ruff, mypy, and every test that is not slow
	$(RUN) -m pytest $(PARALLEL) -m "not slow" $(ARGS)

.PHONY: test-full
test-full: lint programs ## the same with the slow tests
	$(RUN) -m pytest $(PARALLEL) $(ARGS)

.PHONY: test-compiled
test-compiled: build/tree ## the tests of what is compiled, compiled (a C compiler is needed)
	cd build/tree && ../../$(RUN) -m pytest -p no:cacheprovider -m "not slow" tests/shadow/wire tests/shadow/mirror \
		tests/shadow/ipc tests/shadow/legs tests/shadow/compare tests/shadow/keeper tests/shadow/ledger \
		tests/shadow/control tests/fuzz tests/differential tests/faults tests/e2e $(ARGS)

# A copy of the sources in which the extension modules lie beside them: the working tree itself stays pure Python. What an
# earlier build left (build/lib) goes first: a module that is not compiled any more would be found there.
.PHONY: build/tree
build/tree: $(VENV)/.installed-test
	rm -rf build/compiled build/tree build/lib* && mkdir -p build/tree
	SHADOW_COMPILE=1 $(RUN) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps \
		--target build/compiled .
	tar -c --exclude=__pycache__ bench deploy docs examples reports shadow tests verify *.* Makefile LICENSE | tar -x -C build/tree
	cd build/compiled && tar -c $$(find . -name '*.so') | tar -x -C ../tree
	cd build/tree && ../../$(RUN) -c 'from shadow.wire.build import live_path; assert live_path() == "compiled", \
		"nothing was compiled: is there a C compiler?"'

.PHONY: lint
lint: $(VENV)/.installed-test ## ruff and mypy
	$(RUN) -m ruff check .
	$(RUN) -m mypy

.PHONY: bench
bench: bench-compare bench-live ## all benchmarks, each against its peers in one run

.PHONY: bench-compare
bench-compare: $(VENV)/.installed-test ## what a comparison costs beside DeepDiff, and an exchange in all: ARGS=--quick
	$(RUN) -m bench.compare $(ARGS)
	@command -v cc >/dev/null || { echo "No C compiler: the compiled build is not measured."; exit 0; }; \
	$(MAKE) build/tree && mkdir -p build/tree/bench/results && cp bench/results/compare* build/tree/bench/results/ && \
	(cd build/tree && ../../$(RUN) -m bench.compare --part capacity $(filter --quick,$(ARGS))) && \
	cp build/tree/bench/results/compare* bench/results/

.PHONY: bench-report
bench-report: $(VENV)/.installed-test ## gate and report on 10 million exchanges over 60 days
	$(RUN) -m bench.report $(ARGS)

.PHONY: bench-live
bench-live: $(VENV)/.installed-bench ## the live path beside nginx and Envoy, 20 minutes: make bench-live ARGS=--quick
	@if ! { command -v nginx && command -v wrk && command -v cc; } >/dev/null; then \
		if $(SUDOLESS); then apt-get update -q && apt-get install -q -y --no-install-recommends nginx-light wrk gcc libc6-dev; \
		else echo "nginx, wrk and a C compiler are needed (Debian: sudo apt-get install nginx-light wrk gcc libc6-dev)"; exit 1; fi; \
	fi
	$(MAKE) build/tree
	cd build/tree && ../../$(RUN) -m bench.live $(ARGS)
	mkdir -p bench/results && cp build/tree/bench/results/live* bench/results/
	$(RUN) -m bench.live.table docs/benchmarks.md

.PHONY: bench-verify
bench-verify: $(VENV)/.installed-bench ## data verification beside its peers: ARGS=--quick, ARGS='--rows 2000000'
	-$(MAKE) build/datadiffer
	$(RUN) -m bench.verify $(ARGS)

# A peer that wants another DuckDB than ours, and an extension of it that comes as a package; the benchmark goes without
# it where it cannot be had.
build/datadiffer:
	$(RUN) -m venv $@.new
	$@.new/bin/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
		duckdb==1.4.4 duckdb-ext-postgres==1.4.4.20260205 pytz pyarrow rich click 'sqlglot>=30.13,<32'
	$@.new/bin/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps datadiffer==0.1.0
	rm -rf $@ && mv $@.new $@

.PHONY: screenshots
screenshots: $(VENV)/.installed-test ## draw the pictures in docs/images anew
	@if ! { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null; then \
		if $(SUDOLESS); then apt-get update -q && apt-get install -q -y --no-install-recommends chromium; \
		else echo "chromium is missing: install it (Debian: sudo apt-get install chromium)"; exit 1; fi; \
	fi
	$(RUN) docs/screenshots.py $(ARGS)

.PHONY: clean
clean: ## remove .venv, caches and build output; never shadow-out, which is evidence
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp per extra. A virtual environment whose interpreter is gone or too old is made anew.
$(VENV)/.installed-%: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(RUN) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore -e '.[$*]'
	$(if $(filter test bench,$*),$(RUN) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
		--no-deps 'httpbin>=0.10.4')
	@touch $@

ifneq ($(wildcard $(VENV)),)
ifneq ($(shell $(RUN) -c 'import sys, pip; print(sys.version_info >= (3, 11))' 2>/dev/null),True)
$(shell rm -f $(VENV)/.installed-*)
.PHONY: $(VENV)/bin/python
endif
endif

$(VENV)/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed and none was found. Install one (Debian 12 and newer:" \
		"apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) does not run or is older than Python 3.11; name another: make PYTHON=/path/to/python3"; exit 1; }
	@if ! "$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null; then \
		package="$$("$(PYTHON)" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"; \
		if $(SUDOLESS); then apt-get update -q && apt-get install -q -y --no-install-recommends "$$package"; \
		else echo "$(PYTHON) cannot make virtual environments: install $$package (sudo apt-get install $$package)"; exit 1; fi; \
	fi
	rm -rf $(VENV)
	"$(PYTHON)" -m venv $(VENV)
