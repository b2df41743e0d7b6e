/* SPDX-License-Identifier: MIT
 *
 * A world for the loader that is a table: variables and files of secrets, the same for
 * every test. And short ways to load a text and to look at what was complained about.
 */
#ifndef DIMWATCH_TESTS_CONF_FIXTURE_H
#define DIMWATCH_TESTS_CONF_FIXTURE_H

#include "agent/conf.h"

#define FIXTURE_SLACK                                                                    \
	"https://hooks.slack.com/services/T0000/B0000/abcdefghijklmnopqrstuvwx"
#define FIXTURE_SECRET "whsec_ZGltd2F0Y2gtdGVzdC1zZWNyZXQtMzItYnl0ZXMtb2s="

/* Strict: what the table does not name is not set. */
struct conf_world fixture_world(void);
/* Every variable has a fitting value: for configs of the documents. */
struct conf_world fixture_generous_world(void);

/* As the file "c.yaml"; problems are initialised here, free them. */
struct conf *fixture_load(const char *text, struct conf_problems *ret_problems);
/* Loads or fails the test, without errors; warnings are fine. */
struct conf *fixture_good(const char *text);
/* The file tests/data/configs/good/NAME.yaml. */
struct conf *fixture_data(const char *name);
/* The target of that name, which must be there. */
const struct target *fixture_target(const struct conf *c, const char *name);
/* Exactly one problem: its text, in a buffer of the fixture; fails otherwise. */
const char *fixture_only_problem(const char *text, bool warning);

/* The whole file, or fails the test; free it. NULL when there is none and `may_miss`. */
char *fixture_read(const char *path, bool may_miss);

#endif
