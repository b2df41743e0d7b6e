/* SPDX-License-Identifier: MIT
 *
 * libyaml's events into a tree of nodes. Everything that the subset leaves out is refused
 * here by name; what libyaml itself refuses is explained by yaml_explain.
 */
#include "agent/base/yaml.h"

#include <assert.h>
#include <string.h>

#include <yaml.h>

#include "agent/base/map.h"
#include "agent/base/text.h"
#include "agent/base/yaml_explain.h"

/* A list or map that is being filled. */
struct level {
	struct yaml_node *node;
	struct yaml_node **tail; /* where the next child is linked */
	struct map *seen;        /* owned; key -> its line; NULL in a list */
	const char *key; /* the key whose value comes next; NULL: a key comes next */
	int key_line, key_column;
};

struct builder {
	yaml_parser_t parser;
	struct span in;
	struct arena *arena; /* borrowed */
	struct err *e;
	struct yaml_node *root;
	struct level levels[YAML_MAX_DEPTH];
	int depth, n_nodes, n_documents;
};

static bool fail_mark(struct builder *b, yaml_mark_t at, const char *sentence)
{
	return err_set(b->e, ERR_CONFIG, "%d:%d: %s", (int)at.line + 1,
	    (int)at.column + 1, sentence);
}

/* Links a new node under the level that is open. NULL: refused. */
static struct yaml_node *add_node(struct builder *b, enum yaml_kind kind, yaml_mark_t at)
{
	struct level *up = b->depth ? &b->levels[b->depth - 1] : NULL;
	struct yaml_node *node;

	if (++b->n_nodes > YAML_MAX_NODES) {
		err_set(b->e, ERR_LIMIT, "%d:%d: more than %d values: split the file",
		    (int)at.line + 1, (int)at.column + 1, YAML_MAX_NODES);
		return NULL;
	}
	node = arena_alloc(b->arena, sizeof(*node));
	node->kind = kind;
	node->line = (int)at.line + 1;
	node->column = (int)at.column + 1;
	if (!up) {
		b->root = node;
		return node;
	}
	node->key = up->key;
	node->key_line = up->key_line;
	node->key_column = up->key_column;
	up->key = NULL;
	up->key_line = up->key_column = 0;
	*up->tail = node;
	up->tail = &node->next;
	up->node->n_kids++;
	return node;
}

/* True when a key (not a value) comes next. */
static bool wants_key(const struct builder *b)
{
	return b->depth && b->levels[b->depth - 1].seen && !b->levels[b->depth - 1].key;
}

static bool read_key(struct builder *b, const yaml_event_t *ev, const char *text)
{
	struct level *up = &b->levels[b->depth - 1];
	bool plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	int *line;
	const int *first;

	if (plain && strcmp(text, "<<") == 0)
		return fail_mark(b, ev->start_mark,
		    "merge keys ('<<') are not supported: write the values out");
	if (!*text)
		return fail_mark(
		    b, ev->start_mark, "the key is empty: write 'key: value'");
	up->key = text;
	up->key_line = (int)ev->start_mark.line + 1;
	up->key_column = (int)ev->start_mark.column + 1;
	line = arena_alloc(b->arena, sizeof(*line));
	*line = up->key_line;
	first = map_put(up->seen, text, line);
	if (first) {
		struct str shown;

		str_init(&shown, 80);
		text_printable(&shown, span_of(text));
		err_set(b->e, ERR_CONFIG,
		    "%d:%d: the key '%s' stands here twice (first in line %d): delete one",
		    up->key_line, up->key_column, str_c(&shown), *first);
		str_fini(&shown);
	}
	return !first;
}

static bool on_scalar(struct builder *b, const yaml_event_t *ev)
{
	struct span value = {(const char *)ev->data.scalar.value, ev->data.scalar.length};
	struct yaml_node *node;
	const char *text;

	if (memchr(value.p, '\0', value.n))
		return fail_mark(
		    b, ev->start_mark, "a text cannot contain \\0: delete it");
	text = arena_strndup(b->arena, value.p, value.n);
	if (wants_key(b))
		return read_key(b, ev, text);
	node = add_node(b, YAML_SCALAR, ev->start_mark);
	if (!node)
		return false;
	node->text = text;
	node->quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return true;
}

static bool open_level(struct builder *b, enum yaml_kind kind, yaml_mark_t at)
{
	struct yaml_node *node;

	if (wants_key(b))
		return fail_mark(b, at,
		    "a key must be a word: write 'key: value' ({ } and [ ] at the start of a "
		    "text need quotes)");
	if (b->depth == YAML_MAX_DEPTH)
		return err_set(b->e, ERR_LIMIT,
		    "%d:%d: nested deeper than %d levels: flatten it", (int)at.line + 1,
		    (int)at.column + 1, YAML_MAX_DEPTH);
	node = add_node(b, kind, at);
	if (!node)
		return false;
	b->levels[b->depth++] = (struct level){
	    .node = node,
	    .tail = &node->kids,
	    .seen = kind == YAML_MAP ? map_new() : NULL,
	};
	return true;
}

static void close_level(struct builder *b)
{
	assert(b->depth > 0);
	map_free(b->levels[--b->depth].seen);
}

static bool on_document(struct builder *b, const yaml_event_t *ev)
{
	if (ev->data.document_start.version_directive ||
	    ev->data.document_start.tag_directives.start !=
		ev->data.document_start.tag_directives.end)
		return fail_mark(b, ev->start_mark,
		    "lines that start with '%' are not supported: delete them");
	if (++b->n_documents > 1)
		return fail_mark(b, ev->start_mark,
		    "a second document starts here: delete the '---', a file holds one document");
	return true;
}

/* Anchor and tag of an event; both are refused. */
static bool check_properties(
    struct builder *b, const yaml_event_t *ev, const void *anchor, const void *tag)
{
	if (anchor)
		return fail_mark(b, ev->start_mark,
		    "a YAML anchor ('&name') is not supported: write the value out, or put it "
		    "in quotes");
	if (tag)
		return fail_mark(b, ev->start_mark,
		    "a YAML tag ('!name') is not supported: delete it, or put the value in "
		    "quotes");
	return true;
}

static bool on_event(struct builder *b, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return true;
	case YAML_DOCUMENT_START_EVENT:
		return on_document(b, ev);
	case YAML_ALIAS_EVENT:
		return fail_mark(b, ev->start_mark,
		    "a YAML alias ('*name') is not supported: write the value out, or put it "
		    "in quotes");
	case YAML_SCALAR_EVENT:
		return check_properties(
			   b, ev, ev->data.scalar.anchor, ev->data.scalar.tag) &&
		       on_scalar(b, ev);
	case YAML_SEQUENCE_START_EVENT:
		return check_properties(b, ev, ev->data.sequence_start.anchor,
			   ev->data.sequence_start.tag) &&
		       open_level(b, YAML_LIST, ev->start_mark);
	case YAML_MAPPING_START_EVENT:
		return check_properties(b, ev, ev->data.mapping_start.anchor,
			   ev->data.mapping_start.tag) &&
		       open_level(b, YAML_MAP, ev->start_mark);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_level(b);
		return true;
	}
	return true;
}

static bool build(struct builder *b)
{
	bool ok = true, done = false;

	while (ok && !done) {
		yaml_event_t ev;

		if (!yaml_parser_parse(&b->parser, &ev))
			return yaml_explain(&b->parser, b->in, b->e);
		ok = on_event(b, &ev);
		done = ev.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&ev);
	}
	return ok;
}

static bool parse(struct builder *b)
{
	bool ok;

	if (!yaml_check_characters(b->in, b->e))
		return false;
	if (!yaml_parser_initialize(&b->parser))
		return err_set(b->e, ERR_SYSTEM, "out of memory");
	yaml_parser_set_encoding(&b->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b->parser, (const unsigned char *)b->in.p, b->in.n);
	ok = build(b);
	while (b->depth)
		close_level(b);
	yaml_parser_delete(&b->parser);
	return ok;
}

struct yaml_node *yaml_parse(struct span in, struct arena *a, struct err *e)
{
	struct builder b = {.in = in, .arena = a, .e = e};

	if (in.n > YAML_MAX_BYTES) {
		err_set(e, ERR_LIMIT, "1:1: the file is larger than %zu MiB: split it",
		    YAML_MAX_BYTES >> 20);
		return NULL;
	}
	if (span_has_prefix(b.in, "\xef\xbb\xbf"))
		b.in = (struct span){in.p + 3, in.n - 3};
	if (!b.in.n)
		b.in = span_of("");
	if (!parse(&b))
		return NULL;
	if (!b.root)
		b.root = add_node(&b, YAML_MAP, (yaml_mark_t){0, 0, 0});
	return b.root;
}

struct yaml_node *yaml_find(const struct yaml_node *map, const char *key)
{
	if (!map || map->kind != YAML_MAP)
		return NULL;
	for (struct yaml_node *kid = map->kids; kid; kid = kid->next) {
		if (strcmp(kid->key, key) == 0)
			return kid;
	}
	return NULL;
}

bool yaml_is_null(const struct yaml_node *n)
{
	static const char *const words[] = {"", "~", "null"};

	if (!n || n->kind != YAML_SCALAR || n->quoted)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(n->text, words[i]) == 0)
			return true;
	}
	return false;
}
