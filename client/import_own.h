/* SPDX-License-Identifier: ISC */
/*
 * import_own: what import.c (totals, lists, one item), import_folder.c,
 * import_mbox.c, import_archive.c and import_pst.c share.
 *
 * An item has a name that is shown, and a key: the part of its name that an
 * import from another place or after a flag was set would have too.  Source,
 * key and bytes make the idempotency key, so a repeat adds nothing.
 */
#ifndef DOSSIER_IMPORT_OWN_H
#define DOSSIER_IMPORT_OWN_H

#include <stdint.h>
#include <stdio.h>

#include "client/call.h"

struct archive;

enum import_state { IMPORT_CAPTURED, IMPORT_AGAIN, IMPORT_REFUSED };
#define IMPORT_STATES 3

enum import_format {
	IMPORT_ANY, IMPORT_MAILDIR, IMPORT_MBOX, IMPORT_EML, IMPORT_ZIP,
	IMPORT_TAR, IMPORT_PST, IMPORT_FORMATS
};

struct import {
	struct cmd	*cmd;
	struct call	*call;		/* one connection for all */
	const char	*source;	/* last part of what was named */
	const char	*root;		/* what names below it begin with */
	const char	*shown;		/* what is shown in place of root */
	const char	*made_from;	/* what items are made of, or NULL */
	enum import_format format;	/* of the files of a folder */
	uint64_t	 count[IMPORT_STATES];
	uint64_t	 offered, total;	/* total 0: not known */
	unsigned	 listed;	/* a bit for each state to print */
	json_t		*list;		/* rows for --json, or NULL */
	int		 counting;	/* only fills total */
	int		 away;		/* the daemon went: no use going on */
};

/* ---- import.c: one item, and its place in the totals ---- */

void	import_refuse(struct import *, const char *name, enum say_key,
	    const char *why);
/* Takes the file at path; NULL: what follows root in the path is the key. */
void	import_file(struct import *, const char *path, const char *key);
void	import_bytes(struct import *, struct buf *, const char *name,
	    const char *key);
/* A named file, or one in a folder when a format was asked for. */
void	import_by_format(struct import *, enum import_format,
	    const char *path);
/* Set by SIGINT and its like while something must be cleaned up first. */
int	import_stopped(void);
void	import_hold_signals(int hold);

/* ---- import_folder.c ---- */

void	import_path(struct import *, const char *path);
int	import_is_maildir(const char *path);

/* ---- import_sniff.c ---- */

/* What the file begins with says; IMPORT_EML if nothing else. */
enum import_format import_sniff(const char *path);
/* IMPORT_FORMATS if there is no such word. */
enum import_format import_format_of(const char *word);

/* ---- import_mbox.c, import_archive.c, import_pst.c ---- */

void	import_mbox(struct import *, const char *path);
/* The mbox that the archive's present entry holds, `first` read of it. */
void	import_mbox_packed(struct import *, const char *path,
	    struct archive *, const struct buf *first);
void	import_archive(struct import *, const char *path);
void	import_pst(struct import *, const char *path);
/* Removes the private folders that a killed import of a PST left behind. */
void	import_pst_tidy(const struct import *);

#endif
