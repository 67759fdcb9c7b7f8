/* SPDX-License-Identifier: MIT */
/* Names that nearly are well-known ones. Asks nobody. */
#include "probe/id_nearest.h"

#include "base/nearest.h"
#include "probe/probe.h"

enum { LONG_NAME = 12 };

static const struct {
	const char *domain, *server;
} known[] = {
#define SW_KNOWN(domain, server) { domain, server },
#include "probe/id_known.def"
#undef SW_KNOWN
};

const char *sw_known_nearest(struct sw_slice name, bool server)
{
	size_t allowed = name.len >= LONG_NAME ? 2 : 1, best = allowed + 1;
	const char *ret = "";

	if (name.len > 0 && name.ptr[name.len - 1] == '.')
		name.len--;
	for (size_t i = 0; i < SW_LEN(known); i++) {
		struct sw_slice one = sw_slice_str(server ? known[i].server : known[i].domain);
		size_t d = one.len ? sw_edit_distance(name, one) : SIZE_MAX;

		if (d == 0)
			return "";
		if (d < best) {
			best = d;
			ret = one.ptr;
		}
	}
	return ret;
}

static void state(struct sw_probe_run *r, const char *whose, struct sw_slice name, bool server)
{
	if (name.len > 0)
		SW_PROBE_STATE(r, SW_FACT_CHECK_NEAREST, SW_F_STR("whose", whose),
			       SW_F_TEXT("name", name),
			       SW_F_STR("nearest", sw_known_nearest(name, server)));
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err SW_UNUSED)
{
	state(r, "server", sw_slice_str(r->x->target.host), true);
	state(r, "recipient", sw_slice_str(r->x->target.domain), false);
	sw_probe_done(r);
	return SW_OK;
}

const struct sw_probe sw_probe_nearest = {
	.id = "nearest",
	.source = "probe.p25",
	.kind = SW_PROBE_PASSIVE,
	.stage = SW_STAGE_CONFIG,
	.states = { SW_FACT_CHECK_NEAREST, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "well-known names that are hardly different",
		   "известные имена, почти такие же" },
	.start = start,
};
