# Every task that a person or CI runs. `make` alone lists them.

CARGO ?= cargo
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# Seconds that each fuzz target runs.
FUZZ_SECONDS ?= 60
# Bad links that `make soak` tries; each plays a tenth of the cases.
SOAK_SEEDS ?= 10000
DENY := target/tools/bin/cargo-deny
FUZZ := target/tools/bin/cargo-fuzz

.PHONY: help demo test lint deny docs bench soak fuzz need-build need-test need-bench

help: ## List the tasks
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: need-build ## Build, dissect sample captures, and judge the built-in endpoints
	$(CARGO) build --release
	@./docs/demo.sh target/release

test: need-build need-test ## Run all tests
	$(CARGO) test --workspace

lint: need-build deny ## Check formatting, lints, documentation and licences
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items --quiet

deny: $(DENY)
	$(DENY) check --hide-inclusion-graph bans licenses sources

$(DENY):
	$(CARGO) install --quiet --locked --no-default-features --root target/tools cargo-deny

docs: need-build ## Write the documents that are generated (docs/requirements.md)
	$(CARGO) run --quiet -p mpconform -- requirements --format markdown > docs/requirements.new
	mv docs/requirements.new docs/requirements.md

bench: need-build need-test need-bench ## Cases per second; speed and memory beside tshark and tcpdump (10 minutes; BENCH_MB=100 is shorter)
	$(CARGO) build --release --quiet
	$(CARGO) run --release --quiet -p mpconform --example plays
	python3 dissector/benches/run.py

soak: need-build ## Play the cases over SOAK_SEEDS (10,000) bad links
	MPCONFORM_SEEDS=$(SOAK_SEEDS) $(CARGO) test --release -p mpconform --test self_check bad_link

fuzz: need-build $(FUZZ) ## Fuzz each parser for FUZZ_SECONDS (60)
	$(CARGO) run --quiet --release --manifest-path dissector/fuzz/Cargo.toml --example seed
	@cd dissector/fuzz && for target in options frames files dissector; do \
	  RUSTC_BOOTSTRAP=1 ../../$(FUZZ) fuzz run --fuzz-dir . $$target -- \
	    -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=1500 || exit 1; done

$(FUZZ):
	$(CARGO) install --quiet --locked --root target/tools cargo-fuzz

# What has to be on the machine comes from the system's package manager, and only if it's missing.
# $(call need,COMMAND OR FILE TEST,PACKAGES)
define need
	@$(1) >/dev/null 2>&1 || { command -v apt-get >/dev/null || { \
	  echo "please install: $(2)" >&2; exit 1; }; \
	  echo "installing $(2)" >&2; $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(2) >/dev/null; }
endef

need-build:
	$(call need,command -v cc,build-essential)
	$(call need,test -e /usr/include/pcap/pcap.h,libpcap-dev)

need-test:
	$(call need,command -v tshark,tshark)
	$(call need,command -v tcpdump,tcpdump)
	$(call need,command -v python3,python3)
	$(call need,command -v xmllint,libxml2-utils)
	$(call need,perl -MTAP::Parser -e 1,perl)
	$(call need,command -v ip,iproute2)
	$(call need,command -v zstd && command -v lz4 && command -v xz,zstd lz4 xz-utils)

need-bench:
	$(call need,test -x /usr/bin/time,time)
