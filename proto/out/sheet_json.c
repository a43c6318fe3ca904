/* SPDX-License-Identifier: ISC */
/*
 * sheet_json: tables as JSON Lines, and the JSON Schema of their rows.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/json.h"
#include "proto/out/sheet.h"

/*
 * The columns that stand in the row, by name: canonical JSON wants its keys
 * in order.  Few cells of a row have a value, so sorting those is cheap.
 */
static unsigned
by_name(const struct sheet *sheet, const char *const cell[],
    uint8_t order_r[SHEET_COLUMNS_MAX])
{
	unsigned n = 0, at;

	assert(sheet->ncolumns <= SHEET_COLUMNS_MAX);
	for (unsigned i = 0; i < sheet->ncolumns; i++) {
		if (cell != NULL && cell[i][0] == '\0')
			continue;
		for (at = n++; at > 0 && strcmp(sheet->column[order_r[at - 1]]
		    .name, sheet->column[i].name) > 0; at--)
			order_r[at] = order_r[at - 1];
		order_r[at] = (uint8_t)i;
	}
	return n;
}

void
sheet_json_row(struct buf *out, const struct sheet *sheet,
    const char *const cell[])
{
	uint8_t order[SHEET_COLUMNS_MAX];
	unsigned n = by_name(sheet, cell, order);
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	for (unsigned i = 0; i < n; i++) {
		const char *text = cell[order[i]];

		jw_key(&w, sheet->column[order[i]].name);
		if (sheet->column[order[i]].type == SHEET_INTEGER)
			jw_int(&w, strtoll(text, NULL, 10));
		else
			jw_str(&w, text);
	}
	jw_end(&w);
	buf_addc(out, '\n');
}

/* ---- schema ------------------------------------------------------------ */

static void
schema_type(struct jw *w, const struct sheet_column *column)
{
	jw_object(w);
	jw_kstr(w, "description", column->meaning);
	switch (column->type) {
	case SHEET_INSTANT:
		jw_kstr(w, "format", "date-time");
		break;
	case SHEET_DATE:
		jw_kstr(w, "format", "date");
		break;
	case SHEET_INTEGER:
		jw_kint(w, "maximum", JSON_INT_MAX);
		jw_kint(w, "minimum", -JSON_INT_MAX);
		jw_kstr(w, "type", "integer");
		jw_end(w);
		return;
	default:
		break;
	}
	jw_kint(w, "minLength", 1);
	switch (column->type) {
	case SHEET_INSTANT:	/* "format" is a note to many validators */
		jw_kstr(w, "pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:"
		    "[0-9]{2}:[0-9]{2}(\\.[0-9]+)?"
		    "(Z|[+-][0-9]{2}:[0-9]{2})$");
		break;
	case SHEET_DATE:
		jw_kstr(w, "pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
		break;
	case SHEET_DECIMAL:
		jw_kstr(w, "pattern", "^-?[0-9]+(\\.[0-9]+)?$");
		break;
	case SHEET_PATH:
		jw_kstr(w, "pattern", "^[A-Za-z0-9_-][A-Za-z0-9._-]*"
		    "(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$");
		break;
	default:
		break;
	}
	jw_kstr(w, "type", "string");
	jw_end(w);
}

static void
schema_properties(struct jw *w, const struct sheet *sheet,
    const uint8_t *order, unsigned n)
{
	jw_key(w, "properties");
	jw_object(w);
	for (unsigned i = 0; i < n; i++) {
		jw_key(w, sheet->column[order[i]].name);
		schema_type(w, &sheet->column[order[i]]);
	}
	jw_end(w);
}

static void
schema_required(struct jw *w, const struct sheet *sheet,
    const uint8_t *order, unsigned n, const uint8_t *needed)
{
	jw_key(w, "required");
	jw_array(w);
	for (unsigned i = 0; i < n; i++)
		if (needed != NULL && needed[order[i]])
			jw_str(w, sheet->column[order[i]].name);
	jw_end(w);
}

void
sheet_json_schema(struct buf *out, const struct sheet *sheet,
    const uint8_t *needed)
{
	uint8_t order[SHEET_COLUMNS_MAX];
	unsigned n = by_name(sheet, NULL, order);
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_kstr(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
	jw_kbool(&w, "additionalProperties", 0);
	schema_properties(&w, sheet, order, n);
	schema_required(&w, sheet, order, n, needed);
	jw_kstr(&w, "title", sheet->name);
	jw_kstr(&w, "type", "object");
	jw_end(&w);
	buf_addc(out, '\n');
}
