/* SPDX-License-Identifier: MIT */
#include "client/tlsrpt.h"

#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

#define SW_TLSRPT_RESULT(id, name) name,
static const char *const names[] = {
#include "client/tlsrpt_result.def"
};
#undef SW_TLSRPT_RESULT

const char *sw_tlsrpt_result_name(enum sw_tlsrpt_result r)
{
	return r < SW_TLSRPT_RESULT_COUNT ? names[r] : "?";
}

enum sw_tlsrpt_result sw_tlsrpt_of_verify(int verify_code)
{
	static const struct {
		int code;
		enum sw_tlsrpt_result result;
	} codes[] = {
		{ X509_V_ERR_HOSTNAME_MISMATCH, SW_TLSRPT_HOST_MISMATCH },
		{ X509_V_ERR_IP_ADDRESS_MISMATCH, SW_TLSRPT_HOST_MISMATCH },
		{ X509_V_ERR_CERT_HAS_EXPIRED, SW_TLSRPT_EXPIRED },
		{ X509_V_ERR_CERT_NOT_YET_VALID, SW_TLSRPT_NOT_TRUSTED },
		{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, SW_TLSRPT_NOT_TRUSTED },
		{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, SW_TLSRPT_NOT_TRUSTED },
		{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, SW_TLSRPT_NOT_TRUSTED },
		{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, SW_TLSRPT_NOT_TRUSTED },
		{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, SW_TLSRPT_NOT_TRUSTED },
		{ X509_V_ERR_CERT_REVOKED, SW_TLSRPT_NOT_TRUSTED },
		{ X509_V_ERR_CERT_UNTRUSTED, SW_TLSRPT_NOT_TRUSTED },
	};

	for (size_t i = 0; i < SW_LEN(codes); i++)
		if (codes[i].code == verify_code)
			return codes[i].result;
	return SW_TLSRPT_VALIDATION;
}

/* ---- lines */

enum { WORDS = 5 }; /* and the number */

static bool is_word(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 127)
			return false;
	return *text != '\0';
}

enum sw_err sw_tlsrpt_line(const struct sw_tlsrpt_note *n, struct sw_buf *out)
{
	time_t at = (time_t)(n->wall_us / 1000000);
	const char *host = *n->host ? n->host : "-";
	struct tm day;

	if (!gmtime_r(&at, &day) || !is_word(n->domain) || !is_word(host))
		return SW_E_DATA;
	return sw_buf_printf(out, "%04d-%02d-%02d %s %s %s %s 1\n", day.tm_year + 1900,
			     day.tm_mon + 1, day.tm_mday, n->domain, n->policy, host,
			     sw_tlsrpt_result_name(n->result));
}

struct line {
	struct sw_slice key;
	uint64_t count;
};

/* Cuts "day domain policy host result number". */
static bool cut(struct sw_slice text, struct line *ret)
{
	struct sw_slice rest = text, word = { 0 };
	size_t words = 0;

	while (words < WORDS && sw_slice_split(&rest, ' ', &word) && word.len > 0)
		words++;
	if (words < WORDS || !sw_slice_u64(rest, &ret->count) || ret->count == 0)
		return false;
	ret->key = sw_slice_head(text, text.len - rest.len - 1);
	return true;
}

static int by_key(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	size_t len = x->key.len < y->key.len ? x->key.len : y->key.len;
	int order = memcmp(x->key.ptr, y->key.ptr, len);

	return order ? order : (x->key.len > y->key.len) - (x->key.len < y->key.len);
}

static size_t join_equal(struct line *at, size_t count)
{
	size_t kept = 0;

	qsort(at, count, sizeof(*at), by_key);
	for (size_t i = 0; i < count; i++) {
		if (kept > 0 && by_key(&at[kept - 1], &at[i]) == 0)
			at[kept - 1].count += at[i].count;
		else
			at[kept++] = at[i];
	}
	return kept;
}

static size_t count_lines(struct sw_slice text)
{
	size_t count = 1;

	for (size_t i = 0; i < text.len; i++)
		count += text.ptr[i] == '\n';
	return count;
}

enum sw_err sw_tlsrpt_sum(struct sw_slice lines, size_t most, struct sw_buf *out)
{
	enum { NUMBER = 22 }; /* blank, digits of 64 bits, line end */
	size_t room = count_lines(lines), count = 0, bytes = 0;
	SW_CLEANUP(sw_freep) struct line *at = sw_calloc(room, sizeof(*at));
	struct sw_slice line;
	enum sw_err e = SW_OK;

	if (!at)
		return SW_E_NOMEM;
	while (count < room && lines.len && sw_slice_split(&lines, '\n', &line))
		count += cut(line, &at[count]);
	count = join_equal(at, count);
	/* The newest day is the last: what does not fit is before. */
	size_t from = count;
	while (from > 0 && bytes + at[from - 1].key.len + NUMBER <= most)
		bytes += at[--from].key.len + NUMBER;
	for (size_t i = from; !e && i < count; i++)
		e = sw_buf_printf(out, "%.*s %llu\n", SW_FMT(at[i].key),
				  (unsigned long long)at[i].count);
	return e;
}

/* ---- the file */

static void add_up(const char *path)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf file = { .max = 2 * SW_MAX_TLSRPT };
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_TLSRPT };
	SW_CLEANUP(sw_buf_fini) struct sw_buf lock = { .max = 4096 };
	struct sw_error ignored = { 0 };
	int fd = -1;

	/* Whoever appends at this moment may lose a line; nobody else adds up. */
	if (!sw_buf_printf(&lock, "%s.lock", path) &&
	    !sw_file_try_lock(sw_buf_str(&lock), &fd, &ignored) && fd >= 0) {
		if (!sw_file_read(path, SW_FILE_SECRET, file.max, &file, &ignored) &&
		    !sw_tlsrpt_sum(sw_buf_slice(&file), SW_MAX_TLSRPT / 2, &out))
			(void)!sw_file_replace(path, 0600, sw_buf_slice(&out), &ignored);
		close(fd);
	}
	sw_error_clear(&ignored);
}

void sw_tlsrpt_note(const char *folder, const struct sw_tlsrpt_note *n)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf line = { .max = 1024 };
	SW_CLEANUP(sw_buf_fini) struct sw_buf path = { .max = 4096 };
	struct sw_error ignored = { 0 };
	uint64_t size = 0;
	int fd;

	if (sw_tlsrpt_line(n, &line) || sw_buf_printf(&path, "%s/tlsrpt", folder))
		return;
	if (!sw_dir_make(folder, &ignored))
		(void)!sw_file_append(sw_buf_str(&path), 0600, sw_buf_slice(&line), &ignored);
	if (!sw_file_open(sw_buf_str(&path), SW_FILE_SECRET, &fd, &size, &ignored))
		close(fd);
	if (size > SW_MAX_TLSRPT)
		add_up(sw_buf_str(&path));
	sw_error_clear(&ignored);
}
