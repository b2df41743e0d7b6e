/* SPDX-License-Identifier: MIT
 *
 * See the header. A share belongs to a target that the incident names; a provider's part
 * is the union of its targets' shares.
 */
#include "alerts/share.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/str.h"
#include "alerts/incident.h"

static int find_last(const struct incident *in, const char *target)
{
	int i = in->n_shares;

	while (i-- > 0 && strcmp(in->shares[i].target, target) != 0)
		continue;
	return i;
}

struct incident_share *share_last(struct incident *in, const char *target)
{
	int i = find_last(in, target);

	return i < 0 ? NULL : &in->shares[i];
}

const struct incident_share *share_find(const struct incident *in, const char *target)
{
	int i = find_last(in, target);

	return i < 0 ? NULL : &in->shares[i];
}

/* Those that are not the first of their target. */
static int extras(const struct incident *in)
{
	int n = 0;

	for (int i = 0; i < in->n_shares; i++) {
		for (int k = 0; k < i; k++) {
			if (strcmp(in->shares[k].target, in->shares[i].target) == 0) {
				n++;
				break;
			}
		}
	}
	return n;
}

static bool goes_on(
    const struct incident *in, const struct incident_share *s, struct wall since)
{
	return !s->ended.ms || wall_diff_ms(since, s->ended) <= SHARE_APART_MS ||
	       extras(in) >= SHARE_EXTRA;
}

struct incident_share *share_begin(
    struct incident *in, const char *target, const char *provider, struct wall since)
{
	int i = find_last(in, target);
	struct incident_share *s;

	if (i >= 0 && goes_on(in, &in->shares[i], since)) {
		s = &in->shares[i];
		s->ended.ms = 0;
		if (since.ms < s->started.ms)
			s->started = since;
		return s;
	}
	if (in->n_shares == SHARE_MAX || !incident_has_target(in, target))
		return NULL;
	s = &in->shares[in->n_shares++];
	*s = (struct incident_share){.severity = SEVERITY_MINOR, .started = since};
	(void)str_copy(s->target, sizeof(s->target), target);
	(void)str_copy(s->provider, sizeof(s->provider), provider);
	return s;
}

void share_count(struct incident *in, const char *target, bool failed)
{
	struct incident_share *s = share_last(in, target);

	if (!s)
		return;
	s->samples++;
	s->failures += failed;
}

static void end(struct incident_share *s, struct wall at)
{
	if (!s->ended.ms)
		s->ended = at.ms > s->started.ms ? at : s->started;
}

void share_end(struct incident *in, const char *target, struct wall at)
{
	struct incident_share *s = share_last(in, target);

	if (s)
		end(s, at);
}

void share_rename(struct incident *in, const char *was, const char *is)
{
	for (int i = 0; i < in->n_shares; i++) {
		if (strcmp(in->shares[i].target, was) == 0)
			(void)str_copy(
			    in->shares[i].target, sizeof(in->shares[i].target), is);
	}
}

void share_strike(struct incident *in, const char *target)
{
	int kept = 0;

	for (int i = 0; i < in->n_shares; i++) {
		if (strcmp(in->shares[i].target, target) != 0)
			in->shares[kept++] = in->shares[i];
	}
	in->n_shares = kept;
}

void share_close(struct incident *in, struct wall at)
{
	for (int i = 0; i < in->n_shares; i++)
		end(&in->shares[i], at);
}

/* --- of one provider -------------------------------------------------------------- */

const char *share_owner(const struct incident_share *s)
{
	return *s->provider ? s->provider : s->target;
}

static bool is_of(const struct incident_share *s, const char *provider)
{
	return strcmp(share_owner(s), provider) == 0;
}

static int by_start(const void *a, const void *b)
{
	const struct incident_share *x = a, *y = b;

	if (x->started.ms != y->started.ms)
		return x->started.ms < y->started.ms ? -1 : 1;
	return strcmp(x->target, y->target);
}

/* Its end is not before where the next one begins. */
static bool reaches(const struct share_part *p, struct wall at)
{
	return !p->ended.ms || p->ended.ms >= at.ms;
}

static void add(struct share_part *p, const struct incident_share *s)
{
	if (s->severity > p->severity)
		p->severity = s->severity;
	if (!s->ended.ms || (p->ended.ms && s->ended.ms > p->ended.ms))
		p->ended = s->ended;
	p->samples += s->samples;
	p->failures += s->failures;
}

int share_parts(
    const struct incident *in, const char *provider, struct share_part ret[SHARE_MAX])
{
	struct incident_share own[SHARE_MAX];
	int n = 0, parts = 0;

	for (int i = 0; i < in->n_shares; i++) {
		if (is_of(&in->shares[i], provider))
			own[n++] = in->shares[i];
	}
	if (n > 1)
		qsort(own, (size_t)n, sizeof(own[0]), by_start);
	for (int i = 0; i < n; i++) {
		if (!parts || !reaches(&ret[parts - 1], own[i].started))
			ret[parts++] = (struct share_part){
			    .started = own[i].started, .ended = own[i].started};
		add(&ret[parts - 1], &own[i]);
	}
	return parts;
}

bool share_is_first(const struct incident *in, int i)
{
	for (int k = 0; k < i; k++) {
		if (is_of(&in->shares[k], share_owner(&in->shares[i])))
			return false;
	}
	return true;
}

int share_providers(const struct incident *in)
{
	int n = 0;

	for (int i = 0; i < in->n_shares; i++)
		n += share_is_first(in, i);
	return n;
}

static void keep_shares(struct incident *io, const char *provider)
{
	int kept = 0;

	io->n_targets = 0;
	for (int i = 0; i < io->n_shares; i++) {
		if (!is_of(&io->shares[i], provider))
			continue;
		io->shares[kept++] = io->shares[i];
		incident_add_target(io, io->shares[kept - 1].target);
	}
	io->n_shares = kept;
}

static bool is_theirs(const struct incident *in, const char *provider)
{
	return strcmp(in->provider, provider) == 0 && share_providers(in) < 2;
}

bool share_narrow(struct incident *io, const char *provider)
{
	struct share_part parts[SHARE_MAX];
	int n = share_parts(io, provider, parts);
	struct wall whole_end = io->ended;

	if (is_theirs(io, provider))
		return true; /* all of it */
	if (!n)
		return false;
	keep_shares(io, provider);
	io->subject = (struct subject){.kind = SUBJECT_PROVIDER};
	(void)str_copy(io->subject.id, sizeof(io->subject.id), provider);
	(void)str_copy(io->provider, sizeof(io->provider), provider);
	io->region[0] = '\0';
	io->started = parts[0].started;
	io->ended = parts[n - 1].ended;
	if (io->ended.ms && (io->state == INCIDENT_OPEN || io->ended.ms < whole_end.ms)) {
		io->state = INCIDENT_CLOSED; /* the others' part goes on, or went on */
		io->end = END_RECOVERED;
		io->closed.ms = 0;
	}
	io->severity = SEVERITY_MINOR;
	io->samples = io->failures = 0;
	for (int i = 0; i < n; i++) {
		io->severity =
		    parts[i].severity > io->severity ? parts[i].severity : io->severity;
		io->samples += parts[i].samples;
		io->failures += parts[i].failures;
	}
	io->health = io->severity == SEVERITY_CRITICAL ? HEALTH_DOWN : HEALTH_DEGRADED;
	io->reopened = n - 1;
	io->unknown_ms = 0;
	memset(io->outcomes, 0, sizeof(io->outcomes));
	io->first_error = io->last_error = (struct incident_error){0};
	return true;
}
