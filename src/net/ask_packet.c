/* SPDX-License-Identifier: MIT */
#include "dns/name.h"
#include "net/ask.h"
#include "net/ldns_lib.h"
#include "net/resolver_internal.h"

enum {
	/* What passes everywhere without fragments (DNS flag day 2020). */
	EDNS_BYTES = 1232,
	EDNS_OPTION_EXTENDED_ERROR = 15, /* RFC 8914 2 */
};

/* RFC 1035 4.1, RFC 6891 6.1. */
size_t sw_ask_packet_write(const struct sw_ask_wish *wish, uint16_t id, bool edns,
			   uint8_t out[SW_ASK_QUESTION])
{
	memset(out, 0, SW_ASK_QUESTION);
	out[0] = (uint8_t)(id >> 8);
	out[1] = (uint8_t)id;
	out[2] = wish->flags & SW_ASK_RECURSE ? 0x01 : 0;
	out[3] = wish->flags & SW_ASK_UNCHECKED ? 0x10 : 0;
	out[5] = 1;
	out[11] = edns ? 1 : 0;
	size_t len = sw_dns_name_write(sw_slice_str(wish->name), out + SW_ASK_HEADER);
	if (len == 0)
		return 0;
	len += SW_ASK_HEADER;
	out[len] = (uint8_t)((unsigned)wish->type >> 8);
	out[len + 1] = (uint8_t)wish->type;
	out[len + 3] = 1;
	len += 4;
	if (!edns)
		return len;
	out[len + 2] = 41; /* OPT, behind the root as owner */
	out[len + 3] = EDNS_BYTES >> 8;
	out[len + 4] = (uint8_t)(EDNS_BYTES & 0xff);
	out[len + 7] = (uint8_t)(wish->flags & SW_ASK_DNSSEC ? 0x80 : 0);
	return len + 11;
}

static size_t question_end(const uint8_t *packet, size_t len)
{
	size_t at = SW_ASK_HEADER;

	while (at < len && packet[at] != 0)
		at += packet[at] + 1U;
	return at + 5;
}

bool sw_ask_packet_fits(const uint8_t *question, size_t question_len, const uint8_t *packet,
			size_t len)
{
	size_t end = question_end(question, question_len);

	if (len < SW_ASK_HEADER || memcmp(packet, question, 2) != 0 || (packet[2] & 0x80) == 0)
		return false;
	if (packet[4] == 0 && packet[5] == 0)
		return (packet[3] & 0x0f) != 0;
	return packet[4] == 0 && packet[5] == 1 && len >= end &&
	       sw_slice_eq_nocase(sw_slice(packet + SW_ASK_HEADER, end - SW_ASK_HEADER),
				  sw_slice(question + SW_ASK_HEADER, end - SW_ASK_HEADER));
}

static const char *name_of(const struct sw_ldns_lib *l, const ldns_rdf *rdf,
			   struct sw_dns_answer *answer)
{
	const char *text = NULL;
	size_t pos = 0;

	if (!rdf || l->rdf_get_type(rdf) != LDNS_RDF_TYPE_DNAME ||
	    sw_dns_name_read(l->rdf_data(rdf), l->rdf_size(rdf), &pos, &answer->arena, &text))
		return NULL;
	return text;
}

/* One NS record. All of one answer have one owner; others are not taken. */
static void take_server(const struct sw_ldns_lib *l, const ldns_rr *rr,
			struct sw_dns_answer *answer, struct sw_ask_account *account)
{
	const char *owner = name_of(l, l->rr_owner(rr), answer);
	const char *host =
		l->rr_rd_count(rr) == 1 ? name_of(l, l->rr_rdf(rr, 0), answer) : NULL;

	if (!owner || !host || account->server_count >= SW_ASK_SERVERS)
		return;
	if (!account->cut)
		account->cut = owner;
	if (sw_slice_eq_nocase(sw_slice_str(account->cut), sw_slice_str(owner)))
		account->servers[account->server_count++] =
			(struct sw_ask_server){ .name = host };
}

static void take_soa(const struct sw_ldns_lib *l, const ldns_rr *rr, bool negative,
		     struct sw_ask_account *account)
{
	/* MNAME RNAME SERIAL REFRESH RETRY EXPIRE MINIMUM */
	if (l->rr_rd_count(rr) != 7 || l->rdf_size(l->rr_rdf(rr, 2)) != 4 ||
	    l->rdf_size(l->rr_rdf(rr, 6)) != 4)
		return;
	account->has_soa = true;
	account->serial = l->rdf2native_int32(l->rr_rdf(rr, 2));
	uint32_t minimum = l->rdf2native_int32(l->rr_rdf(rr, 6));
	/* RFC 2308 5: the lesser of the two. */
	if (negative)
		account->ttl_s = l->rr_ttl(rr) < minimum ? l->rr_ttl(rr) : minimum;
}

static void take_section(const struct sw_ldns_lib *l, const ldns_rr_list *list, bool negative,
			 struct sw_dns_answer *answer, struct sw_ask_account *account)
{
	for (size_t i = 0; i < l->rr_list_rr_count(list); i++) {
		const ldns_rr *rr = l->rr_list_rr(list, i);

		if (l->rr_get_class(rr) != LDNS_RR_CLASS_IN)
			continue;
		if (l->rr_get_type(rr) == LDNS_RR_TYPE_NS)
			take_server(l, rr, answer, account);
		if (l->rr_get_type(rr) == LDNS_RR_TYPE_SOA)
			take_soa(l, rr, negative, account);
	}
}

static void add_glue(const struct sw_ldns_lib *l, struct sw_ask_server *s,
		     const ldns_rdf *data)
{
	const uint8_t *bytes = l->rdf_data(data);

	if (s->addr_count >= SW_LEN(s->addrs))
		return;
	if (l->rdf_get_type(data) == LDNS_RDF_TYPE_A && l->rdf_size(data) == 4)
		s->addrs[s->addr_count++] = sw_addr_v4(bytes, 53);
	else if (l->rdf_get_type(data) == LDNS_RDF_TYPE_AAAA && l->rdf_size(data) == 16)
		s->addrs[s->addr_count++] = sw_addr_v6(bytes, 53);
}

static void take_glue(const struct sw_ldns_lib *l, const ldns_rr_list *list,
		      struct sw_dns_answer *answer, struct sw_ask_account *account)
{
	for (size_t i = 0; i < l->rr_list_rr_count(list); i++) {
		const ldns_rr *rr = l->rr_list_rr(list, i);
		ldns_rr_type type = l->rr_get_type(rr);

		if ((type != LDNS_RR_TYPE_A && type != LDNS_RR_TYPE_AAAA) ||
		    l->rr_rd_count(rr) != 1)
			continue;
		const char *owner = name_of(l, l->rr_owner(rr), answer);
		for (size_t k = 0; owner && k < account->server_count; k++)
			if (sw_slice_eq_nocase(sw_slice_str(owner),
					       sw_slice_str(account->servers[k].name)))
				add_glue(l, &account->servers[k], l->rr_rdf(rr, 0));
	}
}

static void take_extended_error(const struct sw_ldns_lib *l, ldns_pkt *pkt,
				struct sw_ask_account *account)
{
	const ldns_edns_option_list *list =
		l->pkt_edns(pkt) ? l->pkt_edns_get_option_list(pkt) : NULL;

	for (size_t i = 0; list && i < l->edns_option_list_get_count(list); i++) {
		const ldns_edns_option *o = l->edns_option_list_get_option(list, i);

		if (!o || (int)l->edns_get_code(o) != EDNS_OPTION_EXTENDED_ERROR ||
		    l->edns_get_size(o) < 2)
			continue;
		const uint8_t *data = l->edns_get_data(o);
		account->extended_error = data[0] << 8 | data[1];
		return;
	}
}

static void take_packet(const struct sw_ldns_lib *l, ldns_pkt *pkt,
			struct sw_dns_answer *answer, struct sw_ask_account *account)
{
	bool negative = answer->status == SW_DNS_NXDOMAIN || answer->status == SW_DNS_NODATA;

	account->authoritative = l->pkt_aa(pkt);
	account->recursion_offered = l->pkt_ra(pkt);
	account->validated = l->pkt_ad(pkt);
	take_section(l, l->pkt_answer(pkt), false, answer, account);
	take_section(l, l->pkt_authority(pkt), negative, answer, account);
	take_glue(l, l->pkt_additional(pkt), answer, account);
	take_extended_error(l, pkt, account);
	for (size_t i = 0; i < answer->count; i++)
		if (i == 0 || answer->records[i].ttl_s < account->ttl_s)
			account->ttl_s = answer->records[i].ttl_s;
}

enum sw_err sw_ask_packet_read(const uint8_t *packet, size_t len, struct sw_dns_answer *answer,
			       struct sw_ask_account *account)
{
	struct sw_ldns_lib lib;
	ldns_pkt *pkt = NULL;

	account->answer = answer;
	account->extended_error = -1;
	if (sw_ldns_load(&lib, NULL)) {
		answer->status = SW_DNS_FAILED;
		answer->why_failed = "libldns, which reads DNS messages, cannot be loaded";
		account->end = SW_ASK_LOCAL;
		return SW_OK;
	}
	enum sw_err e = sw_dns_packet_read(&lib, packet, len, answer);
	if (e)
		return e;
	e = sw_ldns_read(&lib, packet, len, &pkt);
	if (e == SW_E_NOMEM)
		return e;
	if (e) {
		account->end = SW_ASK_NONSENSE;
		return SW_OK;
	}
	answer->rcode = (int)lib.pkt_get_rcode(pkt);
	account->end = SW_ASK_ANSWERED;
	take_packet(&lib, pkt, answer, account);
	lib.pkt_free(pkt);
	return SW_OK;
}
