/* SPDX-License-Identifier: MIT
 *
 * News that are nobody's outage: a target that cannot be watched because of its owner's
 * key, quota or request, and trouble of dimwatch itself.
 */
#include <stdio.h>
#include <string.h>

#include "alerts/render.h"
#include "alerts/sentences.h"
#include "alerts/sentences_notice.h"
#include "alerts/sentences_outage.h"

static const char *words_of_cause(const struct incident *in)
{
	for (int i = in->n_causes - 1; i >= 0; i--) {
		if (in->causes[i].active || in->state == INCIDENT_CLOSED)
			return in->causes[i].words;
	}
	return "";
}

/* The owner's own trouble that blinds the target; OUTCOME_OK: another kind of notice. */
static enum outcome blinding(const struct incident *in)
{
	enum outcome o = words_reason(in);

	if (o == OUTCOME_OK && in->last_error.at.ms)
		o = in->last_error.outcome;
	return outcome_is_excluded(o) ? o : OUTCOME_OK;
}

static void notice_raised(struct talk *t, enum outcome why)
{
	const char *who = t->in->subject.id, *what = words_outcome(t->l, why);
	const char *advice = words_advice(t->l, why);

	if (why == OUTCOME_OK) {
		talk_title(t, LOOK_TITLE(t->l), who);
		talk_lock_screen(t, LOOK_LOCK(t->l), who);
		str_addf(&t->text, LOOK_TEXT(t->l), t->since, t->place);
	} else {
		talk_title(t, BLIND_TITLE(t->l), who, what);
		talk_lock_screen(t, BLIND_LOCK(t->l), who, what);
		/* Some advice says itself that it is no outage. */
		if (why != OUTCOME_QUOTA)
			str_adds(&t->text, NOT_AN_OUTAGE(t->l));
		str_addf(&t->text, BLIND_TEXT(t->l), advice, t->since, t->place, who);
		talk_fact(t, FACT_FAULT(t->l), FAULT_YOURS(t->l));
		talk_fact(
		    t, FACT_WHAT(t->l), WHAT_AND_CODE(t->l), what, outcome_code(why));
		talk_fact(t, FACT_CURE(t->l), "%s", advice);
	}
	talk_fact(t, FACT_SINCE(t->l), "%s", t->since);
	talk_errors(t);
	talk_evidence(t, t->in->last_error.message[0] ? t->in->last_error.message
						      : words_of_cause(t->in));
}

static void notice_cleared(struct talk *t, enum outcome why)
{
	const char *who = t->in->subject.id, *what = words_outcome(t->l, why);

	if (why == OUTCOME_OK)
		what = LOOK_WAS(t->l);
	talk_title(t, SEEN_TITLE(t->l), who);
	talk_lock_screen(t, SEEN_LOCK(t->l), who);
	str_addf(&t->text, SEEN_TEXT(t->l), what, t->range, t->lasted);
	if (t->m->late_both && t->delay[0])
		str_addf(&t->text, SAY_DELAYED_TOO(t->l), t->waited);
	str_adds(&t->text, NOTHING_LEFT(t->l));
	talk_fact(t, FACT_LASTED(t->l), "%s", t->lasted);
	talk_fact(t, FACT_WHEN(t->l), "%s", t->range);
}

/* --- drift ---------------------------------------------------------------------- */

struct drift_page {
	const char *tail; /* of the subject's id */
	const char *what[LANGUAGE_COUNT], *cure[LANGUAGE_COUNT];
};

/* clang-format off */
static const struct drift_page drift_pages[] = {
    {" model", {"Another model answers", "应答的是另一个模型"},
     {"Ask for that one (`model:`), or for the dated name of the old one.",
      "请改用该模型（`model:`），或写明旧模型带日期的名称。"}},
    {" list", {"Model not in the list", "模型不在列表中"},
     {"Ask for another one (`model:`) before this one is refused.",
      "请在它被拒绝之前换用其他模型（`model:`）。"}},
    {" shape", {"Answers changed", "应答格式有变化"},
     {"Look at a recent sample: what reads these answers may stumble as well.",
      "请查看最近的样本：读取这些应答的程序也可能受影响。"}},
    {" ending", {"Model ends", "模型即将下线"},
     {"Ask for another one: `model:` in the config.",
      "请在配置的 `model:` 中换用其他模型。"}},
    {" fallback", {"Another model is asked", "已改用后备模型"},
     {"Name the model you want: `model:` in the config; until then it stays so.",
      "请在配置的 `model:` 中写明想用的模型；在此之前维持现状。"}},
    {" certificate", {"Certificate ends", "证书即将到期"},
     {"Theirs to renew; tell them if it comes near, and look at a proxy between.",
      "应由对方续期；临近到期请提醒对方，并检查中间的代理。"}},
};
/* clang-format on */

/* "deepseek model" is the page of " model", about "deepseek". */
static const struct drift_page *drift_page(const struct incident *in, char who[96])
{
	size_t n = strlen(in->subject.id);

	str_copy(who, 96, in->subject.id);
	for (size_t i = 0; i < sizeof(drift_pages) / sizeof(*drift_pages); i++) {
		size_t tail = strlen(drift_pages[i].tail);

		if (n <= tail || strcmp(who + n - tail, drift_pages[i].tail) != 0)
			continue;
		who[n - tail] = '\0';
		return &drift_pages[i];
	}
	return NULL;
}

/* What dimwatch saw; in other languages what it is, and the words stand below. */
static const char *drift_seen(const struct talk *t, const struct drift_page *page)
{
	if (t->l == LANGUAGE_EN)
		return words_of_cause(t->in);
	return page ? page->what[t->l] : DRIFT(t->l);
}

static void drift_raised(struct talk *t, const struct drift_page *page, const char *who)
{
	const char *seen = drift_seen(t, page);

	talk_title(t, DRIFT_TITLE(t->l), who, seen);
	talk_lock_screen(t, DRIFT_LOCK(t->l), who, seen);
	str_addf(
	    &t->text, DRIFT_TEXT(t->l), t->since, t->place, page ? page->cure[t->l] : "");
	talk_fact(t, FACT_WHAT(t->l), "%s", page ? page->what[t->l] : DRIFT(t->l));
	talk_fact(t, FACT_SINCE(t->l), "%s", t->since);
	talk_evidence(t, words_of_cause(t->in));
}

static void drift_over(struct talk *t, const struct drift_page *page, const char *who)
{
	const char *seen = drift_seen(t, page);

	talk_title(t, DRIFT_OVER_TITLE(t->l), who);
	talk_lock_screen(t, DRIFT_OVER_LOCK(t->l), who);
	if (t->in->end == END_UNWATCHED)
		str_adds(&t->text, DRIFT_LEFT(t->l));
	str_addf(&t->text, DRIFT_OVER_TEXT(t->l), seen, t->range, t->lasted);
	talk_fact(t, FACT_WHAT(t->l), "%s", page ? page->what[t->l] : DRIFT(t->l));
	talk_fact(t, FACT_LASTED(t->l), "%s", t->lasted);
	talk_fact(t, FACT_WHEN(t->l), "%s", t->range);
}

static void render_drift(struct talk *t, bool over)
{
	char who[96];
	const struct drift_page *page = drift_page(t->in, who);

	if (over)
		drift_over(t, page, who);
	else
		drift_raised(t, page, who);
}

static void notice_closed_unknown(struct talk *t)
{
	talk_title(t, LEFT_TITLE(t->l), t->in->subject.id);
	talk_lock_screen(t, LEFT_LOCK(t->l), t->in->subject.id);
	str_addf(&t->text, LEFT_TEXT(t->l), t->since);
}

void render_notice(struct talk *t)
{
	if (t->in->subject.kind == SUBJECT_DRIFT)
		render_drift(t, t->m->kind == MESSAGE_NOTICE_CLEARED ||
				    t->m->kind == MESSAGE_RESOLVED);
	else if (t->m->kind != MESSAGE_NOTICE_CLEARED && t->m->kind != MESSAGE_RESOLVED)
		notice_raised(t, blinding(t->in));
	else if (t->in->end == END_UNWATCHED)
		notice_closed_unknown(t);
	else
		notice_cleared(t, blinding(t->in));
}

/* Our own parts by subject id; prefix: the id goes on with a name. */
struct own_part {
	const char *id;
	bool prefix;
	const char *sick[LANGUAGE_COUNT], *well[LANGUAGE_COUNT]; /* "dimwatch: ..." */
	const char *cure[LANGUAGE_COUNT];
};

/* clang-format off */
static const struct own_part own_parts[] = {
    {"channel ", true, {"accepts nothing", "拒收所有消息"}, {"works again", "恢复正常"},
     {"Check its URL in the config; what it misses waits up to 24 h.",
      "请检查配置中的地址；未送达的消息最多保留 24 小时。"}},
    {"budget", false, {"its budget is spent", "预算已用完"},
     {"its budget allows asks again", "预算恢复"},
     {"Targets wait for midnight (UTC), nobody watches them; raise `budget` or `max_asks`.",
      "部分目标要到 UTC 零点才会再次监测；可调大 `budget` 或 `max_asks`。"}},
    {"disk", false, {"its database cannot be written", "数据库无法写入"},
     {"its database is written again", "数据库恢复写入"},
     {"Check the space and the health of its disk; alerts go on from memory.",
      "请检查磁盘空间和状态；告警暂由内存继续发送。"}},
    {"loop", false, {"its own machine is too slow", "本机过慢"},
     {"it runs in time again", "恢复正常速度"},
     {"Look at the load of its host; what is measured late is no evidence.",
      "请检查本机负载；测量过迟的样本不作为依据。"}},
    {"network", false, {"its own network is in trouble", "本机网络异常"},
     {"its own network is back", "本机网络恢复"},
     {"Check the network of its host; no provider is judged meanwhile.",
      "请检查本机网络；在此期间不对任何服务商下结论。"}},
    {"", true, {"is in trouble", "异常"}, {"is well again", "恢复正常"},
     {"Look at its log.", "请查看它的日志。"}},
};
/* clang-format on */

static const struct own_part *find_part(const char *id)
{
	const struct own_part *p = own_parts;

	while (
	    p->prefix ? strncmp(id, p->id, strlen(p->id)) != 0 : strcmp(id, p->id) != 0)
		p++;
	return p;
}

void render_self(struct talk *t)
{
	const char *id = t->in->subject.id;
	const struct own_part *p = find_part(id);
	const char *gap = p->prefix ? " " : "";
	char name[128] = "";
	bool over = t->m->kind == MESSAGE_RESOLVED || t->m->kind == MESSAGE_RETRACTED ||
		    t->m->kind == MESSAGE_NOTICE_CLEARED;

	if (p->prefix)
		(void)snprintf(name, sizeof(name), "%s%s",
		    p->id[0] ? SELF_CHANNEL(t->l) : "", id + strlen(p->id));
	talk_title(t, SELF_TITLE(t->l), name, gap, over ? p->well[t->l] : p->sick[t->l]);
	talk_lock_screen(t, SELF_LOCK(t->l),
	    over ? SELF_RESOLVED(t->l) : words_severity(t->l, t->in->severity_now),
	    t->place, name, gap, over ? p->well[t->l] : p->sick[t->l]);
	if (over) {
		str_addf(&t->text, SELF_OVER(t->l), t->lasted, t->range);
		talk_fact(t, FACT_LASTED(t->l), "%s", t->lasted);
		talk_fact(t, FACT_WHEN(t->l), "%s", t->range);
	} else {
		str_addf(&t->text, SELF_TEXT(t->l), t->since, t->place, p->cure[t->l]);
		talk_fact(t, FACT_SEVERITY(t->l), "%s",
		    words_severity(t->l, t->in->severity_now));
		talk_fact(t, FACT_FAULT(t->l), FAULT_OURS(t->l), t->place);
		talk_fact(t, FACT_SINCE(t->l), "%s", t->since);
	}
	message_fact(t->m, true, FACT_WHAT(t->l), words_of_cause(t->in));
}
