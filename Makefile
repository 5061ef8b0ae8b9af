# log-group-kms. `make help` lists what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := help

ARCH    ?= arm64# of the deployed function: arm64 or x86_64
STACK   ?= log-group-kms
ADDRESS ?= 127.0.0.1:4566# of the local AWS

BUILD   := .build
# The same flags everywhere, so that the same source gives the same bytes.
GOFLAGS_ARTEFACT := -trimpath -buildvcs=false -tags lambda.norpc -ldflags "-s -w -buildid="
goarch  = $(if $(filter x86_64,$(1)),amd64,$(1))
# The race detector needs a C compiler; without one the tests still run.
RACE    := $(shell command -v "$$(go env CC)" >/dev/null 2>&1 && echo -race)

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
CFN_LINT    := cfn-lint==1.51.0

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(BUILD)/host/bootstrap ## watch the real function work against the bundled local AWS
	@go run ./tests/demo -function $(BUILD)/host/bootstrap -events events

.PHONY: test
test: ## everything that needs nothing but Go
	go test $(RACE) -shuffle=on -count=1 $(TESTFLAGS) ./...

.PHONY: proof
proof: .venv-proof/done ## template and state machine on emulators of AWS (needs Python; two minutes and the installation)
	@PYTHONWARNINGS=ignore .venv-proof/bin/python -B -m unittest discover -v -s tests/template

.venv-proof/done: tests/template/requirements.txt
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "make proof needs python3, version 3.11 or newer; install it. make test needs none." >&2; exit 1; }
	@rm -rf .venv-proof
	@python3 -m venv .venv-proof || { echo "make proof needs Python's venv module: on Debian and Ubuntu, apt-get install python3-venv" >&2; exit 1; }
	@echo "installing moto, cfn-lint and SAM's translator into .venv-proof"
	@.venv-proof/bin/pip install --quiet --disable-pip-version-check -r tests/template/requirements.txt || \
		{ echo "make proof could not install tests/template/requirements.txt: it needs to reach PyPI, or the index that pip is configured for" >&2; exit 1; }
	@touch $@

.PHONY: lint
lint: lint-go lint-template ## gofmt, vet, staticcheck, tidy check, template

.PHONY: lint-go
lint-go:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...
	go mod tidy -diff
	go mod verify

.PHONY: lint-template
lint-template: .venv-lint/done
	.venv-lint/bin/cfn-lint template.yaml

.venv-lint/done: Makefile
	@command -v python3 >/dev/null || { echo "make lint needs python3 for the template; install it, or run 'make lint-go' alone" >&2; exit 1; }
	rm -rf .venv-lint
	python3 -m venv .venv-lint
	.venv-lint/bin/pip install --quiet --disable-pip-version-check $(CFN_LINT)
	@touch $@

.PHONY: bench
bench: $(BUILD)/host/bootstrap $(BUILD)/host/floor ## measure against a bare floor program, and sweeps against AWS's limits (takes minutes)
	@go run ./tests/bench -function $(BUILD)/host/bootstrap -floor $(BUILD)/host/floor $(BENCH)

.PHONY: local-aws
local-aws: ## the bundled local AWS in the foreground, on ADDRESS
	@go run ./tests/localaws -addr $(ADDRESS)

.PHONY: build
build: ## the Lambda artefact for both architectures, in .build/arm64 and .build/x86_64
	@$(MAKE) --no-print-directory $(BUILD)/arm64/bootstrap $(BUILD)/x86_64/bootstrap
	@ls -l $(BUILD)/*64/bootstrap

.PHONY: e2e
e2e: ## the real SAM CLI, with the function in containers; installs what it needs if it may
	@scripts/e2e.sh

.PHONY: sbom
sbom: $(BUILD)/arm64/bootstrap $(BUILD)/x86_64/bootstrap ## what the artefact is made of, as CycloneDX, beside each in .build
	@scripts/sbom.sh $^

.PHONY: vuln
vuln: ## known vulnerabilities in what the artefact is made of
	@scripts/vuln.sh

# Go knows better than make which files a binary depends on, and has a cache.
.PHONY: FORCE
FORCE:

$(BUILD)/host/bootstrap: FORCE
	@CGO_ENABLED=0 go build $(GOFLAGS_ARTEFACT) -o $@ ./cmd/handler

$(BUILD)/host/floor: FORCE
	@CGO_ENABLED=0 go build $(GOFLAGS_ARTEFACT) -o $@ ./tests/bench/floor

$(BUILD)/%/bootstrap: FORCE
	CGO_ENABLED=0 GOOS=linux GOARCH=$(call goarch,$*) go build $(GOFLAGS_ARTEFACT) -o $@ ./cmd/handler

# What `sam build` calls. A rules file is packaged if there is one.
.PHONY: build-EventFunction build-SweepFunction
build-EventFunction build-SweepFunction:
	CGO_ENABLED=0 GOOS=linux GOARCH=$(call goarch,$(ARCH)) go build $(GOFLAGS_ARTEFACT) -o $(ARTIFACTS_DIR)/bootstrap ./cmd/handler
	@if [ -f rules.yaml ]; then cp rules.yaml $(ARTIFACTS_DIR)/; fi

.PHONY: deploy
deploy: ## build and deploy with the SAM CLI; PARAMETERS="Name=value ..."
	@command -v sam >/dev/null || { echo "make deploy needs the AWS SAM CLI: pip install aws-sam-cli" >&2; exit 1; }
	ARCH=$(ARCH) sam build --parameter-overrides Architecture=$(ARCH) $(PARAMETERS)
	sam deploy --stack-name $(STACK) --parameter-overrides Architecture=$(ARCH) $(PARAMETERS)

.PHONY: sweep
sweep: ## start a sweep of the deployed STACK and wait for its end; INPUT='{"action":"sweep",...}'
	@bash scripts/sweep.sh "$(STACK)" '$(or $(INPUT),{"action":"sweep"})'

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BUILD) .aws-sam .venv-lint .venv-proof .venv-e2e
