/* SPDX-License-Identifier: MIT
 *
 * Providers behind one network of ours, in virtual time: a share of our exchanges is lost
 * for a while, or a provider is silent. The judge asks controls and sooner asks as it
 * does in the program. Nothing here knows the inside of the judge.
 */
#ifndef DIMWATCH_TESTS_NET_WORLD_H
#define DIMWATCH_TESTS_NET_WORLD_H

#include "agent/base/rng.h"
#include "alerts/judge.h"

#define NET_TARGETS 16
#define NET_EVENTS  1024

struct net_event {
	int64_t at_ms, started_ms;
	int target;  /* >= 0: its ask ends */
	int control; /* >= 0: an ask of it begins or ends */
	uint32_t look;
	bool begun, failed;
};

/* What is wrong, from 0 on. */
struct net_trouble {
	double loss;         /* share of our exchanges that are lost ... */
	double lasts_s;      /* ... so long */
	uint32_t silent;     /* targets that are down then: bits ... */
	double theirs;       /* ... and lose so much; 0: everything */
	double base;         /* share that fails silently without a reason */
	double control_loss; /* asks of controls that fail without a reason */
};

struct net {
	struct judge *judge;
	struct judge_update up;
	struct rng rng;
	int n, n_controls;
	struct net_trouble trouble;
	int64_t now_ms;
	int64_t slot_ms[NET_TARGETS], wish_ms[NET_TARGETS]; /* INT64_MAX: none */
	int flying[NET_TARGETS];
	struct net_event events[NET_EVENTS];
	int n_events;
	/* What came of it. */
	uint32_t booked;         /* targets with an outage that was not retracted: bits */
	int64_t first_booked_ms; /* INT64_MAX: never */
	int64_t declared_ms;     /* our own path was found impaired; INT64_MAX: never */
	int retracted;
};

/* n providers with one target each at 60 s, well known and asked for two minutes before
 * the trouble begins at 0. */
void net_init(struct net *w, int n, int n_controls, uint64_t seed);
void net_fini(struct net *w);
void net_run(struct net *w, const struct net_trouble *t, double until_s);

#endif
