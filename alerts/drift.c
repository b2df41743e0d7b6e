/* SPDX-License-Identifier: MIT
 *
 * See drift.h.
 */
#include "alerts/drift.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/rng.h"
#include "agent/base/str.h"
#include "alerts/state_json.h"

/* What is strange this long is the new habit. */
#define NEW_NORMAL_MS MS_PER_DAY

static const char *const codes[] = {
    [DRIFT_MODEL] = "model",
    [DRIFT_LIST] = "list",
    [DRIFT_SHAPE] = "shape",
    [DRIFT_ENDING] = "ending",
    [DRIFT_FALLBACK] = "fallback",
    [DRIFT_CERTIFICATE] = "certificate",
};
static_assert(sizeof(codes) / sizeof(*codes) == DRIFT_KIND_COUNT, "one each");

const char *drift_code(enum drift_kind k)
{
	assert((unsigned)k < DRIFT_KIND_COUNT);
	return codes[k];
}

static void say_on(struct drift_verdict *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void say_on(struct drift_verdict *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	v->say = DRIFT_ON;
	(void)vsnprintf(v->words, sizeof(v->words), fmt, ap);
	va_end(ap);
}

/* "2026-12-11" */
static char *day_text(int64_t ms, char *buf, size_t size)
{
	char text[40];

	(void)wall_rfc3339((struct wall){ms}, text, sizeof(text));
	text[10] = 0;
	return str_copy(buf, size, text);
}

static int one_more(int run, int most)
{
	return run < most ? run + 1 : most;
}

/* --- another model ---------------------------------------------------------------- */

static uint64_t hash_of(const char *name)
{
	uint64_t h = hash64(name, strlen(name));

	return h ? h : 1;
}

static void as_asked(struct drift *d, struct drift_verdict *v)
{
	d->other_run = 0;
	d->other = 0;
	d->own_run = one_more(d->own_run, DRIFT_RUN);
	if (d->own_run == DRIFT_RUN)
		v->say = DRIFT_OFF;
}

/* The owner of a server calls its models what he likes: the usual answer is right. */
static bool is_usual(struct drift *d, uint64_t name, struct wall at)
{
	bool settled = d->other == name && d->other_run >= DRIFT_RUN;

	if (d->usual == name)
		return true;
	if (settled && (!d->usual || at.ms - d->other_since_ms >= NEW_NORMAL_MS))
		d->usual = name;
	return d->usual == name;
}

static void on_model(struct drift *d, const struct drift_watch *w, const struct sample *s,
    struct drift_verdict *v)
{
	uint64_t name;

	if (!s->returned_model[0])
		return;
	name = hash_of(s->returned_model);
	if (w->own_names ? is_usual(d, name, s->at) : !(s->flags & FLAG_MODEL_DIFFERS)) {
		as_asked(d, v);
		return;
	}
	d->own_run = 0;
	if (d->other != name) {
		d->other = name;
		d->other_run = 0;
		d->other_since_ms = s->at.ms;
	}
	d->other_run = one_more(d->other_run, DRIFT_RUN);
	if (d->other_run < DRIFT_RUN || (w->own_names && !d->usual))
		return;
	if (w->own_names)
		say_on(v, "another model answers than before: '%s'", s->returned_model);
	else
		say_on(v, "'%s' was asked, '%s' answers", w->model, s->returned_model);
}

/* --- the list --------------------------------------------------------------------- */

static void on_list(struct drift *d, const struct drift_watch *w, const struct sample *s,
    struct drift_verdict *v)
{
	if (!(s->flags & FLAG_MODEL_NOT_LISTED)) {
		d->list_run = 0;
		v->say = DRIFT_OFF;
		return;
	}
	d->list_run = one_more(d->list_run, DRIFT_LIST_RUN);
	if (d->list_run == DRIFT_LIST_RUN)
		say_on(v, "'%s' is not in its house's list of models", w->model);
}

/* --- the shape of answers --------------------------------------------------------- */

static const struct {
	unsigned bit;
	const char *what;
} parts[] = {
    {1, "the finish reason"    },
    {2, "the end of the stream"},
    {4, "the usage"            },
    {8, "the name of the model"},
};
#define PRESENT 16 /* a shape is never 0 */

static unsigned shape_of(const struct drift_watch *w, const struct sample *s)
{
	unsigned shape = PRESENT;

	if (s->finish[0])
		shape |= 1;
	if (w->streams && !(s->flags & FLAG_NO_DONE))
		shape |= 2;
	if (s->tokens_in >= 0)
		shape |= 4;
	if (s->returned_model[0])
		shape |= 8;
	return shape;
}

static void list_parts(struct str *out, unsigned bits, const char *what)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (bits & parts[i].bit)
			str_addf(
			    out, "%s%s %s", out->len ? ", " : "", parts[i].what, what);
	}
}

static void adopt(struct drift *d, unsigned shape)
{
	d->habit = shape;
	d->habit_run = 1;
	d->strange = 0;
	d->strange_run = 0;
}

static void on_habit(struct drift *d, struct drift_verdict *v)
{
	d->habit_run = one_more(d->habit_run, DRIFT_HABIT);
	/* Counts down: so often in a row it must be as before. */
	if (d->strange_run > 0 && --d->strange_run > 0)
		return;
	d->strange = 0;
	v->say = DRIFT_OFF;
}

static void on_shape(struct drift *d, const struct drift_watch *w, const struct sample *s,
    struct drift_verdict *v)
{
	unsigned shape = shape_of(w, s);
	struct str words;

	if (shape == d->habit) {
		on_habit(d, v);
		return;
	}
	if (d->habit_run < DRIFT_HABIT) {
		adopt(d, shape);
		return;
	}
	if (shape != d->strange) {
		d->strange = shape;
		d->strange_run = 0;
		d->strange_since_ms = s->at.ms;
	}
	d->strange_run = one_more(d->strange_run, DRIFT_RUN);
	if (d->strange_run < DRIFT_RUN)
		return;
	if (s->at.ms - d->strange_since_ms >= NEW_NORMAL_MS) {
		adopt(d, shape);
		d->habit_run = DRIFT_HABIT;
		v->say = DRIFT_OFF;
		return;
	}
	str_init(&words, sizeof(v->words) - 1);
	list_parts(&words, d->habit & ~shape, "no longer comes");
	list_parts(&words, shape & ~d->habit, "comes now");
	say_on(v, "answers changed: %s", str_c(&words));
	str_fini(&words);
}

/* --- certificates and calendars --------------------------------------------------- */

static void on_certificate(const struct sample *s, struct drift_verdict *v)
{
	char day[16];

	if (s->cert_expiry_s * MS_PER_S - s->at.ms >= DRIFT_CERTIFICATE_MS)
		v->say = DRIFT_OFF;
	else
		say_on(v, "the certificate ends on %s",
		    day_text(s->cert_expiry_s * MS_PER_S, day, sizeof(day)));
}

static bool is_near(const struct drift_watch *w, struct wall now)
{
	return w->ends_ms && now.ms >= w->ends_ms - DRIFT_ENDING_MS;
}

void drift_look(const struct drift_watch *w, struct wall now,
    struct drift_verdict ret[DRIFT_KIND_COUNT])
{
	char day[16];

	for (int k = 0; k < DRIFT_KIND_COUNT; k++) {
		ret[k].say = DRIFT_NOTHING;
		ret[k].words[0] = 0;
	}
	if (w->retired)
		say_on(&ret[DRIFT_ENDING], "its house has retired '%s'", w->model);
	else if (is_near(w, now))
		say_on(&ret[DRIFT_ENDING], "its house ends '%s' on %s", w->model,
		    day_text(w->ends_ms, day, sizeof(day)));
	else
		ret[DRIFT_ENDING].say = DRIFT_OFF;
	if (w->instead_of[0])
		say_on(&ret[DRIFT_FALLBACK], "'%s' is gone, '%s' is asked instead",
		    w->instead_of, w->model);
}

void drift_on_sample(struct drift *d, const struct drift_watch *w, const struct sample *s,
    struct drift_verdict ret[DRIFT_KIND_COUNT])
{
	drift_look(w, s->at, ret);
	if (s->cert_expiry_s > 0 && w->host[0])
		on_certificate(s, &ret[DRIFT_CERTIFICATE]);
	if (s->outcome != OUTCOME_OK)
		return;
	if (w->list)
		on_list(d, w, s, &ret[DRIFT_LIST]);
	if (!w->inference)
		return;
	on_model(d, w, s, &ret[DRIFT_MODEL]);
	on_shape(d, w, s, &ret[DRIFT_SHAPE]);
	/* The model that was gone answers. */
	if (!w->instead_of[0])
		ret[DRIFT_FALLBACK].say = DRIFT_OFF;
}

/* --- state ------------------------------------------------------------------------ */

json_t *drift_dump(const struct drift *d)
{
	return json_pack("{s:I,s:I,s:I,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:I}", "other",
	    (json_int_t)d->other, "usual", (json_int_t)d->usual, "other_since",
	    (json_int_t)d->other_since_ms, "other_run", d->other_run, "own_run",
	    d->own_run, "list_run", d->list_run, "habit", (int)d->habit, "habit_run",
	    d->habit_run, "strange", (int)d->strange, "strange_run", d->strange_run,
	    "strange_since", (json_int_t)d->strange_since_ms);
}

bool drift_restore(struct drift *d, const json_t *v)
{
	int64_t n[11];
	static const struct {
		const char *name;
		int64_t min, max;
	} rows[11] = {
	    {"other",         INT64_MIN, INT64_MAX     },
	    {"usual",         INT64_MIN, INT64_MAX     },
	    {"other_since",   0,         STATE_MAX_MS  },
	    {"other_run",     0,         DRIFT_RUN     },
	    {"own_run",       0,         DRIFT_RUN     },
	    {"list_run",      0,         DRIFT_LIST_RUN},
	    {"habit",         0,         31            },
	    {"habit_run",     0,         DRIFT_HABIT   },
	    {"strange",       0,         31            },
	    {"strange_run",   0,         DRIFT_RUN     },
	    {"strange_since", 0,         STATE_MAX_MS  },
	};

	*d = (struct drift){0};
	if (!v)
		return true;
	for (size_t i = 0; i < 11; i++) {
		if (!state_int(v, rows[i].name, rows[i].min, rows[i].max, &n[i]))
			return false;
	}
	*d = (struct drift){.other = (uint64_t)n[0],
	    .usual = (uint64_t)n[1],
	    .other_since_ms = n[2],
	    .other_run = (int)n[3],
	    .own_run = (int)n[4],
	    .list_run = (int)n[5],
	    .habit = (unsigned)n[6],
	    .habit_run = (int)n[7],
	    .strange = (unsigned)n[8],
	    .strange_run = (int)n[9],
	    .strange_since_ms = n[10]};
	return true;
}
