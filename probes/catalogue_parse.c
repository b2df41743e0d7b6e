/* SPDX-License-Identifier: MIT
 *
 * What a provider file may hold, as tables of keys, and what no single key can say.
 */
#include <string.h>

#include "probes/catalogue.h"
#include "probes/catalogue_read.h"
#include "probes/dialect.h"
#include "probes/page.h"

#define MAX_NAMES 64 /* dialects that one suggestion is chosen from */

static READER(read_dialect)
{
	const char *names[MAX_NAMES];
	const struct dialect *const *all;
	size_t count;

	if (!read_text(r, n, k, base))
		return false;
	if (dialect_find(n->text) != NULL)
		return true;
	all = dialects(&count);
	count = count < MAX_NAMES ? count : MAX_NAMES;
	for (size_t i = 0; i < count; i++)
		names[i] = all[i]->name;
	return read_fail_name(r, n, "unknown dialect", names, count);
}

static READER(read_outcome)
{
	const char *names[OUTCOME_COUNT];

	if (!read_is_kind(r, n, YAML_SCALAR))
		return false;
	if (outcome_parse(n->text, FIELD(enum outcome, base, k)))
		return true;
	for (int i = 0; i < OUTCOME_COUNT; i++)
		names[i] = outcome_code((enum outcome)i);
	return read_fail_name(r, n, "unknown class", names, OUTCOME_COUNT);
}

static const struct key region_keys[] = {
    MUST("id", read_id, provider_region, id),
    MUST("base_url", read_url, provider_region, base_url),
    END_OF_KEYS,
};

static READER(read_regions)
{
	struct provider_region *rows = read_rows(r, n, region_keys, sizeof(*rows));
	int i = 0;

	if (rows == NULL)
		return false;
	for (const struct yaml_node *row = n->kids; row != NULL; row = row->next, i++) {
		for (int other = 0; other < i; other++) {
			if (strcmp(rows[other].id, rows[i].id) == 0)
				return read_fail(r, row,
				    "the region \"%s\" is there twice", rows[i].id);
		}
	}
	*FIELD(const struct provider_region *, base, k) = rows;
	*COUNT(base, k) = (size_t)n->n_kids;
	return true;
}

/* A map of finish reasons and what they mean. */
static READER(read_finishes)
{
	static const struct key outcome_key = MUST("", read_outcome, finish_row, outcome);
	struct finish_row *rows;
	size_t count = 0;

	if (!read_is_kind(r, n, YAML_MAP))
		return false;
	rows = read_room(r, n, sizeof(*rows));
	if (rows == NULL)
		return false;
	for (const struct yaml_node *kid = n->kids; kid != NULL; kid = kid->next) {
		size_t len = read_enter(r, kid->key, 0);

		if (!read_outcome(r, kid, &outcome_key, &rows[count]))
			return false;
		rows[count++].reason = kid->key;
		read_leave(r, len);
	}
	*FIELD(const struct finish_row *, base, k) = rows;
	*COUNT(base, k) = count;
	return true;
}

/* A map of models and the day each ends. */
static READER(read_shutdowns)
{
	static const struct key date_key = MUST("", read_date, shutdown_row, date);
	struct shutdown_row *rows;
	size_t count = 0;

	if (!read_is_kind(r, n, YAML_MAP))
		return false;
	rows = read_room(r, n, sizeof(*rows));
	if (rows == NULL)
		return false;
	for (const struct yaml_node *kid = n->kids; kid != NULL; kid = kid->next) {
		size_t len = read_enter(r, kid->key, 0);

		if (!read_date(r, kid, &date_key, &rows[count]))
			return false;
		rows[count++].model = kid->key;
		read_leave(r, len);
	}
	*FIELD(const struct shutdown_row *, base, k) = rows;
	*COUNT(base, k) = count;
	return true;
}

static const struct key error_keys[] = {
    MUST("http", read_status, error_row, http),
    MUST_LIST("match_path", read_words, error_row, paths),
    MUST_LIST("match", read_words, error_row, matches),
    MUST("class", read_outcome, error_row, outcome),
    MAY("note", read_text, error_row, note),
    END_OF_KEYS,
};

static READER(read_errors)
{
	struct error_row *rows = read_rows(r, n, error_keys, sizeof(*rows));

	if (rows == NULL)
		return false;
	*FIELD(const struct error_row *, base, k) = rows;
	*COUNT(base, k) = (size_t)n->n_kids;
	return true;
}

static const struct key door_keys[] = {
    MUST("http", read_status, door_row, http),
    MUST_LIST("match_path", read_words, door_row, paths),
    MUST_LIST("match", read_words, door_row, matches),
    END_OF_KEYS,
};

/* Anybody may be the one who answers: what is not told apart proves nothing. */
static READER(read_door)
{
	struct door_row *rows = read_rows(r, n, door_keys, sizeof(*rows));
	int i = 0;

	if (rows == NULL)
		return false;
	for (const struct yaml_node *row = n->kids; row != NULL; row = row->next, i++) {
		if (rows[i].http == 0)
			return read_fail(r, row, "a door has one HTTP status, not any");
	}
	*FIELD(const struct door_row *, base, k) = rows;
	*COUNT(base, k) = (size_t)n->n_kids;
	return true;
}

static const struct key embedding_keys[] = {
    MUST("path", read_url_path, provider, embedding_path),
    MAY("model", read_text, provider, embedding_model),
    END_OF_KEYS,
};

/* --- price --- */

static READER(read_currency)
{
	char *to = FIELD(char, base, k);

	if (n->kind != YAML_SCALAR || strlen(n->text) != 3 ||
	    strspn(n->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
		return read_fail(r, n, "expected a currency such as USD");
	memcpy(to, n->text, 4);
	return true;
}

/* "0.075" per million tokens to nano-units a token, rounded up: a thousandth of a
 * thousandth is the smallest price that is told apart. */
static READER(read_amount)
{
	int64_t nano = 0, unit = 1000000;
	const char *p = n->kind == YAML_SCALAR && !n->quoted ? n->text : "";
	size_t whole = strspn(p, "0123456789");

	if (whole == 0 || whole > 6)
		return read_fail(
		    r, n, "expected an amount per million tokens, such as 0.10");
	for (size_t i = 0; i < whole; i++)
		nano = nano * 10 + (p[i] - '0');
	nano *= unit;
	p += whole;
	if (*p == '.') {
		for (p++; *p >= '0' && *p <= '9' && unit > 1; p++) {
			unit /= 10;
			nano += (*p - '0') * unit;
		}
	}
	if (*p != '\0')
		return read_fail(
		    r, n, "expected an amount per million tokens, such as 0.10");
	*FIELD(int64_t, base, k) = (nano + 999) / 1000;
	return true;
}

static READER(read_windows)
{
	bool one = n->kind == YAML_SCALAR;
	const struct yaml_node *item = one ? n : n->kids;
	struct price_window *rows;
	size_t count = 0;

	if (!one && !read_is_kind(r, n, YAML_LIST))
		return false;
	rows =
	    one ? arena_alloc(r->arena, sizeof(*rows)) : read_room(r, n, sizeof(*rows));
	if (rows == NULL)
		return false;
	for (; item != NULL; item = one ? NULL : item->next) {
		if (item->kind != YAML_SCALAR ||
		    !price_window_parse(item->text, &rows[count++]))
			return read_fail(r, item,
			    "expected hours of the week such as mon-fri 09:00-12:00");
	}
	*FIELD(const struct price_window *, base, k) = rows;
	*COUNT(base, k) = count;
	return true;
}

static READER(read_offset)
{
	if (n->kind != YAML_SCALAR || !price_offset_parse(n->text, FIELD(int, base, k)))
		return read_fail(r, n, "expected a distance to UTC such as \"+08:00\"");
	return true;
}

static const struct key hours_keys[] = {
    MUST("utc", read_offset, price_hours, utc_offset_min),
    MUST_LIST("dear", read_windows, price_hours, dear),
    MUST("in", read_amount, price_hours, in_nano_per_tok),
    MUST("out", read_amount, price_hours, out_nano_per_tok),
    END_OF_KEYS,
};

/* The price outside of its dear hours. */
static READER(read_hours)
{
	struct price_hours *hours = arena_alloc(r->arena, sizeof(*hours));

	if (!read_keys(r, n, hours_keys, hours))
		return false;
	*FIELD(const struct price_hours *, base, k) = hours;
	return true;
}

static const struct key price_keys[] = {
    MUST("currency", read_currency, provider, price.currency),
    MUST("in", read_amount, provider, price.in_nano_per_tok),
    MUST("out", read_amount, provider, price.out_nano_per_tok),
    MAY("cheap_hours", read_hours, provider, price_hours),
    MAY("note", read_text, provider, price_note),
    END_OF_KEYS,
};

/* A map, or the word "unknown". A price is told as a whole, hours included. */
static READER(read_price)
{
	struct provider *p = base;
	bool partial = r->partial, ok;

	(void)k;
	p->price = (struct price){"", -1, -1};
	p->price_hours = NULL;
	p->price_note = NULL;
	if (n->kind == YAML_SCALAR && strcmp(n->text, "unknown") == 0)
		return true;
	if (n->kind != YAML_MAP)
		return read_fail(
		    r, n, "expected a map with currency, in and out, or unknown");
	r->partial = false;
	ok = read_keys(r, n, price_keys, p);
	r->partial = partial;
	return ok;
}

/* --- its status page --- */

static READER(read_page_kind)
{
	const char *names[16];
	size_t count;
	const struct page_kind *const *all = page_kinds(&count);

	if (!read_text(r, n, k, base))
		return false;
	if (page_kind_find(n->text) != NULL)
		return true;
	for (size_t i = 0; i < count; i++)
		names[i] = all[i]->name;
	return read_fail_name(r, n, "unknown kind of page", names, count);
}

static const struct key page_keys[] = {
    MUST("kind", read_page_kind, provider, page_kind),
    MUST("url", read_url, provider, page_url),
    MAY("site", read_url, provider, page_site),
    MAY_LIST("components", read_words, provider, page_parts),
    END_OF_KEYS,
};

/* --- the file --- */

static const struct key auth_keys[] = {
    MUST("header", read_text, provider, auth_header),
    MUST("scheme", read_maybe_text, provider, auth_scheme),
    END_OF_KEYS,
};

static const struct key probe_keys[] = {
    MAY("model", read_text, provider, model),
    MUST("max_tokens", read_max_tokens, provider, max_tokens),
    MUST("max_tokens_field", read_text, provider, max_tokens_field),
    MAY("extra_body", read_json, provider, extra_body),
    MAY_LIST("fallback_models", read_words, provider, fallback_models),
    END_OF_KEYS,
};

static const struct key retired_keys[] = {
    MUST("date", read_date, provider, retired),
    MUST("why", read_text, provider, retired_why),
    END_OF_KEYS,
};

static const struct key provider_keys[] = {
    MUST("id", read_id, provider, id),
    MUST("name", read_text, provider, name),
    MAY("otel", read_text, provider, otel),
    MUST("dialect", read_dialect, provider, dialect),
    MUST_LIST("regions", read_regions, provider, regions),
    MUST("chat_path", read_url_path, provider, chat_path),
    MAY("models_path", read_url_path, provider, models_path),
    MAY("models_url", read_url, provider, models_url),
    MAY("models_open", read_bool, provider, models_open),
    MAY_MAP("embedding", embedding_keys),
    MAY("health_path", read_url_path, provider, health_path),
    MUST_MAP("auth", auth_keys),
    MAY("key_env", read_text, provider, key_env),
    MAY("key_optional", read_bool, provider, key_optional),
    MAY_LIST("extra_headers", read_headers, provider, extra_headers),
    MUST_MAP("probe", probe_keys),
    MAY_LIST("retired_models", read_words, provider, retired_models),
    MAY_LIST("shutdowns", read_shutdowns, provider, shutdowns),
    MAY_MAP("retired", retired_keys),
    MUST("price", read_price, provider, price),
    MAY_LIST("finishes", read_finishes, provider, finishes),
    MAY_LIST("request_id_headers", read_words, provider, request_id_headers),
    MUST_LIST("errors", read_errors, provider, errors),
    MAY_LIST("door", read_door, provider, door),
    MAY_MAP("status_page", page_keys),
    MAY_LIST("siblings", read_words, provider, siblings),
    MAY("self_hosted", read_bool, provider, self_hosted),
    MUST("checked", read_date, provider, checked),
    MUST("sources", read_text, provider, sources),
    MAY("notes", read_text, provider, notes),
    END_OF_KEYS,
};

/* The place of a key; of the whole where it stands in the base. */
static const struct yaml_node *place_of(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *n = map != NULL ? yaml_find(map, key) : NULL;

	return n != NULL ? n : map;
}

/* What no single key can say. */
static bool check_whole(
    struct reader *r, const struct yaml_node *root, const struct provider *p)
{
	const struct yaml_node *probe = place_of(root, "probe");

	bool own_address = strchr(p->regions[0].base_url, '{') != NULL;

	/* Where the address is the user's, the names of models are too. */
	if (p->model == NULL && !p->self_hosted && !own_address)
		return read_fail(r, probe, "the key \"model\" is missing");
	if (p->key_env == NULL && p->key_optional)
		return read_fail(r, place_of(root, "key_optional"),
		    "key_optional needs key_env beside it");
	/* "A forecast is never lower than the bill". */
	if (p->price_hours != NULL &&
	    (p->price_hours->in_nano_per_tok > p->price.in_nano_per_tok ||
		p->price_hours->out_nano_per_tok > p->price.out_nano_per_tok))
		return read_fail(r, place_of(root, "price"),
		    "cheap_hours are dearer than the price itself: in and out are the dear "
		    "ones");
	if (p->models_path != NULL && p->models_url != NULL)
		return read_fail(r, place_of(root, "models_url"),
		    "models_path is there too: one of the two");
	for (size_t i = 0; i < p->n_retired_models && p->model != NULL; i++) {
		if (strcmp(p->retired_models[i], p->model) == 0)
			return read_fail(r, place_of(probe, "model"),
			    "the model \"%s\" is among retired_models", p->model);
	}
	return true;
}

bool read_provider(struct reader *r, const struct yaml_node *root, struct provider *p)
{
	if (!read_keys(r, root, provider_keys, p) || !check_whole(r, root, p))
		return false;
	if (p->otel == NULL)
		p->otel = p->id;
	return true;
}

struct yaml_node *provider_tree(
    struct span yaml, const char *file, struct arena *a, struct err *e)
{
	struct yaml_node *root;
	struct err inner = {0};

	if (yaml.n > CATALOGUE_FILE_BYTES) {
		err_set(e, ERR_LIMIT, "%s: %zu bytes, the limit is %zu", file, yaml.n,
		    CATALOGUE_FILE_BYTES);
		return NULL;
	}
	root = yaml_parse(yaml, a, &inner);
	if (root == NULL)
		err_set(e, inner.code, "%s:%s", file, inner.msg);
	return root;
}

const struct provider *provider_parse(
    struct span yaml, const char *file, struct arena *a, struct err *e)
{
	struct reader r = {.file = file, .arena = a, .e = e};
	struct provider *p = arena_alloc(a, sizeof(*p));
	const struct yaml_node *root = provider_tree(yaml, file, a, e);

	return root != NULL && read_provider(&r, root, p) ? p : NULL;
}
