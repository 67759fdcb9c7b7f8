/* SPDX-License-Identifier: MIT */
/* libunbound's functions, found at run time: most messages go to a server on the network at
 * hand or whose name the system knows, and it brings five libraries, a quarter of the time
 * that the program takes to start. */
#ifndef SW_NET_UNBOUND_LIB_H
#define SW_NET_UNBOUND_LIB_H

#include <unbound.h>
#include <unbound-event.h>

#include "base/error.h"

struct sw_unbound_lib {
	struct ub_ctx *(*create_ub_event)(struct ub_event_base *base);
	void (*delete)(struct ub_ctx *ctx);
	int (*set_option)(struct ub_ctx *ctx, const char *name, const char *value);
	int (*set_fwd)(struct ub_ctx *ctx, const char *address);
	int (*add_ta_file)(struct ub_ctx *ctx, const char *path);
	int (*zone_remove)(struct ub_ctx *ctx, const char *zone);
	int (*debugout)(struct ub_ctx *ctx, void *out);
	int (*resolve_event)(struct ub_ctx *ctx, const char *name, int type, int class,
			     void *arg, ub_event_callback_type on_answer, int *ret_id);
	int (*cancel)(struct ub_ctx *ctx, int id);
	const char *(*error_text)(int code);
	const char *(*version)(void);
};

/* SW_E_OS: it is not there, or not what it should be; the text says what the loader found. */
enum sw_err sw_unbound_load(struct sw_unbound_lib *ret, struct sw_error *err) SW_MUST_USE;
/* "1.17.1"; "not installed". */
const char *sw_unbound_version(void);

#endif
