/* SPDX-License-Identifier: ISC */
/*
 * verify_volume: the load files of a production volume as they go by: DAT,
 * OPT and EDRM XML.  Of each row it keeps what the others say too.
 */
#include <stdlib.h>
#include <string.h>

#include "client/verify_volume.h"
#include "client/verify_xml.h"
#include "proto/base/limits.h"
#include "proto/out/dat.h"
#include "proto/out/edrm.h"
#include "proto/out/layout.h"
#include "proto/out/opt.h"
#include "proto/out/production.h"

const char *const volume_endings[VOLUME_FILES] = {
	".dat", ".opt", ".edrm.xml"
};

struct volume_read *
volume_read_new(void)
{
	struct volume_read *v = calloc(1, sizeof *v);

	if (v == NULL)
		return NULL;
	for (int i = 0; i < VOLUME_FILES; i++)
		v->file[i] = (struct volume_file){ v, i, 0,
		    { SAY_COUNT, 0 } };
	buf_addc(&v->texts, '\0');
	cells_init(&v->cells, &dat_form);
	return v;
}

void
volume_read_free(struct volume_read *v)
{
	if (v == NULL)
		return;
	free(v->docs.at);
	free(v->images.at);
	free(v->nameds.at);
	free(v->files.at);
	buf_release(&v->texts);
	buf_release(&v->documents.sums);
	buf_release(&v->row);
	cells_release(&v->cells);
	xml_free(v->xml);
	free(v);
}

/* ---- keeping ----------------------------------------------------------- */

static size_t
keep(struct volume_read *v, const char *text)
{
	size_t at = v->texts.len;

	if (text[0] == '\0')
		return 0;
	buf_add(&v->texts, text, strlen(text) + 1);
	return at;
}

const char *
volume_text(const struct volume_read *v, size_t at)
{
	return (const char *)v->texts.data + at;
}

/* One more, all zero; NULL: no memory or LIMIT_VERIFY_ROWS. */
static void *
more(struct list *list, size_t size)
{
	char *last;

	if (list->n >= LIMIT_VERIFY_ROWS)
		return NULL;
	if (list->n == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 256;
		void *at = reallocarray(list->at, cap, size);

		if (at == NULL)
			return NULL;
		list->at = at;
		list->cap = cap;
	}
	last = (char *)list->at + list->n++ * size;
	memset(last, 0, size);
	return last;
}

/* A path of a load file, with slashes. */
static int
keep_file(struct volume_read *v, const char *path, size_t size,
    size_t sha256)
{
	struct named_file *f = more(&v->files, sizeof *f);
	char *p;

	if (f == NULL)
		return -1;
	f->path = keep(v, path);
	f->size = size;
	f->sha256 = sha256;
	if (buf_failed(&v->texts))
		return -1;
	for (p = (char *)v->texts.data + f->path; *p != '\0'; p++)
		if (*p == '\\')
			*p = '/';
	return 0;
}

/* ---- DAT --------------------------------------------------------------- */

static int
dat_took(struct volume_read *v, const char *const cell[])
{
	struct doc *d = more(&v->docs, sizeof *d);
	struct volume_file *f = &v->file[VOLUME_DAT];
	size_t size, sha256;

	if (d == NULL)
		return -1;
	if (cell[PRODUCTION_BEGDOC][0] == '\0' ||
	    cell[PRODUCTION_ENDDOC][0] == '\0')
		return table_bad(&f->fault, SAY_VERIFY_CELL, v->cells.row);
	d->id = keep(v, cell[PRODUCTION_BEGDOC]);
	d->last = keep(v, cell[PRODUCTION_ENDDOC]);
	d->parent = keep(v, cell[PRODUCTION_PARENTID]);
	d->sha256 = sha256 = keep(v, cell[PRODUCTION_SHA256HASH]);
	d->size = size = keep(v, cell[PRODUCTION_FILESIZE]);
	d->native = keep(v, cell[PRODUCTION_NATIVELINK]);
	d->text = keep(v, cell[PRODUCTION_TEXTLINK]);
	d->recorded = keep(v, cell[PRODUCTION_RECORDEDAT]);
	d->pages = strtoull(cell[PRODUCTION_PAGECOUNT], NULL, 10);
	if (d->native != 0 && keep_file(v, cell[PRODUCTION_NATIVELINK], size,
	    sha256) == -1)
		return -1;
	if (d->text != 0 && keep_file(v, cell[PRODUCTION_TEXTLINK], 0, 0) ==
	    -1)
		return -1;
	if (rowsums_document(&v->documents, cell[PRODUCTION_BEGDOC],
	    cell[PRODUCTION_SHA256HASH]) == -1)
		return -1;
	return buf_failed(&v->texts) ? -1 : 0;
}

struct rowsums *
volume_documents(struct volume_read *v)
{
	return v->file[VOLUME_DAT].there ? &v->documents : NULL;
}

static int
dat_cells(struct volume_read *v)
{
	struct volume_file *f = &v->file[VOLUME_DAT];
	const char *cell[SHEET_COLUMNS_MAX];
	const struct cells *c = &v->cells;

	if (c->row == 1) {
		if (!dat_head_ok(&sheet_production, c->cell, c->ncells))
			(void)table_bad(&f->fault, SAY_VERIFY_HEAD, 1);
		return 0;
	}
	if (dat_read(&sheet_production, c->cell, c->ncells, &v->row, cell) ==
	    -1)
		return table_bad(&f->fault, SAY_VERIFY_CELL, c->row);
	return dat_took(v, cell);
}

/* ---- OPT --------------------------------------------------------------- */

static int
opt_cells(struct volume_read *v)
{
	struct volume_file *f = &v->file[VOLUME_OPT];
	const struct cells *c = &v->cells;
	struct opt_image in;
	struct image *image;

	if (opt_read(&in, c->row, c->cell, c->ncells) == -1)
		return table_bad(&f->fault, SAY_VERIFY_CELL, c->row);
	if ((image = more(&v->images, sizeof *image)) == NULL)
		return -1;
	image->id = keep(v, in.id);
	image->pages = in.pages;
	if (keep_file(v, in.path, 0, 0) == -1)
		return -1;
	image->path = ((struct named_file *)v->files.at)[v->files.n - 1].path;
	return 0;
}

/* ---- EDRM XML ---------------------------------------------------------- */

static int
edrm_file_took(struct volume_read *v, const char *const attrs[])
{
	struct buf path = BUF_INIT;
	const char *folder = xml_attr(attrs, "FilePath");
	int rc = -1;

	buf_adds(&path, folder);
	if (folder[0] != '\0')
		buf_addc(&path, '/');
	buf_adds(&path, xml_attr(attrs, "FileName"));
	if (!buf_failed(&path))
		rc = keep_file(v, buf_str(&path),
		    keep(v, xml_attr(attrs, "FileSize")),
		    keep(v, xml_attr(attrs, "Hash")));
	buf_release(&path);
	return rc;
}

static int
edrm_begun(void *arg, const char *name, const char *const attrs[])
{
	struct volume_read *v = arg;
	struct named *n = v->nameds.n > 0 ?
	    (struct named *)v->nameds.at + v->nameds.n - 1 : NULL;
	int rc = 0;

	if (strcmp(name, "Document") == 0) {
		if ((n = more(&v->nameds, sizeof *n)) != NULL)
			n->id = keep(v, xml_attr(attrs, "DocID"));
		rc = n == NULL ? -1 : 0;
	} else if (strcmp(name, "Tag") == 0 && n != NULL) {
		const char *tag = xml_attr(attrs, "TagName");

		if (strcmp(tag, "SHA256HASH") == 0)
			n->sha256 = keep(v, xml_attr(attrs, "TagValue"));
		else if (strcmp(tag, "PARENTID") == 0)
			n->parent = keep(v, xml_attr(attrs, "TagValue"));
	} else if (strcmp(name, "ExternalFile") == 0) {
		rc = edrm_file_took(v, attrs);
	}
	if (rc == -1 || buf_failed(&v->texts))
		v->no_memory = 1;
	return v->no_memory ? -1 : 0;
}

static int
edrm_texted(void *arg, const char *text, size_t n)
{
	(void)arg;
	(void)text;
	(void)n;
	return 0;
}

static int
edrm_ended(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	return 0;
}

static const struct xml_calls edrm_calls = {
	edrm_begun, edrm_texted, edrm_ended
};

/* ---- a file goes by ---------------------------------------------------- */

static int
file_begin(void *arg)
{
	struct volume_file *f = arg;
	struct volume_read *v = f->of;

	if (f->there++ > 0)
		return table_bad(&f->fault, SAY_VERIFY_TWO, 0);
	cells_release(&v->cells);
	cells_init(&v->cells, f->what == VOLUME_DAT ? &dat_form : &opt_form);
	if (f->what == VOLUME_XML &&
	    (v->xml = xml_new(&edrm_calls, v)) == NULL)
		return -1;
	return 0;
}

static enum say_key
cells_say(enum cells_fault fault)
{
	return fault == CELLS_LONG ? SAY_VERIFY_LONG :
	    fault == CELLS_TORN ? SAY_VERIFY_TABLE_TORN :
	    fault == CELLS_NO_MEMORY ? SAY_VERIFY_NO_MEMORY :
	    SAY_VERIFY_SHAPE;
}

static int
file_bytes(void *arg, const uint8_t *p, size_t n)
{
	struct volume_file *f = arg;
	struct volume_read *v = f->of;

	if (f->fault.key != SAY_COUNT)
		return 0;
	if (f->what == VOLUME_XML) {
		if (xml_bytes(v->xml, p, n) == -1)
			(void)table_bad(&f->fault, SAY_VERIFY_XML, 0);
		return v->no_memory ? -1 : 0;
	}
	while (n > 0 && f->fault.key == SAY_COUNT) {
		size_t used;
		int rc = cells_read(&v->cells, p, n, &used);

		if (rc == -1)
			return table_bad(&f->fault, cells_say(v->cells.fault),
			    v->cells.row);
		if (rc == 0)
			return 0;
		if ((f->what == VOLUME_DAT ? dat_cells(v) : opt_cells(v)) ==
		    -1)
			return -1;
		p += used;
		n -= used;
	}
	return 0;
}

static int
file_end(void *arg)
{
	struct volume_file *f = arg;
	struct volume_read *v = f->of;

	if (f->what == VOLUME_XML) {
		if (f->fault.key == SAY_COUNT && xml_end(v->xml) == -1)
			(void)table_bad(&f->fault, SAY_VERIFY_XML, 0);
		xml_free(v->xml);
		v->xml = NULL;
	} else if (f->fault.key == SAY_COUNT &&
	    cells_read_end(&v->cells) == -1) {
		(void)table_bad(&f->fault, cells_say(v->cells.fault),
		    v->cells.row);
	}
	return 0;
}

static const struct table_calls file_calls = {
	file_begin, file_bytes, file_end
};

/* data/production/VOL001/DATA/VOL001.dat */
const struct table_calls *
volume_read_of(struct volume_read *v, const char *path, void **arg_r)
{
	const char *data = strstr(path, "/DATA/");
	size_t n = strlen(path);

	if (strncmp(path, LAYOUT_VOLUMES, strlen(LAYOUT_VOLUMES)) != 0 ||
	    data == NULL)
		return NULL;
	for (int i = 0; i < VOLUME_FILES; i++) {
		size_t m = strlen(volume_endings[i]);

		if (n <= m || strcmp(path + n - m, volume_endings[i]) != 0)
			continue;
		memcpy(v->folder, path, (size_t)(data - path) + 1);
		v->folder[data - path + 1] = '\0';
		*arg_r = &v->file[i];
		return &file_calls;
	}
	return NULL;
}
