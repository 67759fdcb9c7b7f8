# SPDX-License-Identifier: MIT
# For people who type make; Meson does the work.
BUILD ?= build

all:
	@tools/install-deps build
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD)
	@ninja -C $(BUILD)

# What sendwell is, shown in a minute.
demo: all
	@tools/demo

# Everything that can be tested here.
check:
	@tools/install-deps build test servers
	@tools/check

# A minute for each fuzz target; SW_FUZZ_SECONDS=600 for longer.
fuzz:
	@tools/install-deps build test
	@SW_FUZZ_SECONDS=$${SW_FUZZ_SECONDS:-60} tools/check fuzz

# How fast it is here.
bench: all
	@tools/bench/run $(BUILD)

# Failures whose cause is known, and what the program says of them; root makes the networks. LAB="--filter tls --seed 7".
lab: all
	@tools/install-deps build test servers
	@SW_BUILD=$(BUILD) test/lab/run.py $(LAB)

# What sendwell knows of codes and errors, as two pages for a browser.
reference: all
	@ninja -C $(BUILD) reference
	@echo "$(BUILD)/doc/reference/index.html"

clean:
	rm -rf $(BUILD) build-*

.PHONY: all demo check fuzz bench lab reference clean
