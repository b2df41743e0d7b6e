/* SPDX-License-Identifier: MIT
 *
 * Every key of the config as a row: type, range, default, help. Reading, validation, the
 * reference document (docs/config.md) and the list of what needs a restart derive from
 * these rows; nothing else knows a key's name. Names that belong to later versions stand
 * beside them, so that the answer is honest and not "unknown key".
 */
#ifndef DIMWATCH_AGENT_CONF_SCHEMA_H
#define DIMWATCH_AGENT_CONF_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/conf_keys.h"

enum conf_type {
	CONF_TEXT,      /* any text that is not empty */
	CONF_NAME,      /* letters, digits, "." "_" "-" */
	CONF_PATH,      /* of a file */
	CONF_PATHS,     /* one path or a list */
	CONF_WORD,      /* one of the choices */
	CONF_SWITCH,    /* on | off */
	CONF_DURATION,  /* "90s", in ms */
	CONF_SIZE,      /* "2GiB", in bytes */
	CONF_MONEY_DAY, /* "0.10 USD/day", in nano-units */
	CONF_ASKS_DAY,  /* "2000/day" */
	CONF_COUNT,     /* "8000" */
	CONF_URL,       /* http(s), without a key in it */
	CONF_URLS,      /* one URL or a list; empty where `none` may be */
	CONF_SECRET,    /* a reference, or clear text with a warning */
	CONF_PROXY,     /* a secret that is a proxy's URL */
	CONF_TEXTS,     /* one text or a list */
	CONF_NAMES,     /* one name or a list */
	CONF_WORDS,     /* one of the choices or a list of them */
	CONF_TEXT_MAP,  /* name: text */
	CONF_MONEY_MAP, /* CURRENCY: amount in USD */
	CONF_NAMES_MAP, /* name: one name or a list of them */
	CONF_LINE_MAP,  /* name: a line of text, or a reference to a secret one */
	CONF_JSON,      /* a map of anything: its JSON */
	CONF_LADDER,    /* one of the choices, or a map: rung: duration */
	CONF_BLOCK,     /* a map with keys of its own */
	CONF_BLOCKS,    /* a list of such maps */
	CONF_TYPE_COUNT
};

struct conf_block;

struct conf_key {
	const char *name;
	enum conf_type type;
	const char *fallback;       /* default, read like a value of the file; or NULL */
	const char *fallback_words; /* default for people, where no text can say it */
	int64_t min, max;           /* in the type's unit; both 0: no range */
	const char *const *choices; /* of WORD and WORDS; ends with NULL */
	const char *const *later_choices; /* of later versions; NULL or ends with NULL */
	const char *later_shape;          /* what a map here means in a later version */
	const struct conf_block *inside;  /* of BLOCK and BLOCKS */
	const char *shorthand; /* of BLOCK: a single value means this key of it */
	const char *refers;    /* what it must be one of: "a channel" */
	bool required;
	bool restart;      /* a change needs a restart */
	bool references;   /* ${NAME} works in this text */
	bool inherited;    /* absent in a target: the value in `defaults` holds */
	bool may_be_none;  /* the word `none` */
	const char *since; /* NULL: 0.1, the first version */
	const char *help;  /* one sentence */
};

struct conf_block {
	const char *name; /* for the reference: "targets" */
	const char *help;
	const struct conf_key *keys;
	size_t n_keys;
	const char *const *later; /* keys of later versions; NULL or ends with NULL */
};

extern const struct conf_block conf_top_block;
/* conf_schema_alerts.c */
extern const char *const conf_languages[];
extern const struct conf_block conf_channel_block, conf_route_block, conf_match_block,
    conf_escalate_block;
/* conf_schema_pages.c */
extern const struct conf_block conf_page_block;
/* conf_schema_rules.c */
extern const struct conf_block conf_rule_block, conf_rule_match_block;
/* conf_schema_time.c */
extern const struct conf_block conf_where_block, conf_maintenance_block, conf_quiet_block,
    conf_group_block, conf_heartbeat_block, conf_digest_block;
/* All blocks in the order of the reference document; *ret_n of them. */
const struct conf_block *const *conf_blocks(size_t *ret_n);
/* NULL: no such row. */
const struct conf_key *conf_key_find(const struct conf_block *b, const char *name);
/* Is it a name of a later version? */
bool conf_is_later(const struct conf_block *b, const char *name);
bool conf_is_word(const char *const *words, const char *word); /* words may be NULL */
/* "duration", "money/day": for the reference and for messages. */
const char *conf_type_name(enum conf_type t);

#endif
