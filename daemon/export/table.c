/* SPDX-License-Identifier: ISC */
/*
 * table: one line a row, in the order of the row set.
 */
#include "daemon/export/table.h"

#include <string.h>
#include <time.h>

void
table_init(struct table *t, const struct rows_head *head, const char *zone,
    int aid)
{
	memset(t, 0, sizeof *t);
	t->head = head;
	t->sheet = aid ? &timeline_aid_sheet : &timeline_sheet;
	t->zone = zone;
	t->aid = aid;
	t->latest = WHEN_NONE;
	timeline_cells_init(&t->cells);
}

void
table_release(struct table *t)
{
	timeline_cells_release(&t->cells);
}

/* The offset of the office's zone; 0 if it is no whole minutes (or unknown). */
static int
zone_offset(int64_t at, int32_t *minutes_r)
{
	time_t t = (time_t)(at / WHEN_SECOND - (at % WHEN_SECOND < 0));
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL || tm.tm_gmtoff % 60 != 0)
		return 0;
	*minutes_r = (int32_t)(tm.tm_gmtoff / 60);
	return 1;
}

/* Whose column a row stands in. */
static const struct id *
client_of(const struct rows_head *head, const struct id *column)
{
	if (column->kind == ID_CLIENT)
		return column;
	for (unsigned i = 0; i < head->ncolumns; i++)
		if (id_equal(&head->columns[i].id, column))
			return &head->columns[i].client;
	return NULL;
}

int
table_fill(struct table *t, const struct row *row)
{
	struct timeline_facts facts = { .row = t->rows + 1, .internal = 1,
	    .aid = t->aid };

	if (row->gap)
		return 0;
	facts.client = client_of(t->head, &row->column);
	if (zone_offset(row->at, &facts.offset))
		facts.zone = t->zone;
	if (timeline_fill(&t->cells, row, &facts) == -1)
		return -1;
	t->rows++;
	t->documents += row->sha256[0] != '\0';
	if (row->captured_at != WHEN_NONE && row->captured_at > t->latest)
		t->latest = row->captured_at;
	return 1;
}

void
table_head(const struct table *t, struct buf *out, enum table_format format)
{
	if (format == TABLE_CSV)
		sheet_csv_head(out, t->sheet);
	else if (format == TABLE_TIMESKETCH)
		sheet_csv_names(out, &timesketch_sheet);
}

void
table_row(const struct table *t, struct buf *out, enum table_format format)
{
	const char *sketch[TIMESKETCH_COLUMNS];

	switch (format) {
	case TABLE_CSV:
		sheet_csv_row(out, t->sheet, t->cells.cell);
		break;
	case TABLE_JSONL:
		sheet_json_row(out, t->sheet, t->cells.cell);
		break;
	case TABLE_TIMESKETCH:
		timesketch_fill(sketch, &t->cells);
		sheet_csv_row(out, &timesketch_sheet, sketch);
		break;
	case TABLE_MACTIME:
		mactime_row(out, &t->cells);
		break;
	}
}

void
table_schema(struct buf *out, int aid)
{
	sheet_json_schema(out, aid ? &timeline_aid_sheet : &timeline_sheet,
	    timeline_needed);
}
