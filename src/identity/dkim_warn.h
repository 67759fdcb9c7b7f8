/* SPDX-License-Identifier: MIT */
/* What a signature leaves open although it may be right. */
#ifndef SW_IDENTITY_DKIM_WARN_H
#define SW_IDENTITY_DKIM_WARN_H

#include "identity/dkim_sig.h"

/* Sets unsigned_fields and addable_fields; without memory they stay "". */
void sw_dkim_warn(const struct sw_dkim_sig *s, const struct sw_dkim_message *m,
		  struct sw_arena *arena, struct sw_dkim_result *r);

#endif
