/* SPDX-License-Identifier: MIT */
/* P25: how far this machine's clock is from that of others: dates in replies, and, where all
 * others are silent, files of this machine from its own future. */
#include "probe/id_clock.h"

#include <sys/stat.h>

#include "mail/date.h"
#include "probe/probe.h"

/* Zones go from -12 to +14 hours: less than that proves nothing where the zone may be another.
 */
enum { NEAR_S = 5 * 60, ZONES_S = 26 * 3600, FIELDS = 6 };

/* Days since 1970 of a date of the Gregorian calendar. */
static int64_t days(int64_t year, int64_t month, int64_t day)
{
	year -= month <= 2;
	int64_t era = year / 400, of_era = year % 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool number(struct sw_slice s, size_t at, size_t len, int64_t *ret)
{
	uint64_t value;

	if (at + len > s.len || !sw_slice_u64(sw_slice(s.ptr + at, len), &value))
		return false;
	*ret = (int64_t)value;
	return true;
}

bool sw_date_seconds(struct sw_slice s, int64_t *ret)
{
	/* Where year, month, day, hour, minute, second stand in "2026-11-21T10:00:00". */
	static const uint8_t at[FIELDS][2] = { { 0, 4 },  { 5, 2 },  { 8, 2 },
					       { 11, 2 }, { 14, 2 }, { 17, 2 } };
	int64_t f[FIELDS], hours = 0, minutes = 0;

	for (size_t i = 0; i < FIELDS; i++)
		if (!number(s, at[i][0], at[i][1], &f[i]))
			return false;
	bool zone = s.len >= 25 && (s.ptr[19] == '+' || s.ptr[19] == '-');
	if (zone && (!number(s, 20, 2, &hours) || !number(s, 23, 2, &minutes)))
		return false;
	int64_t offset = (hours * 60 + minutes) * 60 * (zone && s.ptr[19] == '-' ? -1 : 1);
	*ret = days(f[0], f[1], f[2]) * 86400 + f[3] * 3600 + f[4] * 60 + f[5] - offset;
	return true;
}

bool sw_date_in_reply(struct sw_slice text, int64_t *ret)
{
	static const char *const weekdays[] = {
		"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"
	};
	char date[SW_DATE_TEXT];

	text = sw_slice_head(text, sw_slice_find(text, '\n'));
	for (size_t i = 0; i + 20 < text.len; i++) {
		struct sw_slice rest = sw_slice_from(text, i);
		bool begins = (i == 0 || !strchr("abcdefghijklmnopqrstuvwxyz.-",
						 sw_ascii_lower(text.ptr[i - 1])));

		for (size_t k = 0; begins && k < SW_LEN(weekdays); k++)
			if (sw_slice_starts_nocase(rest, sw_slice_str(weekdays[k])))
				/* What stands behind it in brackets is not the date's. */
				for (size_t end = rest.len; end >= 20; end--)
					if (sw_date_read(sw_slice_head(rest, end), date))
						return sw_date_seconds(sw_slice_str(date),
								       ret);
	}
	return false;
}

static int64_t wall_at(const struct sw_exam *x, const struct sw_fact *f)
{
	return (sw_facts_started(x->c->facts) + (int64_t)f->at_us) / 1000000;
}

static void state(struct sw_probe_run *r, const char *source, int64_t off_s)
{
	SW_PROBE_STATE(r, SW_FACT_LOCAL_CLOCK, SW_F_INT("off_s", off_s),
		       SW_F_STR("source", source));
}

/* The offset that a reply shows; a zone that is not told makes it useless. */
static bool from_reply(const struct sw_exam *x, const struct sw_fact *f, int64_t *ret)
{
	struct sw_slice command = sw_fact_text(f, "command");
	int64_t theirs;

	/* Others quote dates of something else. */
	if (f->type != SW_FACT_REPLY ||
	    (command.len > 0 && !sw_slice_eq(command, SW_S("EHLO")) &&
	     !sw_slice_eq(command, SW_S("QUIT"))))
		return false;
	if (!sw_date_in_reply(sw_fact_text(f, "text"), &theirs))
		return false;
	*ret = wall_at(x, f) - theirs;
	/* Full half hours are a zone that was not told, or not understood. */
	if (*ret > -ZONES_S && *ret < ZONES_S && (*ret + 36000000) % 1800 < 60)
		*ret = 0;
	return true;
}

/* A machine that has lost its clock is in the past of its own files. Seconds, 0 when it is
 * not. */
static int64_t behind_files(int64_t now_s)
{
	static const char *const files[] = { "/proc/self/exe", "/etc/resolv.conf", "/var/log",
					     "/tmp", "/var/lib/systemd/timesync/clock" };
	int64_t most = 0;
	struct stat st;

	for (size_t i = 0; i < SW_LEN(files); i++)
		if (stat(files[i], &st) == 0 && st.st_mtime - now_s > most)
			most = st.st_mtime - now_s;
	return most;
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err SW_UNUSED)
{
	const struct sw_facts *facts = r->x->c->facts;
	size_t count = sw_facts_count(facts);
	int64_t now_s = r->x->c->world->wall_us(r->x->c->world->arg) / 1000000, off;
	bool any = false;

	for (size_t i = 0; i < count && !any; i++)
		any = from_reply(r->x, sw_facts_get(facts, i), &off);
	int64_t behind = behind_files(now_s);
	if (any)
		state(r, "reply", off > -NEAR_S && off < NEAR_S ? 0 : off);
	else if (behind > NEAR_S)
		state(r, "files", -behind);
	else
		sw_probe_untested(r, "this machine's clock", "nobody has told the time");
	sw_probe_done(r);
	return SW_OK;
}

const struct sw_probe sw_probe_clock = {
	.id = "clock",
	.source = "probe.p25",
	.kind = SW_PROBE_PASSIVE,
	.stage = SW_STAGE_LOCAL,
	.states = { SW_FACT_LOCAL_CLOCK, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "this machine's clock", "часы этой машины" },
	.start = start,
};
