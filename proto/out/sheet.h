/* SPDX-License-Identifier: ISC */
/*
 * sheet: the one shape of every flat table that leaves the store.  CSV, JSON
 * Lines, spreadsheets and load files are written from it, and `dossier
 * verify' reads them back into it, so that formats cannot differ in what
 * they say.
 *
 * A table is its columns; a row is one text a column, in their order, "" for
 * no value (never NULL).  The texts of a row:
 *
 *  SHEET_TEXT	   any UTF-8; may begin like a formula
 *  SHEET_INTEGER  decimal, within +-(2^53 - 1), no leading zero or plus
 *  SHEET_INSTANT  RFC 3339 with Z or an offset; seconds, or microseconds
 *  SHEET_DATE	   2026-03-02
 *  SHEET_DECIMAL  -12.5: digits, at most one point, digits on both sides
 *  SHEET_PATH	   relative, with /, within [A-Za-z0-9._/-], no part "..":
 *		   spreadsheets make a link of it
 *
 * In CSV a SHEET_TEXT that a spreadsheet might take for a formula has an
 * apostrophe in front (proto/out/csv.h); JSON Lines has it as it is and is
 * the form that rules.
 */
#ifndef DOSSIER_SHEET_H
#define DOSSIER_SHEET_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"

#define SHEET_COLUMNS_MAX 128

enum sheet_type {
	SHEET_TEXT, SHEET_INTEGER, SHEET_INSTANT, SHEET_DATE, SHEET_DECIMAL,
	SHEET_PATH
};

struct sheet_column {
	const char	*name;		/* unique in it; at most 31 bytes */
	enum sheet_type	 type;
	unsigned	 width;		/* characters to show it in; no limit */
	const char	*meaning;	/* English: of data dictionaries */
};

/* Static, or kept alive by who hands it on. */
struct sheet {
	const char	*name;		/* "timeline": of files and tabs */
	const struct sheet_column *column;
	unsigned	 ncolumns;	/* at most SHEET_COLUMNS_MAX */
};

/* The index of a column, or -1. */
int	sheet_find(const struct sheet *, const char *name);
const char *sheet_type_name(enum sheet_type);	/* "text", "integer" ... */
/* 1 if the text is "" or what the type says. */
int	sheet_cell_ok(enum sheet_type, const char *);
/* 1 if all cells are; else 0 and *column_r is the first that is not. */
int	sheet_row_ok(const struct sheet *, const char *const cell[],
	    unsigned *column_r);

/* ---- writing; all append, and buf_failed() says the rest ---------------- */

/* The byte order mark and the names; or the names alone (SHEET_CSV_BARE). */
void	sheet_csv_head(struct buf *, const struct sheet *);
void	sheet_csv_names(struct buf *, const struct sheet *);
void	sheet_csv_row(struct buf *, const struct sheet *,
	    const char *const cell[]);
/*
 * One line of canonical JSON (proto/base/json.h) and LF: integers as
 * integers, all else as strings, members without value left out.
 */
void	sheet_json_row(struct buf *, const struct sheet *,
	    const char *const cell[]);
/*
 * The JSON Schema (2020-12) of one such line, canonical with an LF; `needed'
 * (NULL: none) has a 1 for each column that every row has.
 */
void	sheet_json_schema(struct buf *, const struct sheet *,
	    const uint8_t *needed);

/* ---- reading: strict, streaming, bounded -------------------------------- */

enum sheet_format { SHEET_CSV, SHEET_JSONL, SHEET_CSV_BARE };

/* What was wrong, for whoever says it in a language; line counts from 1. */
enum sheet_fault {
	SHEET_FINE,
	SHEET_BAD_HEAD,		/* CSV: not the names of the table, in order */
	SHEET_BAD_SHAPE,	/* quotes, line ends, count of cells; no JSON */
	SHEET_BAD_CELL,		/* unknown member, or not what the type says */
	SHEET_TOO_LONG,		/* a row past LIMIT_SHEET_ROW */
	SHEET_TORN,		/* the file ends inside a row */
	SHEET_NO_MEMORY
};

struct sheet_reader {
	const struct sheet *sheet;
	enum sheet_format format;
	/* The row that sheet_read() said 1 for; lent until its next call. */
	const char	*cell[SHEET_COLUMNS_MAX];
	uint64_t	 line;		/* of the row, or of the fault */
	uint64_t	 rows;		/* read so far; the head is none */
	enum sheet_fault fault;
	/* own */
	struct buf	 raw, text;
	size_t		 begin[SHEET_COLUMNS_MAX + 1];
	unsigned	 ncells;
	int		 state, headed;
	uint64_t	 lines;
};

/* Borrows the table. */
void	sheet_read_init(struct sheet_reader *, const struct sheet *,
	    enum sheet_format);
void	sheet_read_release(struct sheet_reader *);
/*
 * Takes up to len bytes, *used_r of them.  1: a row stands in `cell' (call
 * again with the rest); 0: all were used, more are needed; -1: bad, `fault'
 * says why and nothing more is read.
 */
int	sheet_read(struct sheet_reader *, const void *, size_t len,
	    size_t *used_r);
/* No more bytes: 0, or -1 with `fault' (torn; a CSV without its head). */
int	sheet_read_end(struct sheet_reader *);

#endif
