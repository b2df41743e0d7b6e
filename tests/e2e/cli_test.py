# SPDX-License-Identifier: MIT
"""The command line as people meet it: help, mistakes, exit codes, streams."""

import json
import subprocess

from harness import check, equal, main

COMMANDS = ["run", "check", "init", "doors", "probe", "rehearse", "status", "incidents", "why", "best", "replay", "demo", "sim", "completion",
            "version"]


def alone_it_prints_the_list_of_commands(house):
    p = house.run()
    equal(p.returncode, 0, "exit code")
    for command in COMMANDS:
        check(f"  {command} " in p.text, f"{command} is in the list")


def every_command_has_help_with_an_example(house):
    for command in COMMANDS:
        p = house.run(command, "--help")
        equal(p.returncode, 0, command)
        check(p.text.startswith(f"dimwatch {command}: "), p.text)
        check("Example:\n  " in p.text, f"{command} shows an example")
        equal(p.errors, "", f"{command} --help on stderr")


def a_wrong_word_gets_the_nearest_right_one_and_exit_2(house):
    p = house.run("statsu")
    equal(p.returncode, 2, "exit code")
    check("did you mean 'status'?" in p.errors, p.errors)
    p = house.run("probe", "--jsno")
    equal(p.returncode, 2, "exit code")
    check("did you mean --json?" in p.errors, p.errors)


def a_command_of_a_later_version_says_so(house):
    p = house.run("snapshot")
    equal(p.returncode, 2, "exit code")
    check("not in this version" in p.errors, p.errors)


def a_terminal_escape_in_a_word_is_printed_harmless(house):
    p = house.run("\x1b]52;c;evil\x07")
    check("\x1b" not in p.errors, repr(p.errors))


def version_is_one_line_and_json_is_json(house):
    p = house.run("--version")
    equal(p.returncode, 0, "exit code")
    equal(p.text.count("\n"), 1, "lines")
    v = json.loads(house.run("version", "--json").text)
    equal(v["catalogue"]["providers"] >= 13, True, "providers")


def run_without_a_config_says_where_it_looked(house):
    p = house.run("run")
    equal(p.returncode, 2, "exit code")
    check("dimwatch.yaml" in p.errors, p.errors)


def a_broken_config_names_line_column_and_cure_and_starts_nothing(house):
    house.write("dimwatch.yaml", "targets:\n  - provider: deepsek\n    key: ${CANARY_KEY_ALPHA}\n    intervall: 60\n")
    for command in ("run", "check"):
        p = house.run(command)
        equal(p.returncode, 2, command)
        check("dimwatch.yaml:2:" in p.errors and "deepseek" in p.errors, p.errors)
        check("dimwatch.yaml:4:" in p.errors and "interval" in p.errors, p.errors)
    equal(house.rows("select 1"), [], "no database was made")


def status_without_a_database_says_what_is_missing_and_exits_3(house):
    p = house.run("status", "--database", "nothing.db")
    equal(p.returncode, 3, "exit code")
    check("nothing.db" in p.errors, p.errors)
    house.write("other.db", "this is not a database, it is a letter to a friend" * 100)
    p = house.run("status", "--database", "other.db")
    equal(p.returncode, 3, "exit code of a strange file")


def completion_is_valid_bash(house):
    text = house.run("completion", "bash").text
    p = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True)
    equal((p.returncode, p.stderr), (0, ""), "bash -n")
    equal(house.run("completion", "tcsh").returncode, 2, "an unknown shell")


def init_writes_a_config_that_check_accepts_and_never_over_an_existing_one(house):
    house.env.update({"DEEPSEEK_API_KEY": "sk-canary-alpha-7f3b9c2d1e4a"})
    p = house.run("init")
    equal(p.returncode, 0, p.errors)
    before = open(house.path("dimwatch.yaml")).read()
    check("deepseek" in before and "sk-canary" not in before, before)
    equal(house.run("check").returncode, 0, "check")
    p = house.run("init")
    equal(p.returncode != 0, True, "init over an existing config")
    equal(open(house.path("dimwatch.yaml")).read(), before, "the file is untouched")


def probe_without_a_config_asks_whom_the_keys_in_the_environment_name(house):
    p = house.run("probe", "--all")
    equal(p.returncode, 2, "exit code without any key")
    check("API_KEY" in p.errors, p.errors)


def providers_lists_explains_and_offers_the_nearest_name(house):
    p = house.run("providers")
    equal(p.returncode, 0, p.errors)
    check("deepseek " in p.text and "DEEPSEEK_API_KEY" in p.text, p.text)
    p = house.run("providers", "moonshot")
    check("engine_overloaded_error" in p.text and "theirs" in p.text, p.text)
    listed = json.loads(house.run("providers", "--json").text)
    explained = json.loads(house.run("providers", "moonshot", "--json").text)
    check({"id", "dialect", "regions", "model", "key_env"} <= set(listed[0]), listed[0])
    check(any(row["outcome"] == "overloaded" and row["blame"] == "provider"
              for row in explained["errors"]), explained["errors"])
    p = house.run("providers", "deepsek")
    equal(p.returncode, 2, "an unknown name")
    check("did you mean deepseek?" in p.errors, p.errors)


def a_closed_pipe_ends_quietly(house):
    p = subprocess.run(f"{house.binary} probe --help | head -1", shell=True, cwd=house.dir,
                       env=house.env, capture_output=True, text=True)
    equal(p.stderr, "", "stderr")


if __name__ == "__main__":
    main([alone_it_prints_the_list_of_commands,
          every_command_has_help_with_an_example,
          a_wrong_word_gets_the_nearest_right_one_and_exit_2,
          a_command_of_a_later_version_says_so,
          a_terminal_escape_in_a_word_is_printed_harmless,
          version_is_one_line_and_json_is_json,
          run_without_a_config_says_where_it_looked,
          a_broken_config_names_line_column_and_cure_and_starts_nothing,
          status_without_a_database_says_what_is_missing_and_exits_3,
          completion_is_valid_bash,
          init_writes_a_config_that_check_accepts_and_never_over_an_existing_one,
          probe_without_a_config_asks_whom_the_keys_in_the_environment_name,
          providers_lists_explains_and_offers_the_nearest_name,
          a_closed_pipe_ends_quietly])
