#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the fuzz targets with clang, libFuzzer and the sanitizers, and runs each for so
# many seconds, JOBS of them at a time (default: one a core). Prints TAP, one case a
# target. What is found new stays in the build directory (BUILD/fuzz/corpus/NAME), and so
# does an input that breaks something; in the corpus of the tree it becomes a test. With 0
# seconds they are only built.
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
root=$(cd "$here/../.." && pwd)
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
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}

bail() {
	echo "Bail out! $*"
	exit 3
}

clang=${CC:-clang}
command -v "$clang" >/dev/null || bail "$clang is needed: apt-get install clang libclang-rt-14-dev"
mkdir -p "$build"
log=$build/fuzz-build.log
if [ ! -f "$build/build.ninja" ]; then
	# no-recover: whatever a sanitizer finds ends the run.
	CC=$clang meson setup "$build" "$root" -Db_sanitize=address,undefined -Db_lundef=false \
		-Dc_args='-fsanitize=fuzzer-no-link -fno-sanitize-recover=all' \
		>"$log" 2>&1 || bail "meson setup failed, see $log"
fi
targets=
for name in $names; do
	targets="$targets tests/fuzz/fuzz_$name"
done
# shellcheck disable=SC2086
ninja -C "$build" $targets >"$log" 2>&1 || bail "the build failed, see $log"
[ "$seconds" -gt 0 ] || exit 0

# The seeds of a target: its corpus and the test data that meson.build names.
seeds_of() {
	echo "$here/corpus/$1"
	case $1 in
	classify | exchange | sse) echo "$here/../data/wire" ;;
	config) echo "$here/../data/configs/good" "$here/../data/configs/broken" ;;
	esac
}

# Exit status and words are left in files: several of these run at a time.
fuzz() {
	new=$build/fuzz/corpus/$1
	mkdir -p "$new"
	rm -f "$build/fuzz/$1.rc"
	set -- "$1" "$new"
	for seeds in $(seeds_of "$1"); do
		set -- "$@" "$seeds"
	done
	name=$1
	shift
	[ -f "$here/dict/$name" ] && set -- "-dict=$here/dict/$name" "$@"
	"$build/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=20 \
		-rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 \
		-artifact_prefix="$build/fuzz/$name-" "$@" >"$build/fuzz/$name.log" 2>&1
	echo $? >"$build/fuzz/$name.rc"
}

export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
began=$(date +%s)
mkdir -p "$build/fuzz"
lane=0
while [ "$lane" -lt "$jobs" ]; do
	(
		i=0
		for name in $names; do
			[ $((i % jobs)) -ne "$lane" ] || fuzz "$name"
			i=$((i + 1))
		done
	) &
	lane=$((lane + 1))
done
wait

n=0
failed=0
sum=0
least=
least_name=
for name in $names; do
	n=$((n + 1))
	log=$build/fuzz/$name.log
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	runs=${runs:-0}
	sum=$((sum + runs))
	if [ -z "$least" ] || [ "$runs" -lt "$least" ]; then
		least=$runs
		least_name=$name
	fi
	if [ "$(cat "$build/fuzz/$name.rc")" = 0 ]; then
		echo "ok $n - $name"
	else
		failed=$((failed + 1))
		echo "not ok $n - $name"
		sed -n 's/.*Test unit written to \(.*\)/# input: \1/p; /does not hold:/s/^/# /p; /ERROR: /s/^/# /p; /runtime error:/s/^/# /p' "$log"
		echo "# log: $log"
	fi
	echo "# $name: executions: $runs"
done
echo "# evidence fuzz: $n targets, $seconds s each, $sum executions under ASan and UBSan (fewest: $least_name, $least), $failed broken"
echo "# seconds: $(($(date +%s) - began))"
echo "1..$n"
[ "$failed" -eq 0 ]
