/* SPDX-License-Identifier: ISC */
/*
 * cmd: one command of `dossier`, from its words to its exit code.
 *
 * The table of verbs (verbs.def) feeds dispatch, --help, the completions and
 * the list of the manual page, so that they cannot drift apart.
 */
#ifndef DOSSIER_CMD_H
#define DOSSIER_CMD_H

#include <stddef.h>

#include <jansson.h>

#include "proto/base/say.h"

/* Exit codes; scripts of others rely on them. */
enum {
	EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_NOT_FOUND = 3,
	EXIT_SIGN_IN = 4, EXIT_REFUSED = 5, EXIT_CONFLICT = 6,
	EXIT_PROOF = 7, EXIT_AWAY = 8, EXIT_LOOK = 9
};

#define CMD_OPTIONS 64		/* given on one command line */
#define CMD_ARGS 4096

struct flag {
	const char	*name;		/* without -- */
	char		 type;		/* b(oolean) s(tring) a(ny number of) */
	const char	*value;		/* what its value is called, NULL */
	enum say_key	 help;
};

struct cmd;

struct verb {
	const char		*words;		/* "triage list" */
	const char		*args;		/* "D... [--case K]" */
	int			 min, max;	/* arguments; max -1: any */
	enum say_key		 help;
	const struct flag	*flags;		/* ends with a NULL name */
	int			(*run)(struct cmd *);
};

struct cmd {
	const struct verb	*verb;
	enum lang		 lang;
	int			 json;
	const char		*socket;
	char			*args[CMD_ARGS];
	int			 nargs;
	struct {
		const struct flag	*flag;
		const char		*value;
	}			 option[CMD_OPTIONS];
	unsigned		 noptions;
};

/* The value of an option, NULL if it was not given; "" for a boolean. */
const char *cmd_opt(const struct cmd *, const char *name);
/* The i-th value of an option that may be repeated, NULL behind the last. */
const char *cmd_opts(const struct cmd *, const char *name, unsigned i);
/* Prints "dossier: ..." on stderr and gives the exit code back. */
int	cmd_fail(const struct cmd *, int code, enum say_key, const char *a,
	    const char *b);

const struct verb *verb_table(size_t *n_r);
/* Flags that every verb takes. */
extern const struct flag cmd_common[];

/* help.c */
int	help_verb(const struct cmd *, const struct verb *);
int	help_all(const struct cmd *);
int	run_help(struct cmd *);
int	run_completion(struct cmd *);

#endif
