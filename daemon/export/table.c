/* SPDX-License-Identifier: ISC */
/*
 * table: one line a row, in the order of the row set.
 */
#include "daemon/export/table.h"

#include "proto/out/csv.h"

static const char *const table_names[] = {
	"at", "precision", "time_from", "written_at", "captured_at", "asked",
	"column", "case", "lane", "kind", "direction", "from", "to", "sentence", "title",
	"channel", "document", "entries", "sha256", "size", "arrivals",
	"gap_days", "gap_until", "machine", "not_delivered", "delivery",
	"sent_by", "tracking", "proofs", NULL
};

void
table_head(struct buf *out)
{
	struct csv csv;

	csv_begin(&csv, out);
	for (int i = 0; table_names[i] != NULL; i++)
		csv_cell(&csv, table_names[i]);
	csv_line(&csv);
}

static void
table_time(struct csv *csv, int64_t at)
{
	char text[WHEN_TEXT_MAX];

	csv_cell(csv, at == WHEN_NONE ? "" : when_text(at, text));
}

static void
table_id(struct csv *csv, const struct id *id)
{
	char text[ID_TEXT_MAX];

	csv_cell(csv, id_text(id, text));
}

/* "12 13 19" */
static void
table_entries(struct csv *csv, const struct row *row)
{
	struct buf text = BUF_INIT;

	for (unsigned i = 0; i < row->nseqs; i++) {
		if (i > 0)
			buf_addc(&text, ' ');
		buf_addu(&text, row->seqs[i]);
	}
	csv_cell(csv, buf_str(&text));
	buf_release(&text);
}

/* "a@b.example 5.1.1; c@d.example 5.2.2" */
static void
table_bounces(struct csv *csv, const struct row *row)
{
	struct buf text = BUF_INIT;

	for (unsigned i = 0; i < row->nbounces; i++) {
		const struct row_bounce *b = &row->bounces[i];

		buf_adds(&text, i > 0 ? "; " : "");
		buf_adds(&text, b->recipient[0] != '\0' ? b->recipient : "?");
		buf_adds(&text, b->status[0] != '\0' ? " " : "");
		buf_adds(&text, b->status);
	}
	csv_cell(csv, buf_str(&text));
	buf_release(&text);
}

static void
table_proofs(struct csv *csv, const struct row *row)
{
	struct buf text = BUF_INIT;
	char id[ID_TEXT_MAX];

	for (unsigned i = 0; i < row->nproofs; i++) {
		buf_adds(&text, i > 0 ? " " : "");
		buf_adds(&text, id_text(&row->proofs[i], id));
	}
	csv_cell(csv, buf_str(&text));
	buf_release(&text);
}

static void
table_count(struct csv *csv, uint64_t n, int there)
{
	if (there)
		csv_number(csv, (int64_t)n);
	else
		csv_cell(csv, "");
}

static void
table_event(struct csv *csv, const struct row *row)
{
	csv_cell(csv, row->gap ? "" : precision_name(row->precision));
	csv_cell(csv, row->gap || row->time_from == TIME_NONE ? "" :
	    time_from_name(row->time_from));
	table_time(csv, row->written_at);
	table_time(csv, row->captured_at);
	csv_cell(csv, row->asked);
	table_id(csv, &row->column);
	table_id(csv, &row->kase);
	csv_cell(csv, row->gap ? "" : lane_name(row->lane));
	csv_cell(csv, row->gap ? "gap" : kind_name(row->kind));
	csv_cell(csv, row_has_way(row) ?
	    direction_name(row->direction) : "");
	csv_cell(csv, row->from);
	csv_cell(csv, row->to);
	csv_cell(csv, row->sentence);
	csv_cell(csv, row->title);
	csv_cell(csv, row->channel);
	table_id(csv, &row->document);
}

void
table_row(struct buf *out, const struct row *row)
{
	struct csv csv = { .out = out, .cells = 0 };
	int document = row->sha256[0] != '\0';

	table_time(&csv, row->at);
	table_event(&csv, row);
	table_entries(&csv, row);
	csv_cell(&csv, row->sha256);
	table_count(&csv, row->size, document);
	table_count(&csv, row->narrivals, document);
	table_count(&csv, row->gap_days, row->gap);
	table_time(&csv, row->gap ? row->gap_until : WHEN_NONE);
	csv_cell(&csv, row->machine ? "yes" : "");
	table_bounces(&csv, row);
	csv_cell(&csv, row->delivery);
	csv_cell(&csv, row->sent_by);
	csv_cell(&csv, row->tracking);
	table_proofs(&csv, row);
	csv_line(&csv);
}
