/* SPDX-License-Identifier: MIT
 *
 * The languages that news is told in. Names, codes and ids of an incident are the same in
 * all of them; what programs read (a webhook's fields, labels, headers) has none.
 */
#ifndef DIMWATCH_ALERTS_LANGUAGE_H
#define DIMWATCH_ALERTS_LANGUAGE_H

#include <stdbool.h>

enum language { LANGUAGE_EN = 0, LANGUAGE_ZH = 1, LANGUAGE_COUNT };

const char *language_code(enum language l); /* "en" "zh", the config's words */
bool language_find(const char *code, enum language *ret);

/* One sentence in every language: for the table of sentences, alerts/sentences*.h. A
 * translation that is missing does not compile, and the compiler reads the formats of
 * all of them: the same arguments in the same order. */
#define LANGUAGES(l, en, zh) ((l) == LANGUAGE_ZH ? (zh) : (en))

#endif
