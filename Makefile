# The two commands: `make demo` and `make test`. Each sets up what it needs by itself.
PYTHON ?= python3
PORT ?= 8000
DATA ?= var/demo
VENV := .venv
BIN := $(VENV)/bin
T ?=

# A start reads compiled modules: where the environment forbids to write them, each start would compile them all again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo dev test check rules bench lock clean browser

help: ## what one can ask for
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(BIN)/uv: requirements/uv.lock
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.lock
	@touch $@

$(VENV)/.run: $(BIN)/uv requirements/run.lock pyproject.toml
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/run.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.lock
	@touch $@

demo: $(VENV)/.run ## the whole product on http://localhost:8000 (PORT= and DATA= override)
	@$(BIN)/espace demo --port $(PORT) --data $(DATA)

dev: $(VENV)/.dev ## the same, restarted at each change of a file
	@$(BIN)/espace demo --port $(PORT) --data $(DATA) --reload

test: $(VENV)/.dev ## the tests (T=tests/idp narrows)
	@$(BIN)/pytest -n auto --dist loadfile -q $(T)

check: $(VENV)/.dev ## style, types, floors, templates, spelling, known vulnerabilities
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python tools/check.py

rules: $(VENV)/.dev ## business rules and the tests that prove them
	@$(BIN)/python tools/rules.py

bench: $(VENV)/.dev ## speed of the provider on one core (see bench/README.md)
	@$(BIN)/python -m bench.run

lock: $(BIN)/uv ## choose the newest versions that fit and write the lock files
	@$(BIN)/uv pip compile pyproject.toml requirements/build.in --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements/run.lock
	@$(BIN)/uv pip compile pyproject.toml requirements/build.in --group dev -c requirements/run.lock --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements/dev.lock
	@$(BIN)/uv pip compile requirements/uv.in --universal --generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements/uv.lock

clean: ## forget the environment and the demo's data
	@rm -rf $(VENV) var
