/* SPDX-License-Identifier: ISC */
/*
 * edrm: EDRM XML 1.2 from the rows of the production table.  It must never
 * let a value end its attribute.
 */
#include "proto/out/edrm.h"

#include <string.h>

#include "proto/base/text.h"
#include "proto/out/production.h"

/* Columns that have a name of their own in EDRM XML. */
static const struct { enum production_column column; const char *name; }
    tag_names[] = {
	{ PRODUCTION_FROM, "#From" }, { PRODUCTION_TO, "#To" },
	{ PRODUCTION_CC, "#CC" }, { PRODUCTION_BCC, "#BCC" },
	{ PRODUCTION_SUBJECT, "#Subject" },
	{ PRODUCTION_SENTDATE, "#DateSent" },
	{ PRODUCTION_RECEIVEDDATE, "#DateReceived" },
	{ PRODUCTION_CREATEDATE, "#DateCreated" },
	{ PRODUCTION_MODDATE, "#DateModified" },
	{ PRODUCTION_ATTACHCOUNT, "#AttachmentCount" },
	{ PRODUCTION_FILENAME, "#FileName" },
	{ PRODUCTION_FILEEXT, "#FileExtension" },
	{ PRODUCTION_FILESIZE, "#FileSize" },
	{ PRODUCTION_AUTHOR, "#Author" }, { PRODUCTION_TITLE, "#Title" },
};

/* ---- text -------------------------------------------------------------- */

/* U+FFFE and U+FFFF are UTF-8, but no characters of XML 1.0 (2.2). */
static int
is_no_character(const char *p, size_t n)
{
	return n >= 3 && (memcmp(p, "\xef\xbf\xbe", 3) == 0 ||
	    memcmp(p, "\xef\xbf\xbf", 3) == 0);
}

static void
edrm_byte(struct buf *out, char c)
{
	switch (c) {
	case '<':
		buf_adds(out, "&lt;");
		break;
	case '>':
		buf_adds(out, "&gt;");
		break;
	case '&':
		buf_adds(out, "&amp;");
		break;
	case '"':
		buf_adds(out, "&quot;");
		break;
	case '\t':
		buf_adds(out, "&#9;");
		break;
	case '\n':
		buf_adds(out, "&#10;");
		break;
	case '\r':
		buf_adds(out, "&#13;");
		break;
	default:
		if ((unsigned char)c < ' ')
			buf_adds(out, "\xef\xbf\xbd");
		else
			buf_addc(out, c);
	}
}

void
edrm_text(struct buf *out, const char *text)
{
	struct buf clean = BUF_INIT;

	text_clean(&clean, text, strlen(text));
	for (size_t i = 0; i < clean.len; i++) {
		const char *p = (char *)clean.data + i;

		if (is_no_character(p, clean.len - i)) {
			buf_adds(out, "\xef\xbf\xbd");
			i += 2;
		} else {
			edrm_byte(out, *p);
		}
	}
	if (buf_failed(&clean))
		out->failed = 1;
	buf_release(&clean);
}

static void
attribute(struct buf *out, const char *name, const char *value)
{
	buf_addc(out, ' ');
	buf_adds(out, name);
	buf_adds(out, "=\"");
	edrm_text(out, value);
	buf_addc(out, '"');
}

/* ---- documents --------------------------------------------------------- */

void
edrm_begin(struct edrm *e, struct buf *out)
{
	e->out = out;
	buf_init(&e->relations);
	e->nrelations = 0;
	buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<Root MajorVersion=\"1\" MinorVersion=\"2\" "
	    "DataInterchangeType=\"Update\">\n<Batch>\n<Documents>\n");
}

static void
edrm_file(struct buf *out, const struct edrm_file *file)
{
	struct buf folder = BUF_INIT, size = BUF_INIT;
	const char *name = strrchr(file->path, '/');

	for (const char *p = file->path; name != NULL && p < name; p++)
		buf_addc(&folder, *p == '/' ? '\\' : *p);
	buf_addu(&size, file->size);
	buf_adds(out, "<File");
	attribute(out, "FileType", file->type);
	buf_adds(out, "><ExternalFile");
	attribute(out, "FilePath", buf_failed(&folder) ? "" :
	    buf_str(&folder));
	attribute(out, "FileName", name != NULL ? name + 1 : file->path);
	attribute(out, "FileSize", buf_failed(&size) ? "" : buf_str(&size));
	attribute(out, "Hash", file->sha256);
	buf_adds(out, "/></File>\n");
	if (buf_failed(&folder) || buf_failed(&size))
		out->failed = 1;
	buf_release(&folder);
	buf_release(&size);
}

static const char *
tag_name(unsigned column)
{
	for (size_t i = 0; i < sizeof tag_names / sizeof tag_names[0]; i++)
		if ((unsigned)tag_names[i].column == column)
			return tag_names[i].name;
	return sheet_production.column[column].name;
}

static void
tag(struct buf *out, const char *name, const char *type, const char *value)
{
	buf_adds(out, "<Tag");
	attribute(out, "TagName", name);
	attribute(out, "TagDataType", type);
	attribute(out, "TagValue", value);
	buf_adds(out, "/>\n");
}

/* A date and the time in the column behind it are one value. */
static void
tag_when(struct buf *out, unsigned column, const char *date, const char *time)
{
	struct buf both = BUF_INIT;

	buf_adds(&both, date);
	buf_addc(&both, 'T');
	buf_adds(&both, time);
	buf_addc(&both, 'Z');
	if (buf_failed(&both))
		out->failed = 1;
	else
		tag(out, tag_name(column), "DateTime", buf_str(&both));
	buf_release(&both);
}

/* Said elsewhere in the element. */
static int
is_said(unsigned column)
{
	return column == PRODUCTION_BEGDOC || column == PRODUCTION_MIMETYPE ||
	    column == PRODUCTION_CUSTODIAN ||
	    column == PRODUCTION_SENTTIME ||
	    column == PRODUCTION_RECEIVEDTIME;
}

static void
edrm_tags(struct buf *out, const char *const cell[])
{
	buf_adds(out, "<Tags>\n");
	for (unsigned i = 0; i < PRODUCTION_COLUMNS; i++) {
		enum sheet_type type = sheet_production.column[i].type;
		const char *value = cell[i];

		if (value[0] == '\0' || is_said(i))
			continue;
		if ((i == PRODUCTION_SENTDATE || i == PRODUCTION_RECEIVEDDATE)
		    && cell[i + 1][0] != '\0')
			tag_when(out, i, value, cell[i + 1]);
		else
			tag(out, tag_name(i), type == SHEET_INTEGER ?
			    "Integer" : type == SHEET_INSTANT ? "DateTime" :
			    strlen(value) > 255 ? "LongText" : "Text", value);
	}
	buf_adds(out, "</Tags>\n");
}

void
edrm_document(struct edrm *e, const char *const cell[],
    const struct edrm_file *files, unsigned nfiles)
{
	struct buf *out = e->out;

	buf_adds(out, "<Document");
	attribute(out, "DocID", cell[PRODUCTION_BEGDOC]);
	attribute(out, "DocType", strcmp(cell[PRODUCTION_RECORDTYPE],
	    "email") == 0 ? "Message" : "File");
	attribute(out, "MimeType", cell[PRODUCTION_MIMETYPE]);
	buf_adds(out, ">\n<Files>\n");
	for (unsigned i = 0; i < nfiles; i++)
		edrm_file(out, &files[i]);
	buf_adds(out, "</Files>\n");
	edrm_tags(out, cell);
	if (cell[PRODUCTION_CUSTODIAN][0] != '\0') {
		buf_adds(out, "<Locations><Location><Custodian>");
		edrm_text(out, cell[PRODUCTION_CUSTODIAN]);
		buf_adds(out, "</Custodian></Location></Locations>\n");
	}
	buf_adds(out, "</Document>\n");
	if (cell[PRODUCTION_PARENTID][0] == '\0')
		return;
	e->nrelations++;
	buf_adds(&e->relations, "<Relationship Type=\"Attachment\"");
	attribute(&e->relations, "ParentDocID", cell[PRODUCTION_PARENTID]);
	attribute(&e->relations, "ChildDocID", cell[PRODUCTION_BEGDOC]);
	buf_adds(&e->relations, "/>\n");
}

void
edrm_end(struct edrm *e)
{
	buf_adds(e->out, "</Documents>\n");
	if (e->nrelations > 0) {
		buf_adds(e->out, "<Relationships>\n");
		buf_add(e->out, e->relations.data, e->relations.len);
		buf_adds(e->out, "</Relationships>\n");
	}
	buf_adds(e->out, "</Batch>\n</Root>\n");
	if (buf_failed(&e->relations))
		e->out->failed = 1;
	buf_release(&e->relations);
}
