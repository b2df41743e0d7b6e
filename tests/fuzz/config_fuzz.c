/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a config, in a world of a few variables and files: either a generation
 * that holds together or errors that say line and column; no secret in any sentence.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/base/yaml.h"
#include "agent/conf.h"
#include "tests/fuzz/fuzz.h"

#define FILE_NAME  "fuzz.yaml"
#define SECRET_B64 "d2hpY2hldmVyLXNlY3JldC1pdC1pcy0yNC1ieXRlcw=="

/* --- the world --------------------------------------------------------------------- */

static const struct entry {
	const char *name, *value;
} variables[] = {
    {"DEEPSEEK_API_KEY",  FUZZ_KEY						},
    {"DASHSCOPE_API_KEY", FUZZ_KEY						},
    {"MOONSHOT_API_KEY",  FUZZ_KEY						},
    {"VLLM_KEY",          FUZZ_KEY						},
    {"SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/T0123/B0123/" FUZZ_KEY},
    {"HOOK_URL",          "https://hook.example.org/" FUZZ_KEY                    },
    {"HOOK_SECRET",       "whsec_" SECRET_B64                                     },
    {"PROXY_URL",         "http://me:" FUZZ_KEY "@proxy.example.org:8080"         },
    {"BROKEN",            FUZZ_KEY " " FUZZ_KEY                                   },
    {"WHERE",             "hk-1"						  },
    {"EMPTY",             ""						      },
};

static const char *env(void *arg, const char *name)
{
	(void)arg;
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		if (strcmp(variables[i].name, name) == 0)
			return variables[i].value;
	}
	return NULL;
}

static bool file(void *arg, const char *path, struct str *out, struct err *e)
{
	(void)arg;
	if (strncmp(path, "/run/", 5) != 0)
		return err_set(e, ERR_NOT_FOUND, "the secret's file cannot be read");
	return str_adds(out, strstr(path, "twice") ? FUZZ_KEY "\n" FUZZ_KEY : FUZZ_KEY);
}

static const struct conf_world world = {.env = env,
    .file = file,
    .credentials_directory = "/run/credentials",
    .hostname = "host-1"};

/* --- the tree ---------------------------------------------------------------------- */

static void check_node(const struct yaml_node *n, int depth)
{
	int kids = 0;

	MUST(depth <= YAML_MAX_DEPTH && n->line >= 1 && n->column >= 1);
	MUST((n->kind == YAML_SCALAR) == (n->text != NULL));
	MUST(n->text == NULL || utf8_valid(span_of(n->text)));
	for (const struct yaml_node *k = n->kids; k != NULL; k = k->next) {
		MUST((n->kind == YAML_MAP) == (k->key != NULL));
		MUST(k->key == NULL || yaml_find(n, k->key) == k);
		MUST(k->key == NULL || (k->key_line >= 1 && k->key_column >= 1));
		check_node(k, depth + 1);
		kids++;
	}
	MUST(kids == n->n_kids);
}

static bool check_yaml(struct span in)
{
	struct arena *a = arena_new();
	struct err e = {0};
	const struct yaml_node *root = yaml_parse(in, a, &e);

	if (root != NULL) {
		check_node(root, 0);
	} else {
		MUST(e.code != ERR_NONE);
		MUST(fuzz_is_line(e.msg, sizeof(e.msg)));
		MUST(fuzz_is_placed(e.msg, in));
	}
	arena_free(a);
	return root != NULL;
}

/* --- the generation ---------------------------------------------------------------- */

static bool holds_secret(const char *text)
{
	return fuzz_leaks(text, FUZZ_KEY) || fuzz_leaks(text, SECRET_B64);
}

/* guessed: the fuzzer found the secrets in this file and wrote them into the config. */
static void check_problems(const struct conf_problems *p, struct span in, bool guessed)
{
	size_t errors = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct conf_problem *row = &p->rows[i];
		size_t n = strlen(FILE_NAME ":");

		errors += !row->warning;
		MUST(strncmp(row->text, FILE_NAME ":", n) == 0);
		MUST(fuzz_is_line(row->text, strlen(row->text) + 1));
		MUST(fuzz_is_placed(row->text + n, in));
		MUST(guessed || !holds_secret(row->text));
		MUST(i == 0 || p->rows[i - 1].line < row->line ||
		     (p->rows[i - 1].line == row->line &&
			 p->rows[i - 1].column <= row->column));
	}
	/* Rows have a limit, the count has none. */
	MUST(errors <= p->errors && (errors > 0) == (p->errors > 0));
}

static void check_target(const struct target *t, bool guessed)
{
	MUST(t->name[0] != '\0' && strlen(t->name) < 64 && t->url != NULL);
	MUST(t->provider != NULL && t->dialect != NULL && t->model != NULL);
	MUST(t->interval_ms > 0 && t->timeouts.total_ms > 0);
	MUST(strpbrk(t->url, " \r\n\t") == NULL);
	MUST(guessed || !holds_secret(t->url));
	MUST(t->line >= 1 && t->column >= 1);
	MUST(guessed || t->key_ref == NULL || !holds_secret(t->key_ref));
}

static void check_conf(const struct conf *c, bool guessed)
{
	struct conf_diff diff;

	MUST(c->n_targets > 0 && c->vantage != NULL && c->store_path != NULL);
	for (size_t i = 0; i < c->n_targets; i++) {
		check_target(&c->targets[i], guessed);
		for (size_t k = 0; k < i; k++)
			MUST(c->targets[i].lead != NULL ||
			     strcmp(c->targets[i].name, c->targets[k].name) != 0);
	}
	for (size_t i = 0; i < c->n_channels; i++)
		MUST(conf_find_channel(c, c->channels[i].name) == &c->channels[i]);
	for (size_t i = 0; i < c->n_rules; i++)
		MUST(c->rules[i].n_when > 0);
	conf_compare(c, c, &diff);
	MUST(diff.restart[0] == '\0' && diff.targets_kept == c->n_targets);
	MUST(diff.targets_added + diff.targets_removed + diff.rules_changed +
		 diff.channels_changed ==
	     0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);
	bool guessed = fuzz_guessed(in, FUZZ_KEY) || fuzz_guessed(in, SECRET_B64);
	bool is_yaml = check_yaml(in);
	struct conf_problems problems;
	struct conf *c;

	conf_problems_init(&problems);
	c = conf_load(in, FILE_NAME, &world, &problems);
	check_problems(&problems, in, guessed);
	MUST((c == NULL) == (problems.errors > 0));
	if (c != NULL) {
		MUST(is_yaml);
		check_conf(c, guessed);
	}
	conf_free(c);
	conf_problems_fini(&problems);
	return 0;
}
