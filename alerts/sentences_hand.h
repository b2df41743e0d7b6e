/* SPDX-License-Identifier: MIT
 *
 * The table of sentences (sentences.h): what people do with an incident.
 */
#ifndef DIMWATCH_ALERTS_SENTENCES_HAND_H
#define DIMWATCH_ALERTS_SENTENCES_HAND_H

#include "alerts/language.h"

/* clang-format off */
#define ACK_TITLE(l) LANGUAGES(l, "Somebody has %s in hand", "已有人处理 %s")
#define ACK_LOCK(l) LANGUAGES(l, \
    "[acknowledged] %s: somebody has it in hand", "[已确认] %s：已有人处理")
#define ACK_TEXT(l) LANGUAGES(l, \
    "It goes on since %s. Until it is over nobody is reminded and it does not escalate; " \
    "that it grows worse is told.", \
    "自 %s 起仍未恢复。恢复之前不再提醒，也不再升级；如有恶化仍会通知。")
#define HUSH_TITLE(l) LANGUAGES(l, "%s is silenced", "%s 已静默")
#define HUSH_LOCK(l) LANGUAGES(l, \
    "[silenced] %s: no more messages of it for a while", "[已静默] %s：暂不再通知")
#define HUSH_TEXT(l) LANGUAGES(l, \
    "It goes on since %s. No more messages of it until the silence ends, but for its end.", \
    "自 %s 起仍未恢复。静默结束前不再通知，恢复除外。")
#define HAND_SAID(l) LANGUAGES(l, "Said", "说明")
#define OPEN_FOR(l) LANGUAGES(l, \
    " Open for %s, nobody has acknowledged it.", " 已持续 %s，尚无人确认。")
/* clang-format on */

#endif
