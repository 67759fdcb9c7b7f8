/* SPDX-License-Identifier: MIT */
#include "client/memory.h"

#include "base/mem.h"
#include "base/slice.h"

/* Asked for each message: nothing is printed, copied or looked at that need not be. */
static const struct sw_remembered *find(const struct sw_memory *m, const char *host,
					uint16_t port)
{
	/* Places are taken in their order and never given back. */
	for (size_t i = 0; i < SW_LEN(m->kept) && m->kept[i].host; i++) {
		const struct sw_remembered *r = &m->kept[i];
		if (r->port == port && strcmp(r->host, host) == 0)
			return r;
	}
	return NULL;
}

/* The place of the server, a new one if need be; NULL without memory. */
static struct sw_remembered *place_of(struct sw_memory *m, const char *host, uint16_t port)
{
	struct sw_remembered *oldest = &m->kept[0];
	for (size_t i = 0; i < SW_LEN(m->kept); i++) {
		struct sw_remembered *r = &m->kept[i];
		if (r->host && r->port == port && strcmp(r->host, host) == 0)
			return r;
		if (r->order < oldest->order)
			oldest = r;
	}
	char *copy = sw_strdup(host);
	if (!copy)
		return NULL;
	sw_free(oldest->host);
	*oldest = (struct sw_remembered){ .host = copy, .port = port };
	return oldest;
}

void sw_memory_fini(struct sw_memory *m)
{
	for (size_t i = 0; i < SW_LEN(m->kept); i++)
		sw_free(m->kept[i].host);
	*m = (struct sw_memory){ 0 };
}

void sw_memory_note(struct sw_memory *m, const char *host, uint16_t port, enum sw_quirk quirk)
{
	struct sw_remembered *r = place_of(m, host, port);
	if (!r)
		return;
	r->quirks |= (unsigned)quirk;
	r->order = ++m->next;
}

bool sw_memory_has(const struct sw_memory *m, const char *host, uint16_t port,
		   enum sw_quirk quirk)
{
	const struct sw_remembered *r = find(m, host, port);
	return r && (r->quirks & (unsigned)quirk) != 0;
}

void sw_memory_away(struct sw_memory *m, const char *host, uint16_t port, uint64_t until_us)
{
	/* Who is there and of whom nothing is known needs no place. */
	if (!until_us && !find(m, host, port))
		return;
	struct sw_remembered *r = place_of(m, host, port);
	if (!r)
		return;
	r->away_until_us = until_us;
	r->order = ++m->next;
}

bool sw_memory_is_away(const struct sw_memory *m, const char *host, uint16_t port,
		       uint64_t now_us)
{
	const struct sw_remembered *r = find(m, host, port);
	return r && now_us < r->away_until_us;
}
