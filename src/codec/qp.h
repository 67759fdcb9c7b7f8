/* SPDX-License-Identifier: MIT */
/* Quoted-printable (RFC 2045 6.7). */
#ifndef SW_CODEC_QP_H
#define SW_CODEC_QP_H

#include "base/buf.h"

enum { SW_QP_LINE = 76 };

/* Appends text in lines of at most SW_QP_LINE.  CRLF, lone CR and lone LF are line ends and
 * come out as CRLF; blanks at the end of a line are encoded.  So are a dot and "From " at its
 * beginning: relays that forget to stuff dots, and mailbox files, change those. */
enum sw_err sw_qp_encode(struct sw_slice in, struct sw_buf *out) SW_MUST_USE;
/* Bytes that sw_qp_encode would append. */
uint64_t sw_qp_size(struct sw_slice in);

/* Appends the decoded bytes.  Tolerant: what is no escape stays as it is, blanks at the end of
 * a line are dropped (RFC 2045 6.7 (3)), hard line ends stay as they are. */
enum sw_err sw_qp_decode(struct sw_slice in, struct sw_buf *out) SW_MUST_USE;

/* The value of a hex digit in any case, or -1. */
int sw_hex_value(char c);
extern const char sw_hex_upper[17];

#endif
