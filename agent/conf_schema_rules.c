/* SPDX-License-Identifier: MIT
 *
 * The tables of user rules: what they say, and which targets they judge.
 */
#include <assert.h>

#include "agent/base/tick.h"
#include "agent/conf_schema.h"

static const char *const severities[] = {"minor", "major", "critical", NULL};
static const char *const groups[] = {
    "target", "provider", "region", "model", "all", NULL};
static const char *const kinds[] = {
    "stream", "chat", "models", "door", "embedding", "heavy", "http", NULL};

/* Long rows read better as they are written here. */
/* clang-format off */
static const struct conf_key match_keys[] = {
	[RULE_MATCH_TARGET] = {"target", CONF_NAMES, .fallback_words = "any",
	    .refers = "a target", .help = "One of these targets."},
	[RULE_MATCH_PROVIDER] = {"provider", CONF_NAMES, .fallback_words = "any",
	    .help = "Targets of these providers."},
	[RULE_MATCH_REGION] = {"region", CONF_NAMES, .fallback_words = "any",
	    .help = "Targets of these regions."},
	[RULE_MATCH_KIND] = {"kind", CONF_WORDS, .choices = kinds, .fallback_words = "any",
	    .help = "Targets probed like that (of a ladder: its lead)."},
	[RULE_MATCH_LABELS] = {"labels", CONF_TEXT_MAP, .max = 32, .fallback_words = "any",
	    .help = "Targets with all of these `labels`."},
};
static_assert(sizeof(match_keys) / sizeof(*match_keys) == RULE_MATCH_COUNT, "rows");
const struct conf_block conf_rule_match_block = {"rules.match",
	"Which targets a rule judges.", match_keys, RULE_MATCH_COUNT, NULL};

static const struct conf_key rule_keys[] = {
	[RULE_NAME] = {"name", CONF_NAME, .max = 58, .required = true,
	    .help = "Stands in the messages; unique among the rules."},
	[RULE_WHEN] = {"when", CONF_TEXT, .max = 500, .required = true,
	    .help = "`error_rate > 20% over 10m, at least 3 failures` and other conditions, "
		"joined by `and`: see docs/rules.md."},
	[RULE_FOR] = {"for", CONF_DURATION, .fallback = "0", .max = MS_PER_DAY,
	    .help = "How long it must be true before it fires."},
	[RULE_RESOLVE] = {"resolve", CONF_TEXT, .max = 500,
	    .fallback_words = "half of the limit, or some good answers in a row, by kind",
	    .help = "When it is over, in the words of `when`."},
	[RULE_RESOLVE_FOR] = {"resolve_for", CONF_DURATION, .max = MS_PER_DAY,
	    .fallback_words = "`for`, at least 60s",
	    .help = "How long that must be true before it is over."},
	[RULE_SEVERITY] = {"severity", CONF_WORD, .choices = severities, .fallback = "major",
	    .help = "How bad it is when it fires."},
	[RULE_MATCH] = {"match", CONF_BLOCK, .inside = &conf_rule_match_block,
	    .fallback_words = "every target", .help = "Which targets it judges."},
	[RULE_BY] = {"by", CONF_WORD, .choices = groups, .fallback = "target",
	    .help = "One judgement and one incident for each of these; all but `target` add "
		"up the counts of their targets."},
};
static_assert(sizeof(rule_keys) / sizeof(*rule_keys) == RULE_KEY_COUNT, "rows");
static const char *const rule_later[] = {"targets", NULL};
const struct conf_block conf_rule_block = {
	"rules", "Beside the built-in detector `auto`: what you call an outage.",
	rule_keys, RULE_KEY_COUNT, rule_later};
/* clang-format on */
