/* SPDX-License-Identifier: ISC */
/* tables: all columns in one array, of which each table is a stretch. */
#include "proto/out/tables.h"

static const struct sheet_column columns[] = {
#define COLUMN(table, name, type, width, meaning)			\
	{ #name, SHEET_##type, width, meaning },
#include "proto/out/tables.def"
#undef COLUMN
};

#define SHEET(id, name, first, next)					\
	const struct sheet sheet_##id = { name,				\
	    columns + TABLES_##id##_##first,				\
	    (unsigned)(next) - (unsigned)TABLES_##id##_##first }

SHEET(custody, "custody", EVIDENCEID, TABLES_documents_document);
SHEET(documents, "documents", document, TABLES_parties_contact);
SHEET(parties, "parties", contact, TABLES_trail_case_seq);
SHEET(trail, "audit-trail", case_seq, TABLES_holds_hold);
SHEET(holds, "holds", hold, TABLES_delta_BEGDOC);
SHEET(delta, "delta", BEGDOC, TABLES_processing_TOPIC);
SHEET(processing, "processing-info", TOPIC, TABLES_COLUMNS);

unsigned
tables_first(const struct sheet *sheet)
{
	return (unsigned)(sheet->column - columns);
}
