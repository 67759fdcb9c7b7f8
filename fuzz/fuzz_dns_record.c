/* SPDX-License-Identifier: MIT */
/* The first byte chooses type and form. What is read from the wire can be written as text, and what is
 * read from that text is written alike. */
#include <stdlib.h>
#include <string.h>

#include "dns/record.h"

static const enum sw_dns_type types[] = { SW_DNS_A,   SW_DNS_NS,   SW_DNS_CNAME, SW_DNS_SOA,
					  SW_DNS_PTR, SW_DNS_MX,   SW_DNS_TXT,	 SW_DNS_AAAA,
					  SW_DNS_SRV, SW_DNS_TLSA };

static void write_record(const struct sw_dns_answer *a, struct sw_buf *out)
{
	if (sw_dns_record_text(&a->records[0], out))
		abort();
	for (size_t i = 0; i < sw_buf_len(out); i++)
		if (sw_buf_str(out)[i] < 0x20 || sw_buf_str(out)[i] > 0x7e)
			abort();
}

/* A text of more than 255 octets was several strings: that is not written down. A SOA's timers are not
 * kept. */
static bool returns(const struct sw_dns_answer *a)
{
	return a->type != SW_DNS_SOA &&
	       !(a->type == SW_DNS_TXT && a->records[0].txt.len > 255);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	enum sw_dns_type type = types[data[0] % SW_LEN(types)];
	struct sw_dns_answer *a = sw_dns_answer_new("fuzz.test", type);
	struct sw_dns_answer *b = sw_dns_answer_new("fuzz.test", type);
	SW_CLEANUP(sw_buf_fini) struct sw_buf one = { .max = 1 << 20 };
	SW_CLEANUP(sw_buf_fini) struct sw_buf two = { .max = 1 << 20 };
	if (!a || !b)
		abort();

	enum sw_err e = data[0] & 0x80 ?
				sw_dns_answer_add_text(a, type, 1, sw_slice(data + 1, size - 1), NULL) :
				sw_dns_answer_add_wire(a, type, 1, data + 1, size - 1);
	if (!e) {
		write_record(a, &one);
		if (returns(a)) {
			if (sw_dns_answer_add_text(b, type, 1, sw_buf_slice(&one), NULL))
				abort();
			write_record(b, &two);
			if (strcmp(sw_buf_str(&one), sw_buf_str(&two)) != 0)
				abort();
		}
	}
	(void)sw_dns_name_valid(sw_slice(data + 1, size - 1));
	sw_dns_answer_free(a);
	sw_dns_answer_free(b);
	return 0;
}
