/* SPDX-License-Identifier: MIT
 *
 * Proxies: they are used when named, their failures are nobody's outage, and a tunnel
 * shows them no key. (Over plain http a proxy sees everything; so does everybody else on
 * the way, and no provider's address is plain http.)
 */
#include "tests/integration/proxy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/raw_server.h"
#include "tests/integration/world.h"

static void use_proxy(struct world *w, const char *userinfo, int port)
{
	char url[128];

	snprintf(url, sizeof(url), "http://%s127.0.0.1:%d", userinfo, port);
	w->proxy = secret_new(url, strlen(url));
	w->target.proxy = w->proxy;
}

static void a_probe_goes_through_the_proxy(void **state)
{
	struct proxy *proxy;
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, "");
	proxy = proxy_new(w.loop, PROXY_WORKS);
	use_proxy(&w, "", proxy_port(proxy));
	assert_int_equal(world_probe(&w)->outcome, OUTCOME_OK);
	assert_non_null(strstr(proxy_saw(proxy), "POST http://127.0.0.1:"));
	assert_int_equal(sim_stats(w.sim, false, "p").requests, 1);
	proxy_free(proxy);
	world_fini(&w);
}

static void a_proxy_that_is_down_is_our_path(void **state)
{
	struct proxy *proxy;
	struct world w;
	int port;

	(void)state;
	world_init(&w, LOOP_SKIPPING, "");
	proxy = proxy_new(w.loop, PROXY_WORKS);
	port = proxy_port(proxy);
	proxy_free(proxy);
	use_proxy(&w, "", port);
	assert_int_equal(world_probe(&w)->outcome, OUTCOME_LOCAL);
	world_fini(&w);
}

/* A tunnel that the proxy does not make: our path, and no key has left. */
static void a_tunnel_that_fails_is_our_path(void **state)
{
	static const enum proxy_mood moods[] = {
	    PROXY_REFUSES, PROXY_HANGS_UP, PROXY_IS_SILENT};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct proxy *proxy;
		struct world w;

		world_init(&w, LOOP_SKIPPING, "");
		proxy = proxy_new(w.loop, moods[i]);
		use_proxy(&w, "", proxy_port(proxy));
		world_set_url(&w, "https://127.0.0.1:%d/v1/x", sim_port(w.sim));
		assert_int_equal(world_probe(&w)->outcome, OUTCOME_LOCAL);
		assert_non_null(strstr(proxy_saw(proxy), "CONNECT 127.0.0.1:"));
		assert_null(strstr(proxy_saw(proxy), WORLD_KEY));
		assert_int_equal(sim_open(w.sim), 0);
		proxy_free(proxy);
		world_fini(&w);
	}
}

static void a_proxys_password_stays_with_the_proxy(void **state)
{
	static const struct raw_answer fine = {
	    "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", NULL, RAW_CLOSE, false};
	struct raw_server *host;
	struct proxy *proxy;
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, "");
	proxy = proxy_new(w.loop, PROXY_REFUSES);
	host = raw_server_new(w.loop, &fine);
	use_proxy(&w, "bob:pw-31415926@", proxy_port(proxy));
	world_set_url(&w, "https://127.0.0.1:%d/v1/x", raw_server_port(host));
	assert_null(strstr(world_probe(&w)->message, "pw-31415926"));
	/* base64("bob:pw-31415926") */
	assert_non_null(strstr(proxy_saw(proxy), "Basic Ym9iOnB3LTMxNDE1OTI2"));
	assert_int_equal(raw_server_connections(host), 0);
	raw_server_free(host);
	proxy_free(proxy);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_probe_goes_through_the_proxy),
	    cmocka_unit_test(a_proxy_that_is_down_is_our_path),
	    cmocka_unit_test(a_tunnel_that_fails_is_our_path),
	    cmocka_unit_test(a_proxys_password_stays_with_the_proxy),
	};

	return cmocka_run_group_tests_name("proxy", tests, NULL, NULL);
}
