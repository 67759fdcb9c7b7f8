/* SPDX-License-Identifier: MIT */
/* Servers elsewhere to compare with. */
#include "probe/exam_private.h"

static const struct control {
	uint16_t port;
	const char *host;
} controls[] = {
#define SW_CONTROL(port, host, why) { port, host },
#include "probe/controls.def"
#undef SW_CONTROL
};

static const char *join(struct sw_exam *x, const char *host, uint16_t port)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_DOMAIN + 64 };

	if (sw_buf_printf(&out, "%s:%u", host, (unsigned)port))
		return NULL;
	return sw_arena_copy(&x->arena, sw_buf_slice(&out)).ptr;
}

/* Of "host", "host:port", "[2001:db8::1]:port", "2001:db8::1". */
static bool has_port(const char *control)
{
	const char *colon = strrchr(control, ':');

	if (!colon || strchr(control, ':') == colon)
		return colon != NULL;
	return control[0] == '[' && colon[-1] == ']';
}

static const char *with_port(struct sw_exam *x, const char *control, uint16_t port)
{
	bool bare_v6 = strchr(control, ':') && control[0] != '[' && !has_port(control);
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_DOMAIN + 64 };

	if (has_port(control))
		return control;
	if (!bare_v6)
		return join(x, control, port);
	if (sw_buf_printf(&out, "[%s]", control))
		return NULL;
	return join(x, sw_buf_str(&out), port);
}

size_t sw_exam_controls(struct sw_exam *x, uint16_t port, const char *out[], size_t size)
{
	const struct sw_exam_wish *w = x->wish;
	uint16_t usual = port ? port : x->target.port ? x->target.port : 25;
	size_t n = 0;

	for (size_t i = 0; i < w->control_count && n < size; i++) {
		const char *one = with_port(x, w->controls[i], usual);

		if (one)
			out[n++] = one;
	}
	if (w->control_count || !x->target.is_public)
		return n;
	for (size_t i = 0; i < SW_LEN(controls) && n < size; i++) {
		/* Who is examined is nobody to compare with. */
		if ((port && controls[i].port != port) ||
		    strcasecmp(controls[i].host, x->target.host) == 0)
			continue;
		const char *one = join(x, controls[i].host, controls[i].port);

		if (one)
			out[n++] = one;
	}
	return n;
}
