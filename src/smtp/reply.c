/* SPDX-License-Identifier: MIT */
#include "smtp/reply.h"

void sw_reply_parser_init(struct sw_reply_parser *p)
{
	*p = (struct sw_reply_parser){ 0 };
	sw_buf_init(&p->line, SW_MAX_REPLY_LINE);
	sw_buf_init(&p->text, SW_MAX_REPLY);
}

void sw_reply_parser_fini(struct sw_reply_parser *p)
{
	sw_buf_fini(&p->line);
	sw_buf_fini(&p->text);
}

void sw_reply_parser_next(struct sw_reply_parser *p)
{
	sw_buf_clear(&p->line);
	sw_buf_clear(&p->text);
	p->reply = (struct sw_reply){ 0 };
	p->total = 0;
	p->line_len = 0;
	p->last_cr = false;
	p->result = SW_REPLY_MORE;
}

/* Without the CRs at the end: "\r\r\n" is sent by servers that translate line ends twice. */
static struct sw_slice without_cr(struct sw_slice line)
{
	while (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* Whether `line`, of which more may follow, can be the beginning of a line of a reply. */
static bool may_be_reply(struct sw_slice line)
{
	struct sw_slice s = without_cr(line);

	for (size_t i = 0; i < s.len && i < 3; i++)
		if (!sw_ascii_digit(s.ptr[i]))
			return false;
	if (s.len && (s.ptr[0] < '2' || s.ptr[0] > '5'))
		return false;
	/* A line end has begun and something else came. */
	if (s.len < line.len && s.len < 3 && s.len > 0)
		return false;
	return s.len <= 3 || s.ptr[3] == ' ' || s.ptr[3] == '-';
}

bool sw_reply_parser_hopeless(const struct sw_reply_parser *p)
{
	return p->result == SW_REPLY_MORE && !may_be_reply(sw_buf_slice(&p->line));
}

static int code_of(struct sw_slice line)
{
	return (line.ptr[0] - '0') * 100 + (line.ptr[1] - '0') * 10 + (line.ptr[2] - '0');
}

/* Takes the enhanced code off a line's text. One that differs from the first stays in the
 * text: nothing the server said may get lost. */
static struct sw_slice take_enhanced(struct sw_reply *r, struct sw_slice text)
{
	struct sw_enhanced e;
	size_t len;

	if (r->code / 100 == 3 || !sw_enhanced_parse(text, &e, &len))
		return text;
	if (r->lines == 0)
		r->enhanced = e;
	else if (e.class != r->enhanced.class || e.subject != r->enhanced.subject ||
		 e.detail != r->enhanced.detail)
		return text;
	text = sw_slice_from(text, len);
	if (text.len && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
		text = sw_slice_from(text, 1);
	return text;
}

static enum sw_err add_text(struct sw_reply_parser *p, struct sw_slice text)
{
	enum sw_err code = SW_OK;

	text = take_enhanced(&p->reply, text);
	if (p->reply.lines > 0)
		code = sw_buf_add_char(&p->text, '\n');
	if (!code)
		code = sw_buf_add(&p->text, text);
	return code;
}

/* A whole line without its line end. Sets p->result. */
static enum sw_err take_line(struct sw_reply_parser *p, struct sw_slice line)
{
	if (line.len == 0 && p->reply.lines == 0) {
		p->blank_lines++;
		return SW_OK;
	}
	if (line.len < 3 || !may_be_reply(line)) {
		p->result = SW_REPLY_GARBAGE;
		return SW_OK;
	}
	int code = code_of(line);

	if (p->reply.lines > 0 && code != p->reply.code) {
		p->code_changed = true;
		p->result = SW_REPLY_GARBAGE;
		return SW_OK;
	}
	if (p->reply.lines == SW_MAX_REPLY_LINES) {
		p->result = SW_REPLY_ENDLESS;
		return SW_OK;
	}
	p->reply.code = code;
	enum sw_err err = add_text(p, sw_slice_from(line, 4));

	if (err)
		return err;
	p->reply.lines++;
	if (line.len == 3 || line.ptr[3] == ' ') {
		p->reply.text = sw_buf_str(&p->text);
		p->reply.text_len = sw_buf_len(&p->text);
		p->result = SW_REPLY_READY;
	}
	return SW_OK;
}

/* Bytes of the current line, its LF excepted, are counted here however they come. */
static void count(struct sw_reply_parser *p, struct sw_slice piece)
{
	if (piece.len == 0)
		return;
	p->line_len += piece.len;
	p->last_cr = piece.ptr[piece.len - 1] == '\r';
}

/* Keeps what fits of an unfinished line. */
static enum sw_err keep(struct sw_reply_parser *p, struct sw_slice piece)
{
	size_t room = SW_MAX_REPLY_LINE - sw_buf_len(&p->line);

	count(p, piece);
	return sw_buf_add(&p->line, sw_slice_head(piece, room));
}

/* `piece` is the rest of the line, without LF. */
static enum sw_err end_line(struct sw_reply_parser *p, struct sw_slice piece)
{
	/* Most lines come whole and need not be copied. */
	bool whole = p->line_len == 0 && piece.len <= SW_MAX_REPLY_LINE;
	enum sw_err err = SW_OK;

	if (whole)
		count(p, piece);
	else
		err = keep(p, piece);
	if (err)
		return err;
	if (!whole)
		piece = sw_buf_slice(&p->line);
	if (!p->last_cr)
		p->bare_lf++;
	if (p->line_len - (p->last_cr ? 1 : 0) > SW_MAX_REPLY_LINE)
		p->reply.cut = true;
	err = take_line(p, without_cr(piece));
	if (err)
		return err;
	if (p->result == SW_REPLY_GARBAGE || p->result == SW_REPLY_ENDLESS)
		return whole ? sw_buf_add(&p->line, piece) : SW_OK;
	sw_buf_clear(&p->line);
	p->line_len = 0;
	p->last_cr = false;
	return SW_OK;
}

/* Beyond the limit of a whole reply: what was kept says what it was. */
static void give_up(struct sw_reply_parser *p)
{
	p->result = may_be_reply(sw_buf_slice(&p->line)) ? SW_REPLY_ENDLESS : SW_REPLY_GARBAGE;
}

enum sw_err sw_reply_parser_feed(struct sw_reply_parser *p, struct sw_slice in,
				 size_t *ret_used, enum sw_reply_result *ret)
{
	size_t used = 0;
	enum sw_err err = SW_OK;

	while (p->result == SW_REPLY_MORE && used < in.len && !err) {
		struct sw_slice rest = sw_slice_from(in, used);
		size_t allowed = SW_MAX_REPLY - p->total;
		size_t len = sw_slice_find(rest, '\n');
		bool ended = len < rest.len;
		size_t take = ended ? len + 1 : len;

		if (take > allowed) {
			err = keep(p, sw_slice_head(rest, allowed));
			take = allowed;
			give_up(p);
		} else if (ended) {
			err = end_line(p, sw_slice_head(rest, len));
		} else {
			err = keep(p, rest);
		}
		p->total += take;
		used += take;
	}
	if (err)
		return err;
	*ret_used = used;
	*ret = p->result;
	return SW_OK;
}

const struct sw_reply *sw_reply_parser_get(const struct sw_reply_parser *p)
{
	return &p->reply;
}

struct sw_slice sw_reply_parser_garbage(const struct sw_reply_parser *p)
{
	struct sw_slice line = without_cr(sw_buf_slice(&p->line));

	/* An endless reply is best shown by how it began. */
	if (p->result == SW_REPLY_ENDLESS && sw_buf_len(&p->text) > 0)
		return sw_slice_head(sw_buf_slice(&p->text), SW_MAX_REPLY_LINE);
	return line;
}

bool sw_reply_parser_partial(const struct sw_reply_parser *p)
{
	return p->result == SW_REPLY_MORE && (sw_buf_len(&p->line) > 0 || p->reply.lines > 0);
}
