/* SPDX-License-Identifier: MIT */
/* Encoded words (RFC 2047): text beyond ASCII in header fields. */
#ifndef SW_CODEC_WORD_H
#define SW_CODEC_WORD_H

#include "base/buf.h"

enum { SW_WORD_MAX = 75 };	/* RFC 2047 2 */

enum sw_word_place {
	SW_WORD_TEXT,	/* unstructured fields */
	SW_WORD_PHRASE,	/* a display name: fewer characters may stand for themselves (5 (3)) */
};

/* Appends valid UTF-8 as words of at most SW_WORD_MAX with one blank between them, B or Q,
 * whichever is shorter.  A character is never split.  `first_room` bounds the first word,
 * which follows the field's name; too little for any word counts as SW_WORD_MAX (the caller
 * folds first).  SW_E_DATA for invalid UTF-8; `out` may then hold a part. */
enum sw_err sw_words_encode(struct sw_slice utf8, enum sw_word_place place, size_t first_room,
			    struct sw_buf *out) SW_MUST_USE;
/* Holds something that a reader would take for an encoded word. */
bool sw_words_present(struct sw_slice in);
/* The length of an encoded word at the front of `in`, or 0. */
size_t sw_word_length(struct sw_slice in);
/* Appends a field's unfolded text with its words decoded.  Tolerant: words may be longer than
 * allowed, may touch other text, may hold blanks, may split a character between them.  What
 * decodes to control bytes or a line separator stays as it was written, so that nothing hidden
 * in a word becomes a line; bytes that are not UTF-8 become \xNN. */
enum sw_err sw_words_decode(struct sw_slice in, struct sw_buf *out) SW_MUST_USE;

#endif
