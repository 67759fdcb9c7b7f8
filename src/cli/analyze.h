/* SPDX-License-Identifier: MIT */
/* Between the files of `sendwell analyze`. */
#ifndef CLI_ANALYZE_H
#define CLI_ANALYZE_H

#include <sendwell/bounce.h>
#include <sendwell/mail_source.h>

#include "cli/cli.h"

enum analyze_action {
	ACTION_FAILED,
	ACTION_DELAYED,
	ACTION_FEEDBACK,
	ACTION_DELIVERED, /* or relayed, or expanded */
	ACTION_AUTOREPLY,
	ACTION_COUNT
};

struct analyze_total {
	const char *id, *text; /* of the library, which live as long as its explainer; text "":
				  counted, see the sum */
	size_t count;
};

/* What all messages together say. */
struct analyze_sum {
	size_t messages, bounces, cut, unreadable;
	size_t recipients[ACTION_COUNT];
	struct analyze_total *categories, *lists;
	size_t category_count, list_count;
	/* Addresses to stop mailing, each once, in the order of their coming. */
	char **addresses;
	size_t address_count;
	size_t *slots; /* a hash table of indices in `addresses` + 1 */
	size_t slot_count;
	bool nomem, too_many;
	char *first_why; /* of the first message, when it is no bounce */
	char *first_file;
};
void cli_analyze_sum_fini(struct analyze_sum *sum);
/* The action of that name. */
enum analyze_action cli_analyze_action(const char *name);
void cli_analyze_add(struct analyze_sum *sum, const struct sw_bounce_report *r,
		     const struct sw_mail *mail);
/* All addresses, one a line; NULL without memory.  Free with cli_free. */
char *cli_analyze_addresses(const struct analyze_sum *sum);

/* One message for people. */
void cli_analyze_show(struct cli *c, const struct sw_bounce_report *r,
		      const struct sw_mail *mail);
/* All of them together. */
void cli_analyze_show_sum(struct cli *c, struct analyze_sum *sum);

/* A line on the terminal while it takes long: where we are.  It ticks from now on, if there is
 * a terminal to tick on. */
void cli_analyze_progress_start(const struct cli *c);
/* Whether it is time for a new line; costs nothing. */
bool cli_analyze_progress_due(void);
/* at: which of `count` files; permille: how much of it. */
void cli_analyze_progress(struct cli *c, size_t at, size_t count, unsigned permille,
			  size_t messages);
/* The same for other things than messages: `done` of `count` of them. */
void cli_analyze_progress_of(struct cli *c, size_t done, size_t count, const char *word);
void cli_analyze_progress_end(struct cli *c);

#endif
