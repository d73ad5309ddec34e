# The commands of this repository. A machine needs Python 3.11 or newer, git and make: what else is
# needed is installed into .venv from the hash-locked requirements, once, and again when they change.

PYTHON ?= python3
GO ?= go
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
# How tests share the cores: each process has servers of its own, takes whole files in order, and
# waits half of its time.
SIDE_BY_SIDE := -n 4 --dist loadfile --no-loadscope-reorder
# Whatever is broken, one after the other, and beside it the million transactions of two tenants.
BESIDE_THE_MILLION := -n 2 --dist loadfile --no-loadscope-reorder
# Repeated with the app's address leading through PgBouncer: all that use a database.
POOLED_TESTS := tests/integration tests/e2e
# Too long for every change.
DRAIN_TESTS := tests/chaos/test_drain.py
FUZZ_TESTS := tests/chaos/fuzz
SOAK_TESTS := $(DRAIN_TESTS) $(FUZZ_TESTS)
PGBOUNCER := /usr/sbin/pgbouncer
GHZ_VERSION := v0.93.0
GRPCURL_VERSION := v1.9.4

# What `buf breaking` compares the contract with: the last release, before the first one this commit.
FIRST_CONTRACT := b2410da83dbabf0acb7c90883d69752bc86fa3b6
BASE ?= $(or $(shell git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null),$(FIRST_CONTRACT))

UV := $(VENV)/.uv
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development
MEMBERS := $(VENV)/.members
MEMBER_PROJECTS := pyproject.toml proto/gen/python/pyproject.toml clients/python/pyproject.toml
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
COMPILE_PROJECT := $(COMPILE) --no-emit-package campotech-protos --no-emit-package campotech-client

# Compiled code is kept, whatever the shell says: a server starts in a third of the time with it.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run demo test chaos soak check check-generated check-format check-types check-imports \
	check-contract check-unit format generate migrate tools bench load lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: $(RUNTIME) $(MEMBERS) ## Start the whole platform here and watch over it; Ctrl-C stops it
	@$(BIN)/campotech up $(ARGS)

demo: $(RUNTIME) $(MEMBERS) ## Play one business day against the running platform, or one of its own
	@$(BIN)/campotech demo $(ARGS)

test: $(DEVELOPMENT) $(MEMBERS) ## Run every test but chaos; ARGS="-k jobs" goes to pytest
	@$(BIN)/python -m pytest --ignore=tests/chaos $(SIDE_BY_SIDE) $(ARGS)

chaos: $(DEVELOPMENT) $(MEMBERS) ## Run the tests that kill, stop and wipe things, and those that take long
	@$(BIN)/python -m pytest tests/chaos $(patsubst %,--ignore=%,$(SOAK_TESTS)) $(BESIDE_THE_MILLION) $(ARGS)
	@if test -x $(PGBOUNCER); then \
		$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(POOLED_TESTS) --through-pgbouncer $(ARGS); \
	else \
		echo "$(PGBOUNCER) is not installed: no tests are repeated through it."; \
	fi

soak: $(DEVELOPMENT) $(MEMBERS) ## Replace servers under load, and send every method thousands of made-up requests
	@$(BIN)/python -m pytest $(DRAIN_TESTS) $(ARGS) || test $$? = 5
	@$(BIN)/python -m pytest $(FUZZ_TESTS) $(SIDE_BY_SIDE) $(ARGS)

check: check-generated check-format check-types check-imports check-contract check-unit ## Check everything that needs no server

# First of the checks: generating brings proto/.deps, which those of the contract need.
check-generated: generate ## Generate, and fail if the committed code differs
	@git diff --exit-code --stat -- proto/gen docs/settings.md
	@untracked=$$(git ls-files --others --exclude-standard -- proto/gen); \
	test -z "$$untracked" || { echo "Generated, but not committed:"; echo "$$untracked"; exit 1; }

check-format: $(DEVELOPMENT) ## Check format and lint rules
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check

check-types: $(DEVELOPMENT) $(MEMBERS) ## Check types
	@$(BIN)/mypy

check-imports: $(DEVELOPMENT) $(MEMBERS) ## Check who imports whom
	@$(BIN)/lint-imports

check-contract: $(DEVELOPMENT) ## Lint the contract and compare it with BASE
	@$(BIN)/buf lint
	@$(BIN)/buf format --diff --exit-code --path proto/campotech
	@git cat-file -e "$(BASE)^{commit}" 2>/dev/null || \
		{ echo "The commit $(BASE) is not in this clone: fetch the whole history."; exit 1; }
	@before=$$(mktemp -d) && trap 'rm -rf "$$before"' EXIT && \
		git archive "$(BASE)" buf.yaml proto | tar -x -C "$$before" && \
		cp -R proto/.deps "$$before/proto/.deps" && \
		$(BIN)/buf breaking --against "$$before"

check-unit: $(DEVELOPMENT) $(MEMBERS) ## Run the tests that need no server
	@$(BIN)/python -m pytest -q tests/unit tests/architecture

format: $(DEVELOPMENT) ## Format the code and the contract, and fix what can be fixed
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix
	@$(BIN)/buf format --write --path proto/campotech

generate: $(DEVELOPMENT) $(MEMBERS) ## Rebuild proto/gen from the contract, and docs/settings.md from the code
	@$(BIN)/python proto/generate.py
	@$(BIN)/python docs/settings_reference.py

migrate: $(RUNTIME) $(MEMBERS) ## Bring the schema and the partitions up to date
	@$(BIN)/campotech migrate $(ARGS)

tools: .tools/.ghz-$(GHZ_VERSION) .tools/.grpcurl-$(GRPCURL_VERSION) ## Build grpcurl and ghz into .tools (needs Go)

bench: $(DEVELOPMENT) $(MEMBERS) ## Measure against the bars, into benchmarks/results.md; ARGS="tasks waits" chooses
	@if command -v go >/dev/null; then $(MAKE) --no-print-directory tools; fi
	@$(BIN)/python -m benchmarks $(ARGS)

load: $(DEVELOPMENT) $(MEMBERS) tools ## Let ghz load GetJob, ListJobs and CompleteJob through Envoy; ARGS="--seconds 30"
	@$(BIN)/python -m benchmarks.load $(ARGS)

lock: $(UV) ## Resolve the dependencies again; UPGRADE=1 takes the newest
	@echo uv | $(COMPILE) $(if $(UPGRADE),--upgrade) - -o requirements-uv.lock
	@$(COMPILE_PROJECT) $(if $(UPGRADE),--upgrade) pyproject.toml --extra local --group build \
		-o requirements.lock
	@$(COMPILE_PROJECT) $(if $(UPGRADE),--upgrade) pyproject.toml --extra local --group dev \
		--constraint requirements.lock -o requirements-dev.lock
	@$(COMPILE) $(if $(UPGRADE),--upgrade) benchmarks/peers/requirements.in \
		-o benchmarks/peers/requirements.lock

clean: ## Remove what make and the tools made; the platform's data in .campotech stays
	@rm -rf $(VENV) .tools dist proto/.deps .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	@find . -name __pycache__ -type d -not -path './.campotech/*' -prune -exec rm -rf {} +

$(UV): requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "CampoTech needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>&1)."; \
		echo "Name another one: make PYTHON=/path/to/python3.12 ..."; exit 1; }
	@test -x $(BIN)/python -a -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV) || { \
		echo "$(PYTHON) cannot make a virtual environment; Debian and Ubuntu: apt install python3-venv."; \
		exit 1; }
	@echo "Installing the locked packages into $(VENV) (once, and when they change)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input \
		--require-hashes --only-binary :all: -r requirements-uv.lock
	@touch $@

$(RUNTIME): requirements.lock $(UV)
	@$(INSTALL) --require-hashes -r requirements.lock
	@touch $@

$(DEVELOPMENT): requirements-dev.lock $(UV)
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

# Targets name it after a lock, because the members are built with the hatchling that is locked.
$(MEMBERS): $(MEMBER_PROJECTS) $(UV)
	@$(INSTALL) --no-deps --no-build-isolation -e . -e proto/gen/python -e clients/python
	@touch $@

.tools/.ghz-$(GHZ_VERSION):
	$(call go_install,ghz,github.com/bojand/ghz/cmd/ghz@$(GHZ_VERSION))

.tools/.grpcurl-$(GRPCURL_VERSION):
	$(call go_install,grpcurl,github.com/fullstorydev/grpcurl/cmd/grpcurl@$(GRPCURL_VERSION))

# Without Go nothing is missing but these two: `make run` and `make test` do not need them.
define go_install
	@if ! command -v $(GO) >/dev/null; then echo "Go is not installed: $(1) is skipped."; else \
		echo "Building $(1) into .tools" && mkdir -p .tools && \
		GOBIN="$(CURDIR)/.tools" $(GO) install $(2) && rm -f .tools/.$(1)-* && touch $@; fi
endef
