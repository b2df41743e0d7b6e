/* SPDX-License-Identifier: MIT
 *
 * The sentences of the digest in every language; see sentences.h.
 */
#ifndef DIMWATCH_ALERTS_SENTENCES_DIGEST_H
#define DIMWATCH_ALERTS_SENTENCES_DIGEST_H

#include "alerts/language.h"

/* clang-format off */
#define DIGEST_TITLE(l) LANGUAGES(l, "Digest until %s", "周报，截至 %s")
#define DIGEST_LOCK(l) LANGUAGES(l, \
    "[digest] %s: %s; %s", "[周报] %s：%s；%s")
#define DIGEST_NO_INCIDENT(l) LANGUAGES(l, "no incident", "无故障")
#define DIGEST_INCIDENTS(l) LANGUAGES(l, \
    "incidents: %" PRId64 ", still open: %" PRId64 ", the longest %s", \
    "故障 %" PRId64 " 起，未恢复 %" PRId64 " 起，最长 %s")
#define DIGEST_SAMPLES(l) LANGUAGES(l, \
    "%" PRId64 " asked, %" PRId64 " good, %" PRId64 " failed", \
    "共 %" PRId64 " 次，成功 %" PRId64 " 次，失败 %" PRId64 " 次")
#define DIGEST_MESSAGES(l) LANGUAGES(l, \
    "%" PRId64 " delivered, half of them within %s; %" PRId64 " not", \
    "送达 %" PRId64 " 条，半数在 %s 内；未送达 %" PRId64 " 条")
#define DIGEST_NO_MESSAGES(l) LANGUAGES(l, "none was owed", "无")
#define DIGEST_LAG(l) LANGUAGES(l, "at most %s in the last day", "近一天最大 %s")
#define DIGEST_NOTHING_SPENT(l) LANGUAGES(l, "nothing", "无")
#define DIGEST_MORE(l) LANGUAGES(l, " and %zu more", " 等，另有 %zu 个")
#define DIGEST_SINCE(l) LANGUAGES(l, "%s to %s", "%s 至 %s")
#define DIGEST_NO_FIGURES(l) LANGUAGES(l, \
    "the figures could not be read: %s", "无法读取统计数据：%s")
#define FACT_PERIOD(l) LANGUAGES(l, "Period", "时段")
#define FACT_INCIDENTS(l) LANGUAGES(l, "Incidents", "故障")
#define FACT_NOTICES(l) LANGUAGES(l, "Notices", "提醒")
#define FACT_UPTIME(l) LANGUAGES(l, "Uptime, the lowest first", "可用率（从低到高）")
#define FACT_PROBES(l) LANGUAGES(l, "Probes", "探测")
#define FACT_SPENT(l) LANGUAGES(l, "Spent", "花费")
#define FACT_MESSAGES(l) LANGUAGES(l, "Messages", "消息")
#define FACT_OWN_LAG(l) LANGUAGES(l, "Own lag", "自身延迟")
/* clang-format on */

#endif
