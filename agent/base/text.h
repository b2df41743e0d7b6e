/* SPDX-License-Identifier: MIT
 *
 * Bytes of strangers on their way to people: UTF-8 repair and the one function that
 * makes text harmless for a terminal or a log line.
 */
#ifndef DIMWATCH_BASE_TEXT_H
#define DIMWATCH_BASE_TEXT_H

#include <stdint.h>

#include "agent/base/str.h"

/* Bytes of the well-formed sequence at the start of `in`; 0: none, or `in` is empty. */
size_t utf8_decode(struct span in, uint32_t *ret_cp);
/* Length of the longest prefix of at most max bytes that ends on a code point (an
 * unfinished character at the very end of `in` is left out too). */
size_t utf8_cut(struct span in, size_t max);
bool utf8_valid(struct span in);
size_t utf8_count(struct span in); /* code points; an invalid byte counts as one */
/* Appends `in` with every invalid byte replaced by U+FFFD, NUL and other C0 controls
 * (except \n and \t) dropped: fit for JSON, SQLite text and chat payloads. */
void text_clean(struct str *out, struct span in);
/* Appends `in` fit for a terminal or a log line: C0 (newline and tab included), C1, DEL,
 * line separators, bidi controls, zero-width and tag characters (U+061C, U+200B-200F,
 * U+2028-202E, U+2060, U+2066-2069, U+FEFF, U+E0000-E007F) and invalid bytes become \xNN
 * or \u{NNNN}. The result never contains 0x1b. */
void text_printable(struct str *out, struct span in);
/* Terminal columns of printable UTF-8: East Asian wide characters count two. */
size_t text_columns(struct span in);

#endif
