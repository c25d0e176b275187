# factotum: `make chat` and `make test` do everything on a fresh machine with Python 3.11 or newer.
# An environment is rebuilt when pyproject.toml changes; its stamp files say what is installed.

PYTHON ?= python3
VENV ?= .venv
VLLM_VENV ?= .venv-vllm
PIP = $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check
# Machines without a GPU need only PyTorch's CPU build: set this to PyTorch's CPU wheel index to save the download.
TORCH_INDEX ?=
TORCH_FROM = $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX),)
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help chat test test-vllm check fmt lint types imports unit training vllm serve-model bench bench-runtimes bench-train release-check clean

help:  ## List the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

chat: $(VENV)/.chat  ## Install what the assistant needs and open it
	@$(VENV)/bin/factotum chat $(ARGS)

test: $(VENV)/.dev  ## Install what the tests need and run them (all but the vLLM server tests)
	@$(MAKE) --no-print-directory lint types imports unit

test-vllm: $(VENV)/.dev $(VLLM_VENV)/.server  ## Start a real vLLM server and hold the conversations over it
	@FACTOTUM_VLLM_VENV=$(VLLM_VENV) $(VENV)/bin/python -m pytest -m vllm $(ARGS)

check: test test-vllm  ## Everything CI runs

unit: $(VENV)/.dev  ## Run the tests alone
	@$(VENV)/bin/python -m pytest -m "not vllm" $(ARGS)

lint: $(VENV)/.dev  ## Check style
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check --quiet .

fmt: $(VENV)/.dev  ## Put style right
	@$(VENV)/bin/ruff check --fix --quiet . ; $(VENV)/bin/ruff format --quiet .

types: $(VENV)/.dev  ## Check types
	@$(VENV)/bin/mypy

imports: $(VENV)/.dev  ## Check who imports whom
	@$(VENV)/bin/lint-imports --no-logo 2>/dev/null || $(VENV)/bin/lint-imports

training: $(VENV)/.training  ## Install torch and the rest, so that python -m training works

vllm: $(VENV)/.chat $(VLLM_VENV)/.server serve-model  ## Install a vLLM server and start it with the bundled model

serve-model: $(VENV)/.chat  ## Start a vLLM server with the bundled model
	@$(VENV)/bin/factotum serve-model --venv $(VLLM_VENV) $(ARGS)

bench: $(VENV)/.dev  ## Measure the framework's own cost per turn, of old sessions, and of many at once
	@$(VENV)/bin/python -m tests.benchmarks.bench_turn
	@$(VENV)/bin/python -m tests.benchmarks.bench_vllm_client
	@$(VENV)/bin/python -m tests.benchmarks.bench_age
	@$(VENV)/bin/python -m tests.benchmarks.bench_hammer

bench-runtimes: $(VENV)/.dev  ## Compare the runtimes for the embedded model, and one beam with four
	@$(VENV)/bin/python -m tests.benchmarks.bench_runtimes $(ARGS)
	@$(VENV)/bin/python -m tests.benchmarks.bench_beams

bench-train: $(VENV)/.bench  ## Measure the trainer's speed beside TRL's
	@$(VENV)/bin/python -m training.benchmarks.bench_trl $(ARGS)

clean:  ## Remove environments and caches
	rm -rf $(VENV) $(VLLM_VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "factotum needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make chat PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.chat: pyproject.toml | $(VENV)/bin/python
	@echo "installing factotum into $(VENV) ..."
	@$(PIP) -e .
	@touch $@

$(VENV)/.training: pyproject.toml | $(VENV)/.chat
	@echo "installing the training tools into $(VENV) ..."
	@$(PIP) $(TORCH_FROM) "torch==2.13.0"
	@$(PIP) -e ".[training]"
	@touch $@

$(VENV)/.bench: pyproject.toml | $(VENV)/.training
	@echo "installing TRL into $(VENV) to measure against ..."
	@$(PIP) -e ".[training,bench]"
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/.training
	@echo "installing the test tools into $(VENV) ..."
	@$(PIP) -e ".[training,langchain,dev]"
	@touch $@

$(VLLM_VENV)/.server: $(VENV)/.chat
	@$(VENV)/bin/factotum serve-model --venv $(VLLM_VENV) --install-only
	@touch $@
