/* SPDX-License-Identifier: MIT */
/* P25: the store of trusted certificates that this program uses: where, whether it can be
 * read, how many. */
#include <stdlib.h>
#include <unistd.h>

#include "probe/probe.h"

/* As OpenSSL and the packages of the distributions have it. */
static const char *const places[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/var/lib/ca-certificates/ca-bundle.pem",
	"/etc/ssl/cert.pem",
};

/* The place that counts: the one that was named, else the first that can be read, else the
 * usual one. */
static const char *place_of(const struct sw_exam *x, bool *ret_readable)
{
	const char *named = x->c->settings->ca_file;

	if (!named)
		named = secure_getenv("SSL_CERT_FILE");
	if (named) {
		*ret_readable = access(named, R_OK) == 0;
		return named;
	}
	for (size_t i = 0; i < SW_LEN(places); i++)
		if (access(places[i], R_OK) == 0) {
			*ret_readable = true;
			return places[i];
		}
	*ret_readable = false;
	return places[0];
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct sw_tls_context *tls;
	bool readable;
	const char *path = place_of(r->x, &readable);
	enum sw_err e = sw_context_get_tls(r->x->c, &tls, err);

	if (e == SW_E_NOMEM)
		return e;
	/* Without a store there may be no TLS at all. */
	size_t count = e ? 0 : sw_tls_context_trusted(tls);
	SW_PROBE_STATE(r, SW_FACT_LOCAL_CA, SW_F_STR("path", path),
		       SW_F_BOOL("readable", readable || count > 0), SW_F_INT("count", count));
	sw_probe_done(r);
	return SW_OK;
}

const struct sw_probe sw_probe_trust = {
	.id = "trust",
	.source = "probe.p25",
	.kind = SW_PROBE_PASSIVE,
	.stage = SW_STAGE_LOCAL,
	.states = { SW_FACT_LOCAL_CA, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "the store of trusted certificates", "хранилище доверенных сертификатов" },
	.start = start,
};
