/* SPDX-License-Identifier: MIT */
#include "mail/date.h"

#include <stdio.h>
#include <time.h>

/* Not strftime: its names are those of the locale. */
static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
				  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

enum sw_err sw_date_format(int64_t wall_us, char out[SW_DATE_TEXT])
{
	/* Rounds down before 1970 too. */
	int64_t s = wall_us / 1000000 - (wall_us % 1000000 < 0);
	time_t when = (time_t)s;
	struct tm tm;

	if (!localtime_r(&when, &tm) || tm.tm_year < 1000 - 1900 || tm.tm_year > 9999 - 1900)
		return SW_E_DATA;
	/* RFC 5322 has minutes only; zones with seconds existed before 1972. */
	long offset_min = tm.tm_gmtoff / 60;
	char sign = offset_min < 0 ? '-' : '+';

	if (offset_min < 0)
		offset_min = -offset_min;
	snprintf(out, SW_DATE_TEXT, "%s, %02d %s %04d %02d:%02d:%02d %c%02ld%02ld",
		 days[(unsigned)tm.tm_wday % SW_LEN(days)], tm.tm_mday,
		 months[(unsigned)tm.tm_mon % SW_LEN(months)], tm.tm_year + 1900, tm.tm_hour,
		 tm.tm_min, tm.tm_sec, sign, offset_min / 60, offset_min % 60);
	return SW_OK;
}
