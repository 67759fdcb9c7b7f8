/* SPDX-License-Identifier: MIT */
#include "sasl/native.h"

/* RFC 4422 A: the certificate has said who we are; what is sent is who we want to be. */
static enum sw_err external_client(struct sw_sasl_work *w, struct sw_slice in SW_UNUSED,
				   struct sw_buf *out, enum sw_sasl_status *status,
				   const char **reason SW_UNUSED)
{
	*status = SW_SASL_DONE;
	return w->authzid.len ? sw_buf_add(out, sw_secret_slice(&w->authzid)) : SW_OK;
}

/* The sandbox: whoever shows a certificate that it trusts is let in, as himself. The
 * connection says through `lookup` whether there is one. */
static enum sw_err external_server(struct sw_sasl_work *w, struct sw_slice in,
				   struct sw_buf *out SW_UNUSED, enum sw_sasl_status *status,
				   const char **reason)
{
	SW_CLEANUP(sw_secret_fini) struct sw_secret any = { 0 };
	bool known = w->lookup(w->lookup_arg, in, &any);
	*status = known ? SW_SASL_DONE : SW_SASL_REFUSED;
	*reason = known ? "" : "no certificate of that name";
	return in.len ? sw_secret_set(&w->user, in) : SW_OK;
}

static const struct sw_sasl_native natives[] = {
	{ "XOAUTH2", sw_xoauth2_client, sw_xoauth2_server },
	{ "OAUTHBEARER", sw_oauthbearer_client, sw_oauthbearer_server },
	{ "NTLM", sw_ntlm_client, sw_ntlm_server },
	{ "EXTERNAL", external_client, external_server },
};

const struct sw_sasl_native *sw_sasl_native_find(const char *name)
{
	for (size_t i = 0; i < SW_LEN(natives); i++)
		if (strcmp(natives[i].name, name) == 0)
			return &natives[i];
	return NULL;
}

bool sw_sasl_same(struct sw_slice a, struct sw_slice b)
{
	uint8_t differs = 0;
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		differs |= (uint8_t)(a.ptr[i] ^ b.ptr[i]);
	return differs == 0;
}
