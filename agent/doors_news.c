/* SPDX-License-Identifier: MIT
 *
 * What many doors together say about the network between here and them. Providers are
 * unrelated: what they all suffer at once is no fault of theirs.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/base/xalloc.h"
#include "agent/doors.h"

#define MANY 3 /* unrelated hosts that suffer the same */

static const char *const codes[] = {
    [DOORS_FINE] = "fine",
    [DOORS_NO_NETWORK] = "no_network",
    [DOORS_PROXY] = "proxy_fails",
    [DOORS_PORTAL] = "captive_portal",
    [DOORS_INTERCEPTED] = "tls_intercepted",
    [DOORS_CLOCK] = "clock_wrong",
    [DOORS_FILTERED] = "filtered",
};
_Static_assert(sizeof(codes) / sizeof(codes[0]) == DOORS_VERDICT_COUNT, "verdicts");

const char *doors_verdict_code(enum doors_verdict v)
{
	assert((unsigned)v < DOORS_VERDICT_COUNT);
	return codes[v];
}

/* --- counting --- */

static int by_time(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int64_t median(const struct doors *d)
{
	int64_t *us = xcalloc(d->n + 1, sizeof(*us));
	int64_t ret = -1;
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++) {
		const struct door *row = &d->rows[i];

		if (!row->control && row->asked && row->sample.first_byte_us >= 0 &&
		    door_finding_row(door_finding(row))->good)
			us[n++] = row->sample.first_byte_us;
	}
	qsort(us, n, sizeof(*us), by_time);
	if (n > 0)
		ret = us[n / 2];
	free(us);
	return ret;
}

static void count(const struct doors *d, struct doors_news *n)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct door *row = &d->rows[i];
		enum door_finding f = door_finding(row);

		if (!row->asked)
			continue;
		if (row->control) {
			n->controls[f]++;
			continue;
		}
		n->found[f]++;
		n->doors++;
		n->good += door_finding_row(f)->good;
	}
	n->median_us = median(d);
}

static const struct door *first_with(
    const struct doors *d, enum door_finding f, bool controls_only)
{
	for (size_t i = d->n;
	     i-- > 0;) { /* controls first: they have the clearest words */
		const struct door *row = &d->rows[i];

		if (row->asked && (row->control || !controls_only) &&
		    door_finding(row) == f)
			return row;
	}
	return NULL;
}

/* --- the rules, in their order --- */

struct facts {
	const struct doors *d;
	const struct doors_news *n;
	size_t https; /* doors and https controls that are what they should be */
	size_t world; /* controls that are, by any way */
};

static bool control_is_https(const struct door *row)
{
	return strncmp(row->target.url, "https:", 6) == 0;
}

/* How many suffer it, controls included. */
static size_t sum(const struct facts *x, enum door_finding f)
{
	return x->n->found[f] + x->n->controls[f];
}

/* Many hosts, and many more than those that are well. */
static bool is_common(const struct facts *x, enum door_finding f)
{
	return sum(x, f) >= MANY && sum(x, f) > 2 * x->https;
}

static bool cert_is_a_matter_of_time(const struct door *row)
{
	struct span words = span_of(row->sample.message);

	return span_icontains(words, span_of("expired")) ||
	       span_icontains(words, span_of("not yet valid"));
}

static bool clock_is_wrong(const struct facts *x)
{
	size_t n = 0;

	for (size_t i = 0; i < x->d->n; i++) {
		const struct door *row = &x->d->rows[i];

		n += row->asked && door_finding(row) == DOOR_CERT &&
		     cert_is_a_matter_of_time(row);
	}
	return n >= MANY && 2 * n > sum(x, DOOR_CERT);
}

static enum doors_verdict of_silence(const struct facts *x)
{
	const struct door *any = &x->d->rows[0];

	if (x->world > 0)
		return DOORS_FILTERED;
	return any->target.proxy != NULL ? DOORS_PROXY : DOORS_NO_NETWORK;
}

static enum doors_verdict judge(const struct facts *x)
{
	const struct doors_news *n = x->n;
	bool heard = n->found[DOOR_GENUINE] + n->found[DOOR_ANSWERS] > 0;

	/* A page instead of the plainest answers of the world: nothing else counts. */
	if (n->controls[DOOR_PAGE] > 0 && x->https == 0)
		return DOORS_PORTAL;
	if (is_common(x, DOOR_CERT))
		return clock_is_wrong(x) ? DOORS_CLOCK : DOORS_INTERCEPTED;
	if (is_common(x, DOOR_PAGE))
		return x->world > 0 ? DOORS_FILTERED : DOORS_PORTAL;
	if (heard)
		return DOORS_FINE;
	/* Everybody fails in the same minute, and nobody can be heard: not their doing.
	 */
	if (n->good >= MANY && x->world == 0)
		return DOORS_FILTERED;
	if (n->good > 0 || (x->https > 0 && n->doors < MANY))
		return DOORS_FINE;
	return of_silence(x);
}

static const struct door *example_of(const struct doors *d, enum doors_verdict v)
{
	static const enum door_finding orders[DOORS_VERDICT_COUNT][3] = {
	    [DOORS_NO_NETWORK] = {DOOR_LOCAL, DOOR_SILENT, DOOR_FAILING},
	    [DOORS_PROXY] = {DOOR_LOCAL, DOOR_SILENT, DOOR_FAILING},
	    [DOORS_PORTAL] = {DOOR_PAGE,  DOOR_CERT,   DOOR_SILENT },
	    [DOORS_INTERCEPTED] = {DOOR_CERT,  DOOR_CERT,   DOOR_CERT   },
	    [DOORS_CLOCK] = {DOOR_CERT,  DOOR_CERT,   DOOR_CERT   },
	    [DOORS_FILTERED] = {DOOR_PAGE,  DOOR_SILENT, DOOR_FAILING},
	};
	const struct door *row = NULL;

	for (size_t i = 0; v != DOORS_FINE && i < 3 && row == NULL; i++)
		row = first_with(d, orders[v][i], false);
	return row;
}

void doors_judge(const struct doors *d, struct doors_news *ret)
{
	struct facts x = {.d = d, .n = ret};

	*ret = (struct doors_news){.median_us = -1};
	count(d, ret);
	x.https = ret->good;
	x.world = ret->controls[DOOR_GENUINE];
	for (size_t i = d->n - d->n_controls; i < d->n; i++)
		x.https += d->rows[i].asked && control_is_https(&d->rows[i]) &&
			   door_finding(&d->rows[i]) == DOOR_GENUINE;
	ret->verdict = judge(&x);
	ret->example = example_of(d, ret->verdict);
}

/* --- in words --- */

static const struct {
	const char *what, *cure;
} words[] = {
    [DOORS_FINE] = {"",									    ""						    },
    [DOORS_NO_NETWORK] = {"No network: nothing outside answers, the controls neither",
		    "Look at this machine's network; this says nothing about any provider."                                                              },
    [DOORS_PROXY] = {"The proxy lets nothing through",
		    "Look at --proxy; this says nothing about any provider."									     },
    [DOORS_PORTAL] =
	{"A captive portal: instead of the answers a page of somebody else comes back",
		    "Log in to this network first; this says nothing about any provider."                                                                },
    [DOORS_INTERCEPTED] =
	{"TLS is intercepted: unrelated hosts all show certificates that this machine does "
	 "not trust",							  "A proxy, an antivirus or worse stands in between: no key should pass it; this "
	    "says nothing about any provider."								  },
    [DOORS_CLOCK] =
	{"The certificates of unrelated hosts are all out of date: this machine's clock is "
	 "wrong",							      "Set the clock; this says nothing about any provider."},
    [DOORS_FILTERED] = {"Something in between shuts off the providers' doors",
		    "A firewall or a filter, see which hosts it lets through; this says nothing "
	"about any provider."															    },
};
_Static_assert(sizeof(words) / sizeof(words[0]) == DOORS_VERDICT_COUNT, "verdicts");

static void fine_sentence(const struct doors_news *n, struct str *out)
{
	char took[32];

	str_addf(out, "The network is fine: %zu of %zu doors answer from here", n->good,
	    n->doors);
	if (n->median_us >= 0)
		str_addf(out, ", half of them within %s",
		    duration_human(n->median_us / US_PER_MS, took, sizeof(took)));
	str_adds(out, ".");
}

void doors_sentence(const struct doors_news *n, struct wall now, struct str *out)
{
	const struct door *e = n->example;
	char clock[32];

	if (n->verdict == DOORS_FINE) {
		fine_sentence(n, out);
		return;
	}
	str_adds(out, words[n->verdict].what);
	if (n->verdict == DOORS_CLOCK)
		str_addf(
		    out, " (it says %.10s)", wall_rfc3339(now, clock, sizeof(clock)));
	else if (e != NULL && e->sample.message[0] != '\0')
		str_addf(out, " (%s: %s)", e->name, e->sample.message);
	str_addf(out, ". %s", words[n->verdict].cure);
}
