/* SPDX-License-Identifier: MIT */
/* Dates as mail programs write them. */
#include "mail/date.h"

#include <stdio.h>

struct date {
	int day, month, year; /* 0: not seen */
	int hour, minute, second;
	bool has_time, has_zone;
	char zone[16]; /* "+01:00" */
};

static bool is_number(struct sw_slice word, int *ret)
{
	uint64_t value;

	if (word.len == 0 || word.len > 4 || !sw_slice_u64(word, &value))
		return false;
	*ret = (int)value;
	return true;
}

static int month_of(struct sw_slice word)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (int i = 0; word.len >= 3 && i < 12; i++)
		if (sw_slice_eq_nocase(sw_slice_head(word, 3), sw_slice(names + 3 * i, 3)))
			return i + 1;
	return 0;
}

/* "10:00", "10:00:30", "10:00:30.5" */
static bool take_time(struct date *d, struct sw_slice word)
{
	struct sw_slice rest = sw_slice_head(word, sw_slice_find(word, '.')), piece;
	int *const to[] = { &d->hour, &d->minute, &d->second };
	size_t count = 0;

	while (sw_slice_split(&rest, ':', &piece))
		if (count == SW_LEN(to) || piece.len > 2 || !is_number(piece, to[count++]))
			return false;
	/* 60: a leap second. */
	d->has_time = count >= 2 && d->hour < 24 && d->minute < 60 && d->second <= 60;
	return d->has_time;
}

/* "+0100", "+01:00" */
static bool take_offset(struct date *d, struct sw_slice word)
{
	int hours, minutes;
	size_t behind = word.len == 6 && word.ptr[3] == ':' ? 4 : 3;

	if ((word.len != 5 && word.len != 6) || (word.ptr[0] != '+' && word.ptr[0] != '-') ||
	    !is_number(sw_slice_head(sw_slice_from(word, 1), 2), &hours) ||
	    !is_number(sw_slice_from(word, behind), &minutes) || hours > 23 || minutes > 59)
		return false;
	(void)snprintf(d->zone, sizeof(d->zone), "%c%02d:%02d", word.ptr[0], hours % 100,
		       minutes % 100);
	d->has_zone = true;
	return true;
}

/* RFC 5322 4.3; other names mean different places to different people. */
static bool take_zone_name(struct date *d, struct sw_slice word)
{
	static const struct {
		const char *name, *offset;
	} zones[] = {
		{ "UT", "+00:00" },  { "UTC", "+00:00" }, { "GMT", "+00:00" },
		{ "Z", "+00:00" },   { "EST", "-05:00" }, { "EDT", "-04:00" },
		{ "CST", "-06:00" }, { "CDT", "-05:00" }, { "MST", "-07:00" },
		{ "MDT", "-06:00" }, { "PST", "-08:00" }, { "PDT", "-07:00" },
	};

	for (size_t i = 0; i < SW_LEN(zones); i++)
		if (sw_slice_eq_nocase(word, sw_slice_str(zones[i].name))) {
			(void)snprintf(d->zone, sizeof(d->zone), "%s", zones[i].offset);
			d->has_zone = true;
			return true;
		}
	return false;
}

static int full_year(int year, size_t digits)
{
	if (digits >= 4)
		return year;
	/* RFC 5322 4.3 */
	return digits == 3 || year >= 50 ? year + 1900 : year + 2000;
}

static void take_word(struct date *d, struct sw_slice word)
{
	int number;

	if (sw_slice_find(word, ':') < word.len && !d->has_time && take_time(d, word))
		return;
	if (d->has_time && !d->has_zone && (take_offset(d, word) || take_zone_name(d, word)))
		return;
	if (!d->month && month_of(word)) {
		d->month = month_of(word);
		return;
	}
	if (!is_number(word, &number))
		return;
	if (!d->day && word.len <= 2)
		d->day = number;
	else if (!d->year && word.len >= 2)
		d->year = full_year(number, word.len);
}

/* "2026-11-21T10:00:00+01:00", "2026-11-21 10:00:00Z"; its time and zone are words like
 * others. */
static struct sw_slice take_iso_day(struct date *d, struct sw_slice text)
{
	struct sw_slice year = sw_slice_head(text, 4);

	if (text.len < 10 || text.ptr[4] != '-' || text.ptr[7] != '-' ||
	    !is_number(year, &d->year) ||
	    !is_number(sw_slice_head(sw_slice_from(text, 5), 2), &d->month) ||
	    !is_number(sw_slice_head(sw_slice_from(text, 8), 2), &d->day)) {
		d->year = d->month = d->day = 0;
		return text;
	}
	struct sw_slice rest = sw_slice_from(text, 10);

	return sw_slice_starts(rest, SW_S("T")) ? sw_slice_from(rest, 1) : rest;
}

/* The next word; "10:00:00+01:00" and "10:00:00Z" are two. */
static bool next_word(struct sw_slice *rest, struct sw_slice *ret)
{
	size_t at = 0;
	unsigned depth = 0;

	/* Comments are blanks. */
	while (at < rest->len && (depth || strchr(" \t\r\n,(", rest->ptr[at]))) {
		depth += rest->ptr[at] == '(';
		depth -= rest->ptr[at] == ')';
		at++;
	}
	*rest = sw_slice_from(*rest, at);
	at = 0;
	while (at < rest->len && !strchr(" \t\r\n,(", rest->ptr[at])) {
		bool digit = at > 0 && sw_ascii_digit(rest->ptr[at - 1]);

		if (digit && (strchr("+Zz", rest->ptr[at]) ||
			      (rest->ptr[at] == '-' && sw_slice_find(*rest, ':') < at)))
			break;
		/* "21-Nov-2026" */
		if (rest->ptr[at] == '-' && at > 0)
			break;
		at++;
	}
	*ret = sw_slice_head(*rest, at);
	*rest = sw_slice_from(*rest, at);
	/* The stroke between day and month is none of a zone. */
	if (rest->len > 1 && rest->ptr[0] == '-' && sw_slice_find(*ret, ':') == ret->len)
		*rest = sw_slice_from(*rest, 1);
	return ret->len > 0 || rest->len > 0;
}

bool sw_date_read(struct sw_slice text, char out[SW_DATE_TEXT])
{
	enum { MOST_WORDS = 16 };
	struct date d = { .zone = "-00:00" };
	struct sw_slice rest = take_iso_day(&d, sw_slice_trim(text)), word;

	for (size_t i = 0; i < MOST_WORDS && next_word(&rest, &word); i++)
		take_word(&d, word);
	if (!d.has_time || d.day < 1 || d.day > 31 || d.month < 1 || d.month > 12 ||
	    d.year < 1900 || d.year > 9999)
		return false;
	(void)snprintf(out, SW_DATE_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d%s", d.year % 10000,
		       d.month % 100, d.day % 100, d.hour % 100, d.minute % 100,
		       d.second % 100, d.zone);
	return true;
}
