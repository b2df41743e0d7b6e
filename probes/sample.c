/* SPDX-License-Identifier: MIT
 *
 * The sample value: its blank form and its small tables.
 */
#include "probes/sample.h"

#include <assert.h>
#include <string.h>

static const char *const judged_codes[] = {
    "counted",
    "excluded",
    "held",
    "path",
    "maintenance",
    "late",
};
_Static_assert(sizeof(judged_codes) / sizeof(judged_codes[0]) == JUDGED_COUNT, "judged");

static const struct {
	enum sample_flag bit;
	const char *name;
} flag_names[] = {
    {FLAG_ODD_ANSWER,       "odd_answer"      },
    {FLAG_REASONING_ONLY,   "reasoning_only"  },
    {FLAG_NO_DONE,          "no_done"         },
    {FLAG_QUEUED,           "queued"          },
    {FLAG_REASK,            "reask"           },
    {FLAG_COST_ESTIMATED,   "cost_estimated"  },
    {FLAG_LOOP_LATE,        "loop_late"       },
    {FLAG_MODEL_DIFFERS,    "model_differs"   },
    {FLAG_INVALID_UTF8,     "invalid_utf8"    },
    {FLAG_CLOCK_JUMPED,     "clock_jumped"    },
    {FLAG_FIRST_LOOK,       "first_look"      },
    {FLAG_MODEL_NOT_LISTED, "model_not_listed"},
    {FLAG_EDGE_ONLY,        "edge_only"       },
    {FLAG_ERROR_AFTER_END,  "error_after_end" },
    {FLAG_RECONNECTED,      "reconnected"     },
    {FLAG_TOOL_CALL,        "tool_call"       },
};

const char *judged_code(enum judged j)
{
	assert((unsigned)j < JUDGED_COUNT);
	return judged_codes[j];
}

void sample_init(struct sample *s, uint32_t series, struct wall at)
{
	memset(s, 0, sizeof(*s));
	s->series = series;
	s->at = at;
	s->dns_us = s->connect_us = s->tls_us = NOT_REACHED;
	s->first_byte_us = s->first_token_us = s->longest_gap_us = NOT_REACHED;
	s->tokens_in = s->tokens_out = -1;
	s->cost_nano = -1;
	s->retry_after_ms = -1;
}

int64_t sample_latency_us(const struct sample *s)
{
	if (s->first_token_us != NOT_REACHED)
		return s->first_token_us;
	return s->first_byte_us;
}

const char *sample_flag_name(uint32_t bit)
{
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++) {
		if ((uint32_t)flag_names[i].bit == bit)
			return flag_names[i].name;
	}
	return NULL;
}
