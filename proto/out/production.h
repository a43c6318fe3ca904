/* SPDX-License-Identifier: ISC */
/*
 * production: the tables of a production volume.  Columns are rows of
 * production.def, so that header, data dictionary and load files agree.
 *
 * Dates and times of day are columns of their own, both UTC (TIMEZONE says
 * so), since receiving software shifts anything else; the exact text is in
 * EVENTTIMEUTC.  A cell with several values has "; " between them.
 */
#ifndef DOSSIER_PRODUCTION_H
#define DOSSIER_PRODUCTION_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/out/sheet.h"

enum production_column {
#define FIELD(name, type, length, meaning, source) PRODUCTION_##name,
#include "proto/out/production.def"
	PRODUCTION_COLUMNS
};

enum privilege_column {
#define PRIVILEGE(name, type, meaning) PRIVILEGE_##name,
#include "proto/out/production.def"
	PRIVILEGE_COLUMNS
};

enum exception_column {
#define EXCEPTION(name, type, meaning) EXCEPTION_##name,
#include "proto/out/production.def"
	EXCEPTION_COLUMNS
};

enum redaction_column {
#define REDACTION(name, type, meaning) REDACTION_##name,
#include "proto/out/production.def"
	REDACTION_COLUMNS
};

extern const struct sheet sheet_production;	/* VOL001.dat */
extern const struct sheet sheet_privilege;	/* privilege-log.csv */
extern const struct sheet sheet_exceptions;	/* exceptions.csv */
extern const struct sheet sheet_redactions;	/* redaction-log.csv */
extern const struct sheet sheet_fields;		/* fields.csv */

/*
 * The data dictionary: row i (from 0) of fields.csv says what column i of
 * sheet_production is: FIELD, TYPE, LENGTH, MEANING, SOURCE.
 */
#define FIELDS_COLUMNS 5
void	production_field(unsigned i, const char *cell_r[FIELDS_COLUMNS],
	    char length_r[16]);

/* An instant as SENTDATE and SENTTIME; "" and "" for WHEN_NONE. */
#define PRODUCTION_TIME_MAX 16
void	production_when(int64_t at, char date_r[PRODUCTION_TIME_MAX],
	    char time_r[PRODUCTION_TIME_MAX]);

/* PREFIX0000001; number from 1.  0, or -1 with errno EINVAL or ERANGE. */
#define BATES_MAX 48
#define BATES_DIGITS 7
int	bates_text(const char *prefix, uint64_t number,
	    char text_r[BATES_MAX]);
/* 1 for a prefix of 1 to 16 of A-Z 0-9 _ - that does not end in a digit. */
int	bates_prefix_ok(const char *);

#endif
