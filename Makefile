# Most targets first make .venv with the exact versions of requirements.lock.
PYTHON ?= python3
ARGS ?=
WORKERS ?= 2
VENV := .venv
READY := $(VENV)/ready
IN_VENV := $(VENV)/bin/python
PIP_INSTALL = -m pip install -qq --disable-pip-version-check
CODE := src scripts tests docs
TEXT := $(CODE) conf data/README.md results/README.md README.md CONTRIBUTING.md CHANGELOG.md Makefile pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help train test fuzz coverage lint docs try-docs ui lock wheel check-wheel clean check-python

help:
	@echo 'make train      train the default classifier; ARGS="model=resnet seed=3" overrides settings'
	@echo 'make test       run the tests; ARGS is passed to pytest: ARGS="tests/data -x", quick tests only: ARGS="-m '"'not slow'"'"'
	@echo 'make fuzz       read ten thousand damaged files and check the values'
	@echo 'make lint       check style, types, the layers of the package, spelling and words'
	@echo 'make docs       build the documentation into docs/_build/html/; warnings and dead links are errors'
	@echo 'make try-docs   run every command of README and docs with small settings (ten minutes)'
	@echo 'make coverage   run the tests and report the lines that they cover'
	@echo 'make ui         open the tracked runs in the browser (Ctrl-C ends it)'
	@echo 'make wheel      build a wheel into dist/; make check-wheel tests it in a new environment and an empty folder'
	@echo 'make lock       write requirements.lock again from the bounds in pyproject.toml'
	@echo 'make clean      remove .venv and dist/; keep runs, data and the tracking store'
	@echo 'Python 3.11 to 3.13 is supported: make train PYTHON=python3.12'

train: $(READY)
	@$(IN_VENV) scripts/train.py $(ARGS)

# One worker per core with one thread each, because the networks in tests are small.
test: $(READY)
	@TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 OMP_NUM_THREADS=1 \
	  $(IN_VENV) -m pytest -q -n $(WORKERS) --dist worksteal $(ARGS)

# Ten thousand damaged files for all readers together; make test uses a few hundred.
fuzz: $(READY)
	@CONVPIPE_FUZZ=480 $(IN_VENV) -m pytest -q -n $(WORKERS) tests/data/test_damaged_files.py $(ARGS)

coverage: $(READY)
	@TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 OMP_NUM_THREADS=1 \
	  $(IN_VENV) -m pytest -q -n $(WORKERS) --dist worksteal --cov --cov-report=term:skip-covered --cov-report=html $(ARGS)
	@echo 'line by line: htmlcov/index.html'

lint: $(READY)
	@$(IN_VENV) -m ruff check $(CODE)
	@$(IN_VENV) -m ruff format --check $(CODE)
	@$(IN_VENV) -m mypy
	@$(VENV)/bin/lint-imports --no-cache | tail -n +2
	@$(VENV)/bin/codespell $(TEXT)
	@! grep --recursive --line-number -I --ignore-case --word-regexp --extended-regexp --file=docs/avoided_words.txt \
	  --exclude-dir=_build --exclude-dir=__pycache__ --exclude=avoided_words.txt --exclude=CONTRIBUTING.md --exclude=*.svg --exclude=*.txt $(TEXT) \
	  || { echo 'error: use the words of CONTRIBUTING.md instead (words to avoid: docs/avoided_words.txt)' >&2; exit 1; }

# Warnings are errors. Links to missing pages and headings are warnings.
docs: $(READY)
	@$(IN_VENV) docs/tables.py --check
	@$(IN_VENV) -m sphinx --fail-on-warning --keep-going --quiet --builder html docs docs/_build/html
	@echo 'documentation: docs/_build/html/index.html'

try-docs: $(READY)
	@$(IN_VENV) docs/run_commands.py

ui: $(READY)
	@$(IN_VENV) scripts/ui.py $(ARGS)

wheel: $(READY)
	@rm -rf dist
	@$(IN_VENV) -m pip wheel -qq --disable-pip-version-check --no-deps --wheel-dir dist .

# Installs as a user does: in a new environment and an empty folder, without this checkout.
check-wheel: wheel
	@rm -rf .venv-wheel && $(PYTHON) -m venv .venv-wheel
	@.venv-wheel/bin/python $(PIP_INSTALL) --constraint requirements.lock dist/convpipe-*.whl
	@empty=$$(mktemp -d) && cd $$empty && unset CONVPIPE_HOME && \
	  "$(CURDIR)/.venv-wheel/bin/convpipe" train data=gunpoint training.epochs=2 && \
	  test -f runs/*/*/result.json && test -f mlflow.db && rm -rf $$empty
	@rm -rf .venv-wheel

# The stamp file is written last, so that an interrupted setup starts again.
$(READY): requirements.lock pyproject.toml
	@$(MAKE) --no-print-directory check-python
	@echo 'setup 1/3: creating $(VENV) with $(PYTHON)'
	@$(PYTHON) -m venv $(VENV) || { \
	  echo 'error: $(PYTHON) cannot create $(VENV); on Debian and Ubuntu: apt install python3-venv' >&2; exit 2; }
	@echo 'setup 2/3: installing the packages of requirements.lock (some minutes the first time)'
	@$(IN_VENV) $(PIP_INSTALL) -r requirements.lock
	@echo 'setup 3/3: installing convpipe'
	@$(IN_VENV) $(PIP_INSTALL) --no-deps --editable .
	@touch $@

check-python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || { \
	  echo 'error: $(PYTHON) is not Python 3.11 to 3.13, which TensorFlow needs; name another one: make train PYTHON=python3.12' >&2; exit 2; }

# Run this with the oldest supported Python. A URL or path in the lock would tie it to one machine: if a line contains one,
# the recipe stops and keeps the old lock.
lock: check-python
	@rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/python $(PIP_INSTALL) --upgrade setuptools '.[test,lint,docs,sweep]'
	@{ echo '# Exact versions for development, written by make lock.'; \
	   .venv-lock/bin/python -m pip freeze --all --disable-pip-version-check --exclude convpipe --exclude pip; } > .venv-lock/requirements.lock
	@! grep -nE '@|://|^-' .venv-lock/requirements.lock
	@mv .venv-lock/requirements.lock requirements.lock && rm -rf .venv-lock
	@echo "requirements.lock: $$(grep -c == requirements.lock) packages"

clean:
	rm -rf $(VENV) .venv-lock .venv-wheel dist
