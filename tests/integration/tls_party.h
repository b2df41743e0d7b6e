/* SPDX-License-Identifier: MIT
 *
 * A TLS server that is not ours: the openssl command with a certificate made for this
 * run. It prints what it received, so a test can see which bytes came through.
 */
#ifndef DIMWATCH_TESTS_INTEGRATION_TLS_PARTY_H
#define DIMWATCH_TESTS_INTEGRATION_TLS_PARTY_H

#include <stdbool.h>

struct tls_party; /* opaque */

/* Is the openssl command there? */
bool tls_party_possible(void);
enum tls_cert {
	TLS_CERT_GOOD,      /* for 127.0.0.1, valid for 30 days */
	TLS_CERT_EXPIRED,   /* yesterday */
	TLS_CERT_ELSEWHERE, /* for another host */
};

/* A self-signed certificate of this kind. */
struct tls_party *tls_party_new_with(enum tls_cert cert, const char *option);
/* TLS_CERT_GOOD. `option`: one more option
 * of s_server ("-www": answers GET with a page; "-tls1_1"), or NULL. */
struct tls_party *tls_party_new(const char *option);
void tls_party_free(struct tls_party *p);
int tls_party_port(const struct tls_party *p);
const char *tls_party_cert(const struct tls_party *p); /* path of the PEM file */
/* All it has said so far; what it receives is among it. */
const char *tls_party_said(struct tls_party *p);

#endif
