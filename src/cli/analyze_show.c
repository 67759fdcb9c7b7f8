/* SPDX-License-Identifier: MIT */
/* Bounces for people. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/analyze.h"
#include "cli/explain.h"
#include "cli/wrap.h"

enum {
	FULL_RECIPIENTS = 20, /* of one message; --verbose shows all */
	SHOWN_ADDRESSES = 20, /* to stop mailing; the others are for --suppress-list */
	SHOWN_CATEGORIES = 30,
};

enum word {
	W_BOUNCE,
	W_NOT_BOUNCE,
	W_MESSAGE,
	W_NO_RECIPIENT,
	W_NO_ADDRESS,
	W_MORE_RECIPIENTS,
	W_CUT,
	W_SUM,
	W_SENT,
	W_CATEGORIES,
	W_LISTS,
	W_COUNTED,
	W_ADDRESSES,
	W_MORE_ADDRESSES,
	W_OTHERS,
	W_FAILED,
	W_DELAYED,
	W_FEEDBACK,
	W_DELIVERED,
	W_AUTOREPLY,
	W_COUNT
};

static const char *const words[W_COUNT][2] = {
	[W_BOUNCE] = { "a bounce", "отбойник" },
	[W_NOT_BOUNCE] = { "no bounce", "не отбойник" },
	[W_MESSAGE] = { "message", "письмо" },
	[W_NO_RECIPIENT] = { "a bounce that does not say whose",
			     "отбойник, в котором не сказано, о ком он" },
	[W_NO_ADDRESS] = { "somebody who is not named", "кто-то, чей адрес не назван" },
	[W_MORE_RECIPIENTS] = { "more recipients; -v shows them",
				"получателей ещё; -v покажет их" },
	[W_CUT] = { "only a part of it was read: it goes beyond a limit",
		    "прочитана только часть: письмо больше предела" },
	[W_SUM] = { "messages, bounces among them:", "писем, из них отбойников:" },
	[W_SENT] = { "sent", "отправлено" },
	[W_CATEGORIES] = { "Why", "Почему" },
	[W_LISTS] = { "Mailing list", "Рассылка" },
	[W_COUNTED] = { "count the failures, stop mailing after several",
			"считать отказы, после нескольких больше не писать" },
	[W_ADDRESSES] = { "Stop mailing", "Больше не писать" },
	[W_MORE_ADDRESSES] = { "more; all of them: --suppress-list FILE",
			       "ещё; все: --suppress-list ФАЙЛ" },
	[W_OTHERS] = { "other", "прочее" },
	[W_FAILED] = { "not delivered", "не доставлено" },
	[W_DELAYED] = { "delayed", "задержано" },
	[W_FEEDBACK] = { "complaints", "жалоб" },
	[W_DELIVERED] = { "delivered", "доставлено" },
	[W_AUTOREPLY] = { "answers of machines", "автоматических ответов" },
};

static const char *word(const struct cli *c, enum word w)
{
	return words[w][cli_is_russian(c)];
}

static enum cli_color color_of(const struct sw_bounce_outcome *o)
{
	switch (cli_analyze_action(o->action)) {
	case ACTION_FAILED:
	case ACTION_FEEDBACK:
		return CLI_BAD;
	case ACTION_DELAYED:
		return CLI_WARN;
	case ACTION_DELIVERED:
	case ACTION_AUTOREPLY:
	case ACTION_COUNT:
		break;
	}
	return CLI_GOOD;
}

/* "alice@example.net: not delivered, 550 5.1.1  No such mailbox" */
static void say_title(struct cli *c, const struct sw_bounce_outcome *o)
{
	char code[16] = "";

	if (o->code)
		(void)snprintf(code, sizeof(code), " %d", o->code);
	bool coded = *code || *o->enhanced;
	char *line = cli_printf("%s: %s%s%s%s%s  %s", *o->address ? o->address : word(c, W_NO_ADDRESS),
				o->action_text, coded ? "," : "", code,
				*o->enhanced ? " " : "", o->enhanced, o->title);

	cli_wrap(&c->out, color_of(o), "", "  ", cli_said(&c->out, line));
	cli_free(line);
}

/* Who acts when all went well, or a machine answered, is of no interest. */
static void say_recipient(struct cli *c, const struct sw_bounce_outcome *o)
{
	bool went_well = color_of(o) == CLI_GOOD;

	say_title(c, o);
	cli_explain_row(c, WORD_WORDS, o->diagnostic);
	cli_explain_row(c, WORD_HOST, o->remote_host);
	cli_explain_row(c, WORD_FINAL, o->final_address);
	cli_explain_row(c, WORD_MEANING, o->meaning);
	if (went_well)
		return;
	cli_explain_row(c, WORD_WHO, o->who_text);
	cli_explain_retry_row(c, o->retry_text, o->retry_after_s);
	cli_explain_list_row(c, o->list_action, o->list_action_text, o->count, o->count_days);
	if (c->out.verbose) {
		char *sure = cli_printf("%s, %u %s%s%s", o->category, o->confidence,
					cli_explain_word(c, WORD_OF_100), *o->rule ? ", " : "",
					o->rule);

		cli_explain_row(c, WORD_CATEGORY, cli_said(&c->out, sure));
		cli_free(sure);
		cli_explain_row(c, WORD_SEE, o->ref);
	}
	cli_explain_row(c, WORD_NEXT, o->next);
}

/* What one like it said already is not said again. */
static bool is_like(const struct sw_bounce_outcome *a, const struct sw_bounce_outcome *b)
{
	return strcmp(a->action, b->action) == 0 && strcmp(a->category, b->category) == 0 &&
	       strcmp(a->meaning, b->meaning) == 0;
}

static void say_recipients(struct cli *c, const struct sw_bounce_report *r, size_t count)
{
	size_t most = c->out.verbose || count <= FULL_RECIPIENTS ? count : FULL_RECIPIENTS;
	struct sw_bounce_outcome last = { .action = "", .category = "", .meaning = "" };

	for (size_t i = 0; i < most; i++) {
		struct sw_bounce_outcome o = sw_bounce_report_recipient(r, i);

		if (i > 0 && !c->out.verbose && is_like(&o, &last)) {
			say_title(c, &o);
			cli_explain_row(c, WORD_WORDS, o.diagnostic);
		} else {
			say_recipient(c, &o);
		}
		last = o;
	}
	if (count > most)
		cli_say(&c->out, CLI_DIM, "  %zu %s", count - most,
			word(c, W_MORE_RECIPIENTS));
}

static void say_original(struct cli *c, const struct sw_bounce_about *about)
{
	const char *date = *about->date ? about->date : about->date_raw;
	bool subject = *about->subject != '\0';
	char *text = cli_printf("%s%s%s%s%s%s%s%s", subject ? "\"" : "", about->subject,
				subject ? "\" " : "", about->message_id, *date ? ", " : "",
				*date ? word(c, W_SENT) : "", *date ? " " : "", date);

	if (subject || *about->message_id)
		cli_explain_row(c, WORD_ORIGINAL, cli_said(&c->out, text));
	cli_free(text);
}

/* The head of a block: where it stands. */
static void say_place(struct cli *c, const struct sw_mail *mail, const char *what)
{
	if (mail->index > 1)
		cli_say(&c->out, CLI_DIM, "%s (%s %zu): %s", mail->file, word(c, W_MESSAGE),
			mail->index, what);
	else
		cli_say(&c->out, CLI_DIM, "%s: %s", mail->file, what);
}

void cli_analyze_show(struct cli *c, const struct sw_bounce_report *r,
		      const struct sw_mail *mail)
{
	struct sw_bounce_about about = sw_bounce_report_about(r);

	/* In a mailbox there are many that are none: the sum counts them. */
	if (!about.is_bounce && !c->out.verbose)
		return;
	char *layout = cli_printf("%s (%s)", word(c, W_BOUNCE), about.layout);

	say_place(c, mail, about.is_bounce ? cli_said(&c->out, layout) : about.why);
	cli_free(layout);
	if (about.is_bounce && about.recipient_count == 0)
		cli_say(&c->out, CLI_WARN, "%s", word(c, W_NO_RECIPIENT));
	if (about.is_bounce) {
		say_recipients(c, r, about.recipient_count);
		say_original(c, &about);
	}
	if (about.cut)
		cli_say(&c->out, CLI_WARN, "  %s", word(c, W_CUT));
	cli_say(&c->out, CLI_PLAIN, "%s", "");
}

static int by_count(const void *a, const void *b)
{
	const struct analyze_total *left = a, *right = b;

	if (left->count != right->count)
		return left->count < right->count ? 1 : -1;
	return strcmp(left->id, right->id);
}

static void say_totals(struct cli *c, enum word head, struct analyze_total *list, size_t count)
{
	size_t others = 0;

	if (count == 0)
		return;
	qsort(list, count, sizeof(*list), by_count);
	cli_say(&c->out, CLI_STRONG, "%s", word(c, head));
	for (size_t i = 0; i < count; i++) {
		/* What to do with an address has no id that people need. */
		bool id = head == W_CATEGORIES;
		const char *text = *list[i].text ? list[i].text : word(c, W_COUNTED);

		if (i < SHOWN_CATEGORIES)
			cli_say(&c->out, CLI_PLAIN, "  %8zu  %s%s%s%s", list[i].count, text,
				id ? " [" : "", id ? list[i].id : "", id ? "]" : "");
		else
			others += list[i].count;
	}
	if (others)
		cli_say(&c->out, CLI_PLAIN, "  %8zu  %s", others, word(c, W_OTHERS));
}

static void say_head(struct cli *c, const struct analyze_sum *sum)
{
	static const enum word names[ACTION_COUNT] = {
		[ACTION_FAILED] = W_FAILED,       [ACTION_DELAYED] = W_DELAYED,
		[ACTION_FEEDBACK] = W_FEEDBACK,   [ACTION_DELIVERED] = W_DELIVERED,
		[ACTION_AUTOREPLY] = W_AUTOREPLY,
	};

	cli_say(&c->out, CLI_STRONG, "%zu %s %zu", sum->messages, word(c, W_SUM),
		sum->bounces);
	for (size_t i = 0; i < ACTION_COUNT; i++)
		if (sum->recipients[i])
			cli_say(&c->out, CLI_PLAIN, "  %8zu  %s", sum->recipients[i],
				word(c, names[i]));
}

void cli_analyze_show_sum(struct cli *c, struct analyze_sum *sum)
{
	/* Of one message everything was said already, unless it is none of ours. */
	if (sum->messages == 1) {
		if (sum->bounces == 0 && !c->out.verbose && sum->first_file)
			cli_say(&c->out, CLI_GOOD, "%s: %s. %s", sum->first_file,
				word(c, W_NOT_BOUNCE), sum->first_why ? sum->first_why : "");
		return;
	}
	say_head(c, sum);
	say_totals(c, W_CATEGORIES, sum->categories, sum->category_count);
	say_totals(c, W_LISTS, sum->lists, sum->list_count);
	if (sum->address_count == 0)
		return;
	cli_say(&c->out, CLI_STRONG, "%s (%zu)", word(c, W_ADDRESSES), sum->address_count);
	for (size_t i = 0; i < sum->address_count && i < SHOWN_ADDRESSES; i++)
		cli_say(&c->out, CLI_PLAIN, "  %s", sum->addresses[i]);
	if (sum->address_count > SHOWN_ADDRESSES)
		cli_say(&c->out, CLI_DIM, "  %zu %s", sum->address_count - SHOWN_ADDRESSES,
			word(c, W_MORE_ADDRESSES));
}
