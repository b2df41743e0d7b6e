/* SPDX-License-Identifier: MIT
 *
 * What statuses, finish reasons and broken transfers mean when the provider's own rows
 * say nothing: tables only. An unknown 4xx is ours, an unknown 5xx theirs.
 */
#include <string.h>

#include "probes/classify.h"
#include "probes/dialect.h"

/* clang-format off */
static const struct general_row general[] = {
	/* Code words that mean the same wherever they were copied to. */
	{0, 0, "error.code", "insufficient_quota", false, OUTCOME_QUOTA},
	{0, 0, "error.type", "insufficient_quota", false, OUTCOME_QUOTA},
	{0, 0, "error.type", "engine_overloaded_error", false, OUTCOME_OVERLOADED},
	{0, 0, "error.type", "overloaded_error", false, OUTCOME_OVERLOADED},
	{0, 0, "error.code", "server_is_overloaded", false, OUTCOME_OVERLOADED},
	{0, 0, "error.code", "rate_limit_exceeded", false, OUTCOME_RATE_LIMITED},
	{0, 0, "error.code", "invalid_api_key", false, OUTCOME_AUTH},
	{0, 0, "error.code", "model_not_found", false, OUTCOME_MODEL_GONE},
	{0, 0, "error.code", "content_filter", false, OUTCOME_CONTENT_FILTERED},

	{200, 299, NULL, NULL, false, OUTCOME_MALFORMED},
	{300, 399, NULL, NULL, false, OUTCOME_REDIRECTED},

	{401, 401, NULL, NULL, false, OUTCOME_AUTH},
	{402, 402, NULL, NULL, false, OUTCOME_QUOTA},
	/* An edge refused: its page names many things, none of them the reason. */
	{403, 403, NULL, NULL, true, OUTCOME_AUTH},
	{403, 403, "*", "~unsupported_country", false, OUTCOME_FORBIDDEN_REGION},
	{403, 403, "*", "~region", false, OUTCOME_FORBIDDEN_REGION},
	{403, 403, NULL, NULL, false, OUTCOME_AUTH},
	/* Without the word "model" it is the path that is wrong. */
	{404, 404, NULL, NULL, true, OUTCOME_BAD_REQUEST},
	{404, 404, "*", "~model", false, OUTCOME_MODEL_GONE},
	{404, 404, "*", "~deployment", false, OUTCOME_MODEL_GONE},
	{407, 407, NULL, NULL, false, OUTCOME_LOCAL}, /* a proxy between us and them */
	{408, 408, NULL, NULL, false, OUTCOME_TIMEOUT_FIRST_BYTE}, /* they gave up */
	{410, 410, NULL, NULL, false, OUTCOME_MODEL_GONE},
	{424, 424, NULL, NULL, false, OUTCOME_HTTP_5XX}, /* a dependency of theirs */
	{425, 425, NULL, NULL, false, OUTCOME_OVERLOADED},
	{429, 429, NULL, NULL, false, OUTCOME_RATE_LIMITED},
	{451, 451, "*", "~censor", false, OUTCOME_CONTENT_FILTERED},
	{451, 451, "*", "~content", false, OUTCOME_CONTENT_FILTERED},
	{451, 451, NULL, NULL, false, OUTCOME_FORBIDDEN_REGION},
	{498, 498, NULL, NULL, false, OUTCOME_OVERLOADED},
	{499, 499, NULL, NULL, false, OUTCOME_LOCAL}, /* "the client closed" */
	{400, 499, NULL, NULL, false, OUTCOME_BAD_REQUEST},

	{501, 501, NULL, NULL, false, OUTCOME_BAD_REQUEST},
	{503, 503, NULL, NULL, false, OUTCOME_OVERLOADED},
	{529, 529, NULL, NULL, false, OUTCOME_OVERLOADED},
	{500, 599, NULL, NULL, false, OUTCOME_HTTP_5XX},
};

/* Reasons not named here are good. */
static const struct finish_row finishes[] = {
	{"content_filter", OUTCOME_CONTENT_FILTERED},
	{"sensitive", OUTCOME_CONTENT_FILTERED},
	{"insufficient_system_resource", OUTCOME_OVERLOADED},
	{"network_error", OUTCOME_ERROR_IN_STREAM},
	{"error", OUTCOME_ERROR_IN_STREAM},
	{"abort", OUTCOME_ERROR_IN_STREAM},
	{"model_context_window_exceeded", OUTCOME_BAD_REQUEST},
};
/* clang-format on */

const struct general_row *general_rows(size_t *ret_n)
{
	*ret_n = sizeof(general) / sizeof(general[0]);
	return general;
}

static const struct finish_row *find_finish(
    const struct finish_row *rows, size_t n, const char *reason)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(rows[i].reason, reason) == 0)
			return &rows[i];
	}
	return NULL;
}

enum outcome classify_finish(const struct provider *p, const char *reason)
{
	const struct finish_row *row = NULL;
	const struct dialect *d = NULL;

	if (p != NULL)
		row = find_finish(p->finishes, p->n_finishes, reason);
	if (row == NULL && p != NULL && p->dialect != NULL)
		d = dialect_find(p->dialect);
	if (d != NULL)
		row = find_finish(d->finishes, d->n_finishes, reason);
	if (row == NULL)
		row =
		    find_finish(finishes, sizeof(finishes) / sizeof(finishes[0]), reason);
	return row != NULL ? row->outcome : OUTCOME_OK;
}

static enum outcome classify_timeout(enum wire_phase phase)
{
	switch (phase) {
	case PHASE_DNS:
	case PHASE_CONNECT:
	case PHASE_TLS:
		return OUTCOME_TIMEOUT_CONNECT;
	case PHASE_SENT:
		return OUTCOME_TIMEOUT_FIRST_BYTE;
	case PHASE_HEAD:
		return OUTCOME_TIMEOUT_FIRST_TOKEN;
	case PHASE_BODY:
		break;
	}
	return OUTCOME_TIMEOUT_TOTAL;
}

enum outcome classify_wire(const struct wire_end *end)
{
	switch (end->wire) {
	case WIRE_DONE:
	case WIRE_PARTIAL:
		return OUTCOME_TRUNCATED;
	case WIRE_DNS:
		return OUTCOME_DNS;
	case WIRE_REFUSED:
		return OUTCOME_REFUSED;
	case WIRE_CONNECT:
		return OUTCOME_CONNECT;
	case WIRE_TLS:
		return OUTCOME_TLS;
	case WIRE_RESET:
		return OUTCOME_RESET;
	case WIRE_TIMEOUT:
		return classify_timeout(end->phase);
	case WIRE_STALLED:
		return OUTCOME_STALLED;
	case WIRE_TOO_LARGE:
		return OUTCOME_TOO_LARGE;
	case WIRE_HEADERS:
	case WIRE_ENCODED:
	case WIRE_PROTOCOL:
		return OUTCOME_MALFORMED;
	case WIRE_ABORTED:
	case WIRE_DNS_LOCAL:
	case WIRE_NO_ROUTE:
	case WIRE_PROXY:
	case WIRE_LOCAL:
	case WIRE_COUNT:
		break;
	}
	return OUTCOME_LOCAL;
}
