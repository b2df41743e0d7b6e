/* SPDX-License-Identifier: MIT
 *
 * What to probe: one provider x model x region x kind of probe x connection, from the
 * config. Immutable; lives in its config generation's arena. An exchange in flight holds
 * a reference to the generation.
 */
#ifndef DIMWATCH_PROBES_TARGET_H
#define DIMWATCH_PROBES_TARGET_H

#include "agent/base/secret.h"
#include "probes/provider.h"

struct arena;
struct dialect;

/* Stored by their codes: add at the end. */
enum probe_kind {
	PROBE_STREAM,    /* a streamed chat */
	PROBE_CHAT,      /* a chat answered in one piece */
	PROBE_MODELS,    /* the list of models: free, no inference */
	PROBE_DOOR,      /* no key is sent, the genuine refusal is awaited: free */
	PROBE_EMBEDDING, /* one vector */
	PROBE_HEAVY,     /* a streamed chat behind a long prompt */
	PROBE_HTTP,      /* any URL: a status and a text (dialect `http` only) */
	PROBE_KIND_COUNT
};
const char *probe_kind_code(enum probe_kind k); /* "stream" ... */
bool probe_kind_parse(const char *code, enum probe_kind *ret);

enum connection_kind { CONNECTION_COLD, CONNECTION_WARM, CONNECTION_KIND_COUNT };
const char *connection_kind_code(enum connection_kind k);

struct probe_timeouts {
	int64_t total_ms, connect_ms, first_byte_ms, first_token_ms, gap_ms;
};

struct label {
	const char *name, *value;
};

/* An amount per day in nano-units of a currency; nano < 0 = no budget. */
struct budget {
	int64_t nano;
	char currency[4];
};

enum expect_kind {
	EXPECT_NONE,
	EXPECT_CONTAINS,
	EXPECT_EQUALS,
	EXPECT_GLOB,
	EXPECT_THERE, /* the path leads to something */
};

enum ip_family { IP_ANY, IP_V4, IP_V6 };

/* One of the target's own headers. */
struct target_header {
	const char *name;
	const struct secret *value; /* NULL only where secrets were skipped */
	bool is_secret;             /* it came by a reference: never shown */
};

struct target {
	const char *name;
	uint32_t series; /* given by storage's registry after loading */
	const struct provider
	    *provider; /* from the catalogue, or made for `dialect:` + `url:` */
	const struct dialect *dialect;
	const char *model, *region;
	/* The catalogue's model that is gone, in whose place `model` is asked; or NULL.
	 */
	const char *instead_of;
	enum probe_kind kind;
	/* A lower rung of a ladder: whom it belongs to, in the same generation, and what
	 * it is called beside it ("deepseek/door"); else NULL. Rungs share the name. */
	const struct target *lead;
	const char *title;
	enum connection_kind connection;
	const char *url;          /* complete, for this kind; never holds a key */
	const struct secret *key; /* NULL: no key */
	const char *key_ref;      /* how the key was referred to: "${DEEPSEEK_API_KEY}" */
	const struct secret *proxy; /* NULL: no proxy, the environment's included */
	const char *ca_file;        /* NULL: the system's bundle */
	enum ip_family ip;
	const char *resolve; /* the address that is asked, whatever DNS says; or NULL */
	const struct target_header *headers;
	size_t n_headers;
	/* Other secrets that its answers must not show: of the whole config. */
	const struct secret *const *hidden;
	size_t n_hidden;
	const char *extra_body; /* a JSON object over the provider's own; or NULL */
	int64_t interval_ms;
	int64_t grace_ms; /* so long it may load or be busy before that counts; 0: none */
	struct probe_timeouts timeouts;
	struct budget budget;
	int64_t max_asks_per_day; /* 0 = no cap; used where the price is unknown */
	struct price price;
	const char *prompt; /* NULL: the built-in sum */
	enum expect_kind expect;
	const char *expect_text;
	const char *expect_json; /* path to what is compared; NULL: the whole answer */
	int heavy_tokens;        /* of PROBE_HEAVY: how long the prompt is, about */
	const char *method;      /* of PROBE_HTTP: "GET" or "POST"; NULL: GET */
	int expect_status;       /* of PROBE_HTTP; 0: any 2xx */
	bool auto_on;            /* the built-in detector judges it */
	const char *sensitivity; /* ... like this: "calm" "normal" "keen"; NULL: normal */
	const struct label *labels;
	size_t n_labels;
	const struct target *depends_on; /* of the same generation; NULL: nothing */
	const char *was;  /* former name whose series it continues, or NULL */
	bool own_address; /* `base_url` stands in for the provider's hosts */
	int line, column; /* where it stands in the config */
};

/* What makes it the same series: name, provider, model, region, kind, connection. */
bool target_same_series(const struct target *a, const struct target *b);
/* Its name, or the title of a lower rung. */
const char *target_title(const struct target *t);
const char *target_label(const struct target *t, const char *name); /* NULL if absent */
/* Host and port of the URL into buf ("api.deepseek.com", "10.0.0.5:8000"). */
char *target_host(const struct target *t, char *buf, size_t size);
/* Is what is asked this machine or a private network? Such targets need no controls. */
bool target_is_private(const struct target *t);

#endif
