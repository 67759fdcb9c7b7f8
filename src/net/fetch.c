/* SPDX-License-Identifier: MIT */
#include "net/fetch.h"

#include <openssl/ssl.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "net/fetch_curl.h"
#include "net/tls_internal.h"

/* Descriptors of one transfer at once: two families racing, the look-up's wake-up pipe. */
enum { SOCKETS = 8 };

struct socket_watch {
	struct sw_fetch *f;
	int fd;
	struct sw_watch *watch; /* NULL: free */
};

struct sw_fetch {
	struct sw_curl curl;
	struct sw_loop *loop;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *fields, *places;
	struct socket_watch sockets[SOCKETS];
	struct sw_timer *timer;    /* curl's */
	struct sw_timer *deadline; /* ours; curl's own does not cover every step */
	struct sw_tls_context *trust;
	bool has_trust;
	sw_fetch_fn fn;
	void *arg;
	struct sw_buf posted;
	char why[CURL_ERROR_SIZE];
	bool too_large, late, no_library;
	uint64_t refused; /* sw_mem_refused() when it began */
	uint64_t begun_us;
	struct sw_fetch_answer answer;
};

static const char *const failure_names[] = {
	[SW_FETCH_OK] = "ok",
	[SW_FETCH_NO_LIBRARY] = "no_library",
	[SW_FETCH_RESOLVE] = "resolve",
	[SW_FETCH_CONNECT] = "connect",
	[SW_FETCH_PROXY] = "proxy",
	[SW_FETCH_TLS] = "tls",
	[SW_FETCH_CERT] = "cert",
	[SW_FETCH_CUT] = "cut",
	[SW_FETCH_TOO_LARGE] = "too_large",
	[SW_FETCH_REDIRECTS] = "redirects",
	[SW_FETCH_TIME] = "time",
	[SW_FETCH_MEMORY] = "memory",
};

const char *sw_fetch_failure_name(enum sw_fetch_failure failure)
{
	return (unsigned)failure < SW_LEN(failure_names) ? failure_names[failure] : "?";
}

void sw_fetch_answer_fini(struct sw_fetch_answer *a)
{
	sw_buf_wipe(&a->body);
	sw_tls_info_fini(&a->tls);
}

/* ---- what may be asked ---- */

/* The host, in its brackets if it has them, and the port. */
static void cut_authority(struct sw_slice url, struct sw_slice *host, struct sw_slice *port)
{
	bool plain = sw_slice_starts_nocase(url, SW_S("http://"));
	struct sw_slice rest = sw_slice_from(url, plain ? 7 : 8);
	size_t end = 0, colon;
	while (end < rest.len && !memchr("/?#\\", rest.ptr[end], 4))
		end++;
	rest = sw_slice_head(rest, end);
	size_t from = end && rest.ptr[0] == '[' ? sw_slice_find(rest, ']') : 0;
	colon = from + sw_slice_find(sw_slice_from(rest, from), ':');
	*host = sw_slice_head(rest, colon);
	*port = sw_slice_from(rest, colon + 1);
	if (port->len == 0)
		*port = plain ? SW_S("80") : SW_S("443");
}

static bool is_loopback(struct sw_slice host)
{
	struct sw_addr addr;
	return sw_slice_eq_nocase(host, SW_S("localhost")) ||
	       (sw_addr_parse(host, 80, &addr) && sw_addr_is_loopback(&addr));
}

static enum sw_err check_url(const struct sw_fetch_request *r, struct sw_error *err)
{
	struct sw_slice url = sw_slice_str(r->url), host, port;
	bool plain = sw_slice_starts_nocase(url, SW_S("http://"));
	if (!plain && !sw_slice_starts_nocase(url, SW_S("https://")))
		return sw_fail(err, SW_E_CONFIG, "expected a URL with https://");
	cut_authority(url, &host, &port);
	/* The URL is not shown: before an @ may stand a password. */
	if (host.len == 0 || sw_slice_find(host, '@') < host.len ||
	    sw_slice_find(port, '@') < port.len)
		return sw_fail(err, SW_E_CONFIG,
			       "a URL to fetch from needs a host, and no user or password "
			       "before it");
	if (sw_slice_has_control(url) || sw_slice_find(url, ' ') < url.len ||
	    url.len > SW_MAX_URL)
		return sw_fail(err, SW_E_CONFIG,
			       "a URL to fetch from holds no blanks or control bytes, and "
			       "%d bytes at most",
			       SW_MAX_URL);
	if (plain && !(r->http_on_loopback && is_loopback(host)))
		return sw_fail(
			err, SW_E_CONFIG,
			"\"%.*s\": http without TLS is for this machine alone; expected "
			"https://",
			SW_FMT(sw_slice_head(url, 80)));
	return SW_OK;
}

/* ---- certificates: ours are trusted, and what is wrong is kept ---- */

static int on_chain(X509_STORE_CTX *store, void *arg)
{
	struct sw_tls_info *info = &((struct sw_fetch *)arg)->answer.tls;
	sw_tls_info_set_chain(info, X509_STORE_CTX_get0_untrusted(store));
	bool good = X509_verify_cert(store) == 1;
	int code = X509_STORE_CTX_get_error(store);
	info->done = true;
	info->verified = good;
	info->verify_code = good ? X509_V_OK : code ? code : X509_V_ERR_UNSPECIFIED;
	info->verify_depth = X509_STORE_CTX_get_error_depth(store);
	if (!good)
		snprintf(info->verify_text, sizeof(info->verify_text), "%s",
			 X509_verify_cert_error_string(info->verify_code));
	return good;
}

static CURLcode on_tls_context(CURL *easy SW_UNUSED, void *ssl_ctx, void *arg)
{
	struct sw_fetch *f = arg;
	X509_STORE *store = SSL_CTX_get_cert_store(f->trust->ssl_ctx);
	if (X509_STORE_up_ref(store) != 1)
		return CURLE_OUT_OF_MEMORY;
	SSL_CTX_set_cert_store(ssl_ctx, store);
	SSL_CTX_set_cert_verify_callback(ssl_ctx, on_chain, f);
	return CURLE_OK;
}

/* ---- bytes ---- */

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct sw_fetch *f = arg;
	enum sw_err e = sw_buf_add(&f->answer.body, sw_slice(bytes, size * count));
	if (e == SW_E_LIMIT)
		f->too_large = true;
	return e ? 0 : size * count;
}

/* ---- loop ---- */

static void look(struct sw_fetch *f);

static void on_ready(void *arg, unsigned ready)
{
	const struct socket_watch *w = arg;
	struct sw_fetch *f = w->f;
	int running;
	f->curl.multi_socket_action(f->multi, w->fd,
				    ready & SW_WANT_WRITE ? CURL_CSELECT_OUT : CURL_CSELECT_IN,
				    &running);
	look(f);
}

static void on_time(void *arg)
{
	struct sw_fetch *f = arg;
	int running;
	if (f->multi)
		f->curl.multi_socket_action(f->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	look(f);
}

static void on_deadline(void *arg)
{
	struct sw_fetch *f = arg;
	f->late = true;
	look(f);
}

static int on_socket(CURL *easy SW_UNUSED, curl_socket_t fd, int what, void *arg,
		     void *kept SW_UNUSED)
{
	static const unsigned wants[] = { [CURL_POLL_IN] = SW_WANT_READ,
					  [CURL_POLL_OUT] = SW_WANT_WRITE,
					  [CURL_POLL_INOUT] = SW_WANT_READ | SW_WANT_WRITE };
	struct sw_fetch *f = arg;
	struct socket_watch *w = NULL, *room = NULL;
	for (size_t i = 0; i < SOCKETS; i++) {
		if (f->sockets[i].watch && f->sockets[i].fd == fd)
			w = &f->sockets[i];
		else if (!f->sockets[i].watch && !room)
			room = &f->sockets[i];
	}
	if (what == CURL_POLL_REMOVE) {
		if (w) {
			sw_watch_free(w->watch);
			w->watch = NULL;
		}
		return 0;
	}
	if (!w && room) {
		w = room;
		*w = (struct socket_watch){ .f = f, .fd = fd };
		w->watch = sw_watch_new(f->loop, fd, on_ready, w);
	}
	if (!w || !w->watch)
		return -1;
	sw_watch_set(w->watch, (size_t)what < SW_LEN(wants) ? wants[what] : 0);
	return 0;
}

static int on_timer(CURLM *multi SW_UNUSED, long wait_ms, void *arg)
{
	struct sw_fetch *f = arg;
	uint64_t now = sw_loop_now(f->loop);
	sw_timer_set(f->timer,
		     wait_ms < 0 ? SW_NEVER : sw_time_add(now, (uint64_t)wait_ms * 1000));
	return 0;
}

/* ---- beginning ---- */

static bool add_field(struct sw_fetch *f, const char *name, const char *value)
{
	SW_CLEANUP(sw_buf_wipe)
	struct sw_buf line = { .max = SW_MAX_AUTH_LINE, .secret = true };
	if (sw_buf_printf(&line, "%s: %s", name, value))
		return false;
	struct curl_slist *more = f->curl.slist_append(f->fields, sw_buf_str(&line));
	if (more)
		f->fields = more;
	return more;
}

static bool set_fields(struct sw_fetch *f, const struct sw_fetch_request *r)
{
	bool ok = true;
	if (r->content_type)
		ok = add_field(f, "Content-Type", r->content_type);
	if (ok && r->accept)
		ok = add_field(f, "Accept", r->accept);
	if (ok && r->authorization)
		ok = add_field(f, "Authorization", r->authorization);
	/* No wait for "100 Continue" before a small body. */
	if (ok && r->post)
		ok = add_field(f, "Expect", "");
	return ok && f->curl.easy_setopt(f->easy, CURLOPT_HTTPHEADER, f->fields) == CURLE_OK;
}

/* "HOST:PORT:ADDRESS,ADDRESS" */
static bool set_places(struct sw_fetch *f, const struct sw_fetch_request *r)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf line = { .max = SW_MAX_URL };
	struct sw_slice host, port;
	char ip[SW_ADDR_TEXT];
	if (r->addr_count == 0)
		return true;
	cut_authority(sw_slice_str(r->url), &host, &port);
	if (sw_buf_printf(&line, "%.*s:%.*s:", SW_FMT(host), SW_FMT(port)))
		return false;
	for (size_t i = 0; i < r->addr_count; i++)
		if (sw_buf_printf(&line, "%s%s", i ? "," : "", sw_addr_ip(&r->addrs[i], ip)))
			return false;
	f->places = f->curl.slist_append(NULL, sw_buf_str(&line));
	return f->places && !f->curl.easy_setopt(f->easy, CURLOPT_RESOLVE, f->places);
}

static bool set_trust(struct sw_fetch *f)
{
	/* Another TLS library: its own ways to the system's certificates are good, but those
	 * of a file that the user named are not known there. */
	if (!f->curl.our_openssl)
		return !f->has_trust;
	f->curl.easy_setopt(f->easy, CURLOPT_CAINFO, NULL);
	f->curl.easy_setopt(f->easy, CURLOPT_CAPATH, NULL);
	return f->curl.easy_setopt(f->easy, CURLOPT_SSL_CTX_FUNCTION, on_tls_context) ==
		       CURLE_OK &&
	       f->curl.easy_setopt(f->easy, CURLOPT_SSL_CTX_DATA, f) == CURLE_OK;
}

static bool set_method(struct sw_fetch *f, const struct sw_fetch_request *r)
{
	CURLcode (*set)(CURL *, CURLoption, ...) = f->curl.easy_setopt;
	if (r->post) {
		f->posted = (struct sw_buf){ .max = r->body.len + 1, .secret = true };
		return !sw_buf_add(&f->posted, r->body) && !set(f->easy, CURLOPT_POST, 1L) &&
		       !set(f->easy, CURLOPT_POSTFIELDS, sw_buf_str(&f->posted)) &&
		       !set(f->easy, CURLOPT_POSTFIELDSIZE, (long)r->body.len);
	}
	return !set(f->easy, CURLOPT_FOLLOWLOCATION, r->redirects ? 1L : 0L) &&
	       !set(f->easy, CURLOPT_MAXREDIRS, (long)r->redirects);
}

static bool set_options(struct sw_fetch *f, const struct sw_fetch_request *r)
{
	CURLcode (*set)(CURL *, CURLoption, ...) = f->curl.easy_setopt;
	CURLMcode (*mset)(CURLM *, CURLMoption, ...) = f->curl.multi_setopt;
	bool plain = r->http_on_loopback;
	bool ok = !set(f->easy, CURLOPT_URL, r->url) &&
		  !set(f->easy, CURLOPT_PROTOCOLS_STR, plain ? "http,https" : "https") &&
		  !set(f->easy, CURLOPT_REDIR_PROTOCOLS_STR, "https") &&
		  !set(f->easy, CURLOPT_WRITEFUNCTION, on_body) &&
		  !set(f->easy, CURLOPT_WRITEDATA, f) &&
		  !set(f->easy, CURLOPT_ERRORBUFFER, f->why) &&
		  !set(f->easy, CURLOPT_NOSIGNAL, 1L) &&
		  !set(f->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
		  !set(f->easy, CURLOPT_USERAGENT, "sendwell/" SW_VERSION) &&
		  !set(f->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
		  !mset(f->multi, CURLMOPT_SOCKETFUNCTION, on_socket) &&
		  !mset(f->multi, CURLMOPT_SOCKETDATA, f) &&
		  !mset(f->multi, CURLMOPT_TIMERFUNCTION, on_timer) &&
		  !mset(f->multi, CURLMOPT_TIMERDATA, f);
	if (ok && (r->no_proxy || r->addr_count))
		ok = !set(f->easy, CURLOPT_PROXY, "");
	/* A look-up that hangs must not hang us when the transfer is given up; since 7.87. */
	(void)!set(f->easy, (CURLoption)(CURLOPTTYPE_LONG + 322), 1L);
	return ok && set_method(f, r) && set_fields(f, r) && set_places(f, r) && set_trust(f);
}

static bool set_up(struct sw_fetch *f, const struct sw_fetch_request *r, struct sw_error *err)
{
	f->timer = sw_timer_new(f->loop, on_time, f);
	f->deadline = sw_timer_new(f->loop, on_deadline, f);
	if (!f->timer || !f->deadline)
		return false;
	sw_timer_set(f->deadline, r->deadline_us);
	f->no_library = !sw_curl_load(&f->curl);
	if (f->no_library) {
		/* Told from the loop, as everything else. */
		sw_timer_set(f->timer, 0);
		return true;
	}
	f->has_trust = r->trust != NULL;
	f->trust = r->trust ? sw_tls_context_ref(r->trust)
			    : sw_tls_context_new(&(struct sw_tls_settings){ 0 }, err);
	f->multi = f->trust ? f->curl.multi_init() : NULL;
	f->easy = f->multi ? f->curl.easy_init() : NULL;
	return f->easy && set_options(f, r) &&
	       f->curl.multi_add_handle(f->multi, f->easy) == CURLM_OK;
}

struct sw_fetch *sw_fetch_start(struct sw_loop *loop, const struct sw_fetch_request *r,
				sw_fetch_fn fn, void *arg, struct sw_error *err)
{
	struct sw_error local = { 0 };
	if (check_url(r, err))
		return NULL;
	struct sw_fetch *f = sw_calloc(1, sizeof(*f));
	if (f) {
		f->loop = loop;
		f->fn = fn;
		f->arg = arg;
		f->begun_us = sw_loop_now(loop);
		f->refused = sw_mem_refused();
		f->answer.tls.alert_received = f->answer.tls.alert_sent = -1;
		f->answer.body =
			(struct sw_buf){ .max = r->max_bytes ? r->max_bytes : SW_MAX_FETCH,
					 .secret = true };
		if (set_up(f, r, &local))
			return f;
		sw_fetch_cancel(f);
	}
	if (local.code && err)
		*err = local;
	else
		sw_fail_nomem(err);
	return NULL;
}

/* ---- the end ---- */

void sw_fetch_cancel(struct sw_fetch *f)
{
	if (!f)
		return;
	if (f->easy) {
		f->curl.multi_remove_handle(f->multi, f->easy);
		f->curl.easy_cleanup(f->easy);
	}
	if (f->multi)
		f->curl.multi_cleanup(f->multi);
	for (size_t i = 0; i < SOCKETS; i++)
		sw_watch_free(f->sockets[i].watch);
	for (struct curl_slist *one = f->fields; one; one = one->next)
		sw_wipe(one->data, strlen(one->data));
	if (f->fields)
		f->curl.slist_free_all(f->fields);
	if (f->places)
		f->curl.slist_free_all(f->places);
	sw_timer_free(f->timer);
	sw_timer_free(f->deadline);
	sw_tls_context_unref(f->trust);
	sw_buf_wipe(&f->posted);
	sw_fetch_answer_fini(&f->answer);
	sw_free(f);
}

static const struct {
	CURLcode code;
	enum sw_fetch_failure failure;
} failures[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, SW_FETCH_RESOLVE },
	{ CURLE_COULDNT_RESOLVE_PROXY, SW_FETCH_RESOLVE },
	{ CURLE_COULDNT_CONNECT, SW_FETCH_CONNECT },
	{ CURLE_INTERFACE_FAILED, SW_FETCH_CONNECT },
	{ CURLE_PROXY, SW_FETCH_PROXY },
	{ CURLE_SSL_CONNECT_ERROR, SW_FETCH_TLS },
	{ CURLE_SSL_CIPHER, SW_FETCH_TLS },
	{ CURLE_PEER_FAILED_VERIFICATION, SW_FETCH_CERT },
	{ CURLE_SSL_ISSUER_ERROR, SW_FETCH_CERT },
	{ CURLE_TOO_MANY_REDIRECTS, SW_FETCH_REDIRECTS },
	{ CURLE_OPERATION_TIMEDOUT, SW_FETCH_TIME },
	{ CURLE_OUT_OF_MEMORY, SW_FETCH_MEMORY },
};

static enum sw_fetch_failure judge(const struct sw_fetch *f, CURLcode code, long status)
{
	/* OpenSSL below says "no certificate" when it had no memory for one. */
	if (code != CURLE_OK || f->no_library || f->too_large || f->late)
		if (sw_mem_refused() != f->refused)
			return SW_FETCH_MEMORY;
	if (f->no_library)
		return SW_FETCH_NO_LIBRARY;
	if (f->too_large)
		return SW_FETCH_TOO_LARGE;
	if (f->late)
		return SW_FETCH_TIME;
	/* Of a redirect; otherwise it says that the answer is no HTTP/1. */
	if (code == CURLE_UNSUPPORTED_PROTOCOL && status / 100 == 3)
		return SW_FETCH_REDIRECTS;
	for (size_t i = 0; i < SW_LEN(failures); i++)
		if (failures[i].code == code)
			return failures[i].failure;
	return code == CURLE_OK ? SW_FETCH_OK : SW_FETCH_CUT;
}

static void describe(struct sw_fetch *f, CURLcode code)
{
	struct sw_fetch_answer *a = &f->answer;
	const char *text = "";
	if (a->failure == SW_FETCH_NO_LIBRARY)
		text = "libcurl.so.4 (7.85 or newer) is not installed";
	else if (a->failure == SW_FETCH_TOO_LARGE)
		text = "the answer is longer than any honest one";
	else if (a->failure == SW_FETCH_MEMORY)
		text = sw_err_text(SW_E_NOMEM);
	else if (a->failure == SW_FETCH_TIME)
		text = "no whole answer in time";
	else if (a->failure != SW_FETCH_OK)
		text = f->why[0] ? f->why : f->curl.easy_strerror(code);
	sw_text_escape_into(a->text, sizeof(a->text), sw_slice_str(text), SW_TEXT_LINE);
	/* The chain was good, so curl's own look at the name was not. */
	if (a->failure == SW_FETCH_CERT && a->tls.verified) {
		a->tls.verified = false;
		a->tls.verify_code = X509_V_ERR_HOSTNAME_MISMATCH;
		snprintf(a->tls.verify_text, sizeof(a->tls.verify_text), "%s",
			 X509_verify_cert_error_string(X509_V_ERR_HOSTNAME_MISMATCH));
	}
}

static void take_text(struct sw_fetch *f, CURLINFO what, char *out, size_t size)
{
	char *text = NULL;
	f->curl.easy_getinfo(f->easy, what, &text);
	sw_text_escape_into(out, size, sw_slice_str(text), SW_TEXT_LINE);
}

static void finish(struct sw_fetch *f, CURLcode code)
{
	struct sw_fetch_answer *a = &f->answer;
	long status = 0;
	a->elapsed_us = sw_loop_now(f->loop) - f->begun_us;
	if (f->easy) {
		f->curl.easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
		take_text(f, CURLINFO_CONTENT_TYPE, a->content_type, sizeof(a->content_type));
		take_text(f, CURLINFO_REDIRECT_URL, a->location, sizeof(a->location));
		take_text(f, CURLINFO_PRIMARY_IP, a->peer, sizeof(a->peer));
	}
	a->status = (int)status;
	a->failure = judge(f, code, status);
	describe(f, code);
	f->fn(f->arg, a);
	sw_fetch_cancel(f);
}

/* Whether it has ended. The last thing done by a callback. */
static void look(struct sw_fetch *f)
{
	int left;
	if (f->no_library || f->late) {
		finish(f, CURLE_OK);
		return;
	}
	const CURLMsg *m = f->curl.multi_info_read(f->multi, &left);
	if (m && m->msg == CURLMSG_DONE)
		finish(f, m->data.result);
}
