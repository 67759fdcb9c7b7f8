/* SPDX-License-Identifier: MIT */
/* Inside of --merge: the options of a message, each a text with places for fields. */
#ifndef CLI_MANY_MERGE_H
#define CLI_MANY_MERGE_H

#include "cli/many.h"

typedef enum sw_err (*cli_text_fn)(struct sw_message *m, const char *text);

/* One value of an option. */
struct cli_part {
	enum cli_option_id id;
	cli_text_fn fn;
	struct sw_template *text; /* of a header field: its value; of a file: its path */
	struct sw_template
		*name; /* of a file: what it is called; of --rcpt: notify. NULL: none */
	struct sw_template *orcpt;
	char *type, *cid; /* of a header field: its name */
};
struct cli_rows {
	struct sw_merge *merge;
	const char *path;
	struct cli_part *parts;
	size_t count;
	bool to_is_known; /* to whom it goes when nothing says so */
};
static inline struct cli_rows *cli_rows_of(struct cli_letters *l)
{
	return l->state;
}

/* many_parts.c: 0, or the status of what was wrong, told. */
int cli_parts_read(struct cli_letters *l);
/* To whom it goes, once the columns are known and nobody said so. */
int cli_parts_find_to(struct cli_letters *l);
void cli_parts_fini(struct cli_rows *r);

#endif
