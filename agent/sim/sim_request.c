/* SPDX-License-Identifier: MIT
 *
 * Reads one request from the front of a buffer. Called again from the start when more
 * bytes came; the head's limit keeps that cheap.
 */
#include "agent/sim/sim_request.h"

#include <string.h>

static struct span cut_line(struct span *rest)
{
	const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	size_t n = end ? (size_t)(end - rest->p) + 1 : rest->n;
	struct span line = {rest->p, n};

	*rest = (struct span){rest->p + n, rest->n - n};
	return span_trim(line);
}

static struct span cut_word(struct span *rest)
{
	const char *end = rest->n ? memchr(rest->p, ' ', rest->n) : NULL;
	size_t n = end ? (size_t)(end - rest->p) : rest->n;
	struct span word = {rest->p, n};
	size_t used = end ? n + 1 : n;

	*rest = (struct span){rest->p + used, rest->n - used};
	return word;
}

static bool read_request_line(struct span line, struct sim_request *rq)
{
	const char *query;

	rq->method = cut_word(&line);
	rq->path = cut_word(&line);
	if (rq->method.n == 0 || rq->path.n == 0 || rq->path.p[0] != '/' ||
	    !span_has_prefix(line, "HTTP/1."))
		return false;
	rq->keep_alive = span_eq(line, "HTTP/1.1");
	query = memchr(rq->path.p, '?', rq->path.n);
	if (query) {
		rq->query = (struct span){
		    query + 1, (size_t)(rq->path.p + rq->path.n - query) - 1};
		rq->path.n = (size_t)(query - rq->path.p);
	}
	return true;
}

static bool read_headers(struct span rest, struct sim_request *rq)
{
	while (rest.n > 0) {
		struct span line = cut_line(&rest);
		const char *colon = line.n ? memchr(line.p, ':', line.n) : NULL;
		size_t name = colon ? (size_t)(colon - line.p) : 0;

		if (line.n == 0)
			break;
		if (name == 0 || rq->n_headers == SIM_REQUEST_MAX_HEADERS)
			return false;
		rq->headers[rq->n_headers++] = (struct sim_header){
		    .name = {line.p,    name             },
		    .value = span_trim((struct span){colon + 1, line.n - name - 1}
                      ),
		};
	}
	return true;
}

struct span sim_request_header(const struct sim_request *rq, const char *name)
{
	for (size_t i = 0; i < rq->n_headers; i++) {
		if (span_ieq(rq->headers[i].name, name))
			return rq->headers[i].value;
	}
	return (struct span){NULL, 0};
}

static bool read_length(struct span text, size_t *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9' || n > SIM_REQUEST_MAX_BODY)
			return false;
		n = n * 10 + (size_t)(text.p[i] - '0');
	}
	*ret = n;
	return n <= SIM_REQUEST_MAX_BODY;
}

/* Up to and with the blank line; 0 when it has not come yet. */
static size_t head_length(struct span bytes)
{
	const char *end = bytes.n ? memmem(bytes.p, bytes.n, "\r\n\r\n", 4) : NULL;

	return end ? (size_t)(end - bytes.p) + 4 : 0;
}

enum sim_read sim_request_read(struct span bytes, struct sim_request *ret)
{
	size_t head = head_length(bytes), body = 0;
	struct span rest = {bytes.p, head};
	struct span connection;

	if (head == 0)
		return bytes.n > SIM_REQUEST_MAX_HEAD ? SIM_READ_BAD : SIM_READ_MORE;
	memset(ret, 0, sizeof(*ret));
	if (head > SIM_REQUEST_MAX_HEAD || !read_request_line(cut_line(&rest), ret) ||
	    !read_headers(rest, ret))
		return SIM_READ_BAD;
	/* Nobody who talks to us sends chunks; refused, not misread. */
	if (sim_request_header(ret, "transfer-encoding").n > 0 ||
	    !read_length(sim_request_header(ret, "content-length"), &body))
		return SIM_READ_BAD;
	connection = sim_request_header(ret, "connection");
	if (span_ieq(connection, "close"))
		ret->keep_alive = false;
	ret->expects_continue =
	    span_ieq(sim_request_header(ret, "expect"), "100-continue");
	if (bytes.n - head < body)
		return SIM_READ_MORE;
	ret->body = (struct span){bytes.p + head, body};
	ret->used = head + body;
	return SIM_READ_READY;
}

/* The first two numbers of the text. */
static bool read_sum(const char *text, int64_t *ret)
{
	int64_t numbers[2] = {0, 0};
	int found = 0;

	while (*text && found < 2) {
		int digits = 0;

		for (; *text >= '0' && *text <= '9' && digits < 9; text++, digits++)
			numbers[found] = numbers[found] * 10 + (*text - '0');
		if (digits > 0)
			found++;
		else
			text++;
	}
	*ret = numbers[0] + numbers[1];
	return found == 2;
}

const char *sim_message_text(const json_t *message)
{
	const char *text = json_text_at(message, "content");

	if (!text)
		text = json_text_at(message, "content[].text");
	return text ? text : json_text_at(message, "parts[].text");
}

/* All the simulator knows of the world. */
static const struct {
	const char *asked, *answer;
} facts[] = {
    {"capital of France", "Paris" },
    {"中国的首都",   "北京"},
};

static const char *find_fact(const char *text)
{
	for (size_t i = 0; text && i < sizeof(facts) / sizeof(facts[0]); i++) {
		if (strstr(text, facts[i].asked))
			return facts[i].answer;
	}
	return NULL;
}

void sim_question_set(struct sim_question *q, const char *model, const char *text)
{
	if (model)
		str_copy(q->model, sizeof(q->model), model);
	q->fact = find_fact(text);
	q->has_sum = text && read_sum(text, &q->sum);
}

bool sim_question_read(struct span body, struct sim_question *ret)
{
	json_t *v = json_parse(body, NULL);
	const json_t *messages = json_at(v, "messages");
	const char *text, *model = json_text_at(v, "model");
	size_t n = json_array_size(messages);

	memset(ret, 0, sizeof(*ret));
	if (!model || n == 0) {
		json_decref(v);
		return false;
	}
	ret->stream = json_is_true(json_at(v, "stream"));
	text = sim_message_text(json_array_get(messages, n - 1));
	sim_question_set(ret, model, text);
	json_decref(v);
	return true;
}
