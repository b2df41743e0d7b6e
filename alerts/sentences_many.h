/* SPDX-License-Identifier: MIT
 *
 * What summaries of many incidents say, in every language (language.h).
 */
#ifndef DIMWATCH_ALERTS_SENTENCES_MANY_H
#define DIMWATCH_ALERTS_SENTENCES_MANY_H

#include "alerts/language.h"

/* clang-format off */

#define MANY_MORE(l) LANGUAGES(l, " and %zu more", " 等，另有 %zu 个")
#define MANY_COMMA(l) LANGUAGES(l, ", ", "、")
#define MANY_BEGAN(l) LANGUAGES(l, "%zu incidents", "%zu 个事件")
#define MANY_OVER(l) LANGUAGES(l, "%zu of %zu recovered", "%zu/%zu 个已恢复")
#define MANY_ALL_OVER(l) LANGUAGES(l, "all %zu recovered", "全部 %zu 个已恢复")
#define MANY_CHANGED(l) LANGUAGES(l, "%zu changed", "%zu 个有变化")
#define MANY_TAG(l) LANGUAGES(l, "[%s] %s: %s", "[%s] %s：%s")
#define MANY_TAG_OVER(l) LANGUAGES(l, "recovered", "已恢复")
#define MANY_SEEN(l) LANGUAGES(l, "%s, seen from %s.", "%s，观测点 %s。")
#define MANY_WORST(l) LANGUAGES(l, " The worst: %s.", "最严重：%s。")
#define MANY_GO_ON(l) LANGUAGES(l, " %zu go on.", "仍有 %zu 个持续中。")
#define MANY_NONE_GO_ON(l) LANGUAGES(l, " None goes on.", "没有仍在持续的事件。")
#define MANY_FACT_OVER(l) LANGUAGES(l, "Recovered", "已恢复")
#define MANY_FACT_CHANGED(l) LANGUAGES(l, "Changed", "有变化")
#define MANY_FACT_NOTICES(l) LANGUAGES(l, "Notices", "提醒")

/* clang-format on */

#endif
