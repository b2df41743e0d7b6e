/* SPDX-License-Identifier: MIT
 *
 * The tables. A new key is a row here and its use in the file of its noun.
 */
#include "agent/conf_schema.h"

#include <assert.h>
#include <string.h>

#include "agent/base/tick.h"

#define MINUTE         MS_PER_MIN
#define DAY            MS_PER_DAY
#define YEAR           (365 * MS_PER_DAY)
#define MIB            ((int64_t)1 << 20)
#define TIB            ((int64_t)1 << 40)
#define NAME_MAX_BYTES 63

static const char *const probe_now[] = {
    "stream", "chat", "models", "door", "embedding", "heavy", "http", NULL};
static const char *const methods[] = {"GET", "POST", NULL};
static const char *const connections[] = {"cold", "warm", NULL};
static const char *const ip_families[] = {"any", "4", "6", NULL};
static const char *const sensitivities[] = {"calm", "normal", "keen", NULL};
static const char *const dialects_now[] = {"openai-chat", "openai-responses", "anthropic",
    "gemini", "cohere-v2", "dashscope-native", "ollama-native", "bedrock-converse",
    "azure-openai", "http", NULL};

/* Long rows read better as they are written here. */
/* clang-format off */
static const struct conf_key timeouts_keys[] = {
	[TIMEOUTS_CONNECT] = {"connect", CONF_DURATION, .fallback = "5s",
	    .min = 100, .max = 2 * MINUTE, .inherited = true,
	    .help = "Until the connection stands (DNS and TLS included)."},
	[TIMEOUTS_FIRST_BYTE] = {"first_byte", CONF_DURATION, .fallback = "10s",
	    .min = 100, .max = 10 * MINUTE, .inherited = true,
	    .help = "Until the first byte of the answer."},
	[TIMEOUTS_FIRST_TOKEN] = {"first_token", CONF_DURATION, .fallback = "20s",
	    .min = 100, .max = 10 * MINUTE, .inherited = true,
	    .help = "Until the first token; keep-alive comments are none."},
	[TIMEOUTS_GAP] = {"gap", CONF_DURATION, .fallback = "10s",
	    .min = 100, .max = 10 * MINUTE, .inherited = true,
	    .help = "Longest silence between two tokens."},
};
static_assert(sizeof(timeouts_keys) / sizeof(*timeouts_keys) == TIMEOUTS_COUNT, "rows");
static const struct conf_block timeouts_block = {
	"timeouts", "Time-outs of the phases of one exchange; none is longer than `timeout`.",
	timeouts_keys, TIMEOUTS_COUNT, NULL};

#define PACE_KEYS(is_target)                                                               \
	[TARGET_INTERVAL] = {"interval", CONF_DURATION, .fallback = (is_target) ? NULL : "60s", \
	    .min = 1000, .max = DAY, .inherited = (is_target),                               \
	    .help = "Base pace; a suspect target is asked again faster."},                 \
	[TARGET_TIMEOUT] = {"timeout", CONF_DURATION, .fallback = (is_target) ? NULL : "30s", \
	    .min = 1000, .max = 10 * MINUTE, .inherited = (is_target),                       \
	    .help = "The whole exchange."},                                                \
	[TARGET_TIMEOUTS] = {"timeouts", CONF_BLOCK, .inside = &timeouts_block,            \
	    .inherited = (is_target),                                                        \
	    .help = "Time-outs of the phases; see `timeouts`."},                           \
	[TARGET_BUDGET] = {"budget", CONF_MONEY_DAY, .may_be_none = true,                  \
	    .fallback = (is_target) ? NULL : "0.20 USD/day", .inherited = (is_target),         \
	    .help = "Of one target; enforced: the pace stretches to fit."},                \
	[TARGET_MAX_ASKS] = {"max_asks", CONF_ASKS_DAY, .may_be_none = true,               \
	    .min = 1, .max = 10000000, .inherited = (is_target),                             \
	    .fallback_words = "`2000/day` where the price is unknown, else no cap",        \
	    .help = "Cap of the asks of one target; the pace stretches to fit."},          \
	[TARGET_PROXY] = {"proxy", CONF_PROXY, .may_be_none = true, .inherited = (is_target), \
	    .fallback_words = "none, the environment's included",                          \
	    .help = "`http://`, `https://`, `socks5://` or `socks5h://` URL of a proxy; "  \
		"`none` for a direct way."},                                                   \
	[TARGET_SENSITIVITY] = {"sensitivity", CONF_WORD, .choices = sensitivities,        \
	    .fallback = (is_target) ? NULL : "normal", .inherited = (is_target),               \
	    .help = "Of the built-in detector: `calm` invents a third as many outages and "    \
		"needs twice the usual time to call it slow; `keen` sees brownouts a tenth "       \
		"sooner and invents three to four times as many."},                            \
	[TARGET_CA_FILE] = {"ca_file", CONF_PATH, .references = true,                      \
	    .inherited = (is_target),                                                        \
	    .fallback_words = "the system's bundle, or `$SSL_CERT_FILE`",                  \
	    .help = "PEM file of the authorities that are trusted instead of the system's; a " \
		"relative path starts at the config; read again by a reload."},                \
	[TARGET_IP] = {"ip", CONF_WORD, .choices = ip_families,                            \
	    .fallback = (is_target) ? NULL : "any", .inherited = (is_target),                  \
	    .help = "`4` or `6`: only addresses of that family are tried, as `curl -4` and "   \
		"`curl -6` do."}

static const struct conf_key defaults_keys[] = {PACE_KEYS(false)};
static_assert(sizeof(defaults_keys) / sizeof(*defaults_keys) == DEFAULTS_COUNT, "rows");
static const char *const defaults_later[] = {"probe", "connection", "labels", "auto", NULL};
static const struct conf_block defaults_block = {
	"defaults", "What holds for every target that does not say otherwise (`proxy`: for "
	"every channel too).", defaults_keys, DEFAULTS_COUNT, defaults_later};

static const struct conf_key expect_keys[] = {
	[EXPECT_KEY_CONTAINS] = {"contains", CONF_TEXT,
	    .help = "The answer holds this text (ASCII case does not matter)."},
	[EXPECT_KEY_EQUALS] = {"equals", CONF_TEXT,
	    .help = "The answer is this text, blanks around it aside."},
	[EXPECT_KEY_GLOB] = {"glob", CONF_TEXT, .max = 200,
	    .help = "The answer, blanks around it aside, looks like this: `*` is any text, `?` "
		"one character, `\\` takes the next one as it stands."},
	[EXPECT_KEY_JSON] = {"json", CONF_TEXT, .max = 200,
	    .help = "The answer is JSON and holds a value there: `$.choices[0].name`, `[-1]` from "
		"the end, `[\"any name\"]`. With one of the others beside it, that value is "
		"compared instead of the whole."},
};
static_assert(sizeof(expect_keys) / sizeof(*expect_keys) == EXPECT_KEY_COUNT, "rows");
static const struct conf_block expect_block = {
	"expect", "What a right answer to `prompt`, or a right page, looks like: one of `contains`, "
	"`equals` and `glob`, or `json` with or without one of them. No regular expressions.",
	expect_keys, EXPECT_KEY_COUNT, NULL};

static const struct conf_key target_keys[] = {
	PACE_KEYS(true),
	[TARGET_NAME] = {"name", CONF_NAME, .max = NAME_MAX_BYTES,
	    .fallback_words = "the provider's id", .help = "Unique among the targets."},
	[TARGET_PROVIDER] = {"provider", CONF_NAME, .max = NAME_MAX_BYTES,
	    .refers = "a provider of the catalogue",
	    .help = "Base URL, dialect, auth, cheapest model, key variable and prices come "
		"from the catalogue."},
	[TARGET_REGION] = {"region", CONF_NAME, .max = NAME_MAX_BYTES,
	    .refers = "a region of the provider",
	    .fallback_words = "the provider's first",
	    .help = "Chooses among the hosts of one account system; a free word where the "
		"address is your own."},
	[TARGET_MODEL] = {"model", CONF_TEXT, .max = 200, .references = true,
	    .fallback_words = "the provider's cheapest", .help = "What to ask."},
	[TARGET_BASE_URL] = {"base_url", CONF_URL,
	    .fallback_words = "the region's", .help = "Replaces scheme, host and path prefix "
		"of a provider; `key` must then stand in the same block."},
	[TARGET_DIALECT] = {"dialect", CONF_WORD, .choices = dialects_now,
	    .help = "The wire grammar of a server of your own, with `url`; `http` is any page."},
	[TARGET_URL] = {"url", CONF_URL,
	    .help = "A server of your own, with `dialect`: its base URL (it ends with `/v1` or "
		"has no path) or the complete one."},
	[TARGET_KEY] = {"key", CONF_SECRET, .may_be_none = true,
	    .fallback_words = "`${NAME}` with the provider's own variable; none with `url`",
	    .help = "A reference to the API key; `none` sends no key."},
	[TARGET_PROBE] = {"probe", CONF_LADDER, .choices = probe_now, .fallback = "stream",
	    .help = "`stream` is a streamed chat, `chat` one answered in one piece, `heavy` a "
		"stream behind a long prompt, `embedding` a vector. Free are `models` (the list; "
		"proves the key where the list is not open), `door` (no key is sent, the genuine "
		"refusal is awaited) and `http` (any page). Or a ladder, each rung with its pace: "
		"`{door: 15s, models: 1m, stream: 5m}`. The rung that proves most (`stream`, "
		"`chat`, `models`, `door`) leads: it alone opens incidents, and when another "
		"one fails it is asked at once."},
	[TARGET_CONNECTION] = {"connection", CONF_WORD, .choices = connections,
	    .fallback = "cold",
	    .help = "`cold`: DNS, TCP and TLS anew for each exchange. `warm`: one connection is "
		"kept, for this target alone; another series, and slowness is judged by asks "
		"over a kept connection only."},
	[TARGET_PROMPT] = {"prompt", CONF_TEXT, .max = 4000,
	    .fallback_words = "a sum of two small numbers, different each time",
	    .help = "An own question."},
	[TARGET_EXPECT] = {"expect", CONF_BLOCK, .inside = &expect_block,
	    .help = "With `prompt` or `dialect: http`: a wrong answer counts as a failure."},
	[TARGET_LABELS] = {"labels", CONF_TEXT_MAP, .max = 32,
	    .help = "Words of your own, `name: value`."},
	[TARGET_WAS] = {"was", CONF_NAME, .max = NAME_MAX_BYTES,
	    .help = "The former name, whose history this target continues."},
	[TARGET_AUTO] = {"auto", CONF_SWITCH, .fallback = "on",
	    .help = "`off`: only rules judge this target, not the built-in detector."},
	[TARGET_DEPENDS_ON] = {"depends_on", CONF_NAME, .refers = "a target",
	    .help = "The target that this one is behind, a gateway say: while that has an "
		"outage nothing is known of this one, and nothing is told of it."},
	[TARGET_HEAVY_TOKENS] = {"heavy_tokens", CONF_COUNT, .fallback = "8000", .min = 100,
	    .max = 100000, .help = "Of `probe: heavy`: how long the prompt is, about; it is "
		"billed."},
	[TARGET_METHOD] = {"method", CONF_WORD, .choices = methods, .fallback = "GET",
	    .help = "Of `dialect: http`; a `POST` sends `prompt` as its body."},
	[TARGET_EXPECT_STATUS] = {"expect_status", CONF_COUNT, .min = 100, .max = 599,
	    .fallback_words = "any 2xx", .help = "Of `dialect: http`: the right HTTP status."},
	[TARGET_RESOLVE] = {"resolve", CONF_TEXT, .max = 64,
	    .fallback_words = "what DNS says",
	    .help = "An IP address that is asked instead; name, TLS and port stay, as with `curl "
		"--resolve`."},
	[TARGET_HEADERS] = {"headers", CONF_LINE_MAP, .max = 12,
	    .help = "Sent beside the usual ones, `Name: value`; one of the same name replaces "
		"ours. A value that is a reference is a secret: redacted everywhere, never sent "
		"to a `door`. The header of the key is refused beside a key."},
	[TARGET_EXTRA_BODY] = {"extra_body", CONF_JSON,
	    .help = "Laid over the JSON that is sent: `{max_tokens: 64}`; `null` removes what "
		"stands there."},
	[TARGET_GRACE] = {"grace", CONF_DURATION, .max = DAY,
	    .fallback_words = "`5m` for the self-hosted servers of the catalogue, else `0`",
	    .help = "So long it may be loading or busy (`overloaded`, no first byte or token in "
		"time) before that counts against it."},
};
static_assert(sizeof(target_keys) / sizeof(*target_keys) == TARGET_COUNT, "rows");
static const char *const target_later[] = {"price", "max_tokens", "catalogue",
    "match", NULL};
static const struct conf_block target_block = {
	"targets", "Whom to ask: a provider of the catalogue, or a server of your own by "
	"`dialect` and `url`.", target_keys, TARGET_COUNT, target_later};

static const struct conf_key keep_keys[] = {
	[KEEP_SAMPLES] = {"samples", CONF_DURATION, .fallback = "30d", .restart = true,
	    .min = MS_PER_H, .max = 100 * YEAR, .help = "Every single sample."},
	[KEEP_FIVE_MINUTES] = {"five_minutes", CONF_DURATION, .fallback = "90d",
	    .restart = true, .min = MS_PER_H, .max = 100 * YEAR,
	    .help = "Sums of five minutes."},
	[KEEP_HOURS] = {"hours", CONF_DURATION, .fallback = "2y", .restart = true,
	    .min = MS_PER_H, .max = 100 * YEAR, .help = "Sums of an hour."},
	[KEEP_DAYS] = {"days", CONF_DURATION, .fallback = "10y", .restart = true,
	    .min = DAY, .max = 100 * YEAR, .help = "Sums of a day."},
	[KEEP_SIZE] = {"size", CONF_SIZE, .fallback = "2GiB", .restart = true,
	    .min = MIB, .max = 64 * TIB, .may_be_none = true,
	    .help = "Of the database's file; above it the oldest samples go first."},
};
static_assert(sizeof(keep_keys) / sizeof(*keep_keys) == KEEP_COUNT, "rows");
static const struct conf_block keep_block = {"keep", "How long things are remembered.",
	keep_keys, KEEP_COUNT, NULL};

static const struct conf_key store_keys[] = {
	[STORE_PATH] = {"path", CONF_PATH, .references = true, .restart = true,
	    .fallback_words = "`$STATE_DIRECTORY/dimwatch.db`, else `dimwatch.db` beside the "
		"config", .help = "The database; a relative path starts at the config."},
	[STORE_KEEP] = {"keep", CONF_BLOCK, .inside = &keep_block, .restart = true,
	    .help = "How long things are remembered; see `keep`."},
};
static_assert(sizeof(store_keys) / sizeof(*store_keys) == STORE_COUNT, "rows");
static const struct conf_block store_block = {"store", "The one SQLite file.",
	store_keys, STORE_COUNT, NULL};

static const struct conf_key top_keys[] = {
	[TOP_VANTAGE] = {"vantage", CONF_NAME, .max = NAME_MAX_BYTES, .references = true,
	    .restart = true, .fallback_words = "the host's name",
	    .help = "The name of the place that this dimwatch runs at."},
	[TOP_DEFAULTS] = {"defaults", CONF_BLOCK, .inside = &defaults_block,
	    .help = "What holds for every target that does not say otherwise."},
	[TOP_RATES] = {"rates", CONF_MONEY_MAP, .max = 64,
	    .fallback_words = "dated rates of the usual currencies are compiled in",
	    .help = "What one unit of a currency is worth: `{CNY: 0.14 USD}`."},
	[TOP_BUDGET] = {"budget", CONF_MONEY_DAY, .may_be_none = true, .fallback = "none",
	    .help = "All targets together; enforced: the paces stretch to fit."},
	[TOP_STORE] = {"store", CONF_BLOCK, .inside = &store_block, .restart = true,
	    .help = "The database."},
	[TOP_TARGETS] = {"targets", CONF_BLOCKS, .inside = &target_block, .required = true,
	    .max = 10000, .help = "Whom to ask."},
	[TOP_RULES] = {"rules", CONF_BLOCKS, .inside = &conf_rule_block, .max = 100,
	    .help = "Own rules, beside the built-in detector."},
	[TOP_ALERTS] = {"alerts", CONF_BLOCKS, .inside = &conf_channel_block, .max = 100,
	    .help = "Short form: channels, all of which are told everything. Not together "
		"with `channels` and `routes`."},
	[TOP_CHANNELS] = {"channels", CONF_BLOCKS, .inside = &conf_channel_block, .max = 100,
	    .help = "Where news can go; `routes` says what goes where."},
	[TOP_ROUTES] = {"routes", CONF_BLOCKS, .inside = &conf_route_block, .max = 100,
	    .help = "Who hears of what."},
	[TOP_FAILOVER] = {"failover", CONF_NAMES_MAP, .max = 100, .refers = "a target",
	    .help = "Rivals that can stand in for each other, in order of preference: "
		"`{chat: [deepseek, qwen]}`. `dimwatch rehearse CLASS` asks them all the same."},
	[TOP_CONTROLS] = {"controls", CONF_URLS, .may_be_none = true,
	    .fallback_words = "two that answer inside and outside mainland China",
	    .help = "Addresses whose only use is to answer: is it us? Asked without a key, on "
		"the way of the targets, when a provider is silent; `[]` turns them off."},
	[TOP_CATALOGUE] = {"catalogue", CONF_PATHS, .references = true,
	    .fallback_words = "what is compiled in",
	    .help = "Provider files of your own, beside the config: one that names a known `id` "
		"overrides what it says, any other adds a provider. The grammar is that of "
		"`dimwatch providers NAME --file`."},
	[TOP_LANGUAGE] = {"language", CONF_WORD, .choices = conf_languages, .fallback = "en",
	    .help = "What news is told in: `en`, or `zh` for Chinese."},
	[TOP_MAINTENANCE] = {"maintenance", CONF_BLOCKS, .inside = &conf_maintenance_block,
	    .max = 100, .help = "Hours in which targets are not judged."},
	[TOP_HEARTBEAT] = {"heartbeat", CONF_BLOCK, .inside = &conf_heartbeat_block, .shorthand = "url",
	    .fallback_words = "none", .help = "Dead man's switch for dimwatch itself."},
	[TOP_DIGEST] = {"digest", CONF_BLOCK, .inside = &conf_digest_block,
	    .fallback_words = "none", .help = "A weekly message about everything."},
	[TOP_STATUS_PAGES] = {"status_pages", CONF_BLOCKS, .inside = &conf_page_block,
	    .max = 1000, .may_be_none = true,
	    .fallback_words = "those that the catalogue knows of the targets' providers",
	    .help = "What providers say about themselves, a second opinion; `off` reads none."},
};
static_assert(sizeof(top_keys) / sizeof(*top_keys) == TOP_COUNT, "rows");
static const char *const top_later[] = {"listen", "server", "fleet", "silences", NULL};
const struct conf_block conf_top_block = {"config", "The keys of the file.", top_keys,
	TOP_COUNT, top_later};
/* clang-format on */

static const struct conf_block *const blocks[] = {&conf_top_block, &defaults_block,
    &timeouts_block, &target_block, &expect_block, &store_block, &keep_block,
    &conf_rule_block, &conf_rule_match_block, &conf_channel_block, &conf_route_block,
    &conf_match_block, &conf_page_block, &conf_escalate_block, &conf_quiet_block,
    &conf_group_block, &conf_maintenance_block, &conf_where_block, &conf_heartbeat_block,
    &conf_digest_block};

static const char *const type_names[] = {
    [CONF_TEXT] = "text",
    [CONF_NAME] = "name",
    [CONF_PATH] = "path",
    [CONF_PATHS] = "path or list",
    [CONF_WORD] = "word",
    [CONF_SWITCH] = "on/off",
    [CONF_DURATION] = "duration",
    [CONF_SIZE] = "size",
    [CONF_MONEY_DAY] = "money/day",
    [CONF_ASKS_DAY] = "asks/day",
    [CONF_COUNT] = "number",
    [CONF_URL] = "URL",
    [CONF_URLS] = "URL or list",
    [CONF_SECRET] = "secret",
    [CONF_PROXY] = "secret URL",
    [CONF_TEXTS] = "text or list",
    [CONF_NAMES] = "name or list",
    [CONF_WORDS] = "word or list",
    [CONF_TEXT_MAP] = "map of text",
    [CONF_MONEY_MAP] = "map of money",
    [CONF_NAMES_MAP] = "map of lists",
    [CONF_LINE_MAP] = "map of text or secrets",
    [CONF_JSON] = "map",
    [CONF_LADDER] = "word or map",
    [CONF_BLOCK] = "map",
    [CONF_BLOCKS] = "list of maps",
};
static_assert(sizeof(type_names) / sizeof(*type_names) == CONF_TYPE_COUNT, "rows");

const struct conf_block *const *conf_blocks(size_t *ret_n)
{
	*ret_n = sizeof(blocks) / sizeof(blocks[0]);
	return blocks;
}

const struct conf_key *conf_key_find(const struct conf_block *b, const char *name)
{
	for (size_t i = 0; i < b->n_keys; i++)
		if (!strcmp(b->keys[i].name, name))
			return &b->keys[i];
	return NULL;
}

bool conf_is_word(const char *const *words, const char *word)
{
	for (; words && *words; words++)
		if (!strcmp(*words, word))
			return true;
	return false;
}

bool conf_is_later(const struct conf_block *b, const char *name)
{
	return conf_is_word(b->later, name);
}

const char *conf_type_name(enum conf_type t)
{
	return type_names[t];
}
