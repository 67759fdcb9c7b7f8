/* SPDX-License-Identifier: MIT */
/* What the circumstances say beyond the words: kind of the notice, the command that was
 * answered, who answered, and when. */
#include "read/bounce_private.h"
#include "read/notice_scan.h"

/* Of the kinds of feedback only those that say "I do not want this" end a subscription; the
 * others are of signatures, viruses, or that it was no spam after all. */
static bool is_complaint(const char *type)
{
	static const char *const kinds[] = { "abuse",     "opt-out",     "opt-out-list",
					     "complaint", "unsubscribe", "miscategorized" };

	for (size_t i = 0; i < SW_LEN(kinds); i++)
		if (sw_slice_eq_nocase(sw_slice_str(type), sw_slice_str(kinds[i])))
			return true;
	return false;
}

static bool is_one_of(const struct bounce_reader *r, const struct sw_class *c,
		      const char *const *ids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bounce_is_category(r, c, ids[i]))
			return true;
	return false;
}

/* The other side itself says "bad destination mailbox" by its code (RFC 3463 X.1.1, and
 * Exchange's X.1.10, which it gives after the data). */
static bool says_bad_mailbox(const struct sw_bounce_recipient *b)
{
	struct sw_enhanced e = notice_reply_find(sw_slice_str(b->diagnostic)).enhanced;

	return e.class == 5 && e.subject == 1 &&
	       (e.detail == 1 || e.detail == 6 || e.detail == 10);
}

static struct sw_slice domain_of(struct sw_slice address)
{
	return sw_slice_from(address, sw_slice_find(address, '@') + 1);
}

static bool begins_with_name(struct sw_slice words, struct sw_slice name)
{
	return name.len && sw_slice_starts_nocase(words, name) &&
	       (words.len == name.len || strchr(" >)'\":;,\t", words.ptr[name.len]));
}

/* "550 <our sender> user unknown", "553 our.domain does not exist": what is not known is where
 * the message came from. */
static bool is_about_sender(const struct bounce_reader *r, const struct sw_bounce_recipient *b)
{
	struct sw_slice words = sw_slice_str(b->diagnostic), start = words;
	struct sw_slice to = domain_of(sw_slice_str(b->address));
	/* Who is told of it sent it. */
	const struct sw_slice senders[] = { sw_slice_str(r->ret->original.sender),
					    bounce_address(r->head.to) };

	while (words.len && strchr("0123456789.-# <('\":", words.ptr[0]))
		words = sw_slice_from(words, 1);
	if (words.len == start.len)
		return false;
	for (size_t i = 0; i < SW_LEN(senders); i++) {
		struct sw_slice from = domain_of(senders[i]);

		if (from.len && !sw_slice_eq_nocase(from, to) &&
		    (begins_with_name(words, senders[i]) || begins_with_name(words, from)))
			return true;
	}
	return false;
}

static bool names_program(struct sw_slice words)
{
	static const char *const marks[] = { "command:", "pipe", "child process", "exit",
					     "/bin/" };

	for (size_t i = 0; i < SW_LEN(marks); i++)
		if (sw_slice_search_nocase(words, sw_slice_str(marks[i])) < words.len)
			return true;
	return false;
}

/* Judged anew, when what was refused is not what the words alone make believe. */
static void judge_failed(const struct bounce_reader *r, struct sw_bounce_recipient *b)
{
	static const char *const ours[] = { "recipient.unknown", "recipient.unavailable",
					    "recipient.syntax", "domain.unknown" };
	static const char *const vague[] = { "unknown", "policy.other" };
	static const char *const local[] = { "unknown", "system.unavailable" };
	/* Of what failed nothing was delivered or answered: a program's name, mostly. */
	static const char *const good[] = { "info.autoreply", "info.delivered" };
	/* From SURE on a rule knows whose words they are, and what they mean there. */
	enum { WEAK = 50, SURE = 85 };
	struct sw_class *c = &b->class;
	bool late = b->has_stage && (b->stage == SW_STAGE_DATA || b->stage == SW_STAGE_FINAL);
	struct sw_slice words = sw_slice_str(b->diagnostic);
	/* Words that name the recipient are about him, whatever is said of the command. */
	bool of_sender =
		b->has_stage && b->at_sender &&
		(!b->address[0] ||
		 sw_slice_search_nocase(words, sw_slice_str(b->address)) == words.len);
	bool nameless = c->confidence < WEAK && is_one_of(r, c, vague, SW_LEN(vague));

	/* Whom the other side had let pass by name, and refused after it had seen the message,
	 * may well exist: filters of mobile carriers and gateways say so. */
	bool filtered = late && c->confidence < SURE &&
			bounce_is_category(r, c, "recipient.unknown") && !says_bad_mailbox(b);

	if (is_one_of(r, c, ours, SW_LEN(ours)) && (of_sender || is_about_sender(r, b)))
		sw_class_set_category(r->k, "sender.address", c);
	else if (of_sender && nameless)
		sw_class_set_category(r->k, "sender.address", c);
	else if (filtered)
		sw_class_set_category(r->k, "recipient.unavailable", c);
	else if (is_one_of(r, c, good, SW_LEN(good)))
		sw_class_set_category(r->k, names_program(words) ? "system.error" : "unknown",
				      c);
	else if (b->by_program &&
		 (c->by == SW_BY_CLASS || is_one_of(r, c, local, SW_LEN(local)))) {
		sw_class_set_category(r->k, "system.error", c);
		c->sisimai = "mailererror";
	}
}

/* It is not over yet: nobody is struck off a list. */
static void judge_delayed(const struct bounce_reader *r, struct sw_class *c)
{
	/* X.4.7, "delivery time expired", is also what says that it took long up to now. */
	if (bounce_is_category(r, c, "unknown") || bounce_is_category(r, c, "queue.expired") ||
	    c->by == SW_BY_CLASS)
		sw_class_set_category(r->k, "queue.delayed", c);
	if (c->list_action == SW_LIST_SUPPRESS)
		c->list_action = SW_LIST_COUNT;
}

/* Whether anything but the notice's own beginning was found as the reason. */
static bool has_reason(const struct bounce_reader *r, const struct sw_bounce_recipient *b)
{
	enum { ENOUGH = 24 };
	struct sw_slice words = sw_slice_str(b->diagnostic), text = sw_slice_trim(r->text);

	return words.len && !(b->code == 0 && words.len > ENOUGH &&
			      sw_slice_starts(text, sw_slice_head(words, ENOUGH)));
}

/* The name in sisimai's terms where it hangs on more than the category: who was turned away at
 * the door counts as blocked, who was put off until the queue's time was over as expired, an
 * address that RCPT was refused for as unknown, whatever X.6 says as an error of content. */
static void name_failed(const struct bounce_reader *r, struct sw_bounce_recipient *b)
{
	static const char *const door[] = { "system.unavailable", "policy.quota",
					    "policy.other", "policy.reputation", "unknown" };
	static const char *const later[] = { "system.unavailable", "system.busy",
					     "network.connect" };
	struct sw_class *c = &b->class;
	bool early = b->has_stage && b->code &&
		     (b->stage == SW_STAGE_GREETING || b->stage == SW_STAGE_EHLO);
	bool temporary = (b->code ? b->code / 100 : b->enhanced.class) == 4;

	if (early && is_one_of(r, c, door, SW_LEN(door)))
		c->sisimai = "blocked";
	else if (temporary && is_one_of(r, c, later, SW_LEN(later)))
		c->sisimai = "expired";
	else if (bounce_is_category(r, c, "unknown") && has_reason(r, b))
		c->sisimai = "onhold";
	else if (bounce_is_category(r, c, "content.malformed") && b->enhanced.subject == 6)
		c->sisimai = "contenterror";
	else if (b->code == 550 && b->has_stage && b->stage == SW_STAGE_ENVELOPE &&
		 bounce_is_category(r, c, "recipient.unavailable"))
		c->sisimai = "userunknown";
}

void bounce_judge(const struct bounce_reader *r, struct sw_bounce_recipient *b)
{
	/* What is no failure is what it is, whatever its words. */
	static const char *const categories[SW_BOUNCE_ACTION_COUNT] = {
		[SW_BOUNCE_DELIVERED] = "info.delivered",
		[SW_BOUNCE_RELAYED] = "info.relayed",
		[SW_BOUNCE_EXPANDED] = "info.relayed",
		[SW_BOUNCE_FEEDBACK] = "info.complaint",
		[SW_BOUNCE_AUTOREPLY] = "info.autoreply",
	};

	if (categories[b->action])
		sw_class_set_category(r->k, categories[b->action], &b->class);
	if (b->action == SW_BOUNCE_FAILED) {
		judge_failed(r, b);
		name_failed(r, b);
	} else if (b->action == SW_BOUNCE_DELAYED) {
		judge_delayed(r, &b->class);
	} else if (b->action == SW_BOUNCE_FEEDBACK && !is_complaint(r->ret->feedback_type)) {
		b->class.list_action = SW_LIST_KEEP;
	}
}
