/* SPDX-License-Identifier: MIT
 *
 * The vectors of FIPS 180-4 / NIST CAVS, RFC 4231 and RFC 4648.
 */
#include "agent/base/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_digest(const uint8_t digest[SHA256_BYTES], const char *hex)
{
	char text[2 * SHA256_BYTES + 1];

	hex_encode(digest, SHA256_BYTES, text);
	assert_string_equal(text, hex);
}

static void digests_are_those_of_the_standard(void **state)
{
	static const struct {
		const char *text, *hex;
	} rows[] = {
	    {"",							 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	    {"abc",						      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
             "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"                                                            },
	    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopq"
	     "klmnopqrlmnopqrsmnopqrstnopqrstu",            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t digest[SHA256_BYTES];

		sha256(rows[i].text, strlen(rows[i].text), digest);
		assert_digest(digest, rows[i].hex);
	}
}

static void a_million_letters_in_any_pieces_give_one_digest(void **state)
{
	static const size_t pieces[] = {1, 7, 63, 64, 65, 1000};
	static char letters[1000];

	(void)state;
	memset(letters, 'a', sizeof(letters));
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		uint8_t digest[SHA256_BYTES];
		struct sha256 s;

		sha256_init(&s);
		for (size_t left = 1000000; left;) {
			size_t n = pieces[i] < left ? pieces[i] : left;

			sha256_feed(&s, letters, n);
			left -= n;
		}
		sha256_done(&s, digest);
		assert_digest(digest,
		    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	}
}

static struct span fill(char *buf, char c, size_t n)
{
	memset(buf, c, n);
	return (struct span){buf, n};
}

static void hmac_is_that_of_rfc_4231(void **state)
{
	char key[200], data[200], counting[25];
	uint8_t out[SHA256_BYTES];

	(void)state;
	hmac_sha256(fill(key, 0x0b, 20), span_of("Hi There"), out);
	assert_digest(
	    out, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	hmac_sha256(span_of("Jefe"), span_of("what do ya want for nothing?"), out);
	assert_digest(
	    out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	hmac_sha256(fill(key, (char)0xaa, 20), fill(data, (char)0xdd, 50), out);
	assert_digest(
	    out, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
	for (int i = 0; i < 25; i++)
		counting[i] = (char)(i + 1);
	hmac_sha256((struct span){counting, 25}, fill(data, (char)0xcd, 50), out);
	assert_digest(
	    out, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
	hmac_sha256(fill(key, (char)0xaa, 131),
	    span_of("Test Using Larger Than Block-Size Key - Hash Key First"), out);
	assert_digest(
	    out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void an_empty_key_and_message_have_a_mac(void **state)
{
	uint8_t out[SHA256_BYTES];

	(void)state;
	hmac_sha256((struct span){NULL, 0}, (struct span){NULL, 0}, out);
	assert_digest(
	    out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void base64_is_that_of_rfc_4648(void **state)
{
	static const struct {
		const char *plain, *coded;
	} rows[] = {
	    {"",         ""        },
	    {"f",        "Zg=="    },
	    {"fo",       "Zm8="    },
	    {"foo",      "Zm9v"    },
	    {"foob",     "Zm9vYg=="},
	    {"fooba",    "Zm9vYmE="},
	    {"foobar",   "Zm9vYmFy"},
	    {"\xfb\xff", "+/8="    },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str coded, plain;

		str_init(&coded, 64);
		str_init(&plain, 64);
		base64_encode(&coded, span_of(rows[i].plain));
		assert_string_equal(str_c(&coded), rows[i].coded);
		assert_true(base64_decode(&plain, span_of(rows[i].coded)));
		assert_string_equal(str_c(&plain), rows[i].plain);
		str_fini(&coded);
		str_fini(&plain);
	}
}

static void every_byte_survives_base64(void **state)
{
	char bytes[256];
	struct str coded, plain;

	(void)state;
	for (int i = 0; i < 256; i++)
		bytes[i] = (char)i;
	str_init(&coded, 1024);
	str_init(&plain, 1024);
	base64_encode(&coded, (struct span){bytes, 256});
	assert_true(base64_decode(&plain, str_span(&coded)));
	assert_int_equal(plain.len, 256);
	assert_memory_equal(plain.data, bytes, 256);
	str_fini(&coded);
	str_fini(&plain);
}

static void what_is_not_base64_is_refused_and_adds_nothing(void **state)
{
	static const char *const bad[] = {"Z", "Zg", "Zg=", "Zg===", "Zm9v\n", " Zm9",
	    "Z===", "====", "Zm9vZh==", "Zm9=", "Zg==Zg==", "Zm-_", "Zm9vZ=g="};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct str plain;

		str_init(&plain, 64);
		str_adds(&plain, "kept");
		assert_false(base64_decode(&plain, span_of(bad[i])));
		assert_string_equal(str_c(&plain), "kept");
		str_fini(&plain);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(digests_are_those_of_the_standard),
	    cmocka_unit_test(a_million_letters_in_any_pieces_give_one_digest),
	    cmocka_unit_test(hmac_is_that_of_rfc_4231),
	    cmocka_unit_test(an_empty_key_and_message_have_a_mac),
	    cmocka_unit_test(base64_is_that_of_rfc_4648),
	    cmocka_unit_test(every_byte_survives_base64),
	    cmocka_unit_test(what_is_not_base64_is_refused_and_adds_nothing),
	};

	return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
