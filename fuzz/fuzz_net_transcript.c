/* SPDX-License-Identifier: MIT */
/* A dialogue in pieces, as the input says: nothing crashes, no entry has a line end, the same
 * bytes in other pieces give the same entries, and neither the secret nor its base64 is ever
 * shown. */
#include <stdlib.h>

#include "net/tap.h"

static const char secret[] = "hunter2pass";
static const char in_base64[] = "aHVudGVyMnBhc3M";

/* What a step does: low three bits of a byte that also gives a length. */
enum step { SENT, RECEIVED, SECRET_ON, SECRET_OFF, DATA_ON, DATA_OFF, ECHO, NOTE };

static void add(struct sw_transcript *t, enum sw_transcript_kind kind, struct sw_slice bytes,
		size_t piece)
{
	while (bytes.len) {
		sw_transcript_add(t, 1, kind, false, sw_slice_head(bytes, piece));
		bytes = sw_slice_from(bytes, piece);
	}
}

static void play(struct sw_transcript *t, struct sw_slice in, size_t piece)
{
	while (in.len) {
		unsigned char c = (unsigned char)in.ptr[0];
		struct sw_slice text = sw_slice_head(sw_slice_from(in, 1), c >> 3);

		in = sw_slice_from(in, 1 + text.len);
		switch ((enum step)(c & 7)) {
		case SENT:
			add(t, SW_TR_SENT, text, piece);
			break;
		case RECEIVED:
			add(t, SW_TR_RECEIVED, text, piece);
			break;
		case SECRET_ON:
		case SECRET_OFF:
			sw_transcript_secret(t, (c & 7) == SECRET_ON);
			add(t, SW_TR_SENT, text, piece);
			break;
		case DATA_ON:
		case DATA_OFF:
			sw_transcript_data(t, (c & 7) == DATA_ON);
			add(t, SW_TR_SENT, text, piece);
			break;
		case ECHO:
			add(t, SW_TR_RECEIVED, sw_slice_str(c & 8 ? secret : in_base64),
			    piece);
			break;
		case NOTE:
			sw_transcript_note(t, 1, SW_TR_NOTE, "%.*s", SW_FMT(text));
			break;
		}
	}
	sw_transcript_flush(t);
}

static void check(struct sw_transcript *t)
{
	for (size_t i = 0; i < sw_transcript_count(t); i++) {
		struct sw_transcript_entry e = sw_transcript_get(t, i);

		if (e.kind != SW_TR_NOTE && sw_slice_find(e.text, '\n') != e.text.len)
			abort();
		if (sw_slice_search(e.text, sw_slice_str(secret)) != e.text.len ||
		    sw_slice_search(e.text, sw_slice_str(in_base64)) != e.text.len)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_redactor *r = sw_redactor_new();
	struct sw_transcript *whole = sw_transcript_new(r), *bytes = sw_transcript_new(r);

	if (!r || !whole || !bytes || sw_redactor_add(r, sw_slice_str(secret)) != SW_OK)
		abort();
	play(whole, sw_slice(data, size), SIZE_MAX);
	play(bytes, sw_slice(data, size), 1);
	check(whole);
	check(bytes);
	if (sw_transcript_count(whole) != sw_transcript_count(bytes))
		abort();
	for (size_t i = 0; i < sw_transcript_count(whole); i++)
		if (!sw_slice_eq(sw_transcript_get(whole, i).text,
				 sw_transcript_get(bytes, i).text))
			abort();
	sw_transcript_free(whole);
	sw_transcript_free(bytes);
	sw_redactor_free(r);
	return 0;
}
