/* SPDX-License-Identifier: MIT
 *
 * What an attacker says on one connection, one function an attack. They run in the
 * attacker's processes; most never end by themselves.
 */
#ifndef DIMWATCH_TESTS_INTEGRATION_ATTACKS_H
#define DIMWATCH_TESTS_INTEGRATION_ATTACKS_H

#include "agent/base/str.h"
#include "tests/integration/attacker.h"

/* jansson's seed that an attacker hopes for, and in how many buckets all keys meet. */
#define ATTACKED_SEED     1
#define COLLIDING_BUCKETS 1024
#define COLLIDING_KEYS    1000

/* Before the first attacker is made. */
void attacks_prepare(void);

/* Around the body. */
void endless_headers(int fd);
void endless_header_line(int fd);
void endless_interim(int fd);
void endless_trailers(int fd);
void endless_trailer_line(int fd);
void endless_extension(int fd);  /* one chunk's */
void endless_extensions(int fd); /* with a comment's bytes in each chunk */
void gzip_bomb(int fd);          /* 2 GiB of zeros, and says so */
void silent_gzip_bomb(int fd);   /* the same as plain text */

/* The body's size. */
void endless_line(int fd);
void endless_event(int fd); /* of many lines */
void million_events(int fd);
void million_tokens(int fd);
void endless_comments(int fd);
void endless_body(int fd);    /* application/json */
void endless_refusal(int fd); /* under a 503 */

/* What is in it. Events as large as they may be, again and again. */
void deep_json(int fd);
void duplicate_keys(int fd);
void many_objects(int fd);
void many_objects_whole(int fd); /* one JSON body */
void colliding_keys(int fd);
void long_error(int fd);
void wide_error(int fd);
void no_text(int fd);

/* An object of n keys that share one of those buckets under that seed. */
void colliding_json(struct str *out, size_t n);

#endif
