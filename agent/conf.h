/* SPDX-License-Identifier: MIT
 *
 * A loaded config: one immutable generation in one arena with one reference count. What
 * still uses it (an exchange in flight) holds a reference (arena_ref(conf->arena)).
 */
#ifndef DIMWATCH_AGENT_CONF_H
#define DIMWATCH_AGENT_CONF_H

#include "agent/base/arena.h"
#include "agent/base/err.h"
#include "agent/base/secret.h"
#include "agent/conf_calendar.h"
#include "alerts/channel.h"
#include "alerts/route.h"
#include "alerts/rule.h"
#include "probes/catalogue.h"
#include "probes/cost.h"
#include "probes/page.h"
#include "probes/target.h"

/* `store.keep`; 0 in size_bytes = no limit. */
struct conf_keep {
	int64_t samples_ms, five_minutes_ms, hours_ms, days_ms, size_bytes;
};

/* Rivals that can stand in for each other, in order of preference. */
struct failover {
	const char *name;                   /* of the class: "chat" */
	const struct target *const *rivals; /* of the same generation, at least one */
	size_t n;
};

/* A provider's status page. */
struct conf_page {
	const char *provider;
	const struct page_kind *kind;
	const char *url, *host; /* host: whose it must say it is; or NULL */
	const char *const *parts;
	size_t n_parts;
	int64_t interval_ms;
	const struct secret *proxy; /* the route of a target of its provider */
	const char *ca_file;
	enum ip_family ip;
};
#define CONF_PAGE_INTERVAL_MS (2 * MS_PER_MIN)

struct conf {
	struct arena *arena; /* this struct lives in it */
	const char *path;    /* as it was named */
	char hash[17];       /* hex of the bytes, for `runs` */
	const char *vantage;
	const struct catalogue *catalogue;
	struct rates rates;   /* the config's, then the compiled-in ones */
	struct budget budget; /* all targets together */
	const char *store_path;
	struct conf_keep keep;
	struct target *targets; /* series are filled in by the agent */
	size_t n_targets;
	const struct rule *rules;
	size_t n_rules;
	const struct channel_conf *channels;
	size_t n_channels;
	const struct route *routes;
	size_t n_routes;
	const struct failover *failovers;
	size_t n_failovers;
	const struct maintenance *maintenance;
	size_t n_maintenance;
	const struct heartbeat *heartbeat; /* NULL: none */
	const struct digest *digest;       /* NULL: none */
	const char *const *controls; /* addresses that tell our own network's trouble */
	size_t n_controls;
	const struct conf_page *pages;
	size_t n_pages;
};

/* Everything that is wrong (errors) or worth a word (warnings), in order of the file. */
struct conf_problem {
	bool warning;
	int line, column;
	int file; /* 0: the config; else which of its `catalogue` files, from 1 */
	/* "FILE:LINE:COLUMN: path: what, and the nearest right name"; a warning says
	 * "warning: " before the path. */
	const char *text;
};
struct conf_problems {
	struct arena *arena; /* owned: the texts */
	struct conf_problem *rows;
	size_t n, cap;
	size_t errors;
};
void conf_problems_init(struct conf_problems *p);
void conf_problems_fini(struct conf_problems *p);

/* How the loader reaches the world: environment, files of secrets, defaults. Tests give
 * their own. file() appends the content of a `file:` or `credential:` reference. */
struct conf_world {
	void *arg;
	const char *(*env)(void *arg, const char *name); /* NULL when unset */
	bool (*file)(void *arg, const char *path, struct str *out, struct err *e);
	/* Appends the bytes of a file that is no secret (`catalogue:`). NULL: none. */
	bool (*text)(void *arg, const char *path, struct str *out, struct err *e);
	/* Appends the bytes of a time zone's file; e names the nearest. NULL: none. */
	bool (*zone)(void *arg, const char *name, struct str *out, struct err *e);
	/* Can this file be read? NULL: not looked at. */
	bool (*readable)(void *arg, const char *path);
	const char *credentials_directory; /* NULL: `credential:` cannot be resolved */
	const char *state_directory; /* NULL: the database stands beside the config */
	const char *hostname;        /* default vantage */
	bool skip_secrets; /* secrets stay NULL: for commands that only read history */
};

/* Pure given its world: bytes -> generation, or NULL with problems->errors > 0; every
 * error of the file is reported in one run. */
struct conf *conf_load(struct span bytes, const char *path, const struct conf_world *w,
    struct conf_problems *problems) MUST_CHECK;
void conf_free(struct conf *c); /* drops the loader's reference */

const struct channel_conf *conf_find_channel(const struct conf *c, const char *name);
const struct failover *conf_find_failover(const struct conf *c, const char *name);

/* The shell around it (conf_file.c): finds the file (-c, $DIMWATCH_CONFIG,
 * ./dimwatch.yaml, /etc/dimwatch/dimwatch.yaml), reads it, loads it with the real world.
 * explicit_path may be NULL. A file that cannot be found or read is a problem too. */
struct conf *conf_open(
    const char *explicit_path, struct conf_problems *problems) MUST_CHECK;
/* conf_open; but when no file was named and none is found, a config made of the provider
 * keys in the environment (what `init` would write). For `probe` by hand. */
struct conf *conf_open_or_environment(
    const char *explicit_path, struct conf_problems *problems) MUST_CHECK;
/* conf_open without looking at secrets (they are NULL): for commands that only want to
 * know where history is kept, in a shell that has no keys. */
struct conf *conf_open_without_secrets(
    const char *explicit_path, struct conf_problems *problems) MUST_CHECK;
/* Prints problems to stderr (colours on a terminal), one a line, errors last line count.
 */
void conf_problems_print(const struct conf_problems *p);
/* Registers every secret of the generation with the logger's redaction. */
void conf_redact_log(const struct conf *c);

/* Reload: what needs a restart (store, vantage) is named in `restart` (""), and the new
 * generation is used for the rest. */
struct conf_diff {
	char restart[200]; /* "store, vantage": keys that need a restart; "" none */
	size_t targets_added, targets_removed, targets_kept, rules_changed,
	    channels_changed;
};
void conf_compare(const struct conf *old, const struct conf *new, struct conf_diff *ret);

#endif
