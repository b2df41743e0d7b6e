/* SPDX-License-Identifier: MIT
 *
 * The table of sentences (sentences.h): what the provider's own status page says.
 */
#ifndef DIMWATCH_ALERTS_SENTENCES_PAGE_H
#define DIMWATCH_ALERTS_SENTENCES_PAGE_H

#include "alerts/language.h"

/* clang-format off */

#define FACT_PAGE_SAYS(l) LANGUAGES(l, "Their page", "对方状态页")
#define PAGE_SAYS(l) LANGUAGES(l, " Their status page says: %s.", "对方状态页：%s。")
#define PAGE_SAYS_WELL(l) LANGUAGES(l, \
    " Their status page says all is well.", "对方状态页显示一切正常。")
#define PAGE_SAYS_OVER(l) LANGUAGES(l, \
    " Their status page says all is well again.", "对方状态页显示已恢复正常。")
#define PAGE_IN_MAINTENANCE(l) LANGUAGES(l, "maintenance", "维护中")
#define PAGE_IS_DEGRADED(l) LANGUAGES(l, "degraded", "性能下降")
#define PAGE_IN_PART(l) LANGUAGES(l, "a partial outage", "部分中断")
#define PAGE_IS_DOWN(l) LANGUAGES(l, "a major outage", "严重中断")
#define PAGE_TITLE(l) LANGUAGES(l, "%s: \"%s\"", "%s：“%s”")
#define PAGE_AFTER_US(l) LANGUAGES(l, "%s (%s after we noticed)", "%s（晚于我方 %s）")
#define PAGE_BEFORE_US(l) LANGUAGES(l, "%s (%s before we noticed)", "%s（早于我方 %s）")
#define PAGE_WAS_POSTED(l) LANGUAGES(l, "it spoke of trouble", "曾发布故障")

/* clang-format on */

#endif
