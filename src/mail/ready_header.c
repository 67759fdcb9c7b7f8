/* SPDX-License-Identifier: MIT */
/* What the header of a ready message says. */
#include "base/mem.h"
#include "codec/word.h"
#include "mail/header.h"
#include "mail/ready_private.h"

/* Fields with addresses, and where they go. */
static const struct {
	struct sw_slice name;
	size_t list;
	bool resent;
} address_fields[] = {
	{ { "From", 4 }, offsetof(struct sw_ready_header, from), false },
	{ { "To", 2 }, offsetof(struct sw_ready_header, to), false },
	{ { "Cc", 2 }, offsetof(struct sw_ready_header, cc), false },
	{ { "Bcc", 3 }, offsetof(struct sw_ready_header, bcc), false },
	{ { "Resent-From", 11 }, offsetof(struct sw_ready_header, resent_from), true },
	{ { "Resent-To", 9 }, offsetof(struct sw_ready_header, resent_to), true },
	{ { "Resent-Cc", 9 }, offsetof(struct sw_ready_header, resent_cc), true },
	{ { "Resent-Bcc", 10 }, offsetof(struct sw_ready_header, resent_bcc), true },
};
enum { NO_LIST = SW_LEN(address_fields) };

/* RFC 5322 3.6.6: each resending puts its block before the earlier ones. */
enum resent_state { BEFORE_BLOCK, IN_BLOCK, BEHIND_BLOCK };

struct reader {
	struct sw_arena *arena;
	struct sw_ready_header *header;
	struct sw_mailbox **tails[NO_LIST];
	bool seen[NO_LIST];
	bool has_subject;
	enum resent_state resent;
	struct sw_buf flat;
	enum sw_err flaw;	/* of the first address field that could not be read */
};

static size_t find_list(struct sw_slice name)
{
	size_t i = 0;

	while (i < NO_LIST && !sw_slice_eq_nocase(name, address_fields[i].name))
		i++;
	return i;
}

/* Whether a field belongs to the first block of Resent fields. */
static void track_resent(struct reader *r, struct sw_slice name, size_t list)
{
	bool resent = sw_slice_starts_nocase(name, SW_S("Resent-"));

	if (resent && r->resent == BEFORE_BLOCK) {
		r->resent = IN_BLOCK;
		r->header->has_resent = true;
	} else if (r->resent == IN_BLOCK && (!resent || (list < NO_LIST && r->seen[list]))) {
		/* Another kind of field, or one that a block has once. */
		r->resent = BEHIND_BLOCK;
	}
}

/* Lists of one kind are joined: fields that occur twice are wrong but real.  Only what needs
 * the addresses fails for one that cannot be read. */
static enum sw_err take_addresses(struct reader *r, struct sw_slice name, size_t list,
				  struct sw_error *err)
{
	struct sw_mailbox *first = NULL;
	struct sw_error why;
	enum sw_err code = sw_mailboxes_parse(r->arena, sw_buf_slice(&r->flat), &first, &why);

	r->seen[list] = true;
	if (code == SW_E_NOMEM)
		return sw_fail_nomem(err);
	if (code && !r->flaw)
		r->flaw = sw_fail(err, code, "the %.*s field: %s", SW_FMT(name), why.text);
	if (code)
		return SW_OK;
	if (!r->tails[list])
		r->tails[list] = (struct sw_mailbox **)(void *)((char *)r->header +
							       address_fields[list].list);
	*r->tails[list] = first;
	while (*r->tails[list])
		r->tails[list] = &(*r->tails[list])->next;
	return SW_OK;
}

static enum sw_err take_subject(struct reader *r, struct sw_error *err)
{
	/* A byte that is not UTF-8 becomes four. */
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 4 * SW_MAX_HEADER_BLOCK };

	r->has_subject = true;
	enum sw_err code = sw_words_decode(sw_buf_slice(&r->flat), &text);

	if (code)
		return sw_fail(err, code, "the Subject field: %s", sw_err_text(code));
	r->header->subject = sw_arena_copy(r->arena, sw_buf_slice(&text));
	return r->header->subject.ptr ? SW_OK : sw_fail_nomem(err);
}

static enum sw_err take_field(struct reader *r, const struct sw_field *f, struct sw_error *err)
{
	size_t list = find_list(f->name);

	track_resent(r, f->name, list);
	if (sw_slice_eq_nocase(f->name, SW_S("Date")))
		r->header->has_date = true;
	if (sw_slice_eq_nocase(f->name, SW_S("Message-ID")))
		r->header->has_message_id = true;
	if (sw_slice_eq_nocase(f->name, SW_S("From")))
		r->header->has_from = true;
	bool subject = !r->has_subject && sw_slice_eq_nocase(f->name, SW_S("Subject"));

	if (!subject && list == NO_LIST)
		return SW_OK;
	if (list < NO_LIST && address_fields[list].resent && r->resent != IN_BLOCK)
		return SW_OK;
	sw_buf_clear(&r->flat);
	enum sw_err code = sw_field_unfold(f->value, &r->flat);

	if (code)
		return sw_fail_nomem(err);
	return subject ? take_subject(r, err) : take_addresses(r, f->name, list, err);
}

enum sw_err sw_ready_header(struct sw_source *s, struct sw_arena *arena,
			    struct sw_ready_header *ret, struct sw_error *err)
{
	if (s->ops != &sw_ready_ops)
		return sw_fail(err, SW_E_USAGE, "only a ready message has a header to read");
	struct sw_ready_header header = { .subject = SW_S("") };
	struct reader r = { .arena = arena, .header = &header };
	struct sw_slice rest = sw_buf_slice(&((struct ready *)s)->all);
	struct sw_field field;
	enum sw_err code = SW_OK;

	sw_buf_init(&r.flat, SW_MAX_HEADER_BLOCK);
	while (!code && sw_field_next(&rest, &field))
		code = take_field(&r, &field, err);
	sw_buf_fini(&r.flat);
	if (code)
		return code;
	*ret = header;
	return r.flaw;
}

static bool find_message_id(struct ready *r, struct sw_slice *ret)
{
	struct sw_slice rest = sw_buf_slice(&r->kept);
	struct sw_field field;

	while (sw_field_next(&rest, &field)) {
		if (!sw_slice_eq_nocase(field.name, SW_S("Message-ID")))
			continue;
		size_t open = sw_slice_find(field.value, '<');

		*ret = sw_slice_from(field.value, open + 1);
		ret->len = sw_slice_find(*ret, '>');
		return open < field.value.len && ret->len <= SW_MAX_MESSAGE_ID &&
		       !sw_slice_has_control(*ret);
	}
	return false;
}

enum sw_err sw_ready_set_message_id(struct ready *r, struct sw_error *err)
{
	struct sw_slice id = SW_S("");

	if (!find_message_id(r, &id))
		id = SW_S("");
	r->message_id = sw_dup(id);
	r->base.facts.message_id = r->message_id;
	return r->message_id ? SW_OK : sw_fail_nomem(err);
}
