/* SPDX-License-Identifier: MIT
 *
 * What the judge asks of the user's rules, by target and by group, and of targets that
 * are behind others. The state they work on is in judge_impl.h.
 */
#ifndef DIMWATCH_ALERTS_JUDGE_RULES_H
#define DIMWATCH_ALERTS_JUDGE_RULES_H

#include "alerts/judge_parts.h"

/* judge_rules.c: what the user's rules say of a target. */
void rules_on_sample(
    struct step *st, struct watched *t, const struct sample *s, struct change *ch);
/* Behind the target's own news: the groups it belongs to. s NULL: time passed. */
void rules_judge_groups(struct step *st, struct watched *t, const struct sample *s);
/* One of blame us; only rules that name its outcome hear of it. */
void rules_on_excluded(struct step *st, struct watched *t, const struct sample *s);
void rules_on_time(struct step *st, struct watched *t, struct change *ch);
int64_t rules_wake_ms(const struct judge *j, const struct watched *t, struct wall now);
/* Which rules judge it, by name; fresh states for those that did not. */
void rules_match(struct step *st, const struct judge_config *c);
/* States of a restart, in exchange for its own; it keeps its place in its groups. */
void rules_restored(struct judge *j, struct watched *t, struct rule_state *states);
/* What it counted is forgotten. */
void rules_forget(struct step *st, struct watched *t);

/* judge_group.c: one judgement for several targets. */
void groups_judge(struct step *st, struct rule_group *g, const struct sample *s);
/* At the beginning of a generation and at its end. */
void groups_dissolve(struct judge *j);
void groups_build(struct step *st);
bool groups_hold(const struct judge *j, const struct incident *in, const char *detector);
/* Causes of a restored incident that no group holds end; true: one is left. */
void groups_adopt(struct judge *j, const struct incident *in);
bool groups_attach(struct judge *j, const struct incident *in);
void groups_free(struct judge *j);

/* judge_depends.c: targets behind others. The one that has an outage; or NULL. */
const struct watched *depends_behind(const struct judge *j, const struct watched *t);
/* EXCLUDED: it says nothing of the target. */
enum judged depends_on_sample(
    struct step *st, struct watched *t, const struct sample *s, enum judged judged);
/* At the end of a step: who is behind, now? */
void depends_settle(struct step *st, bool config);
void depends_config(struct judge *j);

#endif
