/* SPDX-License-Identifier: MIT
 *
 * The floor: libcurl's multi on libevent, the options of a cold probe, a new handle for
 * each exchange, nothing parsed, nothing stored. What the program costs above this is its
 * own; what this costs is libcurl's and OpenSSL's and nobody's to save.
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <event2/event.h>

#define BODY                                                                                 \
	"{\"model\":\"bench-model\",\"messages\":[{\"role\":\"user\",\"content\":\"What is " \
	"23 plus 19? Answer with the number only.\"}],\"stream\":true,\"stream_options\":{"  \
	"\"include_usage\":true},\"max_tokens\":64}"
#define TIMES_MAX     (1 << 20)
#define IN_FLIGHT_MAX 1024 /* a slot that comes on top is left out */

struct bare {
	struct event_base *base;
	CURLM *multi;
	struct event *timer, *due;
	struct curl_slist *headers;
	const char *scheme, *ca;
	unsigned port, hosts, targets, next;
	int64_t interval_us;
	struct timeval start;
	uint64_t done, failed, stop_after, in_flight;
	uint32_t *times; /* of the whole exchange, us */
};

static size_t discard(char *p, size_t size, size_t n, void *arg)
{
	(void)p;
	(void)arg;
	return size * n;
}

static void set_options(struct bare *b, CURL *c, const char *url)
{
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https,http");
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, b->headers);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, BODY);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, discard);
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, 1024L); /* that of probes/http */
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, 30000L);
	curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(c, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	curl_easy_setopt(c, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(c, CURLOPT_CA_CACHE_TIMEOUT, -1L);
	if (b->ca)
		curl_easy_setopt(c, CURLOPT_CAINFO, b->ca);
}

static void ask(struct bare *b, unsigned target)
{
	CURL *c = curl_easy_init();
	char url[200];

	if (!c)
		abort();
	snprintf(url, sizeof(url), "%s://127.0.0.%u:%u/t/t%u/v1/chat/completions",
	    b->scheme, 1 + target % b->hosts, b->port, target);
	set_options(b, c, url);
	b->in_flight++;
	if (curl_multi_add_handle(b->multi, c) != CURLM_OK)
		abort();
}

/* --- pace: target i is due at start + (i / targets + k) * interval --- */

static int64_t since_start_us(const struct bare *b)
{
	struct timeval now;

	evutil_gettimeofday(&now, NULL);
	return (int64_t)(now.tv_sec - b->start.tv_sec) * 1000000 + now.tv_usec -
	       b->start.tv_usec;
}

static void on_due(evutil_socket_t fd, short what, void *arg)
{
	struct bare *b = arg;
	struct timeval wait;
	int64_t left;

	(void)fd;
	(void)what;
	if (b->in_flight < IN_FLIGHT_MAX)
		ask(b, b->next % b->targets);
	b->next++;
	left = (int64_t)b->next * b->interval_us / b->targets - since_start_us(b);
	if (left < 0)
		left = 0;
	wait = (struct timeval){left / 1000000, left % 1000000};
	evtimer_add(b->due, &wait);
}

/* --- libcurl on libevent --- */

static void collect(struct bare *b)
{
	CURLMsg *m;
	int left = 0;

	while ((m = curl_multi_info_read(b->multi, &left))) {
		CURL *c = m->easy_handle;
		curl_off_t us = 0;

		curl_easy_getinfo(c, CURLINFO_TOTAL_TIME_T, &us);
		b->times[b->done++ % TIMES_MAX] = (uint32_t)us;
		b->failed += m->data.result != CURLE_OK;
		b->in_flight--;
		curl_multi_remove_handle(b->multi, c);
		curl_easy_cleanup(c);
	}
	if (b->stop_after && b->done >= b->stop_after)
		event_base_loopbreak(b->base);
}

static void work(struct bare *b, curl_socket_t fd, int mask)
{
	int running = 0;

	curl_multi_socket_action(b->multi, fd, mask, &running);
	collect(b);
}

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
	int mask = (what & EV_READ ? CURL_CSELECT_IN : 0) |
		   (what & EV_WRITE ? CURL_CSELECT_OUT : 0);

	work(arg, fd, mask);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	work(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long ms, void *arg)
{
	struct bare *b = arg;
	struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	(void)multi;
	return ms < 0 ? evtimer_del(b->timer) : evtimer_add(b->timer, &tv);
}

static int set_socket(CURL *c, curl_socket_t fd, int what, void *arg, void *known)
{
	struct bare *b = arg;
	short events = EV_PERSIST;

	(void)c;
	if (known)
		event_free(known);
	known = NULL;
	if (what != CURL_POLL_REMOVE) {
		events |= what & CURL_POLL_IN ? EV_READ : 0;
		events |= what & CURL_POLL_OUT ? EV_WRITE : 0;
		known = event_new(b->base, fd, events, on_socket, b);
		event_add(known, NULL);
	}
	curl_multi_assign(b->multi, fd, known);
	return 0;
}

/* --- start and end --- */

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

static void set_up(struct bare *b)
{
	struct event_config *cfg = event_config_new();

	event_config_set_flag(cfg, EVENT_BASE_FLAG_PRECISE_TIMER);
	b->base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	b->multi = curl_multi_init();
	b->timer = evtimer_new(b->base, on_timer, b);
	b->due = evtimer_new(b->base, on_due, b);
	curl_multi_setopt(b->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	curl_multi_setopt(b->multi, CURLMOPT_SOCKETDATA, b);
	curl_multi_setopt(b->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(b->multi, CURLMOPT_TIMERDATA, b);
	b->headers = curl_slist_append(NULL, "Content-Type: application/json");
	b->headers = curl_slist_append(b->headers, "Accept: text/event-stream");
	b->headers = curl_slist_append(b->headers, "Expect:");
	b->times = calloc(TIMES_MAX, sizeof(*b->times));
	if (!b->times)
		abort();
}

static int by_size(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void report(struct bare *b)
{
	size_t n = b->done < TIMES_MAX ? b->done : TIMES_MAX;

	qsort(b->times, n, sizeof(*b->times), by_size);
	printf("done %" PRIu64 " failed %" PRIu64 " p50_us %u p99_us %u\n", b->done,
	    b->failed, n ? b->times[n / 2] : 0, n ? b->times[n * 99 / 100] : 0);
}

static void run(struct bare *b)
{
	struct event *stop = evsignal_new(b->base, SIGTERM, on_stop, b->base);

	event_add(stop, NULL);
	evutil_gettimeofday(&b->start, NULL);
	on_due(-1, 0, b);
	event_base_dispatch(b->base);
	report(b);
	event_free(stop);
}

static void read_options(struct bare *b, int argc, char **argv)
{
	static const struct option options[] = {
	    {"scheme",           required_argument, NULL, 's'},
	    {"port",              required_argument, NULL, 'p'},
	    {"hosts",                  required_argument, NULL, 'n'},
	    {"targets",required_argument, NULL, 't'},
	    {"interval-ms",               required_argument, NULL, 'i'},
	    {"stop-after",            required_argument, NULL, 'e'},
	    {"ca",              required_argument, NULL, 'c'},
	    {0		 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		long n = optarg ? strtol(optarg, NULL, 10) : 0;

		if (c == 's')
			b->scheme = optarg;
		else if (c == 'c')
			b->ca = optarg;
		else if (c == 'p')
			b->port = (unsigned)n;
		else if (c == 'n')
			b->hosts = (unsigned)n;
		else if (c == 't')
			b->targets = (unsigned)n;
		else if (c == 'i')
			b->interval_us = n * 1000;
		else if (c == 'e')
			b->stop_after = (uint64_t)n;
		else
			exit(2);
	}
}

int main(int argc, char **argv)
{
	struct bare b = {
	    .scheme = "http", .hosts = 1, .targets = 1, .interval_us = 1000000};

	read_options(&b, argc, argv);
	set_up(&b);
	run(&b);
	return b.done > b.failed ? 0 : 1;
}
