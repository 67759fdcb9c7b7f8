/* SPDX-License-Identifier: MIT */
/* What is asked, phase by phase. All of a phase is asked at once. */
#include "api/check.h"

#include <stdio.h>
#include <string.h>

#include "base/world.h"
#include "dns/record.h"

static enum sw_err answer_look(struct sw_asks *s, const struct sw_dns_answer *a,
			       struct sw_error *err SW_UNUSED)
{
	struct sw_ask *taken;

	return sw_asks_take(s, a, &taken);
}

SW_EVALUATOR(of_look, struct sw_asks, sw_asks_open, answer_look);
SW_EVALUATOR(of_spf, struct sw_spf, sw_spf_questions, sw_spf_answer);
SW_EVALUATOR(of_dmarc, struct sw_dmarc, sw_dmarc_questions, sw_dmarc_answer);
SW_EVALUATOR(of_reports, struct sw_dmarc_report, sw_dmarc_report_questions,
	     sw_dmarc_report_answer);
SW_EVALUATOR(of_reverse, struct sw_reverse, sw_reverse_questions, sw_reverse_answer);
SW_EVALUATOR(of_listings, struct sw_listings, sw_listings_questions, sw_listings_answer);
SW_EVALUATOR(of_dane, struct sw_dane, sw_dane_questions, sw_dane_answer);
SW_EVALUATOR(of_dkim, struct sw_dkim, sw_dkim_questions, sw_dkim_answer);
SW_EVALUATOR(of_arc, struct sw_arc, sw_arc_questions, sw_arc_answer);

/* Names under which signing services and mail servers put their keys, from what they tell
 * their users to publish. */
static const char *const common_selectors[] = {
	"default",
	"dkim",
	"mail",
	"email",
	"smtp",
	"mta",
	"key1",
	"key2",
	"k1",
	"k2",
	"k3",
	"s1",
	"s2",
	"sig1",
	"selector",
	"selector1",
	"selector2",
	"google",
	"x",
	"fm1",
	"fm2",
	"fm3",
	"pm",
	"protonmail",
	"protonmail2",
	"protonmail3",
	"zoho",
	"zmail",
	"mandrill",
	"mailjet",
	"mg",
	"pic",
	"krs",
	"scph0316",
	"cm",
	"everlytickey1",
	"everlytickey2",
	"mxvault",
	"dk",
	"ed25519",
	"rsa",
};

static const struct sw_ask *get(struct sw_check_report *r, const char *prefix,
				enum sw_dns_type type)
{
	return *prefix ? sw_asks_get_below(&r->look, prefix, r->domain, type)
		       : sw_asks_get(&r->look, r->domain, type);
}

static void ask_selector(struct sw_check_report *r, const char *name)
{
	size_t at = sw_slice_search_nocase(sw_slice_str(name), SW_S("._domainkey"));
	char prefix[320];

	/* The whole name of the record is as good. */
	name = sw_check_text(r, "%.*s", (int)at, name);

	for (size_t i = 0; i < r->selector_count; i++)
		if (sw_slice_eq_nocase(sw_slice_str(r->selectors[i].name), sw_slice_str(name)))
			return;
	if (r->selector_count == SW_CHECK_SELECTORS ||
	    snprintf(prefix, sizeof(prefix), "%s._domainkey", name) >= (int)sizeof(prefix))
		return;
	r->selectors[r->selector_count].name = name;
	r->selectors[r->selector_count++].ask = get(r, prefix, SW_DNS_TXT);
}

/* Those that the user names, those of the message, else the common ones. */
static void ask_selectors(struct sw_check_report *r)
{
	const struct sw_check_options *o = r->run->options;
	const char *below = sw_check_text(r, "._domainkey.%s", r->domain);
	const struct sw_dns_question *q = NULL;
	size_t count = r->dkim ? sw_dkim_questions(r->dkim, &q) : 0;

	for (size_t i = 0; i < o->selector_count; i++)
		ask_selector(r, o->selectors[i]);
	for (size_t i = 0; i < count; i++) {
		struct sw_slice name = sw_slice_str(q[i].name);
		size_t at = sw_slice_search_nocase(name, sw_slice_str(below));

		if (at > 0 && at + strlen(below) == name.len)
			ask_selector(r, sw_check_text(r, "%.*s", (int)at, name.ptr));
	}
	r->selectors_named = r->selector_count > 0;
	for (size_t i = 0; i < SW_LEN(common_selectors) && !r->selectors_named; i++)
		ask_selector(r, common_selectors[i]);
	r->keys = get(r, "_domainkey", SW_DNS_TXT);
}

static struct sw_spf *spf_of(struct sw_check_report *r, struct sw_ip ip)
{
	const struct sw_world *world = sw_world_real();
	const struct sw_check_options *o = r->run->options;
	const struct sw_spf_request q = {
		.identity = SW_SPF_MAIL_FROM,
		.ip = ip,
		.helo = sw_slice_str(o->ehlo ? o->ehlo : r->domain),
		.mail_from = sw_slice_str(r->sender),
		.now_s = (uint64_t)(world->wall_us(world->arg) / 1000000),
	};

	return sw_spf_new(&q, NULL);
}

static struct sw_listings *listings_of(struct sw_check_report *r, bool domain)
{
	const struct sw_block_list *lists[SW_MAX_LISTS];
	const struct sw_block_list *(*at)(size_t i) =
		domain ? sw_domain_list_at : sw_block_list_at;
	struct sw_listing_request q = { .lists = lists };
	struct sw_slice org = sw_suffixes_org(r->run->suffixes, sw_slice_str(r->domain));

	while (q.count < SW_MAX_LISTS && at(q.count)) {
		lists[q.count] = at(q.count);
		q.count++;
	}
	if (domain)
		q.domain = org.len > 0 ? org : sw_slice_str(r->domain);
	else
		q.ip = r->run->ip;
	return sw_listings_new(&q, NULL);
}

static void ask_address(struct sw_check_report *r)
{
	if (!r->run->ip.family)
		return;
	r->spf = spf_of(r, r->run->ip);
	sw_check_ask(r, &of_spf, r->spf);
	r->reverse = sw_reverse_new(r->run->ip, NULL);
	sw_check_ask(r, &of_reverse, r->reverse);
	if (r->run->ip_private)
		return;
	r->list_ip = listings_of(r, false);
	sw_check_ask(r, &of_listings, r->list_ip);
}

static void ask_records(struct sw_check_report *r)
{
	const char *ehlo = r->run->options->ehlo;

	r->mx = get(r, "", SW_DNS_MX);
	r->a = get(r, "", SW_DNS_A);
	r->aaaa = get(r, "", SW_DNS_AAAA);
	r->txt = get(r, "", SW_DNS_TXT);
	r->dmarc_txt = get(r, "_dmarc", SW_DNS_TXT);
	r->sts = get(r, "_mta-sts", SW_DNS_TXT);
	r->tlsrpt = get(r, "_smtp._tls", SW_DNS_TXT);
	r->bimi = get(r, "default._bimi", SW_DNS_TXT);
	if (ehlo && sw_dns_name_valid(sw_slice_str(ehlo))) {
		r->ehlo_a = sw_asks_get(&r->look, ehlo, SW_DNS_A);
		r->ehlo_aaaa = sw_asks_get(&r->look, ehlo, SW_DNS_AAAA);
	}
	ask_selectors(r);
	r->broken = r->broken || r->look.nomem;
	sw_check_ask(r, &of_look, &r->look);
}

static void first(struct sw_check_report *r)
{
	/* Of the former class E: no record that means something names it, so it meets every
	 * term of the record, and shows what strangers get. */
	const struct sw_ip nobody = { .family = 4, .bytes = { 240, 255, 255, 254 } };
	const struct sw_dmarc_request dmarc = { .author = sw_slice_str(r->domain),
						.suffixes = r->run->suffixes };
	struct sw_error err = { 0 };

	if (r->run->options->message && sw_check_message_feed(r, &err))
		sw_check_break(r, &err);
	r->sender = r->run->from ? r->run->from : r->return_path;
	if (!r->sender)
		r->sender = sw_check_text(r, "postmaster@%s", r->domain);
	ask_records(r);
	ask_address(r);
	r->spf_count = spf_of(r, nobody);
	sw_check_ask(r, &of_spf, r->spf_count);
	r->dmarc = sw_dmarc_new(&dmarc, NULL);
	sw_check_ask(r, &of_dmarc, r->dmarc);
	r->list_domain = listings_of(r, true);
	sw_check_ask(r, &of_listings, r->list_domain);
	if (r->dkim)
		sw_check_ask(r, &of_dkim, r->dkim);
	if (r->arc)
		sw_check_ask(r, &of_arc, r->arc);
}

/* ---- second: what the records name ---- */

static void ask_mx(struct sw_check_report *r, const struct sw_dns_record *mx)
{
	struct sw_check_mx *m = &r->mx_hosts[r->mx_count];
	const struct sw_dane_request dane = { .host = mx->mx.host,
					      .port = 25,
					      .mx_secure = r->mx->secure };

	if (!*mx->mx.host)
		return;
	if (r->mx_count == SW_MAX_MX_HOSTS) {
		r->mx_cut = true;
		return;
	}
	r->mx_count++;
	m->host = mx->mx.host;
	m->preference = mx->mx.preference;
	if (!sw_dns_name_valid(sw_slice_str(m->host)))
		return;
	m->a = sw_asks_get(&r->look, m->host, SW_DNS_A);
	m->aaaa = sw_asks_get(&r->look, m->host, SW_DNS_AAAA);
	m->cname = sw_asks_get(&r->look, m->host, SW_DNS_CNAME);
	if (!r->run->options->anchor)
		return;
	m->dane = sw_dane_new(&dane, NULL);
	sw_check_ask(r, &of_dane, m->dane);
}

static void ask_reports(struct sw_check_report *r)
{
	const struct sw_dmarc_outcome *o = sw_dmarc_outcome(r->dmarc);

	if (!o || !o->tree.record || o->tree.record->rua.count == 0)
		return;
	r->reports = sw_dmarc_report_new(o->tree.record_domain, &o->tree.record->rua,
					 r->run->suffixes, NULL);
	sw_check_ask(r, &of_reports, r->reports);
}

/* DMARC of the message, from what passed. */
static void ask_message(struct sw_check_report *r)
{
	const struct sw_spf_outcome *spf = r->spf ? sw_spf_outcome(r->spf) : NULL;
	struct sw_dmarc_identifier passed[SW_MAX_IDENTIFIERS];
	struct sw_dmarc_request q = { .passed = passed, .suffixes = r->run->suffixes };
	const struct sw_dkim_result *list = NULL;
	size_t count = sw_dkim_results(r->dkim, &list);

	/* Whether an undone change is a proof says the key. */
	for (size_t i = 0; i < count; i++)
		if (list[i].status == SW_DKIM_FAIL)
			(void)sw_asks_get_below(
				&r->look, sw_check_text(r, "%s._domainkey", list[i].selector),
				list[i].domain, SW_DNS_TXT);
	if (!r->author)
		return;
	q.author = sw_slice_str(r->author);
	if (spf && spf->result == SW_SPF_PASS)
		passed[q.count++] =
			(struct sw_dmarc_identifier){ .domain = sw_slice_str(spf->checked),
						      .spf = true };
	for (size_t i = 0; i < count && q.count < SW_MAX_IDENTIFIERS; i++)
		if (list[i].status == SW_DKIM_PASS && !list[i].testing)
			passed[q.count++] = (struct sw_dmarc_identifier){
				.domain = sw_slice_str(list[i].domain)
			};
	r->message_dmarc = sw_dmarc_new(&q, NULL);
	sw_check_ask(r, &of_dmarc, r->message_dmarc);
}

static void second(struct sw_check_report *r)
{
	struct sw_slice id;

	for (size_t i = 0; i < r->mx->count; i++)
		ask_mx(r, &r->mx->records[i]);
	if (!sw_ask_failed(r->sts) && sw_sts_answer_read(r->sts, &id) == SW_STS_GOOD) {
		r->sts_a = get(r, "mta-sts", SW_DNS_A);
		r->sts_aaaa = get(r, "mta-sts", SW_DNS_AAAA);
	}
	ask_reports(r);
	if (r->dkim)
		ask_message(r);
	r->broken = r->broken || r->look.nomem;
	sw_check_ask(r, &of_look, &r->look);
}

/* ---- third: the policy of MTA-STS ---- */

static void on_policy(void *arg, struct sw_fetch_answer *answer)
{
	struct sw_check_report *r = arg;

	r->fetch = NULL;
	r->policy = *answer;
	memset(answer, 0, sizeof(*answer));
	r->has_policy = true;
	sw_check_answered(r);
}

size_t sw_check_addresses(const struct sw_ask *a, uint16_t port, struct sw_addr *out,
			  size_t room)
{
	size_t n = 0;

	for (size_t i = 0; a && i < a->count && n < room; i++)
		out[n++] = a->type == SW_DNS_A ? sw_addr_v4(a->records[i].a, port)
					       : sw_addr_v6(a->records[i].aaaa, port);
	return n;
}

static void third(struct sw_check_report *r)
{
	uint16_t port = r->run->options->https_port ? r->run->options->https_port : 443;
	struct sw_addr addrs[SW_MAX_DIAL_ADDRESSES];
	size_t n = sw_check_addresses(r->sts_a, port, addrs, SW_LEN(addrs));
	struct sw_error err = { 0 };

	n += sw_check_addresses(r->sts_aaaa, port, addrs + n, SW_LEN(addrs) - n);
	if (n == 0)
		return;
	const struct sw_fetch_request q = {
		.url = sw_check_text(r, "https://mta-sts.%s:%u/.well-known/mta-sts.txt",
				     r->domain, (unsigned)port),
		.addrs = addrs,
		.addr_count = n,
		.trust = r->run->trust,
		.no_proxy = true,
		.max_bytes = SW_MAX_STS_POLICY,
		.deadline_us = r->deadline_us,
	};

	r->fetch = sw_fetch_start(r->run->loop, &q, on_policy, r, &err);
	if (r->fetch)
		r->open++;
	else
		sw_check_break(r, &err);
}

bool sw_check_phase(struct sw_check_report *r, unsigned phase)
{
	static void (*const phases[])(struct sw_check_report * r) = { first, second, third,
								      sw_check_connect };

	if (phase >= SW_LEN(phases))
		return false;
	phases[phase](r);
	return true;
}

void sw_check_machines_free(struct sw_check_report *r)
{
	sw_check_connect_free(r);
	for (size_t i = 0; i < r->mx_count; i++)
		sw_dane_free(r->mx_hosts[i].dane);
	sw_spf_free(r->spf);
	sw_spf_free(r->spf_count);
	sw_dmarc_report_free(r->reports);
	sw_dmarc_free(r->dmarc);
	sw_dmarc_free(r->message_dmarc);
	sw_reverse_free(r->reverse);
	sw_listings_free(r->list_ip);
	sw_listings_free(r->list_domain);
	sw_dkim_free(r->dkim);
	sw_arc_free(r->arc);
}
