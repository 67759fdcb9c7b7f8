/* SPDX-License-Identifier: MIT */
/* Envelopes with one thing changed, all but one in a single conversation, each taken back with
 * RSET: nothing is ever sent. One that needs a login is not tried, since it would be refused
 * for another reason than the session's. */
#include "probe/say.h"

enum { VARIANTS = 8, COMMANDS_EACH = 3, LITERAL_MOST = SW_ADDR_TEXT + 16 };

struct variant {
	const char *what, *sender, *recipient;
};
struct rcpt {
	struct sw_say say;
	struct variant variants[VARIANTS];
	size_t count;
	const char *commands[VARIANTS * COMMANDS_EACH];
	struct variant again; /* by another EHLO name, in a conversation of its own */
	const char *again_commands[COMMANDS_EACH];
};
enum { ALL_IN_ONE, OTHER_EHLO };

/* ---- which */

static bool is_plain(const char *address)
{
	return *address && !strpbrk(address, "<> \r\n\t") && strchr(address, '@');
}

static const char *domain_of(const char *address)
{
	const char *at = address ? strrchr(address, '@') : NULL;

	return at ? at + 1 : "";
}

static const char *random_address(struct sw_exam *x, const char *recipient)
{
	static const char letters[] = "bcdfghjklmnpqrstvwxz";
	unsigned char bytes[14];
	char name[sizeof(bytes) + 1];

	if (!x->c->world->random(x->c->world->arg, bytes, sizeof(bytes)))
		return NULL;
	for (size_t i = 0; i < sizeof(bytes); i++)
		name[i] = letters[bytes[i] % (sizeof(letters) - 1)];
	name[sizeof(bytes)] = '\0';
	return sw_say_format(x, "%s@%s", name, domain_of(recipient));
}

/* The domain that the server most likely serves: its own name without the host, when enough is
 * left of it. */
static const char *own_address(struct sw_exam *x)
{
	const struct sw_fact *f = sw_facts_last(x->c->facts, SW_FACT_CAPABILITIES);
	struct sw_slice name = f ? sw_fact_text(f, "name") : SW_S("");
	struct sw_slice parent = sw_slice_from(name, sw_slice_find(name, '.') + 1);

	if (sw_slice_find(parent, '.') >= parent.len)
		parent = name;
	if (sw_slice_find(parent, '.') >= parent.len || parent.ptr[0] == '[')
		return NULL;
	return sw_say_format(x, "postmaster@%.*s", SW_FMT(parent));
}

static const char *literal_address(struct sw_exam *x)
{
	char ip[SW_ADDR_TEXT];

	sw_addr_ip(&x->target.addrs[0], ip);
	return sw_say_format(x, "postmaster@[%s%s]", strchr(ip, ':') ? "IPv6:" : "", ip);
}

static const char *other_sender(struct sw_exam *x, const char *sender)
{
	const char *domain = domain_of(sender);

	if (!*domain || sw_slice_starts_nocase(sw_slice_str(sender), SW_S("postmaster@")))
		return NULL;
	return sw_say_format(x, "postmaster@%s", domain);
}

static struct variant make(struct sw_exam *x, const char *what, const char *sender,
			   const char *recipient)
{
	struct variant v = { what, sender, recipient };

	if (strcmp(what, "null_sender") == 0)
		v.sender = *sender ? "" : NULL;
	else if (strcmp(what, "other_sender") == 0)
		v.sender = other_sender(x, sender);
	else if (strcmp(what, "random_recipient") == 0)
		v.recipient = random_address(x, recipient);
	else if (strcmp(what, "postmaster") == 0)
		v.recipient = sw_say_format(x, "postmaster@%s", domain_of(recipient));
	else if (strcmp(what, "literal") == 0)
		v.recipient = literal_address(x);
	else if (strcmp(what, "own_domain") == 0)
		v.recipient = own_address(x);
	return v;
}

/* ---- saying */

static bool put_commands(struct sw_exam *x, const struct variant *v, const char **out)
{
	bool utf8 = sw_slice_has_8bit(sw_slice_str(v->sender)) ||
		    sw_slice_has_8bit(sw_slice_str(v->recipient));

	out[0] = sw_say_format(x, "MAIL FROM:<%s>%s", v->sender, utf8 ? " SMTPUTF8" : "");
	out[1] = sw_say_format(x, "RCPT TO:<%s>", v->recipient);
	out[2] = "RSET";
	return out[0] && out[1];
}

static void add_all_in_one(struct rcpt *p)
{
	struct sw_exam *x = p->say.r->x;
	struct sw_talk_plan plan;

	sw_say_plan(x, 0, &plan);
	plan.until = SW_TALK_COMMANDS;
	for (size_t i = 0; i < p->count; i++)
		if (!put_commands(x, &p->variants[i], &p->commands[i * COMMANDS_EACH]))
			return;
	plan.commands = p->commands;
	plan.command_count = p->count * COMMANDS_EACH;
	sw_say_add(&p->say, &plan, ALL_IN_ONE, "");
}

static void add_other_ehlo(struct rcpt *p, const char *sender, const char *recipient)
{
	struct sw_exam *x = p->say.r->x;
	const struct sw_fact *f = sw_facts_last(x->c->facts, SW_FACT_TCP_ATTEMPT);
	struct sw_slice local = f ? sw_fact_text(f, "local_address") : SW_S("");
	struct sw_talk_plan plan;

	if (local.len == 0)
		return;
	p->again = (struct variant){ "ehlo", sender, recipient };
	sw_say_plan(x, 0, &plan);
	plan.until = SW_TALK_COMMANDS;
	plan.ehlo = sw_say_format(x, "[%s%.*s]",
				  sw_slice_find(local, ':') < local.len ? "IPv6:" : "",
				  SW_FMT(local));
	if (!plan.ehlo || !put_commands(x, &p->again, p->again_commands))
		return;
	plan.commands = p->again_commands;
	plan.command_count = COMMANDS_EACH;
	sw_say_add(&p->say, &plan, OTHER_EHLO, "ehlo");
}

/* ---- hearing */

/* Without what differs from one refusal to the next: addresses, numbers, identifiers. */
static struct sw_slice next_word(struct sw_slice *rest)
{
	struct sw_slice word;

	while (sw_slice_split(rest, ' ', &word)) {
		bool counts = word.len > 0;

		for (size_t i = 0; i < word.len; i++)
			if (word.ptr[i] == '@' || (word.ptr[i] >= '0' && word.ptr[i] <= '9'))
				counts = false;
		if (counts)
			return word;
	}
	return SW_S("");
}

static bool same_words(struct sw_slice a, struct sw_slice b)
{
	for (;;) {
		struct sw_slice x = next_word(&a), y = next_word(&b);

		if (x.len == 0 || y.len == 0)
			return x.len == y.len;
		if (!sw_slice_eq_nocase(x, y))
			return false;
	}
}

/* The session's own refusal of an envelope, if it was one. */
static const struct sw_fact *refusal(const struct sw_exam *x)
{
	const struct sw_facts *f = x->c->facts;
	const struct sw_fact *last = NULL;

	for (size_t i = 0; i < sw_facts_count(f); i++) {
		const struct sw_fact *fact = sw_facts_get(f, i);

		if (fact->type != SW_FACT_REPLY || sw_fact_int(fact, "code", 0) < 400)
			continue;
		if (sw_slice_eq(sw_fact_text(fact, "command"), SW_S("RCPT")) ||
		    sw_slice_eq(sw_fact_text(fact, "command"), SW_S("MAIL")))
			last = fact;
	}
	return last;
}

static void state_variant(struct rcpt *p, const struct variant *v, bool mail,
			  const struct sw_talk_reply *reply)
{
	const struct sw_fact *f = refusal(p->say.r->x);
	char enhanced[SW_ENHANCED_TEXT];
	bool same = f && reply->code == sw_fact_int(f, "code", 0) &&
		    same_words(sw_say_text(reply), sw_fact_text(f, "text"));

	SW_PROBE_STATE(p->say.r, SW_FACT_PROBE_RCPT, SW_F_STR("recipient", v->recipient),
		       SW_F_STR("from", v->sender), SW_F_STR("what", v->what),
		       SW_F_INT("code", reply->code),
		       SW_F_STR("enhanced", sw_enhanced_text(reply->enhanced, enhanced)),
		       SW_F_TEXT("text", sw_say_text(reply)),
		       SW_F_STR("command", mail ? "MAIL" : "RCPT"), SW_F_BOOL("same", same));
}

static void heard(struct sw_say *s, const struct sw_say_step *step,
		  const struct sw_talk_account *a)
{
	struct rcpt *p = (struct rcpt *)(void *)s;
	size_t count = step->tag == OTHER_EHLO ? 1 : p->count;

	for (size_t i = 0; i < count; i++) {
		const struct variant *v =
			step->tag == OTHER_EHLO ? &p->again : &p->variants[i];
		size_t at = i * COMMANDS_EACH;
		bool mail = at < a->reply_count && a->replies[at].code >= 400;

		if (at + !mail < a->reply_count)
			state_variant(p, v, mail, &a->replies[at + !mail]);
		else
			sw_probe_untested(s->r, v->what,
					  "no answer to this envelope (%s, stage %s)",
					  sw_talk_end_name(a->end), sw_stage_name(a->at));
	}
}

/* ---- the probe */

/* Why no envelope can be tried; NULL: it can. */
static const char *hindrance(struct sw_exam *x)
{
	bool known;
	const char *sender = sw_say_sender(x, &known), *recipient = sw_say_recipient(x);

	if (!known || !is_plain(recipient) || (*sender && !is_plain(sender)))
		return "no envelope is known";
	if (sw_say_slow_down(x))
		return "the server has asked to come later";
	if (sw_say_logged_in(x))
		return "the session was logged in, and the login is not repeated for a trial";
	return NULL;
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants, size_t count,
		     struct sw_buf *out)
{
	(void)wants;
	(void)count;
	return sw_say_contacts(x, ", envelopes that are taken back", out);
}

static void add_variants(struct rcpt *p, const char *sender, const char *recipient)
{
	static const char *const kinds[] = { "repeat",     "random_recipient", "postmaster",
					     "own_domain", "literal",          "other_sender",
					     "null_sender" };
	const struct sw_probe_run *r = p->say.r;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!sw_say_asked(r->wants, r->want_count, SW_FACT_PROBE_RCPT, "what",
				  kinds[i]))
			continue;
		struct variant v = make(r->x, kinds[i], sender, recipient);

		if (v.sender && v.recipient)
			p->variants[p->count++] = v;
		else
			sw_probe_untested(p->say.r, kinds[i],
					  "there is no such address to try");
	}
	if (p->count)
		add_all_in_one(p);
	if (sw_say_asked(r->wants, r->want_count, SW_FACT_PROBE_RCPT, "what", "ehlo"))
		add_other_ehlo(p, sender, recipient);
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct rcpt *p = sw_say_new(r, sizeof(*p), heard, NULL);
	const char *why = hindrance(r->x);
	bool known;

	if (!p)
		return sw_fail_nomem(err);
	if (why)
		sw_probe_untested(r, "rcpt", "%s", why);
	else
		add_variants(p, sw_say_sender(r->x, &known), sw_say_recipient(r->x));
	return sw_say_go(&p->say, err);
}

const struct sw_probe sw_probe_rcpt = {
	.id = "rcpt",
	.source = "probe.p14",
	.kind = SW_PROBE_SMTP,
	.stage = SW_STAGE_ENVELOPE,
	.states = { SW_FACT_PROBE_RCPT, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "other envelopes", "другие конверты" },
	.contacts = contacts,
	.start = start,
	.stop = sw_say_stop,
};
