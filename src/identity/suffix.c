/* SPDX-License-Identifier: MIT */
#include "identity/suffix.h"

#include <libpsl.h>
#include <stdio.h>

#include "base/load.h"
#include "base/mem.h"
#include "base/text.h"

/* libpsl's functions, found at run time: a sender asks who signs for whom rarely, and with it
 * come libidn2 and libunistring. */
struct lib {
	__typeof__(psl_latest) *latest;
	__typeof__(psl_load_fp) *load_fp;
	__typeof__(psl_free) *free;
	__typeof__(psl_registrable_domain) *registrable_domain;
	__typeof__(psl_is_public_suffix) *is_public_suffix;
};

/* That of the headers with which this was built: 5 since 2014. */
#define LIBRARY "libpsl.so.5"

static const struct sw_load_symbol symbols[] = {
	{ "psl_latest", offsetof(struct lib, latest) },
	{ "psl_load_fp", offsetof(struct lib, load_fp) },
	{ "psl_free", offsetof(struct lib, free) },
	{ "psl_registrable_domain", offsetof(struct lib, registrable_domain) },
	{ "psl_is_public_suffix", offsetof(struct lib, is_public_suffix) },
};

struct sw_suffixes {
	struct lib lib;
	psl_ctx_t *psl;
};

static psl_ctx_t *load(const struct lib *lib, struct sw_slice list)
{
	char *copy;

	if (list.len == 0)
		return lib->latest(NULL);
	/* libpsl reads streams only. */
	copy = sw_dup(list);
	if (!copy)
		return NULL;
	FILE *f = fmemopen(copy, list.len, "r");
	psl_ctx_t *psl = f ? lib->load_fp(f) : NULL;
	if (f)
		fclose(f);
	sw_free(copy);
	return psl;
}

struct sw_suffixes *sw_suffixes_new(struct sw_slice list, struct sw_error *err)
{
	struct sw_suffixes *s = sw_calloc(1, sizeof(*s));

	if (!s) {
		sw_fail_nomem(err);
		return NULL;
	}
	if (sw_load(LIBRARY, "knows the public suffixes", symbols, SW_LEN(symbols), &s->lib,
		    err)) {
		sw_free(s);
		return NULL;
	}
	s->psl = load(&s->lib, list);
	if (!s->psl) {
		sw_fail(err, SW_E_DATA, "no list of public suffixes could be read");
		sw_free(s);
		return NULL;
	}
	return s;
}

void sw_suffixes_free(struct sw_suffixes *s)
{
	if (!s)
		return;
	s->lib.free(s->psl);
	sw_free(s);
}

enum { MOST = SW_MAX_DOMAIN * 4 };

/* As libpsl wants it; false when it is no domain. */
static bool normal(struct sw_slice domain, char out[MOST + 1])
{
	if (domain.len == 0 || domain.len > MOST || domain.ptr[0] == '.' ||
	    sw_slice_has_control(domain) || !sw_utf8_valid(domain))
		return false;
	for (size_t i = 0; i < domain.len; i++) {
		if (domain.ptr[i] == '.' && i > 0 && domain.ptr[i - 1] == '.')
			return false;
		out[i] = sw_ascii_lower(domain.ptr[i]);
	}
	out[domain.len] = '\0';
	return true;
}

struct sw_slice sw_suffixes_org(const struct sw_suffixes *s, struct sw_slice domain)
{
	char low[MOST + 1];

	if (domain.len > 0 && domain.ptr[domain.len - 1] == '.')
		domain.len--;
	const char *org = normal(domain, low) ? s->lib.registrable_domain(s->psl, low) : NULL;
	return org ? sw_slice_from(domain, (size_t)(org - low)) : (struct sw_slice){ NULL, 0 };
}

bool sw_suffixes_is_public(const struct sw_suffixes *s, struct sw_slice domain)
{
	char low[MOST + 1];

	return normal(domain, low) && s->lib.is_public_suffix(s->psl, low);
}
