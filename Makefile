# Every task of the project. Works with GNU Make 3.81 (macOS) and later.

PYTHON ?=
JOBS ?= 2
PORT ?= 8000
# How many threads the benchmarks use: one run for each number.
THREADS ?= 1 2

VENV := .venv
PY := $(VENV)/bin/python
BOOK_READY := $(VENV)/.installed-book
ALL_READY := $(VENV)/.installed-all
BOOK_BUILT := _build/.book-built

# What the book is made of. A change in any of it builds the book again.
BOOK_SOURCES := _config.yml constraints.txt $(shell find book lecturekit notebooks -type f \
    -not -path '*/__pycache__/*' -not -path '*/.ipynb_checkpoints/*')

INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt

# Progress bars print nothing where output is compared. Tests run side by side, so each gets one
# thread for NumPy: threads that wait for a core that is busy make it many times slower.
# A GPU, if there is one, is hidden: the stored numbers are those of a CPU. Only test-gpu uses it.
PYTEST := TQDM_DISABLE=1 CUDA_VISIBLE_DEVICES=-1 $(PY) -m pytest
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

# The stored outputs are those of the book's own digits. With LECTUREKIT_DATA=mnist the notebooks
# run, and what they assert must hold, but their outputs are not compared.
LECTUREKIT_DATA ?= digits
export LECTUREKIT_DATA
NBVAL := $(if $(filter mnist,$(LECTUREKIT_DATA)),--nbval-lax,--nbval)

# The kernel named python3 is the one in $(VENV), whatever the user has installed elsewhere.
export JUPYTER_PREFER_ENV_PATH := 1

# Two installations into one environment at a time would spoil it.
.NOTPARALLEL:
.PHONY: help book serve lab test test-gpu notebooks exercises repository weights study mnist-study mnist-accuracy jury digits figures lint clean distclean
.PHONY: benchmark benchmark-numpy benchmark-ascent benchmark-pages benchmark-class

help:
	@echo "make book       build the book in _build/html and print the page to open"
	@echo "make serve      show the book at http://127.0.0.1:$(PORT)/ (PORT=8000)"
	@echo "make lab        open the notebooks in JupyterLab"
	@echo "make test       run every test: package, notebooks, built book (JOBS=2)"
	@echo "make test-gpu   run the tests that need a GPU, and fail where there is none"
	@echo "make notebooks  execute the notebooks again and store their outputs"
	@echo "make exercises  make the exercise notebooks from the solution notebooks again"
	@echo "make repository  write the address in _config.yml into the notebooks, for Colab"
	@echo "make weights    train the bundled weights again"
	@echo "make study      train chapter 5's networks with ten seeds again"
	@echo "make mnist-accuracy  train the lecture's networks on MNIST and print what they read"
	@echo "make mnist-study  the same, and the comparison of the appendix, again"
	@echo "make jury       train the networks that judge chapter 6's drawings again"
	@echo "make digits     make the bundled digits file again"
	@echo "make figures    draw the pictures of the introduction again"
	@echo "make benchmark  all of the next three, each for a page of the book"
	@echo "make benchmark-numpy  measure the NumPy code (THREADS=\"1 2\")"
	@echo "make benchmark-ascent  measure gradient ascent beside tf-keras-vis (THREADS=\"1 2\")"
	@echo "make benchmark-pages  measure the built pages in a browser"
	@echo "make benchmark-class  measure what many readers and learners need"
	@echo "make lint       ruff, mypy, codespell"
	@echo "make clean      remove the built book and caches"
	@echo "make distclean  remove $(VENV) too"
	@echo
	@echo "The first task that needs it makes $(VENV) with Python 3.11, 3.12 or 3.13;"
	@echo "PYTHON=/path/to/python names the one to use."

# ---------------------------------------------------------------- environment

$(PY):
	@PYTHON="$(PYTHON)" sh tools/make_venv.sh $(VENV)

# The book needs no TensorFlow: it is built from what the notebooks have stored.
$(BOOK_READY): pyproject.toml constraints.txt | $(PY)
	@echo "Installing what the book needs: one to three minutes"
	@$(INSTALL) -e ".[book]"
	@touch $@

$(ALL_READY): pyproject.toml constraints.txt | $(PY)
	@echo "Installing everything, TensorFlow too: two to five minutes"
	@$(INSTALL) -e ".[all]"
	@touch $(BOOK_READY) $@

# ----------------------------------------------------------------------- book

book: $(BOOK_BUILT)
	@echo "The book is built. Open this page:"
	@echo "  file://$$(pwd | sed 's/ /%20/g')/_build/html/index.html"

# From nothing each time: a warm build copies no changed static file, keeps the pages
# of deleted chapters, and shows only the warnings of the pages that changed.
$(BOOK_BUILT): $(BOOK_SOURCES) | $(BOOK_READY)
	@rm -rf _build
	$(VENV)/bin/jupyter-book build . --config _config.yml --toc book/_toc.yml -W -n --keep-going
	@touch $@

serve: book
	@echo "http://127.0.0.1:$(PORT)/ (Ctrl-C ends it)"
	@$(PY) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

# ------------------------------------------------ notebooks and bundled files

lab: $(ALL_READY)
	$(PY) -m jupyter lab notebooks

notebooks: $(ALL_READY)
	$(PY) tools/execute_notebooks.py notebooks/*.ipynb

exercises: $(ALL_READY)
	$(PY) tools/make_exercises.py

repository: $(ALL_READY)
	$(PY) tools/set_repository.py

weights: $(ALL_READY)
	$(PY) tools/train_weights.py

jury: $(ALL_READY)
	$(PY) tools/train_jury.py

study: $(ALL_READY)
	$(PY) tools/seed_study.py

mnist-study: $(ALL_READY)
	$(PY) tools/mnist_study.py --jobs $(JOBS)

mnist-accuracy: $(ALL_READY)
	$(PY) tools/mnist_study.py --jobs $(JOBS) --only accuracy

digits: $(ALL_READY)
	$(PY) tools/make_digits.py

figures: $(BOOK_READY)
	$(PY) tools/make_figures.py

# ----------------------------------------------------------------- benchmarks

# Nothing else should run meanwhile.
benchmark: benchmark-numpy benchmark-ascent benchmark-pages

# Libraries read how many threads they may use while they are loaded: a process for each number.
benchmark-numpy: $(ALL_READY)
	@mkdir -p .benchmarks
	@rm -f .benchmarks/threads_*.json
	@for n in $(THREADS); do \
	    echo "THREADS=$$n: about four minutes"; \
	    OMP_NUM_THREADS=$$n OPENBLAS_NUM_THREADS=$$n MKL_NUM_THREADS=$$n \
	    TF_NUM_INTRAOP_THREADS=$$n TF_NUM_INTEROP_THREADS=$$n \
	    $(PYTEST) -q -p no:cacheprovider benchmarks/test_speed.py --benchmark-only \
	        --benchmark-disable-gc --benchmark-quiet \
	        --benchmark-json=.benchmarks/threads_$$n.json || exit 1; \
	done
	$(PY) benchmarks/report.py .benchmarks/threads_*.json

benchmark-ascent: $(ALL_READY)
	@mkdir -p .benchmarks
	@echo "Gradient ascent: about eight minutes"
	$(PY) benchmarks/ascent.py .benchmarks/ascent.json --threads $(THREADS)
	$(PY) benchmarks/ascent_report.py .benchmarks/ascent.json

benchmark-pages: $(ALL_READY) $(BOOK_BUILT)
	@mkdir -p .benchmarks
	@echo "The pages: about seven minutes"
	$(PY) benchmarks/pages.py .benchmarks/pages.json
	$(PY) benchmarks/pages_report.py .benchmarks/pages.json

# Not a page of its own: the numbers stand in book/teaching.md.
benchmark-class: $(ALL_READY) $(BOOK_BUILT)
	$(PY) benchmarks/page_server.py _build/html notebooks/02_convolution
	$(PY) benchmarks/kernel_memory.py notebooks/*.ipynb

# ---------------------------------------------------------------------- tests

# Three steps, since nbval may share notebooks among processes only file by file,
# and the tests of the built book read what the first two have just vouched for.
test: $(ALL_READY) $(BOOK_BUILT)
	$(ONE_THREAD) $(PYTEST) -n $(JOBS) --dist loadgroup --ignore=tests/book
	$(ONE_THREAD) $(PYTEST) -n $(JOBS) --dist loadfile $(NBVAL) --nbval-current-env \
	    --nbval-sanitize-with tests/nbval_sanitize.cfg --nbval-cell-timeout 600 notebooks
	$(PYTEST) tests/book

test-gpu: $(ALL_READY)
	LECTUREKIT_REQUIRE_GPU=1 TQDM_DISABLE=1 $(PY) -m pytest -m gpu tests

lint: $(ALL_READY)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/codespell

clean:
	rm -rf _build .benchmarks .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV) .javascript lecturekit.egg-info
