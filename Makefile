# Every target makes what it needs. The environment is .venv, exactly as requirements.lock has it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
INSTALL := $(UV) pip install --quiet --python $(BIN)/python --constraint requirements.lock --build-constraint requirements.lock
LOCK := $(UV) pip compile pyproject.toml --universal --python-version 3.11 --all-extras --group dev --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.lock
GPU_LOCK := $(UV) pip compile deploy/images/gpu.in --constraint requirements.lock --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
	--generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --output-file deploy/images/gpu.lock

# The hub's proxy comes by npm, which comes with the packages.
PROXY := $(BIN)/python -m hepnb.cluster.proxy_program

# Jupyter finds these in the environment, as copies.
INSTALLED := $(wildcard kernels/*/* notebooks/*.ipynb lab/*.json lab/*/* lab/*/*/*) lib/hepnb/spark/hepnb-spark-python lib/hepnb/cluster/proxy/package-lock.json
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"$$/\1/p' lib/hepnb/__init__.py)
# tests/workers.py says what a worker runs as a whole. WORKERS says how many there are; tests of the platform wait as well
# as compute, hence one more than cores, and those that measure run alone.
IN_UNITS := --dist loadfile --no-loadscope-reorder --durations 25
FIGURES := tests/browser/test_figures.py
# Their times, or a node, are for them alone.
CLUSTER_ALONE := tests/kubernetes/test_figures.py tests/kubernetes/test_lost_node.py
OF_IMAGES = HEPNB_IMAGES="$(or $(IMAGES),localhost/hepnb)" HEPNB_TAG="$(or $(TAG),$(VERSION))"
CHROMIUM := { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } || \
	{ echo "there is no Chromium; on Debian and Ubuntu: sudo apt install chromium" >&2; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help up demo images archive test test-browser test-kubernetes screenshots claims bench lint notebooks chart lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

up: $(VENV)/up.stamp ## start the platform on this machine: notebooks with Spark at http://127.0.0.1:8000
	@$(BIN)/hepnb up $(UP)

demo: $(VENV)/demo.stamp build/demo/dimuon.root ## generate 1,000,000 collisions and reduce them on all cores, into demo-output/
	@$(BIN)/hepnb reduce build/demo/dimuon.root --output demo-output --overwrite

images: $(VENV)/up.stamp ## build the images of the platform on Kubernetes, as IMAGES/hub:TAG, … (deploy/images/build --help)
	@$(BIN)/python deploy/s3a_jars.py
	@$(PROXY) deploy/images/share/proxy
	@deploy/images/build

# Half a minute the first time; each of the tests' hundred starts of Spark takes half the time with it.
archive: $(VENV)/dev.stamp ## make the archive of Java's classes from which Spark starts, where it is not there
	@$(BIN)/python -m hepnb.spark.class_archive >/dev/null

# Else each of some thousand processes compiles the packages that it imports: for Keras that is 7 s.
test test-browser test-kubernetes: export PYTHONDONTWRITEBYTECODE =

test: archive ## run the tests and the notebooks, but for those of the platform
	@$(BIN)/pytest --numprocesses $(or $(WORKERS),2) $(IN_UNITS)

test-browser: archive ## run the tests of the platform, also through Chromium; screenshots are in build/screenshots/
	@command -v chromium chromium-browser google-chrome >/dev/null || $(CHROMIUM)
	@$(BIN)/pytest -m platform --numprocesses $(or $(WORKERS),3) $(IN_UNITS) --ignore $(FIGURES) tests
	@$(BIN)/pytest -m platform $(FIGURES)

test-kubernetes: $(VENV)/dev.stamp ## run the tests that need a cluster, which KUBECONFIG names, with images IMAGES/hub:TAG, …
	@command -v chromium chromium-browser google-chrome >/dev/null || $(CHROMIUM)
	@$(OF_IMAGES) $(BIN)/pytest -m kubernetes $(CLUSTER_ALONE)
	@$(OF_IMAGES) $(BIN)/pytest -m kubernetes --numprocesses $(or $(WORKERS),2) $(IN_UNITS) $(CLUSTER_ALONE:%=--ignore %) tests/kubernetes

screenshots: test-browser ## renew the README's screenshots
	@cp build/screenshots/notebook.png build/screenshots/profiles.png docs/images/

claims: $(VENV)/dev.stamp ## check what is said of the classifiers, on Pythia's collisions (about ten minutes)
	@$(BIN)/pytest -m claims tests/claims

bench: archive ## measure every claim of speed beside its peers, into build/bench/ (about twelve minutes)
	@$(BIN)/python -m benchmarks $(BENCH)

lint: $(VENV)/dev.stamp ## check style, types, layers, spelling and notebooks
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/codespell
	@$(BIN)/nbstripout --verify --keep-output --keep-count notebooks/*.ipynb

notebooks: $(VENV)/dev.stamp ## run the notebooks and keep their new outputs
	@$(BIN)/python -m tests.sessions.serving $(BIN)/jupyter execute --inplace notebooks/*.ipynb
	@$(BIN)/nbstripout --keep-output --keep-count notebooks/*.ipynb

chart: $(VENV)/dev.stamp ## write the chart's files anew from hepnb.cluster
	@$(BIN)/python deploy/chart_files.py

lock: $(VENV)/up.stamp ## compile requirements.lock, environment.yml and the lock of the proxy anew
	@$(LOCK) --upgrade
	@$(GPU_LOCK) --upgrade
	@$(BIN)/python deploy/conda_environment.py
	@$(BIN)/python deploy/proxy_lock.py

clean: ## remove the environment and everything that was built
	@rm -rf $(VENV) build dist demo-output

build/demo/dimuon.root: | $(VENV)/demo.stamp
	@$(BIN)/hepnb generate dimuon --events 1000000 --seed 1 --output $@

$(VENV)/demo.stamp: $(VENV)/uv.stamp pyproject.toml requirements.lock $(INSTALLED)
	@echo "Installing the packages (about a minute the first time) …"
	@$(INSTALL) --editable '.[root,spark,plots]'
	@touch $@

$(VENV)/up.stamp: $(VENV)/uv.stamp pyproject.toml requirements.lock $(INSTALLED)
	@echo "Installing the packages (a minute or two the first time) …"
	@$(INSTALL) --editable '.[hub,ml,remote]'
	@$(PROXY)
	@touch $@

$(VENV)/dev.stamp: $(VENV)/demo.stamp
	@$(INSTALL) --editable '.[root,spark,plots,pythia,ml,jax,hub,remote,kubernetes]' --group dev
	@$(PROXY)
	@touch $@

# uv is the one package that pip installs, at the version and with the hashes of the lock.
$(VENV)/uv.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "hepnb needs Python 3.11 or newer, but '$(PYTHON)' is not; name one with: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null || \
		{ echo "Python cannot make virtual environments here; on Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(VENV)/uv.txt
	@touch $@
