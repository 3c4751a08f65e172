PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo docs test quick dist npm try-npm bench lint format clean
.DELETE_ON_ERROR:

help:
	@echo 'make demo    serve the demo on http://127.0.0.1:8080'
	@echo 'make quick   run the tests that need no server and no browser; takes a minute'
	@echo 'make test    run all tests, and fail if a branch of the package is not covered'
	@echo 'make docs    build the documentation in build/docs'
	@echo 'make dist    build a wheel and a source archive in dist'
	@echo 'make npm     install htmx, Turbo and Prettier with npm, for the demo and the checks'
	@echo 'make bench   measure what it costs; takes half an hour'
	@echo 'make lint    check style and types'
	@echo 'make format  put the code into shape'
	@echo 'make clean   remove everything that was made'

demo: .venv/.demo try-npm
	@exec $(BIN)/python -m demo.main

test: .venv/.migration try-npm
	$(BIN)/python -m pytest -n auto --dist loadgroup --cov=aiohttp_flashbag

quick: .venv/.test
	$(BIN)/python -m pytest -n auto -m 'not slow and not service'

docs: .venv/.docs
	$(BIN)/python -m sphinx -W --keep-going --fresh-env -b html docs build/docs

dist: .venv/.dist
	$(BIN)/python -m build --outdir dist .

# What the package itself does not need: two versions of htmx, its preload extension, Turbo, and a
# formatter.
LIBRARIES := htmx.org@2 htmx4@npm:htmx.org@4 htmx-ext-preload@2 @hotwired/turbo@8 prettier@3

npm: build/npm/.installed

try-npm:
	@command -v npm >/dev/null && $(MAKE) --no-print-directory npm || \
		echo 'Without npm, the pages on htmx and Turbo and the check of the script are left out: install Node.js' >&2

build/npm/.installed: Makefile
	mkdir -p build/npm
	npm install --no-save --no-audit --no-fund --prefix build/npm $(LIBRARIES)
	@touch $@

bench: .venv/.bench
	$(BIN)/python -m benchmarks

PRETTIER := build/npm/node_modules/.bin/prettier --print-width 100
SCRIPTS := aiohttp_flashbag/browser/*.js

lint: .venv/.test .venv/.bench try-npm
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	@if [ -d build/npm ]; then $(PRETTIER) --check $(SCRIPTS); fi

format: .venv/.test try-npm
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	@if [ -d build/npm ]; then $(PRETTIER) --write $(SCRIPTS); fi

clean:
	rm -rf .venv build dist *.egg-info .*_cache .hypothesis .coverage* htmlcov tests/screenshots
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp for each set of extras: made once, and again when setup.cfg changes.
.venv/.%: setup.cfg | .venv/pyvenv.cfg
	$(BIN)/python -m pip install --disable-pip-version-check --editable '.[$*]'
	@touch $@

.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo 'Python 3.10 or later is needed: make PYTHON=/path/to/python3' >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv || \
		{ echo 'On Debian and Ubuntu, install it with: apt-get install python3-venv' >&2; exit 1; }
