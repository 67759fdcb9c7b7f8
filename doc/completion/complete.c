/* SPDX-License-Identifier: MIT */
/* Build tool: writes the completion script of a shell (bash, zsh, fish) from the program's
 * tables.  What an option takes is read off the name of its argument: FILE and DIR are paths,
 * words in lower case with bars between are choices, anything else is the user's own. */
#include <stdio.h>
#include <string.h>

#include "cli/option.h"

enum { WORDS = 256 };

enum takes { TAKES_NOTHING, TAKES_TEXT, TAKES_FILE, TAKES_DIR, TAKES_CHOICE };

static bool is_choice(const char *word, size_t len)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	return len > 0 && strspn(word, allowed) >= len && !(len == 1 && *word == '-');
}

/* The choices among the words between bars, blanks between; returns how many. */
static size_t choices(const char *arg, char out[WORDS])
{
	size_t count = 0, used = 0;

	out[0] = '\0';
	for (;;) {
		size_t len = strcspn(arg, "|");

		if (is_choice(arg, len) && used + len + 2 < WORDS) {
			used += (size_t)snprintf(out + used, WORDS - used, "%s%.*s",
						 count ? " " : "", (int)len, arg);
			count++;
		}
		if (!arg[len])
			return count;
		arg += len + 1;
	}
}

static enum takes takes(const char *arg, char words[WORDS])
{
	words[0] = '\0';
	if (!*arg)
		return TAKES_NOTHING;
	if (strncmp(arg, "FILE", 4) == 0)
		return TAKES_FILE;
	if (strncmp(arg, "DIR", 3) == 0)
		return TAKES_DIR;
	return choices(arg, words) > 0 ? TAKES_CHOICE : TAKES_TEXT;
}

/* What stands behind the options: the last word of the command's usage that offers choices or
 * paths. */
static enum takes operands(enum cli_command_id id, char words[WORDS])
{
	const char *args = cli_command_args(id);
	enum takes found = TAKES_NOTHING;
	char word[WORDS], list[WORDS];

	words[0] = '\0';
	if (id == CLI_CMD_help) {
		for (size_t i = 0, used = 0; i < CLI_CMD_COUNT; i++)
			used += (size_t)snprintf(words + used, WORDS - used, "%s%s",
						 i ? " " : "",
						 cli_command_name((enum cli_command_id)i));
		return TAKES_CHOICE;
	}
	while (*args && found == TAKES_NOTHING) {
		size_t len = strcspn(args, " ");

		(void)snprintf(word, sizeof(word), "%.*s", (int)len, args);
		if (strncmp(word, "FILE", 4) == 0)
			found = TAKES_FILE;
		else if (strchr(word, '|') && choices(word, list) > 1) {
			(void)snprintf(words, WORDS, "%s", list);
			found = TAKES_CHOICE;
		}
		args += len + (args[len] == ' ');
	}
	return found;
}

/* Option i of a command, or NULL when it takes none of that number. */
static const struct cli_option *option_of(enum cli_command_id id, size_t i)
{
	const struct cli_option *o = cli_option((enum cli_option_id)i);

	return (o->commands & (1u << id)) && (o->where & CLI_IN_ARGS) ? o : NULL;
}

/* ---- bash */

static void bash_names(enum cli_command_id id)
{
	for (size_t i = 0; i < CLI_OPT_COUNT; i++) {
		const struct cli_option *o = option_of(id, i);

		if (!o)
			continue;
		(void)printf(" --%s", o->name);
		if (o->kind == CLI_BOOL)
			(void)printf(" --no-%s", o->name);
	}
	for (size_t i = 0; cli_alias(i); i++)
		if (option_of(id, cli_alias(i)->id))
			(void)printf(" --%s", cli_alias(i)->name);
}

static void bash_value(enum takes kind, const char *words)
{
	switch (kind) {
	case TAKES_FILE:
		(void)printf("kind=file ;;\n");
		break;
	case TAKES_DIR:
		(void)printf("kind=dir ;;\n");
		break;
	case TAKES_CHOICE:
		(void)printf("kind=words; words='%s' ;;\n", words);
		break;
	case TAKES_TEXT:
	case TAKES_NOTHING:
		(void)printf("kind=text ;;\n");
		break;
	}
}

static void bash_command(enum cli_command_id id)
{
	const char *name = cli_command_name(id);
	char words[WORDS];
	enum takes kind = operands(id, words);

	for (size_t i = 0; i < CLI_OPT_COUNT; i++) {
		const struct cli_option *o = option_of(id, i);
		char own[WORDS];

		if (!o || o->kind == CLI_BOOL || o->kind == CLI_ACTION)
			continue;
		(void)printf("\t%s:--%s", name, o->name);
		if (o->letter)
			(void)printf("|%s:-%c", name, o->letter);
		(void)printf(") ");
		bash_value(takes(o->arg, own), own);
	}
	(void)printf("\t%s:) options='", name);
	bash_names(id);
	(void)printf("'; ");
	bash_value(kind, words);
}

static const char bash_head[] =
	"# Completion of sendwell for bash; made from the program's option tables.\n"
	"_sendwell_know() {\n"
	"\tcase $1 in\n";
static const char bash_tail[] =
	"\tesac\n"
	"}\n"
	"_sendwell() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	"\tlocal command='' kind='' words='' options='' word i\n"
	"\t# bash cuts --name=value at the sign\n"
	"\tif [[ $cur == '=' ]]; then cur=''\n"
	"\telif [[ $prev == '=' && COMP_CWORD -ge 2 ]]; then "
	"prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\tif [[ \" $_sendwell_commands \" == *\" $word \"* ]]; then command=$word; break; "
	"fi\n"
	"\tdone\n"
	"\tCOMPREPLY=()\n"
	"\tif [[ $prev == -?* ]]; then _sendwell_know \"${command:-version}:$prev\"; fi\n"
	"\tif [[ -z $kind ]]; then\n"
	"\t\t_sendwell_know \"${command:-version}:\"\n"
	"\t\tif [[ -z $command ]]; then kind=words; words=$_sendwell_commands; fi\n"
	"\t\tif [[ $cur == -* ]]; then kind=words; words=$options; fi\n"
	"\tfi\n"
	"\tcase $kind in\n"
	"\twords) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")) ;;\n"
	"\tfile) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "
	"\"$cur\") ;;\n"
	"\tdir) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "
	"\"$cur\") ;;\n"
	"\tesac\n"
	"}\n"
	"complete -F _sendwell sendwell\n";

static void bash(void)
{
	(void)fputs(bash_head, stdout);
	for (size_t i = 0; i < CLI_CMD_COUNT; i++)
		bash_command((enum cli_command_id)i);
	(void)fputs(bash_tail, stdout);
	(void)printf("_sendwell_commands='");
	for (size_t i = 0; i < CLI_CMD_COUNT; i++)
		(void)printf("%s%s", i ? " " : "", cli_command_name((enum cli_command_id)i));
	(void)printf("'\n");
}

/* ---- zsh */

/* A text inside single quotes and brackets of _arguments. */
static void zsh_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			(void)fputs("'\\'", stdout);
		else if (strchr("[]:\\", *text))
			(void)putchar('\\');
		(void)putchar(*text);
	}
}

static void zsh_value(const char *arg)
{
	char words[WORDS];
	enum takes kind = takes(arg, words);

	if (kind == TAKES_NOTHING)
		return;
	(void)putchar(':');
	zsh_text(arg);
	(void)putchar(':');
	if (kind == TAKES_FILE)
		(void)fputs("_files", stdout);
	else if (kind == TAKES_DIR)
		(void)fputs("_directories", stdout);
	else if (kind == TAKES_CHOICE)
		(void)printf("(%s)", words);
}

static void zsh_option(const struct cli_option *o)
{
	const char *many = o->kind == CLI_LIST ? "*" : "";

	if (o->letter) {
		(void)printf(" \\\n\t\t\t'%s-%c[", many, o->letter);
		zsh_text(o->help);
		(void)putchar(']');
		zsh_value(o->arg);
		(void)putchar('\'');
	}
	(void)printf(" \\\n\t\t\t'%s--%s%s[", many, o->name, *o->arg ? "=" : "");
	zsh_text(o->help);
	(void)putchar(']');
	zsh_value(o->arg);
	(void)putchar('\'');
}

static void zsh_command(enum cli_command_id id)
{
	char words[WORDS];
	enum takes kind = operands(id, words);

	(void)printf("\t\t%s) _arguments", cli_command_name(id));
	for (size_t i = 0; i < CLI_OPT_COUNT; i++)
		if (option_of(id, i))
			zsh_option(option_of(id, i));
	for (size_t i = 0; cli_alias(i); i++)
		if (option_of(id, cli_alias(i)->id)) {
			(void)printf(" \\\n\t\t\t'-%c[", cli_alias(i)->letter);
			zsh_text(cli_alias(i)->help);
			(void)printf("]'");
		}
	if (kind == TAKES_FILE)
		(void)printf(" \\\n\t\t\t'*:file:_files'");
	else if (kind == TAKES_CHOICE)
		(void)printf(" \\\n\t\t\t'1:what:(%s)'", words);
	(void)printf(" ;;\n");
}

static void zsh(void)
{
	(void)fputs(
		"#compdef sendwell\n"
		"# Completion of sendwell for zsh; made from the program's option tables.\n"
		"_sendwell() {\n"
		"\tlocal -a commands\n"
		"\tlocal state line\n"
		"\tcommands=(\n",
		stdout);
	for (size_t i = 0; i < CLI_CMD_COUNT; i++) {
		(void)printf("\t\t'%s:", cli_command_name((enum cli_command_id)i));
		zsh_text(cli_command_help((enum cli_command_id)i));
		(void)printf("'\n");
	}
	(void)fputs("\t)\n"
		    "\t_arguments -C",
		    stdout);
	for (size_t i = 0; i < CLI_OPT_COUNT; i++)
		if (option_of(CLI_CMD_version, i))
			zsh_option(option_of(CLI_CMD_version, i));
	(void)fputs(" \\\n\t\t\t'1:command:->command' '*::argument:->argument' && return\n"
		    "\tcase $state in\n"
		    "\tcommand) _describe command commands ;;\n"
		    "\targument)\n"
		    "\t\tcase $line[1] in\n",
		    stdout);
	for (size_t i = 0; i < CLI_CMD_COUNT; i++)
		zsh_command((enum cli_command_id)i);
	(void)fputs("\t\tesac ;;\n"
		    "\tesac\n"
		    "}\n"
		    "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _sendwell \"$@\"\n"
		    "else compdef _sendwell sendwell; fi\n",
		    stdout);
}

/* ---- fish */

static void fish_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			(void)putchar('\\');
		(void)putchar(*text);
	}
}

static void fish_option(const char *condition, const struct cli_option *o)
{
	char words[WORDS];
	enum takes kind = takes(o->arg, words);

	(void)printf("complete -c sendwell -n '%s' -l %s", condition, o->name);
	if (o->letter)
		(void)printf(" -s %c", o->letter);
	if (kind == TAKES_FILE || kind == TAKES_DIR)
		(void)printf(" -r -F");
	else if (kind == TAKES_CHOICE)
		(void)printf(" -x -a '%s'", words);
	else if (kind == TAKES_TEXT)
		(void)printf(" -x");
	(void)printf(" -d '");
	fish_text(o->help);
	(void)printf("'\n");
}

static void fish_command(enum cli_command_id id)
{
	char condition[WORDS], words[WORDS];
	enum takes kind = operands(id, words);

	(void)printf("complete -c sendwell -n __fish_use_subcommand -f -a %s -d '",
		     cli_command_name(id));
	fish_text(cli_command_help(id));
	(void)printf("'\n");
	(void)snprintf(condition, sizeof(condition), "__fish_seen_subcommand_from %s",
		       cli_command_name(id));
	if (kind == TAKES_CHOICE)
		(void)printf("complete -c sendwell -n '%s' -f -a '%s'\n", condition, words);
	else if (kind != TAKES_FILE)
		(void)printf("complete -c sendwell -n '%s' -f\n", condition);
	for (size_t i = 0; i < CLI_OPT_COUNT; i++)
		if (option_of(id, i))
			fish_option(condition, option_of(id, i));
	for (size_t i = 0; cli_alias(i); i++)
		if (option_of(id, cli_alias(i)->id))
			(void)printf("complete -c sendwell -n '%s' -s %c -l %s -d '%s'\n",
				     condition, cli_alias(i)->letter, cli_alias(i)->name,
				     cli_alias(i)->help);
}

static void fish(void)
{
	(void)fputs(
		"# Completion of sendwell for fish; made from the program's option tables.\n",
		stdout);
	for (size_t i = 0; i < CLI_OPT_COUNT; i++)
		if (option_of(CLI_CMD_version, i))
			fish_option("__fish_use_subcommand", option_of(CLI_CMD_version, i));
	for (size_t i = 0; i < CLI_CMD_COUNT; i++)
		fish_command((enum cli_command_id)i);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*write)(void);
	} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

	for (size_t i = 0; argc == 2 && i < CLI_LEN(shells); i++)
		if (strcmp(argv[1], shells[i].name) == 0) {
			shells[i].write();
			return fflush(stdout) ? 1 : 0;
		}
	(void)fputs("usage: complete bash|zsh|fish\n", stderr);
	return 64;
}
