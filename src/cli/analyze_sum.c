/* SPDX-License-Identifier: MIT */
/* Counting: actions, categories, what to do with addresses. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sendwell/text.h>

#include "cli/analyze.h"

enum {
	/* Addresses that are kept in memory: 100 MB at worst. */
	MOST_ADDRESSES = 1000 * 1000,
	SLOTS_FIRST = 1024,
};

void cli_analyze_sum_fini(struct analyze_sum *sum)
{
	for (size_t i = 0; i < sum->address_count; i++)
		cli_free(sum->addresses[i]);
	cli_free(sum->addresses);
	cli_free(sum->slots);
	cli_free(sum->categories);
	cli_free(sum->lists);
	cli_free(sum->first_why);
	cli_free(sum->first_file);
	*sum = (struct analyze_sum){ 0 };
}

enum analyze_action cli_analyze_action(const char *name)
{
	static const struct {
		const char *name;
		enum analyze_action action;
	} rows[] = {
		{ "failed", ACTION_FAILED },
		{ "delayed", ACTION_DELAYED },
		{ "feedback", ACTION_FEEDBACK },
		{ "autoreply", ACTION_AUTOREPLY },
	};

	for (size_t i = 0; i < CLI_LEN(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].action;
	return ACTION_DELIVERED;
}

/* There are a hundred categories at most. */
static void count(struct analyze_sum *sum, struct analyze_total **list, size_t *size,
		  const char *id, const char *text)
{
	for (size_t i = 0; i < *size; i++)
		if (strcmp((*list)[i].id, id) == 0) {
			(*list)[i].count++;
			return;
		}
	struct analyze_total *more = cli_grow(*list, *size + 1, sizeof(*more));

	if (!more) {
		sum->nomem = true;
		return;
	}
	more[(*size)++] = (struct analyze_total){ id, text, 1 };
	*list = more;
}

/* FNV-1a; who makes them collide makes his own list slow. */
static size_t hash_of(const char *text)
{
	uint64_t hash = 14695981039346656037u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211u;
	return (size_t)(hash ^ hash >> 32);
}

/* The slot of the address, or the empty one where it belongs. */
static size_t slot_of(const struct analyze_sum *sum, const char *address)
{
	size_t at = hash_of(address) & (sum->slot_count - 1);

	while (sum->slots[at] && strcmp(sum->addresses[sum->slots[at] - 1], address) != 0)
		at = (at + 1) & (sum->slot_count - 1);
	return at;
}

static bool grow_slots(struct analyze_sum *sum)
{
	size_t size = sum->slot_count ? sum->slot_count * 2 : SLOTS_FIRST;
	size_t *slots = cli_grow(NULL, size, sizeof(*slots));

	if (!slots)
		return false;
	memset(slots, 0, size * sizeof(*slots));
	cli_free(sum->slots);
	sum->slots = slots;
	sum->slot_count = size;
	for (size_t i = 0; i < sum->address_count; i++)
		sum->slots[slot_of(sum, sum->addresses[i])] = i + 1;
	/* As many entries as there can be before the next time. */
	char **more = cli_grow(sum->addresses, size / 2, sizeof(*more));

	if (more)
		sum->addresses = more;
	return more != NULL;
}

/* Only what is an address as it stands: blanks, quotes and escapes would make another one of
 * it in somebody's list. */
static bool is_listable(const char *address)
{
	const char *at = strrchr(address, '@');

	if (!at || at == address || !at[1])
		return false;
	return strpbrk(address, " \t\"\\,;<>()|") == NULL;
}

static void add_address(struct analyze_sum *sum, const char *address)
{
	if (!is_listable(address))
		return;
	if (sum->address_count * 2 >= sum->slot_count && !grow_slots(sum)) {
		sum->nomem = true;
		return;
	}
	size_t slot = slot_of(sum, address);

	if (sum->slots[slot])
		return;
	if (sum->address_count == MOST_ADDRESSES) {
		sum->too_many = true;
		return;
	}
	char *copy = cli_dup(address);

	if (!copy) {
		sum->nomem = true;
		return;
	}
	sum->addresses[sum->address_count++] = copy;
	sum->slots[slot] = sum->address_count;
}

static void add_recipient(struct analyze_sum *sum, const struct sw_bounce_outcome *o)
{
	bool counted = o->count > 0 && strcmp(o->list_action, "keep") != 0;
	bool at_once = o->count == 0 && (strcmp(o->list_action, "suppress") == 0 ||
					 strcmp(o->list_action, "unsubscribe") == 0);

	sum->recipients[cli_analyze_action(o->action)]++;
	count(sum, &sum->categories, &sum->category_count, o->category, o->title);
	count(sum, &sum->lists, &sum->list_count, counted ? "count" : o->list_action,
	      counted ? "" : o->list_action_text);
	if (at_once)
		add_address(sum, o->address);
}

void cli_analyze_add(struct analyze_sum *sum, const struct sw_bounce_report *r,
		     const struct sw_mail *mail)
{
	struct sw_bounce_about about = sw_bounce_report_about(r);

	sum->messages++;
	sum->bounces += about.is_bounce != 0;
	sum->cut += about.cut != 0;
	if (sum->messages == 1 && !about.is_bounce) {
		sum->first_why = cli_dup(about.why);
		sum->first_file = cli_dup(mail->file);
		sum->nomem |= !sum->first_why || !sum->first_file;
	}
	for (size_t i = 0; i < about.recipient_count; i++) {
		struct sw_bounce_outcome o = sw_bounce_report_recipient(r, i);

		add_recipient(sum, &o);
	}
}

char *cli_analyze_addresses(const struct analyze_sum *sum)
{
	size_t len = 0;

	for (size_t i = 0; i < sum->address_count; i++)
		len += strlen(sum->addresses[i]) + 1;
	char *text = cli_grow(NULL, len + 1, 1), *to = text;

	for (size_t i = 0; text && i < sum->address_count; i++) {
		size_t part = strlen(sum->addresses[i]);

		memcpy(to, sum->addresses[i], part);
		to[part] = '\n';
		to += part + 1;
	}
	if (text)
		*to = '\0';
	return text;
}
