/* SPDX-License-Identifier: MIT
 *
 * Takes a URL apart just far enough to see whether a person made a typical mistake.
 */
#include "alerts/channel_url.h"

#include <string.h>

/* Blanks, controls and quotes come from careless copying; libcurl would refuse or, worse,
 * accept them. */
static bool has_stray_byte(struct span url)
{
	for (size_t i = 0; i < url.n; i++) {
		unsigned char c = (unsigned char)url.p[i];

		if (c <= ' ' || c == 0x7f || c == '"' || c == '<' || c == '>' ||
		    c == '\\')
			return true;
	}
	return false;
}

static struct span skip(struct span s, size_t n)
{
	return (struct span){s.p + n, s.n - n};
}

static size_t find_any(struct span s, const char *set)
{
	for (size_t i = 0; i < s.n; i++) {
		if (strchr(set, s.p[i]))
			return i;
	}
	return s.n;
}

static struct span host_of(struct span authority)
{
	for (size_t i = authority.n; i > 0; i--) {
		if (authority.p[i - 1] == '@') {
			authority = skip(authority, i);
			break;
		}
	}
	if (authority.n && authority.p[0] == '[') {
		authority = skip(authority, 1);
		authority.n = find_any(authority, "]");
	} else {
		authority.n = find_any(authority, ":");
	}
	return authority;
}

static bool is_dotted(struct span host)
{
	size_t dots = 0;

	for (size_t i = 0; i < host.n; i++) {
		if (host.p[i] == '.')
			dots++;
		else if (host.p[i] < '0' || host.p[i] > '9')
			return false;
	}
	return dots == 3;
}

static bool is_loopback(struct span host)
{
	return span_ieq(host, "localhost") || span_eq(host, "::1") ||
	       (is_dotted(host) && span_has_prefix(host, "127."));
}

static bool is_link_local(struct span host)
{
	return (is_dotted(host) && span_has_prefix(host, "169.254.")) ||
	       span_icontains(host, span_of("::ffff:169.254.")) ||
	       (host.n > 4 && span_ieq((struct span){host.p, 4}, "fe80"));
}

bool channel_url_has_host(const struct channel_url *u, const char *domain)
{
	size_t n = strlen(domain);
	struct span tail = {u->host.p + u->host.n - n, n};

	if (u->host.n < n || !span_ieq(tail, domain))
		return false;
	return u->host.n == n || tail.p[-1] == '.';
}

const char *channel_url_mistake(
    const struct channel_url *u, const struct url_mistake *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (channel_url_has_host(u, rows[i].host) &&
		    (!rows[i].path || span_has_prefix(u->path, rows[i].path)))
			return rows[i].words;
	}
	return NULL;
}

bool channel_url_check(
    const struct channel_conf *c, struct channel_url *ret, struct err *e)
{
	struct span url = span_of(secret_reveal(c->url));
	struct channel_url u = {0};
	size_t n;

	if (!url.n)
		return err_set(e, ERR_CONFIG, "the URL is empty");
	if (has_stray_byte(url))
		return err_set(e, ERR_CONFIG,
		    "the URL holds a blank or a quote: copy it again, without what is around it");
	u.tls = url.n > 8 && span_ieq((struct span){url.p, 8}, "https://");
	if (!u.tls && !(url.n > 7 && span_ieq((struct span){url.p, 7}, "http://")))
		return err_set(e, ERR_CONFIG, "not a URL: it must begin with https://");
	url = skip(url, u.tls ? 8 : 7);
	n = find_any(url, "/?#");
	u.host = host_of((struct span){url.p, n});
	url = skip(url, n);
	u.path = (struct span){url.p, find_any(url, "?#")};
	u.loopback = is_loopback(u.host);
	if (!u.host.n)
		return err_set(e, ERR_CONFIG, "the URL names no host");
	if (is_link_local(u.host))
		return err_set(e, ERR_CONFIG,
		    "link-local addresses (169.254.0.0/16, fe80::) are refused: they lead to a "
		    "cloud's own services");
	if (!u.tls && !u.loopback && !c->allow_plain_http)
		return err_set(e, ERR_CONFIG,
		    "http:// shows the message to the network: use https://, or set "
		    "allow_plain_http: true");
	*ret = u;
	return true;
}
