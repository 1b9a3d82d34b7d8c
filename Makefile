# Two commands: `make train` and `make test`. Both first make .venv with the exact versions of requirements.lock.
PYTHON ?= python3
ARGS ?=
VENV := .venv
READY := $(VENV)/ready
IN_VENV := $(VENV)/bin/python
PIP_INSTALL = -m pip install -qq --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help train test lint ui lock clean check-python

help:
	@echo 'make train   train the default classifier; ARGS="model=resnet seed=3" overrides settings'
	@echo 'make test    run the tests; ARGS="tests/data -x" goes to pytest'
	@echo 'make ui      open the tracked runs in the browser (Ctrl-C ends it)'
	@echo 'make lint    check the style of the code'
	@echo 'make lock    write requirements.lock anew from the bounds in pyproject.toml'
	@echo 'make clean   remove .venv; runs, data and the tracking store stay'
	@echo 'Python 3.11 to 3.13 will do: make train PYTHON=python3.12'

train: $(READY)
	@$(IN_VENV) scripts/train.py $(ARGS)

test: $(READY)
	@$(IN_VENV) -m pytest -q $(ARGS)

lint: $(READY)
	@$(IN_VENV) -m ruff check src scripts tests && $(IN_VENV) -m ruff format --check src scripts tests

ui: $(READY)
	@$(IN_VENV) scripts/ui.py $(ARGS)

# The stamp is written last, so that a set-up that was cut off is taken up again.
$(READY): requirements.lock pyproject.toml
	@$(MAKE) --no-print-directory check-python
	@echo 'set-up 1/3: making $(VENV) with $(PYTHON)'
	@$(PYTHON) -m venv $(VENV) || { \
	  echo 'error: $(PYTHON) could not make $(VENV); on Debian and Ubuntu: apt install python3-venv' >&2; exit 2; }
	@echo 'set-up 2/3: installing the packages of requirements.lock (some minutes the first time)'
	@$(IN_VENV) $(PIP_INSTALL) -r requirements.lock
	@echo 'set-up 3/3: installing convpipe itself'
	@$(IN_VENV) $(PIP_INSTALL) --no-deps --editable .
	@touch $@

check-python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || { \
	  echo 'error: $(PYTHON) is not Python 3.11 to 3.13, for which TensorFlow is made; name one that is: make train PYTHON=python3.12' >&2; exit 2; }

# Written from a fresh environment on the oldest Python that is supported. An address in the lock would tie it to one
# machine, so a line that holds one ends the recipe before the old lock is touched.
lock: check-python
	@rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/python $(PIP_INSTALL) --upgrade setuptools '.[test,sweep]'
	@{ echo '# Exact versions for make train and make test, written by make lock.'; \
	   .venv-lock/bin/python -m pip freeze --all --disable-pip-version-check --exclude convpipe --exclude pip; } > .venv-lock/requirements.lock
	@! grep -nE '@|://|^-' .venv-lock/requirements.lock
	@mv .venv-lock/requirements.lock requirements.lock && rm -rf .venv-lock
	@echo "requirements.lock: $$(grep -c == requirements.lock) packages"

clean:
	rm -rf $(VENV) .venv-lock
