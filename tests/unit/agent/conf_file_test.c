/* SPDX-License-Identifier: MIT
 *
 * The real world of the loader: real files in a folder of its own, real variables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/conf.h"

#define ALERTS "alerts:\n  - slack: ${SLACK_WEBHOOK_URL}\n"
#define ONE(vantage)                                                                     \
	"vantage: " vantage "\ntargets:\n  - {provider: deepseek, key: none}\n" ALERTS

static char folder[64];

static void write_file(const char *name, const char *text, mode_t mode)
{
	FILE *f = fopen(name, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(name, mode), 0);
}

static int set_up(void **state)
{
	static const char *const unset[] = {"DIMWATCH_CONFIG", "STATE_DIRECTORY",
	    "CREDENTIALS_DIRECTORY", "DEEPSEEK_API_KEY"};
	(void)state;
	(void)str_copy(folder, sizeof folder, "/tmp/dimwatch-conf-XXXXXX");
	if (!mkdtemp(folder) || chdir(folder) != 0)
		return -1;
	for (size_t i = 0; i < sizeof unset / sizeof *unset; i++)
		(void)unsetenv(unset[i]);
	return setenv("SLACK_WEBHOOK_URL",
	    "https://hooks.slack.com/services/T0000/B0000/abcdefghijklmnopqrstuvwx", 1);
}

static int tear_down(void **state)
{
	static const char *const names[] = {"dimwatch.yaml", "named.yaml", "other.yaml",
	    "key", "creds/deepseek", "pipe", "folder.yaml"};
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		(void)remove(names[i]);
	(void)rmdir("creds");
	return chdir("/") == 0 ? rmdir(folder) : -1;
}

static struct conf *good(const char *path)
{
	struct conf_problems p;
	conf_problems_init(&p);
	struct conf *c = conf_open(path, &p);
	for (size_t i = 0; i < p.n; i++)
		print_message("# %s\n", p.rows[i].text);
	conf_problems_fini(&p);
	assert_non_null(c);
	return c;
}

/* The only error; in a buffer of ours. */
static const char *error_of(const char *path)
{
	static char kept[2000];
	struct conf_problems p;
	conf_problems_init(&p);
	assert_null(conf_open(path, &p));
	assert_int_equal(p.errors, 1);
	(void)str_copy(kept, sizeof kept, p.rows[0].text);
	conf_problems_fini(&p);
	return kept;
}

static void expect_vantage(const char *path, const char *vantage)
{
	struct conf *c = good(path);
	assert_string_equal(c->vantage, vantage);
	conf_free(c);
}

static void named_comes_before_variable_before_folder(void **state)
{
	(void)state;
	write_file("dimwatch.yaml", ONE("local"), 0644);
	write_file("named.yaml", ONE("named"), 0644);
	write_file("other.yaml", ONE("variable"), 0644);
	expect_vantage(NULL, "local");
	assert_int_equal(setenv("DIMWATCH_CONFIG", "other.yaml", 1), 0);
	expect_vantage(NULL, "variable");
	expect_vantage("named.yaml", "named");
	(void)unsetenv("DIMWATCH_CONFIG");
}

static void a_named_file_that_is_missing_is_an_error_and_nothing_else_is_taken(
    void **state)
{
	(void)state;
	write_file("dimwatch.yaml", ONE("local"), 0644);
	assert_non_null(
	    strstr(error_of("gone.yaml"), "gone.yaml: cannot be read (No such"));
}

static void without_any_config_the_places_are_named(void **state)
{
	(void)state;
	const char *text = error_of(NULL);
	assert_non_null(strstr(text, "dimwatch init"));
	assert_non_null(strstr(text, "$DIMWATCH_CONFIG"));
}

static void folders_and_pipes_are_no_configs(void **state)
{
	(void)state;
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_int_equal(mkdir("folder.yaml", 0700), 0);
	assert_non_null(strstr(error_of("pipe"), "is not a regular file"));
	assert_non_null(strstr(error_of("folder.yaml"), "is not a regular file"));
}

static void a_config_that_is_too_large_is_refused(void **state)
{
	(void)state;
	FILE *f = fopen("named.yaml", "w");
	assert_non_null(f);
	for (int i = 0; i < 9 << 20; i += 64)
		assert_true(fprintf(f, "# %-61d\n", i) == 64);
	assert_int_equal(fclose(f), 0);
	assert_non_null(strstr(error_of("named.yaml"), "larger than 8 MiB"));
}

#define WITH_KEY(ref) "targets:\n  - {provider: deepseek, key: \"" ref "\"}\n" ALERTS

static void a_secrets_file_that_others_can_read_is_refused(void **state)
{
	(void)state;
	write_file("named.yaml", WITH_KEY("file:key"), 0644);
	write_file("key", "sk-from-file\n", 0644);
	assert_non_null(strstr(error_of("named.yaml"), "(mode 644): chmod 600 it"));
	assert_int_equal(chmod("key", 0640), 0);
	assert_non_null(strstr(error_of("named.yaml"), "(mode 640)"));
	assert_int_equal(chmod("key", 0600), 0);
	struct conf *c = good("named.yaml");
	assert_string_equal(secret_reveal(c->targets[0].key), "sk-from-file");
	conf_free(c);
}

static void a_credential_is_read_where_systemd_put_it(void **state)
{
	char dir[128];
	(void)state;
	(void)snprintf(dir, sizeof dir, "%s/creds", folder);
	write_file("named.yaml", WITH_KEY("credential:deepseek"), 0644);
	assert_non_null(strstr(error_of("named.yaml"), "LoadCredential"));
	assert_int_equal(mkdir(dir, 0700), 0);
	/* systemd may grant access by ACL, which shows as a group's bit. */
	write_file("creds/deepseek", "sk-credential", 0440);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", dir, 1), 0);
	struct conf *c = good("named.yaml");
	assert_string_equal(secret_reveal(c->targets[0].key), "sk-credential");
	conf_free(c);
	(void)unsetenv("CREDENTIALS_DIRECTORY");
}

static void the_first_state_directory_holds_the_database(void **state)
{
	(void)state;
	write_file("named.yaml", ONE("x"), 0644);
	assert_int_equal(setenv("STATE_DIRECTORY", "/var/lib/a:/var/lib/b", 1), 0);
	struct conf *c = good("named.yaml");
	assert_string_equal(c->store_path, "/var/lib/a/dimwatch.db");
	conf_free(c);
	(void)unsetenv("STATE_DIRECTORY");
}

static void without_a_config_the_environments_keys_say_whom_to_ask(void **state)
{
	struct conf_problems p;
	(void)state;
	assert_int_equal(setenv("DEEPSEEK_API_KEY", "sk-environment", 1), 0);
	conf_problems_init(&p);
	struct conf *c = conf_open_or_environment(NULL, &p);
	assert_non_null(c);
	assert_int_equal(p.errors, 0);
	bool found = false;
	for (size_t i = 0; i < c->n_targets; i++)
		found |= !strcmp(c->targets[i].name, "deepseek") &&
			 !strcmp(secret_reveal(c->targets[i].key), "sk-environment");
	assert_true(found);
	assert_int_equal(c->n_channels, 0);
	conf_free(c);
	conf_problems_fini(&p);
	(void)unsetenv("DEEPSEEK_API_KEY");
}

static void history_is_found_in_a_shell_without_keys(void **state)
{
	struct conf_problems p;
	(void)state;
	write_file("named.yaml",
	    "store: {path: /data/x.db}\ntargets:\n  - provider: deepseek\n" ALERTS, 0644);
	assert_non_null(strstr(error_of("named.yaml"), "DEEPSEEK_API_KEY is not set"));
	conf_problems_init(&p);
	struct conf *c = conf_open_without_secrets("named.yaml", &p);
	assert_non_null(c);
	assert_string_equal(c->store_path, "/data/x.db");
	conf_free(c);
	conf_problems_fini(&p);
}

static void provider_files_are_found_beside_the_config_and_read_anew(void **state)
{
	static const char text[] =
	    "catalogue: [other.yaml]\ntargets:\n  - {provider: deepseek}\n" ALERTS;
	char path[128];
	struct conf *c = NULL;
	(void)state;
	assert_int_equal(setenv("DEEPSEEK_API_KEY", "sk-test", 1), 0);
	write_file("named.yaml", text, 0644);
	write_file("other.yaml", "id: deepseek\nprobe: {model: one}\n", 0644);
	/* From another folder: beside the config, not beside us. */
	(void)snprintf(path, sizeof path, "%s/named.yaml", folder);
	assert_int_equal(chdir("/"), 0);
	c = good(path);
	assert_string_equal(c->targets[0].model, "one");
	conf_free(c);
	assert_int_equal(chdir(folder), 0);
	write_file("other.yaml", "id: deepseek\nprobe: {model: two}\n", 0644);
	c = good("named.yaml");
	assert_string_equal(c->targets[0].model, "two");
	conf_free(c);
	write_file("other.yaml", "id: deepseek\nprobe: {modle: two}\n", 0644);
	assert_string_equal(error_of("named.yaml"),
	    "other.yaml:2:9: probe: unknown key \"modle\" (did you mean \"model\"?)");
	assert_int_equal(remove("other.yaml"), 0);
	assert_string_equal(error_of("named.yaml"),
	    "named.yaml:1:13: catalogue[0]: other.yaml cannot be read (No such file or "
	    "directory): check the path");
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(provider_files_are_found_beside_the_config_and_read_anew),
	    CASE(named_comes_before_variable_before_folder),
	    CASE(a_named_file_that_is_missing_is_an_error_and_nothing_else_is_taken),
	    CASE(without_any_config_the_places_are_named),
	    CASE(folders_and_pipes_are_no_configs),
	    CASE(a_config_that_is_too_large_is_refused),
	    CASE(a_secrets_file_that_others_can_read_is_refused),
	    CASE(a_credential_is_read_where_systemd_put_it),
	    CASE(the_first_state_directory_holds_the_database),
	    CASE(without_a_config_the_environments_keys_say_whom_to_ask),
	    CASE(history_is_found_in_a_shell_without_keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
