/* SPDX-License-Identifier: ISC */
/*
 * verify_table: what the readers of tables share: each takes one file as it
 * goes by, keeps what others say too, and remembers the first thing that was
 * wrong with it.
 */
#ifndef DOSSIER_VERIFY_TABLE_H
#define DOSSIER_VERIFY_TABLE_H

#include "client/verify_own.h"
#include "proto/out/sheet.h"

/* What was wrong with a file; row from 1, 0: the whole. */
struct table_fault {
	enum say_key	key;		/* SAY_COUNT: nothing */
	uint64_t	row;
};

/* A kind of file: one reader, its own state behind `arg'. */
struct table_calls {
	int	(*begin)(void *);	/* -1: no memory; so below */
	int	(*bytes)(void *, const uint8_t *, size_t);
	int	(*end)(void *);
};

/* The first fault stays.  Always 0: a fault of the input is no error. */
int	table_bad(struct table_fault *, enum say_key, uint64_t row);

/* ---- sums of rows ------------------------------------------------------- */

#define ROWSUM 16

struct rowsums {
	struct buf	sums;		/* ROWSUM bytes a row */
	uint64_t	rows;
};

/* 0, or -1: no memory, or LIMIT_VERIFY_ROWS. */
int	rowsums_add(struct rowsums *, const void *row, size_t len);
/* The first row (from 1) that differs, also by being there; 0: none does. */
uint64_t rowsums_differ(const struct rowsums *, const struct rowsums *);
/* 1 if both have the same sums, in any order, each as often.  Sorts both. */
int	rowsums_same_set(struct rowsums *, struct rowsums *);

/* ---- verify_book.c: the tabs of a workbook ------------------------------- */

/*
 * Cells of a row, ncells of them; the first row is the header.  Tabs count
 * from 1, as their files do, and come in any order, each at once.
 */
typedef int book_row(void *, unsigned tab, uint64_t row,
	    const char *const cell[], unsigned ncells);
/* 0, or -1 with a fault (also: no tab 1).  -2: no memory. */
int	book_read(const void *, size_t, book_row *, void *arg,
	    struct table_fault *);
/* A cell as a workbook can hold it, appended. */
void	book_cell(struct buf *, const char *text);

/* ---- verify_volume.c: DAT, OPT, EDRM XML --------------------------------- */

struct volume_read;
struct volume_read *volume_read_new(void);
void	volume_read_free(struct volume_read *);
/* Calls for a path, or NULL; *arg_r is for them. */
const struct table_calls *volume_read_of(struct volume_read *,
	    const char *path, void **arg_r);
void	volume_check(struct verify *, struct volume_read *);
/* 1 if it has a document of that number with that SHA-256 ("": any). */
int	volume_has(struct volume_read *, const char *bates,
	    const char *sha256);
/*
 * Sums of the DAT's rows, in its order, each of rowsums_document(); NULL:
 * there is none.
 */
struct rowsums *volume_documents(struct volume_read *);
int	rowsums_document(struct rowsums *, const char *bates,
	    const char *sha256);

/* ---- verify_timeline.c: JSON Lines, CSV, workbook ------------------------ */

struct timeline_read;
struct timeline_read *timeline_read_new(void);
void	timeline_read_free(struct timeline_read *);
const struct table_calls *timeline_read_of(struct timeline_read *,
	    const char *path, void **arg_r);
void	timeline_check(struct verify *, struct timeline_read *,
	    struct volume_read *);
/* One file, of whichever format. */
void	timeline_alone(struct verify *, const struct timeline_read *);
/* case_seq and sha256 of each row; NULL: there is no timeline. */
struct rowsums *timeline_pairs(struct timeline_read *);

/* ---- verify_audit.c: GDPdU ----------------------------------------------- */

struct audit_read;
struct audit_read *audit_read_new(void);
void	audit_read_free(struct audit_read *);
const struct table_calls *audit_read_of(struct audit_read *,
	    const char *path, void **arg_r);
void	audit_check(struct verify *, struct audit_read *,
	    struct rowsums *timeline);

#endif
