/* SPDX-License-Identifier: MIT */
/* What is kept of a certificate.  All of it was written by the other side, so every text goes
 * through the escaper and has a ceiling. */
#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "base/text.h"
#include "net/tls_internal.h"

/* A text that is being written. */
struct text {
	struct sw_buf buf;
	bool lost; /* memory was out: better none than a part */
};

static struct text text_new(void)
{
	return (struct text){ .buf = { .max = SW_MAX_CERT_TEXT } };
}

/* Appends what fits of `in`, escaped, and marks what does not. */
static void add(struct text *out, struct sw_slice in)
{
	static const struct sw_slice mark = { "...", 3 };
	size_t left = out->buf.max - sw_buf_len(&out->buf);
	/* Escaping makes at most four bytes of one; the mark needs its place as well. */
	size_t room = left > mark.len ? (left - mark.len) / 4 : 0;
	enum sw_err code = sw_text_escape(&out->buf, sw_slice_head(in, room), SW_TEXT_LINE);

	if (!code && room < in.len && left >= mark.len)
		code = sw_buf_add(&out->buf, mark);
	out->lost = out->lost || code;
}

/* NULL without memory. */
static char *take(struct text *out)
{
	char *text = out->lost ? NULL : sw_buf_take(&out->buf);

	sw_buf_fini(&out->buf);
	return text;
}

static char *name_text(const X509_NAME *name)
{
	/* Read by people: UTF-8 stays, control bytes and separators are escaped. */
	const unsigned long flags = (XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB &
				     ~(unsigned long)XN_FLAG_SEP_MASK) |
				    XN_FLAG_SEP_CPLUS_SPC;
	BIO *bio = BIO_new(BIO_s_mem());
	struct text out = text_new();

	if (bio && X509_NAME_print_ex(bio, name, 0, flags) >= 0) {
		char *text = NULL;
		long len = BIO_get_mem_data(bio, &text);

		add(&out, sw_slice(text, len > 0 ? (size_t)len : 0));
	} else {
		add(&out, SW_S("?"));
	}
	BIO_free(bio);
	return take(&out);
}

/* A comma in a name must not look like the border between two names. */
static void add_dns_name(struct text *out, const ASN1_STRING *s)
{
	struct sw_slice rest =
		sw_slice(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));

	for (;;) {
		size_t comma = sw_slice_find(rest, ',');

		add(out, sw_slice_head(rest, comma));
		if (comma == rest.len)
			return;
		add(out, SW_S("\\x2c"));
		rest = sw_slice_from(rest, comma + 1);
	}
}

static void add_ip(struct text *out, const ASN1_OCTET_STRING *ip)
{
	int len = ASN1_STRING_length(ip);
	char text[INET6_ADDRSTRLEN] = "(invalid IP address)";

	if (len == 4 || len == 16)
		inet_ntop(len == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(ip), text,
			  sizeof(text));
	add(out, sw_slice_str(text));
}

static char *names_text(const X509 *cert)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	struct text out = text_new();

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_DNS && name->type != GEN_IPADD)
			continue;
		if (sw_buf_len(&out.buf))
			add(&out, SW_S(", "));
		if (name->type == GEN_DNS)
			add_dns_name(&out, name->d.dNSName);
		else
			add_ip(&out, name->d.iPAddress);
	}
	GENERAL_NAMES_free(names);
	return take(&out);
}

static char *time_text(const ASN1_TIME *time)
{
	struct tm tm;
	char text[64] = "?";

	if (time && ASN1_TIME_to_tm(time, &tm) == 1)
		snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ",
			 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			 tm.tm_sec);
	return sw_strdup(text);
}

static char *digest_text(const X509 *cert)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char text[2 * EVP_MAX_MD_SIZE + 1] = "";
	unsigned len = 0;

	if (X509_digest(cert, EVP_sha256(), digest, &len) != 1)
		len = 0;
	for (unsigned i = 0; i < len; i++)
		snprintf(text + 2 * (size_t)i, 3, "%02x", digest[i]);
	return sw_strdup(text);
}

/* "P-256" rather than "prime256v1". */
static void add_curve(struct text *out, EVP_PKEY *key)
{
	char group[64] = "";
	const char *nist = NULL;

	if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1)
		nist = EC_curve_nid2nist(OBJ_txt2nid(group));
	add(out, SW_S("EC "));
	add(out, sw_slice_str(nist ? nist : *group ? group : "?"));
}

static char *key_text(X509 *cert)
{
	static const struct {
		const char *name;
		int type;
		bool bits;
	} kinds[] = {
		{ "RSA", EVP_PKEY_RSA, true },      { "RSA-PSS", EVP_PKEY_RSA_PSS, true },
		{ "DSA", EVP_PKEY_DSA, true },      { "Ed25519", EVP_PKEY_ED25519, false },
		{ "Ed448", EVP_PKEY_ED448, false },
	};
	struct text out = text_new();
	EVP_PKEY *key = X509_get0_pubkey(cert);
	int type = key ? EVP_PKEY_get_base_id(key) : NID_undef;
	char text[32] = "?";

	if (type == EVP_PKEY_EC) {
		add_curve(&out, key);
		return take(&out);
	}
	for (size_t i = 0; i < SW_LEN(kinds); i++) {
		if (kinds[i].type != type)
			continue;
		if (kinds[i].bits)
			snprintf(text, sizeof(text), "%s %d", kinds[i].name,
				 EVP_PKEY_get_bits(key));
		else
			snprintf(text, sizeof(text), "%s", kinds[i].name);
	}
	return sw_strdup(text);
}

/* Authority information access with caIssuers (RFC 5280 4.2.2.1): the first URI there, "" when
 * there is none; NULL without memory. Nothing here ever fetches it. */
static char *issuer_url(const X509 *cert, bool *found)
{
	AUTHORITY_INFO_ACCESS *aia = X509_get_ext_d2i(cert, NID_info_access, NULL, NULL);
	struct text out = text_new();

	*found = false;
	for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(aia); i++) {
		const ACCESS_DESCRIPTION *one = sk_ACCESS_DESCRIPTION_value(aia, i);
		const ASN1_STRING *uri = one->location->type == GEN_URI
						 ? one->location->d.uniformResourceIdentifier
						 : NULL;

		if (OBJ_obj2nid(one->method) != NID_ad_ca_issuers)
			continue;
		*found = true;
		if (uri && sw_buf_len(&out.buf) == 0)
			add(&out, sw_slice(ASN1_STRING_get0_data(uri),
					   (size_t)ASN1_STRING_length(uri)));
	}
	AUTHORITY_INFO_ACCESS_free(aia);
	return take(&out);
}

/* False without memory: what was made is freed with the info. */
static bool describe(X509 *cert, struct sw_tls_cert *ret)
{
	*ret = (struct sw_tls_cert){
		.subject = name_text(X509_get_subject_name(cert)),
		.issuer = name_text(X509_get_issuer_name(cert)),
		.names = names_text(cert),
		.not_before = time_text(X509_get0_notBefore(cert)),
		.not_after = time_text(X509_get0_notAfter(cert)),
		.sha256 = digest_text(cert),
		.pin = sw_tls_pin_text(cert),
		.key = key_text(cert),
		.self_issued = X509_NAME_cmp(X509_get_subject_name(cert),
					     X509_get_issuer_name(cert)) == 0,
	};
	ret->issuer_url = issuer_url(cert, &ret->has_aia);
	return ret->issuer_url && ret->subject && ret->issuer && ret->names &&
	       ret->not_before && ret->not_after && ret->sha256 && ret->pin && ret->key;
}

void sw_tls_info_set_chain(struct sw_tls_info *info, const STACK_OF(X509) * chain)
{
	int count = chain ? sk_X509_num(chain) : 0;

	if (info->chain_sent)
		return;
	info->chain_sent = count > 0 ? (size_t)count : 0;
	for (int i = 0; i < count && i < SW_MAX_CHAIN; i++) {
		if (!describe(sk_X509_value(chain, i), &info->chain[i]))
			return;
		info->chain_len++;
	}
}
