# make up      install what is missing, build, run the sample site
# make test    install what the tests need, run all of them
# make bench   measure; ONLY=regexp picks, results in bench/results.json
# make build   only bin/demarc

GO ?= go

.PHONY: up test bench build install install-test check clean

up: install build
	bin/demarc up $(if $(ONCE),--once) $(ARGS)

build:
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/demarc ./cmd/demarc

test: install-test check build
	$(GO) test -timeout 14m ./...

check:
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo "gofmt would change the files above"; exit 1; }
	$(GO) vet ./...

bench: install-test build
	$(GO) run ./bench $(if $(ONLY),-only '$(ONLY)')

install:
	scripts/install run

install-test:
	scripts/install test

clean:
	rm -rf bin
