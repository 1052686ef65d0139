# Everything is run from here; `make help` lists it. Paths stay relative, so that spaces in them do no harm.
PYTHON := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help run web test test-browser test-faults lint format texts bench bench-full compare demo pin clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1	/p' Makefile | expand -t 20

run: .venv/run.stamp ## start everything; Ctrl-C stops it
	@$(PYTHON) -m ops.run

web: .venv/run.stamp ## start the web server alone
	@$(PYTHON) -m ops.web

demo: .venv/run.stamp ## fill a space "Demo" with believable data
	@$(PYTHON) -m flask --app wsgi demo

test: .venv/dev.stamp ## run the test suite, unit to browser
	@sh ops/test_machine.sh
	@$(PYTHON) -m pytest

test-browser: .venv/dev.stamp ## only the part in a real browser
	@sh ops/test_machine.sh
	@$(PYTHON) -m pytest tests/e2e

test-faults: .venv/dev.stamp ## kill, freeze and starve real processes (slow)
	@sh ops/test_machine.sh
	@$(PYTHON) -m pytest -m slow_faults -n 0 tests/faults

lint: .venv/dev.stamp ## check format, style, types and import rules
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@$(PYTHON) -m mypy app workers ops
	@.venv/bin/lint-imports --no-logo

format: .venv/dev.stamp ## put the code into its format
	@.venv/bin/ruff check --select I --fix .
	@.venv/bin/ruff format .

texts: .venv/dev.stamp ## list the texts for translators anew
	@.venv/bin/pybabel --quiet extract -F babel.cfg -k _l -k N_ -k lazy_gettext --no-wrap --omit-header --sort-by-file \
		--no-location -o app/translations/messages.pot .
	@.venv/bin/pybabel --quiet update -i app/translations/messages.pot -d app/translations --no-wrap \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	@.venv/bin/pybabel --quiet compile -d app/translations

bench: .venv/dev.stamp ## measure against the baselines
	@$(PYTHON) -m bench

bench-full: .venv/dev.stamp ## the same with large data (long)
	@$(PYTHON) -m bench --full

DRIVER ?= bench/drivers/hookdesk.py
compare: .venv/dev.stamp ## measure a webhook server through its driver: DRIVER=path/to/driver.py
	@$(PYTHON) -m bench.compare --driver "$(DRIVER)"

pin: ## pin requirements*.txt anew, with hashes (needs uv)
	@uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 \
		--output-file requirements.txt requirements.in
	@uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-annotate \
		--constraints requirements.txt --output-file requirements-dev.txt requirements-dev.in

clean: ## remove the virtual environment and caches; data in instance/ stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build test-results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A link to a Python that has gone counts as missing; `activate` is what venv writes last, so half an
# environment counts as missing too.
$(PYTHON) .venv/bin/activate:
	@test -x $(PYTHON) -a -e .venv/bin/activate || sh ops/make_venv.sh

.venv/run.stamp: requirements.txt | $(PYTHON) .venv/bin/activate
	@echo "Installing what Hookdesk runs on ..."
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(PYTHON) -m compileall -q app workers ops wsgi.py
	@touch $@

# Holds everything of the other one too, pinned alike.
.venv/dev.stamp: requirements-dev.txt | $(PYTHON) .venv/bin/activate
	@echo "Installing what the tests need ..."
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(PYTHON) -m compileall -q app workers ops wsgi.py
	@touch $@
