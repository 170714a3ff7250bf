# minzheng: everything a person needs is one word. `make help` lists the words.
# Indexes, mirrors and proxies are pip's own configuration (PIP_INDEX_URL, PIP_NO_INDEX, PIP_FIND_LINKS, ...).

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
SCALE ?=
PORT ?= 8000
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
COMPILE := $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links

.PHONY: help run test test-long bench book lock format packages clean

help: ## list these words
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: .venv/.ready ## set up everything and serve the platform with the demonstration city (SCALE=1: the whole city; PORT=8000)
	@$(BIN)/minzheng run --port $(PORT) $(if $(SCALE),--scale $(SCALE))

test: packages .venv/.ready-dev ## set up everything and run every check
	@.ci/checks

test-long: packages .venv/.ready-dev ## the checks that take long: many more random draws, whole city
	@.ci/checks --long

bench: .venv/.ready-dev .venv-bench/.ready ## measure against openfisca-core, write docs/benchmarks.md and .json
	@$(BIN)/python -m benchmarks

book: .venv/.ready ## write the rulebook as pages to build/book
	@$(BIN)/minzheng rulebook book build/book

format: .venv/.ready-dev ## put the sources in house format
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

lock: .venv/.ready-dev ## renew the hashed requirement files from the .in files
	@$(PIP) install 'uv~=0.13'
	@for name in requirements requirements-dev requirements-bench; do \
		echo "● $$name.txt"; $(COMPILE) $$name.in -o $$name.txt || exit 1; done

packages:
	@.ci/packages

clean: ## remove the environments and what was built; the state under var/ stays
	@rm -rf .venv .venv-bench build dist .mypy_cache .ruff_cache .pytest_cache

.venv/bin/python:
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo '需要带 venv 的 Python 3.11 或更新版本。Debian 上请执行：apt-get install -y make python3-venv' >&2; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/.ready: requirements.txt pyproject.toml | .venv/bin/python
	@echo '● 安装依赖（首次约一分钟）'
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/.ready-dev: requirements-dev.txt .venv/.ready
	@echo '● 安装开发与测试依赖（首次约两分钟）'
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

# The yardstick has an environment of its own: its needs are not ours.
.venv-bench/.ready: requirements-bench.txt | .venv/bin/python
	@echo '● 安装对照测试依赖'
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-bench.txt
	@touch $@
