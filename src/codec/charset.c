/* SPDX-License-Identifier: MIT */
#include "codec/charset.h"

#include <errno.h>
#include <iconv.h>

#include "codec/utf8.h"

/* Bytes converted at once. */
enum { PIECE = 1024 };

/* What mail calls a charset, and what iconv does.  Labels that mailers use for more than they
 * say get the larger set, as browsers do (WHATWG Encoding): ISO-8859-1 text with the quotes of
 * windows-1252, GB2312 with characters of GB18030.  UTF-7 is left out: it hides ASCII. */
static const struct {
	const char *label, *name;
} charsets[] = {
	{ "iso-8859-1", "WINDOWS-1252" },
	{ "iso8859-1", "WINDOWS-1252" },
	{ "iso_8859-1", "WINDOWS-1252" },
	{ "iso-latin-1", "WINDOWS-1252" },
	{ "l1", "WINDOWS-1252" },
	{ "latin1", "WINDOWS-1252" },
	{ "windows-1252", "WINDOWS-1252" },
	{ "cp1252", "WINDOWS-1252" },
	{ "cp-1252", "WINDOWS-1252" },
	{ "iso-8859-2", "ISO-8859-2" },
	{ "iso-8859-3", "ISO-8859-3" },
	{ "iso-8859-4", "ISO-8859-4" },
	{ "iso-8859-5", "ISO-8859-5" },
	{ "iso-8859-6", "ISO-8859-6" },
	{ "iso-8859-7", "ISO-8859-7" },
	{ "iso-8859-8", "ISO-8859-8" },
	{ "iso-8859-8-i", "ISO-8859-8" },
	{ "iso-8859-9", "WINDOWS-1254" },
	{ "iso-8859-10", "ISO-8859-10" },
	{ "iso-8859-11", "WINDOWS-874" },
	{ "iso-8859-13", "ISO-8859-13" },
	{ "iso-8859-14", "ISO-8859-14" },
	{ "iso-8859-15", "ISO-8859-15" },
	{ "iso8859-15", "ISO-8859-15" },
	{ "latin-9", "ISO-8859-15" },
	{ "iso-8859-16", "ISO-8859-16" },
	{ "tis-620", "WINDOWS-874" },
	{ "windows-874", "WINDOWS-874" },
	{ "windows-1250", "WINDOWS-1250" },
	{ "cp1250", "WINDOWS-1250" },
	{ "windows-1251", "WINDOWS-1251" },
	{ "win-1251", "WINDOWS-1251" },
	{ "win1251", "WINDOWS-1251" },
	{ "cp1251", "WINDOWS-1251" },
	{ "windows-1253", "WINDOWS-1253" },
	{ "windows-1254", "WINDOWS-1254" },
	{ "windows-1255", "WINDOWS-1255" },
	{ "windows-1256", "WINDOWS-1256" },
	{ "windows-1257", "WINDOWS-1257" },
	{ "windows-1258", "WINDOWS-1258" },
	{ "ibm437", "IBM437" },
	{ "cp437", "IBM437" },
	{ "ibm850", "IBM850" },
	{ "cp850", "IBM850" },
	{ "ibm852", "IBM852" },
	{ "ibm866", "IBM866" },
	{ "cp866", "IBM866" },
	{ "koi8-r", "KOI8-R" },
	{ "koi8r", "KOI8-R" },
	{ "koi8-u", "KOI8-U" },
	{ "macintosh", "MACINTOSH" },
	{ "x-mac-roman", "MACINTOSH" },
	{ "x-mac-cyrillic", "MAC-CYRILLIC" },
	{ "iso-2022-jp", "ISO-2022-JP-2" },
	{ "iso-2022-jp-2", "ISO-2022-JP-2" },
	{ "iso-2022-jp-1", "ISO-2022-JP-3" },
	{ "iso-2022-jp-3", "ISO-2022-JP-3" },
	{ "iso-2022-jp-ms", "ISO-2022-JP-3" },
	{ "csiso2022jp", "ISO-2022-JP-2" },
	{ "cp50220", "ISO-2022-JP-3" },
	{ "cp50221", "ISO-2022-JP-3" },
	{ "iso-2022-cn", "ISO-2022-CN" },
	{ "shift_jis", "CP932" },
	{ "shift-jis", "CP932" },
	{ "sjis", "CP932" },
	{ "x-sjis", "CP932" },
	{ "windows-31j", "CP932" },
	{ "cp932", "CP932" },
	{ "ms_kanji", "CP932" },
	{ "x-ms-cp932", "CP932" },
	{ "euc-jp", "EUC-JP-MS" },
	{ "x-euc-jp", "EUC-JP-MS" },
	{ "eucjp", "EUC-JP-MS" },
	{ "iso-2022-kr", "ISO-2022-KR" },
	{ "euc-kr", "UHC" },
	{ "ks_c_5601-1987", "UHC" },
	{ "ks_c_5601", "UHC" },
	{ "cp949", "UHC" },
	{ "x-windows-949", "UHC" },
	{ "gb2312", "GB18030" },
	{ "x-gbk", "GB18030" },
	{ "gb_2312-80", "GB18030" },
	{ "gbk", "GB18030" },
	{ "cp936", "GB18030" },
	{ "gb18030", "GB18030" },
	{ "x-big5", "BIG5-HKSCS" },
	{ "cn-big5", "BIG5-HKSCS" },
	{ "big5", "BIG5-HKSCS" },
	{ "big5-hkscs", "BIG5-HKSCS" },
	{ "utf-16", "UTF-16" },
	{ "utf-16be", "UTF-16BE" },
	{ "utf-16le", "UTF-16LE" },
};

static bool is_utf8(struct sw_slice name)
{
	return sw_slice_eq_nocase(name, SW_S("utf-8")) ||
	       sw_slice_eq_nocase(name, SW_S("utf8")) ||
	       sw_slice_eq_nocase(name, SW_S("us-ascii")) ||
	       sw_slice_eq_nocase(name, SW_S("ascii"));
}

static const char *iconv_name(struct sw_slice label)
{
	for (size_t i = 0; i < SW_LEN(charsets); i++)
		if (sw_slice_eq_nocase(label, sw_slice_str(charsets[i].label)))
			return charsets[i].name;
	return NULL;
}

bool sw_charset_known(struct sw_slice name)
{
	return is_utf8(name) || iconv_name(name) != NULL;
}

/* Every byte above 0x7f escaped, also those that look like UTF-8: nobody said they are. */
static enum sw_err add_escaped(struct sw_slice in, struct sw_buf *out)
{
	enum sw_err code = SW_OK;

	for (size_t i = 0; i < in.len && !code; i++) {
		if ((unsigned char)in.ptr[i] < 0x80)
			code = sw_buf_add_char(out, in.ptr[i]);
		else
			code = sw_utf8_add_escaped(out, in.ptr[i]);
	}
	return code;
}

/* ret_offset NULL: what means nothing is escaped; else the first such byte ends it. */
static enum sw_err convert(iconv_t cd, struct sw_slice in, struct sw_buf *out,
			   size_t *ret_offset)
{
	/* iconv's prototype lacks the const; it writes to neither. */
	union {
		const char *borrowed;
		char *for_iconv;
	} from = { .borrowed = in.ptr };
	size_t left = in.len;
	bool done = false;

	while (!done) {
		char piece[PIECE];
		char *to = piece;
		size_t room = sizeof(piece), before = left;
		/* With nothing left, what the converter still holds comes out. */
		bool ending = left == 0;
		size_t got = iconv(cd, ending ? NULL : &from.for_iconv, &left, &to, &room);
		int why = got == (size_t)-1 ? errno : 0;
		enum sw_err code = sw_buf_add(out, sw_slice(piece, sizeof(piece) - room));

		if (code)
			return code;
		done = ending;
		/* A converter that neither takes nor gives is not asked twice about a byte. */
		bool stuck = left == before && room == sizeof(piece);

		if (!ending && (why == EILSEQ || why == EINVAL || (why && stuck))) {
			if (ret_offset) {
				*ret_offset = in.len - left;
				return SW_E_DATA;
			}
			code = sw_utf8_add_escaped(out, *from.borrowed);
			if (code)
				return code;
			from.borrowed++;
			left--;
		}
	}
	return SW_OK;
}

enum sw_err sw_charset_to_utf8(struct sw_slice charset, struct sw_slice in, struct sw_buf *out)
{
	if (in.len == 0)
		return SW_OK;
	if (is_utf8(charset))
		return sw_utf8_add_lossless(out, in);
	const char *name = iconv_name(charset);

	if (!name)
		return add_escaped(in, out);
	iconv_t cd = iconv_open("UTF-8", name);

	if (cd == (iconv_t)-1)
		/* A libc without its converters (a container): as if unknown. */
		return errno == ENOMEM ? SW_E_NOMEM : add_escaped(in, out);
	enum sw_err code = convert(cd, in, out, NULL);

	iconv_close(cd);
	return code;
}

enum sw_err sw_charset_to_utf8_strict(struct sw_slice charset, struct sw_slice in,
				      struct sw_buf *out, size_t *ret_offset)
{
	const char *name = is_utf8(charset) ? "UTF-8" : iconv_name(charset);
	iconv_t cd = name ? iconv_open("UTF-8", name) : (iconv_t)-1;

	*ret_offset = 0;
	if (cd == (iconv_t)-1)
		return !name ? SW_E_DATA : errno == ENOMEM ? SW_E_NOMEM : SW_E_DATA;
	enum sw_err code = in.len ? convert(cd, in, out, ret_offset) : SW_OK;

	iconv_close(cd);
	return code;
}
