/* SPDX-License-Identifier: MIT */
/* What the words of a diagnostic hold: code, enhanced code, whose they are. */
#include "read/bounce_private.h"
#include "read/notice_scan.h"

struct sw_enhanced bounce_better_code(struct sw_enhanced status, struct sw_enhanced words)
{
	if (words.class == 0)
		return status;
	if (status.class == 0 || (status.subject == 0 && words.subject != 0))
		return words;
	/* The reporter's "5.0.0", and "5.1.0" where the other side said "5.1.1". */
	if (status.subject == words.subject && status.detail == 0)
		return words;
	if (words.subject == 0 || words.detail == 0)
		return status;
	return words;
}

/* "550-5.1.1" again and again inside a reply whose lines somebody joined: once is enough. */
static struct sw_slice without_repeats(struct bounce_reader *r, struct sw_slice s)
{
	struct sw_enhanced first = { 0 }, again;
	size_t len = 0, taken = 0;

	if (s.len < 5 || s.ptr[3] != '-' || !sw_ascii_digit(s.ptr[0]) ||
	    !sw_ascii_digit(s.ptr[1]) || !sw_ascii_digit(s.ptr[2]))
		return s;
	sw_enhanced_parse(sw_slice_from(s, 4), &first, &taken);
	char *to = sw_arena_alloc(r->arena, s.len + 1);

	if (!to)
		return (struct sw_slice){ NULL, 0 };
	for (size_t i = 0; i < s.len; i++) {
		struct sw_slice rest = sw_slice_from(s, i);
		bool begins = i > 0 && s.ptr[i - 1] == ' ' && rest.len > 4 &&
			      sw_slice_eq(sw_slice_head(rest, 3), sw_slice_head(s, 3)) &&
			      (rest.ptr[3] == '-' || rest.ptr[3] == ' ');

		if (begins && sw_enhanced_parse(sw_slice_from(rest, 4), &again, &taken) &&
		    again.subject == first.subject && again.detail == first.detail)
			i += 4 + taken;
		else if (begins && rest.ptr[3] == '-' && first.class == 0)
			i += 4;
		bool blank = i < s.len && s.ptr[i] == ' ' && len && to[len - 1] == ' ';

		if (i < s.len && !blank)
			to[len++] = s.ptr[i];
	}
	return sw_slice(to, len);
}

/* "host mx.example.org[192.0.2.1] said: 550 ..." less what is said of the other side, and less
 * "(in reply to RCPT TO command)" behind. */
static struct sw_slice other_sides_words(struct sw_slice s, size_t reply_at)
{
	struct sw_slice before = sw_slice_trim(sw_slice_head(s, reply_at));
	size_t tail;

	if (before.ptr && before.len && before.ptr[before.len - 1] == ':')
		s = sw_slice_from(s, reply_at);
	tail = sw_slice_search(s, SW_S("(in reply to "));
	return tail > 0 && tail < s.len ? sw_slice_trim(sw_slice_head(s, tail)) : s;
}

/* A reply of success, which only reports of success have. */
static void take_success(struct sw_bounce_recipient *b, struct sw_slice s)
{
	struct sw_enhanced e;
	size_t taken;

	if (!s.ptr || s.len < 3 || s.ptr[0] != '2' || !sw_ascii_digit(s.ptr[1]) ||
	    !sw_ascii_digit(s.ptr[2]) || (s.len > 3 && s.ptr[3] != ' ' && s.ptr[3] != '-'))
		return;
	b->code = (s.ptr[0] - '0') * 100 + (s.ptr[1] - '0') * 10 + (s.ptr[2] - '0');
	if (sw_enhanced_parse(sw_slice_from(s, 4), &e, &taken) && e.class == 2)
		b->enhanced = bounce_better_code(b->enhanced, e);
}

enum sw_err bounce_diagnose(struct bounce_reader *r, struct sw_bounce_recipient *b,
			    struct sw_slice diagnostic, struct sw_enhanced status)
{
	struct sw_slice words = without_repeats(r, diagnostic), host;
	struct notice_reply reply = notice_reply_find(words);
	struct bounce_moment moment;
	bool bad = b->action == SW_BOUNCE_FAILED || b->action == SW_BOUNCE_DELAYED;

	if (!words.ptr && diagnostic.ptr)
		return SW_E_NOMEM;
	b->enhanced = status;
	if (!bad)
		take_success(b, words);
	if (bad && reply.rank >= NOTICE_CODE_ENHANCED) {
		b->code = reply.code;
		b->enhanced = bounce_better_code(status, reply.enhanced);
	}
	if (!b->has_stage && bounce_stage(words, &moment)) {
		b->has_stage = true;
		b->stage = moment.stage;
		b->at_sender = moment.sender;
	}
	if (b->remote_host[0] == '\0' && reply.rank >= NOTICE_CODE_LIKELY &&
	    notice_host_find(sw_slice_head(words, reply.at), &host) >= NOTICE_HOST_CALLED) {
		b->remote_host = bounce_string(r, host);
		if (!b->remote_host)
			return SW_E_NOMEM;
	}
	if (bad && reply.rank >= NOTICE_CODE_LIKELY)
		words = other_sides_words(words, reply.at);
	b->diagnostic = bounce_string(r, words);
	return b->diagnostic ? SW_OK : SW_E_NOMEM;
}
