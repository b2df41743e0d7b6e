/* SPDX-License-Identifier: MIT
 *
 * The kind of a probe: what its dialect can be asked for, what its provider has, and the
 * keys that go with one kind only. What cannot be is an error with the way out.
 */
#include <string.h>

#include "agent/conf_loader.h"
#include "probes/dialect.h"

#define N(table) (sizeof(table) / sizeof(*(table)))

/* Where nothing is said: the first of these that the dialect speaks. */
static const enum probe_kind usual[] = {PROBE_STREAM, PROBE_CHAT, PROBE_HTTP};

static enum probe_kind usual_kind(const struct dialect *d)
{
	for (size_t i = 0; i < N(usual); i++)
		if (d->kinds & KIND(usual[i]))
			return usual[i];
	return PROBE_STREAM;
}

static void refuse_kind(struct loader *l, const struct conf_value *v,
    const struct dialect *d, enum probe_kind kind)
{
	const char *words[PROBE_KIND_COUNT];
	struct str list;
	size_t n = 0;
	if ((KINDS_CHAT & KIND(kind)) && d->framing == FRAMING_JSON &&
	    d->kinds & KIND(PROBE_CHAT)) {
		conf_error(l, v,
		    "%s streams in binary frames, which this version does not read: write "
		    "`probe: chat`",
		    d->name);
		return;
	}
	for (int k = 0; k < PROBE_KIND_COUNT; k++)
		if (d->kinds & KIND(k))
			words[n++] = probe_kind_code((enum probe_kind)k);
	str_init(&list, 200);
	conf_list_words(&list, words, n);
	conf_error(l, v, "'%s' cannot be asked in the dialect %s: it has %s",
	    probe_kind_code(kind), d->name, str_c(&list));
	str_fini(&list);
}

/* Keys of one kind only. */
static const struct {
	enum conf_target_key key;
	enum probe_kind kind;
	const char *with;
} bound[] = {
    {TARGET_HEAVY_TOKENS,  PROBE_HEAVY, "probe: heavy" },
    {TARGET_METHOD,        PROBE_HTTP,  "dialect: http"},
    {TARGET_EXPECT_STATUS, PROBE_HTTP,  "dialect: http"},
};

static void check_bound(
    struct loader *l, const struct conf_values *tv, enum probe_kind kind)
{
	for (size_t i = 0; i < N(bound); i++)
		if (tv->v[bound[i].key].node && kind != bound[i].kind)
			conf_error(l, &tv->v[bound[i].key],
			    "goes with `%s`: remove it, or change the probe",
			    bound[i].with);
}

/* What is said to no model. */
static void check_question(
    struct loader *l, const struct conf_values *tv, enum probe_kind kind)
{
	static const unsigned silent = KIND(PROBE_MODELS) | KIND(PROBE_DOOR);
	const struct conf_value *prompt = &tv->v[TARGET_PROMPT];
	const struct conf_value *expect = &tv->v[TARGET_EXPECT];
	if (prompt->node && silent & KIND(kind))
		conf_warn(l, prompt, "`probe: %s` asks nothing", probe_kind_code(kind));
	if (expect->node && (silent | KIND(PROBE_EMBEDDING)) & KIND(kind))
		conf_warn(l, expect, "`probe: %s` gives no text to compare",
		    probe_kind_code(kind));
}

void conf_read_kind(struct loader *l, const struct conf_values *tv, struct target *t)
{
	const struct conf_value *v = &tv->v[TARGET_PROBE];
	const struct conf_value *method = &tv->v[TARGET_METHOD];
	t->kind = usual_kind(t->dialect);
	if (v->node && v->set) {
		(void)probe_kind_parse(v->text, &t->kind);
		if (!(t->dialect->kinds & KIND(t->kind)))
			refuse_kind(l, v, t->dialect, t->kind);
		else if (t->kind == PROBE_DOOR && !t->provider->n_door)
			conf_error(l, v,
			    "nobody knows how %s refuses a request without a key: write "
			    "`probe: models` or `probe: stream`",
			    t->provider->id);
	}
	check_bound(l, tv, t->kind);
	check_question(l, tv, t->kind);
	t->heavy_tokens = t->kind == PROBE_HEAVY ? (int)tv->v[TARGET_HEAVY_TOKENS].n : 0;
	if (t->kind != PROBE_HTTP)
		return;
	t->method = method->set ? method->text : "GET";
	t->expect_status = (int)tv->v[TARGET_EXPECT_STATUS].n;
}
