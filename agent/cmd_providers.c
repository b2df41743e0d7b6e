/* SPDX-License-Identifier: MIT
 *
 * `dimwatch providers`: what the catalogue knows. A list, or one provider explained: its
 * hosts, what is asked and for how much, and whose fault each of its errors is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cmd.h"
#include "agent/json_print.h"
#include "agent/outcome_reference.h"
#include "agent/paint.h"
#include "agent/provider_json.h"
#include "probes/catalogue.h"

enum column { ID, NAME, DIALECT, MODEL, PRICE, KEY, COLUMNS };

static const enum paint dim[COLUMNS] = {
    PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM};

/* "0.1 / 0.5 USD", per million tokens. */
static const char *price_text(const struct price *p, char *buf, size_t size)
{
	if (p->currency[0] == '\0')
		return "unknown";
	if (p->in_nano_per_tok == 0 && p->out_nano_per_tok == 0)
		return "free";
	(void)snprintf(buf, size, "%.6g / %.6g %s", (double)p->in_nano_per_tok / 1000.0,
	    (double)p->out_nano_per_tok / 1000.0, p->currency);
	return buf;
}

static void print_list(const struct catalogue *c)
{
	static const char *const heads[COLUMNS] = {"provider", "", "dialect",
	    "asks model", "in / out per million tokens", "key in"};
	struct table *t = table_new(COLUMNS);

	table_row(t, dim, heads);
	for (size_t i = 0; i < catalogue_count(c); i++) {
		const struct provider *p = catalogue_at(c, i);
		enum paint paints[COLUMNS] = {[ID] = PAINT_BOLD};
		char price[64];
		const char *cells[COLUMNS] = {[ID] = p->id,
		    [NAME] = p->name,
		    [DIALECT] = p->dialect,
		    [MODEL] = p->model != NULL ? p->model : "(you name it)",
		    [PRICE] = p->retired != NULL
				  ? "retired"
				  : price_text(&p->price, price, sizeof(price)),
		    [KEY] = p->key_env != NULL ? p->key_env : "-"};

		table_row(t, paints, cells);
	}
	table_print(t, stdout);
	table_free(t);
	(void)printf(
	    "%zu providers, facts of %s; dimwatch providers NAME explains one.\n",
	    catalogue_count(c), catalogue_date(c));
}

/* "name        value", a line that has no value is left out. */
static void line(const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		(void)printf("%-12s %s\n", name, value);
}

static void lines(const char *name, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		line(i == 0 ? name : "", words[i]);
}

static void join(struct str *out, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)str_addf(out, "%s%s", i > 0 ? " | " : "", words[i]);
}

static void error_table_row(struct table *t, const struct error_row *row)
{
	enum { STATUS, WHERE, WORDS, CLASS, BLAME, NOTE, N };
	enum paint paints[N] = {[NOTE] = PAINT_DIM,
	    [CLASS] = outcome_is_failure(row->outcome) ? PAINT_BAD : PAINT_WARN};
	char status[16] = "any";
	struct str where, words;
	const char *cells[N];

	str_init(&where, 512);
	str_init(&words, 2048);
	if (row->http != 0)
		(void)snprintf(status, sizeof(status), "%d", row->http);
	join(&where, row->paths, row->n_paths);
	join(&words, row->matches, row->n_matches);
	cells[STATUS] = status;
	cells[WHERE] = strcmp(str_c(&where), "*") != 0 ? str_c(&where) : "anywhere";
	cells[WORDS] = strcmp(str_c(&words), "*") != 0 ? str_c(&words) : "anything";
	cells[CLASS] = outcome_code(row->outcome);
	cells[BLAME] = blame_word(outcome_blame(row->outcome));
	cells[NOTE] = row->note != NULL ? row->note : "";
	table_row(t, paints, cells);
	str_fini(&where);
	str_fini(&words);
}

static void print_errors(const struct provider *p)
{
	static const char *const heads[] = {"status", "where", "says", "is", "fault", ""};
	static const enum paint faint[] = {
	    PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM};
	struct table *t = table_new(6);

	(void)printf(
	    "\nWhose fault (the first row that fits; 200 is an error inside a good "
	    "answer):\n");
	table_max(t, 2, 48);
	table_row(t, faint, heads);
	for (size_t i = 0; i < p->n_errors; i++)
		error_table_row(t, &p->errors[i]);
	table_print(t, stdout);
	table_free(t);
}

static void print_hosts(const struct provider *p)
{
	for (size_t i = 0; i < p->n_regions; i++)
		(void)printf("%-12s %s  %s%s\n", i == 0 ? "hosts" : "",
		    p->regions[i].base_url, p->regions[i].id,
		    i == 0 && p->n_regions > 1 ? " (the default)" : "");
}

/* The price above is the dear one. */
static void print_cheap_hours(const struct provider *p)
{
	const struct price_hours *h = p->price_hours;
	struct price cheap = p->price;
	int away = h != NULL ? abs(h->utc_offset_min) : 0;
	char price[64];

	if (h == NULL)
		return;
	(void)printf("%-12s ", "");
	for (size_t i = 0; i < h->n_dear; i++)
		(void)printf("%s%s", i > 0 ? ", " : "", h->dear[i].words);
	cheap.in_nano_per_tok = h->in_nano_per_tok;
	cheap.out_nano_per_tok = h->out_nano_per_tok;
	(void)printf(" (UTC%c%02d:%02d); %s otherwise\n",
	    h->utc_offset_min < 0 ? '-' : '+', away / 60, away % 60,
	    price_text(&cheap, price, sizeof(price)));
}

static void print_shutdowns(const struct provider *p)
{
	for (size_t i = 0; i < p->n_shutdowns; i++)
		(void)printf("%-12s %s on %s\n", i == 0 ? "ends" : "",
		    p->shutdowns[i].model, p->shutdowns[i].date);
}

static void print_one(const struct provider *p)
{
	char price[64];

	(void)printf("%s%s%s  %s\n", paint_begin(stdout, PAINT_BOLD), p->id,
	    paint_end(stdout), p->name);
	if (p->retired != NULL)
		(void)printf("%-12s on %s: %s\n", "RETIRED", p->retired, p->retired_why);
	line("dialect", p->dialect);
	print_hosts(p);
	line("key in", p->key_env);
	if (p->key_optional)
		line("", "(works without one where the server allows it)");
	if (p->models_path != NULL || p->models_url != NULL)
		line("models list", p->models_open
					? "open to anybody: proves the edge, not the key"
					: "wants the key, and so proves it");
	line("asks model", p->model != NULL ? p->model : "the one you name");
	lines("falls back", p->fallback_models, p->n_fallback_models);
	lines("retired", p->retired_models, p->n_retired_models);
	print_shutdowns(p);
	line("price", price_text(&p->price, price, sizeof(price)));
	print_cheap_hours(p);
	line("", p->price_note);
	lines("siblings", p->siblings, p->n_siblings);
	line("notes", p->notes);
	line("sources", p->sources);
	line("checked", p->checked);
	print_errors(p);
}

/* What to start a file of one's own with. */
static int print_file(const struct catalogue *c, const char *id)
{
	struct span text = catalogue_text(c, id);

	(void)fwrite(text.p, 1, text.n, stdout);
	return EXIT_GOOD;
}

static int show(const struct cmd_args *a, const struct catalogue *c)
{
	bool json = cmd_flag(a, "json");
	const struct provider *p;
	const char *near;

	if (a->argc == 0 && cmd_flag(a, "file"))
		return cmd_usage(a->cmd, "--file takes the name of a provider");
	if (a->argc == 0) {
		if (json)
			json_print(providers_json(c));
		else
			print_list(c);
		return EXIT_GOOD;
	}
	p = catalogue_find(c, a->argv[0]);
	if (p == NULL) {
		near = catalogue_nearest(c, a->argv[0]);
		return near != NULL
			   ? cmd_usage(a->cmd, "no provider '%s' (did you mean %s?)",
				 a->argv[0], near)
			   : cmd_usage(a->cmd, "no provider '%s'", a->argv[0]);
	}
	if (cmd_flag(a, "file"))
		return print_file(c, p->id);
	if (json)
		json_print(provider_json(p));
	else
		print_one(p);
	return EXIT_GOOD;
}

static int print_outcomes(void)
{
	struct str s;

	str_init(&s, (size_t)64 << 10);
	outcome_reference(&s);
	(void)fputs(str_c(&s), stdout);
	str_fini(&s);
	return EXIT_GOOD;
}

static int run(const struct cmd_args *a)
{
	struct arena *arena = arena_new();
	struct err e = {0};
	const struct catalogue *c = catalogue_load(arena, &e);
	int code = EXIT_CANNOT;

	if (cmd_flag(a, "outcomes"))
		code = print_outcomes();
	else if (a->argc > 1)
		code = cmd_usage(a->cmd, "one provider at a time");
	else if (c != NULL)
		code = show(a, c);
	else
		(void)fprintf(stderr, "dimwatch providers: %s\n", e.msg);
	arena_free(arena);
	return code;
}

static const struct cmd_option options[] = {
    {"json", 0, NULL, "as JSON"},
    {"file",  0, NULL, "its file as it is, to start one of your own (`catalogue:`) with"},
    {"outcomes",      0, NULL, "print what every outcome means (docs/outcomes.md) instead"},
    {0   },
};

const struct cmd cmd_providers = {
    .name = "providers",
    .summary = "list the providers it knows, or explain one",
    .positional = "[NAME]",
    .about =
	"Without a name: every provider of the catalogue, the model that is asked, "
	"its price and\nthe variable its key is looked for in. With a name: its hosts, "
	"what is known of its\nmodels, and the table that says whose fault each of its "
	"errors is.",
    .example = "  dimwatch providers\n  dimwatch providers deepseek",
    .options = options,
    .run = run,
};
