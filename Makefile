# make up      install what is missing, build, run the sample site
# make test    install what the tests need, run all of them
# make bench   measure; ONLY=regexp picks, results in bench/results.json
# make story   one story of stories/: make story S=s2
# make build   only bin/demarc

GO ?= go

.PHONY: up test bench story build install install-test check clean

up: install build
	bin/demarc up $(if $(ONCE),--once) $(ARGS)

build:
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/demarc ./cmd/demarc

test: install-test check build
	$(GO) test -timeout 14m ./...

check:
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo "gofmt would change the files above"; exit 1; }
	$(GO) vet ./...

story: install-test
	$(GO) test -count=1 -v -run 'TestStories/$(if $(S),^$(S)($$|-))' ./stories

bench: install-test build
	$(GO) run ./bench $(if $(ONLY),-only '$(ONLY)')

install:
	scripts/install run

install-test:
	scripts/install test

clean:
	rm -rf bin
