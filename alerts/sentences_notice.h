/* SPDX-License-Identifier: MIT
 *
 * The table of sentences (sentences.h): notices, drift and trouble of dimwatch itself.
 */
#ifndef DIMWATCH_ALERTS_SENTENCES_NOTICE_H
#define DIMWATCH_ALERTS_SENTENCES_NOTICE_H

#include "alerts/language.h"

/* clang-format off */

/* --- a target that cannot be watched ---------------------------------------------- */
#define LOOK_TITLE(l) LANGUAGES(l, "%s needs a look", "%s 需要查看")
#define LOOK_LOCK(l) LANGUAGES(l, \
    "[notice] %s needs a look. Not an outage.", "[提醒] %s 需要查看。不是故障。")
#define LOOK_TEXT(l) LANGUAGES(l, \
    "Not an outage. Since %s, seen from %s.", "不是故障。%s 起，观测点 %s。")
#define LOOK_WAS(l) LANGUAGES(l, "it needed a look", "曾需要查看")
#define BLIND_TITLE(l) LANGUAGES(l, "%s cannot be watched: %s", "%s 无法监测：%s")
#define BLIND_LOCK(l) LANGUAGES(l, \
    "[notice] %s cannot be watched: %s. Not an outage, yours to fix.", \
    "[提醒] %s 无法监测：%s。不是故障，需要您处理。")
#define NOT_AN_OUTAGE(l) LANGUAGES(l, "Not an outage. ", "不是故障。")
#define BLIND_TEXT(l) LANGUAGES(l, \
    "Yours to fix: %s. Since %s, seen from %s. While it lasts, nobody watches %s.", \
    "需要您处理：%s。%s 起，观测点 %s。在此期间 %s 处于无监测状态。")
#define FAULT_YOURS(l) LANGUAGES(l, "yours", "您这边")
#define WHAT_AND_CODE(l) LANGUAGES(l, "%s (%s)", "%s（%s）")
#define SEEN_TITLE(l) LANGUAGES(l, "%s can be watched again", "%s 已恢复监测")
#define SEEN_LOCK(l) LANGUAGES(l, \
    "[notice over] %s can be watched again", "[提醒解除] %s 已恢复监测")
#define SEEN_TEXT(l) LANGUAGES(l, \
    "It was not an outage: %s, %s (%s). ", "并非故障：%s，%s（历时 %s）。")
#define LEFT_TITLE(l) LANGUAGES(l, "%s is no longer watched", "%s 已停止监测")
#define LEFT_LOCK(l) LANGUAGES(l, \
    "[notice over] %s is no longer watched", "[提醒解除] %s 已停止监测")
#define LEFT_TEXT(l) LANGUAGES(l, \
    "The target left the config; its notice of %s is closed.", \
    "该目标已从配置中移除；始于 %s 的提醒就此关闭。")

/* --- drift ------------------------------------------------------------------------ */
#define DRIFT_TITLE(l) LANGUAGES(l, "%s: %s", "%s：%s")
#define DRIFT_LOCK(l) LANGUAGES(l, \
    "[notice] %s: %s. Not an outage.", "[提醒] %s：%s。不是故障。")
#define DRIFT_TEXT(l) LANGUAGES(l, \
    "Not an outage. Since %s, seen from %s. %s", "不是故障。%s 起，观测点 %s。%s")
#define DRIFT_OVER_TITLE(l) LANGUAGES(l, "%s is as before", "%s 已恢复原状")
#define DRIFT_OVER_LOCK(l) LANGUAGES(l, \
    "[notice over] %s is as before", "[提醒解除] %s 已恢复原状")
#define DRIFT_LEFT(l) LANGUAGES(l, "It left the config. ", "该目标已从配置中移除。")
#define DRIFT_OVER_TEXT(l) LANGUAGES(l, \
    "It was: %s, %s (%s). Nothing left to do.", "此前：%s，%s（历时 %s）。无需处理。")
#define DRIFT(l) LANGUAGES(l, "Drift", "行为变化")

/* --- trouble of dimwatch itself ------------------------------------------------------ */
#define SELF_TITLE(l) LANGUAGES(l, "dimwatch: %s%s%s", "dimwatch 自身：%s%s%s")
#define SELF_LOCK(l) LANGUAGES(l, \
    "[%s] dimwatch at %s: %s%s%s. No provider's outage.", \
    "[%s] 观测点 %s 的 dimwatch：%s%s%s。与服务商无关。")
#define SELF_CHANNEL(l) LANGUAGES(l, "channel ", "渠道 ")
#define SELF_RESOLVED(l) LANGUAGES(l, "resolved", "已恢复")
#define SELF_OVER(l) LANGUAGES(l, \
    "It lasted %s (%s). Nothing left to do.", "历时 %s（%s）。无需处理。")
#define SELF_TEXT(l) LANGUAGES(l, \
    "Trouble of dimwatch itself since %s at %s, no provider's outage. %s", \
    "%s 起 dimwatch 自身异常（观测点 %s），与服务商无关。%s")

/* clang-format on */

#endif
