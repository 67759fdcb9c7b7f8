/* SPDX-License-Identifier: MIT */
/* Inside of a check. A report is a job while its questions are open: phase after phase asks
 * what the one before made known, then judges look at everything that was answered. */
#ifndef SW_API_CHECK_H
#define SW_API_CHECK_H

#include <sendwell/check.h>

#include "client/asker.h"
#include "client/greet.h"
#include "identity/arc.h"
#include "identity/asks.h"
#include "identity/dane.h"
#include "identity/dmarc.h"
#include "identity/dmarc_report.h"
#include "identity/listing.h"
#include "identity/mta_sts.h"
#include "identity/reverse.h"
#include "identity/spf.h"
#include "net/fetch.h"

enum sw_check_test {
#define SW_CHECK_TEST(name, ...) SW_CHECK_##name##_TEST,
#include "api/check_test.def"
#undef SW_CHECK_TEST
	SW_CHECK_TESTS
};
enum sw_check_group {
	SW_CHECK_SENDER,
	SW_CHECK_RECEIVER,
	SW_CHECK_MESSAGE,
	SW_CHECK_BULK,
	SW_CHECK_GROUPS
};
enum sw_check_what {
#define SW_CHECK_FINDING(name, ...) SW_FOUND_##name,
#include "api/check_finding.def"
#undef SW_CHECK_FINDING
	SW_CHECK_FINDINGS
};

struct sw_check_item {
	enum sw_check_status status;
	const char *found;
	struct sw_check_finding findings[SW_MAX_CHECK_FINDINGS];
	size_t finding_count;
	const char **trace;
	size_t trace_count, trace_room;
};

/* What all domains of a run share. */
struct sw_check_run {
	const struct sw_check_options *options;
	const char *const *domains;
	size_t count, next, open;
	struct sw_loop *loop;
	struct sw_resolver *resolver;
	struct sw_suffixes *suffixes;
	struct sw_tls_context *trust, *greet_trust; /* of policy hosts; of MX hosts */
	struct sw_dkim_crypto *crypto;
	struct sw_ip ip;   /* family 0: not known */
	const char *no_ip; /* why not */
	bool ip_private;   /* named by the user, who knows why */
	const char *from;  /* envelope sender that the user names, "" the null one; or NULL */
	struct sw_arena arena;
	struct sw_buf message, original; /* empty: none */
	bool russian;
	sw_check_fn fn;
	void *arg;
	struct sw_timer *turn;               /* starts what is next, outside of everything */
	struct sw_check_report *ready, *all; /* all: those under way */
	uint64_t refused; /* sw_mem_refused() before it */
	enum sw_err code;
	struct sw_error *err;
};

struct sw_check_mx {
	const char *host;
	unsigned preference;
	const struct sw_ask *a, *aaaa, *cname;
	struct sw_dane *dane;
};

/* An address of an MX host that is connected to. */
struct sw_check_greet {
	const char *host;
	const struct sw_check_mx *mx; /* NULL: the domain itself, which has none */
	struct sw_addr addr;
	bool no_way;                    /* from this machine: nothing is known of it */
	struct sw_greet *plain, *bound; /* by authorities; by TLSA records, NULL: none */
	const struct sw_tls_dane *dane; /* what DANE demands; NULL: nothing */
};

enum {
	SW_CHECK_SELECTORS = 64,
	/* A line about what was asked and answered: records of 64 KiB, each byte escaped. */
	SW_CHECK_LINE = 1024 * 1024,
};

struct sw_check_report {
	struct sw_check_run *run;
	struct sw_check_report *next_ready, *next;
	struct sw_arena arena;
	bool broken;         /* we failed: there will be no judgement */
	uint64_t refused;    /* sw_mem_refused() before all that it was found by */
	struct sw_error why; /* of broken; no code: memory was short */
	bool missing;         /* the DNS says that there is no such name */
	bool never_sends;     /* by its own SPF record: "v=spf1 -all" */
	const char *domain;   /* ASCII; as given when it is none */
	const char *bad_name; /* why it is none; NULL it is one */
	const char *sender;   /* MAIL FROM */
	uint64_t deadline_us;
	struct sw_asker *asker;
	size_t open;
	unsigned phase;
	struct sw_fetch *fetch;

	struct sw_asks look; /* questions without a machine */
	const struct sw_ask *mx, *a, *aaaa, *txt, *dmarc_txt, *sts, *tlsrpt, *bimi, *keys,
		*ehlo_a, *ehlo_aaaa, *sts_a, *sts_aaaa;
	struct {
		const char *name;
		const struct sw_ask *ask;
	} selectors[SW_CHECK_SELECTORS];
	size_t selector_count;
	bool selectors_named; /* by the user or the message */
	struct sw_check_mx mx_hosts[SW_MAX_MX_HOSTS];
	size_t mx_count;
	bool mx_cut;
	struct sw_check_greet greets[SW_MAX_CHECK_GREETS];
	size_t greet_count, greet_next, greets_open; /* greet_next: of two for each */
	bool greets_cut;
	struct sw_spf *spf, *spf_count; /* for the address; for one that nobody has */
	struct sw_dmarc *dmarc;
	struct sw_dmarc_report *reports;
	struct sw_reverse *reverse;
	struct sw_listings *list_ip, *list_domain;
	struct sw_fetch_answer policy;
	bool has_policy;
	struct sw_sts_policy sts_policy;
	bool sts_good;
	/* of a message */
	const char *author; /* domain of From; NULL none */
	const char
		*return_path; /* of a message that was delivered; "" the null one; or NULL */
	struct sw_dkim *dkim;
	struct sw_arc *arc;
	struct sw_dmarc *message_dmarc;

	struct sw_check_item items[SW_CHECK_TESTS];
	struct sw_check_result results[SW_CHECK_TESTS];
	size_t result_count;
};

/* ---- check.c: the run ---- */
/* Asks what the machine wants to know before the next phase. */
void sw_check_ask(struct sw_check_report *r, const struct sw_evaluator *e, void *machine);
/* We failed, and why; the first reason stays. */
void sw_check_break(struct sw_check_report *r, const struct sw_error *why);
/* One of the things that are waited for is done. */
void sw_check_answered(struct sw_check_report *r);
/* A phase begins; false when there is none of that number. */
bool sw_check_phase(struct sw_check_report *r, unsigned phase);
void sw_check_machines_free(struct sw_check_report *r);
/* The addresses of an answer (NULL: none). */
size_t sw_check_addresses(const struct sw_ask *a, uint16_t port, struct sw_addr *out,
			  size_t room);

/* ---- check_connect.c ---- */
/* The phase of it. */
void sw_check_connect(struct sw_check_report *r);
void sw_check_connect_free(struct sw_check_report *r);

/* ---- check_connect_judge.c ---- */
void sw_check_judge_connect(struct sw_check_report *r);
/* Whether the certificates fit the TLSA records, at each address. */
void sw_check_judge_bound(struct sw_check_report *r, const struct sw_check_mx *m);
/* The record for the key that the host shows at the first address that shows one; *ret_exact false: it was not seen. */
const char *sw_check_tlsa(struct sw_check_report *r, const struct sw_check_mx *mx,
			  const char *base, bool *ret_exact);

/* ---- check_say.c: what is stated ---- */
const char *sw_check_text(struct sw_check_report *r, const char *fmt, ...) SW_PRINTF(2, 3);
/* A text from outside, printable and not too long. */
const char *sw_check_shown(struct sw_check_report *r, struct sw_slice raw);
/* Adds to what was found; "; " between. Escaped as a whole. */
void sw_check_found(struct sw_check_report *r, enum sw_check_test t, const char *fmt, ...)
	SW_PRINTF(3, 4);
/* The status gets worse by this, never better. */
void sw_check_status(struct sw_check_report *r, enum sw_check_test t, enum sw_check_status s);
/* A finding; literal NULL: none. Arguments and literal may be foreign. The literal is a
 * template: something in it is guessed, or the reader's to fill in. */
void sw_check_find(struct sw_check_report *r, enum sw_check_test t, enum sw_check_what w,
		   const char *one, const char *two, const char *literal);
/* The same with a literal that can be published as it is. */
void sw_check_find_exact(struct sw_check_report *r, enum sw_check_test t, enum sw_check_what w,
			 const char *one, const char *two, const char *literal);
/* Not tested, with the reason in both languages. */
void sw_check_skip(struct sw_check_report *r, enum sw_check_test t, const char *en,
		   const char *ru);
/* What the DNS did not say. */
void sw_check_failed(struct sw_check_report *r, enum sw_check_test t, const struct sw_ask *a);
void sw_check_trace(struct sw_check_report *r, enum sw_check_test t, const char *line);
const char *sw_check_line(const struct sw_check_run *run, const char *en, const char *ru)
	__attribute__((format_arg(2), format_arg(3)));
/* A sentence of an evaluator in the language of the report; what is none stays as it is. */
const char *sw_check_word(const struct sw_check_run *run, const char *text);
/* NULL: not known. */
const char *sw_check_word_ru(const char *text);
const char *sw_check_test_id(enum sw_check_test t);
enum sw_check_group sw_check_test_group(enum sw_check_test t);
void sw_check_results_make(struct sw_check_report *r);
/* The first TXT of an answer that satisfies, and how many do. */
size_t sw_check_txt(const struct sw_ask *a, bool (*is)(struct sw_slice txt),
		    struct sw_slice *ret);

/* ---- judges ---- */
void sw_check_judge_spf(struct sw_check_report *r);
void sw_check_judge_dkim(struct sw_check_report *r);
void sw_check_judge_dmarc(struct sw_check_report *r);
void sw_check_judge_address(struct sw_check_report *r);
void sw_check_judge_lists(struct sw_check_report *r);
void sw_check_judge_mx(struct sw_check_report *r);
void sw_check_judge_tls(struct sw_check_report *r);
void sw_check_judge_message(struct sw_check_report *r);
void sw_check_judge_bulk(struct sw_check_report *r);

/* ---- check_message.c ---- */
enum sw_err sw_check_message_load(const char *path, struct sw_buf *ret,
				  struct sw_error *err) SW_MUST_USE;
/* The domain of From, of the arena; NULL when there is not exactly one. */
enum sw_err sw_check_message_author(struct sw_arena *arena, struct sw_slice message,
				    const char **ret) SW_MUST_USE;
enum sw_err sw_check_message_feed(struct sw_check_report *r, struct sw_error *err) SW_MUST_USE;

#endif
