# Nothing here but calls to cargo and to scripts/. `make` alone lists the targets.

.DEFAULT_GOAL := help
.PHONY: help run test soak api web web-test web-bench screenshots build check fmt fuzz bench docs

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: build ## build everything and run the recorder with demo calls; Ctrl-C stops it
	target/release/earwitness serve --demo

build: web ## build the release binary, target/release/earwitness, with the web page inside
	scripts/need build
	cargo build --release --locked -p earwitness

test: check build ## everything that must be right before a change lands
	scripts/need test
	scripts/web run -s test
	cargo test --workspace --exclude e2e --locked
	EARWITNESS_BIN=$(CURDIR)/target/release/earwitness scripts/e2e
	$(MAKE) api
	EARWITNESS_BIN=$(CURDIR)/target/release/earwitness cargo run --release --locked -p bench -- check
	scripts/follow-readme

soak: build ## what takes long: a hundred kills at random instants
	scripts/need test
	EARWITNESS_BIN=$(CURDIR)/target/release/earwitness EARWITNESS_KILLS=100 \
		cargo test -p e2e --locked --test kills_at_random_instants -- --nocapture

api: build ## the API from outside, in Python: contract, uploads, live calls, slow readers
	scripts/need api
	EARWITNESS_BIN=$(CURDIR)/target/release/earwitness python3 -B -m unittest discover -s e2e/api

web: ## build the web page into web/dist, which the next cargo build embeds
	scripts/need web
	scripts/build-web

web-test: build ## the web page: its own tests, then the real binary in a real browser
	scripts/need web-test
	scripts/web run -s test
	EARWITNESS_BIN=$(CURDIR)/target/release/earwitness scripts/web run -s e2e

screenshots: build ## pictures of every page of the web page, into docs/screenshots
	scripts/need web-test
	EARWITNESS_BIN=$(CURDIR)/target/release/earwitness scripts/web run -s screenshots

web-bench: build ## what the web page costs: click to sound, and the list of folder EARWITNESS_ROWS
	scripts/need web-test
	EARWITNESS_BIN=$(CURDIR)/target/release/earwitness scripts/web run -s bench

check: ## formatting, lints, documentation, house rules
	scripts/need build
	scripts/need web
	scripts/web run -s check
	cargo fmt --all --check
	rustfmt --check --edition 2024 fuzz/targets/*.rs
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cp Cargo.lock fuzz/Cargo.lock
	CUSTOM_LIBFUZZER_PATH=$(CURDIR)/fuzz/Cargo.toml cargo check \
		--manifest-path fuzz/Cargo.toml --target-dir $(or $(CARGO_TARGET_DIR),target)
	RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps --locked
	cargo test -p tidy --locked

fmt: ## format everything
	cargo fmt --all
	scripts/need web
	scripts/web run -s fix

fuzz: ## run each fuzzer for FUZZ_SECONDS (60); see docs/fuzzing.md
	scripts/need fuzz
	scripts/fuzz

bench: build ## what it costs, beside floors and peers: some 20 minutes, or PART=capture for one
	scripts/need bench
	EARWITNESS_BIN=$(CURDIR)/target/release/earwitness cargo run --release --locked -p bench -- $(PART)

docs: ## build the documentation of the crates and say where it is
	cargo doc --workspace --no-deps --locked
	@echo target/doc/earwitness/index.html
