/* SPDX-License-Identifier: MIT
 *
 * Every door of the catalogue, asked once and without a key: which providers answer from
 * here, and when hardly any does, what stands in between. Pure: who asks hands in the
 * samples.
 *
 * A door is https and its certificate is checked, so whatever came through it came from
 * the provider or from somebody whom this machine trusts. Beside the doors the controls
 * are asked, two hosts of the world in plain http and https: they tell a network that is
 * down from providers that are, and a portal from both.
 */
#ifndef DIMWATCH_AGENT_DOORS_H
#define DIMWATCH_AGENT_DOORS_H

#include <jansson.h>

#include "agent/base/arena.h"
#include "agent/base/str.h"
#include "probes/catalogue.h"
#include "probes/sample.h"
#include "probes/target.h"

/* What was found at one door. Rows of door_finding_row. */
enum door_finding {
	DOOR_GENUINE, /* the refusal that the catalogue knows; of a control: all is well
		       */
	DOOR_ANSWERS, /* a refusal in other words, or of a provider whose words nobody
			 knows */
	DOOR_FAILING, /* a failure of theirs that came as an answer */
	DOOR_PAGE,    /* a page for people, a redirect, a welcome: not an API */
	DOOR_CERT,    /* a certificate that this machine does not trust */
	DOOR_SILENT,  /* no answer */
	DOOR_LOCAL,   /* our own network, our proxy, this machine */
	DOOR_FINDING_COUNT
};
struct door_finding_row {
	const char *code;  /* stable: "genuine" */
	const char *words; /* for people; NULL: the outcome's code says more */
	bool good;         /* the door is there */
};
const struct door_finding_row *door_finding_row(enum door_finding f);

struct door {
	const char *name; /* "openai", or "openai eu" where it has several hosts */
	struct target target;
	struct sample sample; /* of the shell; valid when asked */
	bool asked, control;
};

struct doors {
	struct arena *arena; /* borrowed */
	struct door *rows;   /* in the arena; the controls are the last n_controls */
	size_t n, n_controls;
};

#define DOORS_CONTROLS 4

struct doors_ask {
	const char *const *names; /* of providers, all known; n_names 0: all of them */
	size_t n_names;
	const struct secret *proxy; /* NULL: none */
	int64_t timeout_ms;         /* of each exchange */
};

/* One door for each public host, and the controls. Servers of one's own and hosts with a
 * blank to fill in have no door. */
void doors_list(struct doors *d, const struct catalogue *c, const struct doors_ask *ask,
    struct arena *arena);
/* The row of a target that was handed out. */
struct door *doors_find(struct doors *d, const struct target *t);
enum door_finding door_finding(const struct door *d);
/* Days until the certificate ends, rounded down; false: not seen. */
bool door_cert_days(const struct door *d, int64_t now_s, int64_t *ret_days);

enum doors_verdict {
	DOORS_FINE,
	DOORS_NO_NETWORK,
	DOORS_PROXY,       /* the proxy that was named lets nothing through */
	DOORS_PORTAL,      /* somebody's page instead of every answer */
	DOORS_INTERCEPTED, /* strange certificates at many unrelated hosts */
	DOORS_CLOCK,       /* certificates of many hosts are too old or too young */
	DOORS_FILTERED,    /* the world can be reached, the providers cannot */
	DOORS_VERDICT_COUNT
};

struct doors_news {
	enum doors_verdict verdict;
	size_t found[DOOR_FINDING_COUNT];    /* doors */
	size_t controls[DOOR_FINDING_COUNT]; /* controls */
	size_t doors, good;                  /* asked; of them there */
	int64_t median_us;                   /* first byte of those; -1: none */
	const struct door *example; /* of what led to the verdict; NULL when fine */
};
/* Anything but DOORS_FINE says nothing about any provider. */
void doors_judge(const struct doors *d, struct doors_news *ret);
const char *doors_verdict_code(enum doors_verdict v); /* stable: "captive_portal" */
/* What it means and what to do, for people; ends with a full stop. */
void doors_sentence(const struct doors_news *n, struct wall now, struct str *out);

/* The stable shape of `doors --json`; a new reference. */
json_t *doors_json(const struct doors *d, const struct doors_news *n, struct wall now);

#endif
