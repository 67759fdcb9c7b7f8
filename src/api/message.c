/* SPDX-License-Identifier: MIT */
#include "api/message.h"

#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "client/wishes.h"

struct sw_message *sw_message_new(void)
{
	struct sw_message *m = sw_calloc(1, sizeof(*m));
	if (m)
		sw_arena_init(&m->arena);
	return m;
}

void sw_message_free(struct sw_message *m)
{
	if (!m)
		return;
	sw_source_free(m->source);
	sw_source_free(m->wide);
	sw_compose_free(m->compose);
	sw_recipients_fini(&m->named);
	sw_recipients_fini(&m->all);
	sw_arena_fini(&m->arena);
	sw_free(m);
}

const char *sw_message_error_text(const struct sw_message *m)
{
	return m->error.text;
}

static enum sw_err changeable(struct sw_message *m)
{
	sw_error_clear(&m->error);
	return m->finished ? sw_fail(&m->error, SW_E_USAGE,
				     "the message is finished and cannot be "
				     "changed")
			   : SW_OK;
}

/* The composer, made when the first part comes. */
static enum sw_err parts(struct sw_message *m)
{
	enum sw_err e = changeable(m);
	if (!e && m->ready)
		e = sw_fail(&m->error, SW_E_USAGE,
			    "a ready message was loaded: it takes no further "
			    "parts or header fields");
	if (e || m->compose)
		return e;
	m->compose = sw_compose_new(sw_world_real());
	return m->compose ? SW_OK : sw_fail_nomem(&m->error);
}

typedef enum sw_err (*text_fn)(struct sw_compose *c, struct sw_slice utf8,
			       struct sw_error *err);

static enum sw_err set_text(struct sw_message *m, struct sw_slice in, text_fn set)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf own = { 0 };
	struct sw_slice text;
	enum sw_err e = parts(m);
	if (!e)
		e = sw_message_to_utf8(m, in, &own, &text);
	return e ? e : set(m->compose, text, &m->error);
}

/* Editors of Windows put U+FEFF in front; to readers of mail it is a character of the text. */
static enum sw_err set_body(struct sw_message *m, struct sw_slice in, text_fn set)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf own = { 0 };
	struct sw_slice text;
	enum sw_err e = parts(m);
	if (!e)
		e = sw_message_to_utf8(m, in, &own, &text);
	if (!e && sw_slice_starts(text, SW_S("\xef\xbb\xbf")))
		text = sw_slice_from(text, 3);
	return e ? e : set(m->compose, text, &m->error);
}

static enum sw_err add_list(struct sw_message *m, enum sw_compose_list list,
			    const char *mailboxes)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf own = { 0 };
	struct sw_slice text;
	enum sw_err e = parts(m);
	if (!e)
		e = sw_message_to_utf8(m, sw_slice_str(mailboxes), &own, &text);
	if (!e)
		e = sw_compose_add(m->compose, list, text, &m->error);
	if (!e && list != SW_REPLY_TO)
		m->header_recipients = true;
	return e;
}

enum sw_err sw_message_from(struct sw_message *m, const char *mailbox)
{
	return set_text(m, sw_slice_str(mailbox), sw_compose_from);
}

enum sw_err sw_message_to(struct sw_message *m, const char *mailboxes)
{
	return add_list(m, SW_TO, mailboxes);
}

enum sw_err sw_message_cc(struct sw_message *m, const char *mailboxes)
{
	return add_list(m, SW_CC, mailboxes);
}

enum sw_err sw_message_bcc(struct sw_message *m, const char *mailboxes)
{
	return add_list(m, SW_BCC, mailboxes);
}

enum sw_err sw_message_reply_to(struct sw_message *m, const char *mailboxes)
{
	return add_list(m, SW_REPLY_TO, mailboxes);
}

enum sw_err sw_message_subject(struct sw_message *m, const char *subject)
{
	return set_text(m, sw_slice_str(subject), sw_compose_subject);
}

enum sw_err sw_message_header(struct sw_message *m, const char *name, const char *value)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf own = { 0 };
	struct sw_slice text;
	enum sw_err e = parts(m);
	if (!e)
		e = sw_message_to_utf8(m, sw_slice_str(value), &own, &text);
	return e ? e : sw_compose_header(m->compose, sw_slice_str(name), text, &m->error);
}

enum sw_err sw_message_set_id(struct sw_message *m, const char *id)
{
	enum sw_err e = parts(m);
	return e ? e : sw_compose_message_id(m->compose, sw_slice_str(id), &m->error);
}

/* NULL where something must stand: said, instead of a crash or of a part that is empty. */
static enum sw_err given(struct sw_message *m, bool is, const char *what)
{
	return is ? SW_OK
		  : sw_fail(&m->error, SW_E_USAGE, "NULL where %s must be given", what);
}

enum sw_err sw_message_text(struct sw_message *m, const char *text, size_t len)
{
	enum sw_err e = given(m, text || !len, "a text");
	return e ? e : set_body(m, sw_slice(text, len), sw_compose_text);
}

enum sw_err sw_message_html(struct sw_message *m, const char *html, size_t len)
{
	enum sw_err e = given(m, html || !len, "a text");
	return e ? e : set_body(m, sw_slice(html, len), sw_compose_html);
}

static enum sw_err body_file(struct sw_message *m, const char *path, text_fn set)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text;
	sw_buf_init(&text, SW_MAX_TEXT_PART);
	enum sw_err e = given(m, path != NULL, "a path");
	if (!e)
		e = parts(m);
	if (!e && strcmp(path, "-") == 0)
		e = sw_fd_read(STDIN_FILENO, SW_MAX_TEXT_PART, SW_NEVER, "standard input",
			       &text, &m->error);
	else if (!e)
		e = sw_file_read(path, SW_FILE_INPUT, SW_MAX_TEXT_PART, &text, &m->error);
	return e ? e : set_body(m, sw_buf_slice(&text), set);
}

enum sw_err sw_message_text_file(struct sw_message *m, const char *path)
{
	return body_file(m, path, sw_compose_text);
}

enum sw_err sw_message_html_file(struct sw_message *m, const char *path)
{
	return body_file(m, path, sw_compose_html);
}

static enum sw_err attach(struct sw_message *m, struct sw_attach *a, const char *type,
			  const char *name, const char *content_id)
{
	enum sw_err e = parts(m);
	a->type = sw_slice_str(type);
	a->name = sw_slice_str(name);
	a->content_id = sw_slice_str(content_id);
	a->is_inline = content_id != NULL;
	return e ? e : sw_compose_attach(m->compose, a, &m->error);
}

enum sw_err sw_message_attach_file(struct sw_message *m, const char *path, const char *type,
				   const char *name, const char *content_id)
{
	struct sw_attach a = { .path = path };
	enum sw_err e = given(m, path != NULL, "a path");
	return e ? e : attach(m, &a, type, name, content_id);
}

enum sw_err sw_message_attach_bytes(struct sw_message *m, const void *bytes, size_t len,
				    const char *type, const char *name, const char *content_id)
{
	struct sw_attach a = { .bytes = sw_slice(bytes, len) };
	enum sw_err e = given(m, bytes || !len, "bytes");
	return e ? e : attach(m, &a, type, name, content_id);
}

enum sw_err sw_message_flowed(struct sw_message *m)
{
	enum sw_err e = parts(m);
	return e ? e : sw_compose_flowed(m->compose, &m->error);
}

static enum sw_err alternative(struct sw_message *m, struct sw_attach *a, const char *type)
{
	enum sw_err e = parts(m);
	a->type = sw_slice_str(type);
	a->is_alternative = true;
	return e ? e : sw_compose_attach(m->compose, a, &m->error);
}

enum sw_err sw_message_alternative_file(struct sw_message *m, const char *path,
					const char *type)
{
	struct sw_attach a = { .path = path };
	enum sw_err e = given(m, path != NULL, "a path");
	return e ? e : alternative(m, &a, type);
}

enum sw_err sw_message_alternative_bytes(struct sw_message *m, const void *bytes, size_t len,
					 const char *type)
{
	struct sw_attach a = { .bytes = sw_slice(bytes, len) };
	enum sw_err e = given(m, bytes || !len, "bytes");
	return e ? e : alternative(m, &a, type);
}

enum sw_err sw_message_list_uri(struct sw_message *m, const char *what, const char *uri)
{
	enum sw_err e = parts(m);
	return e ? e
		 : sw_compose_list_uri(m->compose, sw_slice_str(what), sw_slice_str(uri),
				       &m->error);
}

enum sw_err sw_message_one_click(struct sw_message *m)
{
	enum sw_err e = parts(m);
	return e ? e : sw_compose_one_click(m->compose, &m->error);
}

static enum sw_err loadable(struct sw_message *m)
{
	enum sw_err e = changeable(m);
	if (!e && (m->compose || m->ready))
		e = sw_fail(&m->error, SW_E_USAGE,
			    "a ready message stands alone: the message has "
			    "content already");
	return e;
}

enum sw_err sw_message_load_file(struct sw_message *m, const char *path)
{
	const struct sw_ready_options options = { .keep_bcc = false };
	enum sw_err e = given(m, path != NULL, "a path");
	if (!e)
		e = loadable(m);
	if (!e)
		e = sw_ready_open(path, &options, &m->source, &m->error);
	m->ready = m->ready || !e;
	return e;
}

enum sw_err sw_message_load_bytes(struct sw_message *m, const void *bytes, size_t len)
{
	const struct sw_ready_options options = { .keep_bcc = false };
	enum sw_err e = given(m, bytes || !len, "bytes");
	if (!e)
		e = loadable(m);
	if (!e)
		e = sw_ready_memory(sw_slice(bytes, len), &options, &m->source, &m->error);
	m->ready = m->ready || !e;
	return e;
}

enum sw_err sw_message_load_fd(struct sw_message *m, int fd)
{
	const struct sw_ready_options options = { .keep_bcc = false };
	enum sw_err e = loadable(m);
	if (!e)
		e = sw_ready_fd(fd, &options, &m->source, &m->error);
	m->ready = m->ready || !e;
	return e;
}

struct stream {
	sw_message_read_fn fn;
	void *arg;
};

static enum sw_err read_stream(void *arg, char *out, size_t size, size_t *ret_len,
			       struct sw_error *err)
{
	const struct stream *s = arg;
	ptrdiff_t got = s->fn(s->arg, out, size);
	if (got < 0 || (size_t)got > size)
		return sw_fail(err, SW_E_IO, "the function that gives the message failed");
	*ret_len = (size_t)got;
	return SW_OK;
}

enum sw_err sw_message_load_stream(struct sw_message *m, sw_message_read_fn fn, void *arg)
{
	const struct sw_ready_options options = { .keep_bcc = false };
	struct stream s = { fn, arg };
	enum sw_err e = given(m, fn != NULL, "a function");
	if (!e)
		e = loadable(m);
	if (!e)
		e = sw_ready_pull(read_stream, &s, &options, &m->source, &m->error);
	m->ready = m->ready || !e;
	return e;
}

enum sw_err sw_message_recipients_from_header(struct sw_message *m)
{
	enum sw_err e = changeable(m);
	if (!e && !m->ready)
		e = sw_fail(&m->error, SW_E_USAGE,
			    "recipients can be taken from the header of a ready "
			    "message only; load it first");
	if (!e)
		m->header_recipients = true;
	return e;
}

enum sw_err sw_message_envelope_from(struct sw_message *m, const char *address)
{
	struct sw_address parsed;
	enum sw_err e = changeable(m);
	if (!e)
		e = sw_address_parse(&m->arena, sw_slice_str(address), SW_ADDRESS_ALLOW_NULL,
				     &parsed, &m->error);
	if (!e) {
		m->sender = parsed;
		m->sender_set = true;
	}
	return e;
}

enum sw_err sw_message_add_recipient(struct sw_message *m, const char *address)
{
	struct sw_address parsed;
	enum sw_err e = changeable(m);
	if (!e)
		e = sw_address_parse(&m->arena, sw_slice_str(address), 0, &parsed, &m->error);
	return e ? e : sw_recipients_add(&m->named, &parsed, &m->error);
}

enum sw_err sw_message_add_recipient_dsn(struct sw_message *m, const char *address,
					 const char *notify, const char *original)
{
	struct sw_wishes wishes = { 0 };
	struct sw_address first = { 0 };
	enum sw_err e = changeable(m);
	if (!e && notify)
		e = sw_wishes_set(&wishes, "dsn", notify, &m->error);
	if (!e && original)
		e = sw_address_parse(&m->arena, sw_slice_str(original), 0, &first, &m->error);
	struct sw_message_dsn *d = e ? NULL : sw_arena_alloc(&m->arena, sizeof(*d));
	if (!e && !d)
		e = sw_fail_nomem(&m->error);
	if (!e)
		e = sw_address_parse(&m->arena, sw_slice_str(address), 0, &d->address,
				     &m->error);
	if (!e)
		e = sw_recipients_add(&m->named, &d->address, &m->error);
	if (e)
		return e;
	d->notify = wishes.notify;
	d->original = first.text;
	d->next = m->dsn;
	m->dsn = d;
	return SW_OK;
}

enum sw_err sw_message_sign(struct sw_message *m, struct sw_dkim_keys *keys)
{
	enum sw_err e = changeable(m);
	if (!e)
		m->keys = keys;
	return e;
}

enum sw_err sw_message_keep_8bit(struct sw_message *m)
{
	enum sw_err e = changeable(m);
	if (!e)
		m->keep_8bit = true;
	return e;
}

const char *sw_message_id(const struct sw_message *m)
{
	const char *id = m->source ? m->source->facts.message_id : NULL;
	return id ? id : "";
}

uint64_t sw_message_size(const struct sw_message *m)
{
	return m->source ? m->source->facts.size_bytes : 0;
}

const char *sw_message_sender(const struct sw_message *m)
{
	return m->sender.text ? m->sender.text : "";
}

size_t sw_message_recipient_count(const struct sw_message *m)
{
	return m->all.count;
}

const char *sw_message_recipient(const struct sw_message *m, size_t i)
{
	return i < m->all.count ? m->all.list[i].text : "";
}

const char *sw_message_warning(const struct sw_message *m, size_t i)
{
	return i < m->warning_count ? m->warnings[i] : NULL;
}

enum sw_err sw_message_write(struct sw_message *m, int fd)
{
	enum sw_err e = sw_message_finish(m);
	return e ? e : sw_source_write(m->source, fd, &m->error);
}
