/* SPDX-License-Identifier: MIT */
/* Both sides of every mechanism against tokens of a hostile other side: the first byte chooses mechanism
 * and side, then come tokens, each ended by 0xff. 'N' at the start of a token stands for our own last
 * message's nonce, so that SCRAM gets past its first check. */
#include <stdlib.h>
#include <string.h>

#include "sasl/sasl.h"

static bool lookup(void *arg, struct sw_slice user, struct sw_secret *ret)
{
	(void)arg;
	(void)user;
	return sw_secret_set(ret, SW_S("secret")) == SW_OK;
}

/* "r=" and all that follows of our last message. */
static struct sw_slice nonce_of(const struct sw_buf *sent)
{
	struct sw_slice s = sw_buf_slice(sent);

	return sw_slice_from(s, sw_slice_search(s, SW_S("r=")));
}

static void run(struct sw_sasl *s, struct sw_slice rest)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1 << 16 };
	SW_CLEANUP(sw_buf_fini) struct sw_buf in = { .max = 1 << 20 };
	enum sw_sasl_status status = SW_SASL_MORE;
	struct sw_slice token;

	for (int i = 0; i < 12; i++) {
		if (!sw_slice_split(&rest, '\xff', &token))
			token = sw_slice("", 0);
		sw_buf_clear(&in);
		if (token.len > 0 && token.ptr[0] == 'N') {
			token = sw_slice_from(token, 1);
			if (sw_buf_add(&in, nonce_of(&out)))
				abort();
		}
		if (sw_buf_add(&in, token))
			return;
		sw_buf_clear(&out);
		bool over = status != SW_SASL_MORE;
		if (sw_sasl_step(s, sw_buf_slice(&in), &out, &status, NULL))
			return;
		/* Nothing comes after the end, and the server's proof cannot be had by chance. */
		if (over && (status != SW_SASL_REFUSED || sw_buf_len(&out) > 0))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	const struct sw_sasl_mech *mech = sw_sasl_mech_at((data[0] & 0x7f) % sw_sasl_mech_count());
	/* Kerberos asks servers of the network. */
	if (mech->proof == SW_PROOF_TICKET)
		return 0;
	struct sw_sasl_identity id = { .user = SW_S("user"),
				       .secret = SW_S("secret"),
				       .binding_exporter = SW_S("0123456789abcdef0123456789abcdef") };
	struct sw_sasl *s = data[0] & 0x80 ? sw_sasl_server(mech, lookup, NULL, &id, NULL) :
					     sw_sasl_client(mech, &id, NULL);
	if (!s)
		abort();
	run(s, sw_slice(data + 1, size - 1));
	if (!(data[0] & 0x80) && strncmp(mech->name, "SCRAM", 5) == 0 && sw_sasl_server_proved(s))
		abort();
	sw_sasl_free(s);
	return 0;
}
