/* SPDX-License-Identifier: MIT */
/* The values of all options and where each came from.  A value of a higher layer hides all of
 * the same option from lower layers.  Texts are borrowed from argv, the environment or the
 * configuration, which live as long as the program does. */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include "cli/option.h"

enum cli_layer {
	CLI_LAYER_NONE,
	CLI_LAYER_DEFAULTS, /* [defaults] of the configuration */
	CLI_LAYER_ACCOUNT,  /* [account NAME], [sandbox] */
	CLI_LAYER_ENV,
	CLI_LAYER_ARGS,
};

struct cli_value {
	const char *text;
	unsigned line; /* of the configuration file */
};

/* layer NONE: never set.  A layer with no values: unset there (--no-x). */
struct cli_slot {
	enum cli_layer layer;
	size_t count, room;
	struct cli_value *values;
};

struct cli_values {
	struct cli_slot slots[CLI_OPT_COUNT];
	const char *config_path; /* "" none */
};

void cli_values_fini(struct cli_values *v);
/* Sets, adds to or (text NULL) unsets; ignored when a higher layer has spoken.  False without
 * memory. */
bool cli_values_set(struct cli_values *v, enum cli_option_id id, enum cli_layer layer,
		    const char *text, unsigned line);
/* Takes the option away on all layers. */
void cli_values_drop(struct cli_values *v, enum cli_option_id id);

size_t cli_values_count(const struct cli_values *v, enum cli_option_id id);
/* i-th value, NULL beyond the last. */
const char *cli_values_get(const struct cli_values *v, enum cli_option_id id, size_t i);
/* First value of a CLI_TEXT, NULL none. */
static inline const char *cli_values_text(const struct cli_values *v, enum cli_option_id id)
{
	return cli_values_get(v, id, 0);
}
/* A CLI_BOOL that is yes. */
bool cli_values_is_on(const struct cli_values *v, enum cli_option_id id);
/* "yes", "on", "true", "1" and their contraries; NULL for another word. */
const char *cli_bool_word(const char *text);

/* How to name the i-th value in a message: "--timeout", "SENDWELL_TIMEOUT", "FILE:12:
 * timeout". */
enum { CLI_ORIGIN_SIZE = 512 };
void cli_values_origin(const struct cli_values *v, enum cli_option_id id, size_t i,
		       char out[CLI_ORIGIN_SIZE]);
/* EX_CONFIG when the value stands in the configuration file, EX_USAGE else. */
int cli_values_blame(const struct cli_values *v, enum cli_option_id id);

#endif
