/* SPDX-License-Identifier: ISC */
/*
 * dossierd: the program.  Reads the command line by one table, which is also
 * what --help prints; the verbs are in commands.c, init.c and run.c.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/commands.h"
#include "daemon/conf_text.h"
#include "daemon/tell.h"

const struct command command_table[] = {
	{ "", "-c CONF [-f]   dossierd -n -c CONF", SAY_CMD_RUN, command_run,
	    0, 0, "cfn" },
	{ "init", "DIR [--lmtp ADDR:PORT] [--smtp ADDR:PORT] [--key PATH]",
	    SAY_CMD_INIT,
	    command_init, 1, 1, "lsk" },
	{ "verify", "-c CONF [--views]", SAY_CMD_VERIFY, command_verify, 0, 0,
	    "cv" },
	{ "rebuild", "-c CONF", SAY_CMD_REBUILD, command_rebuild, 0, 0, "c" },
	{ "backup", "DEST [--keys DIR] -c CONF", SAY_CMD_BACKUP,
	    command_backup, 1, 1, "cK" },
	{ "restore", "BACKUP DIR [--keys DIR]", SAY_CMD_RESTORE,
	    command_restore, 1, 2, "oK" },
	{ "restore-test", "BACKUP [--keys DIR] -c CONF",
	    SAY_CMD_RESTORE_TEST, command_restore_test, 1, 1, "cK" },
	{ "accept-rollback", "[--older-copy] -c CONF",
	    SAY_CMD_ACCEPT_ROLLBACK, command_accept_rollback, 0, 0, "cO" },
	{ "reclaim", "-c CONF", SAY_CMD_RECLAIM, command_reclaim, 0, 0, "c" },
	{ NULL, NULL, SAY_COUNT, NULL, 0, 0, NULL }
};

/* Options: the letter that the table names them by, and where it goes. */
static const struct option_row {
	const char	*text;
	char		 letter;
	int		 takes;		/* a value */
} option_table[] = {
	{ "-c", 'c', 1 }, { "-f", 'f', 0 }, { "-n", 'n', 0 },
	{ "--views", 'v', 0 }, { "--lmtp", 'l', 1 }, { "--smtp", 's', 1 },
	{ "--key", 'k', 1 }, { "--older-copy", 'O', 0 },
	{ "--keys", 'K', 1 }, { "--lang", 'L', 1 }
};

static int
help(void)
{
	const struct command *c;
	struct buf text = BUF_INIT;

	tell(SAY_DOSSIERD_ABOUT, "");
	(void)printf("\n%s\n", say_text(tell_lang(), SAY_DOSSIERD_USAGE));
	for (c = command_table; c->name != NULL; c++)
		(void)printf("  dossierd %s%s%s\n        %s\n", c->name,
		    *c->name != '\0' ? " " : "", c->usage,
		    say_text(tell_lang(), c->help));
	(void)printf("\n--lang en|zh   --version\n%s\n",
	    say_text(tell_lang(), SAY_DOSSIERD_MORE));
	buf_release(&text);
	return TELL_OK;
}

static int
unknown_command(const char *word)
{
	const char *words[16], *near;
	const struct command *c;
	size_t n = 0;

	for (c = command_table; c->name != NULL; c++)
		if (*c->name != '\0')
			words[n++] = c->name;
	words[n] = NULL;
	if ((near = conf_nearest(word, words)) != NULL)
		tell_error(SAY_CMD_UNKNOWN_NEAR, word, near);
	else
		tell_error(SAY_CMD_UNKNOWN, word);
	return TELL_USAGE;
}

static void
set_option(struct command_args *a, char letter, const char *value)
{
	switch (letter) {
	case 'c':
		a->conf = value;
		break;
	case 'f':
		a->foreground = 1;
		break;
	case 'n':
		a->check = 1;
		break;
	case 'v':
		a->views = 1;
		break;
	case 'O':
		a->older = 1;
		break;
	case 'l':
		a->lmtp = value;
		break;
	case 's':
		a->smtp = value;
		break;
	case 'k':
		a->key = value;
		break;
	case 'K':
		a->keys = value;
		break;
	default:
		tell_language(value);
	}
}

/* A `c' in the table must be given, an `o' is a -c that may be. */
static int
allowed(const struct command *c, char letter)
{
	return letter == 'L' || strchr(c->options, letter) != NULL ||
	    (letter == 'c' && strchr(c->options, 'o') != NULL);
}

/* One option at argv[*i]; 0, or an exit code. */
static int
take_option(const struct command *c, struct command_args *a, int argc,
    char **argv, int *i)
{
	const struct option_row *o;
	size_t n;

	for (n = 0; n < sizeof(option_table) / sizeof(option_table[0]); n++) {
		o = &option_table[n];
		if (strcmp(argv[*i], o->text) != 0 || !allowed(c, o->letter))
			continue;
		if (o->takes && *i + 1 >= argc) {
			tell_error(SAY_CMD_MISSING, o->text);
			return TELL_USAGE;
		}
		set_option(a, o->letter, o->takes ? argv[++*i] : NULL);
		return 0;
	}
	tell_error(SAY_CMD_OPTION, argv[*i]);
	return TELL_USAGE;
}

static int
take_all(const struct command *c, struct command_args *a, int argc,
    char **argv)
{
	int i, rc;

	for (i = *c->name != '\0' ? 2 : 1; i < argc; i++) {
		if (argv[i][0] == '-' && argv[i][1] != '\0') {
			if ((rc = take_option(c, a, argc, argv, &i)) != 0)
				return rc;
		} else if (a->nwords == c->max) {
			tell_error(SAY_CMD_OPTION, argv[i]);
			return TELL_USAGE;
		} else {
			a->word[a->nwords++] = argv[i];
		}
	}
	if (a->nwords < c->min) {
		tell_error(SAY_CMD_MISSING, "DIR");
		return TELL_USAGE;
	}
	if (strchr(c->options, 'c') != NULL && a->conf == NULL) {
		tell_error(SAY_CMD_MISSING, "-c CONF");
		return TELL_USAGE;
	}
	return 0;
}

/* The language first: it holds for every sentence behind it. */
static void
find_language(int argc, char **argv)
{
	int i;

	tell_language(NULL);
	for (i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "--lang") == 0)
			tell_language(argv[i + 1]);
}

int
main(int argc, char **argv)
{
	struct command_args args;
	const struct command *c = command_table;
	const char *first = argc > 1 ? argv[1] : "--help";
	int rc;

	find_language(argc, argv);
	memset(&args, 0, sizeof(args));
	if (strcmp(first, "--version") == 0) {
		(void)printf("dossierd %s\n", DOSSIER_VERSION);
		return TELL_OK;
	}
	if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0 ||
	    strcmp(first, "help") == 0 || (argc == 3 &&
	    strcmp(first, "--lang") == 0))
		return help();
	if (*first != '-')
		while ((++c)->name != NULL && strcmp(c->name, first) != 0)
			;
	if (c->name == NULL)
		return unknown_command(first);
	if ((rc = take_all(c, &args, argc, argv)) != 0)
		return rc;
	return c->run(&args);
}
