/* SPDX-License-Identifier: MIT
 *
 * The day that dimwatch was made for, as text: a cascade in an inference cluster, set off
 * by a traffic spike. Latency climbs, two in five requests fail, then all; it is declared
 * resolved and is not; twelve hours later it is over. Two rivals stay healthy.
 */
#include "agent/demo_story.h"

const char demo_script[] =
    "seed 7\n"
    "at 0s deepseek: latency 450ms\n"
    "at 0s moonshot: latency 520ms\n"
    "at 0s dashscope: latency 410ms\n"
    "# the traffic spike, once its habits are known: first tokens take\n"
    "# four times as long\n"
    "at 1h50m deepseek: latency 1800ms\n"
    "# two in five requests fail\n"
    "at 2h20m deepseek: overloaded 40%, latency 2700ms\n"
    "# the cascade: nothing gets through\n"
    "at 3h deepseek: overloaded 60%, hang first_token 40s\n"
    "# \"resolved\"\n"
    "at 8h deepseek: latency 450ms\n"
    "# it was not\n"
    "at 8h30m deepseek: overloaded\n"
    "# over\n"
    "at 12h deepseek: latency 450ms\n";

static const struct {
	const char *name, *provider, *path;
} asked[] = {
    {"deepseek", "deepseek",    "deepseek" },
    {"kimi",     "moonshot-cn", "moonshot" },
    {"qwen",     "dashscope",   "dashscope"},
};

void demo_config(struct str *out, const char *database, int port)
{
	str_addf(out,
	    "vantage: demo\n"
	    "defaults: {interval: 60s}\n"
	    "store: {path: '%s'}\n"
	    "targets:\n",
	    database);
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		str_addf(out,
		    "  - name: %s\n"
		    "    provider: %s\n"
		    "    base_url: http://127.0.0.1:%d/%s/v1\n"
		    "    key: ${DEMO_KEY}\n",
		    asked[i].name, asked[i].provider, port, asked[i].path);
	str_addf(out, "rules:\n"
		      "  - name: sustained-errors\n"
		      "    when: error_rate > 20%% over 10m, at least 3 failures\n"
		      "    for: 2m\n"
		      "    severity: major\n"
		      "alerts:\n"
		      "  - slack: ${DEMO_HOOK}\n");
}
