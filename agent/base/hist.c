/* SPDX-License-Identifier: MIT
 *
 * Histogram cells. The bounds are those of 2^(i/8) ms, rounded to what the JSON form
 * prints (0.01 ms below 16 ms, whole milliseconds above), so that a histogram read back
 * from a row is the one that was written.
 */
#include "agent/base/hist.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"

/* Upper bound of each cell, included in it. Cell 0 starts at 0; the last one takes
 * everything above as well. */
static const int32_t upper_us[HIST_CELLS] = {
    1000,
    1090,
    1190,
    1300,
    1410,
    1540,
    1680,
    1830,
    2000,
    2180,
    2380,
    2590,
    2830,
    3080,
    3360,
    3670,
    4000,
    4360,
    4760,
    5190,
    5660,
    6170,
    6730,
    7340,
    8000,
    8720,
    9510,
    10370,
    11310,
    12340,
    13450,
    14670,
    16000,
    17000,
    19000,
    21000,
    23000,
    25000,
    27000,
    29000,
    32000,
    35000,
    38000,
    41000,
    45000,
    49000,
    54000,
    59000,
    64000,
    70000,
    76000,
    83000,
    91000,
    99000,
    108000,
    117000,
    128000,
    140000,
    152000,
    166000,
    181000,
    197000,
    215000,
    235000,
    256000,
    279000,
    304000,
    332000,
    362000,
    395000,
    431000,
    470000,
    512000,
    558000,
    609000,
    664000,
    724000,
    790000,
    861000,
    939000,
    1024000,
    1117000,
    1218000,
    1328000,
    1448000,
    1579000,
    1722000,
    1878000,
    2048000,
    2233000,
    2435000,
    2656000,
    2896000,
    3158000,
    3444000,
    3756000,
    4096000,
    4467000,
    4871000,
    5312000,
    5793000,
    6317000,
    6889000,
    7512000,
    8192000,
    8933000,
    9742000,
    10624000,
    11585000,
    12634000,
    13777000,
    15024000,
    16384000,
    17867000,
    19484000,
    21247000,
    23170000,
    25268000,
    27554000,
    30048000,
    32768000,
    35734000,
    38968000,
    42495000,
    46341000,
    50535000,
    55109000,
    60097000,
    65536000,
    71468000,
    77936000,
    84990000,
    92682000,
    101070000,
    110218000,
    120194000,
    131072000,
    142935000,
    155872000,
    169979000,
    185364000,
    202141000,
    220436000,
    240387000,
    262144000,
    285870000,
    311744000,
    339959000,
    370728000,
    404281000,
    440872000,
    480774000,
    524288000,
    571740000,
    623487000,
    679917000,
    741455000,
    808563000,
    881744000,
    961548000,
    1048576000,
    1143480000,
};

static int cell_of(int64_t us)
{
	int low = 0, high = HIST_CELLS - 1;

	while (low < high) {
		int mid = (low + high) / 2;

		if (us <= upper_us[mid])
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static void add_count(struct hist *h, int cell, uint32_t n)
{
	uint32_t sum;

	if (__builtin_add_overflow(h->n[cell], n, &sum))
		sum = UINT32_MAX;
	h->total += sum - h->n[cell];
	h->n[cell] = sum;
}

void hist_add(struct hist *h, int64_t us)
{
	add_count(h, cell_of(us), 1);
}

void hist_merge(struct hist *into, const struct hist *from)
{
	for (int i = 0; i < HIST_CELLS; i++)
		add_count(into, i, from->n[i]);
}

int64_t hist_quantile_us(const struct hist *h, double q)
{
	double wanted;
	uint64_t rank, seen = 0;
	int cell = 0;

	if (h->total == 0)
		return -1;
	wanted = ceil(fmin(fmax(q, 0.0), 1.0) * (double)h->total);
	rank = wanted < 1.0 ? 1 : (uint64_t)wanted;
	for (; cell < HIST_CELLS - 1; cell++) {
		seen += h->n[cell];
		if (seen >= rank)
			break;
	}
	if (cell == 0)
		return upper_us[0] / 2;
	return (int64_t)sqrt((double)upper_us[cell - 1] * (double)upper_us[cell]);
}

int64_t hist_cell_upper_us(int cell)
{
	return upper_us[cell];
}

static void cell_key(int cell, char *buf, size_t size)
{
	int32_t us = upper_us[cell], ms = us / 1000, hundredths = us % 1000 / 10;
	struct str s;

	str_init(&s, size - 1);
	str_addf(&s, "%" PRId32, ms);
	if (hundredths)
		str_addf(&s, ".%02" PRId32, hundredths);
	str_copy(buf, size, str_c(&s));
	str_fini(&s);
}

void hist_to_json(const struct hist *h, struct str *out)
{
	const char *comma = "";

	str_addc(out, '{');
	for (int i = 0; i < HIST_CELLS; i++) {
		char key[16];

		if (h->n[i] == 0)
			continue;
		cell_key(i, key, sizeof(key));
		str_addf(out, "%s\"%s\":%" PRIu32, comma, key, h->n[i]);
		comma = ",";
	}
	str_addc(out, '}');
}

/* The cell with exactly this bound; -1: there is none. */
static int cell_by_key(const char *key)
{
	char *end = NULL, canonical[16];
	double ms = strtod(key, &end);
	int cell;

	if (!end || *end || end == key || !(ms >= 0.0 && ms < 1e7))
		return -1;
	cell = cell_of((int64_t)(ms * 1000.0 + 0.5));
	cell_key(cell, canonical, sizeof(canonical));
	return strcmp(canonical, key) == 0 ? cell : -1;
}

bool hist_from_json(struct hist *h, const char *json)
{
	json_t *v = json_parse(span_of(json), NULL);
	struct hist read = {0};
	const char *key;
	json_t *count;
	bool ok = json_is_object(v);

	if (ok) {
		json_object_foreach(v, key, count)
		{
			int cell = cell_by_key(key);
			json_int_t n = json_integer_value(count);

			if (cell < 0 || !json_is_integer(count) || n < 0 ||
			    n > UINT32_MAX) {
				ok = false;
				break;
			}
			add_count(&read, cell, (uint32_t)n);
		}
	}
	json_decref(v);
	if (ok)
		*h = read;
	return ok;
}
