#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the fuzz targets with clang, libFuzzer and the sanitizers, and runs each for so
# many seconds, one at a time on one core. What is found new stays in the build directory
# (BUILD/fuzz/corpus/NAME), and so does an input that breaks something.
#
# Usage: tests/fuzz/run.sh SECONDS [BUILD] [NAME...]      BUILD: build-fuzz
set -u

usage() {
	sed -n 's/^# \(Usage: .*\)/\1/p' "$0" >&2
	exit 2
}

case "${1:-}" in
'' | *[!0-9]*) usage ;;
esac
seconds=$1
here=$(cd "$(dirname "$0")" && pwd)
root=${DIMWATCH_SOURCE:-$(cd "$here/../.." && pwd)}
build=${2:-$root/build-fuzz}
shift
[ $# -gt 0 ] && shift

names=$*
if [ -z "$names" ]; then
	for f in "$here"/*_fuzz.c; do
		f=${f##*/}
		names="$names ${f%_fuzz.c}"
	done
fi

bail() {
	echo "Bail out! $*"
	exit 3
}

clang=${CC:-clang}
command -v "$clang" >/dev/null || bail "$clang is needed: apt-get install clang libclang-rt-14-dev"
if [ ! -f "$build/build.ninja" ]; then
	# no-recover: whatever a sanitizer finds ends the run.
	CC=$clang meson setup "$build" "$root" -Db_sanitize=address,undefined -Db_lundef=false \
		-Dc_args='-fsanitize=fuzzer-no-link -fno-sanitize-recover=all' \
		>"$build.log" 2>&1 || bail "meson setup failed, see $build.log"
fi
targets=
for name in $names; do
	targets="$targets tests/fuzz/fuzz_$name"
done
# shellcheck disable=SC2086
ninja -C "$build" -j2 $targets >"$build.log" 2>&1 || bail "the build failed, see $build.log"

# The seeds of a target: its corpus and the test data that meson.build names.
seeds_of() {
	echo "$here/corpus/$1"
	case $1 in
	classify | exchange | sse) echo "$here/../data/wire" ;;
	config) echo "$here/../data/configs/good" "$here/../data/configs/broken" ;;
	esac
}

n=0
failed=0
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
for name in $names; do
	n=$((n + 1))
	new=$build/fuzz/corpus/$name
	log=$build/fuzz/$name.log
	artefacts=$build/fuzz/$name-
	mkdir -p "$new"
	set -- "$new"
	for seeds in $(seeds_of "$name"); do
		set -- "$@" "$seeds"
	done
	[ -f "$here/dict/$name" ] && set -- "-dict=$here/dict/$name" "$@"
	if "$build/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=20 \
		-rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 \
		-artifact_prefix="$artefacts" "$@" >"$log" 2>&1; then
		echo "ok $n - $name"
	else
		failed=1
		echo "not ok $n - $name"
		sed -n 's/.*Test unit written to \(.*\)/# input: \1/p; /does not hold:/s/^/# /p; /ERROR: /s/^/# /p; /runtime error:/s/^/# /p' "$log"
		echo "# log: $log"
	fi
	sed -n 's/^stat::number_of_executed_units: */# executions: /p' "$log"
done
echo "1..$n"
exit $failed
