/* SPDX-License-Identifier: MIT */
/* A whole answer to a question of ours; the first byte chooses what was asked. */
#include <stdlib.h>

#include "net/ask.h"

static void look(const struct sw_ask_account *a)
{
	if (a->server_count > SW_ASK_SERVERS || (a->server_count > 0) != (a->cut != NULL))
		abort();
	for (size_t i = 0; i < a->server_count; i++)
		if (!a->servers[i].name ||
		    a->servers[i].addr_count > SW_LEN(a->servers[i].addrs))
			abort();
	if (a->extended_error < -1 || a->extended_error > UINT16_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum sw_dns_type types[] = { SW_DNS_A, SW_DNS_MX, SW_DNS_NS, SW_DNS_SOA,
						  SW_DNS_TXT };
	struct sw_ask_wish wish = { .name = "a.test" };
	struct sw_ask_account account = { 0 };
	uint8_t question[SW_ASK_QUESTION];

	if (size == 0)
		return 0;
	wish.type = types[data[0] % SW_LEN(types)];
	size_t len = sw_ask_packet_write(&wish, 0x1234, data[0] & 0x80, question);
	(void)sw_ask_packet_fits(question, len, data + 1, size - 1);
	struct sw_dns_answer *answer = sw_dns_answer_new(wish.name, wish.type);
	if (!answer || sw_ask_packet_read(data + 1, size - 1, answer, &account))
		abort();
	look(&account);
	sw_dns_answer_free(answer);
	return 0;
}
