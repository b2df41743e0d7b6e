/* SPDX-License-Identifier: MIT
 *
 * A provider as the catalogue describes it: the account system, its hosts, its dialect,
 * its price and the table that says what its errors mean. A plain value, read from one
 * YAML file (probes/catalogue/), living in an arena.
 */
#ifndef DIMWATCH_PROBES_PROVIDER_H
#define DIMWATCH_PROBES_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/outcome.h"
#include "probes/price_hours.h"

struct provider_region {
	const char *id;       /* "global", "singapore" */
	const char *base_url; /* scheme, host, prefix; no final slash */
};

/* One row of the error table: tried in order, the first hit wins. */
struct error_row {
	int http; /* 0 = any status; 200 = inside a successful body or stream */
	/* Where to look: dotted path, "*" body text, "header:NAME". */
	const char *const *paths;
	size_t n_paths;
	/* Exact value, "~text" case-insensitive substring, "*" any. */
	const char *const *matches;
	size_t n_matches;
	enum outcome outcome;
	const char *note; /* for people; may be NULL */
};

/* One way the genuine refusal of a request without a key looks: the status and a hit. */
struct door_row {
	int http; /* never 0 */
	const char *const *paths;
	size_t n_paths;
	const char *const *matches;
	size_t n_matches;
};

/* What a finish reason means when it is not simply good. */
struct finish_row {
	const char *reason;
	enum outcome outcome;
};

/* A model that its house will switch off. */
struct shutdown_row {
	const char *model;
	const char *date; /* YYYY-MM-DD: the first day without it */
};

struct price {
	char currency[4];                          /* "" = unknown */
	int64_t in_nano_per_tok, out_nano_per_tok; /* nano-units a token; -1 = unknown */
};

struct provider {
	const char *id;   /* "deepseek" */
	const char *name; /* "DeepSeek" */
	const char *otel; /* gen_ai.provider.name; the id when there is none */
	const char *dialect;
	const struct provider_region *regions; /* the first is the default */
	size_t n_regions;
	const char *chat_path;   /* "{model}" is filled in */
	const char *models_path; /* behind the base URL; NULL: models_url, or no list */
	const char *models_url; /* complete, where the list is on another host; or NULL */
	bool models_open;       /* answered without a key: it proves only the edge */
	const char *embedding_path, *embedding_model; /* NULL: none */
	const char *health_path; /* of a server of one's own, from its root; or NULL */
	const char *auth_header, *auth_scheme; /* scheme "" = bare key */
	const char *key_env;                   /* NULL: needs no key */
	bool key_optional;
	const char *const *extra_headers; /* "Name: value" */
	size_t n_extra_headers;
	const char *model; /* the probe's default model; NULL: the config must name one */
	int max_tokens;    /* never 1 on a reasoning model */
	const char *max_tokens_field; /* "max_tokens" or "max_completion_tokens" */
	const char *extra_body;       /* JSON object merged into the request, or NULL */
	const char *const *fallback_models;
	size_t n_fallback_models;
	const char *const *retired_models;
	size_t n_retired_models;
	const struct shutdown_row *shutdowns; /* models whose end has a date */
	size_t n_shutdowns;
	const char *retired; /* the service itself ended: YYYY-MM-DD; NULL: it lives */
	const char *retired_why; /* one sentence, with what to ask instead */
	struct price price;      /* at the dearest hour */
	const struct price_hours *price_hours; /* NULL: the same all day */
	const char *price_note;                /* may be NULL */
	const char *const *request_id_headers;
	size_t n_request_id_headers;
	const struct finish_row *finishes;
	size_t n_finishes;
	const struct error_row *errors;
	size_t n_errors;
	const struct door_row *door; /* what a request without a key is told */
	size_t n_door;               /* 0: not known, or it lets anybody in */
	/* Its own status page; NULL: none that a program can read. */
	const char *page_kind, *page_url; /* page_kinds(); complete */
	const char *page_site;            /* the same for people; or NULL */
	const char *const *page_parts;    /* components that matter to an API */
	size_t n_page_parts;              /* 0: all of them */
	const char *const *siblings;      /* other account systems of the same house */
	size_t n_siblings;
	bool self_hosted;
	const char *sources; /* where the facts come from, for people */
	const char *checked; /* date of the facts, YYYY-MM-DD */
	const char *notes;   /* may be NULL */
};

#endif
