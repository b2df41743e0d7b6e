/* SPDX-License-Identifier: MIT
 *
 * Markdown from the tables: what stands there by hand is only what no row can say.
 */
#include "agent/conf_reference.h"

#include "agent/conf_value.h"

static const char head[] =
    "<!-- SPDX-License-Identifier: MIT -->\n"
    "<!-- Generated from agent/conf_schema.c; do not edit. Anew:\n"
    "     build/dimwatch check --reference > docs/config.md -->\n"
    "# The config\n"
    "\n"
    "One YAML file, found by `-c FILE`, `$DIMWATCH_CONFIG`, `./dimwatch.yaml`,\n"
    "`/etc/dimwatch/dimwatch.yaml`, in this order. `dimwatch init` writes one from the\n"
    "keys in the environment; `dimwatch check` says what a file means and what is wrong\n"
    "with it, all of it in one run. A complete config:\n"
    "\n"
    "```yaml\n"
    "targets:\n"
    "  - provider: deepseek\n"
    "  - provider: moonshot-cn\n"
    "  - provider: dashscope\n"
    "alerts:\n"
    "  - slack: ${SLACK_WEBHOOK_URL}\n"
    "```\n"
    "\n"
    "And one that shows more of the vocabulary:\n"
    "\n"
    "```yaml\n"
    "vantage: hk-1\n"
    "defaults:\n"
    "  interval: 60s\n"
    "  timeout: 30s\n"
    "  timeouts: {connect: 5s, first_byte: 10s, first_token: 20s, gap: 10s}\n"
    "  budget: 0.10 USD/day\n"
    "  proxy: ${HTTPS_PROXY}\n"
    "rates: {CNY: 0.14 USD}\n"
    "budget: 1 USD/day\n"
    "store:\n"
    "  path: dimwatch.db\n"
    "  keep: {samples: 30d, five_minutes: 90d, hours: 2y, days: 10y, size: 2GiB}\n"
    "targets:\n"
    "  - name: deepseek\n"
    "    provider: deepseek\n"
    "    model: deepseek-flash\n"
    "    interval: 30s\n"
    "    prompt: Reply with the single word OK.\n"
    "    expect: {contains: OK}\n"
    "    labels: {tier: primary}\n"
    "  - name: qwen\n"
    "    provider: dashscope\n"
    "    region: singapore\n"
    "    probe: {door: 15s, models: 1m, stream: 5m}\n"
    "  - name: house\n"
    "    dialect: openai-chat\n"
    "    url: http://10.0.0.5:8000/v1/chat/completions\n"
    "    model: qwen2.5-7b\n"
    "    key: ${VLLM_KEY}\n"
    "    proxy: none\n"
    "    auto: off\n"
    "rules:\n"
    "  - name: sustained-errors\n"
    "    when: error_rate > 20% over 10m, at least 3 failures\n"
    "    for: 2m\n"
    "    severity: major\n"
    "channels:\n"
    "  - {name: oncall, slack: \"${SLACK_WEBHOOK_URL}\"}\n"
    "  - {name: robots, webhook: \"${HOOK_URL}\", secret: \"file:hook.secret\"}\n"
    "routes:\n"
    "  - match: {severity: [critical]}\n"
    "    to: [robots, oncall]\n"
    "  - to: [oncall]\n"
    "failover:\n"
    "  chat: [deepseek, qwen]\n"
    "```\n"
    "\n"
    "## How values are written\n"
    "\n"
    "- **YAML**, a strict subset: maps, lists, plain and quoted scalars, comments. No\n"
    "  anchors, aliases, merge keys, tags, tabs or second documents; no key twice.\n"
    "- **Durations** have a unit: `250ms`, `60s`, `5m`, `1h30m`, `2d`, `1w`, `2y`.\n"
    "- **Sizes**: `512MiB`, `2GiB` (also `kB`, `MB`, `GB`, `TB`).\n"
    "- **Money**: `0.14 USD`; a budget is money per day: `0.10 USD/day`. Amounts in one\n"
    "  currency count against another by `rates`.\n"
    "- **Asks**: `2000/day`.\n"
    "- **Names**: letters, digits and `.` `_` `-`, at most 63.\n"
    "- **Secrets** are references: `${NAME}` (environment, also inside a longer text),\n"
    "  `file:PATH` (a regular file that only its owner can read, mode 0600 or 0400; a\n"
    "  relative path starts at the config's folder), `credential:NAME` (systemd's\n"
    "  `LoadCredential`). They are resolved when the file is loaded and never stored,\n"
    "  logged or printed. Clear text works, with a warning. Reload reads `file:` and\n"
    "  `credential:` again; the environment cannot change.\n"
    "- `${NAME}` works in secrets and URLs, and where a row below says so. A variable that\n"
    "  is not set is an error. Inside `{ }` and `[ ]` a reference needs quotes:\n"
    "  `{slack: \"${X}\"}`.\n"
    "- A **key** goes to its own provider's hosts only: with `base_url` the `key` must\n"
    "  stand in the same block. `key: none` asks without one.\n"
    "- Keys and values of later versions are known by name; the error says so.\n";

static void add_default(const struct conf_key *k, struct str *out)
{
	if (k->required)
		(void)str_adds(out, "must be there");
	else if (k->fallback)
		(void)str_addf(out, "`%s`", k->fallback);
	else if (k->fallback_words)
		(void)str_adds(out, k->fallback_words);
	else if (k->inherited)
		(void)str_addf(out, "that of `defaults`");
}

static void add_range(const struct conf_key *k, struct str *out)
{
	bool number = k->type == CONF_DURATION || k->type == CONF_SIZE ||
		      k->type == CONF_ASKS_DAY || k->type == CONF_COUNT;
	if (!number || !k->max)
		return;
	(void)str_adds(out, " From ");
	conf_value_show(k, k->min, out);
	(void)str_adds(out, " to ");
	conf_value_show(k, k->max, out);
	(void)str_adds(out, ".");
}

static void add_choices(const struct conf_key *k, struct str *out)
{
	size_t n = 0;
	while (k->choices && k->choices[n])
		n++;
	if (!n)
		return;
	(void)str_adds(out, n == 1 ? " In this version " : " One of ");
	conf_list_words(out, k->choices, n);
	(void)str_adds(out, ".");
}

static void add_row(const struct conf_key *k, struct str *out)
{
	(void)str_addf(out, "| `%s` | %s%s | ", k->name, conf_type_name(k->type),
	    k->may_be_none ? " or `none`" : "");
	add_default(k, out);
	(void)str_addf(out, " | %s", k->help);
	add_choices(k, out);
	add_range(k, out);
	if (k->refers)
		(void)str_addf(out, " Names %s.", k->refers);
	if (k->references)
		(void)str_adds(out, " `${NAME}` works.");
	if (k->inherited)
		(void)str_adds(out, " Absent: as in `defaults`.");
	if (k->restart)
		(void)str_adds(out, " A change needs a restart.");
	if (k->since)
		(void)str_addf(out, " Since %s.", k->since);
	(void)str_adds(out, " |\n");
}

static void add_block(const struct conf_block *b, struct str *out)
{
	(void)str_addf(out, "\n## %s%s%s\n\n%s\n\n", b == &conf_top_block ? "" : "`",
	    b == &conf_top_block ? "The file" : b->name, b == &conf_top_block ? "" : "`",
	    b->help);
	(void)str_adds(out, "| key | type | default | meaning |\n|---|---|---|---|\n");
	for (size_t i = 0; i < b->n_keys; i++)
		add_row(&b->keys[i], out);
}

void conf_reference(struct str *out)
{
	size_t n;
	const struct conf_block *const *blocks = conf_blocks(&n);
	(void)str_adds(out, head);
	for (size_t i = 0; i < n; i++)
		add_block(blocks[i], out);
}
