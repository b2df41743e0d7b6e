/* SPDX-License-Identifier: MIT
 *
 * `dimwatch report`: what people must hand in after an outage, as Markdown or as one HTML
 * file, out of the database alone.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/arena.h"
#include "agent/cmd.h"
#include "agent/history.h"
#include "agent/report_read.h"
#include "agent/zoneinfo.h"

/* NULL with e: there is no such zone. */
static struct zone *read_zone(struct arena *a, const char *name, struct err *e)
{
	struct zone *z = zone_fixed(a, name);
	struct str bytes;
	if (z)
		return z;
	str_init(&bytes, ZONE_MAX_BYTES);
	if (zoneinfo_read(name, &bytes, e))
		z = zone_read(a, name, str_span(&bytes), e);
	str_fini(&bytes);
	return z;
}

static bool put_file(const char *path, const struct str *text, struct err *e)
{
	FILE *f = path ? fopen(path, "w") : stdout;
	if (!f)
		return err_set(e, ERR_SYSTEM, "%s: %s", path, strerror(errno));
	bool good = fwrite(str_c(text), 1, text->len, f) == text->len;
	good = (path ? fclose(f) : fflush(f)) == 0 && good;
	if (!good)
		return err_set(e, ERR_SYSTEM, "%s: %s", path ? path : "standard output",
		    strerror(errno));
	return true;
}

static bool write_report(
    const struct cmd_args *a, const char *path, const struct zone *zone, struct err *e)
{
	enum doc_format f = cmd_flag(a, "html") ? DOC_HTML : DOC_MARKDOWN;
	struct reader *r = reader_open(path, HISTORY_BUDGET_MS, e);
	struct report report = {0};
	struct str text;
	const struct report_of of = {cmd_value(a, "incident"), cmd_value(a, "provider")};
	bool good = r && report_read(r, &of, history_now(), &report, e);
	reader_close(r);
	str_init(&text, DOC_MAX_BYTES);
	if (good) {
		report.zone = zone;
		report_write(&report, f, &text);
		good = put_file(cmd_value(a, "output"), &text, e);
	}
	str_fini(&text);
	report_fini(&report);
	return good;
}

static int run(const struct cmd_args *a)
{
	const char *name = cmd_value(a, "zone");
	struct err e = {0};
	char *path = NULL;
	if (!cmd_value(a, "incident"))
		return cmd_usage(a->cmd, "name the incident: --incident ID");
	struct arena *arena = arena_new();
	struct zone *zone = name ? read_zone(arena, name, &e) : NULL;
	if (name && !zone) {
		arena_free(arena);
		return cmd_usage(a->cmd, "--zone %s: %s", name, e.msg);
	}
	int code = history_path(a, &path);
	if (code < 0) {
		bool good = write_report(a, path, zone, &e);
		code = good                      ? EXIT_GOOD
		       : e.code == ERR_NOT_FOUND ? EXIT_USAGE
						 : EXIT_CANNOT;
		if (!good)
			(void)fprintf(stderr, "dimwatch report: %s\n", e.msg);
	}
	free(path);
	arena_free(arena);
	return code;
}

static const struct cmd_option options[] = {
    {"incident",					'i', "ID", "the four characters of a message's title, or the full id"},
    {"provider",					     'p', "NAME", "only its part of an incident that others share"},
    {"html",						 0, NULL, "one HTML file instead of Markdown; needs nothing else"},
    {"output",  'o', "FILE", "there instead of to standard output"},
    {"zone", 'z', "ZONE", "times as they are there (Asia/Shanghai, +08:00); else UTC"},
    {"config",					    'c', "FILE", "the config that names the database"},
    {"database",					     'd', "FILE", "the database itself"},
    {0						},
};

const struct cmd cmd_report = {
    .name = "report",
    .summary = "the report of an incident, to hand in",
    .about =
	"Timeline, scope, evidence with request ids, first tokens before, during and\n"
	"after, the provider's words beside ours, who was told and when, what it cost,\n"
	"and when nobody looked. From the database alone, whether the daemon runs or not.\n"
	"Exit: 0 written, 2 usage or unknown id, 3 cannot read or write.",
    .example =
	"  dimwatch report --incident 7Q2A > 7Q2A.md\n"
	"  dimwatch report --incident 7Q2A --html -o 7Q2A.html --zone Asia/Shanghai",
    .options = options,
    .run = run,
};
