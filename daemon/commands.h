/* SPDX-License-Identifier: ISC */
/*
 * commands: the verbs of dossierd.  One table feeds the dispatch and the
 * help; each returns an exit code.
 */
#ifndef DOSSIER_COMMANDS_H
#define DOSSIER_COMMANDS_H

#include <stddef.h>

#include "proto/base/say.h"

/* What was given on the command line. */
struct command_args {
	const char	*conf;		/* -c */
	const char	*lmtp, *smtp, *key, *keys;
	int		 foreground, check, views;
	int		 older;		/* --older-copy */
	const char	*word[2];	/* what is no option */
	int		 nwords;
};

struct command {
	const char	*name;		/* "" : run */
	const char	*usage;		/* behind the name */
	enum say_key	 help;
	int		(*run)(const struct command_args *);
	int		 min, max;	/* words that are no options */
	const char	*options;	/* letters of those it takes */
};

extern const struct command command_table[];	/* ends with a NULL name */

/* Drop folders and DIR/dossierd.conf, whose path comes back.  0, or -1. */
int	init_furnish(const char *dir, const char *lmtp, const char *smtp,
	    const char *key, char *conf_r, size_t size);

int	command_run(const struct command_args *);
int	command_init(const struct command_args *);
int	command_verify(const struct command_args *);
int	command_rebuild(const struct command_args *);
int	command_backup(const struct command_args *);
int	command_restore(const struct command_args *);
int	command_restore_test(const struct command_args *);
int	command_accept_rollback(const struct command_args *);
int	command_reclaim(const struct command_args *);

#endif
