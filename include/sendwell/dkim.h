/* SPDX-License-Identifier: MIT */
/* DKIM (RFC 6376): keys that sign what is sent, and what receivers make of signatures.
 *
 * Handles belong to one thread at a time. Texts are one printable line each unless told otherwise. */
#ifndef SENDWELL_DKIM_H
#define SENDWELL_DKIM_H

#include <stddef.h>
#include <stdint.h>

#include <sendwell/export.h>
#include <sendwell/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- keys that sign ---- */

struct sw_dkim_keys;

/* NULL only without memory. */
SW_EXPORT struct sw_dkim_keys *sw_dkim_keys_new(void);
SW_EXPORT void sw_dkim_keys_free(struct sw_dkim_keys *k);
/* What the last failed call found wrong; "" when none failed. Borrowed until the next call. */
SW_EXPORT const char *sw_dkim_keys_error_text(const struct sw_dkim_keys *k);
/* A key from a file that only its owner may read (SW_E_PERM): PEM (PKCS#1, PKCS#8, RSA or Ed25519, no pass
 * phrase), or an Ed25519 seed of 32 bytes in base64. It is read once and signs for DOMAIN under SELECTOR.
 * Several keys make several signatures; RFC 8463 wants RSA beside Ed25519. SW_E_USAGE: domain or selector
 * is none; SW_E_DATA: the file holds no such key. */
SW_EXPORT enum sw_err sw_dkim_keys_add_file(struct sw_dkim_keys *k, const char *path,
					    const char *domain, const char *selector);
/* Makes a key and writes it to a new file, mode 0600; one that exists is never overwritten (SW_E_CREATE).
 * algorithm: "rsa2048", "rsa3072", "rsa4096" or "ed25519"; NULL: rsa2048. The key is added. */
SW_EXPORT enum sw_err sw_dkim_keys_make(struct sw_dkim_keys *k, const char *path,
					const char *algorithm, const char *domain,
					const char *selector);
SW_EXPORT size_t sw_dkim_keys_count(const struct sw_dkim_keys *k);
/* Of the i-th key: the name of its record ("selector._domainkey.example.org"), what the record holds, the
 * line for a zone file (strings of 255 bytes), "rsa" or "ed25519", and its bits. "" and 0 beyond the
 * last. */
SW_EXPORT const char *sw_dkim_keys_name(const struct sw_dkim_keys *k, size_t i);
SW_EXPORT const char *sw_dkim_keys_record(const struct sw_dkim_keys *k, size_t i);
SW_EXPORT const char *sw_dkim_keys_zone(const struct sw_dkim_keys *k, size_t i);
SW_EXPORT const char *sw_dkim_keys_type(const struct sw_dkim_keys *k, size_t i);
SW_EXPORT unsigned sw_dkim_keys_bits(const struct sw_dkim_keys *k, size_t i);

enum sw_dkim_published {
	SW_DKIM_PUBLISHED = 0,	/* receivers find this key */
	SW_DKIM_PUBLISHED_OTHER, /* they find another one, or one that does not sign mail */
	SW_DKIM_PUBLISHED_NOT,	/* they find none */
	SW_DKIM_PUBLISHED_UNKNOWN /* the DNS did not tell */
};
/* Looks the i-th key up in the DNS. resolver: "ADDRESS[:PORT]", NULL the system's; timeout_s 0: 10.
 * *ret_detail (NULL: not wanted) tells what was found; borrowed until the next call. */
SW_EXPORT enum sw_err sw_dkim_keys_look_up(struct sw_dkim_keys *k, size_t i, const char *resolver,
					   unsigned timeout_s, enum sw_dkim_published *ret,
					   const char **ret_detail);
/* Writes the message of a file ("-": standard input) to a descriptor, signed, with CRLF line ends. Nothing
 * else is changed; memory does not grow with it. */
SW_EXPORT enum sw_err sw_dkim_keys_sign(struct sw_dkim_keys *k, const char *path, int fd);

/* ---- signatures that are verified ---- */

struct sw_dkim_signature {
	const char *status;	/* RFC 8601: "pass", "fail", "policy", "temperror", "permerror" */
	const char *reason;	/* a word: "body-hash", "key-missing"... */
	const char *text;	/* the reason as a sentence */
	const char *detail;	/* what exactly; "" */
	const char *domain, *selector, *identity, *algorithm; /* "" what cannot be read */
	unsigned key_bits;	/* 0 unknown */
	const char *body, *header; /* "good", "bad", "unknown": each by itself */
	int testing;		/* the key says t=y */
	int has_length;		/* l= stands there; length and body_length are bytes */
	uint64_t length, body_length;
	int64_t made, expires;	/* seconds since 1970; -1 not said */
	const char *unsigned_fields; /* present, shown to people, not signed: names with ", " between */
	const char *addable_fields;  /* signed, but a second one could be added unnoticed */
	const char *const *trace;    /* what was done; NULL at the end */
};
struct sw_dkim_report;

struct sw_dkim_verify {
	const char *resolver;	/* NULL: the system's */
	unsigned timeout_s;	/* 0: 10, for all keys together */
	unsigned min_rsa_bits;	/* 0: 1024 (RFC 8301) */
};
/* Verifies the message of a file ("-": standard input); options NULL: all usual. What went wrong on our
 * side is written to `text` (size bytes with the NUL). */
SW_EXPORT enum sw_err sw_dkim_verify_file(const char *path, const struct sw_dkim_verify *options,
					  struct sw_dkim_report **ret, char *text,
					  size_t text_size);
SW_EXPORT void sw_dkim_report_free(struct sw_dkim_report *r);
/* Signatures from the top of the message on. */
SW_EXPORT size_t sw_dkim_report_count(const struct sw_dkim_report *r);
SW_EXPORT const struct sw_dkim_signature *sw_dkim_report_get(const struct sw_dkim_report *r,
							     size_t i);
/* Signatures beyond the eight that are looked at. */
SW_EXPORT size_t sw_dkim_report_ignored(const struct sw_dkim_report *r);
/* Of its chain (RFC 8617): "none", "pass" or "fail", and why it fails. */
SW_EXPORT const char *sw_dkim_report_arc(const struct sw_dkim_report *r);
SW_EXPORT const char *sw_dkim_report_arc_why(const struct sw_dkim_report *r);

#ifdef __cplusplus
}
#endif
#endif
