/* SPDX-License-Identifier: ISC */
/*
 * gdpdu: index.xml, its DTD and the tables that it describes.  It must never
 * describe a file otherwise than gdpdu_row() writes it.
 */
#include "proto/out/gdpdu.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/text.h"
#include "proto/out/edrm.h"

const struct cells_form gdpdu_form = { "", ';', "\"", 0, 1, 0 };

/* ---- the grammar ------------------------------------------------------- */

/* Elements and their content, as the published DTD of 2004-09-01 has them. */
static const struct { const char *element, *content; } grammar[] = {
	{ "Version", "(#PCDATA)" },
	{ "Location", "(#PCDATA)" },
	{ "Comment", "(#PCDATA)" },
	{ "Length", "(#PCDATA)" },
	{ "References", "(#PCDATA)" },
	{ "From", "(#PCDATA)" },
	{ "To", "(#PCDATA)" },
	{ "AcceptNoTables", "(#PCDATA)" },
	{ "Alias", "(From, To)" },
	{ "MaxLength", "(#PCDATA)" },
	{ "TextEncapsulator", "(#PCDATA)" },
	{ "Accuracy", "(#PCDATA)" },
	{ "ImpliedAccuracy", "(#PCDATA)" },
	{ "Format", "(#PCDATA)" },
	{ "DecimalSymbol", "(#PCDATA)" },
	{ "DigitGroupingSymbol", "(#PCDATA)" },
	{ "Command", "(#PCDATA)" },
	{ "URL", "(#PCDATA)" },
	{ "Description", "(#PCDATA)" },
	{ "Name", "(#PCDATA)" },
	{ "Epoch", "(#PCDATA)" },
	{ "ColumnDelimiter", "(#PCDATA)" },
	{ "RecordDelimiter", "(#PCDATA)" },
	{ "SkipNumBytes", "(#PCDATA)" },
	{ "Extension", "(Name, URL)" },
	{ "Range", "(From, (To | Length)?)" },
	{ "FixedRange", "(From, (To | Length))" },
	{ "DataSet", "(Extension*, Version, DataSupplier?, Command*, Media+, "
	    "Command*)" },
	{ "AlphaNumeric", "EMPTY" },
	{ "Date", "(Format?)" },
	{ "Numeric", "((ImpliedAccuracy | Accuracy)?)" },
	{ "ANSI", "EMPTY" },
	{ "Macintosh", "EMPTY" },
	{ "OEM", "EMPTY" },
	{ "UTF16", "EMPTY" },
	{ "UTF7", "EMPTY" },
	{ "UTF8", "EMPTY" },
	{ "FixedLength", "((Length | RecordDelimiter)?, ((FixedPrimaryKey+, "
	    "FixedColumn*) | (FixedColumn+)), ForeignKey*)" },
	{ "FixedColumn", "(Name, Description?, (Numeric | AlphaNumeric | "
	    "Date), Map*, FixedRange)" },
	{ "FixedPrimaryKey", "(Name, Description?, (Numeric | AlphaNumeric | "
	    "Date), Map*, FixedRange)" },
	{ "VariableLength", "(ColumnDelimiter?, RecordDelimiter?, "
	    "TextEncapsulator?, ((VariablePrimaryKey+, VariableColumn*) | "
	    "(VariableColumn+)), ForeignKey*)" },
	{ "VariableColumn", "(Name, Description?, (Numeric | (AlphaNumeric, "
	    "MaxLength?) | Date), Map*)" },
	{ "VariablePrimaryKey", "(Name, Description?, (Numeric | "
	    "(AlphaNumeric, MaxLength?) | Date), Map*)" },
	{ "DataSupplier", "(Name, Location, Comment)" },
	{ "Media", "(Name, Command*, Table*, Command*, AcceptNoTables?)" },
	{ "Table", "(URL, Name?, Description?, Validity?, (ANSI | Macintosh "
	    "| OEM | UTF16 | UTF7 | UTF8)?, (DecimalSymbol, "
	    "DigitGroupingSymbol)?, SkipNumBytes?, Range?, Epoch?, "
	    "(VariableLength | FixedLength))" },
	{ "ForeignKey", "(Name+, References, Alias*)" },
	{ "Map", "(Description?, From, To)" },
	{ "Validity", "(Range, Format?)" },
};

void
gdpdu_dtd(struct buf *out)
{
	buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<!-- The grammar of the Beschreibungsstandard (GDPdU) 1.5 of\n"
	    "     2004-09-01, written anew, without the published file's\n"
	    "     comments.  The published file can stand in its place. -->"
	    "\n");
	for (size_t i = 0; i < sizeof grammar / sizeof grammar[0]; i++) {
		buf_adds(out, "<!ELEMENT ");
		buf_adds(out, grammar[i].element);
		buf_addc(out, ' ');
		buf_adds(out, grammar[i].content);
		buf_adds(out, ">\n");
	}
}

/* ---- index.xml --------------------------------------------------------- */

static void
element(struct buf *out, const char *name, const char *text)
{
	buf_addc(out, '<');
	buf_adds(out, name);
	buf_addc(out, '>');
	edrm_text(out, text != NULL ? text : "");
	buf_adds(out, "</");
	buf_adds(out, name);
	buf_adds(out, ">\n");
}

/* 2026-03-02 as 02.03.2026; anything else as it is. */
static void
german_date(struct buf *out, const char *iso)
{
	if (strlen(iso) < 10) {
		buf_adds(out, iso);
		return;
	}
	buf_add(out, iso + 8, 2);
	buf_addc(out, '.');
	buf_add(out, iso + 5, 2);
	buf_addc(out, '.');
	buf_add(out, iso, 4);
}

static void
element_date(struct buf *out, const char *name, const char *iso)
{
	struct buf date = BUF_INIT;

	german_date(&date, iso);
	if (buf_failed(&date))
		out->failed = 1;
	else
		element(out, name, buf_str(&date));
	buf_release(&date);
}

static void
validity(struct buf *out, const struct gdpdu_set *set)
{
	if (set->from == NULL || set->to == NULL)
		return;
	buf_adds(out, "<Validity><Range>\n");
	element_date(out, "From", set->from);
	element_date(out, "To", set->to);
	buf_adds(out, "</Range>\n<Format>DD.MM.YYYY</Format></Validity>\n");
}

static void
column(struct buf *out, const char *tag, const char *name,
    const char *meaning, const char *type)
{
	buf_addc(out, '<');
	buf_adds(out, tag);
	buf_adds(out, ">\n");
	element(out, "Name", name);
	element(out, "Description", meaning);
	buf_adds(out, type);
	buf_adds(out, "</");
	buf_adds(out, tag);
	buf_adds(out, ">\n");
}

#define TYPE_TEXT	"<AlphaNumeric/>\n"
#define TYPE_DATE	"<Date><Format>DD.MM.YYYY</Format></Date>\n"
#define TYPE_INTEGER	"<Numeric/>\n"
#define TYPE_DECIMAL	"<Numeric><Accuracy>6</Accuracy></Numeric>\n"

static const char *
column_type(enum sheet_type type)
{
	switch (type) {
	case SHEET_INTEGER:
		return TYPE_INTEGER;
	case SHEET_DECIMAL:
		return TYPE_DECIMAL;
	case SHEET_INSTANT:
	case SHEET_DATE:
		return TYPE_DATE;
	default:
		return TYPE_TEXT;
	}
}

/* The second column of an instant. */
static void
time_name(char name_r[64], const struct sheet_column *c)
{
	snprintf(name_r, 64, "%s_TIME", c->name);
}

static void
columns(struct buf *out, const struct gdpdu_table *table)
{
	for (unsigned i = 0; i < table->sheet->ncolumns; i++) {
		const struct sheet_column *c = &table->sheet->column[i];
		const char *tag = i < table->nkeys ? "VariablePrimaryKey" :
		    "VariableColumn";
		char name[64];

		column(out, tag, c->name, c->meaning, column_type(c->type));
		if (c->type != SHEET_INSTANT)
			continue;
		time_name(name, c);
		column(out, tag, name, c->meaning, TYPE_TEXT);
	}
}

static void
table_index(struct buf *out, const struct gdpdu_set *set,
    const struct gdpdu_table *table)
{
	buf_adds(out, "<Table>\n");
	element(out, "URL", table->url);
	element(out, "Name", table->sheet->name);
	element(out, "Description", table->about);
	validity(out, set);
	buf_adds(out, "<UTF8/>\n<DecimalSymbol>,</DecimalSymbol>\n"
	    "<DigitGroupingSymbol>.</DigitGroupingSymbol>\n"
	    "<Range><From>2</From></Range>\n<VariableLength>\n"
	    "<ColumnDelimiter>;</ColumnDelimiter>\n"
	    "<RecordDelimiter>&#13;&#10;</RecordDelimiter>\n"
	    "<TextEncapsulator>\"</TextEncapsulator>\n");
	columns(out, table);
	for (unsigned i = 0; i < table->njoins; i++) {
		buf_adds(out, "<ForeignKey>\n");
		element(out, "Name", table->joins[i].column);
		element(out, "References", table->joins[i].table);
		buf_adds(out, "</ForeignKey>\n");
	}
	buf_adds(out, "</VariableLength>\n</Table>\n");
}

void
gdpdu_index(struct buf *out, const struct gdpdu_set *set)
{
	buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<!DOCTYPE DataSet SYSTEM \"" GDPDU_DTD_NAME "\">\n<DataSet>\n");
	element(out, "Version", set->version);
	buf_adds(out, "<DataSupplier>\n");
	element(out, "Name", set->supplier);
	element(out, "Location", set->location);
	element(out, "Comment", set->comment);
	buf_adds(out, "</DataSupplier>\n<Media>\n");
	element(out, "Name", set->media);
	for (unsigned i = 0; i < set->ntables; i++)
		table_index(out, set, &set->tables[i]);
	buf_adds(out, "</Media>\n</DataSet>\n");
}

/* ---- the tables, written ----------------------------------------------- */

static void
table_text(struct buf *out, const char *text)
{
	struct buf clean = BUF_INIT;

	text_clean(&clean, text, strlen(text));
	buf_addc(out, '"');
	for (size_t i = 0; i < clean.len; i++) {
		uint8_t c = clean.data[i];

		if (c == '"')
			buf_addc(out, '"');
		buf_addc(out, c < ' ' || c == 0x7f ? ' ' : c);
	}
	buf_addc(out, '"');
	if (buf_failed(&clean))
		out->failed = 1;
	buf_release(&clean);
}

/* Date, ";" and the rest of an instant's text. */
static void
table_instant(struct buf *out, const char *text)
{
	if (text[0] == '\0') {
		buf_adds(out, ";\"\"");
		return;
	}
	german_date(out, text);
	buf_addc(out, ';');
	table_text(out, strlen(text) > 11 ? text + 11 : "");
}

static void
table_cell(struct buf *out, enum sheet_type type, const char *text)
{
	if (type != SHEET_TEXT && !sheet_cell_ok(type, text))
		text = "";
	switch (type) {
	case SHEET_INTEGER:
		buf_adds(out, text);
		break;
	case SHEET_DECIMAL:
		for (; *text != '\0'; text++)
			buf_addc(out, *text == '.' ? ',' : *text);
		break;
	case SHEET_DATE:
		german_date(out, text);
		break;
	case SHEET_INSTANT:
		table_instant(out, text);
		break;
	default:
		table_text(out, text);
	}
}

void
gdpdu_head(struct buf *out, const struct sheet *sheet)
{
	for (unsigned i = 0; i < sheet->ncolumns; i++) {
		const struct sheet_column *c = &sheet->column[i];
		char name[64];

		if (i > 0)
			buf_addc(out, ';');
		table_text(out, c->name);
		if (c->type != SHEET_INSTANT)
			continue;
		time_name(name, c);
		buf_addc(out, ';');
		table_text(out, name);
	}
	buf_adds(out, "\r\n");
}

void
gdpdu_row(struct buf *out, const struct sheet *sheet,
    const char *const cell[])
{
	for (unsigned i = 0; i < sheet->ncolumns; i++) {
		if (i > 0)
			buf_addc(out, ';');
		table_cell(out, sheet->column[i].type, cell[i] ? cell[i] : "");
	}
	buf_adds(out, "\r\n");
}
