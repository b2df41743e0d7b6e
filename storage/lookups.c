/* SPDX-License-Identifier: MIT
 *
 * One row per lookup table. Rows of a later program stay: their numbers are in use.
 */
#include "storage/lookups.h"

#include <stdlib.h>

#include "agent/base/xalloc.h"
#include "alerts/delivery.h"
#include "alerts/incident.h"
#include "alerts/outbox.h"
#include "storage/row.h"

static const char *severity_at(int i)
{
	return i < SEVERITY_MINOR ? NULL : severity_code((enum severity)i);
}

static const char *health_at(int i)
{
	return health_code((enum health)i);
}

static const char *class_at(int i)
{
	return incident_class_code((enum incident_class)i);
}

static const char *subject_kind_at(int i)
{
	return subject_kind_code((enum subject_kind)i);
}

static const char *incident_state_at(int i)
{
	return i == INCIDENT_OPEN ? "open" : "closed";
}

static const char *end_at(int i)
{
	return incident_end_code((enum incident_end)i);
}

static const char *judged_at(int i)
{
	return judged_code((enum judged)i);
}

static const char *message_kind_at(int i)
{
	return message_kind_code((enum message_kind)i);
}

static const char *delivery_state_at(int i)
{
	return delivery_state_code((enum delivery_state)i);
}

static const char *verdict_at(int i)
{
	return verdict_code((enum verdict_kind)i);
}

static const char *page_state_at(int i)
{
	return page_state_code((enum page_state)i);
}

static const char *channel_state_at(int i)
{
	return channel_state_code((enum channel_state)i);
}

#define UPSERT(table)                                                                    \
	"INSERT INTO " table "(id, code) VALUES(?, ?) ON CONFLICT(id) DO UPDATE"         \
	" SET code = excluded.code WHERE code <> excluded.code"

static const struct lookup {
	const char *sql;
	int n;
	const char *(*code)(int i); /* NULL: this number means nothing */
} lookups[] = {
    {UPSERT("healths"),         HEALTH_COUNT,         health_at        },
    {UPSERT("severities"),      SEVERITY_COUNT,       severity_at      },
    {UPSERT("classes"),         CLASS_COUNT,          class_at         },
    {UPSERT("subject_kinds"),   SUBJECT_KIND_COUNT,   subject_kind_at  },
    {UPSERT("incident_states"), INCIDENT_STATE_COUNT, incident_state_at},
    {UPSERT("incident_ends"),   INCIDENT_END_COUNT,   end_at           },
    {UPSERT("judgements"),      JUDGED_COUNT,         judged_at        },
    {UPSERT("message_kinds"),   MESSAGE_KIND_COUNT,   message_kind_at  },
    {UPSERT("delivery_states"), DELIVERY_STATE_COUNT, delivery_state_at},
    {UPSERT("verdicts"),        VERDICT_KIND_COUNT,   verdict_at       },
    {UPSERT("page_states"),     PAGE_STATE_COUNT,     page_state_at    },
    {UPSERT("channel_states"),  CHANNEL_SHUT + 1,     channel_state_at },
};

static bool put(
    struct db *d, const char *sql, int64_t id, const char *code, struct err *e)
{
	struct bind b = bind_to(db_stmt(d, sql));

	bind_int(&b, id);
	bind_text(&b, code);
	return db_run(d, b.st, e);
}

static bool put_outcomes(struct db *d, struct err *e)
{
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		const struct outcome_row *o = outcome_row((enum outcome)i);
		struct bind b = bind_to(db_stmt(d,
		    "INSERT INTO outcomes(id, code, blame, evidence, sentence)"
		    " VALUES(?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE"
		    " SET code = excluded.code, blame = excluded.blame,"
		    " evidence = excluded.evidence, sentence = excluded.sentence"
		    " WHERE code <> excluded.code OR blame <> excluded.blame OR"
		    " evidence <> excluded.evidence OR sentence <> excluded.sentence"));

		bind_int(&b, i);
		bind_text(&b, o->code);
		bind_text(&b, blame_code(o->blame));
		bind_text(&b, evidence_code(o->evidence));
		bind_text(&b, o->sentence);
		if (!db_run(d, b.st, e))
			return false;
	}
	return true;
}

static bool put_flags(struct db *d, struct err *e)
{
	for (uint32_t bit = 1; bit; bit <<= 1) {
		const char *name = sample_flag_name(bit);

		if (name && !put(d, UPSERT("sample_flags"), bit, name, e))
			return false;
	}
	return true;
}

bool lookups_refresh(struct db *d, struct err *e)
{
	for (size_t i = 0; i < sizeof(lookups) / sizeof(lookups[0]); i++) {
		for (int id = 0; id < lookups[i].n; id++) {
			const char *code = lookups[i].code(id);

			if (code && !put(d, lookups[i].sql, id, code, e))
				return false;
		}
	}
	return put_outcomes(d, e) && put_flags(d, e);
}
