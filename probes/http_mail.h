/* SPDX-License-Identifier: MIT
 *
 * A request that is a mail: libcurl speaks SMTP, the far side's reply looks like the head
 * of an HTTP answer (its code as status, its words as body), so that a channel reads it
 * as any other. Only probes/http*.c include this.
 */
#ifndef DIMWATCH_PROBES_HTTP_MAIL_H
#define DIMWATCH_PROBES_HTTP_MAIL_H

#include "probes/http_transfer.h"

/* Sets up the easy handle of a request with mail_to. */
CURLcode mail_set(struct http_exchange *x);
/* Before on_done: what the server said last, if it said anything. */
void mail_hand_over(struct http_exchange *x, struct wire_end *end);
void mail_fini(struct http_exchange *x);

#endif
