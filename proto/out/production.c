/* SPDX-License-Identifier: ISC */
/*
 * production: the tables of a production volume, from production.def.
 */
#include "proto/out/production.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/when.h"

#define WIDTH_FREE	24	/* of a column whose texts have any length */
#define COUNT(a)	((unsigned)(sizeof(a) / sizeof((a)[0])))

static const struct sheet_column production_columns[] = {
#define FIELD(name, type, length, meaning, source) \
	{ #name, SHEET_##type, (length) ? (length) : WIDTH_FREE, meaning },
#include "proto/out/production.def"
};

static const struct sheet_column privilege_columns[] = {
#define PRIVILEGE(name, type, meaning) \
	{ #name, SHEET_##type, WIDTH_FREE, meaning },
#include "proto/out/production.def"
};

static const struct sheet_column exception_columns[] = {
#define EXCEPTION(name, type, meaning) \
	{ #name, SHEET_##type, WIDTH_FREE, meaning },
#include "proto/out/production.def"
};

static const struct sheet_column redaction_columns[] = {
#define REDACTION(name, type, meaning) \
	{ #name, SHEET_##type, WIDTH_FREE, meaning },
#include "proto/out/production.def"
};

static const struct sheet_column field_columns[FIELDS_COLUMNS] = {
	{ "FIELD", SHEET_TEXT, 20, "Name of the column" },
	{ "TYPE", SHEET_TEXT, 10, "What its cells are" },
	{ "LENGTH", SHEET_INTEGER, 8, "Characters at most; empty: no limit" },
	{ "MEANING", SHEET_TEXT, 60, "What it says" },
	{ "SOURCE", SHEET_TEXT, 20, "Where it comes from" },
};

static const struct { unsigned length; const char *source; } more[] = {
#define FIELD(name, type, length, meaning, source) { length, source },
#include "proto/out/production.def"
};

#define SHEET(id, columns) { id, columns, COUNT(columns) }

const struct sheet sheet_production = SHEET("production", production_columns);
const struct sheet sheet_privilege = SHEET("privilege-log", privilege_columns);
const struct sheet sheet_exceptions = SHEET("exceptions", exception_columns);
const struct sheet sheet_redactions = SHEET("redaction-log",
    redaction_columns);
const struct sheet sheet_fields = SHEET("fields", field_columns);

void
production_field(unsigned i, const char *cell_r[FIELDS_COLUMNS],
    char length_r[16])
{
	const struct sheet_column *column = &production_columns[i];

	length_r[0] = '\0';
	if (more[i].length > 0)
		snprintf(length_r, 16, "%u", more[i].length);
	cell_r[0] = column->name;
	cell_r[1] = sheet_type_name(column->type);
	cell_r[2] = length_r;
	cell_r[3] = column->meaning;
	cell_r[4] = more[i].source;
}

void
production_when(int64_t at, char date_r[PRODUCTION_TIME_MAX],
    char time_r[PRODUCTION_TIME_MAX])
{
	char text[WHEN_TEXT_MAX];

	date_r[0] = time_r[0] = '\0';
	if (at == WHEN_NONE)
		return;
	when_short(at, text);		/* 2026-03-02T10:15:00Z */
	snprintf(date_r, PRODUCTION_TIME_MAX, "%.10s", text);
	snprintf(time_r, PRODUCTION_TIME_MAX, "%.8s", text + 11);
}

/* ---- Bates numbers ----------------------------------------------------- */

int
bates_prefix_ok(const char *prefix)
{
	size_t len = strlen(prefix);

	if (len < 1 || len > 16 ||
	    (prefix[len - 1] >= '0' && prefix[len - 1] <= '9'))
		return 0;
	for (; *prefix != '\0'; prefix++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-",
		    *prefix) == NULL)
			return 0;
	return 1;
}

int
bates_text(const char *prefix, uint64_t number, char text_r[BATES_MAX])
{
	if (!bates_prefix_ok(prefix)) {
		errno = EINVAL;
		return -1;
	}
	if (number == 0 || number > 9999999) {
		errno = ERANGE;
		return -1;
	}
	snprintf(text_r, BATES_MAX, "%s%0*llu", prefix, BATES_DIGITS,
	    (unsigned long long)number);
	return 0;
}
