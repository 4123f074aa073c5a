# The door to the project. CMake and Ninja do the work in build/; this file knows which words to say to them.

PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
CMAKE_FLAGS ?=
CTEST_FLAGS ?=
FUZZ_SECONDS ?= 60
FUZZ_RUNS ?= 10000000
SOAK_MINUTES ?= 60
SOAK_SEEDS ?= $(shell date +%s)000000..
ROUNDS ?= 3
SECONDS ?= 2

CONFIGURE = cmake -G Ninja $(CMAKE_FLAGS)
BUILD = cmake --build
CTEST = ctest --output-on-failure --no-tests=error -j $(JOBS) $(CTEST_FLAGS)

.PHONY: all build demo test test-node bench bench-bindings fuzz soak asan tsan coverage planted install clean format lint help

all: build

help:
	@echo 'make             build the library and the tools into build/'
	@echo 'make demo        a server and a client talk over a bad network, in half a minute'
	@echo 'make test        every test'
	@echo 'make test-node   the tests of the binding for Node in every Node that NODE_BINARIES names'
	@echo 'make bench       one table of this library and the limit of this machine, and of another one that GNS_LIB names'
	@echo '                 (ROUNDS=$(ROUNDS) SECONDS=$(SECONDS) BENCH="bulk tick" CSV=FILE JSON=FILE; see docs/performance.md)'
	@echo 'make bench-bindings'
	@echo '                 messages of 100 bytes through each binding, and in C (ROUNDS=$(ROUNDS) BENCH="luajit node")'
	@echo 'make fuzz        fuzz every target for FUZZ_SECONDS=$(FUZZ_SECONDS) (clang, address and undefined sanitizers)'
	@echo 'make fuzz-long   the same without sanitizers, FUZZ_RUNS=$(FUZZ_RUNS) inputs for each, which takes hours'
	@echo 'make soak        simulate worlds on JOBS=$(JOBS) processors for SOAK_MINUTES=$(SOAK_MINUTES), with seeds not seen before'
	@echo '                 (SOAK_SEEDS=A.. begins with seed A)'
	@echo 'make asan        every test with the address and undefined-behaviour sanitizers'
	@echo 'make tsan        the threaded tests with the thread sanitizer'
	@echo 'make coverage    what the tests run of src/, by floor, and whether it is enough; report in build-coverage/html'
	@echo 'make planted     whether the tests notice bugs that are planted (tests/planted)'
	@echo 'make install     into PREFIX=$(PREFIX), below DESTDIR if that is set'
	@echo 'make format      format the sources'
	@echo 'make lint        check format, scripts, manual pages, and the sources with cppcheck, -fanalyzer and clang-tidy'
	@echo 'make clean       remove the build directories'

# The tests need packages that the library does not, so they join the build when somebody first asks for them.
build/CMakeCache.txt:
	@scripts/dependencies.sh build
	$(CONFIGURE) -S . -B build -DFUMAROLE_TESTS=OFF

build: build/CMakeCache.txt
	$(BUILD) build -j $(JOBS)

demo: build
	build/fumarole demo

test:
	@scripts/dependencies.sh test
	$(CONFIGURE) -S . -B build -DFUMAROLE_TESTS=ON
	$(BUILD) build -j $(JOBS)
	$(CTEST) --test-dir build

test-node:
	@scripts/dependencies.sh test
	@$(MAKE) --no-print-directory build
	NODE_BINARIES='$(NODE_BINARIES)' tests/bindings/node/other_nodes.sh build

bench:
	@scripts/dependencies.sh bench
	@$(MAKE) --no-print-directory build
	bench/run.py --rounds '$(ROUNDS)' --seconds '$(SECONDS)' $(if $(GNS_LIB),--peer '$(GNS_LIB)') \
		$(if $(CSV),--csv '$(CSV)') $(if $(JSON),--json '$(JSON)') $(BENCH)

bench-bindings:
	@scripts/dependencies.sh bindings
	@$(MAKE) --no-print-directory build/CMakeCache.txt
	$(CONFIGURE) -S . -B build
	$(BUILD) build -j $(JOBS)
	bench/bindings/run.py --rounds '$(ROUNDS)' $(BENCH)

fuzz:
	@scripts/dependencies.sh fuzz
	CC=clang CXX=clang++ $(CONFIGURE) -S . -B build-fuzz -DFUMAROLE_FUZZ=ON -DFUMAROLE_TESTS=OFF \
		-DFUMAROLE_TOOLS=OFF -DFUMAROLE_BINDINGS=OFF -DFUMAROLE_SANITIZE=address,undefined,fuzzer-no-link
	$(BUILD) build-fuzz -j $(JOBS)
	fuzz/run.sh build-fuzz $(FUZZ_SECONDS)

fuzz-long:
	@scripts/dependencies.sh fuzz
	CC=clang CXX=clang++ $(CONFIGURE) -S . -B build-fuzz-long -DFUMAROLE_FUZZ=ON -DFUMAROLE_TESTS=OFF \
		-DFUMAROLE_TOOLS=OFF -DFUMAROLE_BINDINGS=OFF -DFUMAROLE_SANITIZE=fuzzer-no-link
	$(BUILD) build-fuzz-long -j $(JOBS)
	fuzz/run.sh -runs $(FUZZ_RUNS) build-fuzz-long 0

soak: build
	build/fumarole-sim --seeds '$(SOAK_SEEDS)' --minutes '$(SOAK_MINUTES)' --jobs '$(JOBS)'

asan:
	@scripts/dependencies.sh test
	$(CONFIGURE) -S . -B build-asan -DFUMAROLE_SANITIZE=address,undefined
	$(BUILD) build-asan -j $(JOBS)
	$(CTEST) --test-dir build-asan

tsan:
	@scripts/dependencies.sh test
	$(CONFIGURE) -S . -B build-tsan -DFUMAROLE_SANITIZE=thread
	$(BUILD) build-tsan -j $(JOBS)
	$(CTEST) --test-dir build-tsan -L threads

coverage:
	@scripts/dependencies.sh coverage
	CC=gcc CXX=g++ $(CONFIGURE) -S . -B build-coverage -DFUMAROLE_COVERAGE=ON -DFUMAROLE_BINDINGS=OFF
	$(BUILD) build-coverage -j $(JOBS)
	tests/coverage/run.sh build-coverage $(JOBS)

planted:
	@scripts/dependencies.sh planted
	CMAKE_FLAGS='$(CMAKE_FLAGS)' CTEST_FLAGS='$(CTEST_FLAGS)' JOBS='$(JOBS)' tests/planted/run.sh

install: build
	DESTDIR='$(DESTDIR)' cmake --install build --prefix '$(PREFIX)'

format:
	git ls-files -z '*.c' '*.h' '*.cpp' | xargs -0 -r clang-format -i

lint:
	@scripts/dependencies.sh lint
	scripts/lint.sh

clean:
	rm -rf build build-asan build-tsan build-fuzz build-fuzz-long build-lint build-coverage
