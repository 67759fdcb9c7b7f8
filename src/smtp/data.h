/* SPDX-License-Identifier: MIT */
/* The one writer of message data: CRLF only, dots stuffed, in pieces of any size
 * (RFC 5321 4.5.2). Lone CR and LF become CRLF, so nothing can end the message early. */
#ifndef SW_SMTP_DATA_H
#define SW_SMTP_DATA_H

#include "base/buf.h"

struct sw_data_writer {
	bool line_start;	/* the next byte begins a line */
	bool after_cr;		/* the last byte was CR, its CRLF is written already */
	uint64_t bytes;		/* written without stuffing */
	bool no_dots;		/* for BDAT: no stuffing, no final dot */
	bool verbatim;		/* for BINARYMIME: bytes as they are, NUL among them */
};
void sw_data_writer_init(struct sw_data_writer *w);
/* Either is set by the owner behind init. SW_E_DATA for a NUL byte (nothing of `in` is written then). */
enum sw_err sw_data_write(struct sw_data_writer *w, struct sw_slice in, struct sw_buf *out,
			  struct sw_error *err) SW_MUST_USE;
/* CRLF if the last line was open, then ".\r\n" where that is the end. */
enum sw_err sw_data_end(struct sw_data_writer *w, struct sw_buf *out) SW_MUST_USE;

/* The reader of the server side: takes off the stuffing, finds the end, notices bare CR and LF. */
struct sw_data_reader {
	int state;
	uint64_t bytes;
	uint64_t bare;		/* bare CR or LF seen */
};
void sw_data_reader_init(struct sw_data_reader *r);
/* Appends data to out; *ret_used bytes of `in` were taken; *ret_end: CRLF.CRLF was reached. Only
 * that sequence ends the data. */
enum sw_err sw_data_read(struct sw_data_reader *r, struct sw_slice in, struct sw_buf *out,
			 size_t *ret_used, bool *ret_end) SW_MUST_USE;

#endif
