/* SPDX-License-Identifier: MIT
 *
 * What the fuzz targets share: the promise that must hold, the readable form of their
 * inputs (lines "key: value", then "---", then a body), the planted key and the one
 * oracle that finds it again. A target is one function; libFuzzer drives it in a clang
 * build (run.sh), replay.c feeds it the corpus in every build.
 */
#ifndef DIMWATCH_TESTS_FUZZ_H
#define DIMWATCH_TESTS_FUZZ_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/rng.h"
#include "agent/base/str.h"
#include "probes/catalogue.h"
#include "probes/sample.h"
#include "probes/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): it holds in every build and ends the process, so that the input is kept.
 */
#define MUST(promise) ((promise) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #promise))
void fuzz_broken(const char *file, int line, const char *promise)
    __attribute__((noreturn));

/* Matches no pattern that redact() knows: only the key itself can be found in it. */
#define FUZZ_KEY "Kq7ZpLANTEDw3Xv9TtR2mN8b"
/* Where a planted secret may never be found: any 8 of its characters in a row, as they
 * stand or behind one level of percent or JSON escapes, ASCII case overlooked. */
bool fuzz_leaks(const char *text, const char *secret);
/* The fuzzer reads this file's strings too: has it written the secret into the input?
 * With anything between its letters that the program drops or replaces. */
bool fuzz_guessed(struct span in, const char *secret);

/* --- inputs ------------------------------------------------------------------------ */

struct span fuzz_span(const uint8_t *data, size_t size);
/* The next line without its end; the rest moves behind it. */
struct span fuzz_line(struct span *rest);
/* The next word, blanks skipped; empty behind the last. */
struct span fuzz_word(struct span *rest);
/* Digits as a number, any other word by its hash: every mutation chooses something. */
uint64_t fuzz_number(struct span word, uint64_t below);
/* Seed that an input always gives. */
uint64_t fuzz_seed(struct span in);
/* A copy with its NUL for functions that take text; free it. NULs are dropped. */
char *fuzz_text(struct span in);

/* Lines "key: value", a line "---", the body. Without such a line all is body. */
struct story {
	struct span head; /* borrowed */
	struct str body;  /* owned, expanded */
};
void story_init(struct story *s, struct span in);
void story_fini(struct story *s);
/* The n-th value of a key, trimmed; false when there are fewer. */
bool story_value(const struct story *s, const char *key, size_t n, struct span *ret);
uint64_t story_number(
    const struct story *s, const char *key, uint64_t below, uint64_t otherwise);
/* "header: Name: value", each expanded into `bytes`, which the spans point into. */
void story_wire_head(
    const struct story *s, int status, struct str *bytes, struct wire_head *ret);
/* "end: reset" by wire_code, "phase: 4"; times before the phase are reached. */
void story_wire_end(const struct story *s, struct wire_end *ret);

/* {{KEY}} {{KEY%}} {{KEYu}} {{KEY^}}: the planted key as it is, with percent or JSON
 * escapes for some letters, in other case; {{1000 text}}: so many times (at most
 * FUZZ_MAX_EXPANDED bytes in all). */
#define FUZZ_MAX_EXPANDED ((size_t)2 << 20)
void fuzz_expand(struct str *out, struct span in, const char *key);

/* --- oracles ----------------------------------------------------------------------- */

/* The NUL stands within size, and it is UTF-8. */
bool fuzz_is_text(const char *p, size_t size);
/* The same, and nothing in it that moves a cursor. */
bool fuzz_is_line(const char *p, size_t size);
/* "LINE:COLUMN: " within a text of so many lines, then something more. */
bool fuzz_is_placed(const char *message, struct span text);
/* What holds for every sample, whoever made it from whatever. */
void fuzz_check_sample(const struct sample *s, const char *key);

/* The compiled-in providers, loaded once. */
const struct catalogue *fuzz_catalogue(void);

#endif
