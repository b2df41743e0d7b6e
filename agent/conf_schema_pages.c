/* SPDX-License-Identifier: MIT
 *
 * The rows of `status_pages:` (conf_schema.h).
 */
#include <assert.h>

#include "agent/base/tick.h"
#include "agent/conf_schema.h"

/* clang-format off */
static const char *const kinds[] = {"statuspage", "incidentio", "flashduty", "instatus",
    "google-cloud", "feed", NULL};

static const struct conf_key page_keys[] = {
	[PAGE_KEY_PROVIDER] = {"provider", CONF_NAME, .max = 63, .required = true,
	    .refers = "a provider that a target asks", .help = "Whose page it is."},
	[PAGE_KEY_KIND] = {"kind", CONF_WORD, .choices = kinds,
	    .fallback_words = "the provider's", .help = "How its answer is read."},
	[PAGE_KEY_URL] = {"url", CONF_URL, .fallback_words = "the provider's",
	    .help = "The address that programs read, complete: "
		"`https://status.example.com/api/v2/summary.json`. Asked without any key."},
	[PAGE_KEY_SITE] = {"site", CONF_URL, .fallback_words = "the provider's",
	    .help = "The address for people; a page that says whose it is must name this "
		"host."},
	[PAGE_KEY_COMPONENTS] = {"components", CONF_TEXTS, .max = 200,
	    .fallback_words = "the provider's, else all",
	    .help = "What to look at, by exact name or id; `~text` is part of a name."},
	[PAGE_KEY_INTERVAL] = {"interval", CONF_DURATION, .fallback = "2m",
	    .min = MS_PER_MIN, .max = MS_PER_H, .help = "How often it is read."},
};
static_assert(sizeof(page_keys) / sizeof(*page_keys) == PAGE_KEY_COUNT, "rows");
const struct conf_block conf_page_block = {
	"status_pages", "What providers say about themselves: a second opinion that is told "
	"beside what is seen from here, and never opens or closes anything. The pages that the "
	"catalogue knows of the targets' providers are read without being named (targets with "
	"a `base_url` aside); an entry changes one or adds one; `status_pages: off` reads none.",
	page_keys, PAGE_KEY_COUNT, NULL};
/* clang-format on */
