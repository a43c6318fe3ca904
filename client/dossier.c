/* SPDX-License-Identifier: ISC */
/*
 * dossier: the command line.  Finds the verb, reads its options and runs it.
 * It must never ask a question without a terminal, and never print anything
 * but data on stdout.
 */
#include <curl/curl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cmd.h"

#define DEFAULT_SOCKET "/var/lib/dossier/dossier.sock"

const char *
cmd_opts(const struct cmd *cmd, const char *name, unsigned i)
{
	for (unsigned k = 0; k < cmd->noptions; k++) {
		if (strcmp(cmd->option[k].flag->name, name) == 0 && i-- == 0)
			return cmd->option[k].value;
	}
	return NULL;
}

const char *
cmd_opt(const struct cmd *cmd, const char *name)
{
	return cmd_opts(cmd, name, 0);
}

int
cmd_fail(const struct cmd *cmd, int code, enum say_key key, const char *a,
    const char *b)
{
	struct buf text = BUF_INIT;

	say(&text, cmd->lang, key, a, b);
	(void)fprintf(stderr, "dossier: %s\n", buf_str(&text));
	buf_release(&text);
	return code;
}

static const char *
environment_locale(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && value[0] != '\0')
			return value;
	}
	return "C";
}

/* How many of the first words are the verb's; 0 if they are not. */
static int
verb_words(const struct verb *verb, char *const words[], int n)
{
	const char *p = verb->words;
	int used = 0;

	while (*p != '\0') {
		size_t len = strcspn(p, " ");

		if (used == n || strlen(words[used]) != len ||
		    strncmp(words[used], p, len) != 0)
			return 0;
		used++;
		p += len + strspn(p + len, " ");
	}
	return used;
}

static const struct verb *
find_verb(char *const words[], int n, int *used_r)
{
	size_t count;
	const struct verb *table = verb_table(&count), *best = NULL;

	*used_r = 0;
	for (size_t i = 0; i < count; i++) {
		int used = verb_words(&table[i], words, n);

		if (used > *used_r) {
			*used_r = used;
			best = &table[i];
		}
	}
	return best;
}

/* Every command that begins with the word, for a command that is no whole. */
static int
wrong_verb(const struct cmd *cmd)
{
	size_t count, len = strlen(cmd->args[0]);
	const struct verb *table = verb_table(&count);
	char words[128];
	int shown = 0;

	(void)snprintf(words, sizeof(words), "%s%s%s", cmd->args[0],
	    cmd->nargs > 1 ? " " : "", cmd->nargs > 1 ? cmd->args[1] : "");
	(void)cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NO_SUCH_COMMAND, words, NULL);
	for (size_t i = 0; i < count; i++) {
		if (strncmp(table[i].words, cmd->args[0], len) == 0) {
			(void)fprintf(stderr, "  dossier %s %s\n",
			    table[i].words, table[i].args);
			shown = 1;
		}
	}
	if (!shown)
		(void)fprintf(stderr, "  %s\n",
		    say_text(cmd->lang, SAY_CLI_SEE_HELP));
	return EXIT_USAGE;
}

static const struct flag *
find_flag(const struct flag *flags, const char *name, size_t len)
{
	for (; flags != NULL && flags->name != NULL; flags++) {
		if (strlen(flags->name) == len &&
		    strncmp(flags->name, name, len) == 0)
			return flags;
	}
	return NULL;
}

static const struct flag *
any_flag(const struct verb *verb, const char *text)
{
	size_t len = strcspn(text, "=");
	const struct flag *flag = NULL;

	if (verb != NULL)
		flag = find_flag(verb->flags, text, len);
	return flag != NULL ? flag : find_flag(cmd_common, text, len);
}

/*
 * Takes the option at argv[*i]; its value is behind = or the next word.
 * 0, or an exit code after a message.
 */
static int
take_option(struct cmd *cmd, char **argv, int argc, int *i)
{
	const char *text = argv[*i][1] == '-' ? argv[*i] + 2 :
	    strcmp(argv[*i], "-o") == 0 ? "output" :
	    strcmp(argv[*i], "-h") == 0 ? "help" : argv[*i];
	const struct flag *flag = any_flag(cmd->verb, text);
	const char *value = strchr(text, '=');

	if (flag == NULL)
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NO_SUCH_OPTION,
		    argv[*i], cmd->verb != NULL ? cmd->verb->words : "");
	if (value != NULL)
		value++;
	else if (flag->type != 'b' && *i + 1 < argc)
		value = argv[++*i];
	else if (flag->type != 'b')
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NO_VALUE,
		    flag->name, flag->value);
	if (flag->type == 's' && cmd_opt(cmd, flag->name) != NULL)
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_TWICE, flag->name,
		    NULL);
	if (cmd->noptions == CMD_OPTIONS)
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_TOO_MANY, NULL, NULL);
	cmd->option[cmd->noptions].flag = flag;
	cmd->option[cmd->noptions++].value = value != NULL ? value : "";
	return EXIT_DONE;
}

static int
is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* The words of the verb may stand behind common options. */
static int
read_words(struct cmd *cmd, char **argv, int argc)
{
	char *words[4];
	int n = 0, used, code;

	for (int i = 1; i < argc && n < 4; i++) {
		const struct flag *flag;

		if (!is_option(argv[i])) {
			words[n++] = argv[i];
			continue;
		}
		flag = find_flag(cmd_common, argv[i] + 2, argv[i][1] == '-' ?
		    strcspn(argv[i] + 2, "=") : 0);
		if (flag != NULL && flag->type != 'b' &&
		    strchr(argv[i], '=') == NULL)
			i++;
		else if (flag == NULL && n > 0)
			break;
	}
	cmd->verb = n > 0 ? find_verb(words, n, &used) : NULL;
	used = n > 0 && cmd->verb != NULL ? used : 0;
	for (int i = 1; i < argc; i++) {
		if (is_option(argv[i]) && strcmp(argv[i], "--") != 0) {
			code = take_option(cmd, argv, argc, &i);
			if (code != EXIT_DONE)
				return code;
		} else if (strcmp(argv[i], "--") == 0) {
			while (++i < argc && cmd->nargs < CMD_ARGS)
				cmd->args[cmd->nargs++] = argv[i];
		} else if (used > 0) {
			used--;
		} else if (cmd->nargs < CMD_ARGS) {
			cmd->args[cmd->nargs++] = argv[i];
		} else {
			return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_TOO_MANY,
			    NULL, NULL);
		}
	}
	return EXIT_DONE;
}

static void
read_common(struct cmd *cmd)
{
	const char *lang = cmd_opt(cmd, "lang");
	const char *socket = cmd_opt(cmd, "socket");

	if (lang != NULL)
		cmd->lang = lang_of(lang);
	if (socket == NULL)
		socket = getenv("DOSSIER_SOCKET");
	cmd->socket = socket != NULL ? socket : DEFAULT_SOCKET;
	cmd->json = cmd_opt(cmd, "json") != NULL;
}

static int
run(struct cmd *cmd, char **argv, int argc)
{
	int code = read_words(cmd, argv, argc);

	if (code != EXIT_DONE)
		return code;
	read_common(cmd);
	if (cmd_opt(cmd, "version") != NULL) {
		(void)puts("dossier " DOSSIER_VERSION);
		return EXIT_DONE;
	}
	if (cmd->verb == NULL && cmd->nargs > 0)
		return wrong_verb(cmd);
	if (cmd->verb == NULL)
		return help_all(cmd);
	if (cmd_opt(cmd, "help") != NULL)
		return help_verb(cmd, cmd->verb);
	if (cmd->nargs < cmd->verb->min ||
	    (cmd->verb->max >= 0 && cmd->nargs > cmd->verb->max)) {
		(void)fprintf(stderr, "dossier: %s\n  dossier %s %s\n",
		    say_text(cmd->lang, cmd->nargs < cmd->verb->min ?
		    SAY_CLI_TOO_FEW : SAY_CLI_TOO_MANY), cmd->verb->words,
		    cmd->verb->args);
		return EXIT_USAGE;
	}
	return cmd->verb->run(cmd);
}

int
main(int argc, char **argv)
{
	struct cmd *cmd = calloc(1, sizeof(*cmd));
	int code;

	if (cmd == NULL)
		return EXIT_FAILED;
	(void)setlocale(LC_ALL, "");
	(void)signal(SIGPIPE, SIG_DFL);
	cmd->lang = lang_of(environment_locale());
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	code = run(cmd, argv, argc);
	curl_global_cleanup();
	free(cmd);
	if (fflush(stdout) != 0 || ferror(stdout))
		return EXIT_FAILED;
	return code;
}
