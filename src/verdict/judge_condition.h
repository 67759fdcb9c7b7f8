/* SPDX-License-Identifier: MIT */
/* Conditions on facts, parsed; the language is in judge.h. */
#ifndef SW_VERDICT_JUDGE_CONDITION_H
#define SW_VERDICT_JUDGE_CONDITION_H

#include "base/error.h"
#include "verdict/facts.h"

enum sw_quantifier {
	SW_SOME = 0,
	SW_NOT,         /* looked at, and none fits */
	SW_NONE_STATED, /* none fits, whether somebody looked or not */
	SW_ALL,
	SW_AT_LEAST
};
enum sw_compare {
	SW_EQUAL = 0,
	SW_UNEQUAL,
	SW_LESS,
	SW_GREATER,
	SW_AT_MOST,
	SW_NO_LESS,
	SW_HAS_WORDS,
	SW_LACKS_WORDS
};
/* What a comparison looks at beside the fields of the fact. */
enum sw_derived {
	SW_DERIVED_NOT = 0,
	SW_DERIVED_CATEGORY, /* of the reply in it, by the rules of the knowledge */
	SW_DERIVED_VENDOR,
	SW_DERIVED_STAGE,
	SW_DERIVED_SOURCE
};

/* At most one name a condition. */
enum { SW_MAX_NAMES = 12 };
struct sw_names {
	struct sw_slice at[SW_MAX_NAMES];
	size_t count;
};

enum sw_operand_kind { SW_OPERAND_TEXT = 0, SW_OPERAND_FIELD, SW_OPERAND_NOW };
struct sw_operand {
	enum sw_operand_kind kind;
	struct sw_slice text; /* TEXT: without quotes; FIELD: the field */
	bool prefix;          /* TEXT ended in a '*' */
	bool is_number;       /* TEXT */
	int64_t number;       /* TEXT; else what is added */
	uint8_t name;         /* FIELD: which fact, by the number of its name */
};
struct sw_comparison {
	struct sw_slice field;
	enum sw_compare how;
	enum sw_derived derived;
	bool selects;
	uint8_t first, count; /* of the operands: any of them */
};
struct sw_condition {
	enum sw_quantifier quantifier;
	unsigned least; /* of AT_LEAST */
	enum sw_fact_type type;
	bool named;
	uint8_t name;
	size_t comparisons, operands;
	struct sw_comparison comparison[SW_MAX_COMPARISONS];
	struct sw_operand operand[SW_MAX_COMPARED];
};

/* Borrows from the text; `names` holds those of the conditions before and gets this one's.
 * SW_E_DATA with what was expected, and where. */
enum sw_err sw_condition_parse(struct sw_slice text, struct sw_names *names,
			       struct sw_condition *ret, struct sw_error *err) SW_MUST_USE;
/* "$name.field" and "$now", with "+N" or "-N" behind. */
enum sw_err sw_operand_parse(struct sw_slice text, const struct sw_names *names,
			     struct sw_operand *ret, struct sw_error *err) SW_MUST_USE;
/* The number of a name; -1. */
int sw_names_find(const struct sw_names *names, struct sw_slice name);

/* A fact as cases of rules write it, one a line: "tls.handshake ok=false verify_code=10
 * verify_text=\"certificate has expired\"". true, false and whole numbers are that, unless
 * quoted. "@stage=tls" sets its stage, else the type or the command does. */
enum sw_err sw_fact_line(struct sw_facts *f, struct sw_slice line,
			 struct sw_error *err) SW_MUST_USE;

#endif
