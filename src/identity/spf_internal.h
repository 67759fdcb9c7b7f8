/* SPDX-License-Identifier: MIT */
/* Shared by spf*.c. */
#ifndef SW_IDENTITY_SPF_INTERNAL_H
#define SW_IDENTITY_SPF_INTERNAL_H

#include "identity/asks.h"
#include "identity/spf.h"
#include "identity/spf_macro.h"

/* A record once read, for all includes that come to it. */
struct sw_spf_policy {
	const struct sw_ask *ask; /* the TXT question */
	struct sw_spf_record record;
	uint32_t records; /* SPF records of the answer; 0: none, more than 1: permerror */
	struct sw_spf_policy *next;
};

/* A record under evaluation: the domain's own, or one of an include. A redirect takes the
 * frame over. */
struct sw_spf_frame {
	const char *domain;
	struct sw_ask *ask;           /* TXT of the domain */
	struct sw_spf_policy *policy; /* NULL until the answer is there */
	uint32_t term;
	bool at_end, redirected;
	bool begun;              /* the term is counted, and its question asked */
	struct sw_ask *term_ask; /* NULL: its target cannot be asked for */
	uint8_t depth;           /* with redirects */
};

struct sw_spf_mark { /* of a step; its words are made when somebody reads them */
	const struct sw_spf_policy *policy; /* NULL: no record */
	const char *domain;
	const struct sw_ask *ask;
	uint32_t term;
	uint8_t effect, depth;
	bool counted, is_void;
};

struct sw_spf {
	struct sw_machine m;
	struct sw_spf_names names;
	bool explain, explaining;
	struct sw_spf_frame frames[SW_SPF_LOOKUPS + 2];
	size_t depth; /* frames in use; the last one is evaluated */
	struct sw_spf_policy *policies;
	struct sw_spf_outcome outcome;
	struct sw_ask *exp_ask;
	struct sw_spf_mark *marks;
	size_t mark_count, mark_room;
	bool marks_cut;
};

/* What came of looking at a term or a target. */
enum sw_spf_state {
	SW_SPF_WAIT, /* for an answer */
	SW_SPF_YES,
	SW_SPF_NO,
	SW_SPF_TEMP,
	SW_SPF_PERM,   /* the outcome has the flaw */
	SW_SPF_PUSHED, /* another frame is on top now */
	SW_SPF_NOMEM,
};

/* spf_term.c */
enum sw_spf_state sw_spf_term_step(struct sw_spf *x, struct sw_spf_frame *f);
/* The target of a domain-spec, or of the record's domain without one; "" cannot be asked for.
 */
enum sw_spf_state sw_spf_find_target(struct sw_spf *x, const struct sw_spf_frame *f,
				     const struct sw_spf_term *t, const char **ret);
/* %{p} for a domain; WAIT or YES. */
enum sw_spf_state sw_spf_find_validated(struct sw_spf *x, const char *domain);
enum sw_spf_state sw_spf_perm(struct sw_spf *x, const struct sw_spf_frame *f,
			      enum sw_spf_flaw flaw, struct sw_slice part);

/* spf_trace.c */
void sw_spf_mark(struct sw_spf *x, const struct sw_spf_frame *f, enum sw_spf_effect effect,
		 const struct sw_ask *ask, bool counted);

#endif
