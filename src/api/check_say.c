/* SPDX-License-Identifier: MIT */
/* How judges state what they found. */
#include "api/check.h"

#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum { LANGUAGES = 2, TEXT_SHOWN = 1024, TEXT_MOST = 65536, TRACE_MOST = 512 };

static const struct {
	const char *id;
	enum sw_check_group group;
	const char *title[LANGUAGES], *expected[LANGUAGES];
} tests[] = {
#define SW_CHECK_TEST(name, id, group, ...) { id, SW_CHECK_##group, __VA_ARGS__ },
#include "api/check_test.def"
#undef SW_CHECK_TEST
};

static const struct {
	const char *code;
	enum sw_check_status status;
	const char *who, *title[LANGUAGES], *remedy[LANGUAGES];
} rows[] = {
#define SW_CHECK_FINDING(name, code, status, ...)                                             \
	{ "SW-" code, SW_CHECK_##status, __VA_ARGS__ },
#include "api/check_finding.def"
#undef SW_CHECK_FINDING
};

const char *sw_check_status_name(enum sw_check_status s)
{
	static const char *const names[] = { "ok", "warning", "error", "not_tested",
					     "untested" };

	return (unsigned)s < SW_LEN(names) ? names[s] : "?";
}

const char *sw_check_test_id(enum sw_check_test t)
{
	return tests[t].id;
}

enum sw_check_group sw_check_test_group(enum sw_check_test t)
{
	return tests[t].group;
}

const char *sw_check_line(const struct sw_check_run *run, const char *en, const char *ru)
{
	return run->russian ? ru : en;
}

/* The bytes, made printable, into the arena; cut where nobody would read on. */
const char *sw_check_shown(struct sw_check_report *r, struct sw_slice raw)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = TEXT_MOST };
	bool cut = raw.len > TEXT_SHOWN;
	const char *copy = NULL;

	if (cut)
		raw.len = TEXT_SHOWN;
	if (!sw_text_escape(&b, raw, SW_TEXT_LINE) && (!cut || !sw_buf_add_str(&b, "...")))
		copy = sw_arena_strdup(&r->arena, sw_buf_str(&b));
	r->broken = r->broken || !copy;
	return copy ? copy : "";
}

static SW_PRINTF(2, 0) const
	char *print(struct sw_check_report *r, const char *fmt, va_list args)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = 16 * TEXT_MOST };
	const char *copy = NULL;

	if (!sw_buf_vprintf(&b, fmt, args))
		copy = sw_arena_strdup(&r->arena, sw_buf_str(&b));
	r->broken = r->broken || !copy;
	return copy ? copy : "";
}

const char *sw_check_text(struct sw_check_report *r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	const char *text = print(r, fmt, args);

	va_end(args);
	return text;
}

void sw_check_found(struct sw_check_report *r, enum sw_check_test t, const char *fmt, ...)
{
	struct sw_check_item *item = &r->items[t];
	va_list args;

	va_start(args, fmt);
	const char *text = sw_check_shown(r, sw_slice_str(print(r, fmt, args)));

	va_end(args);
	if (strlen(item->found) < 4 * (size_t)TEXT_SHOWN)
		item->found = sw_check_text(r, "%s%s%s", item->found, *item->found ? "; " : "",
					    text);
}

void sw_check_status(struct sw_check_report *r, enum sw_check_test t, enum sw_check_status s)
{
	/* What could not be looked at hides a warning: the whole is not known. */
	static const unsigned char badness[SW_CHECK_STATUS_COUNT] = {
		[SW_CHECK_NOT_TESTED] = 0, [SW_CHECK_OK] = 1,    [SW_CHECK_WARNING] = 2,
		[SW_CHECK_UNTESTED] = 3,   [SW_CHECK_ERROR] = 4,
	};

	if (badness[s] > badness[r->items[t].status])
		r->items[t].status = s;
}

/* The template with %1 and %2 replaced, printable. */
static const char *fill(struct sw_check_report *r, const char *text,
			const char *const values[2])
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = TEXT_MOST };
	const char *copy = NULL;
	enum sw_err e = SW_OK;

	while (!e && *text) {
		size_t plain = strcspn(text, "%");

		e = sw_buf_add(&b, sw_slice(text, plain));
		text += plain;
		if (e || !*text)
			continue;
		if (text[1] == '1' || text[1] == '2') {
			e = sw_buf_add_str(
				&b, sw_check_shown(r, sw_slice_str(values[text[1] - '1'])));
			text += 2;
		} else {
			e = sw_buf_add_char(&b, *text++);
		}
	}
	if (!e)
		copy = sw_arena_strdup(&r->arena, sw_buf_str(&b));
	r->broken = r->broken || !copy;
	return copy ? copy : "";
}

static void find(struct sw_check_report *r, enum sw_check_test t, enum sw_check_what w,
		 const char *const values[2], const char *literal, const char *applicability)
{
	struct sw_check_item *item = &r->items[t];
	bool ru = r->run->russian;

	sw_check_status(r, t, rows[w].status);
	if (item->finding_count == SW_MAX_CHECK_FINDINGS)
		return;
	item->findings[item->finding_count++] = (struct sw_check_finding){
		.code = rows[w].code,
		.title = fill(r, rows[w].title[ru], values),
		.level = rows[w].status == SW_CHECK_ERROR ? "blocking" : "risk",
		.who = rows[w].who,
		.remedy = fill(r, rows[w].remedy[ru], values),
		.literal = literal ? sw_check_shown(r, sw_slice_str(literal)) : "",
		.applicability = literal ? applicability : "advice",
	};
}

void sw_check_find(struct sw_check_report *r, enum sw_check_test t, enum sw_check_what w,
		   const char *one, const char *two, const char *literal)
{
	const char *const values[] = { sw_check_word(r->run, one ? one : ""),
				       sw_check_word(r->run, two ? two : "") };

	find(r, t, w, values, literal, "template");
}

void sw_check_find_exact(struct sw_check_report *r, enum sw_check_test t, enum sw_check_what w,
			 const char *one, const char *two, const char *literal)
{
	const char *const values[] = { sw_check_word(r->run, one ? one : ""),
				       sw_check_word(r->run, two ? two : "") };

	find(r, t, w, values, literal, "exact");
}

void sw_check_skip(struct sw_check_report *r, enum sw_check_test t, const char *en,
		   const char *ru)
{
	sw_check_found(r, t, "%s", sw_check_line(r->run, en, ru));
}

void sw_check_failed(struct sw_check_report *r, enum sw_check_test t, const struct sw_ask *a)
{
	sw_check_status(r, t, SW_CHECK_UNTESTED);
	sw_check_found(r, t, "%s %s: %s%s%s", sw_dns_type_name(a->type), a->name,
		       sw_dns_status_name(a->status), *a->why ? ": " : "", a->why);
}

void sw_check_trace(struct sw_check_report *r, enum sw_check_test t, const char *line)
{
	struct sw_check_item *item = &r->items[t];

	if (!item->trace) {
		item->trace =
			sw_arena_alloc(&r->arena, (TRACE_MOST + 1) * sizeof(*item->trace));
		r->broken = r->broken || !item->trace;
	}
	if (item->trace && item->trace_count < TRACE_MOST)
		item->trace[item->trace_count++] = sw_check_text(r, "%s", line);
}

size_t sw_check_txt(const struct sw_ask *a, bool (*is)(struct sw_slice txt),
		    struct sw_slice *ret)
{
	size_t count = 0;

	for (size_t i = 0; a && i < a->count; i++)
		if (is(a->records[i].txt) && count++ == 0)
			*ret = a->records[i].txt;
	return count;
}

void sw_check_results_make(struct sw_check_report *r)
{
	static const struct {
		const char *id, *title[LANGUAGES];
	} groups[SW_CHECK_GROUPS] = {
		[SW_CHECK_SENDER] = { "sender", { "As a sender", "Как отправитель" } },
		[SW_CHECK_RECEIVER] = { "receiver", { "As a receiver", "Как получатель" } },
		[SW_CHECK_MESSAGE] = { "message", { "This message", "Это письмо" } },
		[SW_CHECK_BULK] = { "bulk_sender",
				    { "Rules of Gmail, Yahoo and Microsoft for bulk senders",
				      "Правила Gmail, Yahoo и Microsoft для рассылок" } },
	};
	static const char *const none[] = { NULL };
	bool ru = r->run->russian;

	for (size_t i = 0; i < SW_CHECK_TESTS; i++) {
		const struct sw_check_item *item = &r->items[i];
		enum sw_check_group group = tests[i].group;

		if ((group == SW_CHECK_MESSAGE && !r->run->options->message) ||

		    (group == SW_CHECK_RECEIVER && r->run->options->message &&
		     r->run->count == 0))
			continue;
		r->results[r->result_count++] = (struct sw_check_result){
			.test = tests[i].id,
			.group = groups[group].id,
			.group_title = groups[group].title[ru],
			.title = tests[i].title[ru],
			.status = item->status,
			.found = item->found,
			.expected = tests[i].expected[ru],
			.findings = item->findings,
			.finding_count = item->finding_count,
			.trace = item->trace ? (const char *const *)item->trace : none,
		};
	}
}
