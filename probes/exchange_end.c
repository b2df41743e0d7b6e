/* SPDX-License-Identifier: MIT
 *
 * What it all comes to: exactly one outcome, then the sample.
 *
 * A connection that is lost before the head, or behind the head with no byte of the
 * body, is `reset`; one that is lost inside the body of a 2xx is `truncated`, unless the
 * finish reason had come. An error status is classified by what came with it, however
 * the transfer ended.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "probes/cost.h"
#include "probes/dialect.h"
#include "probes/exchange_state.h"
#include "probes/model_name.h"
#include "probes/redact.h"

#define LAG_FLOOR_US ((int64_t)250000)

/* --- the outcome --- */

/* No head came: the transfer's own end tells, or who was waiting when time was up. */
static void conclude_silence(struct exchange *x, const struct wire_end *end)
{
	enum outcome o = classify_wire(end);

	/* There was no answer that could be cut off. */
	if (o == OUTCOME_TRUNCATED)
		o = OUTCOME_RESET;
	exchange_decide(x, o, end->text);
}

/* Not a 2xx. Endless bodies and headers are a misdeed of their own. */
static void conclude_refusal(struct exchange *x, const struct wire_end *end)
{
	struct answer a = {.status = x->head.status, .head = &x->head};
	struct span location = head_find(&x->head, "location");
	struct verdict v;
	struct str text;
	json_t *json;

	if (end->wire == WIRE_TOO_LARGE || end->wire == WIRE_HEADERS) {
		exchange_decide(x, classify_wire(end), end->text);
		return;
	}
	str_init(&text, 3 * KEEP_BODY);
	json = exchange_error_json(x, &text);
	a.body = str_span(&text);
	a.json = json;
	if (exchange_is_expected(x, &a)) {
		json_decref(json);
		str_fini(&text);
		return;
	}
	classify_answer(x->t->provider, &a, &v);
	if (v.message[0] == '\0' && location.n > 0)
		(void)snprintf(v.message, sizeof(v.message), "Location: %.*s",
		    location.n < 200 ? (int)location.n : 200, location.p);
	if (json != NULL) {
		struct reading r;

		reading_init(&r);
		x->t->dialect->read((struct span){NULL, 0}, a.body, json, &r);
		if (r.id != NULL)
			str_copy(x->error_id, sizeof(x->error_id), r.id);
		reading_fini(&r);
	}
	str_copy(x->code, sizeof(x->code), v.code);
	exchange_decide(x, v.outcome, v.message);
	json_decref(json);
	str_fini(&text);
}

/* Terminator or finish reason seen. */
static void conclude_complete(struct exchange *x)
{
	enum outcome o = OUTCOME_OK;
	bool odd = false;

	if (!x->done && !x->t->dialect->finish_ends)
		x->flags |= FLAG_NO_DONE;
	if (x->finish[0] != '\0')
		o = classify_finish(x->t->provider, x->finish);
	if (o == OUTCOME_OK && x->n_tokens == 0)
		o = OUTCOME_EMPTY;
	/* Reasoning proves inference: the limit was too small, nobody is down. */
	if (x->has_reasoning && !x->has_text)
		x->flags |= FLAG_REASONING_ONLY;
	if (o == OUTCOME_OK && x->has_text) {
		o = question_check(&x->q, x->t, str_span(&x->answer), &odd);
		if (odd)
			x->flags |= FLAG_ODD_ANSWER;
	}
	exchange_decide(x, o, NULL);
}

void exchange_conclude_strange(struct exchange *x)
{
	struct answer a = {
	    .status = x->head.status,
	    .head = &x->head,
	    .body = str_span(&x->body),
	};
	struct verdict v;
	json_t *json = json_parse_provider(a.body, NULL);

	a.json = json;
	classify_answer(x->t->provider, &a, &v);
	str_copy(x->code, sizeof(x->code), v.code);
	exchange_decide(x, v.outcome, v.message);
	json_decref(json);
}

/* Some keep the queue alive with comments in a stream, with blank lines in front of an
 * answer in one piece. */
static bool was_only_kept_alive(const struct exchange *x)
{
	if (x->kind == BODY_EVENTS)
		return x->events == 0 && x->comments > 0;
	return x->body.len == 0 && x->body_bytes > 0;
}

/* How a 2xx ended that never became complete. */
static void conclude_incomplete(struct exchange *x, const struct wire_end *end)
{
	bool lost = end->wire != WIRE_DONE;

	if (was_only_kept_alive(x)) {
		x->flags |= FLAG_QUEUED;
		exchange_decide(x, OUTCOME_OVERLOADED,
		    "queued with keep-alives, then the connection was closed");
	} else if (x->body_bytes == 0 && lost)
		exchange_decide(x, OUTCOME_RESET, end->text);
	else if (x->body.cut && x->kind != BODY_EVENTS && x->kind != BODY_LINES)
		exchange_decide(x, OUTCOME_TOO_LARGE, "one body of more than 64 KiB");
	else if (x->body.len == 0 && x->kind != BODY_EVENTS)
		exchange_decide(x, OUTCOME_EMPTY, "a body without a byte");
	else if (x->n_tokens == 0 && x->understood == 0 && x->body.len > 0 &&
		 !x->cut_in_event && (!lost || x->body.data[0] == '<'))
		exchange_conclude_strange(x);
	else
		exchange_decide(x, OUTCOME_TRUNCATED,
		    lost ? end->text : "closed without a finish reason");
}

static void conclude_answer(struct exchange *x, const struct wire_end *end)
{
	bool got_token = x->n_tokens > 0;

	exchange_read_end(x);
	if (x->decided)
		return;
	if (exchange_is_complete(x)) {
		conclude_complete(x);
		return;
	}
	switch (end->wire) {
	case WIRE_DONE:
	case WIRE_PARTIAL:
	case WIRE_RESET:
	case WIRE_TLS:
	case WIRE_DNS:
	case WIRE_REFUSED:
	case WIRE_CONNECT:
		conclude_incomplete(x, end);
		break;
	case WIRE_ABORTED:
		/* Our own deadline with a page for people in hand, or a stop of ours. */
		if (x->body.len > 0 && x->body.data[0] == '<')
			exchange_conclude_strange(x);
		else
			exchange_decide(x, OUTCOME_LOCAL, "ended by ourselves");
		break;
	case WIRE_TIMEOUT:
		exchange_decide(x,
		    got_token ? OUTCOME_TIMEOUT_TOTAL : OUTCOME_TIMEOUT_FIRST_TOKEN,
		    end->text);
		break;
	case WIRE_STALLED:
	case WIRE_TOO_LARGE:
	case WIRE_HEADERS:
	case WIRE_ENCODED:
	case WIRE_PROTOCOL:
	case WIRE_DNS_LOCAL:
	case WIRE_NO_ROUTE:
	case WIRE_PROXY:
	case WIRE_LOCAL:
	case WIRE_COUNT:
		exchange_decide(x, classify_wire(end), end->text);
		break;
	}
}

void exchange_conclude(struct exchange *x, const struct wire_end *end)
{
	/* Only the client knows whether it was still connecting when our time was up. */
	if (x->timed_out && x->outcome == OUTCOME_TIMEOUT_FIRST_BYTE &&
	    end->phase <= PHASE_TLS)
		x->outcome = OUTCOME_TIMEOUT_CONNECT;
	if (x->decided)
		return;
	if (!x->has_head)
		conclude_silence(x, end);
	else if (!exchange_is_2xx(x))
		conclude_refusal(x, end);
	else if (exchange_is_plain(x))
		exchange_conclude_plain(x, end);
	else
		conclude_answer(x, end);
}

/* --- the sample --- */

#define MAX_SECRETS REQUEST_MAX_HEADERS

/* Strangers' words leave cleaned and without keys, all of them by this way. */
static void put_clean(const struct exchange *x, char *out, size_t size, struct span text)
{
	const struct secret *keys[MAX_SECRETS] = {x->t->key};
	size_t n = 1;

	for (size_t i = 0; i < x->t->n_headers && n < MAX_SECRETS; i++) {
		if (x->t->headers[i].is_secret)
			keys[n++] = x->t->headers[i].value;
	}
	redact_all(out, size, text, keys, n);
	if (x->t->n_hidden && out[0]) {
		char once[SAMPLE_EVIDENCE_BYTES + 1];

		str_copy(once, sizeof(once), out);
		redact_all(out, size, span_of(once), x->t->hidden, x->t->n_hidden);
	}
}

static void put_words(const struct exchange *x, char *out, size_t size, const char *text)
{
	put_clean(x, out, size, span_of(text));
}

static void put_phases(const struct exchange *x, struct mono at,
    const struct wire_end *end, struct sample *ret)
{
	int64_t *phases[] = {&ret->dns_us, &ret->connect_us, &ret->tls_us,
	    &ret->first_byte_us, &ret->first_token_us, &ret->end_us};
	int64_t last = 0;

	ret->dns_us = end->dns_us;
	ret->connect_us = end->connect_us;
	ret->tls_us = end->tls_us;
	if (x->has_head)
		ret->first_byte_us = mono_diff_us(x->head_at, x->start);
	/* In one piece there is no first token, only an answer. */
	if (x->n_tokens > 0 && x->t->kind != PROBE_CHAT)
		ret->first_token_us = mono_diff_us(x->first_token, x->start);
	ret->end_us = mono_diff_us(at, x->start);
	if (ret->end_us < 0)
		ret->end_us = 0;
	/* Two clocks measured: the client's and ours. Later phases are never earlier. */
	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		if (*phases[i] < 0) {
			*phases[i] = NOT_REACHED;
			continue;
		}
		if (*phases[i] < last)
			*phases[i] = last;
		last = *phases[i];
	}
	ret->longest_gap_us = x->longest_gap_us;
}

static void put_tokens(const struct exchange *x, struct sample *ret)
{
	ret->tokens_in = x->tokens_in;
	ret->tokens_out = x->tokens_out;
	if (x->tokens_out < 0 && x->n_tokens > 0) {
		ret->tokens_out = x->n_tokens;
		ret->flags |= FLAG_COST_ESTIMATED;
	}
}

static void put_evidence(const struct exchange *x, struct sample *ret)
{
	struct span evidence = str_span(&x->body);

	if (x->outcome == OUTCOME_OK)
		return;
	if (x->outcome == OUTCOME_WRONG_ANSWER)
		evidence = str_span(&x->answer);
	if (x->frame.len > 0)
		evidence = str_span(&x->frame);
	put_clean(x, ret->evidence, sizeof(ret->evidence), evidence);
}

static void put_flags(const struct exchange *x, bool reconnected, struct sample *ret)
{
	int64_t tenth = ret->end_us / 10;
	struct span asked = span_of(x->t->model);

	ret->flags |= x->flags;
	if (reconnected)
		ret->flags |= FLAG_RECONNECTED;
	if (x->comments > 0)
		ret->flags |= FLAG_QUEUED;
	if (x->model[0] != '\0' && !model_is_same(asked, span_of(x->model)))
		ret->flags |= FLAG_MODEL_DIFFERS;
	if (ret->lag_us > (tenth > LAG_FLOOR_US ? tenth : LAG_FLOOR_US))
		ret->flags |= FLAG_LOOP_LATE;
}

static const char *request_id(const struct exchange *x)
{
	if (x->header_id[0] != '\0')
		return x->header_id;
	return x->error_id[0] != '\0' ? x->error_id : x->id;
}

void exchange_finish(struct exchange *x, struct mono at, const struct wire_end *end,
    int64_t lag_us, struct sample *ret)
{
	exchange_conclude(x, end);
	assert(x->decided);
	sample_init(ret, x->t->series, x->start_wall);
	put_phases(x, at, end, ret);
	ret->lag_us = lag_us;
	ret->outcome = x->outcome;
	ret->http_status = x->head.status;
	ret->reused = end->reused;
	ret->cert_expiry_s = end->cert_expiry_s;
	ret->retry_after_ms = x->retry_after_ms;
	put_flags(x, end->reconnected, ret);
	put_tokens(x, ret);
	put_words(x, ret->finish, sizeof(ret->finish), x->finish);
	put_words(x, ret->returned_model, sizeof(ret->returned_model), x->model);
	put_words(x, ret->request_id, sizeof(ret->request_id), request_id(x));
	put_words(x, ret->provider_code, sizeof(ret->provider_code), x->code);
	put_words(x, ret->message, sizeof(ret->message), x->message);
	put_evidence(x, ret);
	cost_sample(x->t, ret);
}
