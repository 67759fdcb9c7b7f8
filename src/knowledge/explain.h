/* SPDX-License-Identifier: MIT */
/* What a text that somebody pasted may mean: a reply, a code with or without dots, the number
 * or the name of an error, a line of a log, of a transcript, of a program's output.  Every
 * sensible reading with what speaks for it, likeliest first; a text that can be read in two
 * ways is shown so.  Pure.  (A whole message that is a bounce is the business of read/.) */
#ifndef SW_KNOWLEDGE_EXPLAIN_H
#define SW_KNOWLEDGE_EXPLAIN_H

#include "base/arena.h"
#include "knowledge/classify.h"

enum sw_explain_kind {
	SW_EXPLAIN_REPLY = 0, /* a server's reply, or words that one says */
	SW_EXPLAIN_ENHANCED,  /* an enhanced code alone */
	SW_EXPLAIN_DOTTED,    /* a basic code that was written with dots: "5.5.0" for 550 */
	SW_EXPLAIN_NUMBER,    /* the number of an error; `scheme` says whose */
	SW_EXPLAIN_ERROR,     /* name or words of a program's error */
	SW_EXPLAIN_CATEGORY,
	SW_EXPLAIN_RULE,
	SW_EXPLAIN_VENDOR,
	SW_EXPLAIN_BOUNCE, /* a recipient of a bounce, stated by read/ */
	SW_EXPLAIN_KIND_COUNT
};
/* "reply", "enhanced", ... */
const char *sw_explain_kind_name(enum sw_explain_kind kind);

/* Host, port and stage, as far as a text names them. */
struct sw_explain_place {
	struct sw_slice host; /* ASCII letters, digits, `-._:` only; borrowed */
	uint16_t port;        /* 0 none */
	bool has_stage;
	enum sw_stage stage;
};

struct sw_explain_reading {
	enum sw_explain_kind kind;
	struct sw_slice scheme; /* of a number: "errno", "winsock"...; from the image */
	int64_t number;         /* of a number */
	uint8_t confidence;     /* that this is what was meant, 0-100 */
	/* The stretch of the input that it is about, and the words that decided; offsets in
	 * the input. */
	struct sw_evidence about;
	struct sw_evidence evidence[SW_MAX_EVIDENCE];
	size_t evidence_count;
	/* Category and what follows from it; all of a reply, of others the category's own.
	 * Without meaning for a vendor.  Its evidence is not kept. */
	struct sw_class class;
	uint16_t basic, status; /* entries of the basic and of the enhanced code, or SW_NONE */
	uint16_t error;         /* SW_NONE */
	struct sw_explain_place place;
	const char *address; /* of a bounce, "" */
	const char *action;  /* of a bounce, "" */
	const char *said;    /* of a bounce, "" */
};

enum { SW_MAX_READINGS = 12 };
struct sw_explain_result {
	struct sw_explain_reading readings[SW_MAX_READINGS];
	size_t count;
	bool cut; /* only the first bytes of the text were looked at */
};

/* What is known beside the text; zero where it is not. */
struct sw_explain_context {
	bool has_stage;
	enum sw_stage stage;
	struct sw_slice host;
};

/* *ret borrows from the image, the text and the arena. Only memory can fail. */
enum sw_err sw_explain(const struct sw_knowledge *k, struct sw_arena *arena,
		       struct sw_slice text, const struct sw_explain_context *context,
		       struct sw_explain_result *ret, struct sw_error *err) SW_MUST_USE;

/* Adds a reading in its place: the likelier before, one that says the same as another once. */
void sw_explain_add(struct sw_explain_result *ret, const struct sw_explain_reading *reading);
/* What follows from a category alone. */
struct sw_class sw_explain_class_of(const struct sw_knowledge *k, uint16_t category);
/* The same of an error's category, but who acts is who can do the first remedy. */
struct sw_class sw_explain_class_of_error(const struct sw_knowledge *k, uint16_t error);

/* The next command to run, or "" when none helps: the template of the error, or one by the
 * category's probe, with HOST:PORT replaced by what is known.  In the arena; NULL without
 * memory. */
const char *sw_explain_next(const struct sw_knowledge *k, struct sw_arena *arena,
			    const struct sw_explain_reading *reading);

#endif
