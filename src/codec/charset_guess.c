/* SPDX-License-Identifier: MIT */
/* Which charset bytes without a label, or with a wrong one, may be in. */
#include "codec/charset.h"

#include "base/text.h"

/* What the bytes above 0x7f look like. */
struct census {
	size_t high;         /* such bytes */
	size_t letters;      /* ASCII letters */
	size_t runs, even;   /* runs of high bytes, and those of an even length */
	size_t upper, lower; /* 0xc0 to 0xdf, 0xe0 to 0xff */
	bool two_bytes;      /* pairs in the first plane of GB 2312 and its kin only */
};

static void end_run(struct census *c, size_t run)
{
	c->runs += run > 0;
	c->even += run > 0 && run % 2 == 0;
}

static struct census count(struct sw_slice in)
{
	struct census c = { .two_bytes = true };
	size_t run = 0;

	for (size_t i = 0; i < in.len; i++) {
		unsigned char b = (unsigned char)in.ptr[i];

		if (b < 0x80) {
			char low = sw_ascii_lower(in.ptr[i]);

			c.letters += low >= 'a' && low <= 'z';
			end_run(&c, run);
			run = 0;
			continue;
		}
		run++;
		c.high++;
		c.upper += b >= 0xc0 && b <= 0xdf;
		c.lower += b >= 0xe0;
		c.two_bytes = c.two_bytes && b >= 0xa1 && b != 0xff;
	}
	end_run(&c, run);
	return c;
}

struct sw_slice sw_charset_guess(struct sw_slice in)
{
	in = sw_slice_head(in, SW_CHARSET_GUESS);
	if (!sw_slice_has_8bit(in)) {
		/* ISO 2022: ESC $ begins text of two bytes, ESC ( J or I that of one. */
		if (sw_slice_find(in, '\x1b') == in.len)
			return SW_S("utf-8");
		if (sw_slice_search(in, SW_S("\x1b$)C")) < in.len)
			return SW_S("iso-2022-kr");
		if (sw_slice_search(in, SW_S("\x1b$")) < in.len ||
		    sw_slice_search(in, SW_S("\x1b(J")) < in.len ||
		    sw_slice_search(in, SW_S("\x1b(I")) < in.len)
			return SW_S("iso-2022-jp");
		return SW_S("utf-8");
	}
	size_t cut = in.len;

	/* The limit may have cut a character. */
	while (cut > 0 && in.len - cut < 3 && ((unsigned char)in.ptr[cut - 1] & 0x80))
		cut--;
	if (sw_utf8_valid(in) ||
	    (cut && in.len == SW_CHARSET_GUESS && sw_utf8_valid(sw_slice_head(in, cut))))
		return SW_S("utf-8");
	struct census c = count(in);

	if (c.two_bytes && c.runs >= 4 && c.even == c.runs)
		return SW_S("gb18030");
	/* Latin text has a high byte here and there; what has more of them than ASCII letters
	 * beside each other is Cyrillic, whose small letters are the upper half in
	 * windows-1251 and the lower in KOI8-R. */
	if (c.runs && c.high / c.runs >= 2 && c.high * 2 > c.letters)
		return c.lower > c.upper ? SW_S("windows-1251") : SW_S("koi8-r");
	return SW_S("windows-1252");
}
