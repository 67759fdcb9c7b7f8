/* SPDX-License-Identifier: MIT */
/* A stream that writes down what passes, above TLS, secrets removed; and the transcript that
 * it writes to, which outlives streams (STARTTLS puts TLS below a new tap of the same
 * transcript). */
#ifndef SW_NET_TAP_H
#define SW_NET_TAP_H

#include "base/secret.h"
#include "net/stream.h"

enum sw_transcript_kind {
	SW_TR_SENT,	/* -> a line or a piece of data that we sent */
	SW_TR_RECEIVED,	/* <- */
	SW_TR_NOTE,	/* === what happened: connected, TLS started, closed */
	SW_TR_ERROR,	/* *** */
};
struct sw_transcript_entry {
	uint64_t at_us;
	enum sw_transcript_kind kind;
	bool tls;		/* passed inside TLS */
	struct sw_slice text;	/* raw but redacted, no line end; escape before showing */
};

struct sw_transcript;
/* `redactor` (NULL allowed) is borrowed and must live longer. Message data is only counted:
 * "(4711 bytes of message data)". Whatever cannot be kept, for SW_MAX_TRANSCRIPT or want of
 * memory, is counted too and said in a last entry. */
struct sw_transcript *sw_transcript_new(const struct sw_redactor *redactor) SW_MUST_USE;
void sw_transcript_free(struct sw_transcript *t);
void sw_transcript_clear(struct sw_transcript *t);
void sw_transcript_note(struct sw_transcript *t, uint64_t at_us, enum sw_transcript_kind kind,
			const char *fmt, ...) SW_PRINTF(4, 5);
/* Bytes that passed, of kind SENT or RECEIVED, in any pieces: what taps call. */
void sw_transcript_add(struct sw_transcript *t, uint64_t at_us, enum sw_transcript_kind kind,
		       bool tls, struct sw_slice bytes);
/* While set, what we send is a secret: written as "***" whatever it is, but for the words
 * "AUTH MECHANISM". An initial response behind these is hidden always. */
void sw_transcript_secret(struct sw_transcript *t, bool on);
/* While set, what we send is message data: only counted, see above. */
void sw_transcript_data(struct sw_transcript *t, bool on);
/* What the next bytes that we send consist of, for who writes several kinds at once; replaces the
 * two above for them. Borrowed until then. */
struct sw_transcript_part {
	size_t len;
	bool secret, data;
};
void sw_transcript_parts(struct sw_transcript *t, const struct sw_transcript_part *parts,
			 size_t count);
/* Where many messages go what passes is held as it is, the last SW_MAX_HELD bytes of it at least, and
 * becomes entries when somebody asks for them: not for who listens to them as they come. False ends
 * it; what is held stays. */
void sw_transcript_hold(struct sw_transcript *t, bool on);
size_t sw_transcript_count(struct sw_transcript *t);
/* i < count. The text is borrowed until the transcript changes. */
struct sw_transcript_entry sw_transcript_get(struct sw_transcript *t, size_t i);
/* Called for each finished entry as it is written (for -v), also for those that are too many
 * to be kept. */
typedef void (*sw_transcript_fn)(void *arg, const struct sw_transcript_entry *e);
void sw_transcript_on_entry(struct sw_transcript *t, sw_transcript_fn fn, void *arg);
/* Finishes lines that have begun (end of session). NULL is fine. */
void sw_transcript_flush(struct sw_transcript *t);

/* Takes ownership of below on success. `tls`: marks the entries. */
struct sw_stream *sw_tap_wrap(struct sw_stream *below, struct sw_transcript *t, bool tls,
			      struct sw_error *err) SW_MUST_USE;
/* Takes the tap off the top and frees it; returns what was below (now the caller's). */
struct sw_stream *sw_tap_unwrap(struct sw_stream *tap);

#endif
