/* SPDX-License-Identifier: MIT */
#include "verdict/history.h"

#include "codec/crypto.h"

enum {
	HASH_BYTES = 6,
	MOST_KINDS = 8,       /* senders and own addresses that are told apart */
	STAMP_DIGITS = 3,     /* so many digits make a word a stamp, */
	STAMP_LENGTH = 8,     /* or one in a word of this length */
	RECENT_S = 24 * 3600, /* what is older says little of now */
	TURNS_MOST = 8,       /* outcomes that are looked at for a change to and fro */
	TURNS_LEAST = 3,
	SKEW_S = 120, /* further ahead of now: the clock was set back in between */
};

/* ---- lines */

bool sw_history_read(struct sw_slice text, struct sw_history_line *ret)
{
	struct sw_slice rest = text, one;
	size_t n = 0;
	uint64_t number;

	while (n < SW_HISTORY_FIELDS && sw_slice_split(&rest, ' ', &one)) {
		if (one.len == 0)
			return false;
		ret->at[n++] = sw_slice_eq(one, SW_S("-")) ? (struct sw_slice){ "", 0 } : one;
	}
	return n == SW_HISTORY_FIELDS && rest.len == 0 &&
	       sw_slice_u64(ret->at[SW_HISTORY_TIME], &number) && number < INT64_MAX / 1000000;
}

enum sw_err sw_history_write(const struct sw_history_line *l, struct sw_buf *out)
{
	enum sw_err e = SW_OK;

	for (size_t i = 0; !e && i < SW_HISTORY_FIELDS; i++) {
		struct sw_slice s = l->at[i];
		/* Names come from settings and replies: what would break the line is left
		 * out. */
		bool whole = s.len > 0 && sw_slice_find(s, ' ') == s.len &&
			     !sw_slice_has_control(s);

		e = sw_buf_add(out, whole ? s : SW_S("-"));
		if (!e)
			e = sw_buf_add_char(out, i + 1 < SW_HISTORY_FIELDS ? ' ' : '\n');
	}
	return e;
}

enum sw_err sw_history_hash(const uint8_t key[SW_HISTORY_KEY], struct sw_slice text,
			    struct sw_buf *out)
{
	SW_CLEANUP(sw_buf_fini)
	struct sw_buf keyed = { .max = SW_HISTORY_KEY + SW_MAX_FACT_TEXT };
	uint8_t digest[SW_SHA256_BYTES];

	if (text.len == 0)
		return SW_OK;
	enum sw_err e = sw_buf_add(&keyed, sw_slice((const char *)key, SW_HISTORY_KEY));

	for (size_t i = 0; !e && i < text.len && i < SW_MAX_FACT_TEXT; i++)
		e = sw_buf_add_char(&keyed, sw_ascii_lower(text.ptr[i]));
	if (!e && !sw_sha256(sw_buf_slice(&keyed), digest))
		e = SW_E_NOMEM;
	for (size_t i = 0; !e && i < HASH_BYTES; i++)
		e = sw_buf_printf(out, "%02x", digest[i]);
	return e;
}

/* ---- what changes each time */

static bool is_joint(char c)
{
	return c == '+' || c == '-' || c == '=' || c == '_' || c == '.' || c == '#';
}

static bool is_stamp(struct sw_slice word)
{
	size_t digits = 0;

	for (size_t i = 0; i < word.len; i++)
		digits += sw_ascii_digit(word.ptr[i]);
	return digits >= STAMP_DIGITS || (digits > 0 && word.len >= STAMP_LENGTH);
}

enum sw_err sw_history_stem(struct sw_slice address, struct sw_buf *out)
{
	size_t at = address.len, from = 0, begin = sw_buf_len(out);
	enum sw_err e = SW_OK;

	while (at > 0 && address.ptr[at - 1] != '@')
		at--;
	if (at == 0)
		return SW_OK;
	for (size_t i = 0; !e && i < at; i++) {
		struct sw_slice word = { address.ptr + from, i - from };

		if (i + 1 < at && !is_joint(address.ptr[i]))
			continue;
		from = i + 1;
		if (word.len == 0 || is_stamp(word))
			continue;
		e = sw_buf_len(out) > begin ? sw_buf_add_char(out, '.') : SW_OK;
		if (!e)
			e = sw_buf_add(out, word);
	}
	if (!e && sw_buf_len(out) > begin)
		e = sw_buf_add(out, sw_slice_from(address, at - 1));
	return e;
}

enum sw_err sw_history_words(struct sw_slice text, struct sw_buf *out)
{
	enum sw_err e = SW_OK;

	for (size_t i = 0, from = 0; !e && i <= text.len; i++) {
		bool ends = i == text.len || (uint8_t)text.ptr[i] <= ' ';
		bool number = false;

		if (!ends)
			continue;
		for (size_t n = from; n < i; n++)
			number = number || sw_ascii_digit(text.ptr[n]);
		if (!number && i > from) {
			e = sw_buf_add(out, sw_slice(text.ptr + from, i - from));
			if (!e)
				e = sw_buf_add_char(out, ' ');
		}
		from = i + 1;
	}
	return e;
}

/* ---- what they say */

struct kinds {
	struct sw_slice seen[MOST_KINDS];
	size_t count;
};

static void add_kind(struct kinds *k, struct sw_slice one)
{
	for (size_t i = 0; i < k->count; i++)
		if (sw_slice_eq(k->seen[i], one))
			return;
	if (one.len && k->count < MOST_KINDS)
		k->seen[k->count++] = one;
}

struct history {
	const struct sw_history_line *now;
	int64_t at_s;
	/* Of the same recipient by the same way, unbroken up to now. */
	int64_t refused, first_s, last_s, interval_s;
	bool same_words;
	struct kinds senders, sources;
	/* Of the same message to the same recipient. */
	int64_t times, accepted;
	/* Of the same destination. */
	int64_t there, there_accepted, there_refused, there_failed, auth_refused, since_s,
		ok_s;
	int64_t others_ok, recipients_ok;
	bool outcomes[TURNS_MOST];
	int64_t outcome_count;
	int64_t ahead_s;
};

static int64_t time_of(const struct sw_history_line *l)
{
	uint64_t t = 0;

	(void)sw_slice_u64(l->at[SW_HISTORY_TIME], &t);
	return (int64_t)t;
}

static bool is(const struct sw_history_line *l, enum sw_history_field f, const char *text)
{
	return sw_slice_eq(l->at[f], sw_slice_str(text));
}

static bool same(const struct history *h, const struct sw_history_line *l,
		 enum sw_history_field f)
{
	return sw_slice_eq(h->now->at[f], l->at[f]);
}

static bool is_there(const struct history *h, const struct sw_history_line *l)
{
	return same(h, l, SW_HISTORY_HOST) && same(h, l, SW_HISTORY_PORT);
}

static void begin_row(struct history *h)
{
	h->refused = 0;
	h->interval_s = INT64_MAX;
	h->same_words = true;
	h->senders.count = h->sources.count = 0;
}

/* Two senders are one that changes only when something of them stays. */
static bool same_writer(const struct history *h, const struct sw_history_line *l)
{
	return same(h, l, SW_HISTORY_SENDER) ||
	       (h->now->at[SW_HISTORY_STEM].len > 0 && same(h, l, SW_HISTORY_STEM));
}

static void look_row(struct history *h, const struct sw_history_line *l, int64_t at_s)
{
	if (!is(l, SW_HISTORY_KIND, "send") || !is_there(h, l) ||
	    h->now->at[SW_HISTORY_RECIPIENT].len == 0 || !same(h, l, SW_HISTORY_RECIPIENT) ||
	    !same_writer(h, l))
		return;
	if (!is(l, SW_HISTORY_OUTCOME, "deferred")) {
		begin_row(h);
		return;
	}
	if (h->refused == 0)
		h->first_s = at_s;
	else if (at_s - h->last_s < h->interval_s)
		h->interval_s = at_s - h->last_s;
	h->last_s = at_s;
	h->refused++;
	h->same_words = h->same_words && same(h, l, SW_HISTORY_WORDS);
	add_kind(&h->senders, l->at[SW_HISTORY_SENDER]);
	add_kind(&h->sources, l->at[SW_HISTORY_SOURCE]);
}

static void look_message(struct history *h, const struct sw_history_line *l)
{
	if (h->now->at[SW_HISTORY_MESSAGE].len == 0 || !same(h, l, SW_HISTORY_MESSAGE) ||
	    !same(h, l, SW_HISTORY_RECIPIENT))
		return;
	h->times++;
	h->accepted += is(l, SW_HISTORY_OUTCOME, "accepted");
}

/* A login that was refused: what bans are made of. */
static bool is_auth_refusal(const struct sw_history_line *l)
{
	struct sw_slice code = l->at[SW_HISTORY_CODE];

	return is(l, SW_HISTORY_STAGE, "auth") && code.len == 3 && code.ptr[0] == '5';
}

static bool is_accepted(const struct sw_history_line *l)
{
	return is(l, SW_HISTORY_OUTCOME, "accepted");
}

static void look_there(struct history *h, const struct sw_history_line *l, int64_t at_s)
{
	bool ok = is_accepted(l), failed = is(l, SW_HISTORY_OUTCOME, "not_sent") ||
					   is(l, SW_HISTORY_OUTCOME, "uncertain");
	bool recent = h->at_s - at_s <= RECENT_S;

	h->there++;
	h->there_accepted += ok;
	h->there_failed += failed;
	h->there_refused += !ok && !failed;
	/* Only whether the server could be used at all goes to and fro: a refused recipient
	 * is another matter. */
	h->outcomes[h->outcome_count++ % TURNS_MOST] = !failed;
	if (ok)
		h->auth_refused = 0;
	else if (recent && is_auth_refusal(l))
		h->auth_refused++;
	if (ok)
		h->since_s = -1;
	else if (h->since_s < 0 && !is(l, SW_HISTORY_OUTCOME, "rejected"))
		h->since_s = at_s;
	if (ok)
		h->ok_s = at_s;
	h->recipients_ok += ok && recent && !same(h, l, SW_HISTORY_RECIPIENT);
}

static void look(struct history *h, const struct sw_history_line *l)
{
	int64_t at_s = time_of(l);

	/* What counts is the clock at the last attempt: an old slip is over. */
	h->ahead_s = at_s > h->at_s + SKEW_S ? at_s - h->at_s : 0;
	if (h->ahead_s > 0)
		return;
	look_row(h, l, at_s);
	look_message(h, l);
	if (is_there(h, l))
		look_there(h, l, at_s);
	else
		h->others_ok += is_accepted(l) && h->at_s - at_s <= RECENT_S;
}

/* ---- and to the facts */

#define STATE(type, ...) SW_STATE(f, type, SW_STAGE_ENVELOPE, "history", now_us, __VA_ARGS__)

static bool turns(const struct history *h)
{
	int64_t from = h->outcome_count > TURNS_MOST ? h->outcome_count - TURNS_MOST : 0;
	unsigned changes = 0;

	for (int64_t i = from + 1; i < h->outcome_count; i++)
		changes += h->outcomes[i % TURNS_MOST] != h->outcomes[(i - 1) % TURNS_MOST];
	return changes >= TURNS_LEAST;
}

static void state_row(struct history *h, struct sw_facts *f, uint64_t now_us)
{
	if (h->refused > 0 && h->at_s - h->last_s < h->interval_s)
		h->interval_s = h->at_s - h->last_s;
	add_kind(&h->senders, h->now->at[SW_HISTORY_SENDER]);
	add_kind(&h->sources, h->now->at[SW_HISTORY_SOURCE]);
	STATE(SW_FACT_HISTORY_ATTEMPTS, SW_F_INT("refused", h->refused),
	      SW_F_INT("minutes", h->refused ? (h->at_s - h->first_s) / 60 : 0),
	      SW_F_INT("interval_s", h->refused ? h->interval_s : RECENT_S),
	      SW_F_INT("senders", h->senders.count), SW_F_INT("sources", h->sources.count),
	      SW_F_BOOL("same_text", h->refused > 0 && h->same_words),
	      SW_F_BOOL("expired", false));
}

static void state_there(const struct history *h, struct sw_facts *f, uint64_t now_us)
{
	struct sw_field fields[] = {
		SW_F_TEXT("host", h->now->at[SW_HISTORY_HOST]),
		SW_F_INT("times", h->there),
		SW_F_INT("accepted", h->there_accepted),
		SW_F_INT("refused", h->there_refused),
		SW_F_INT("failed", h->there_failed),
		SW_F_INT("auth_refused", h->auth_refused),
		SW_F_BOOL("alternates", turns(h)),
		SW_F_INT("others_ok", h->others_ok),
		SW_F_INT("recipients_ok", h->recipients_ok),
		SW_F_INT("failing_s", h->since_s < 0 ? 0 : h->at_s - h->since_s),
		SW_F_INT("last_ok_s", h->at_s - h->ok_s),
	};
	size_t count = sizeof(fields) / sizeof(fields[0]);

	/* The last one is left out when nothing was ever accepted there. */
	sw_facts_state(f, SW_FACT_HISTORY_DESTINATION, SW_STAGE_CONFIG, "history", now_us,
		       fields, h->ok_s < 0 ? count - 1 : count);
}

void sw_history_state(struct sw_slice lines, const struct sw_history_line *now,
		      struct sw_slice message_id, struct sw_facts *f, uint64_t now_us)
{
	struct history h = { .now = now, .at_s = time_of(now), .since_s = -1, .ok_s = -1 };
	struct sw_slice one;
	struct sw_history_line l;

	begin_row(&h);
	while (sw_slice_split(&lines, '\n', &one))
		if (sw_history_read(one, &l))
			look(&h, &l);
	if (is(now, SW_HISTORY_KIND, "send") && now->at[SW_HISTORY_RECIPIENT].len)
		state_row(&h, f, now_us);
	if (h.times > 0)
		STATE(SW_FACT_HISTORY_MESSAGE, SW_F_TEXT("message_id", message_id),
		      SW_F_INT("times", h.times + 1),
		      SW_F_INT("accepted", h.accepted + is_accepted(now)));
	if (h.there > 0)
		state_there(&h, f, now_us);
	if (h.ahead_s > 0)
		STATE(SW_FACT_HISTORY_CLOCK, SW_F_INT("jump_s", -h.ahead_s));
}
