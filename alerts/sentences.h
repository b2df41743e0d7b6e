/* SPDX-License-Identifier: MIT
 *
 * The table of sentences: each in every language, side by side (language.h). Here the
 * phrases that all news share and the words that channels put around them; what outages
 * say is in sentences_outage.h, notices and trouble of our own in sentences_notice.h.
 */
#ifndef DIMWATCH_ALERTS_SENTENCES_H
#define DIMWATCH_ALERTS_SENTENCES_H

#include "alerts/language.h"

/* clang-format off */

/* --- times and counts ----------------------------------------------------------- */
#define SAY_NO_TIME(l) LANGUAGES(l, "an unknown time", "时间不详")
#define SAY_RANGE_DAYS(l) LANGUAGES(l, "%s to %s UTC", "%s 至 %s UTC")
#define SAY_FAILED(l) LANGUAGES(l, \
    "%" PRIu32 " of %" PRIu32 " requests failed", \
    "请求失败 %" PRIu32 "/%" PRIu32 " 次")
#define SAY_AND(l) LANGUAGES(l, ", ", "、")
#define SAY_MORE_TARGETS(l) LANGUAGES(l, " and %d more", " 等，另有 %d 个")
#define SAY_ERROR_CODE(l) LANGUAGES(l, ", code %s", "，错误码 %s")
#define SAY_ERROR_REQUEST(l) LANGUAGES(l, ", request id %s", "，请求 ID %s")
#define SAY_DELAY(l) LANGUAGES(l, "this notice was delayed by %s", "本通知延迟了 %s")
#define SAY_DELAYED(l) LANGUAGES(l, " (This notice was delayed by %s.)", "（本通知延迟了 %s。）")
#define SAY_DELAYED_TOO(l) LANGUAGES(l, "This notice was delayed by %s. ", "本通知延迟了 %s。")

/* --- how bad, in which state ------------------------------------------------------ */
#define SAY_MINOR(l) LANGUAGES(l, "minor", "轻微")
#define SAY_MAJOR(l) LANGUAGES(l, "major", "重要")
#define SAY_CRITICAL(l) LANGUAGES(l, "critical", "严重")
#define SAY_UNRATED(l) LANGUAGES(l, "unrated", "未定级")
#define SAY_IN_TROUBLE(l) LANGUAGES(l, "in trouble", "异常")
#define SAY_SLOW(l) LANGUAGES(l, "slow", "响应变慢")
#define SAY_DOWN(l) LANGUAGES(l, "down", "不可用")
#define SAY_IN_PART(l) LANGUAGES(l, "failing in part", "部分请求失败")

/* --- names of facts ----------------------------------------------------------------- */
#define FACT_SEVERITY(l) LANGUAGES(l, "Severity", "级别")
#define FACT_FAULT(l) LANGUAGES(l, "Whose fault", "责任方")
#define FACT_WHY(l) LANGUAGES(l, "Why", "原因")
#define FACT_SINCE(l) LANGUAGES(l, "Since", "开始时间")
#define FACT_FAILED(l) LANGUAGES(l, "Failed", "失败情况")
#define FACT_USE(l) LANGUAGES(l, "Use meanwhile", "备用方案")
#define FACT_AFFECTED(l) LANGUAGES(l, "Affected", "影响范围")
#define FACT_FIRST_ERROR(l) LANGUAGES(l, "First error", "首次报错")
#define FACT_LAST_ERROR(l) LANGUAGES(l, "Last error", "最近报错")
#define FACT_NOTICED(l) LANGUAGES(l, "Noticed by", "检测依据")
#define FACT_LASTED(l) LANGUAGES(l, "Lasted", "持续时间")
#define FACT_WHEN(l) LANGUAGES(l, "When", "起止时间")
#define FACT_RELAPSES(l) LANGUAGES(l, "Relapses", "反复次数")
#define FACT_NOT_WATCHED(l) LANGUAGES(l, "Not watched", "监测中断")
#define FACT_WHAT(l) LANGUAGES(l, "What", "现象")
#define FACT_CURE(l) LANGUAGES(l, "Cure", "处理建议")

/* --- around a message ----------------------------------------------------------------- */
#define SAY_THEIR_WORDS(l) LANGUAGES(l, "Their own words", "对方原文")
#define SAY_THEIR_WORDS_KEY(l) LANGUAGES(l, "their own words", "对方原文")
#define SAY_COLON(l) LANGUAGES(l, ": ", "：")
#define SAY_INCIDENT(l) LANGUAGES(l, "incident %s", "事件 %s")
#define SAY_INCIDENT_NAME(l) LANGUAGES(l, "Incident", "事件")
#define SAY_SEEN_FROM(l) LANGUAGES(l, "Seen from", "观测点")
#define SAY_SENDER(l) LANGUAGES(l, "dimwatch at %s", "dimwatch，观测点 %s")
#define SAY_NO_PLACE(l) LANGUAGES(l, "an unnamed place", "未命名")
#define SAY_HERE(l) LANGUAGES(l, "here", "本机")
#define SAY_MAIL_TAG(l) LANGUAGES(l, "[%s, %s] %s #%s", "[%s，%s] %s #%s")
#define SAY_MAIL_NOTICE(l) LANGUAGES(l, "notice", "提醒")
#define SAY_MAIL_RESOLVED(l) LANGUAGES(l, "resolved", "已恢复")
#define SAY_MAIL_RETRACTED(l) LANGUAGES(l, "retracted", "误报撤回")
#define SAY_MAIL_CLEARED(l) LANGUAGES(l, "notice cleared", "提醒解除")

/* --- drill: the tag is the same in every language ------------------------------------- */
#define SAY_DRILL_TAG "DRILL: "
#define SAY_DRILL(l) LANGUAGES(l, \
    "This is a drill, nothing is wrong. ", "这是一次演习，一切正常。")

/* --- test ------------------------------------------------------------------------------- */
#define TEST_TITLE(l) LANGUAGES(l, "Test message from dimwatch", "dimwatch 测试消息")
#define TEST_LOCK(l) LANGUAGES(l, "[test] dimwatch at %s reaches this channel", \
    "[测试] 观测点 %s 的 dimwatch 可以送达此渠道")
#define TEST_TEXT(l) LANGUAGES(l, \
    "If you read this, alerts from %s arrive here. Nothing is wrong.", \
    "看到这条消息，说明观测点 %s 的告警能够送达这里。一切正常，无需处理。")

/* clang-format on */

#endif
