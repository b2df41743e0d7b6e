/* SPDX-License-Identifier: MIT */
#include "tests/unit/agent/conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/xalloc.h"

struct entry {
	const char *name, *value;
};

static const struct entry variables[] = {
    {"DEEPSEEK_API_KEY",  "sk-deepseek"                             },
    {"DASHSCOPE_API_KEY", "sk-dashscope"                            },
    {"MOONSHOT_API_KEY",  "sk-moonshot"                             },
    {"OPENAI_API_KEY",    "sk-openai"                               },
    {"SLACK_WEBHOOK_URL", FIXTURE_SLACK                             },
    {"SLACK_ARCHIVE_URL", "https://example.slack.com/archives/C0123"},
    {"SLACK_TOKEN",       "xoxb-1-2-3"                              },
    {"AM_URL",            "http://127.0.0.1:9093/api/v1/alerts"     },
    {"RELAY_URL",         "smtp://user:password-1@relay.example"    },
    {"HOOK_URL",          "https://hook.example.org/in"             },
    {"PLAIN_HTTP_URL",    "http://hook.example.org/in"              },
    {"HOOK_SECRET",       FIXTURE_SECRET                            },
    {"OLD_SECRET",        "whsec_cHJldmlvdXMtc2VjcmV0LTI0LWJ5dGVz"  },
    {"PLAIN_SECRET",      "correct-horse"                           },
    {"PROXY_URL",         "http://me:pw@proxy.example.org:8080"     },
    {"VLLM_KEY",          "sk-house"				},
    {"GATEWAY",           "gw.example.org"                          },
    {"WHERE",             "hk-1"				    },
    {"EMPTY",             ""					},
    {"LATIN1",            "caf\xe9"				 },
};

static const struct entry files[] = {
    {"/run/secrets/deepseek",     "sk-from-a-file\n"},
    {"etc/keys/deepseek",         "sk-beside\n"     },
    {"/run/credentials/deepseek", "sk-credential"   },
    {"/run/secrets/empty",        "\n"              },
    {"/run/secrets/two-words",    "two words"       },
};

static const char *find(const struct entry *rows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(rows[i].name, name))
			return rows[i].value;
	return NULL;
}

static const char *env(void *arg, const char *name)
{
	(void)arg;
	return find(variables, sizeof variables / sizeof *variables, name);
}

static bool file(void *arg, const char *path, struct str *out, struct err *e)
{
	const char *value = find(files, sizeof files / sizeof *files, path);
	(void)arg;
	if (!strcmp(path, "/run/secrets/open"))
		return err_set(e, ERR_CONFIG,
		    "the secret's file %s can be read by others (mode 644): chmod 600 it",
		    path);
	if (!value)
		return err_set(e, ERR_NOT_FOUND,
		    "the secret's file %s: cannot be read (No such file or directory): check the "
		    "path",
		    path);
	return str_adds(out, value);
}

/* By the last part of their names: tests/data/zones. */
static bool zone(void *arg, const char *name, struct str *out, struct err *e)
{
	const char *slash = strrchr(name, '/');
	(void)arg;
	char *path = xasprintf(
	    "%s/zones/%s.tzif", getenv("DIMWATCH_TESTS_DATA"), slash ? slash + 1 : name);
	FILE *in = fopen(path, "rb");
	char bytes[8192];
	free(path);
	if (!in)
		return err_set(e, ERR_CONFIG,
		    "no time zone '%s' (did you mean 'Asia/Hong_Kong'?)", name);
	(void)str_add(out, bytes, fread(bytes, 1, sizeof bytes, in));
	(void)fclose(in);
	return true;
}

struct conf_world fixture_world(void)
{
	return (struct conf_world){
	    .env = env, .file = file, .zone = zone, .hostname = "host-1"};
}

static const char *generous_env(void *arg, const char *name)
{
	const char *value = env(arg, name);
	if (value && *value)
		return value;
	if (strstr(name, "SECRET"))
		return FIXTURE_SECRET;
	if (strstr(name, "SLACK"))
		return FIXTURE_SLACK;
	if (strstr(name, "PROXY"))
		return "http://proxy.example.org:8080";
	if (strstr(name, "URL") || strstr(name, "HOOK"))
		return "https://hook.example.org/in";
	return "sk-something";
}

static bool generous_file(void *arg, const char *path, struct str *out, struct err *e)
{
	(void)arg;
	(void)path;
	(void)e;
	return str_adds(out, FIXTURE_SECRET);
}

struct conf_world fixture_generous_world(void)
{
	return (struct conf_world){.env = generous_env,
	    .file = generous_file,
	    .zone = zone,
	    .credentials_directory = "/run/credentials",
	    .hostname = "host-1"};
}

struct conf *fixture_load(const char *text, struct conf_problems *ret_problems)
{
	struct conf_world w = fixture_world();
	conf_problems_init(ret_problems);
	return conf_load(span_of(text), "c.yaml", &w, ret_problems);
}

static void print_all(const struct conf_problems *p)
{
	for (size_t i = 0; i < p->n; i++)
		print_message("# %s\n", p->rows[i].text);
}

struct conf *fixture_good(const char *text)
{
	struct conf_problems p;
	struct conf *c = fixture_load(text, &p);
	if (!c)
		print_all(&p);
	assert_non_null(c);
	assert_int_equal(p.errors, 0);
	conf_problems_fini(&p);
	return c;
}

struct conf *fixture_data(const char *name)
{
	char *path =
	    xasprintf("%s/configs/good/%s.yaml", getenv("DIMWATCH_TESTS_DATA"), name);
	char *text = fixture_read(path, false);
	struct conf *c = fixture_good(text);
	free(text);
	free(path);
	return c;
}

const struct target *fixture_target(const struct conf *c, const char *name)
{
	size_t i = 0;
	while (i < c->n_targets && strcmp(c->targets[i].name, name) != 0)
		i++;
	assert_true(i < c->n_targets);
	return &c->targets[i];
}

const char *fixture_only_problem(const char *text, bool warning)
{
	static char kept[2000];
	struct conf_problems p;
	struct conf *c = fixture_load(text, &p);
	if (p.n != 1 || p.rows[0].warning != warning)
		print_all(&p);
	assert_int_equal(p.n, 1);
	assert_int_equal(p.rows[0].warning, warning);
	if (warning)
		assert_non_null(c);
	else
		assert_null(c);
	(void)str_copy(kept, sizeof kept, p.rows[0].text);
	conf_problems_fini(&p);
	conf_free(c);
	return kept;
}

char *fixture_read(const char *path, bool may_miss)
{
	FILE *f = fopen(path, "rb");
	struct str s;
	char buf[8192];
	size_t n;
	if (!f && may_miss)
		return NULL;
	if (!f)
		fail_msg("cannot read %s", path);
	str_init(&s, (size_t)4 << 20);
	while ((n = fread(buf, 1, sizeof buf, f)) > 0)
		(void)str_add(&s, buf, n);
	(void)fclose(f);
	(void)str_addc(&s, '\0');
	return str_take(&s);
}
