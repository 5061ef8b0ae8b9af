# log-group-kms. `make help` lists what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# What a user may set: make deploy DEPLOYMENT=prod REGION=eu-west-1.
# DEPLOYMENT is a file in parameters/. An empty REGION is AWS_REGION,
# AWS_DEFAULT_REGION or the AWS CLI's. PARAMETERS (Name=value ...) win over the
# deployment's file. With CONFIRM=no SAM does not ask before it changes a stack.
# SAMFLAGS are more flags for sam deploy. ADDRESS is the local AWS's.
DEPLOYMENT ?= default
STACK      ?= log-group-kms
REGION     ?=
PARAMETERS ?=
CONFIRM    ?= yes
SAMFLAGS   ?=
INPUT      ?= {"action":"sweep"}
EVENT      ?=
FILE       ?= rules.yaml
ADDRESS    ?= 127.0.0.1:4566
# More flags for the local AWS, such as -undeployed.
LOCAL_AWS  ?=
# Commands read these from the environment, where no shell takes quotes, braces
# and spaces for its own.
export DEPLOYMENT STACK REGION PARAMETERS CONFIRM SAMFLAGS INPUT EVENT FILE

BUILD   := .build
# The same flags everywhere, so that the same source gives the same bytes.
GOFLAGS_ARTEFACT := -trimpath -buildvcs=false -tags lambda.norpc -ldflags "-s -w -buildid="
goarch  = $(if $(filter x86_64,$(1)),amd64,$(1))
# The race detector needs a C compiler; without one the tests still run.
RACE    = $(shell command -v "$$(go env CC)" >/dev/null 2>&1 && echo -race)

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^##@ /{printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Look

.PHONY: demo
demo: $(BUILD)/host/bootstrap $(BUILD)/host/log-group-kms ## watch the real programs work against the bundled local AWS
	@go run ./tests/demo -function $(BUILD)/host/bootstrap -command-line $(BUILD)/host/log-group-kms -report $(BUILD)/demo.html

.PHONY: invoke
invoke: $(BUILD)/host/bootstrap ## send it an event of your own: EVENT=my.json
	@go run ./tests/invoke -function $< -event "$$EVENT"

.PHONY: local-aws
local-aws: needs-go ## the local AWS as a server, on ADDRESS
	@go run ./tests/localaws -addr $(ADDRESS) $(LOCAL_AWS)

##@ Deploy

.PHONY: check-rules
check-rules: $(BUILD)/host/deploy ## find every fault in a file of rules: FILE=rules.yaml
	@$< -file "$$FILE" check-rules

.PHONY: parameters
parameters: $(BUILD)/host/deploy ## find every fault in parameters/DEPLOYMENT, and write it for sam and aws
	@$< -deployment "$$DEPLOYMENT" parameters

.PHONY: deploy
deploy: $(BUILD)/host/deploy ## build, deploy and verify: DEPLOYMENT=... STACK=... REGION=...
	@$< -deployment "$$DEPLOYMENT" -stack "$$STACK" -region "$$REGION" -confirm "$$CONFIRM" deploy

.PHONY: verify
verify: $(BUILD)/host/deploy ## have the deployed STACK check itself and, in a dry run, show its plan
	@$< -stack "$$STACK" -region "$$REGION" verify

.PHONY: sweep
sweep: needs-aws ## start a sweep of the deployed STACK and wait for its end: INPUT='{"action":"sweep"}'
	@scripts/sweep.sh "$$STACK" "$$INPUT"

##@ Ask

# With your own credentials; nothing is changed. ARGS are more flags, such as "-o html".
ARGS ?=
named = $(if $(strip $(STACK)),--stack "$$STACK") $(if $(strip $(REGION)),--region "$$REGION") $(ARGS)

.PHONY: audit
audit: $(BUILD)/host/log-group-kms ## every log group, its key and why: STACK=... REGION=... ARGS="-o html"
	@$< audit $(named)

.PHONY: explain
explain: $(BUILD)/host/log-group-kms ## why a log group gets its key: NAME=/the/log/group STACK=... REGION=...
	@$< explain $(named) -- $(NAME)

.PHONY: doctor
doctor: $(BUILD)/host/log-group-kms ## is the deployment alive: STACK=... REGION=...
	@$< doctor $(named)

##@ Test

.PHONY: test
test: needs-go ## everything that needs nothing but Go
	go test $(RACE) -shuffle=on -count=1 $(TESTFLAGS) ./...

# The packages alone, without running processes: for the daily round.
.PHONY: check
check: needs-go ## what is quick of it: the packages, no processes
	go test -shuffle=on ./internal/... ./cmd/...

SECONDS ?= 45
SEED    ?= 0
.PHONY: soak
soak: $(BUILD)/host/bootstrap ## simulate days of the whole system: SECONDS=600 SEED=7
	@go run ./tests/soak -function $< -seconds $(SECONDS) -seed $(SEED)

.PHONY: lint
lint: lint-go lint-deploy ## gofmt, vet, staticcheck, tidy check; templates and Terraform

.PHONY: lint-go
lint-go: needs-go
	@unformatted=$$(gofmt -l $$(go list -f '{{.Dir}}' ./...)); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...
	go mod tidy -diff
	go mod verify

.PHONY: lint-deploy
lint-deploy: .venv-lint/done $(BUILD)/template.packaged.yaml
	.venv-lint/bin/cfn-lint template.yaml $(BUILD)/template.packaged.yaml deploy/*.yaml
	.venv-lint/bin/python scripts/terraform.py deploy/terraform $(BUILD)/template.packaged.yaml

.PHONY: proof
proof: .venv-proof/done ## template and state machine on emulators of AWS (needs Python; minutes)
	@PYTHONWARNINGS=ignore .venv-proof/bin/python -B -m unittest discover -v -s tests/template

.PHONY: e2e
e2e: ## the real SAM CLI, with the function in containers; says first what it installs
	@scripts/e2e.sh

.PHONY: bench
bench: $(BUILD)/host/bootstrap $(BUILD)/host/floor ## measure against a bare floor program and AWS's limits (minutes)
	@go run ./tests/bench -function $(BUILD)/host/bootstrap -floor $(BUILD)/host/floor $(BENCH)

.PHONY: vuln
vuln: needs-go ## known vulnerabilities in what the artefact is made of
	@scripts/vuln.sh

.PHONY: pictures
pictures: $(BUILD)/host/bootstrap ## draw the pictures in docs/ anew; that of a page needs Chromium
	@go run ./tests/pictures -function $<

##@ Build

.PHONY: build
build: $(BUILD)/arm64/bootstrap $(BUILD)/x86_64/bootstrap ## the Lambda artefact for both processors, in .build
	@ls -l $^

# The command line for the usual machines; the function is for Lambda's alone.
PLATFORMS := linux-amd64 linux-arm64 darwin-amd64 darwin-arm64 windows-amd64 windows-arm64
cli-binary = $(BUILD)/cli/log-group-kms-$(1)$(if $(findstring windows,$(1)),.exe)

.PHONY: cli
cli: $(BUILD)/host/log-group-kms $(foreach p,$(PLATFORMS),$(call cli-binary,$(p))) ## the command line log-group-kms, for this machine and the usual ones, in .build
	@ls -l $^

.PHONY: sbom
sbom: $(BUILD)/arm64/bootstrap $(BUILD)/x86_64/bootstrap ## what the artefact is made of, as CycloneDX, beside each in .build
	@scripts/sbom.sh $^

.PHONY: release
release: sbom $(BUILD)/template.packaged.yaml | .venv-lint/done ## zips, SBOMs, the plain template and their checksums, in .build/release
	.venv-lint/bin/cfn-lint $(BUILD)/template.packaged.yaml
	@go run ./tools/release -from $(BUILD) -to $(BUILD)/release

.PHONY: clean
clean: ## remove what was built and installed here
	rm -rf $(BUILD) .aws-sam .venv-lint .venv-proof .venv-e2e

# --- Behind these ---------------------------------------------------------------

# Go knows better than make which files a binary depends on, and has a cache.
.PHONY: FORCE
FORCE:

$(BUILD)/host/bootstrap: PACKAGE := ./cmd/handler
$(BUILD)/host/log-group-kms: PACKAGE := ./cmd/log-group-kms
$(BUILD)/host/floor:     PACKAGE := ./tests/bench/floor
$(BUILD)/host/deploy:    PACKAGE := ./tools/deploy

# The first build on a machine is long and would be silent.
$(BUILD)/host/%: FORCE | needs-go
	@[ -e $@ ] || echo "building $(PACKAGE); where Go has not built it before it compiles the AWS SDK, which takes a few minutes" >&2
	@CGO_ENABLED=0 go build $(GOFLAGS_ARTEFACT) -o $@ $(PACKAGE)

$(BUILD)/cli/log-group-kms-%: FORCE | needs-go
	@CGO_ENABLED=0 GOOS=$(word 1,$(subst -, ,$(basename $*))) GOARCH=$(word 2,$(subst -, ,$(basename $*))) go build $(GOFLAGS_ARTEFACT) -o $@ ./cmd/log-group-kms

$(BUILD)/arm64/bootstrap $(BUILD)/x86_64/bootstrap: $(BUILD)/%/bootstrap: FORCE | needs-go
	CGO_ENABLED=0 GOOS=linux GOARCH=$(call goarch,$*) go build $(GOFLAGS_ARTEFACT) -o $@ ./cmd/handler

# What `sam build` calls, for each function, by the Makefile in scripts/sam/ that
# template.yaml names by its parameter Architecture; that one sets ARCH. Without it
# a program for one processor could be deployed for another, and die there.
build-%: | needs-go
	@[ -n "$(ARCH)" ] || { echo "sam build: template.yaml must name scripts/sam/ARCHITECTURE as the functions' ContextPath" >&2; exit 1; }
	@go run ./tools/deploy -file "$$RULES_FILE" -to "$$ARTIFACTS_DIR" pack-rules
	CGO_ENABLED=0 GOOS=linux GOARCH=$(call goarch,$(ARCH)) go build $(GOFLAGS_ARTEFACT) -o "$$ARTIFACTS_DIR/bootstrap" ./cmd/handler

# The template as CloudFormation alone takes it: stack sets and Terraform refuse
# SAM's transform.
$(BUILD)/template.packaged.yaml: FORCE | .venv-lint/done
	@.venv-lint/bin/python scripts/package.py $@

.venv-lint/done: scripts/requirements.txt | needs-python
	@$(call venv,.venv-lint,$<,cfn-lint and SAM's translator)

.venv-proof/done: tests/template/requirements.txt | needs-python
	@$(call venv,.venv-proof,$<,moto cfn-lint and SAM's translator)

# $(call venv,FOLDER,REQUIREMENTS,WHAT) makes a virtual environment.
define venv
echo "installing $(3) into $(1)" >&2; rm -rf $(1); \
python3 -m venv $(1) || { echo "$(MAKECMDGOALS): this needs Python's venv module: on Debian and Ubuntu, apt-get install python3-venv" >&2; exit 1; }; \
$(1)/bin/pip install --quiet --disable-pip-version-check -r $(2) || { echo "$(2) could not be installed: that needs PyPI, or the index that pip is configured for" >&2; exit 1; }; \
touch $(1)/done
endef

# $(call needs,TEST,WHAT,HOW) gives a sentence in place of "command not found".
needs = @$(1) >/dev/null 2>&1 || { echo "make $(MAKECMDGOALS) needs $(2): $(3)" >&2; exit 1; }

.PHONY: needs-go needs-python needs-aws
needs-go:
	$(call needs,command -v go,Go $(shell awk '$$1 == "go" {print $$2}' go.mod) or newer,https://go.dev/dl/)
needs-python:
	$(call needs,python3 -c 'import sys; sys.exit(sys.version_info < (3$(comma) 11))',python3 3.11 or newer,https://www.python.org/downloads/)
needs-aws:
	$(call needs,command -v aws,the AWS CLI,pip install awscli)
comma := ,
