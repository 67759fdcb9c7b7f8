/* SPDX-License-Identifier: MIT */
/* Texts that secrets are taken out of: .netrc, the JSON of token servers and of refused
 * tokens. */
#include <string.h>

#include "sasl/netrc.h"
#include "sasl/oauth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_slice text = sw_slice(data, size);
	struct sw_secret secret = { 0 };
	struct sw_oauth_error error;
	struct sw_oauth_answer answer;
	struct sw_error err;

	if (!sw_netrc_find(text, SW_S("h"), SW_S("u"), &secret, &err) &&
	    (secret.len == 0 || secret.len > size))
		__builtin_trap();
	sw_secret_fini(&secret);
	if (sw_oauth_error_read(text, &error) && strlen(error.scope) >= sizeof(error.scope))
		__builtin_trap();
	if (!sw_oauth_answer_read(text, &answer, &err) && !answer.token.ptr &&
	    !answer.error[0])
		__builtin_trap();
	if (answer.token.ptr && memchr(answer.token.ptr, ' ', answer.token.len))
		__builtin_trap();
	sw_oauth_answer_fini(&answer);
	return 0;
}
