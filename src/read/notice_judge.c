/* SPDX-License-Identifier: MIT */
/* Is it a bounce?  Two witnesses are needed: the header (or a sign that only one mail system
 * writes), and a text that says so and names or implies a recipient.  People write about
 * bounces and quote them; newsletters offer help with them. */
#include "read/notice_private.h"

enum { HEAD_ENOUGH = 2, TEXT_ENOUGH = 3, TEXT_ALONE = 6 };

static int text_weight(const struct notice_reader *r)
{
	const uint32_t told = 1U << SW_PHRASE_FAILED | 1U << SW_PHRASE_DELAYED |
			      1U << SW_PHRASE_GAVE_UP | 1U << SW_PHRASE_DELIVERED;
	int w = 0;

	if (((r->roles | r->head_roles) & told) || r->reported)
		w += 2;
	if (notice_has(r->roles, SW_PHRASE_RECIPIENTS) ||
	    notice_has(r->roles, SW_PHRASE_DETAILS))
		w += 1;
	if (notice_has(r->roles, SW_PHRASE_ORIGINAL))
		w += 1;
	if (r->codes)
		w += 2;
	if (r->layout != SW_NONE)
		w += r->sure_layout ? 3 : 1;
	if (r->accepted)
		w += 1;
	if (notice_has(r->head_roles, SW_PHRASE_SUBJECT))
		w += 1;
	return w;
}

/* Lines that begin with ">" and a blank, or a name that "wrote:": an answer. */
static bool is_quoting(const struct notice_reader *r)
{
	size_t quoted = 0;

	for (size_t i = 0; i < r->end; i++) {
		struct sw_slice s = notice_line_text(r, &r->lines[i]);

		quoted += r->lines[i].shape == NOTICE_TEXT && s.len > 2 && s.ptr[0] == '>' &&
			  s.ptr[1] != '>';
	}
	return quoted > 2;
}

static bool judge(const struct notice_reader *r, const char **why)
{
	int head = r->head_weight, text = text_weight(r);

	if (notice_has(r->roles | r->head_roles, SW_PHRASE_DENY) && text < TEXT_ALONE) {
		*why = "It has words that no bounce has.";
		return false;
	}
	if (is_quoting(r)) {
		head -= 2;
		text -= 2;
	}
	if (head < HEAD_ENOUGH && !(r->sure_layout && head >= 0)) {
		*why = "Its header is not that of a mail system's notice.";
		return false;
	}
	if (r->accepted == 0 && r->person_count == 0 && text < TEXT_ALONE) {
		*why = "It names no recipient that mail could not reach.";
		return false;
	}
	if (text < (head >= HEAD_ENOUGH ? TEXT_ENOUGH : TEXT_ALONE)) {
		*why = "Its text does not say that mail was not delivered.";
		return false;
	}
	return true;
}

bool notice_judge(struct notice_reader *r)
{
	if (!judge(r, &r->ret->why))
		return false;
	if (r->layout != SW_NONE)
		r->ret->why = "Header and text are those of a known mail system's notice.";
	else if (notice_has(r->roles, SW_PHRASE_FAILED) ||
		 notice_has(r->roles, SW_PHRASE_GAVE_UP))
		r->ret->why =
			"A mail system wrote it, and it says that mail was not delivered.";
	else if (notice_has(r->roles, SW_PHRASE_DELAYED))
		r->ret->why = "A mail system wrote it, and it says that mail is delayed.";
	else
		r->ret->why = "A mail system wrote it, and it holds errors of delivery.";
	return true;
}
