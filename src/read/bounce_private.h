/* SPDX-License-Identifier: MIT */
/* Between the files of bounce.h. */
#ifndef SW_READ_BOUNCE_PRIVATE_H
#define SW_READ_BOUNCE_PRIVATE_H

#include "base/limits.h"
#include "mail/header.h"
#include "mail/mime.h"
#include "mail/report.h"
#include "read/bounce.h"

/* Fields of the message itself, unfolded; encoded words opened in subject. */
struct bounce_head {
	struct sw_slice from, to, reply_to, subject, return_path, auto_submitted, precedence,
		failed_recipients, in_reply_to, references, mailer, x_arf;
	bool has_return_path;
	bool list;      /* List-Id and its kin */
	bool suppress;  /* X-Auto-Response-Suppress: Exchange and its kin wrote it */
	bool responder; /* a field that only autoresponders write */
};

struct bounce_reader {
	const struct sw_knowledge *k;
	struct sw_arena *arena;
	struct sw_bounce *ret;
	struct sw_slice message;
	struct sw_mime mime;
	struct bounce_head head;
	struct sw_mime_part
		*reports[16]; /* of delivery status; who sends more is beyond help */
	size_t report_count;
	struct sw_mime_part *mdn, *feedback, *original, *first_text;
	bool calendar;
	struct sw_slice text;             /* of the notice, UTF-8, LF */
	struct sw_slice original_header;  /* raw, "" none */
	struct sw_slice original_message; /* raw, the header included where it is whole */
	unsigned nesting;
};

/* bounce.c: what the prose of the message says, into r->ret. */
enum sw_err bounce_read_notice(struct bounce_reader *r, struct sw_error *err);
/* bounce_head.c */
enum sw_err bounce_head_read(struct bounce_reader *r);
/* The header's address, without name and brackets; "" none. */
struct sw_slice bounce_address(struct sw_slice field);
bool bounce_is_daemon(struct sw_slice address);
bool bounce_from_daemon(const struct bounce_head *h);
/* The null sender, which notices have (RFC 5321 4.5.5). */
bool bounce_has_null_path(const struct bounce_head *h);
/* What a person does with mail: answers or forwards it. */
bool bounce_is_answer(struct sw_slice subject);

/* bounce_parts.c: chooses the parts and opens what is needed of them. */
enum sw_err bounce_parts_find(struct bounce_reader *r);
/* A part's text for a report: UTF-8, any line ends. */
enum sw_err bounce_report_text(struct bounce_reader *r, const struct sw_mime_part *p,
			       struct sw_slice *ret);

/* A string of a slice for the result: valid UTF-8, no NUL, bounded, "" when empty; NULL
 * without memory. */
const char *bounce_string(struct bounce_reader *r, struct sw_slice s);
/* The same with blanks for line ends. */
const char *bounce_one_line(struct bounce_reader *r, struct sw_slice s);
/* A new recipient at the end of the list, all strings ""; NULL without memory. */
struct sw_bounce_recipient *bounce_recipient_add(struct bounce_reader *r,
						 enum sw_bounce_action action);

/* bounce_report.c: each says by ret->is_bounce whether it was its kind of message. */
enum sw_err bounce_read_dsn(struct bounce_reader *r);
/* The first words of the text as its diagnostic, on one line. */
enum sw_err bounce_take_words(struct bounce_reader *r, struct sw_bounce_recipient *b,
			      size_t most);
/* One recipient: the To of the returned message where that is one, else without an address. */
enum sw_err bounce_name_from_original(struct bounce_reader *r);
/* A report that names nobody: the returned message says for whom it was. */
enum sw_err bounce_read_empty_dsn(struct bounce_reader *r);
enum sw_err bounce_read_mdn(struct bounce_reader *r);
/* bounce_feedback.c */
enum sw_err bounce_read_feedback(struct bounce_reader *r);
/* bounce_auto.c */
bool bounce_is_autoreply(const struct bounce_reader *r);
/* The same by signs that no mail system's notice has. */
bool bounce_is_vacation(const struct bounce_reader *r);
enum sw_err bounce_read_autoreply(struct bounce_reader *r);

/* bounce_reply.c: code, enhanced code and stage from the words of a diagnostic, which is cut
 * down to the other side's. */
enum sw_err bounce_diagnose(struct bounce_reader *r, struct sw_bounce_recipient *b,
			    struct sw_slice diagnostic, struct sw_enhanced status);
/* Of two codes of the same failure the one that says more. */
struct sw_enhanced bounce_better_code(struct sw_enhanced status, struct sw_enhanced words);
/* bounce_stage.c: where the text says at which command it happened, and where a transcript in
 * it shows to which command the reply with this code came; with an address, only a reply that
 * is about that one. */
struct bounce_moment {
	enum sw_stage stage;
	bool sender; /* MAIL: the sender was refused, whatever the words say of users */
};
bool bounce_stage(struct sw_slice text, struct bounce_moment *ret);
bool bounce_wire_stage(struct sw_slice text, int code, struct sw_slice address,
		       struct bounce_moment *ret);
/* The paragraph of a text that byte `at` is in. */
struct sw_slice bounce_paragraph(struct sw_slice text, size_t at);
/* For the recipients of whom it is not known yet. */
void bounce_find_moments(struct bounce_reader *r);

/* bounce_original.c */
enum sw_err bounce_original_read(struct bounce_reader *r);

/* bounce_class.c: completes from the text what the report leaves open, and judges. */
enum sw_err bounce_complete(struct bounce_reader *r);
enum sw_err bounce_classify(struct bounce_reader *r);
bool bounce_is_category(const struct bounce_reader *r, const struct sw_class *c,
			const char *id);
/* The text up to the returned message, where that stands in it. */
struct sw_slice bounce_own_text(struct sw_slice text);
/* bounce_judge.c: what the circumstances say beyond the words. */
void bounce_judge(const struct bounce_reader *r, struct sw_bounce_recipient *b);

#endif
