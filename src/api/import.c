/* SPDX-License-Identifier: MIT */
/* Where other programs keep their configuration; src/read/import.h reads it. */
#include <sendwell/import.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "read/import.h"
#include "read/import_private.h"

struct sw_imported {
	struct sw_import data;
	struct sw_buf path, text, side;
	struct sw_slice home;
};

typedef enum sw_err (*read_fn)(struct sw_imported *i, struct sw_error *err);

static enum sw_err read_msmtp(struct sw_imported *i, struct sw_error *err)
{
	return sw_import_msmtp(&i->data, sw_buf_slice(&i->text), i->home, err);
}

static enum sw_err read_nullmailer(struct sw_imported *i, struct sw_error *err)
{
	return sw_import_nullmailer(&i->data, sw_buf_slice(&i->text), sw_buf_slice(&i->side),
				    err);
}

static enum sw_err read_dma(struct sw_imported *i, struct sw_error *err)
{
	return sw_import_dma(&i->data, sw_buf_slice(&i->text), sw_buf_slice(&i->side), err);
}

static enum sw_err read_ssmtp(struct sw_imported *i, struct sw_error *err)
{
	return sw_import_ssmtp(&i->data, sw_buf_slice(&i->text), sw_buf_slice(&i->side), err);
}

/* places: "~" is the home, "$" the user's folder of configurations; beside: a second file of
 * the same folder. */
static const struct program {
	const char *name, *places[4], *beside;
	read_fn read;
} programs[] = {
	{ "msmtprc", { "~/.msmtprc", "$/msmtp/config", "/etc/msmtprc" }, NULL, read_msmtp },
	{ "nullmailer", { "/etc/nullmailer/remotes" }, "helohost", read_nullmailer },
	{ "dma", { "/etc/dma/dma.conf" }, "auth.conf", read_dma },
	{ "ssmtp", { "/etc/ssmtp/ssmtp.conf" }, "revaliases", read_ssmtp },
};

static const struct program *find_program(const char *name)
{
	for (size_t n = 0; n < SW_LEN(programs); n++)
		if (strcmp(programs[n].name, name) == 0)
			return &programs[n];
	return NULL;
}

/* False: there is no such folder for this user. */
static bool put_place(struct sw_imported *i, const char *place, bool *ret_nomem)
{
	const char *xdg = secure_getenv("XDG_CONFIG_HOME");
	enum sw_err e = SW_OK;

	sw_buf_clear(&i->path);
	if (*place == '/')
		e = sw_buf_add_str(&i->path, place);
	else if (*place == '$' && xdg && *xdg == '/')
		e = sw_buf_printf(&i->path, "%s%s", xdg, place + 1);
	else if (i->home.len)
		e = sw_buf_printf(&i->path, "%.*s%s%s", SW_FMT(i->home),
				  *place == '$' ? "/.config" : "", place + 1);
	else
		return false;
	*ret_nomem = e != SW_OK;
	return e == SW_OK;
}

static enum sw_err find_place(struct sw_imported *i, const struct program *p,
			      struct sw_error *err)
{
	bool nomem = false;

	for (size_t n = 0; n < SW_LEN(p->places) && p->places[n] && !nomem; n++)
		if (put_place(i, p->places[n], &nomem) &&
		    access(sw_buf_str(&i->path), F_OK) == 0)
			return SW_OK;
	if (nomem)
		return sw_fail_nomem(err);
	return sw_fail(err, SW_E_NOINPUT,
		       "%s: no configuration in its usual places; name the file", p->name);
}

/* A file beside the other one need not be there. */
static enum sw_err read_beside(struct sw_imported *i, const char *name, struct sw_slice named,
			       struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf path = { .max = SW_MAX_CONFIG };
	struct sw_slice main = sw_buf_slice(&i->path);
	struct sw_error why = { .code = SW_OK };
	size_t folder = main.len;

	while (folder > 0 && main.ptr[folder - 1] != '/')
		folder--;
	enum sw_err e = SW_OK;
	if (named.len == 0 || named.ptr[0] != '/')
		e = sw_buf_add(&path, sw_slice_head(main, folder));
	if (!e)
		e = sw_buf_add(&path, named.len ? named : sw_slice_str(name));
	if (e)
		return sw_buf_fail(&path, "the path of a file that is named there", err);
	if (access(sw_buf_str(&path), F_OK) != 0 && named.len == 0)
		return SW_OK;
	e = sw_file_read(sw_buf_str(&path), SW_FILE_CONFIG, SW_MAX_CONFIG, &i->side, &why);
	if (e == SW_E_NOMEM)
		return sw_fail_nomem(err);
	return e ? sw_import_note(&i->data, err, 0, "%s; what stands there is missing",
				  why.text)
		 : SW_OK;
}

static enum sw_err read_all(struct sw_imported *i, const struct program *p, const char *path,
			    struct sw_error *err)
{
	enum sw_err e = path && sw_buf_add_str(&i->path, path) ? sw_buf_fail(&i->path, "the path", err) : SW_OK;

	if (!path)
		e = find_place(i, p, err);
	if (!e)
		e = sw_file_read(sw_buf_str(&i->path), SW_FILE_CONFIG, SW_MAX_CONFIG, &i->text,
				 err);
	struct sw_slice named = p->read == read_dma && !e
					? sw_import_dma_auth(sw_buf_slice(&i->text))
					: SW_S("");
	if (!e && p->beside)
		e = read_beside(i, p->beside, named, err);
	if (!e)
		e = p->read(i, err);
	sw_buf_wipe(&i->text);
	sw_buf_wipe(&i->side);
	return e;
}

static struct sw_imported *make(void)
{
	struct sw_imported *i = sw_calloc(1, sizeof(*i));
	const char *home = secure_getenv("HOME");

	if (!i)
		return NULL;
	sw_import_init(&i->data);
	sw_buf_init(&i->path, SW_MAX_CONFIG);
	sw_buf_init(&i->text, SW_MAX_CONFIG);
	sw_buf_init(&i->side, SW_MAX_CONFIG);
	i->text.secret = i->side.secret = true;
	i->home = sw_slice_str(home && *home == '/' ? home : "");
	return i;
}

enum sw_err sw_imported_read(const char *program, const char *path, struct sw_imported **ret,
			     char *text, size_t text_size)
{
	struct sw_error err = { .code = SW_OK };
	const struct program *p = find_program(program);
	struct sw_imported *i = p ? make() : NULL;
	enum sw_err e =
		!p  ? sw_fail(&err, SW_E_USAGE,
			      "'%s', expected msmtprc, nullmailer, dma or ssmtp", program)
		: i ? read_all(i, p, path, &err)
		    : sw_fail_nomem(&err);

	if (!e) {
		*ret = i;
		return SW_OK;
	}
	sw_imported_free(i);
	if (text && text_size)
		(void)snprintf(text, text_size, "%s", err.text);
	return e;
}

void sw_imported_free(struct sw_imported *i)
{
	if (!i)
		return;
	sw_import_fini(&i->data);
	sw_buf_fini(&i->path);
	sw_buf_wipe(&i->text);
	sw_buf_wipe(&i->side);
	sw_free(i);
}

const char *sw_imported_path(const struct sw_imported *i)
{
	return sw_buf_str(&i->path);
}

size_t sw_imported_count(const struct sw_imported *i)
{
	return i->data.count;
}

const char *sw_imported_account(const struct sw_imported *i, size_t account)
{
	return account < i->data.count ? i->data.accounts[account].name : NULL;
}

const char *sw_imported_default(const struct sw_imported *i)
{
	return i->data.first ? i->data.first : "";
}

int sw_imported_get(const struct sw_imported *i, size_t account, size_t n,
		    struct sw_imported_setting *ret)
{
	if (account >= i->data.count || n >= i->data.accounts[account].count)
		return 0;
	const struct sw_import_setting *s = &i->data.accounts[account].settings[n];

	*ret = (struct sw_imported_setting){ s->key, s->value, s->line, s->secret };
	return 1;
}

const char *sw_imported_note(const struct sw_imported *i, size_t n, size_t *ret_line)
{
	if (n >= i->data.note_count)
		return NULL;
	if (ret_line)
		*ret_line = i->data.notes[n].line;
	return i->data.notes[n].text;
}
