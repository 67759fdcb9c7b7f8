/* SPDX-License-Identifier: MIT */
/* What a proxy says, in pieces of any size: never more is eaten than was given, the end is an
 * end, and the pieces make no difference. */
#include <stdlib.h>

#include "net/proxy.h"

static struct sw_proxy_talk *talk(bool login, enum sw_proxy_kind kind)
{
	struct sw_proxy_ask ask = { .kind = kind, .host = "mail.example.net", .port = 587 };

	if (login) {
		ask.user = SW_S("user");
		ask.password = SW_S("word");
	}
	return sw_proxy_talk_new(&ask, NULL);
}

static size_t feed(struct sw_proxy_talk *t, struct sw_slice in, size_t piece)
{
	size_t used = 0;

	while (used < in.len && sw_proxy_talk_verdict(t)->state == SW_PROXY_TALKING) {
		size_t n =
			sw_proxy_talk_feed(t, sw_slice_head(sw_slice_from(in, used), piece));

		if (n == 0 || n > piece)
			abort();
		used += n;
		sw_proxy_talk_sent(t, sw_proxy_talk_output(t).len);
	}
	return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	struct sw_slice in = sw_slice(data + 2, size - 2);
	enum sw_proxy_kind kind = data[0] & 2 ? SW_PROXY_HTTP : SW_PROXY_SOCKS5H;
	struct sw_proxy_talk *one = talk(data[0] & 1, kind), *two = talk(data[0] & 1, kind);

	if (!one || !two)
		abort();
	size_t used = feed(one, in, in.len + 1), same = feed(two, in, (size_t)data[1] + 1);
	const struct sw_proxy_verdict *a = sw_proxy_talk_verdict(one);
	const struct sw_proxy_verdict *b = sw_proxy_talk_verdict(two);

	if (used != same || a->state != b->state || a->failure != b->failure ||
	    a->code != b->code || strcmp(a->text, b->text) != 0)
		abort();
	if ((a->state == SW_PROXY_FAILED) != (a->failure != SW_PROXY_F_NONE))
		abort();
	sw_proxy_talk_closed(one);
	if (a->state == SW_PROXY_TALKING || sw_proxy_talk_output(one).len)
		abort();
	sw_proxy_talk_free(one);
	sw_proxy_talk_free(two);
	return 0;
}
