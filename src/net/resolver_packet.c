/* SPDX-License-Identifier: MIT */
#include "dns/name.h"
#include "net/ldns_lib.h"
#include "net/resolver_internal.h"

enum sw_dns_status sw_dns_status_of_rcode(int rcode)
{
	if (rcode == LDNS_RCODE_NOERROR)
		return SW_DNS_OK;
	if (rcode == LDNS_RCODE_NXDOMAIN)
		return SW_DNS_NXDOMAIN;
	return rcode == LDNS_RCODE_SERVFAIL ? SW_DNS_SERVFAIL : SW_DNS_REFUSED;
}

/* A name on the wire, while a chain is followed. */
struct name {
	uint8_t wire[SW_DNS_NAME_WIRE];
	size_t len;
};

/* Length octets are below 'A', so all octets may be compared alike (RFC 4343 3). */
static bool owns(const struct sw_ldns_lib *l, const ldns_rr *rr, const struct name *name)
{
	const ldns_rdf *owner = l->rr_owner(rr);

	return owner && l->rr_get_class(rr) == LDNS_RR_CLASS_IN &&
	       sw_slice_eq_nocase(sw_slice(l->rdf_data(owner), l->rdf_size(owner)),
				  sw_slice(name->wire, name->len));
}

/* The fields of a record one behind the other are its RDATA with names uncompressed. */
static bool join_rdata(const struct sw_ldns_lib *l, const ldns_rr *rr, uint8_t out[UINT16_MAX],
		       size_t *ret_len)
{
	*ret_len = 0;
	for (size_t i = 0; i < l->rr_rd_count(rr); i++) {
		const ldns_rdf *field = l->rr_rdf(rr, i);
		size_t size = l->rdf_size(field);
		if (size > UINT16_MAX - *ret_len)
			return false;
		if (size > 0)
			memcpy(out + *ret_len, l->rdf_data(field), size);
		*ret_len += size;
	}
	return true;
}

/* Whether `name` has a CNAME, and where it leads. */
static bool next_in_chain(const struct sw_ldns_lib *l, const ldns_rr_list *list,
			  struct name *name)
{
	for (size_t i = 0; i < l->rr_list_rr_count(list); i++) {
		const ldns_rr *rr = l->rr_list_rr(list, i);
		if (l->rr_get_type(rr) != LDNS_RR_TYPE_CNAME || !owns(l, rr, name) ||
		    l->rr_rd_count(rr) != 1)
			continue;
		const ldns_rdf *target = l->rr_rdf(rr, 0);
		size_t len = l->rdf_size(target);
		if (len == 0 || len > sizeof(name->wire))
			continue;
		memcpy(name->wire, l->rdf_data(target), len);
		name->len = len;
		return true;
	}
	return false;
}

static enum sw_err follow_chain(const struct sw_ldns_lib *l, const ldns_rr_list *list,
				struct name *name, struct sw_dns_answer *a)
{
	size_t pos = 0;
	int hops = 0;

	while (a->type != SW_DNS_CNAME && next_in_chain(l, list, name)) {
		if (++hops <= SW_MAX_CNAMES)
			continue;
		a->status = SW_DNS_FAILED;
		a->why_failed = "too many CNAME records in a row, or in a circle";
		return SW_OK;
	}
	if (hops == 0)
		return SW_OK;
	enum sw_err e = sw_dns_name_read(name->wire, name->len, &pos, &a->arena, &a->canonical);
	return e == SW_E_NOMEM ? e : SW_OK;
}

static enum sw_err add_records(const struct sw_ldns_lib *l, const ldns_rr_list *list,
			       const struct name *name, struct sw_dns_answer *a)
{
	uint8_t rdata[UINT16_MAX];
	bool malformed = false;
	size_t len;

	for (size_t i = 0; i < l->rr_list_rr_count(list); i++) {
		const ldns_rr *rr = l->rr_list_rr(list, i);
		if ((int)l->rr_get_type(rr) != (int)a->type || !owns(l, rr, name))
			continue;
		enum sw_err e =
			join_rdata(l, rr, rdata, &len)
				? sw_dns_answer_add_wire(a, a->type, l->rr_ttl(rr), rdata, len)
				: SW_E_DATA;
		if (e == SW_E_NOMEM)
			return e;
		malformed = malformed || e == SW_E_DATA;
	}
	if (a->count > 0) {
		a->status = SW_DNS_OK;
	} else if (malformed) {
		a->status = SW_DNS_FAILED;
		a->why_failed = "the records of the answer are malformed";
	} else {
		a->status = SW_DNS_NODATA;
	}
	return SW_OK;
}

static enum sw_err read_answer(const struct sw_ldns_lib *l, const ldns_pkt *pkt,
			       struct sw_dns_answer *a)
{
	const ldns_rr_list *list = l->pkt_answer(pkt);
	struct name name;

	a->rcode = (int)l->pkt_get_rcode(pkt);
	a->status = sw_dns_status_of_rcode(a->rcode);
	name.len = sw_dns_name_write(sw_slice_str(a->name), name.wire);
	if (!list || name.len == 0) {
		if (a->status == SW_DNS_OK)
			a->status = SW_DNS_NODATA;
		return SW_OK;
	}
	enum sw_err e = follow_chain(l, list, &name, a);
	if (e || a->status != SW_DNS_OK)
		return e;
	return add_records(l, list, &name, a);
}

enum sw_err sw_dns_packet_read(const struct sw_ldns_lib *l, const uint8_t *packet, size_t len,
			       struct sw_dns_answer *a)
{
	ldns_pkt *pkt = NULL;
	enum sw_err e = sw_ldns_read(l, packet, len, &pkt);

	if (e == SW_E_NOMEM)
		return e;
	if (e) {
		a->status = SW_DNS_FAILED;
		a->why_failed = "the answer is not a well-formed DNS message";
		return SW_OK;
	}
	e = read_answer(l, pkt, a);
	l->pkt_free(pkt);
	return e;
}
