# rtcpulse: `make demo` shows it, `make test` proves it. Each target makes what it needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
CASES  ?= ../shared/cases
KILLS  ?= 20
CUT_OFF_S ?= 60
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help demo test check accuracy bench servers faults fuzz soak recordings format docs

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "rtcpulse needs Python 3.11 or newer; set PYTHON=...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

.PHONY: browser
browser:
	@command -v chromium >/dev/null || tools/install-debian chromium fonts-dejavu-core
	@command -v chromium-headless-shell >/dev/null || tools/install-debian chromium-headless-shell || echo "pages open in chromium itself, which takes longer"

.PHONY: alertmanager
alertmanager:
	@command -v prometheus-alertmanager >/dev/null || tools/install-debian prometheus-alertmanager

.PHONY: janus
janus:
	@command -v janus >/dev/null || tools/install-debian janus

.PHONY: kafka
kafka: $(VENV)/installed
	@$(BIN)/python -m tests.kafka.fetching >/dev/null

.PHONY: jdbc
jdbc: $(VENV)/installed
	@$(BIN)/python -m tests.sql.fetching >/dev/null

.PHONY: livekit
livekit: $(VENV)/installed
	@$(BIN)/python -m tests.livekit.fetching >/dev/null

demo: $(VENV)/installed  ## real calls and a modelled fleet on one machine, with the dashboard's address
	$(BIN)/rtcpulse demo

check: $(VENV)/installed  ## lint, format, types, import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check browser alertmanager janus jdbc kafka livekit  ## everything that must hold, in less than 40 minutes
	@failed=0; \
	$(PYTEST) -q -m "not calls and not alone" -n 2 --dist loadfile --no-loadscope-reorder || failed=1; \
	$(PYTEST) -q -m calls -n 2 --dist loadfile --no-loadscope-reorder || failed=1; \
	$(PYTEST) -q -m alone || failed=1; \
	exit $$failed

recordings: $(VENV)/installed  ## other people's recordings in CASES=... imported, rows held to a summary of each
	$(PYTEST) -q tests/recordings --cases $(CASES)

servers: browser alertmanager janus kafka livekit  ## the tests of calls, pages and dashboard with every role on Kafka and ClickHouse's wire
	RTCPULSE_TEST_SERVERS=1 $(PYTEST) -q tests/e2e tests/dashboard tests/demo

.PHONY: strace
strace:
	@command -v strace >/dev/null || tools/install-debian strace

faults: kafka strace  ## the long form of the kill tests: planted faults, Kafka and ClickHouse cut off, a kill at every system call
	RTCPULSE_TEST_KILLS=$(KILLS) RTCPULSE_TEST_CUT_OFF_S=$(CUT_OFF_S) $(PYTEST) -q -s tests/faults/test_*.py tests/faults/long_*.py

fuzz: $(VENV)/installed  ## 10^5 odd requests and more, bodies for the decoders, 500 courses of events; never the same
	RTCPULSE_TEST_REQUESTS=100000 $(PYTEST) -q -s tests/fuzz --timeout 3600
	RTCPULSE_TEST_EXAMPLES=500 $(PYTEST) -q -s tests/ingest/test_property.py

soak: $(VENV)/installed  ## half an hour of steady load: memory, threads, descriptors, lag
	RTCPULSE_TEST_SOAK_S=1800 $(PYTEST) -q -s tests/soak

accuracy: $(VENV)/installed browser  ## impaired calls: errors of loss, jitter, round trip, bitrate; what is found of known trouble; into docs/accuracy.md
	$(BIN)/python -m tests.accuracy

bench: $(VENV)/installed  ## ratios measured in one run, saved as docs/benchmarks.md
	$(BIN)/python -m tests.bench

docs: $(VENV)/installed  ## write the parts of docs/ that come from code
	$(BIN)/python -m rtcpulse.reference

format: $(VENV)/installed  ## let ruff format and fix
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
