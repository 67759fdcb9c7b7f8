/* SPDX-License-Identifier: MIT */
#include "read/bounce.h"

const char *sw_bounce_action_name(enum sw_bounce_action a)
{
	static const char *const names[SW_BOUNCE_ACTION_COUNT] = {
		[SW_BOUNCE_FAILED] = "failed",       [SW_BOUNCE_DELAYED] = "delayed",
		[SW_BOUNCE_DELIVERED] = "delivered", [SW_BOUNCE_RELAYED] = "relayed",
		[SW_BOUNCE_EXPANDED] = "expanded",   [SW_BOUNCE_FEEDBACK] = "feedback",
		[SW_BOUNCE_AUTOREPLY] = "autoreply",
	};

	return names[a];
}
