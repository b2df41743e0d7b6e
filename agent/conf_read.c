/* SPDX-License-Identifier: MIT
 *
 * From the tree to values, by the rows of a block: shapes, unknown names, missing keys,
 * references, ranges. Nothing here knows what a key is for.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/tick.h"
#include "agent/conf_loader.h"

#define PATH_KEY_MAX 100 /* of a key in a path; it may be anything */

#define LATER        "not in this version (" DIMWATCH_VERSION ")"
#define MAX_TEXT     CONF_MAX_TEXT
#define MAX_NAMES    64

/* --- scalars ---------------------------------------------------------------------- */

static bool is_secret(const struct conf_key *k)
{
	return k->type == CONF_SECRET || k->type == CONF_PROXY ||
	       k->type == CONF_LINE_MAP;
}

/* Only what a proxy needs: a known scheme and a host. */
static bool check_proxy(const struct secret *s, struct err *e)
{
	static const char *const schemes[] = {
	    "http://", "https://", "socks5://", "socks5h://"};
	const char *text = secret_reveal(s);
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		size_t n = strlen(schemes[i]);
		if (!strncmp(text, schemes[i], n) && text[n] && text[n] != '/')
			return true;
	}
	return err_set(e, ERR_CONFIG,
	    "not a proxy's URL: http://HOST:PORT, https://, socks5:// or socks5h://");
}

/* A header's name that promises a secret. */
static bool promises_secret(const char *name)
{
	static const char *const words[] = {
	    "auth", "key", "token", "secret", "password", "cookie", "signature"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (span_icontains(span_of(name), span_of(words[i])))
			return true;
	return false;
}

/* A proxy without a password in it is no secret, and most headers are none. */
static bool deserves_warning(const struct conf_key *k, const struct conf_value *v)
{
	if (k->type == CONF_LINE_MAP)
		return promises_secret(v->node->key);
	return k->type == CONF_SECRET || strchr(secret_reveal(v->secret), '@');
}

static void read_secret(struct loader *l, const struct conf_key *k, struct conf_value *v)
{
	const char *text = v->node->text;
	struct err e = {0};
	bool clear = false;
	if (k->may_be_none && !strcmp(text, "none")) {
		v->none = v->set = true;
		v->ref = "none";
		return;
	}
	v->secret = k->type == CONF_LINE_MAP ? conf_ref_line(l, text, &clear, &e)
					     : conf_ref_secret(l, text, &clear, &e);
	if (!v->secret && e.code != ERR_NONE) {
		conf_error(l, v, "%s", e.msg);
		return;
	}
	if (v->secret && k->type == CONF_PROXY && !check_proxy(v->secret, &e)) {
		conf_error(l, v, "%s", e.msg);
		return;
	}
	if (clear && deserves_warning(k, v))
		conf_warn(l, v,
		    "a secret in clear text: better put it into the environment and write "
		    "${NAME}, or into a file of mode 0600 and write file:PATH");
	v->ref = clear ? "(clear text)" : arena_strdup(l->arena, text);
	v->set = true;
}

/* The text of a scalar with its references resolved; NULL: reported. */
static const char *resolve(
    struct loader *l, const struct conf_key *k, const struct conf_value *v)
{
	const char *text = v->node->text;
	bool free_text = k->type == CONF_TEXT || k->type == CONF_TEXT_MAP;
	struct err e = {0};
	struct str out;
	bool any, ok;
	if (!strstr(text, "${") || (free_text && !k->references))
		return text;
	if (!k->references && k->type != CONF_URL && k->type != CONF_URLS) {
		conf_error(l, v,
		    "a reference does not work here, only in secrets, URLs, `model`, `path` "
		    "and `vantage`: write the value");
		return NULL;
	}
	str_init(&out, MAX_TEXT);
	ok = conf_ref_expand(l, text, &out, &any, &e);
	if (!ok)
		conf_error(l, v, "%s", e.msg);
	text = ok ? arena_strdup(l->scratch, str_c(&out)) : NULL;
	str_fini(&out);
	return text;
}

/* What a reference stands for may be a secret in the wrong place: sentences that would
 * show it show how the file refers to it. */
static void complain(
    struct loader *l, const struct conf_value *v, const char *text, const char *why)
{
	const char *shown = v->node->text, *at = text[0] ? strstr(why, text) : NULL;
	if (!at || strcmp(shown, text) == 0)
		conf_error(l, v, "%s", why);
	else
		conf_error(
		    l, v, "%.*s%s%s", (int)(at - why), why, shown, at + strlen(text));
}

static void parse_text(
    struct loader *l, const struct conf_key *k, struct conf_value *v, const char *text)
{
	struct str why;
	str_init(&why, MAX_TEXT + 1000);
	if (conf_value_parse(k, text, v, &why))
		v->set = true;
	else
		complain(l, v, text, str_c(&why));
	str_fini(&why);
}

static void read_scalar(struct loader *l, const struct conf_key *k, struct conf_value *v)
{
	const struct yaml_node *n = v->node;
	if (n->kind != YAML_SCALAR && k->later_shape) {
		conf_error(l, v, "%s is " LATER "; write a single value", k->later_shape);
	} else if (n->kind != YAML_SCALAR) {
		conf_error(l, v, "%s here: a single value (%s) is needed",
		    conf_kind_word(n), conf_type_name(k->type));
	} else if (yaml_is_null(n) || !n->text[0]) {
		conf_error(l, v, "is empty: give it a value (%s) or remove the line",
		    conf_type_name(k->type));
	} else if (is_secret(k)) {
		read_secret(l, k, v);
	} else {
		const char *text = resolve(l, k, v);
		if (text)
			parse_text(l, k, v, text);
	}
}

/* --- lists and maps --------------------------------------------------------------- */

static struct conf_value *make_items(struct loader *l, struct conf_value *v)
{
	size_t n = (size_t)v->node->n_kids, i = 0;
	bool named = v->node->kind == YAML_MAP;
	v->items = arena_alloc(l->scratch, (n ? n : 1) * sizeof *v->items);
	v->n_items = n;
	for (const struct yaml_node *kid = v->node->kids; kid; kid = kid->next, i++) {
		v->items[i].node = kid;
		v->items[i].path =
		    named ? arena_printf(l->scratch, "%s.%.100s", v->path, kid->key)
			  : arena_printf(l->scratch, "%s[%zu]", v->path, i);
	}
	return v->items;
}

/* Room for this many? Reports what is beyond. */
static bool check_count(struct loader *l, const struct conf_key *k, struct conf_value *v)
{
	if (!k->max || v->node->n_kids <= k->max)
		return true;
	conf_error(l, v, "%d entries, %d at most", v->node->n_kids, (int)k->max);
	return false;
}

/* One word or a list of them. */
static void read_words(struct loader *l, const struct conf_key *k, struct conf_value *v)
{
	if (v->node->kind == YAML_SCALAR) {
		v->items = arena_alloc(l->scratch, sizeof *v->items);
		v->items[0] = *v;
		v->n_items = 1;
	} else if (v->node->kind == YAML_MAP) {
		conf_error(l, v, "a map here: write one word, or a list [a, b]");
		return;
	} else if (!v->node->n_kids && !(k->type == CONF_URLS && k->may_be_none)) {
		conf_error(l, v, "the list is empty: name one at least");
		return;
	} else {
		make_items(l, v);
	}
	v->set = true;
	for (size_t i = 0; i < v->n_items; i++) {
		read_scalar(l, k, &v->items[i]);
		v->set &= v->items[i].set;
	}
}

static void read_map(struct loader *l, const struct conf_key *k, struct conf_value *v)
{
	if (v->node->kind != YAML_MAP) {
		conf_error(l, v, "%s here: a map such as {name: value} is needed",
		    conf_kind_word(v->node));
		return;
	}
	if (!check_count(l, k, v))
		return;
	/* The row's limit counts entries, not the bytes of one. */
	struct conf_key entry = *k;
	entry.max = k->type == CONF_TEXT_MAP ? 200 : 0;
	make_items(l, v);
	v->set = true;
	for (size_t i = 0; i < v->n_items; i++) {
		if (k->type == CONF_NAMES_MAP)
			read_words(l, &entry, &v->items[i]);
		else
			read_scalar(l, &entry, &v->items[i]);
		v->set &= v->items[i].set;
	}
}

/* A pace a rung. */
static void read_ladder(struct loader *l, struct conf_value *v)
{
	static const struct conf_key pace = {
	    "pace", CONF_DURATION, .min = 1000, .max = MS_PER_DAY};
	if (!v->node->n_kids) {
		conf_error(l, v, "is empty: name rungs, like {door: 15s, stream: 5m}");
		return;
	}
	make_items(l, v);
	v->set = true;
	for (size_t i = 0; i < v->n_items; i++) {
		read_scalar(l, &pace, &v->items[i]);
		v->set &= v->items[i].set;
		if (conf_is_rung(v->items[i].node->key))
			continue;
		v->set = false;
		conf_error(l, &v->items[i],
		    "is no rung of a ladder: there are `stream`, `chat`, `models` and "
		    "`door`; anything else is a target of its own");
	}
}

/* "off", "none", or a list of nothing. */
static bool is_off(const struct yaml_node *n)
{
	if (n->kind == YAML_LIST)
		return !n->n_kids;
	return n->kind == YAML_SCALAR &&
	       (!strcmp(n->text, "off") || !strcmp(n->text, "none"));
}

static void read_blocks(struct loader *l, const struct conf_key *k, struct conf_value *v)
{
	if (k->may_be_none && is_off(v->node)) {
		v->none = v->set = true;
		return;
	}
	if (yaml_is_null(v->node)) {
		conf_error(l, v, "is empty: add an entry `- ...` or remove the line");
		return;
	}
	if (v->node->kind != YAML_LIST) {
		conf_error(l, v, "%s here: a list is needed, each entry begins with '- '",
		    conf_kind_word(v->node));
		return;
	}
	if (!check_count(l, k, v))
		return;
	make_items(l, v);
	v->set = true;
	for (size_t i = 0; i < v->n_items; i++)
		v->items[i].inside =
		    conf_read_block(l, k->inside, v->items[i].node, v->items[i].path);
}

/* --- blocks ----------------------------------------------------------------------- */

static void unknown_key(struct loader *l, const struct conf_block *b,
    const struct yaml_node *n, const char *path)
{
	const char *names[MAX_NAMES];
	size_t count = 0;
	struct str what;
	struct conf_problem where = {.line = n->key_line, .column = n->key_column};
	for (; count < b->n_keys && count < MAX_NAMES; count++)
		names[count] = b->keys[count].name;
	const char *near = str_nearest(n->key, names, count);
	str_init(&what, 1000);
	if (conf_is_later(b, n->key)) {
		(void)str_adds(&what, LATER "; remove the line");
	} else if (near) {
		(void)str_addf(&what, "unknown key (did you mean '%s'?)", near);
	} else {
		(void)str_adds(&what, "unknown key; here are known: ");
		conf_list_words(&what, names, count);
	}
	conf_problem_add(l->problems, l->file, &where, path, str_c(&what));
	str_fini(&what);
}

static void read_value(struct loader *l, const struct conf_key *k, struct conf_value *v)
{
	switch (k->type) {
	case CONF_BLOCK:
		v->inside =
		    conf_read_block(l, k->inside, conf_long_form(l, k, v->node), v->path);
		v->set = true;
		break;
	case CONF_BLOCKS:
		read_blocks(l, k, v);
		break;
	case CONF_TEXTS:
	case CONF_NAMES:
	case CONF_WORDS:
	case CONF_URLS:
	case CONF_PATHS:
		read_words(l, k, v);
		break;
	case CONF_NAMES_MAP:
	case CONF_TEXT_MAP:
	case CONF_MONEY_MAP:
	case CONF_LINE_MAP:
		read_map(l, k, v);
		break;
	case CONF_LADDER:
		if (v->node->kind == YAML_MAP)
			read_ladder(l, v);
		else
			read_scalar(l, k, v);
		break;
	case CONF_JSON:
		conf_read_document(l, v);
		break;
	case CONF_TEXT:
	case CONF_NAME:
	case CONF_PATH:
	case CONF_WORD:
	case CONF_SWITCH:
	case CONF_DURATION:
	case CONF_SIZE:
	case CONF_MONEY_DAY:
	case CONF_ASKS_DAY:
	case CONF_COUNT:
	case CONF_URL:
	case CONF_SECRET:
	case CONF_PROXY:
	case CONF_TYPE_COUNT:
		read_scalar(l, k, v);
		break;
	}
}

static void read_missing(struct loader *l, const struct conf_values *b, size_t row)
{
	const struct conf_key *k = &b->block->keys[row];
	struct conf_value *v = &b->v[row];
	if (k->type == CONF_BLOCK)
		v->inside = conf_read_block(l, k->inside, NULL, v->path);
	else if (k->fallback)
		parse_text(l, k, v, k->fallback);
	else if (k->required && b->node)
		conf_error_block(
		    l, b, k->name, "is missing: add `%s: ...` (%s)", k->name, k->help);
}

/* By hand: every key of every target comes here, and formatting was half of a load. */
static const char *join(struct loader *l, const char *path, const char *key)
{
	size_t before = strlen(path), n = strnlen(key, PATH_KEY_MAX);
	size_t dot = before ? 1 : 0;
	char *text = arena_alloc(l->scratch, before + dot + n + 1);
	char *end = mempcpy(text, path, before);
	end = mempcpy(end, ".", dot);
	end = mempcpy(end, key, n);
	*end = '\0';
	return text;
}

struct conf_values *conf_read_block(struct loader *l, const struct conf_block *block,
    const struct yaml_node *node, const char *path)
{
	struct conf_values *b = arena_alloc(l->scratch, sizeof *b);
	*b = (struct conf_values){.block = block,
	    .node = node,
	    .path = path,
	    .v = arena_alloc(l->scratch, block->n_keys * sizeof *b->v)};
	for (size_t i = 0; i < block->n_keys; i++)
		b->v[i].path = join(l, path, block->keys[i].name);
	if (node && node->kind != YAML_MAP) {
		struct conf_value v = {.node = node, .path = path};
		conf_error(l, &v, "%s here: a map with `key: value` is needed",
		    conf_kind_word(node));
		b->node = NULL; /* one complaint is enough: no missing keys */
	}
	for (const struct yaml_node *kid = b->node ? node->kids : NULL; kid;
	     kid = kid->next) {
		const struct conf_key *k = conf_key_find(block, kid->key);
		if (!k)
			unknown_key(l, block, kid, join(l, path, kid->key));
		else
			b->v[k - block->keys].node = kid;
	}
	for (size_t i = 0; i < block->n_keys; i++)
		if (b->v[i].node)
			read_value(l, &block->keys[i], &b->v[i]);
		else
			read_missing(l, b, i);
	return b;
}
