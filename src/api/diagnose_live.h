/* SPDX-License-Identifier: MIT */
/* A diagnosis that looks, while it is made. */
#ifndef SW_API_DIAGNOSE_LIVE_H
#define SW_API_DIAGNOSE_LIVE_H

#include "api/diagnose.h"
#include "api/mailer.h"
#include "base/arena.h"
#include "probe/probe.h"

enum { SW_LIVE_CONTROLS = 32 };

struct sw_live {
	struct sw_mailer *m;
	struct sw_explainer *e;
	struct sw_arena arena;
	uint64_t refused; /* sw_mem_refused() before it all */
	struct sw_exam_wish wish;
	const char *controls[SW_LIVE_CONTROLS];
	/* The session that is to be made. */
	struct sw_job job;
	struct sw_message *message; /* made for this */
	struct sw_message *given;   /* by the caller; NULL none */
};

/* ---- diagnose_plan.c: the session, as far as the depth allows. */
enum sw_err sw_live_plan(struct sw_live *l) SW_MUST_USE;
struct sw_live_envelope {
	const char *sender; /* NULL: the null sender */
	const char *const *recipients;
	size_t count;
};
/* `arg`: an envelope. */
enum sw_err sw_live_plan_envelope(struct sw_live *l, const void *arg) SW_MUST_USE;
/* That of l->given; `arg` is not used. */
enum sw_err sw_live_plan_message(struct sw_live *l, const void *arg) SW_MUST_USE;
/* The first recipient that the facts call not accepted, in the arena; NULL none. */
const char *sw_live_failed_recipient(struct sw_live *l);
bool sw_live_login_is_wanted(const struct sw_client_settings *s);

/* ---- diagnose_kept.c: how the session of a case was made. */
struct sw_live_kept {
	char *resolver, *hosts_file, *ca_file, *tls_name;
	struct sw_addr source;
	enum sw_families families;
};
/* What the case says and the mailer has no word of its own about is set, for the time of the
 * examination; what was there goes into *ret. Never secrets: a case has none. */
enum sw_err sw_live_keep_settings(struct sw_mailer *m, const struct sw_facts *facts,
				  struct sw_live_kept *ret, struct sw_error *err) SW_MUST_USE;
void sw_live_restore_settings(struct sw_mailer *m, struct sw_live_kept *kept);

#endif
