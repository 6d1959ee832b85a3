# `make run` and `make test` do all the set-up they need: .venv and .relay are made here, nothing is installed elsewhere.
.DEFAULT_GOAL := help
.PHONY: help install run demo test chaos fuzz bench check build lock clean
PORT ?= 3000
MINUTES ?= 10
AWS_PORT ?= 4566
PYTHON := .venv/bin/python

help: ## list what can be made
	@sed -n 's/^\([a-z]*\):.*## /make \1 \t/p' Makefile

install: ## install everything from the locks (the other targets call it)
	@sh local/install.sh

run: install ## the whole relay on this computer, until Ctrl-C
	@exec .venv/bin/relayctl up --port $(PORT) --aws-port $(AWS_PORT)

demo: install ## the same once: send the documented events, check everything they cause, stop
	@exec .venv/bin/relayctl up --port $(PORT) --aws-port $(AWS_PORT) --once

test: install ## every test
	$(PYTHON) -m pytest

fuzz: install ## a million hostile bodies through ingest and every consumer's code (a quarter of an hour on two cores)
	$(PYTHON) -m tests.fuzz --bodies 1000000

chaos: install ## everything that can fail: all faults, pairs, kills, and MINUTES (10) of traffic through them
	MINUTES=$(MINUTES) $(PYTHON) -m pytest tests/chaos -m chaos -q -s

bench: install ## what ingest and archive cost, in ratios to the least possible and to the usual
	$(PYTHON) -m bench

check: install ## linters, types and template checks
	.venv/bin/ruff check --output-format concise
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/cfn-lint --non-zero-exit-code warning template.yaml
	$(PYTHON) -m relay.config_check layers/config

build: install ## the deployment artifacts, in .aws-sam
	PATH="$(CURDIR)/.venv/bin:$$PATH" MAKEFLAGS= SAM_CLI_TELEMETRY=0 .venv/bin/sam build

lock: install ## take the newest versions of all dependencies into the locks
	$(PYTHON) -m local.lock

clean: ## remove everything that was made here
	rm -rf .aws-sam .relay .venv .hypothesis .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
