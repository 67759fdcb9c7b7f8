/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "api/dkim.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "identity/dkim_record.h"
#include "mail/ready.h"

struct sw_dkim_keys *sw_dkim_keys_new(void)
{
	const struct sw_dkim_sign_options options = { 0 };
	struct sw_dkim_keys *k = sw_calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	sw_buf_init(&k->detail, SW_MAX_DKIM_RECORD * 4);
	k->crypto = sw_dkim_crypto_new();
	if (k->crypto)
		k->signer = sw_dkim_signer_new(k->crypto, &options);
	if (k->signer)
		return k;
	sw_dkim_keys_free(k);
	return NULL;
}

void sw_dkim_keys_free(struct sw_dkim_keys *k)
{
	if (!k)
		return;
	sw_dkim_signer_free(k->signer);
	for (size_t i = 0; i < k->count; i++)
		sw_dkim_private_free(k->list[i].key);
	sw_dkim_crypto_free(k->crypto);
	sw_arena_fini(&k->arena);
	sw_buf_fini(&k->detail);
	sw_free(k);
}

const char *sw_dkim_keys_error_text(const struct sw_dkim_keys *k)
{
	return k->error.text;
}

/* The key's record and its texts; the key is ours when it worked. */
static enum sw_err add(struct sw_dkim_keys *k, struct sw_dkim_private *key, const char *domain,
		       const char *selector)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf record = { .max = SW_MAX_DKIM_RECORD };
	SW_CLEANUP(sw_buf_fini) struct sw_buf zone = { .max = SW_MAX_DKIM_RECORD };
	SW_CLEANUP(sw_buf_fini) struct sw_buf name = { .max = SW_MAX_COMMAND };
	enum sw_err e = sw_dkim_signer_add(k->signer, key, domain, selector, &k->error);
	size_t i = k->count;

	if (e)
		return e;
	/* The domain as the signer has it: A-labels. */
	domain = sw_dkim_signer_domain(k->signer, i);
	k->list[i].key = key;
	k->count++;
	if (sw_dkim_record_write(key, &record) ||
	    sw_dkim_record_zone(domain, selector, sw_buf_slice(&record), &zone) ||
	    sw_buf_printf(&name, "%s._domainkey.%s", selector, domain))
		return sw_fail_nomem(&k->error);
	k->list[i].name = sw_arena_strdup(&k->arena, sw_buf_str(&name));
	k->list[i].record = sw_arena_strdup(&k->arena, sw_buf_str(&record));
	k->list[i].zone = sw_arena_strdup(&k->arena, sw_buf_str(&zone));
	return k->list[i].name && k->list[i].record && k->list[i].zone
		       ? SW_OK
		       : sw_fail_nomem(&k->error);
}

enum sw_err sw_dkim_keys_add_file(struct sw_dkim_keys *k, const char *path, const char *domain,
				  const char *selector)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = SW_MAX_SECRET, .secret = true };
	struct sw_dkim_private *key = NULL;
	struct sw_error err = { 0 };
	uint64_t refused = sw_mem_refused();

	sw_error_clear(&k->error);
	enum sw_err e = sw_file_read(path, SW_FILE_SECRET, SW_MAX_SECRET, &text, &k->error);

	if (e)
		return e;
	e = sw_dkim_private_read(sw_buf_slice(&text), &key, &err);
	if (e && sw_fail_if_refused(&k->error, refused))
		return SW_E_NOMEM;
	if (e)
		return sw_fail(&k->error, e, "%s: %s", path, err.text);
	size_t before = k->count;

	e = add(k, key, domain, selector);
	if (e && k->count == before)
		sw_dkim_private_free(key);
	return e;
}

static enum sw_err write_key(struct sw_dkim_keys *k, const char *path, struct sw_slice pem)
{
	int fd;
	enum sw_err e = sw_file_create(path, 0600, &fd, &k->error);

	if (e)
		return e;
	e = sw_fd_write(fd, pem, &k->error);
	if (!e && fsync(fd) != 0)
		e = sw_fail(&k->error, SW_E_IO, "%s: it could not be written", path);
	(void)close(fd);
	/* Half a key is none, and would be in the way. */
	if (e)
		(void)unlink(path);
	return e;
}

enum sw_err sw_dkim_keys_make(struct sw_dkim_keys *k, const char *path, const char *algorithm,
			      const char *domain, const char *selector)
{
	static const struct {
		const char *name;
		enum sw_dkim_key_type type;
		unsigned bits;
	} known[] = { { "rsa2048", SW_DKIM_RSA, 2048 },
		      { "rsa3072", SW_DKIM_RSA, 3072 },
		      { "rsa4096", SW_DKIM_RSA, 4096 },
		      { "ed25519", SW_DKIM_ED25519, 256 } };
	SW_CLEANUP(sw_buf_wipe) struct sw_buf pem = { .max = SW_MAX_SECRET, .secret = true };
	struct sw_dkim_private *key = NULL;
	size_t i = 0, before = k->count;
	uint64_t refused = sw_mem_refused();

	sw_error_clear(&k->error);
	while (algorithm && i < SW_LEN(known) && strcmp(known[i].name, algorithm) != 0)
		i++;
	if (i == SW_LEN(known))
		return sw_fail(&k->error, SW_E_USAGE,
			       "\"%.32s\": expected rsa2048, rsa3072, rsa4096 or ed25519",
			       algorithm);
	enum sw_err e = sw_dkim_private_make(known[i].type, known[i].bits, &key, &k->error);

	if (!e)
		e = add(k, key, domain, selector);
	if (!e && sw_dkim_private_pem(key, &pem))
		e = sw_fail_nomem(&k->error);
	if (!e)
		e = write_key(k, path, sw_buf_slice(&pem));
	if (e && sw_fail_if_refused(&k->error, refused))
		e = SW_E_NOMEM;
	if (e && k->count == before)
		sw_dkim_private_free(key);
	return e;
}

size_t sw_dkim_keys_count(const struct sw_dkim_keys *k)
{
	return k->count;
}

const char *sw_dkim_keys_name(const struct sw_dkim_keys *k, size_t i)
{
	return i < k->count ? k->list[i].name : "";
}

const char *sw_dkim_keys_record(const struct sw_dkim_keys *k, size_t i)
{
	return i < k->count ? k->list[i].record : "";
}

const char *sw_dkim_keys_zone(const struct sw_dkim_keys *k, size_t i)
{
	return i < k->count ? k->list[i].zone : "";
}

const char *sw_dkim_keys_type(const struct sw_dkim_keys *k, size_t i)
{
	return i < k->count ? sw_dkim_key_type_name(sw_dkim_private_type(k->list[i].key)) : "";
}

unsigned sw_dkim_keys_bits(const struct sw_dkim_keys *k, size_t i)
{
	return i < k->count ? sw_dkim_private_bits(k->list[i].key) : 0;
}

/* ---- what is published ---- */

struct look_up {
	struct sw_dkim_keys *k;
	size_t i;
	struct sw_dns_question question;
	bool answered;
	enum sw_dkim_published found;
};

static size_t look_up_questions(void *machine, const struct sw_dns_question **ret)
{
	struct look_up *l = machine;

	*ret = &l->question;
	return l->answered ? 0 : 1;
}

static enum sw_err compare(struct look_up *l, struct sw_slice text)
{
	struct sw_dkim_record r = { .key = { .max = SW_MAX_DKIM_KEY_BYTES } };
	const char *detail;
	enum sw_dkim_reason why = sw_dkim_record_read(text, &r, &detail);
	bool same = why == SW_DKIM_WHY_VERIFIED &&
		    sw_dkim_record_matches(&r, l->k->list[l->i].key);
	enum sw_err e = why == SW_DKIM_WHY_OURS ? SW_E_NOMEM : SW_OK;

	sw_buf_clear(&l->k->detail);
	if (e) {
		l->found = SW_DKIM_PUBLISHED_OTHER;
	} else if (same && r.for_mail && r.hashes[SW_DKIM_SHA256]) {
		l->found = SW_DKIM_PUBLISHED;
	} else {
		l->found = SW_DKIM_PUBLISHED_OTHER;
		e = sw_buf_printf(&l->k->detail, "%s%s%s: ",
				  same ? "it does not allow what is needed (s=, h=)"
				  : why == SW_DKIM_WHY_VERIFIED ? "it is another key"
								: sw_dkim_reason_text(why),
				  *detail ? ", " : "", detail);
	}
	if (!e)
		e = sw_text_escape(&l->k->detail, text, SW_TEXT_LINE);
	sw_buf_fini(&r.key);
	return e;
}

static enum sw_err look_up_answer(void *machine, const struct sw_dns_answer *a,
				  struct sw_error *err)
{
	struct look_up *l = machine;
	enum sw_err e = SW_OK;

	l->answered = true;
	if (a->status == SW_DNS_NXDOMAIN || a->status == SW_DNS_NODATA)
		l->found = SW_DKIM_PUBLISHED_NOT;
	else
		l->found = SW_DKIM_PUBLISHED_UNKNOWN;
	sw_buf_clear(&l->k->detail);
	if (a->status != SW_DNS_OK)
		e = sw_buf_add_str(&l->k->detail, sw_dns_status_name(a->status));
	for (size_t i = 0; !e && i < a->count && l->found != SW_DKIM_PUBLISHED; i++)
		if (a->records[i].type == SW_DNS_TXT)
			e = compare(l, sw_slice_head(a->records[i].txt, SW_MAX_DKIM_RECORD));
	return e ? sw_fail_nomem(err) : SW_OK;
}

enum sw_err sw_dkim_keys_look_up(struct sw_dkim_keys *k, size_t i, const char *resolver,
				 unsigned timeout_s, enum sw_dkim_published *ret,
				 const char **ret_detail)
{
	struct look_up l = { .k = k, .i = i };
	const struct sw_dns_asked asked = { &l, look_up_questions, look_up_answer };
	uint64_t refused = sw_mem_refused();

	sw_error_clear(&k->error);
	if (i >= k->count)
		return sw_fail(&k->error, SW_E_USAGE, "there is no such key");
	l.question = (struct sw_dns_question){ k->list[i].name, SW_DNS_TXT };
	enum sw_err e = sw_dns_ask_all(&asked, 1, resolver, timeout_s, &k->error);

	if (!e)
		e = sw_fail_if_refused(&k->error, refused);
	if (e)
		return e;
	*ret = l.found;
	if (ret_detail)
		*ret_detail = sw_buf_str(&k->detail);
	return SW_OK;
}

/* ---- signing files ---- */

enum sw_err sw_dkim_keys_sign(struct sw_dkim_keys *k, const char *path, int fd)
{
	const struct sw_ready_options options = { .keep_bcc = true };
	struct sw_source *plain = NULL, *with = NULL;

	sw_error_clear(&k->error);
	enum sw_err e = sw_ready_open(path, &options, &plain, &k->error);

	if (!e)
		e = sw_dkim_signed_source(k, plain, &with, &k->error);
	if (e) {
		sw_source_free(plain);
		return e;
	}
	e = sw_source_write(with, fd, &k->error);
	sw_source_free(with);
	return e;
}
