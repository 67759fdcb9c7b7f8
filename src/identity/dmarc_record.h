/* SPDX-License-Identifier: MIT */
/* A DMARC policy record (RFC 9989 4.7). Nothing but its version makes a record void: what is
 * wrong in it is a note, and the default stands. */
#ifndef SW_IDENTITY_DMARC_RECORD_H
#define SW_IDENTITY_DMARC_RECORD_H

#include "base/arena.h"
#include "base/error.h"

enum sw_dmarc_policy {
	SW_DMARC_UNSET = 0,
	SW_DMARC_NONE,
	SW_DMARC_QUARANTINE,
	SW_DMARC_REJECT,
	SW_DMARC_POLICY_COUNT
};
const char *sw_dmarc_policy_name(enum sw_dmarc_policy p); /* "quarantine"; "" unset */

/* Bits: what a checker says of a record. */
enum sw_dmarc_note {
#define SW_DMARC_NOTE(name, text) SW_DMARC_##name##_INDEX,
#include "identity/dmarc_note.def"
#undef SW_DMARC_NOTE
	SW_DMARC_NOTE_COUNT
};
const char *sw_dmarc_note_text(enum sw_dmarc_note n);

struct sw_dmarc_uri {
	struct sw_slice address; /* of mailto:, with %xx as written */
	struct sw_slice host;    /* behind its '@' */
	uint64_t most_bytes;     /* "!10m" of RFC 7489; 0: none */
};

struct sw_dmarc_uris {
	struct sw_dmarc_uri *list;
	size_t count; /* at most SW_MAX_REPORT_URIS */
};

struct sw_dmarc_record {
	struct sw_slice text; /* borrowed */
	enum sw_dmarc_policy p, sp, np;
	bool strict_dkim, strict_spf;
	char psd;                             /* 'y', 'n', 'u' */
	bool testing;                         /* t=y */
	uint8_t percent;                      /* pct; 100 when not given */
	bool fo_all, fo_any, fo_dkim, fo_spf; /* 0, 1, d, s */
	struct sw_dmarc_uris rua, ruf;
	uint32_t notes; /* 1 << enum sw_dmarc_note */
};

static inline bool sw_dmarc_has_note(const struct sw_dmarc_record *r, enum sw_dmarc_note n)
{
	return r->notes >> n & 1;
}

/* "v=DMARC1" stands first. */
bool sw_dmarc_is_record(struct sw_slice txt);
/* SW_E_NOMEM alone. Without a valid p it is none when there is a valid
 * rua (9989 4.7), else the record counts for nothing, and p is unset. */
enum sw_err sw_dmarc_record_read(struct sw_slice text, struct sw_arena *arena,
				 struct sw_dmarc_record *ret) SW_MUST_USE;
/* What a subdomain is asked to do, and one that does not exist. */
enum sw_dmarc_policy sw_dmarc_policy_below(const struct sw_dmarc_record *r, bool exists,
					   const char **ret_tag);

#endif
