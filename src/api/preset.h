/* SPDX-License-Identifier: MIT */
/* Inside of the presets: rows of servers. */
#ifndef SW_API_PRESET_H
#define SW_API_PRESET_H

#include <sendwell/preset.h>

#include "base/slice.h"

struct sw_preset_row {
	const char *domain, *host;
	uint16_t port;
	bool implicit;      /* TLS from the first byte; else STARTTLS */
	bool whole_address; /* is the user name; else its local part, or nobody knows (MX) */
};

/* ---- preset.c ---- */
/* By a mail domain; NULL unknown. */
const struct sw_preset_row *sw_preset_row(struct sw_slice domain);
void sw_preset_fill(const struct sw_preset_row *r, struct sw_slice address,
		    struct sw_preset *ret);

/* ---- preset_mx.c ---- */
/* By the name of an MX host; NULL unknown. */
const struct sw_preset_row *sw_preset_of_mx(const char *host);

#endif
