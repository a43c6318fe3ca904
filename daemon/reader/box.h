/* SPDX-License-Identifier: ISC */
/*
 * box: what holds the parsers of foreign bytes.
 *
 * One function a stage.  Each gives 0, or -1 with errno; after a -1 from any
 * of them the caller must not go on.  The order is prepare, parent (in the
 * warm parent, before the first request), then child (in each fork).
 */
#ifndef DOSSIER_BOX_H
#define DOSSIER_BOX_H

#include <stddef.h>
#include <stdint.h>

/* The descriptors of a child; it has no others. */
#define BOX_DOCUMENT	3	/* may be read */
#define BOX_ANSWER	4	/* may be written */

/*
 * BOX_DRAW has what BOX_READ has, and may start threads and read the files
 * of the folders of fonts: where Landlock cannot confine it to these, it may
 * open nothing, and has the fonts that its parent had open.
 */
enum box_kind { BOX_READ, BOX_DRAW };

/*
 * Makes the filters, while files may still be opened.  Folders are for
 * BOX_DRAW, NULL ends them; those that are not there are passed over.
 */
int	box_prepare(enum box_kind, const char *const *folders);
/*
 * No new privileges, not dumpable, no other file and no network by name, and
 * only the calls of a parent that forks and waits.  *landlock_r is the ABI of
 * the kernel's Landlock, 0 if it has none: worth a warning, seccomp still
 * holds.
 */
int	box_parent(int *landlock_r);
/*
 * For a fork of the parent, with its two descriptors in place: limits, then
 * the calls of a parser.  Any other call ends it (SIGSYS), and so do more
 * than `max' bytes of answer (SIGXFSZ).
 */
int	box_child(enum box_kind, uint64_t max);

#endif
