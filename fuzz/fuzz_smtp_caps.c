/* SPDX-License-Identifier: MIT */
/* Capabilities: whatever the server offers, what we keep is bounded and clean. */
#include <stdlib.h>

#include "smtp/caps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = SW_MAX_REPLY };
	struct sw_reply r = { .code = 250, .lines = 1 };
	struct sw_caps c;

	if (sw_buf_add(&text, sw_slice(data, size)))
		return 0;
	r.text = sw_buf_str(&text);
	r.text_len = sw_buf_len(&text);
	if (sw_caps_parse(&r, &c))
		abort();
	must(memchr(c.name, '\0', sizeof(c.name)) && memchr(c.auth, '\0', sizeof(c.auth)) &&
	     c.raw);
	for (const char *p = c.auth; *p; p++)
		must((*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '-' ||
		     *p == '_' || *p == ' ');
	must(c.auth[0] != ' ' && !strstr(c.auth, "  "));
	must(!c.auth[0] || sw_caps_has(&c, SW_CAP_AUTH));
	must(!c.size_limit || sw_caps_has(&c, SW_CAP_SIZE));
	must(!c.masked_starttls || !sw_caps_has(&c, SW_CAP_STARTTLS));
	must(!c.helo);
	sw_caps_fini(&c);
	return 0;
}
