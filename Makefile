# make help lists what can be done. Needs git, make and Python 3.11 or newer, nothing else.
.DEFAULT_GOAL := help
SHELL := /bin/bash
# Where the locale that is set is not installed, Python would not even start in a folder with an umlaut.
export LC_ALL := C.UTF-8
PYTHON ?= python3
VENV := .venv
LAB := .venv-lab
TRIED := .venv-cases
CHECKS := $(VENV)/.checks
TOGETHER := -n 2 --dist loadfile --no-loadscope-reorder
RUN := PYTHONPATH="$(CURDIR)/src" PYTHONHASHSEED=0 $(VENV)/bin/python
UV := $(shell sed -n 's/^uv==\([^ ]*\).*/\1/p' requirements.txt)

# Tests read what others build.
.NOTPARALLEL:
.PHONY: help site verify book paper watch check serve lab test long lint reference reconstruct release withdraw bench cases mutate mutants lock env clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

env: $(VENV)/.ready ## set up .venv from the lock (every target does this by itself)

# Called by this name, so that make -n does not call it.
AGAIN := $(MAKE)

# What each environment is made of; what checks and tests need besides is added to .venv only where one is run.
$(VENV)/.ready: requirements.txt pyproject.toml
$(CHECKS): $(VENV)/.ready requirements-test.txt
$(LAB)/.ready: $(VENV)/.ready requirements-lab.txt docs/jupyterlab.json
$(TRIED)/.ready: $(VENV)/.ready requirements-cases.txt

# One make at a time sets up environments. A make of its own does so, which has the lock and looks anew what is left to
# do. Whatever it starts has the lock too: what outlives a killed make still holds it. (uv has a .lock there already.)
define ALONE
import fcntl, os, sys
try:
    os.makedirs("$(VENV)", exist_ok=True)
    lock = os.open("$(VENV)/.setting-up", os.O_CREAT | os.O_WRONLY)
except OSError as error:
    sys.exit("$(VENV) cannot be set up in this folder: " + error.strerror)
os.set_inheritable(lock, True)
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("another make is setting up an environment in this folder: this one goes on when it has ended", flush=True)
    fcntl.flock(lock, fcntl.LOCK_EX)
os.execvp(sys.argv[1], sys.argv[1:])
endef
export ALONE

ifndef SETTING_UP
$(VENV)/.ready $(CHECKS) $(LAB)/.ready $(TRIED)/.ready:
	@$(PYTHON) -c "$$ALONE" env MAKEFLAGS= $(AGAIN) --silent --no-print-directory SETTING_UP=1 PYTHON="$(PYTHON)" $@
else
$(VENV)/.ready:
	@echo "setting up $(VENV) from requirements.txt"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..." >&2; exit 1; }
	@test -x $(VENV)/bin/pip || $(PYTHON) -m venv $(VENV) || { echo "python's venv module is needed (on Debian: apt install python3-venv)" >&2; exit 1; }
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	@$(VENV)/bin/uv pip sync --quiet --compile-bytecode --python $(VENV)/bin/python --require-hashes requirements.txt
	@$(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

$(CHECKS):
	@echo "adding what checks and tests need to $(VENV) from requirements-test.txt"
	@$(VENV)/bin/uv pip install --quiet --compile-bytecode --python $(VENV)/bin/python --no-deps --require-hashes -r requirements-test.txt
	@touch $@

# JupyterLab has an environment of its own, so that nobody needs it who only builds or tests.
$(LAB)/.ready:
	@echo "setting up $(LAB) from requirements.txt and requirements-lab.txt"
	@$(VENV)/bin/uv venv --quiet --allow-existing --python $(VENV)/bin/python $(LAB)
	@$(VENV)/bin/uv pip sync --quiet --python $(LAB)/bin/python --require-hashes requirements.txt requirements-lab.txt
	@mkdir -p $(LAB)/share/jupyter/lab/settings
	@cp docs/jupyterlab.json $(LAB)/share/jupyter/lab/settings/overrides.json
	@touch $@

# The cases' environment has statsmodels besides, which brings the answers that the surveys are drawn from,
# and scrutipy.
$(TRIED)/.ready:
	@echo "setting up $(TRIED) from requirements.txt and requirements-cases.txt"
	@$(VENV)/bin/uv venv --quiet --allow-existing --python $(VENV)/bin/python $(TRIED)
	@$(VENV)/bin/uv pip sync --quiet --python $(TRIED)/bin/python --require-hashes requirements.txt requirements-cases.txt
	@touch $@
endif

site: env ## build the versioned site into _site/ (FRESH=1: every edition anew; ARCHIVES=dir: unpacked from there)
	@$(RUN) -m keepinpact site $(if $(FRESH),--fresh) $(if $(ARCHIVES),--archives "$(ARCHIVES)")

verify: env ## make the newest edition again, compare it, write a certificate (COPY=folder or archive, SITE=address)
	@$(RUN) -m keepinpact verify $(if $(SITE),--site "$(SITE)") $(if $(COPY),"$(COPY)")

book: env ## build what has changed of the working copy into _build/html/
	@$(RUN) -m keepinpact book

paper: env ## the same, and its PDF
	@$(RUN) -m keepinpact paper

watch: env ## serve the working copy on this machine and build it again after each edit
	@$(RUN) -m keepinpact watch $(OPTIONS)

check: lint book ## what to run before a commit: style, types, data, quotations, prose, links, results
	@$(RUN) -m keepinpact check
	@$(RUN) -m pytest -m check

serve: env ## serve _site/ on this machine
	@test -d _site || { echo "there is no _site/ yet: make site" >&2; exit 1; }
	@echo "http://127.0.0.1:8000/ (stop with Ctrl-C)"
	@$(VENV)/bin/python -m http.server --bind 127.0.0.1 --directory _site 8000

lab: $(LAB)/.ready ## open the chapters as notebooks in JupyterLab
	@PYTHONPATH="$(CURDIR)/src" $(LAB)/bin/jupyter lab --LabApp.default_url=/lab/tree/chapters $(OPTIONS)

lint: $(CHECKS) ## check style, types, spelling and the workflow
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/codespell
	@$(VENV)/bin/zizmor --quiet --offline .github/workflows

# The book takes one processor most of the time, and so do the checks of the code.
test: $(CHECKS) ## run every check, and the tests that take no more than a second or two, nbval included
	@$(AGAIN) --no-print-directory lint & checks=$$!; \
	    $(RUN) -m keepinpact book --fresh && $(RUN) -m keepinpact paper; built=$$?; \
	    wait $$checks && exit $$built
	@$(RUN) -m pytest -m "not long" $(TOGETHER)
	@$(RUN) -m pytest --nbval tests/reference -n 2 --dist loadscope

long: $(CHECKS) $(LAB)/.ready ## run the tests that take longer: whole books, every page, brute force
	@$(RUN) -m keepinpact paper
	@$(RUN) -m pytest -m long $(TOGETHER)

reference: env ## rewrite the reference notebooks that nbval compares with
	@$(RUN) -m keepinpact reference

reconstruct: env ## write data/responses/ from the statements
	@$(RUN) -m keepinpact reconstruct

release: env ## record this revision as an edition (VERSION=x.y.z)
	@test -n "$(VERSION)" || { echo "which version? make release VERSION=x.y.z" >&2; exit 1; }
	@$(RUN) -m keepinpact release $(VERSION)

withdraw: env ## put a notice in the place of a released edition (VERSION=x.y.z, WHY="a sentence for readers")
	@test -n "$(VERSION)" || { echo "which edition? make withdraw VERSION=x.y.z" >&2; exit 1; }
	@$(RUN) -m keepinpact withdraw $(VERSION) $(if $(WHY),--why "$(WHY)")

bench: $(CHECKS) ## measure the audit, up to a million responses, build times and page weights (these against plain jupyter-book)
	@$(RUN) tests/bench_audit.py
	@$(RUN) tests/bench_responses.py
	@$(RUN) tests/bench.py

cases: $(TRIED)/.ready ## try the audit on public cases and on slips in drawn surveys, into data/cases/
	@PYTHONPATH="$(CURDIR)/src" PYTHONHASHSEED=0 $(TRIED)/bin/python tests/cases.py $(OPTIONS)

mutate: $(CHECKS) ## plant slips in copies of the data and say what notices them
	@$(RUN) tests/mutate.py $(OPTIONS)

mutants: $(CHECKS) ## plant slips in copies of the code that computes and say which no test notices
	@$(RUN) tests/mutants.py $(OPTIONS)

lock: env ## write requirements.txt and the locks of tests, JupyterLab and cases anew, and licences.csv
	@for name in requirements requirements-test requirements-lab requirements-cases; do \
	    $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links $$name.in --output-file $$name.txt || exit; \
	done
	@$(MAKE) --no-print-directory env
	@$(RUN) -c 'from keepinpact.editions.software import write_licences; from keepinpact.paths import ROOT; write_licences(ROOT)'

clean: ## delete what was built (not the environment)
	rm -rf _build _site
