/* SPDX-License-Identifier: MIT
 *
 * UTF-8 by the Unicode table of well-formed sequences (no surrogates, no overlong forms),
 * and what of it may reach people.
 */
#include "agent/base/text.h"

#include <stdint.h>
#include <string.h>

struct range {
	uint32_t from, to;
};

/* What terminals and log viewers act upon instead of showing it. */
static const struct range dangerous[] = {
    {0x0000,  0x001f },
    {0x007f,  0x009f },
    {0x061c,  0x061c }, /* Arabic letter mark, a bidi control too */
    {0x200b,  0x200f },
    {0x2028,  0x202e }, /* line and paragraph separators, bidi embeddings */
    {0x2060,  0x2060 },
    {0x2066,  0x2069 },
    {0xfeff,  0xfeff },
    {0xe0000, 0xe007f}, /* invisible tag characters */
};

/* East Asian Width W and F, neighbouring ranges joined over unassigned points. */
static const struct range wide[] = {
    {0x1100,  0x115f },
    {0x231a,  0x231b },
    {0x2329,  0x232a },
    {0x23e9,  0x23ec },
    {0x23f0,  0x23f0 },
    {0x23f3,  0x23f3 },
    {0x25fd,  0x25fe },
    {0x2614,  0x2615 },
    {0x2648,  0x2653 },
    {0x267f,  0x267f },
    {0x2693,  0x2693 },
    {0x26a1,  0x26a1 },
    {0x26aa,  0x26ab },
    {0x26bd,  0x26be },
    {0x26c4,  0x26c5 },
    {0x26ce,  0x26ce },
    {0x26d4,  0x26d4 },
    {0x26ea,  0x26ea },
    {0x26f2,  0x26f3 },
    {0x26f5,  0x26f5 },
    {0x26fa,  0x26fa },
    {0x26fd,  0x26fd },
    {0x2705,  0x2705 },
    {0x270a,  0x270b },
    {0x2728,  0x2728 },
    {0x274c,  0x274c },
    {0x274e,  0x274e },
    {0x2753,  0x2755 },
    {0x2757,  0x2757 },
    {0x2795,  0x2797 },
    {0x27b0,  0x27b0 },
    {0x27bf,  0x27bf },
    {0x2b1b,  0x2b1c },
    {0x2b50,  0x2b50 },
    {0x2b55,  0x2b55 },
    {0x2e80,  0x303e },
    {0x3041,  0x33ff },
    {0x3400,  0x4dbf },
    {0x4e00,  0xa4cf },
    {0xa960,  0xa97c },
    {0xac00,  0xd7a3 },
    {0xf900,  0xfaff },
    {0xfe10,  0xfe19 },
    {0xfe30,  0xfe6f },
    {0xff01,  0xff60 },
    {0xffe0,  0xffe6 },
    {0x16fe0, 0x18cff},
    {0x1aff0, 0x1b2fb},
    {0x1f004, 0x1f004},
    {0x1f0cf, 0x1f0cf},
    {0x1f18e, 0x1f18e},
    {0x1f191, 0x1f19a},
    {0x1f200, 0x1f320},
    {0x1f32d, 0x1f335},
    {0x1f337, 0x1f37c},
    {0x1f37e, 0x1f393},
    {0x1f3a0, 0x1f3ca},
    {0x1f3cf, 0x1f3d3},
    {0x1f3e0, 0x1f3f0},
    {0x1f3f4, 0x1f3f4},
    {0x1f3f8, 0x1f43e},
    {0x1f440, 0x1f440},
    {0x1f442, 0x1f4fc},
    {0x1f4ff, 0x1f53d},
    {0x1f54b, 0x1f567},
    {0x1f57a, 0x1f57a},
    {0x1f595, 0x1f596},
    {0x1f5a4, 0x1f5a4},
    {0x1f5fb, 0x1f64f},
    {0x1f680, 0x1f6c5},
    {0x1f6cc, 0x1f6cc},
    {0x1f6d0, 0x1f6df},
    {0x1f6eb, 0x1f6ec},
    {0x1f6f4, 0x1f6fc},
    {0x1f7e0, 0x1f7f0},
    {0x1f90c, 0x1f9ff},
    {0x1fa70, 0x1faff},
    {0x20000, 0x3fffd},
};

/* Marks that stand on the character before them, and joiners. */
static const struct range zero_width[] = {
    {0x0300,  0x036f },
    {0x0483,  0x0489 },
    {0x0591,  0x05bd },
    {0x0610,  0x061a },
    {0x064b,  0x065f },
    {0x0e31,  0x0e31 },
    {0x0e34,  0x0e3a },
    {0x0e47,  0x0e4e },
    {0x1ab0,  0x1aff },
    {0x1dc0,  0x1dff },
    {0x200b,  0x200f },
    {0x20d0,  0x20ff },
    {0x302a,  0x302d },
    {0x3099,  0x309a },
    {0xfe00,  0xfe0f },
    {0xfe20,  0xfe2f },
    {0xe0100, 0xe01ef},
};

#define IN_TABLE(cp, table) in_ranges(cp, table, sizeof(table) / sizeof((table)[0]))

static bool in_ranges(uint32_t cp, const struct range *table, size_t n)
{
	size_t low = 0;

	while (low < n) {
		size_t mid = low + (n - low) / 2;

		if (cp > table[mid].to)
			low = mid + 1;
		else if (cp < table[mid].from)
			n = mid;
		else
			return true;
	}
	return false;
}

/* Bytes that a sequence with this first byte has; 0 when none starts so. */
static size_t sequence_length(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

size_t utf8_decode(struct span in, uint32_t *ret_cp)
{
	static const uint8_t lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = in.n ? sequence_length((uint8_t)in.p[0]) : 0;
	uint32_t cp;

	if (n == 0 || n > in.n)
		return 0;
	cp = (uint8_t)in.p[0] & lead_bits[n];
	for (size_t i = 1; i < n; i++) {
		uint8_t b = (uint8_t)in.p[i];

		if ((b & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (b & 0x3f);
	}
	if (cp < smallest[n] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*ret_cp = cp;
	return n;
}

static struct span skip(struct span in, size_t n)
{
	return (struct span){in.p + n, in.n - n};
}

size_t utf8_cut(struct span in, size_t max)
{
	size_t n = in.n < max ? in.n : max;

	/* At most three bytes of an unfinished sequence can stand at the end. */
	for (size_t back = 1; back <= 3 && back <= n; back++) {
		uint8_t b = (uint8_t)in.p[n - back];

		if ((b & 0xc0) == 0x80)
			continue;
		return sequence_length(b) > back ? n - back : n;
	}
	return n;
}

/* How many of the first bytes are plain ASCII, by eights: nearly all of them are. */
static size_t ascii_run(struct span in)
{
	uint64_t eight;
	size_t n = 0;

	for (; in.n - n >= sizeof(eight); n += sizeof(eight)) {
		memcpy(&eight, in.p + n, sizeof(eight));
		if (eight & UINT64_C(0x8080808080808080))
			break;
	}
	return n;
}

bool utf8_valid(struct span in)
{
	uint32_t cp;

	while (in.n) {
		size_t n = ascii_run(in);

		if (n == 0)
			n = utf8_decode(in, &cp);
		if (n == 0)
			return false;
		in = skip(in, n);
	}
	return true;
}

size_t utf8_count(struct span in)
{
	size_t count = 0;
	uint32_t cp;

	for (; in.n; count++) {
		size_t n = utf8_decode(in, &cp);

		in = skip(in, n ? n : 1);
	}
	return count;
}

/* All of the piece or nothing: half a character or half an escape helps nobody. */
static bool add_whole(struct str *out, const char *p, size_t n)
{
	if (out->limit - out->len < n) {
		out->cut = true;
		return false;
	}
	return str_add(out, p, n);
}

/* How many of the first bytes are visible ASCII or blanks: most words are nothing else.
 */
static size_t visible_run(struct span in)
{
	size_t n = 0;

	while (n < in.n && in.p[n] >= ' ' && in.p[n] <= '~')
		n++;
	return n;
}

void text_clean(struct str *out, struct span in)
{
	uint32_t cp = 0;
	bool fits = true;

	while (in.n && fits) {
		size_t run = visible_run(in);
		size_t n = run ? run : utf8_decode(in, &cp);

		if (run)
			fits = str_add(out, in.p, run);
		else if (n == 0)
			fits = add_whole(out, "\xef\xbf\xbd", 3);
		else if (cp >= 0x20 || cp == '\n' || cp == '\t')
			fits = add_whole(out, in.p, n);
		in = skip(in, n ? n : 1);
	}
}

static bool add_escape(struct str *out, uint32_t value, bool is_byte)
{
	static const char digits[] = "0123456789abcdef";
	char buf[16];
	size_t n = 0;

	buf[n++] = '\\';
	buf[n++] = is_byte ? 'x' : 'u';
	if (!is_byte)
		buf[n++] = '{';
	for (int shift = is_byte ? 4 : value > 0xffff ? 16 : 12; shift >= 0; shift -= 4)
		buf[n++] = digits[(value >> shift) & 15];
	if (!is_byte)
		buf[n++] = '}';
	return add_whole(out, buf, n);
}

void text_printable(struct str *out, struct span in)
{
	bool fits = true;

	while (in.n && fits) {
		uint32_t cp = 0;
		size_t n = utf8_decode(in, &cp);

		if (n == 0)
			fits = add_escape(out, (uint8_t)in.p[0], true);
		else if (IN_TABLE(cp, dangerous))
			fits = add_escape(out, cp, cp < 0x80);
		else
			fits = add_whole(out, in.p, n);
		in = skip(in, n ? n : 1);
	}
}

size_t text_columns(struct span in)
{
	size_t columns = 0;

	while (in.n) {
		uint32_t cp = 0;
		size_t n = utf8_decode(in, &cp);

		if (IN_TABLE(cp, wide) && !IN_TABLE(cp, zero_width))
			columns += 2;
		else if (!IN_TABLE(cp, zero_width))
			columns++;
		in = skip(in, n ? n : 1);
	}
	return columns;
}
