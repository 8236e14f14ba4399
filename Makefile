# Every target sets up what it needs: the locked Python environment in .venv, from the shared cache.
# Settings and their defaults: docs/settings.md. `make up` on port 8081: HEADWATER_AIRFLOW_PORT=8081 make up

BIN := .venv/bin
ARGS ?=
FAST := not integration and not batch and not compose
# The stack's tests wait for processes half of the time: the days that Spark builds go beside them (tests/conftest.py says what goes together).
PYTEST := $(BIN)/python -m pytest --numprocesses 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup up down clean status test test-fast test-thorough test-compose drill bench lint compose-secrets

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 — \2/p' Makefile

setup: ## make the locked Python environment (.venv), unless it is as it should be
	@sh local/setup.sh

up: setup ## start everything: Kafka, S3, Spark, Airflow, streams, demo data (DEMO=0: without)
	@$(BIN)/headwater up $(ARGS)

down: ## stop exactly what was started; the data stays
	@if [ -x $(BIN)/headwater ]; then $(BIN)/headwater down; else echo "Nothing was ever set up here."; fi

clean: ## stop, and remove data, logs and credentials
	@if [ -x $(BIN)/headwater ]; then $(BIN)/headwater clean; else echo "Nothing was ever set up here."; fi

status: setup ## each part, each stream, each feed
	@$(BIN)/headwater status

# Exit code 5 says that ARGS chose no test of this tier.
test: setup ## the tests; those of the stack start their own, beside yours
	@$(PYTEST) -m "$(FAST)" $(ARGS) || [ $$? -eq 5 ]
	@$(PYTEST) -m "(integration or batch) and not thorough" -v --durations 25 $(ARGS) || [ $$? -eq 5 ]

test-fast: setup ## the tests that need neither services nor minutes of Spark
	@$(PYTEST) -m "$(FAST)" $(ARGS)

test-thorough: setup ## what those tests show, by the other writer and other faults, too
	@$(PYTEST) -m thorough -v --durations 25 $(ARGS)

test-compose: setup ## the containers of docker-compose.yml, built, started, broken and removed; skips where there is no Docker
	@$(PYTEST) --numprocesses 0 -m compose -v $(ARGS)

drill: setup ## faults under load, on private stacks: is every record there once? (ARGS="kill-driver --short"; all without)
	@$(BIN)/headwater drill $(if $(ARGS),$(ARGS),--all)

bench: setup ## Headwater, plain Spark and a single-purpose ingester on the same records; then 100,000 commits
	@$(BIN)/python -m benchmarks.ingest $(ARGS); ingest=$$?; $(BIN)/python -m benchmarks.commits && exit $$ingest

compose-secrets: ## .env and .env.client for `docker compose up -d` (docs/compose.md); needs Python alone, and is safe to repeat
	@python3 -m local.containers.secrets

lint: setup ## ruff
	@$(BIN)/ruff check .
