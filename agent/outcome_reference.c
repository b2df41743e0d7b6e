/* SPDX-License-Identifier: MIT
 *
 * Markdown from the outcome table: what stands there by hand is only what no row can say.
 */
#include "agent/outcome_reference.h"

#include "probes/outcome.h"

static const char head[] =
    "<!-- SPDX-License-Identifier: MIT -->\n"
    "<!-- Generated from probes/outcome.c; do not edit. Anew:\n"
    "     build/dimwatch providers --outcomes > docs/outcomes.md -->\n"
    "# Outcomes\n"
    "\n"
    "Every ask ends in exactly one of these. The code is stable: it stands in `probe --json`,\n"
    "in the view `samples_v` and in messages. The fault decides what it can become:\n"
    "\n"
    "- *theirs*: a failure; enough of them become an outage. What is *silent* (no HTTP answer\n"
    "  came) may also be our own network.\n"
    "- *yours*: never an outage. A target that gives only these raises one notice with the\n"
    "  cure.\n"
    "- *nobody's*: not counted at all.\n"
    "\n"
    "The provider's own code and words are kept beside our class, and an error that no table\n"
    "knows is never an outage by its code alone: an unknown 4xx is `bad_request`, an unknown\n"
    "5xx `http_5xx`. `dimwatch providers NAME` prints which error of a provider is which\n"
    "outcome.\n"
    "\n"
    "| code | fault | evidence | what happened | what to do |\n"
    "|---|---|---|---|---|\n";

void outcome_reference(struct str *out)
{
	(void)str_addf(out, "%s", head);
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		const struct outcome_row *row = outcome_row((enum outcome)i);

		(void)str_addf(out, "| `%s` | %s | %s | %s | %s |\n", row->code,
		    blame_word(row->blame), evidence_code(row->evidence), row->sentence,
		    row->advice[0] != '\0' ? row->advice : "nothing");
	}
}
