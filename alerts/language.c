/* SPDX-License-Identifier: MIT
 *
 * Languages, and the tables of words that stand in no sentence: durations, outcomes. The
 * English words of an outcome are its own, in probes/outcome.c.
 */
#include "alerts/language.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/str.h"
#include "alerts/render_words.h"

static const char *const codes[] = {[LANGUAGE_EN] = "en", [LANGUAGE_ZH] = "zh"};
static_assert(sizeof(codes) / sizeof(codes[0]) == LANGUAGE_COUNT, "one code each");

const char *language_code(enum language l)
{
	assert((unsigned)l < LANGUAGE_COUNT);
	return codes[l];
}

bool language_find(const char *code, enum language *ret)
{
	for (int l = 0; l < LANGUAGE_COUNT; l++) {
		if (strcmp(codes[l], code) == 0) {
			*ret = (enum language)l;
			return true;
		}
	}
	return false;
}

/* --- durations -------------------------------------------------------------------- */

/* Of duration_human; the longer one first where one begins with the other. */
static const struct {
	const char *unit, *zh;
} units[] = {
    {" ms", " 毫秒"},
    {" s",  " 秒"   },
    {" m",  " 分钟"},
    {" h",  " 小时"},
    {" d",  " 天"   },
};

char *words_duration(enum language l, int64_t ms, char *buf, size_t size)
{
	char text[64];
	struct str s;

	duration_human(ms, text, sizeof(text));
	if (l == LANGUAGE_EN)
		return str_copy(buf, size, text);
	str_init(&s, 128);
	for (const char *p = text; *p != '\0';) {
		size_t i = 0, n = sizeof(units) / sizeof(units[0]);

		while (i < n && strncmp(p, units[i].unit, strlen(units[i].unit)) != 0)
			i++;
		if (i < n)
			str_adds(&s, units[i].zh);
		else
			str_addc(&s, *p);
		p += i < n ? strlen(units[i].unit) : 1;
	}
	str_copy(buf, size, str_c(&s));
	str_fini(&s);
	return buf;
}

/* --- outcomes --------------------------------------------------------------------- */

#define SWITCH_OVER "故障期间请改用其他服务商"

/* clang-format off */
static const struct {
	const char *sentence, *advice;
} zh[] = {
    [OUTCOME_OK] = {"应答正常", ""},
    [OUTCOME_HTTP_5XX] = {"服务商的服务器出错", SWITCH_OVER},
    [OUTCOME_OVERLOADED] = {"服务商容量不足", SWITCH_OVER},
    [OUTCOME_ERROR_IN_STREAM] = {"应答开头正常，中途变成报错", SWITCH_OVER},
    [OUTCOME_MALFORMED] = {"应答不符合服务商自己的格式",
	"请查看原文：可能是认证页或代理代为应答"},
    [OUTCOME_TOO_LARGE] = {"应答大得不正常", "请查看原文"},
    [OUTCOME_EMPTY] = {"应答完整但没有内容", SWITCH_OVER},
    [OUTCOME_WRONG_ANSWER] = {"应答与预期不符", "请对照应答内容与 expect 设置"},
    [OUTCOME_DNS] = {"域名无法解析", "若从未成功过，请检查域名"},
    [OUTCOME_REFUSED] = {"连接被拒绝", "若从未成功过，请检查主机和端口"},
    [OUTCOME_CONNECT] = {"连接失败", SWITCH_OVER},
    [OUTCOME_TLS] = {"TLS 握手或证书有误", "请查看报错内容；没有发送任何数据"},
    [OUTCOME_RESET] = {"应答到达前连接中断", SWITCH_OVER},
    [OUTCOME_TIMEOUT_CONNECT] = {"连接超时", SWITCH_OVER},
    [OUTCOME_TIMEOUT_FIRST_BYTE] = {"已连接，但应答超时", SWITCH_OVER},
    [OUTCOME_TIMEOUT_FIRST_TOKEN] = {"应答已开始，但首个 token 超时", SWITCH_OVER},
    [OUTCOME_STALLED] = {"流式输出中途停住", SWITCH_OVER},
    [OUTCOME_TIMEOUT_TOTAL] = {"应答总时长超限", "若此类应答属正常，请调大 timeout"},
    [OUTCOME_TRUNCATED] = {"应答尚未完整就结束", SWITCH_OVER},
    [OUTCOME_RATE_LIMITED] = {"触发了我方的限流额度", "请降低请求频率或提高额度"},
    [OUTCOME_QUOTA] = {"余额或额度已用尽", "请充值，这不是故障"},
    [OUTCOME_AUTH] = {"密钥未被接受", "请检查密钥；密钥只对特定主机、地域和套餐有效"},
    [OUTCOME_FORBIDDEN_REGION] = {"服务商不向本地区提供服务", "请换用其他地域，或从别处监测"},
    [OUTCOME_BAD_REQUEST] = {"服务商不接受我方请求", "请检查该目标的地址、模型和参数"},
    [OUTCOME_MODEL_GONE] = {"模型不存在，或此密钥无权使用", "请换用其他模型"},
    [OUTCOME_CONTENT_FILTERED] = {"被服务商的内容审核拦截", "请修改提示词"},
    [OUTCOME_REDIRECTED] = {"地址被重定向，带密钥的请求不会跟随", "若新地址无误，请写入配置"},
    [OUTCOME_LOCAL] = {"本机或本机网络的问题", "请检查本机网络"},
};
/* clang-format on */
static_assert(sizeof(zh) / sizeof(zh[0]) == OUTCOME_COUNT, "every outcome in Chinese");

const char *words_outcome(enum language l, enum outcome o)
{
	return LANGUAGES(l, outcome_row(o)->sentence, zh[o].sentence);
}

const char *words_advice(enum language l, enum outcome o)
{
	return LANGUAGES(l, outcome_row(o)->advice, zh[o].advice);
}
