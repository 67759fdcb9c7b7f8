/* SPDX-License-Identifier: MIT */
/* The evidence store: typed, timed, redacted facts, stated by the send path, by probes and by readers;
 * judged by rules that know nothing of sockets. fact.def lists the types with their fields. A fact is
 * never changed or taken back. Facts are saved as a case and read again later. */
#ifndef SW_VERDICT_FACTS_H
#define SW_VERDICT_FACTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/secret.h"

#define SW_FACT(id, name, fields, text) SW_FACT_##id,
enum sw_fact_type {
#include "verdict/fact.def"
	SW_FACT_COUNT
};
#undef SW_FACT

/* Texts of a fact, once stored, hold no control byte but LF (between the lines of a reply) and are
 * valid UTF-8; escape them again with SW_TEXT_LINE where one line is wanted: a second time changes
 * nothing else. */
enum sw_value_kind { SW_VALUE_TEXT, SW_VALUE_INT, SW_VALUE_BOOL };
struct sw_field {
	const char *key;	/* snake_case, one of the type's fields; static */
	enum sw_value_kind kind;
	struct sw_slice text;	/* raw until stored; stored redacted and escaped */
	int64_t number;		/* INT, BOOL */
};
#define SW_F_TEXT(k, v)	 ((struct sw_field){ .key = (k), .kind = SW_VALUE_TEXT, .text = (v) })
#define SW_F_STR(k, v)	 SW_F_TEXT(k, sw_slice_str(v))
#define SW_F_INT(k, v)	 ((struct sw_field){ .key = (k), .kind = SW_VALUE_INT, .number = (int64_t)(v) })
#define SW_F_BOOL(k, v)	 ((struct sw_field){ .key = (k), .kind = SW_VALUE_BOOL, .number = (v) ? 1 : 0 })

struct sw_fact {
	enum sw_fact_type type;
	enum sw_stage stage;
	const char *source;	/* "session", "probe.p03", "log"...; static or arena */
	uint64_t at_us;		/* since the store began */
	size_t count;
	const struct sw_field *fields;
};

struct sw_facts;
/* `redactor` (borrowed, may be NULL) cleans every text; now_us is the beginning of time. */
struct sw_facts *sw_facts_new(const struct sw_redactor *redactor, uint64_t now_us,
			      int64_t wall_us) SW_MUST_USE;
/* One more owner, from any thread; each frees. Who is not alone must not state any more. */
struct sw_facts *sw_facts_ref(struct sw_facts *f);
void sw_facts_free(struct sw_facts *f);
/* A store of its own with the same facts and the same beginning, of those only that `keep` wants; NULL
 * without memory. What could not be copied is counted as dropped. */
struct sw_facts *sw_facts_copy(const struct sw_facts *from, const struct sw_redactor *redactor,
			       bool (*keep)(const struct sw_fact *fact)) SW_MUST_USE;
/* A store that was read from a case goes on: `now_us` follows its last fact. */
void sw_facts_resume(struct sw_facts *f, const struct sw_redactor *redactor, uint64_t now_us);
/* States a fact. Texts are redacted, escaped and copied. A key that the type does not have is a bug
 * (asserted). Beyond SW_MAX_FACTS or without memory the fact is dropped and counted: stating facts
 * never makes a delivery fail. */
void sw_facts_state(struct sw_facts *f, enum sw_fact_type type, enum sw_stage stage,
		    const char *source, uint64_t now_us, const struct sw_field *fields,
		    size_t count);
#define SW_STATE(f, type, stage, source, now_us, ...)                                              \
	sw_facts_state(f, type, stage, source, now_us, (const struct sw_field[]){ __VA_ARGS__ },   \
		       sizeof((const struct sw_field[]){ __VA_ARGS__ }) / sizeof(struct sw_field))
size_t sw_facts_count(const struct sw_facts *f);
size_t sw_facts_dropped(const struct sw_facts *f);
/* Facts and fields of a case that this version does not know, or that were not well formed. */
size_t sw_facts_skipped(const struct sw_facts *f);
/* Wall clock when the store began, microseconds since 1970 UTC. */
int64_t sw_facts_started(const struct sw_facts *f);
const struct sw_fact *sw_facts_get(const struct sw_facts *f, size_t i);
/* The last fact of a type, NULL when none was stated. */
const struct sw_fact *sw_facts_last(const struct sw_facts *f, enum sw_fact_type type);
/* NULL when the fact has no such field. */
const struct sw_field *sw_fact_field(const struct sw_fact *fact, const char *key);
struct sw_slice sw_fact_text(const struct sw_fact *fact, const char *key);	/* "" if missing */
int64_t sw_fact_int(const struct sw_fact *fact, const char *key, int64_t missing);
const char *sw_fact_name(enum sw_fact_type type);	/* "tcp.attempt"; "?" */
bool sw_fact_type_find(struct sw_slice name, enum sw_fact_type *ret);
bool sw_fact_has_field(enum sw_fact_type type, struct sw_slice key);
/* Whether the field says what was looked at, rather than what was seen. */
bool sw_fact_selects(enum sw_fact_type type, struct sw_slice key);

/* The case file: {"schema":"sendwell/case/1","started":...,"program":...,"result":{...},"facts":[...]}.
 * `result_json` (may be "") is the send result, embedded. */
enum sw_err sw_case_write(const struct sw_facts *f, const char *result_json, struct sw_buf *out,
			  struct sw_error *err) SW_MUST_USE;
/* Reads a case; unknown fact types and fields of newer versions are skipped and counted. Nothing in the
 * file is trusted: texts are escaped again, sizes and nesting bounded (SW_E_DATA, SW_E_LIMIT). What is
 * returned is the caller's: sw_facts_free, sw_free ("" when the case holds no result). */
enum sw_err sw_case_read(struct sw_slice json, struct sw_facts **ret, char **ret_result_json,
			 struct sw_error *err) SW_MUST_USE;

#endif
