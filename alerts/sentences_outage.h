/* SPDX-License-Identifier: MIT
 *
 * The table of sentences (sentences.h): a provider's outage or slowness.
 */
#ifndef DIMWATCH_ALERTS_SENTENCES_OUTAGE_H
#define DIMWATCH_ALERTS_SENTENCES_OUTAGE_H

#include "alerts/language.h"

/* clang-format off */

/* --- it goes on: %s who, %s state ------------------------------------------------- */
#define OPEN_EASED(l) LANGUAGES(l, "%s has eased, still %s", "%s 有所缓解，当前：%s")
#define OPEN_NOW(l) LANGUAGES(l, "%s is now %s", "%s 状态变化：%s")
#define OPEN_AGAIN(l) LANGUAGES(l, "%s is %s again", "%s 再次%s")
#define OPEN_STILL(l) LANGUAGES(l, "%s is still %s", "%s 仍然%s")
#define OPEN_IS(l) LANGUAGES(l, "%s is %s", "%s %s")

/* --- the same on a locked phone --------------------------------------------------- */
#define LOCK_EASED_TO(l) LANGUAGES(l, "eased to ", "降为")
#define LOCK_NOW(l) LANGUAGES(l, "now ", "现为")
#define LOCK_STILL(l) LANGUAGES(l, "still ", "持续·")
#define LOCK_IS(l) LANGUAGES(l, "[%s%s] %s is %s", "[%s%s] %s %s")
#define LOCK_IS_AGAIN(l) LANGUAGES(l, "[%s%s] %s is %s again", "[%s%s] %s 再次%s")
#define LOCK_NEVER_UP(l) LANGUAGES(l, \
    " and was never seen up: check key, model, URL", \
    "，且从未成功过：请检查密钥、模型和地址")
#define LOCK_FAILED(l) LANGUAGES(l, ": %s (%s)", "：%s（%s）")
#define LOCK_USE(l) LANGUAGES(l, ". Use %s.", "。请改用 %s。")

/* --- summary ---------------------------------------------------------------------- */
#define SUM_AGAIN(l) LANGUAGES(l, "It was back and fails again. ", "曾一度恢复，现再次故障。")
#define SUM_EASED(l) LANGUAGES(l, "It eased from %s to %s. ", "级别由%s降为%s。")
#define SUM_GOES_ON(l) LANGUAGES(l, "It goes on, %s by now. ", "故障仍在持续，已 %s。")
#define SUM_NOW(l) LANGUAGES(l, "It is now %s. ", "当前级别：%s。")
#define SUM_NEVER_UP(l) LANGUAGES(l, \
    "Never seen up: check key, model, URL. ", "从未成功过：请检查密钥、模型和地址。")
#define SUM_SINCE(l) LANGUAGES(l, "%s since %s", "%s，始于 %s")
#define SUM_SLOW(l) LANGUAGES(l, "Slow", "响应变慢")
#define SUM_FAILING(l) LANGUAGES(l, "Failing", "请求失败")
#define SUM_MIX(l) LANGUAGES(l, " (%s)", "（%s）")
#define SUM_FROM(l) LANGUAGES(l, ", seen from %s.", "，观测点 %s。")
#define SUM_USE(l) LANGUAGES(l, " Use %s meanwhile.", "请先改用 %s。")
#define SUM_NO_ANSWER(l) LANGUAGES(l, \
    " No answer gets through: the provider's fault, or the way to it.", \
    "收不到任何应答：问题出在服务商，或出在通往它的网络。")
#define SUM_COMMON(l) LANGUAGES(l, \
    " Several providers began to fail together while our own network answered: a" \
    " cause they share.", \
    "多家服务商同时故障，而我方网络正常：应为共同原因。")
#define SUM_THEIRS(l) LANGUAGES(l, \
    " The provider's fault, not yours.", "责任在服务商，不在您这边。")

/* --- facts ------------------------------------------------------------------------ */
#define FAULT_PROVIDER(l) LANGUAGES(l, "the provider", "服务商")
#define FAULT_UNKNOWN(l) LANGUAGES(l, "not known: never seen up", "未知：从未成功过")
#define FAULT_WAY(l) LANGUAGES(l, \
    "theirs (%s), or the way there from %s", "服务商（%s），或 %s 到它的网络")
#define FAULT_THEIRS(l) LANGUAGES(l, "theirs (%s)", "服务商（%s）")
#define FAULT_OURS(l) LANGUAGES(l, "ours (%s)", "我方（%s）")
#define FAILED_SHARE(l) LANGUAGES(l, \
    "%" PRIu32 " of %" PRIu32 " requests (%.0f %%)", \
    "%" PRIu32 "/%" PRIu32 " 次请求（%.0f%%）")
#define SEVERITY_WAS(l) LANGUAGES(l, "%s, was %s", "%s（原为%s）")
#define SINCE_AGO(l) LANGUAGES(l, "%s (%s)", "%s（已 %s）")
#define PART_OF_IT(l) LANGUAGES(l, "%s of it", "其中 %s")
#define CAUSE_NEXT(l) LANGUAGES(l, "; ", "；")

/* --- it is over -------------------------------------------------------------------- */
#define END_COUNT_FROM(l) LANGUAGES(l, "%s (%s), seen from %s. ", "%s（%s），观测点 %s。")
#define END_FIRST_NOTICE(l) LANGUAGES(l, "this is the first notice of it", "此前未能通知")
#define BOTH_TITLE(l) LANGUAGES(l, "%s was %s for %s, now back", "%s 曾%s %s，现已恢复")
#define BOTH_LOCK(l) LANGUAGES(l, "[over] %s was %s %s; %s", "[已结束] %s 曾%s（%s）；%s")
#define BOTH_TEXT(l) LANGUAGES(l, "%s was %s %s; %s. ", "%s 曾%s（%s）；%s。")
#define BOTH_END(l) LANGUAGES(l, "It is back, nothing left to do.", "现已恢复，无需处理。")
#define BACK_FAST(l) LANGUAGES(l, "fast again", "恢复正常速度")
#define BACK_WELL(l) LANGUAGES(l, "back", "恢复")
#define BACK_TITLE(l) LANGUAGES(l, "%s is %s after %s", "%s 已%s，历时 %s")
#define BACK_LOCK(l) LANGUAGES(l, "[resolved] %s is %s after %s (%s)", "[已恢复] %s 已%s，历时 %s（%s）")
#define BACK_TEXT(l) LANGUAGES(l, "It was %s %s (%s). ", "曾%s：%s（历时 %s）。")
#define NOTHING_LEFT(l) LANGUAGES(l, "Nothing left to do.", "无需处理。")

/* Closed without a verdict. */
#define GONE_WHAT(l) LANGUAGES(l, "is no longer watched", "已停止监测")
#define GONE_WHY(l) LANGUAGES(l, "The target left the config", "该目标已从配置中移除")
#define BLIND_WHAT(l) LANGUAGES(l, "can no longer be measured", "已无法评估")
#define BLIND_WHY(l) LANGUAGES(l, "There was no evidence any more", "已没有可用的数据")
#define ANEW_WHAT(l) LANGUAGES(l, "is judged anew", "将重新评估")
#define ANEW_WHY(l) LANGUAGES(l, \
    "The rule that saw it was changed or removed", "发现该问题的规则已被修改或移除")
#define BEHIND_WHAT(l) LANGUAGES(l, "is behind a gateway that is down", "所依赖的网关已中断")
#define BEHIND_WHY(l) LANGUAGES(l, \
    "What it depends on has an outage, which is told by itself", \
    "其依赖的目标出现故障，另行通知")
#define CLOSED_LOCK(l) LANGUAGES(l, \
    "[closed] %s %s; whether it is back is not known", "[已关闭] %s %s，是否恢复未知")
#define CLOSED_TEXT(l) LANGUAGES(l, \
    "%s at %s. Its incident of %s is closed without a verdict: whether it is back is not " \
    "known.", \
    "%s（%s）。始于 %s 的事件就此关闭，不作结论：是否恢复未知。")
#define HABIT_TITLE(l) LANGUAGES(l, "%s has become slower for good", "%s 长期变慢")
#define HABIT_LOCK(l) LANGUAGES(l, \
    "[closed] %s has become slower for good (since %s)", "[已关闭] %s 长期变慢（%s 起）")
#define HABIT_TEXT(l) LANGUAGES(l, \
    "It has been slow since %s. After a day this is its habit: from now on it is slow when " \
    "it is slower than that.", \
    "自 %s 起持续偏慢。满一天后视为常态：今后比这更慢才算变慢。")
#define RETRACTED_TITLE(l) LANGUAGES(l, "%s was not %s, it was us", "误报撤回：%s 并非%s，是我方问题")
#define RETRACTED_LOCK(l) LANGUAGES(l, \
    "[withdrawn] %s was not %s, the fault was at %s: ignore the alarm", \
    "[误报撤回] %s 并非%s，问题在 %s：请忽略此前的告警")
#define RETRACTED_TEXT(l) LANGUAGES(l, \
    "The failures since %s came from our own side (host or network of %s), not from " \
    "%s. The alarm is withdrawn; nothing is booked against the provider.", \
    "%s 起的失败来自我方（%s 的主机或网络），与 %s 无关。告警撤回，不计入服务商的故障。")

/* clang-format on */

#endif
