# Every command of this project. `make` alone prints them; the texts come from the lines marked with two hashes.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PYTHON  ?= python3
WORKERS ?= $(shell nproc 2>/dev/null || echo 2)
T       ?= tests
K       ?=

VENV := .venv
BIN  := $(VENV)/bin
# Written last by the set-up, so a broken-off set-up is done again.
STAMP := $(VENV)/.ready
# Other people's clients, which the acceptance tests run; their dependencies are none of ours.
CLIENTS := $(VENV)/clients

LOCK := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --annotation-style=line \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

# Quiet unless asked: `make V=1 test` shows each command.
Q := $(if $(V),,@)
say = @printf '\033[1m==>\033[0m %s\n' "$(1)"

.DEFAULT_GOAL := help
.PHONY: help setup run demo test lint format lock bench bench-quick clean openssl
.SILENT: help openssl

help:
	awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n\033[1m%s\033[0m\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	echo

##@ Use
demo: $(STAMP) openssl ## One certificate from order to download, step by step; ends by itself
	$(Q)$(BIN)/certwright demo

run: $(STAMP) openssl ## The same, then leave the server running: prints its address and credentials
	$(Q)$(BIN)/certwright demo --keep

##@ Work on it
setup: $(STAMP) $(CLIENTS)/.ready ## Make .venv from the locked requirements (the other commands do it when needed)

test: $(STAMP) $(CLIENTS)/.ready ## Run the tests; T=path and K=word choose some, WORKERS=n sets the processes
	$(call say,Testing $(T) in $(WORKERS) processes)
	$(Q)$(BIN)/pytest $(T) $(if $(K),-k '$(K)') -n $(WORKERS) --dist worksteal -q $(if $(filter tests,$(T)),--cov)

lint: $(STAMP) ## Check style, types and who imports whom
	$(call say,ruff check)
	$(Q)$(BIN)/ruff check --quiet .
	$(call say,ruff format)
	$(Q)$(BIN)/ruff format --quiet --check . || { echo "Some files are not formatted: run make format"; exit 1; }
	$(call say,mypy)
	$(Q)$(BIN)/mypy --no-error-summary
	$(call say,import-linter)
	$(Q)$(BIN)/lint-imports --no-cache --no-logo > $(VENV)/lint-imports.log || { cat $(VENV)/lint-imports.log; exit 1; }
	$(call say,Lint passed)

format: $(STAMP) ## Format the code and mend what can be mended without thought
	$(Q)$(BIN)/ruff check --quiet --fix-only .
	$(Q)$(BIN)/ruff format .

bench: $(STAMP) ## Measure at 10 k to 10 M orders on both databases, in some thirty minutes (needs 60 GB of disk)
	$(Q)$(BIN)/python -m bench

bench-quick: $(STAMP) ## The same at 10 k and 100 k orders, in some three minutes
	$(Q)$(BIN)/python -m bench --quick

lock: $(STAMP) ## Choose the newest allowed versions again and write requirements/*.txt
	$(call say,Resolving requirements/runtime.txt)
	$(Q)CUSTOM_COMPILE_COMMAND='make lock' $(LOCK) --upgrade -o requirements/runtime.txt pyproject.toml
	$(call say,Resolving requirements/dev.txt)
	$(Q)CUSTOM_COMPILE_COMMAND='make lock' $(LOCK) --upgrade --extra dev -c requirements/runtime.txt \
	  -o requirements/dev.txt pyproject.toml
	$(call say,Resolving requirements/clients.txt)
	$(Q)CUSTOM_COMPILE_COMMAND='make lock' $(LOCK) --upgrade -o requirements/clients.txt requirements/clients.in

clean: ## Remove .venv and everything else that these commands made
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage .coverage.* dist build
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

# ---------------------------------------------------------------------------------------------------------------------

$(STAMP): requirements/dev.txt pyproject.toml
	$(Q)$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Python 3.11 or newer is needed: install it, or name it with make PYTHON=/path/to/python3"; exit 1; }
	$(Q)$(BIN)/python -m pip --version >/dev/null 2>&1 || $(MAKE) --no-print-directory $(VENV)
	$(call say,Installing the locked requirements into $(VENV) (the first time takes a minute or two))
	$(Q){ $(PIP) --require-hashes -r requirements/dev.txt 2> $(VENV)/pip.log | $(count); } || { cat $(VENV)/pip.log; exit 1; }
	$(Q)$(PIP) --quiet --no-deps --no-build-isolation --editable .
	$(Q)touch $@
	$(call say,Ready: $(BIN)/certwright)

$(CLIENTS)/.ready: requirements/clients.txt $(STAMP)
	$(call say,Installing the clients of the acceptance tests into $(CLIENTS))
	$(Q)$(PYTHON) -m venv --clear $(CLIENTS)
	$(Q)$(CLIENTS)/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes \
	  -r requirements/clients.txt
	$(Q)touch $@

# Debian keeps the part of Python that makes environments in a package of its own.
.PHONY: $(VENV)
$(VENV):
	$(call say,Making $(VENV))
	$(Q)$(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 \
	  || { $(call apt,python3-venv) && $(PYTHON) -m venv --clear $(VENV); } \
	  || { rm -rf $(VENV); echo "Python cannot make an environment here: apt-get install python3-venv"; exit 1; }

PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-input

# On a terminal, turn pip's chatter into one counting line.
count = if test -t 1; then awk -v all="$$(grep -c '==' requirements/dev.txt)" \
          '/^(Collecting|Processing)/ { printf "\r    %d of %d packages", ++n, all; fflush() } \
           /^Installing/ { printf "\r    unpacking %d packages ", all; fflush() } END { printf "\r\033[K" }'; \
        else cat >/dev/null; fi

openssl:
	command -v openssl >/dev/null || $(call apt,openssl) \
	  || { echo "The demo checks certificates with openssl, which is missing: apt-get install openssl"; exit 1; }

# Install a Debian package when we may; false when we may not.
apt = { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
        && echo "Installing $(1)" && apt-get update -qq \
        && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(1) >/dev/null; }
