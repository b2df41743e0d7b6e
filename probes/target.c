/* SPDX-License-Identifier: MIT
 *
 * Questions about a target that more than one room asks: is it the same series, which
 * host is it, is that host inside our own network.
 */
#include "probes/target.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "agent/base/str.h"

static const char *const kind_codes[] = {
    "stream", "chat", "models", "door", "embedding", "heavy", "http"};
_Static_assert(sizeof(kind_codes) / sizeof(kind_codes[0]) == PROBE_KIND_COUNT, "kinds");

static const char *const connection_codes[] = {"cold", "warm"};
_Static_assert(
    sizeof(connection_codes) / sizeof(connection_codes[0]) == CONNECTION_KIND_COUNT,
    "connections");

const char *probe_kind_code(enum probe_kind k)
{
	assert((unsigned)k < PROBE_KIND_COUNT);
	return kind_codes[k];
}

bool probe_kind_parse(const char *code, enum probe_kind *ret)
{
	for (size_t i = 0; i < PROBE_KIND_COUNT; i++) {
		if (strcmp(kind_codes[i], code) == 0) {
			*ret = (enum probe_kind)i;
			return true;
		}
	}
	return false;
}

const char *connection_kind_code(enum connection_kind k)
{
	assert((unsigned)k < CONNECTION_KIND_COUNT);
	return connection_codes[k];
}

static bool same_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

static const char *provider_id(const struct target *t)
{
	return t->provider != NULL ? t->provider->id : NULL;
}

bool target_same_series(const struct target *a, const struct target *b)
{
	return same_text(a->name, b->name) && same_text(provider_id(a), provider_id(b)) &&
	       same_text(a->model, b->model) && same_text(a->region, b->region) &&
	       a->kind == b->kind && a->connection == b->connection;
}

const char *target_title(const struct target *t)
{
	return t->title != NULL ? t->title : t->name;
}

const char *target_label(const struct target *t, const char *name)
{
	for (size_t i = 0; i < t->n_labels; i++) {
		if (strcmp(t->labels[i].name, name) == 0)
			return t->labels[i].value;
	}
	return NULL;
}

/* What stands between "//" (and "user:password@") and the path. */
static struct span authority(const char *url)
{
	const char *from = strstr(url, "://");
	const char *at;
	struct span ret;

	from = from != NULL ? from + 3 : url;
	ret = (struct span){from, strcspn(from, "/?#\\")};
	at = memrchr(ret.p, '@', ret.n);
	if (at != NULL) {
		ret.n -= (size_t)(at + 1 - ret.p);
		ret.p = at + 1;
	}
	return ret;
}

char *target_host(const struct target *t, char *buf, size_t size)
{
	return span_copy(authority(t->url), buf, size);
}

/* Without the port, and without the brackets of an IPv6 address. */
static struct span bare_host(struct span a)
{
	const char *end;

	if (a.n > 0 && a.p[0] == '[') {
		end = memchr(a.p, ']', a.n);
		return (struct span){a.p + 1, end != NULL ? (size_t)(end - a.p - 1) : 0};
	}
	end = memchr(a.p, ':', a.n);
	return (struct span){a.p, end != NULL ? (size_t)(end - a.p) : a.n};
}

struct network {
	uint8_t bytes[4];
	int bits;
	const char *what;
};

static const struct network private_v4[] = {
    {{0, 0, 0, 0},     8,  "this machine"},
    {{127, 0, 0, 0},   8,  "loopback"    },
    {{10, 0, 0, 0},    8,  "RFC 1918"    },
    {{172, 16, 0, 0},  12, "RFC 1918"    },
    {{192, 168, 0, 0}, 16, "RFC 1918"    },
    {{169, 254, 0, 0}, 16, "link-local"  },
};

static const struct network private_v6[] = {
    {{0xfc},       7,  "unique local"},
    {{0xfe, 0x80}, 10, "link-local"  },
};

static bool has_prefix(const uint8_t *address, const struct network *net)
{
	int whole = net->bits / 8, rest = net->bits % 8;
	unsigned mask = 0xffu << (8 - rest) & 0xffu;

	if (memcmp(address, net->bytes, (size_t)whole) != 0)
		return false;
	return rest == 0 || ((address[whole] ^ net->bytes[whole]) & mask) == 0;
}

static bool is_private_v4(const uint8_t address[4])
{
	for (size_t i = 0; i < sizeof(private_v4) / sizeof(private_v4[0]); i++) {
		if (has_prefix(address, &private_v4[i]))
			return true;
	}
	return false;
}

static bool is_private_v6(const uint8_t address[16])
{
	static const uint8_t zeros[15];
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (memcmp(address, mapped, sizeof(mapped)) == 0)
		return is_private_v4(address + 12);
	if (memcmp(address, zeros, sizeof(zeros)) == 0 && address[15] <= 1)
		return true; /* :: and ::1 */
	for (size_t i = 0; i < sizeof(private_v6) / sizeof(private_v6[0]); i++) {
		if (has_prefix(address, &private_v6[i]))
			return true;
	}
	return false;
}

static bool has_suffix(struct span name, const char *suffix)
{
	size_t n = strlen(suffix);

	return name.n > n && span_ieq((struct span){name.p + name.n - n, n}, suffix);
}

/* Names that no public resolver knows: those of RFC 6761 and 6762, `.internal`, and names
 * without a dot (a container, a machine of the house). */
static bool is_private_name(struct span name)
{
	static const char *const suffixes[] = {
	    ".localhost", ".local", ".internal", ".home.arpa"};

	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	if (memchr(name.p, '.', name.n) == NULL)
		return true;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (has_suffix(name, suffixes[i]))
			return true;
	}
	return false;
}

bool target_is_private(const struct target *t)
{
	struct span host =
	    t->resolve != NULL ? span_of(t->resolve) : bare_host(authority(t->url));
	uint8_t address[16];
	char text[128];

	if (host.n == 0)
		return false;
	span_copy(host, text, sizeof(text));
	text[strcspn(text, "%")] = '\0'; /* fe80::1%25eth0 */
	if (inet_pton(AF_INET, text, address) == 1)
		return is_private_v4(address);
	if (inet_pton(AF_INET6, text, address) == 1)
		return is_private_v6(address);
	return is_private_name(host);
}
