/* SPDX-License-Identifier: MIT */
#include "cli/values.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "cli/mem.h"

void cli_values_fini(struct cli_values *v)
{
	for (size_t i = 0; i < CLI_OPT_COUNT; i++)
		cli_free(v->slots[i].values);
	memset(v, 0, sizeof(*v));
}

static bool make_room(struct cli_slot *slot)
{
	size_t room = slot->room ? slot->room * 2 : 4;

	if (slot->count < slot->room)
		return true;
	struct cli_value *values = cli_grow(slot->values, room, sizeof(*values));

	if (!values)
		return false;
	slot->values = values;
	slot->room = room;
	return true;
}

bool cli_values_set(struct cli_values *v, enum cli_option_id id, enum cli_layer layer,
		    const char *text, unsigned line)
{
	struct cli_slot *slot = &v->slots[id];

	if (layer < slot->layer)
		return true;
	if (layer > slot->layer || cli_option(id)->kind != CLI_LIST || !text)
		slot->count = 0;
	slot->layer = layer;
	if (!text)
		return true;
	if (!make_room(slot))
		return false;
	slot->values[slot->count++] = (struct cli_value){ text, line };
	return true;
}

void cli_values_drop(struct cli_values *v, enum cli_option_id id)
{
	v->slots[id].count = 0;
	v->slots[id].layer = CLI_LAYER_NONE;
}

size_t cli_values_count(const struct cli_values *v, enum cli_option_id id)
{
	return v->slots[id].count;
}

const char *cli_values_get(const struct cli_values *v, enum cli_option_id id, size_t i)
{
	return i < v->slots[id].count ? v->slots[id].values[i].text : NULL;
}

bool cli_values_is_on(const struct cli_values *v, enum cli_option_id id)
{
	const char *text = cli_values_text(v, id);

	return text && strcmp(text, "yes") == 0;
}

const char *cli_bool_word(const char *text)
{
	static const char *const yes[] = { "yes", "on", "true", "1" };
	static const char *const no[] = { "no", "off", "false", "0" };

	for (size_t i = 0; i < CLI_LEN(yes); i++) {
		if (strcasecmp(text, yes[i]) == 0)
			return "yes";
		if (strcasecmp(text, no[i]) == 0)
			return "no";
	}
	return NULL;
}

void cli_values_origin(const struct cli_values *v, enum cli_option_id id, size_t i,
		       char out[CLI_ORIGIN_SIZE])
{
	const struct cli_slot *slot = &v->slots[id];
	const char *name = cli_option(id)->name;

	switch (slot->layer) {
	case CLI_LAYER_DEFAULTS:
	case CLI_LAYER_ACCOUNT:
		(void)snprintf(out, CLI_ORIGIN_SIZE, "%s:%u: %s", v->config_path,
			       i < slot->count ? slot->values[i].line : 0, name);
		return;
	case CLI_LAYER_ENV:
		cli_option_env_name(id, out);
		return;
	case CLI_LAYER_ARGS:
	case CLI_LAYER_NONE:
		break;
	}
	(void)snprintf(out, CLI_ORIGIN_SIZE, "--%s", name);
}

int cli_values_blame(const struct cli_values *v, enum cli_option_id id)
{
	enum cli_layer layer = v->slots[id].layer;

	return layer == CLI_LAYER_DEFAULTS || layer == CLI_LAYER_ACCOUNT ? EX_CONFIG
									 : EX_USAGE;
}
