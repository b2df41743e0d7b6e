/* SPDX-License-Identifier: MIT
 *
 * Rows, their order and their kinds of match; the general table; transfers that ended.
 */
#include "probes/classify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/probes/fixture.h"

static struct verdict classify(const struct provider *p, int status, bool in_stream,
    const char *headers, const char *body)
{
	struct wire_head head;
	struct verdict v;
	struct answer a = {.status = status, .in_stream = in_stream, .head = &head};
	json_t *json = json_parse(span_of(body), NULL);

	fixture_head(&head, status, headers);
	a.body = span_of(body);
	a.json = json;
	classify_answer(p, &a, &v);
	json_decref(json);
	return v;
}

static const struct {
	int status;
	const char *headers, *body;
	enum outcome outcome;
} general[] = {
    {400, "",			"{}",						 OUTCOME_BAD_REQUEST       },
    {401, "",			"{}",						 OUTCOME_AUTH              },
    {401, "",			"",						   OUTCOME_AUTH              },
    {402, "",			"",						   OUTCOME_QUOTA             },
    {403, "",			"{\"error\":\"no\"}",                                 OUTCOME_AUTH              },
    {403, "",			"{\"error\":\"Not in your REGION\"}",                 OUTCOME_FORBIDDEN_REGION  },
    {403, "",			"{\"code\":\"unsupported_country\"}",                 OUTCOME_FORBIDDEN_REGION  },
    {403, "",			"<html>region</html>",                                OUTCOME_AUTH              },
    {403, "content-type: text/html", "region",                                             OUTCOME_AUTH              },
    {404, "",			"{\"error\":\"no such model\"}",                      OUTCOME_MODEL_GONE        },
    {404, "",			"{\"error\":\"Deployment not found\"}",               OUTCOME_MODEL_GONE        },
    {404, "",			"{\"detail\":\"Not Found\"}",                         OUTCOME_BAD_REQUEST       },
    {404, "",			"<html>model</html>",                                 OUTCOME_BAD_REQUEST       },
    {405, "",			"",						   OUTCOME_BAD_REQUEST       },
    {407, "",			"",						   OUTCOME_LOCAL             },
    {408, "",			"",						   OUTCOME_TIMEOUT_FIRST_BYTE},
    {410, "",			"",						   OUTCOME_MODEL_GONE        },
    {413, "",			"",						   OUTCOME_BAD_REQUEST       },
    {415, "",			"",						   OUTCOME_BAD_REQUEST       },
    {418, "",			"",						   OUTCOME_BAD_REQUEST       },
    {422, "",			"",						   OUTCOME_BAD_REQUEST       },
    {424, "",			"",						   OUTCOME_HTTP_5XX          },
    {425, "",			"",						   OUTCOME_OVERLOADED        },
    {429, "",			"",						   OUTCOME_RATE_LIMITED      },
    {429, "",			"{\"error\":{\"type\":\"engine_overloaded_error\"}}", OUTCOME_OVERLOADED        },
    {429, "",			"{\"error\":{\"code\":\"insufficient_quota\"}}",      OUTCOME_QUOTA             },
    {451, "",			"{\"error\":\"legal\"}",                              OUTCOME_FORBIDDEN_REGION  },
    {451, "",			"{\"error\":\"content blocked\"}",                    OUTCOME_CONTENT_FILTERED  },
    {498, "",			"",						   OUTCOME_OVERLOADED        },
    {499, "",			"",						   OUTCOME_LOCAL             },
    {500, "",			"",						   OUTCOME_HTTP_5XX          },
    {501, "",			"",						   OUTCOME_BAD_REQUEST       },
    {502, "",			"<html>",					     OUTCOME_HTTP_5XX          },
    {503, "",			"",						   OUTCOME_OVERLOADED        },
    {504, "",			"",						   OUTCOME_HTTP_5XX          },
    {505, "",			"",						   OUTCOME_HTTP_5XX          },
    {520, "",			"",						   OUTCOME_HTTP_5XX          },
    {529, "",			"",						   OUTCOME_OVERLOADED        },
    {530, "",			"",						   OUTCOME_HTTP_5XX          },
    {599, "",			"",						   OUTCOME_HTTP_5XX          },
    {301, "",			"",						   OUTCOME_REDIRECTED        },
    {304, "",			"",						   OUTCOME_REDIRECTED        },
    {200, "",			"<html>",					     OUTCOME_MALFORMED         },
    {204, "",			"",						   OUTCOME_MALFORMED         },
    {999, "",			"",						   OUTCOME_MALFORMED         },
    {101, "",			"",						   OUTCOME_MALFORMED         },
};

static void every_status_has_a_meaning_without_any_provider(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(general) / sizeof(general[0]); i++) {
		struct verdict v = classify(
		    NULL, general[i].status, false, general[i].headers, general[i].body);

		if (v.outcome != general[i].outcome)
			fail_msg("%d %s: %s", general[i].status, general[i].body,
			    outcome_code(v.outcome));
	}
}

/* --- rows --- */

#define P(name, ...) static const char *const name[] = {__VA_ARGS__}
P(codes, "error.code", "code");
P(body, "*");
P(header_path, "header:X-Why");
P(details, "error.details[].reason");
P(whole_error, "error");
P(is_17, "17");
P(is_word, "word");
P(has_busy, "~busy");
P(any, "*");
/* clang-format off */
static const struct error_row rows[] = {
	{429, codes, 2, is_17, 1, OUTCOME_QUOTA, "first"},
	{429, codes, 2, is_17, 1, OUTCOME_AUTH, "never reached"},
	{429, codes, 2, is_word, 1, OUTCOME_OVERLOADED, NULL},
	{500, header_path, 1, any, 1, OUTCOME_BAD_REQUEST, NULL},
	{500, details, 1, is_word, 1, OUTCOME_MODEL_GONE, NULL},
	{0, body, 1, has_busy, 1, OUTCOME_OVERLOADED, NULL},
	{400, whole_error, 1, has_busy, 1, OUTCOME_EMPTY, NULL},
	{418, whole_error, 1, any, 1, OUTCOME_QUOTA, NULL},
	{419, NULL, 0, NULL, 0, OUTCOME_QUOTA, NULL},
	{420, body, 1, any, 1, OUTCOME_QUOTA, NULL},
	{421, codes, 2, NULL, 0, OUTCOME_QUOTA, NULL},
};
/* clang-format on */
static const struct provider own = {
    .id = "own", .errors = rows, .n_errors = sizeof(rows) / sizeof(rows[0])};

static const struct {
	int status;
	const char *headers, *body;
	enum outcome outcome;
} matches[] = {
  /* Numbers and numeric strings are the same text; another path is tried. */
    {429, "",		  "{\"error\":{\"code\":17}}",                            OUTCOME_QUOTA       },
    {429, "",		  "{\"error\":{\"code\":\"17\"}}",                        OUTCOME_QUOTA       },
    {429, "",		  "{\"code\":17}",					OUTCOME_QUOTA       },
    {429, "",		  "[{\"code\":17}]",				      OUTCOME_QUOTA       },
 /* The whole value, not a part of it. */
    {429, "",		  "{\"code\":170}",				       OUTCOME_RATE_LIMITED},
    {429, "",		  "{\"code\":\"word\"}",                                  OUTCOME_OVERLOADED  },
    {429, "",		  "{\"code\":\"words\"}",                                 OUTCOME_RATE_LIMITED},
 /* A row is for its status only; 0 is for all. */
    {400, "",		  "{\"code\":17}",					OUTCOME_BAD_REQUEST },
    {400, "",		  "{\"error\":{\"message\":\"We are BUSY\"}}",            OUTCOME_OVERLOADED  },
    {404, "",		  "busy",						 OUTCOME_OVERLOADED  },
    {500, "x-why: anything",   "",						     OUTCOME_BAD_REQUEST },
    {500, "x-other: anything", "",						     OUTCOME_HTTP_5XX    },
    {500, "",		  "{\"error\":{\"details\":[{},{\"reason\":\"word\"}]}}", OUTCOME_MODEL_GONE  },
 /* "*": there and not null. */
    {418, "",		  "{\"error\":{}}",				       OUTCOME_QUOTA       },
    {418, "",		  "{\"error\":false}",				    OUTCOME_QUOTA       },
    {418, "",		  "{\"error\":null}",				     OUTCOME_BAD_REQUEST },
    {418, "",		  "{}",						   OUTCOME_BAD_REQUEST },
    {419, "",		  "",						     OUTCOME_QUOTA       },
    {420, "",		  "",						     OUTCOME_QUOTA       },
    {421, "",		  "{\"code\":1}",					 OUTCOME_QUOTA       },
    {421, "",		  "{\"other\":1}",					OUTCOME_BAD_REQUEST },
};

static void rows_match_as_the_grammar_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		struct verdict v = classify(
		    &own, matches[i].status, false, matches[i].headers, matches[i].body);

		if (v.outcome != matches[i].outcome)
			fail_msg("%d %s %s: %s", matches[i].status, matches[i].headers,
			    matches[i].body, outcome_code(v.outcome));
	}
}

static void the_note_of_the_row_comes_along(void **state)
{
	struct verdict v = classify(&own, 429, false, "", "{\"code\":17}");

	(void)state;
	assert_string_equal(v.note, "first");
	v = classify(&own, 400, false, "", "{}");
	assert_null(v.note);
}

/* --- inside a 2xx --- */

P(too_many, "1", "2");
/* clang-format off */
static const struct error_row inside_rows[] = {
	{200, codes, 2, too_many, 2, OUTCOME_RATE_LIMITED, NULL},
	{402, codes, 2, is_word, 1, OUTCOME_QUOTA, NULL},
	{500, codes, 2, is_17, 1, OUTCOME_HTTP_5XX, NULL},
	{408, any, 1, any, 1, OUTCOME_TIMEOUT_FIRST_BYTE, NULL},
	{403, codes, 2, has_busy, 1, OUTCOME_OVERLOADED, NULL},
};
/* clang-format on */
static const struct provider inside = {.id = "inside",
    .errors = inside_rows,
    .n_errors = sizeof(inside_rows) / sizeof(inside_rows[0])};

static const struct {
	int status;
	const char *body;
	enum outcome outcome;
} stream_errors[] = {
    {200, "{\"code\":2}",				  OUTCOME_RATE_LIMITED   },
 /* The row of another status, because the code is exact. */
    {200, "{\"code\":\"word\"}",                           OUTCOME_QUOTA          },
 /* … and before what the frame's status alone would say. */
    {429, "{\"code\":\"word\"}",                           OUTCOME_QUOTA          },
 /* http_5xx and silence are errors in the stream: an answer did come. */
    {200, "{\"code\":17}",				 OUTCOME_ERROR_IN_STREAM},
    {408, "{\"code\":9}",				  OUTCOME_ERROR_IN_STREAM},
    {200, "{\"error\":{\"code\":502}}",                    OUTCOME_ERROR_IN_STREAM},
    {500, "{\"error\":{}}",				OUTCOME_ERROR_IN_STREAM},
 /* A status named by the frame or by the body. */
    {429, "{\"code\":\"x\"}",			      OUTCOME_RATE_LIMITED   },
    {200, "{\"error\":{\"code\":401}}",                    OUTCOME_AUTH           },
    {200, "{\"error\":{\"code\":\"503\"}}",                OUTCOME_OVERLOADED     },
    {200, "{\"error\":{\"http_code\":\"402\"}}",           OUTCOME_QUOTA          },
    {200, "{\"raw_status_code\":429}",                     OUTCOME_RATE_LIMITED   },
    {200, "{\"error\":{\"code\":\"40a\"}}",                OUTCOME_ERROR_IN_STREAM},
    {200, "{\"error\":{\"code\":301}}",                    OUTCOME_ERROR_IN_STREAM},
 /* Words count last. */
    {200, "{\"code\":\"very busy\"}",                      OUTCOME_OVERLOADED     },
    {429, "{\"code\":\"very busy\"}",                      OUTCOME_RATE_LIMITED   },
    {200, "{\"error\":{\"message\":\"boom\"}}",            OUTCOME_ERROR_IN_STREAM},
    {200, "{\"error\":{\"type\":\"insufficient_quota\"}}", OUTCOME_QUOTA          },
};

static void a_2xx_that_is_no_answer_meets_the_rows_of_200(void **state)
{
	(void)state;
	assert_int_equal(classify(&inside, 202, false, "", "{\"code\":2}").outcome,
	    OUTCOME_RATE_LIMITED);
	assert_int_equal(
	    classify(&inside, 202, false, "", "{\"code\":3}").outcome, OUTCOME_MALFORMED);
}

static void an_error_in_a_stream_goes_through_the_same_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(stream_errors) / sizeof(stream_errors[0]); i++) {
		struct verdict v = classify(
		    &inside, stream_errors[i].status, true, "", stream_errors[i].body);

		if (v.outcome != stream_errors[i].outcome)
			fail_msg("%d %s: %s", stream_errors[i].status,
			    stream_errors[i].body, outcome_code(v.outcome));
	}
}

/* --- words --- */

static const struct {
	const char *body, *code, *message;
} words[] = {
    {"{\"error\":{\"message\":\"m\",\"type\":\"t\",\"code\":\"c\"}}",         "c",     "m"               },
    {"{\"error\":{\"message\":\"m\",\"type\":\"t\",\"code\":null}}",          "t",     "m"               },
    {"{\"error\":{\"message\":\"m\",\"type\":\"t\",\"code\":404}}",           "t",     "m"               },
    {"{\"error\":{\"message\":\"m\",\"code\":404}}",                          "404",   "m"               },
    {"{\"error\":{\"message\":\"m\",\"code\":1305}}",                         "1305",  "m"               },
    {"{\"type\":\"error\",\"error\":{\"type\":\"o\",\"message\":\"m\"}}",     "o",     "m"               },
    {"[{\"error\":{\"code\":400,\"message\":\"m\",\"status\":\"S\"}}]",       "S",     "m"               },
    {"{\"error\":\"m\",\"error_type\":\"t\"}",                                "t",     "m"               },
    {"{\"code\":\"c\",\"error\":\"m\"}",                                      "c",     "m"               },
    {"{\"code\":50508,\"message\":\"m\",\"data\":null}",                      "50508", "m"               },
    {"{\"object\":\"error\",\"message\":\"m\",\"type\":\"t\",\"code\":null}", "t",     "m"               },
    {"{\"error_code\":18,\"error_msg\":\"m\"}",                               "18",    "m"               },
    {"{\"base_resp\":{\"status_code\":1002,\"status_msg\":\"m\"}}",           "1002",  "m"               },
    {"{\"code\":1001,\"msg\":\"m\",\"success\":false}",                       "1001",  "m"               },
    {"{\"success\":false,\"errors\":[{\"code\":3036,\"message\":\"m\"}]}",    "3036",  "m"               },
    {"{\"detail\":\"m\"}",						    "",      "m"               },
    {"{\"detail\":[{\"loc\":[],\"msg\":\"m\",\"type\":\"t\"}]}",              "",      "m"               },
    {"{\"Message\":\"m\"}",						   "",      "m"               },
    {"{\"Response\":{\"Error\":{\"Code\":\"c\",\"Message\":\"m\"}}}",         "c",     "m"               },
    {"{\"ResponseMetadata\":{\"Error\":{\"Code\":\"c\",\"Message\":\"m\"}}}", "c",     "m"               },
    {"{\"code\":3,\"reason\":\"r\",\"message\":\"m\"}",                       "3",     "m"               },
    {"\"m\"",								 "",      "m"               },
    {"plain\r\n  words\t here \n",					    "",      "plain words here"},
    {"<html><TITLE> 504\n Time-out </TITLE><b>x",                             "",      "504 Time-out"    },
    {"<b>no title</b>",						       "",      "<b>no title</b>" },
    {"",								      "",      ""		},
    {"{}",								    "",      ""                },
    {"{\"error\":{\"message\":\"\"},\"message\":\"m\"}",                      "",      "m"               },
    {"{\"error\":{\"message\":\"a\\u001b[31mb\\u0000c\\nd\"}}",               "",      "a[31mbc d"       },
};

static void code_and_words_are_found_in_every_envelope(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct verdict v = classify(NULL, 400, false, "", words[i].body);

		if (strcmp(v.code, words[i].code) != 0 ||
		    strcmp(v.message, words[i].message) != 0)
			fail_msg("%s: '%s' '%s'", words[i].body, v.code, v.message);
	}
}

static void a_long_message_is_cut_on_a_character(void **state)
{
	struct verdict v;
	char text[4000];

	(void)state;
	for (size_t i = 0; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "\xe6\xa8\xa1", 4);
	v = classify(NULL, 400, false, "", text);
	assert_int_equal(strlen(v.message), 255);
	assert_memory_equal(v.message + 252, "\xe6\xa8\xa1", 4);
}

/* --- finish reasons and transfers --- */

static void finish_reasons_mean_what_the_rows_say(void **state)
{
	static const struct finish_row ends[] = {
	    {"abort", OUTCOME_OVERLOADED},
            {"stop",  OUTCOME_OK        }
        };
	const struct provider p = {.finishes = ends, .n_finishes = 2};

	(void)state;
	assert_int_equal(classify_finish(NULL, "stop"), OUTCOME_OK);
	assert_int_equal(classify_finish(NULL, "length"), OUTCOME_OK);
	assert_int_equal(classify_finish(NULL, "eos"), OUTCOME_OK);
	assert_int_equal(
	    classify_finish(NULL, "content_filter"), OUTCOME_CONTENT_FILTERED);
	assert_int_equal(
	    classify_finish(NULL, "insufficient_system_resource"), OUTCOME_OVERLOADED);
	assert_int_equal(classify_finish(NULL, "error"), OUTCOME_ERROR_IN_STREAM);
	assert_int_equal(classify_finish(NULL, "abort"), OUTCOME_ERROR_IN_STREAM);
	assert_int_equal(classify_finish(&p, "abort"), OUTCOME_OVERLOADED);
	assert_int_equal(classify_finish(&p, "error"), OUTCOME_ERROR_IN_STREAM);
}

static void every_transfer_that_failed_has_an_outcome(void **state)
{
	static const struct {
		enum wire wire;
		enum wire_phase phase;
		enum outcome outcome;
	} ends[] = {
	    {WIRE_DNS,       PHASE_DNS,     OUTCOME_DNS                },
	    {WIRE_DNS_LOCAL, PHASE_DNS,     OUTCOME_LOCAL              },
	    {WIRE_REFUSED,   PHASE_CONNECT, OUTCOME_REFUSED            },
	    {WIRE_CONNECT,   PHASE_CONNECT, OUTCOME_CONNECT            },
	    {WIRE_NO_ROUTE,  PHASE_CONNECT, OUTCOME_LOCAL              },
	    {WIRE_TLS,       PHASE_TLS,     OUTCOME_TLS                },
	    {WIRE_RESET,     PHASE_SENT,    OUTCOME_RESET              },
	    {WIRE_TIMEOUT,   PHASE_DNS,     OUTCOME_TIMEOUT_CONNECT    },
	    {WIRE_TIMEOUT,   PHASE_CONNECT, OUTCOME_TIMEOUT_CONNECT    },
	    {WIRE_TIMEOUT,   PHASE_TLS,     OUTCOME_TIMEOUT_CONNECT    },
	    {WIRE_TIMEOUT,   PHASE_SENT,    OUTCOME_TIMEOUT_FIRST_BYTE },
	    {WIRE_TIMEOUT,   PHASE_HEAD,    OUTCOME_TIMEOUT_FIRST_TOKEN},
	    {WIRE_TIMEOUT,   PHASE_BODY,    OUTCOME_TIMEOUT_TOTAL      },
	    {WIRE_STALLED,   PHASE_BODY,    OUTCOME_STALLED            },
	    {WIRE_TOO_LARGE, PHASE_BODY,    OUTCOME_TOO_LARGE          },
	    {WIRE_HEADERS,   PHASE_HEAD,    OUTCOME_MALFORMED          },
	    {WIRE_ENCODED,   PHASE_HEAD,    OUTCOME_MALFORMED          },
	    {WIRE_PROTOCOL,  PHASE_SENT,    OUTCOME_MALFORMED          },
	    {WIRE_PROXY,     PHASE_CONNECT, OUTCOME_LOCAL              },
	    {WIRE_LOCAL,     PHASE_DNS,     OUTCOME_LOCAL              },
	    {WIRE_ABORTED,   PHASE_BODY,    OUTCOME_LOCAL              },
	    {WIRE_PARTIAL,   PHASE_BODY,    OUTCOME_TRUNCATED          },
	    {WIRE_DONE,      PHASE_BODY,    OUTCOME_TRUNCATED          },
	};
	bool seen[WIRE_COUNT] = {false};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct wire_end end = fixture_end(ends[i].wire, ends[i].phase);

		assert_int_equal(classify_wire(&end), ends[i].outcome);
		seen[ends[i].wire] = true;
	}
	for (int i = 0; i < WIRE_COUNT; i++)
		assert_true(seen[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_status_has_a_meaning_without_any_provider),
	    cmocka_unit_test(rows_match_as_the_grammar_says),
	    cmocka_unit_test(the_note_of_the_row_comes_along),
	    cmocka_unit_test(a_2xx_that_is_no_answer_meets_the_rows_of_200),
	    cmocka_unit_test(an_error_in_a_stream_goes_through_the_same_tables),
	    cmocka_unit_test(code_and_words_are_found_in_every_envelope),
	    cmocka_unit_test(a_long_message_is_cut_on_a_character),
	    cmocka_unit_test(finish_reasons_mean_what_the_rows_say),
	    cmocka_unit_test(every_transfer_that_failed_has_an_outcome),
	};

	return cmocka_run_group_tests_name("probes/classify", tests, NULL, NULL);
}
