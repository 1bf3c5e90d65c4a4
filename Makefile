# make demo    set everything up and run a real script on real data
# make test    set everything up and pass all tests
# make check   format, lint, types, import contracts
# make bench   measure, with ratios
# make clean   remove what these made

BIN := .venv/bin
PYTHON := $(shell for each in python3.13 python3.12 python3.11 python3 /usr/bin/python3.11 /usr/bin/python3; do \
	$$each -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$each && break; done)
READY := .venv/ready
WITHOUT_SCRIPTS := $(wildcard $(patsubst %,tests/workspace/test_%*.py,reaching datastores distant_stores opening models))
CONFINED := tests/contract $(filter-out $(WITHOUT_SCRIPTS),$(wildcard tests/workspace/test_*.py)) tests/cli/test_run.py tests/cli/test_run_environment.py \
	$(patsubst %,tests/engine/test_%.py,what_scripts_do calling failures stopping warm packages packages_of_bundles)

.PHONY: demo test check bench clean format

demo: $(READY)
	@$(BIN)/python examples/demo.py

test: $(READY)
	$(BIN)/python tests/environments.py
	$(BIN)/python -m pytest -n auto $(ARGS)
	@test -n "$(ARGS)" || { echo "And again what executes scripts, under the policy confined:"; \
		TRANSOM_POLICY=confined $(BIN)/python -m pytest -n auto --quiet $(CONFINED); }

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m bench $(ARGS)

$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "Transom needs Python 3.11 or newer with venv; none was found on PATH."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/uv pip install --quiet --python $(BIN)/python --link-mode copy --compile-bytecode --group dev --editable .
	@touch $(READY)

clean:
	rm -rf .venv .environments .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
