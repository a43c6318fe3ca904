/* SPDX-License-Identifier: ISC */
/*
 * help: --help of all and of one command, the completions, and the command
 * list of the manual page ("help --mdoc" of the build), all from the table
 * in verbs.c.
 */
#include <stdio.h>
#include <string.h>

#include "client/cmd.h"
#include "client/verbs.h"
#include "proto/base/text.h"

static void
print_flags(enum lang lang, const struct flag *flags)
{
	for (; flags->name != NULL; flags++) {
		char left[96];

		(void)snprintf(left, sizeof(left), "--%s%s%s", flags->name,
		    flags->value != NULL ? " " : "",
		    flags->value != NULL ? flags->value : "");
		(void)printf("  %-34s %s\n", left,
		    say_text(lang, flags->help));
	}
}

int
help_verb(const struct cmd *cmd, const struct verb *verb)
{
	(void)printf("dossier %s %s\n  %s\n", verb->words, verb->args,
	    say_text(cmd->lang, verb->help));
	if (verb->flags->name != NULL) {
		(void)putchar('\n');
		print_flags(cmd->lang, verb->flags);
	}
	(void)printf("\n%s\n", say_text(cmd->lang, SAY_CLI_COMMON));
	print_flags(cmd->lang, cmd_common);
	return EXIT_DONE;
}

int
help_all(const struct cmd *cmd)
{
	size_t n;
	const struct verb *table = verb_table(&n);

	(void)printf("%s\n\n", say_text(cmd->lang, SAY_CLI_INTRO));
	for (size_t i = 0; i < n; i++) {
		char left[64];

		(void)snprintf(left, sizeof(left), "%s %s", table[i].words,
		    table[i].args);
		(void)printf("  dossier %-34s %s\n", left,
		    say_text(cmd->lang, table[i].help));
	}
	(void)printf("\n%s\n", say_text(cmd->lang, SAY_CLI_COMMON));
	print_flags(cmd->lang, cmd_common);
	(void)printf("\n%s\n", say_text(cmd->lang, SAY_CLI_EXITS));
	return EXIT_DONE;
}

/* mdoc of the commands, in English: what dossier(1) includes. */
static void
print_mdoc_flags(const struct flag *flags)
{
	(void)puts(".Bl -tag -width Ds -compact");
	for (; flags->name != NULL; flags++) {
		(void)printf(".It Fl -%s", flags->name);
		if (flags->value != NULL)
			(void)printf(" Ar %s", flags->value);
		(void)printf("\n%s.\n", say_text(LANG_EN, flags->help));
	}
	(void)puts(".El");
}

static int
print_mdoc(void)
{
	size_t n;
	const struct verb *table = verb_table(&n);

	(void)puts(".Bl -tag -width Ds");
	for (size_t i = 0; i < n; i++) {
		(void)printf(".It Cm %s", table[i].words);
		if (table[i].args[0] != '\0')
			(void)printf(" Ar %s", table[i].args);
		(void)printf("\n%s.\n", say_text(LANG_EN, table[i].help));
		if (table[i].flags->name != NULL)
			print_mdoc_flags(table[i].flags);
	}
	(void)puts(".El");
	return EXIT_DONE;
}

int
run_help(struct cmd *cmd)
{
	size_t n;
	const struct verb *table = verb_table(&n);
	char words[256] = "";
	size_t len = 0;

	if (cmd->nargs == 1 && strcmp(cmd->args[0], "mdoc") == 0)
		return print_mdoc();
	for (int i = 0; i < cmd->nargs && len < sizeof(words); i++)
		len += (size_t)snprintf(words + len, sizeof(words) - len,
		    "%s%s", i > 0 ? " " : "", cmd->args[i]);
	for (size_t i = 0; i < n && cmd->nargs > 0; i++) {
		if (strcmp(table[i].words, words) == 0)
			return help_verb(cmd, &table[i]);
	}
	if (cmd->nargs > 0)
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NO_SUCH_COMMAND,
		    words, NULL);
	return help_all(cmd);
}

/* ---- completion ------------------------------------------------------ */

/* The words that may follow `first`, each once; NULL: the first words. */
static void
print_words(const char *first)
{
	size_t n;
	const struct verb *table = verb_table(&n);
	const char *last = "";
	size_t last_len = 0;

	for (size_t i = 0; i < n; i++) {
		const char *word = table[i].words;
		size_t len = strcspn(word, " ");

		if (first != NULL) {
			if (strlen(first) != len ||
			    strncmp(word, first, len) != 0 ||
			    word[len] == '\0')
				continue;
			word += len + 1;
			len = strlen(word);
		} else if (len == last_len && strncmp(word, last, len) == 0) {
			continue;
		}
		(void)printf(" %.*s", (int)len, word);
		last = word;
		last_len = len;
	}
}

static void
print_options(const struct flag *flags)
{
	for (; flags->name != NULL; flags++)
		(void)printf(" --%s", flags->name);
}

/* "a|b c" as the lines of a shell's case: words, then what may follow. */
static void
print_cases(void)
{
	size_t n;
	const struct verb *table = verb_table(&n);

	for (size_t i = 0; i < n; i++) {
		(void)printf("\t'%s'*) words=\"", table[i].words);
		print_options(table[i].flags);
		print_options(cmd_common);
		(void)puts("\" ;;");
	}
	for (size_t i = 0; i < n; i++) {
		size_t len = strcspn(table[i].words, " ");

		if (table[i].words[len] == '\0' || (i > 0 &&
		    strncmp(table[i].words, table[i - 1].words, len + 1) == 0))
			continue;
		(void)printf("\t'%.*s '*) words=\"", (int)len,
		    table[i].words);
		{
			char first[64];

			(void)snprintf(first, sizeof(first), "%.*s",
			    (int)len, table[i].words);
			print_words(first);
		}
		(void)puts("\" ;;");
	}
}

static void
print_bash(const char *head, const char *tail)
{
	(void)puts(head);
	(void)puts("\tcase \"$line\" in");
	print_cases();
	(void)printf("\t*) words=\"");
	print_words(NULL);
	(void)puts("\" ;;\n\tesac");
	(void)puts(tail);
}

static void
print_fish(void)
{
	size_t n;
	const struct verb *table = verb_table(&n);

	(void)puts("complete -c dossier -f");
	(void)printf("complete -c dossier -n __fish_use_subcommand -a '");
	print_words(NULL);
	(void)puts("'");
	for (size_t i = 0; i < n; i++) {
		const struct flag *flag = table[i].flags;
		size_t len = strcspn(table[i].words, " ");

		if (table[i].words[len] != '\0')
			(void)printf("complete -c dossier -n "
			    "'__fish_seen_subcommand_from %.*s' -a '%s'\n",
			    (int)len, table[i].words,
			    table[i].words + len + 1);
		for (; flag->name != NULL; flag++)
			(void)printf("complete -c dossier -n "
			    "'__fish_seen_subcommand_from %.*s' -l %s%s\n",
			    (int)len, table[i].words, flag->name,
			    flag->type == 'b' ? "" : " -r");
	}
}

int
run_completion(struct cmd *cmd)
{
	const char *shell = cmd->args[0];

	if (strcmp(shell, "bash") == 0)
		print_bash("_dossier() {\n\tlocal words line\n"
		    "\tline=\"${COMP_WORDS[*]:1:COMP_CWORD}\"",
		    "\tCOMPREPLY=($(compgen -o default -W \"$words\" -- "
		    "\"${COMP_WORDS[COMP_CWORD]}\"))\n}\n"
		    "complete -F _dossier dossier");
	else if (strcmp(shell, "zsh") == 0)
		print_bash("#compdef dossier\n_dossier() {\n"
		    "\tlocal words_in=(\"${words[@]}\") line words\n"
		    "\tline=\"${words_in[2,CURRENT]}\"",
		    "\tcompadd -- ${=words}\n\t_files\n}\n"
		    "compdef _dossier dossier");
	else if (strcmp(shell, "fish") == 0)
		print_fish();
	else
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NO_SHELL, shell,
		    NULL);
	return EXIT_DONE;
}
