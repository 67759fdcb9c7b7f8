/* SPDX-License-Identifier: MIT */
/* Who speaks. */
#include "knowledge/decide.h"

static void add_vendor(struct kn_decision *d, uint16_t vendor)
{
	if (d->speaker_count == 0)
		memset(d->vendors, 0, sizeof(d->vendors));
	if (vendor >= SW_MAX_VENDORS || d->speaker_count == SW_LEN(d->speakers) ||
	    (d->vendors[vendor / 64] >> (vendor % 64) & 1))
		return;
	d->vendors[vendor / 64] |= (uint64_t)1 << (vendor % 64);
	d->speakers[d->speaker_count++] = vendor;
}

/* All vendors with this suffix; the first of them, or SW_NONE. */
static uint16_t add_suffix(struct kn_decision *d, const struct kn_image *image, uint64_t hash)
{
	const struct kn_suffix *s = kn_part(image, KN_SUFFIXES);
	size_t count = image->part[KN_SUFFIXES].count, from = 0, to = count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (s[middle].hash < hash)
			from = middle + 1;
		else
			to = middle;
	}
	if (from == count || s[from].hash != hash)
		return SW_NONE;
	for (size_t i = from; i < count && s[i].hash == hash; i++)
		add_vendor(d, (uint16_t)s[i].vendor);
	return (uint16_t)s[from].vendor;
}

static uint64_t host_hash(struct sw_slice host)
{
	uint64_t hash = KN_HASH_SEED;

	for (size_t i = 0; i < host.len; i++)
		hash = kn_hash(hash, (unsigned char)sw_ascii_lower(host.ptr[i]));
	return hash;
}

/* "a.b.c", "b.c", "c": the longest suffix that is known names the vendor. */
static void add_host(struct kn_decision *d, struct sw_slice host)
{
	if (host.len && host.ptr[host.len - 1] == '.')
		host.len--;
	if (host.len > SW_MAX_DOMAIN)
		return;
	while (host.len > 0) {
		uint64_t hash = host_hash(host);

		for (const struct sw_knowledge *k = d->k; k; k = k->under) {
			uint16_t vendor = add_suffix(d, k->image, hash);

			if (d->host_vendor == SW_NONE)
				d->host_vendor = vendor;
		}
		host = sw_slice_from(host, sw_slice_find(host, '.') + 1);
	}
}

static bool is_host_char(char c)
{
	return sw_ascii_digit(c) || (sw_ascii_lower(c) >= 'a' && sw_ascii_lower(c) <= 'z') ||
	       c == '.' || c == '-' || c == '_';
}

/* Whose host: "client host mail.example.org rejected" is about us. */
static bool is_ours(struct sw_slice text, size_t before)
{
	static const char *const words[] = { "client", "sending", "sender",  "your",
					     "helo",   "ehlo",    "reverse", "local" };
	struct sw_slice head = sw_slice_trim(sw_slice_head(text, before));

	for (size_t i = 0; i < SW_LEN(words); i++) {
		struct sw_slice word = sw_slice_str(words[i]);

		if (head.len >= word.len &&
		    sw_slice_eq_nocase(sw_slice_from(head, head.len - word.len), word))
			return true;
	}
	return false;
}

/* The name behind a word like "host", when it has a dot. */
static struct sw_slice host_behind(const struct kn_decision *d, const struct kn_hit *hit)
{
	struct kn_word last = kn_decision_word(d, hit->last);
	size_t at = last.at + last.len, end;

	while (at < d->text.len && strchr(" :;<", d->text.ptr[at]) && d->text.ptr[at])
		at++;
	for (end = at; end < d->text.len && is_host_char(d->text.ptr[end]);)
		end++;
	struct sw_slice host = sw_slice(d->text.ptr + at, end - at);

	return sw_slice_find(host, '.') < host.len ? host : sw_slice(NULL, 0);
}

/* "host mx.example.net[192.0.2.1] said: ..." */
static struct sw_slice host_in_text(const struct kn_decision *d)
{
	for (size_t l = 0; l < d->hits.layer_count; l++)
		for (size_t i = 0; i < d->hits.layers[l].marker_count; i++) {
			const struct kn_hit *hit = &d->hits.layers[l].markers[i];
			struct sw_slice host;

			if (kn_marker_at(d->hits.layers[l].image, hit)->kind != KN_MARK_HOST ||
			    is_ours(d->text, d->word_at[hit->first]))
				continue;
			host = host_behind(d, hit);
			if (host.len)
				return host;
		}
	return sw_slice(NULL, 0);
}

/* All who use a pattern; the first of them to *first when that is still SW_NONE. */
static void add_users(struct kn_decision *d, const struct kn_image *image,
		      const struct kn_hit *hit, enum kn_use kind, uint16_t *first)
{
	struct kn_users users;

	if (!(hit->uses & 1u << kind))
		return;
	users = kn_users(image, hit->pattern, kind);
	for (size_t u = 0; u < users.count; u++) {
		add_vendor(d, users.at[u]);
		if (*first == SW_NONE)
			*first = users.at[u];
	}
}

struct greeting {
	struct kn_decision *d;
	const struct kn_image *image;
	uint16_t vendor;
};

static void found_in_banner(void *arg, const struct kn_hit *hits, size_t count)
{
	struct greeting *g = arg;

	for (size_t i = 0; i < count; i++)
		add_users(g->d, g->image, &hits[i], KN_USE_VENDOR_BANNER, &g->vendor);
}

/* Words of a greeting that are looked at, and as many in one go. */
enum { BANNER_WORDS = 256, CHUNK = 64 };

static uint16_t find_in_banner(struct kn_decision *d, const struct kn_image *image,
			       struct sw_slice banner)
{
	static const struct kn_codes codes;
	struct greeting g = { d, image, SW_NONE };
	struct kn_word words[CHUNK];
	struct kn_walk w;
	struct kn_scan s;

	sw_kn_scan_init(&s, banner, &codes);
	sw_kn_walk_init(&w, image);
	for (size_t done = 0; done < BANNER_WORDS; done += CHUNK)
		sw_kn_walk(&w, banner, words, sw_kn_scan(&s, words, CHUNK), found_in_banner,
			   &g);
	return g.vendor;
}

static void add_banner(struct kn_decision *d, struct sw_slice banner)
{
	banner = sw_slice_head(banner, SW_MAX_REPLY_LINE);
	for (const struct sw_knowledge *k = d->k; k; k = k->under) {
		uint16_t vendor = find_in_banner(d, k->image, banner);

		if (d->banner_vendor == SW_NONE)
			d->banner_vendor = vendor;
	}
}

void sw_kn_vendors(struct kn_decision *d, struct sw_slice host, struct sw_slice banner)
{
	d->speaker_count = 0;
	d->host_vendor = d->banner_vendor = d->text_vendor = SW_NONE;
	if (host.len == 0)
		host = host_in_text(d);
	add_host(d, host);
	if (banner.len)
		add_banner(d, banner);
	for (size_t l = 0; l < d->hits.layer_count; l++) {
		const struct kn_layer *layer = &d->hits.layers[l];

		for (size_t i = layer->used.from; i < layer->used.to; i++)
			add_users(d, layer->image, &d->hits.hits[i], KN_USE_VENDOR_TEXT,
				  &d->text_vendor);
	}
}
