/* SPDX-License-Identifier: MIT */
#include "identity/dkim_warn.h"

static const struct {
	struct sw_slice name;
	bool shown, single;
} fields[] = {
#define SW_DKIM_FIELD(name, sign, oversign, shown) { SW_S(name), shown, oversign },
#include "identity/dkim_field.def"
#undef SW_DKIM_FIELD
};

static const char *add(struct sw_arena *arena, const char *list, struct sw_slice name)
{
	return sw_dkim_say(arena, "%s%s%.*s", list, *list ? ", " : "", SW_FMT(name));
}

void sw_dkim_warn(const struct sw_dkim_sig *s, const struct sw_dkim_message *m,
		  struct sw_arena *arena, struct sw_dkim_result *r)
{
	size_t covered[SW_LEN(fields)] = { 0 };
	struct sw_slice name;
	size_t pos = 0;

	while (sw_dkim_list_next(s->names, &pos, &name))
		for (size_t i = 0; i < SW_LEN(fields); i++)
			covered[i] += sw_slice_eq_nocase(name, fields[i].name);
	for (size_t i = 0; i < SW_LEN(fields); i++) {
		size_t there = fields[i].shown ? sw_dkim_message_count(m, fields[i].name) : 0;

		if (there > covered[i])
			r->unsigned_fields = add(arena, r->unsigned_fields, fields[i].name);
		else if (there > 0 && there == covered[i] && fields[i].single)
			r->addable_fields = add(arena, r->addable_fields, fields[i].name);
	}
}
