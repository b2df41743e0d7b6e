/* SPDX-License-Identifier: MIT
 *
 * What the judge says after a step: facts (what changed), wishes (whom to ask sooner) and
 * remarks (samples that do not count as they stand). Values that travel to the teller,
 * the storage and the terminal.
 */
#ifndef DIMWATCH_ALERTS_FACT_H
#define DIMWATCH_ALERTS_FACT_H

#include "alerts/health.h"
#include "alerts/incident.h"
#include "probes/sample.h"

enum fact_kind {
	FACT_UP, /* first success ever or after a gap, or suspicion died */
	FACT_SUSPECT,
	FACT_UNKNOWN, /* no evidence any more (blind or silent) */
	FACT_RECOVERING,
	FACT_RELAPSE,
	FACT_OPENED, /* from here on: facts of an incident */
	FACT_REOPENED,
	FACT_CHANGED, /* severity or health moved */
	FACT_CLOSED,
	FACT_RETRACTED,
	FACT_NOTICE,       /* an incident of class notice was raised */
	FACT_CLEARED,      /* ... and is over */
	FACT_GAP,          /* a gap ended */
	FACT_RUNG,         /* the health of a lower rung moved */
	FACT_ACKNOWLEDGED, /* of an incident: somebody has it in hand */
	FACT_SILENCED,     /* of an incident: somebody wants no messages of it */
	FACT_PAGE,         /* of an incident: what the provider's own page says changed */
	FACT_KIND_COUNT
};
const char *fact_code(enum fact_kind k); /* "up" "suspect" ...: trace and replay */
bool fact_is_incident(enum fact_kind k);

struct fact {
	enum fact_kind kind;
	struct wall at;
	uint32_t series;          /* 0: not about one target */
	enum health health;       /* of the target, after */
	enum severity from;       /* CHANGED: severity before */
	bool loud;                /* CHANGED: told whatever the severity */
	char joined[64];          /* ... for this provider's trouble is part of it now */
	struct incident incident; /* incident facts: the record after it (seq included) */
	char detail[200];
};

/* The judge's wish for a sooner ask; the scheduler may refuse. */
struct wish {
	uint32_t series;
	int64_t in_ms;
	const char *why; /* static */
};

/* The judge asks for a witness: a control of a way out. The answer is JUDGE_WITNESS. */
struct control_ask {
	int way, control;
	int64_t in_ms;
	uint32_t look; /* one of a burst with that number; 0: of none. Comes back */
};

/* A sample is judged differently from JUDGED_COUNTED, or from before. */
struct remark {
	uint32_t series;
	struct wall at; /* the sample's start */
	enum judged judged;
};

#endif
