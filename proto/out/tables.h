/* SPDX-License-Identifier: ISC */
/*
 * tables: what stands beside the production volume and the timeline of a
 * bundle: custody, the auditors' tables, delta, what a person is told about
 * processing.  Columns are rows of tables.def.
 */
#ifndef DOSSIER_TABLES_H
#define DOSSIER_TABLES_H

#include "proto/out/sheet.h"


enum tables_all {
#define COLUMN(table, name, type, width, meaning) TABLES_##table##_##name,
#include "proto/out/tables.def"
#undef COLUMN
	TABLES_COLUMNS
};

extern const struct sheet sheet_custody, sheet_documents, sheet_parties,
    sheet_trail, sheet_holds, sheet_delta, sheet_processing;

/* The index of a column within its own table. */
#define TABLE_COLUMN(table, name)					\
	((unsigned)TABLES_##table##_##name - tables_first(&sheet_##table))
unsigned tables_first(const struct sheet *);

#endif
