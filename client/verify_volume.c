/* SPDX-License-Identifier: ISC */
/*
 * verify_volume: the load files of a production volume: DAT, OPT and EDRM
 * XML must name the same documents, in the same order, and the files that
 * they name must be there with the size and hash that they say; and no file
 * may stand in the volume that they do not name.
 */
#include <stdlib.h>
#include <string.h>

#include "client/verify_table.h"
#include "client/verify_xml.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"
#include "proto/out/dat.h"
#include "proto/out/edrm.h"
#include "proto/out/layout.h"
#include "proto/out/opt.h"
#include "proto/out/production.h"

enum { VOLUME_DAT, VOLUME_OPT, VOLUME_XML, VOLUME_FILES };

static const char *const endings[VOLUME_FILES] = {
	".dat", ".opt", ".edrm.xml"
};

/* Texts are offsets into `texts'; 0 is "". */
struct doc {
	size_t		 id, last, parent, sha256, native, text, size;
	uint64_t	 pages;
};

struct image {
	size_t		 id, path;
	uint64_t	 pages;		/* stated; 0: not the first */
};

struct named {			/* a document of the EDRM XML */
	size_t		 id, sha256, parent;
};

struct named_file {		/* that any load file names */
	size_t		 path, size, sha256;
};

struct list {
	void		*at;
	size_t		 n, cap;
};

struct volume_file {
	struct volume_read *of;
	int		 what, there;
	struct table_fault fault;
};

struct volume_read {
	struct volume_file file[VOLUME_FILES];
	char		 folder[BAGIT_PATH_MAX + 1];	/* ".../VOL001/" */
	struct buf	 texts;
	struct list	 docs, images, nameds, files;
	struct cells	 cells;
	struct buf	 row;
	struct xml	*xml;
	size_t		 doc_id;	/* the Document that we are in */
	int		 no_memory;
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

static const char *
text_at(const struct volume_read *v, size_t at)
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
	d->pages = strtoull(cell[PRODUCTION_PAGECOUNT], NULL, 10);
	if (d->native != 0 && keep_file(v, cell[PRODUCTION_NATIVELINK], size,
	    sha256) == -1)
		return -1;
	if (d->text != 0 && keep_file(v, cell[PRODUCTION_TEXTLINK], 0, 0) ==
	    -1)
		return -1;
	return buf_failed(&v->texts) ? -1 : 0;
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
		size_t m = strlen(endings[i]);

		if (n <= m || strcmp(path + n - m, endings[i]) != 0)
			continue;
		memcpy(v->folder, path, (size_t)(data - path) + 1);
		v->folder[data - path + 1] = '\0';
		*arg_r = &v->file[i];
		return &file_calls;
	}
	return NULL;
}

/* ---- the checks -------------------------------------------------------- */

static int
differ(struct verify *v, const struct volume_read *r, enum say_key key,
    size_t id)
{
	return verify_broken(v, VERIFY_PRODUCTION, key, text_at(r, id), NULL);
}

static int
forms(struct verify *v, const struct volume_read *r)
{
	for (int i = 0; i < VOLUME_FILES; i++) {
		const struct volume_file *f = &r->file[i];

		if (!f->there)
			return verify_broken(v, VERIFY_PRODUCTION,
			    SAY_VERIFY_MISSING, endings[i], NULL);
		if (f->fault.key != SAY_COUNT)
			return verify_broken(v, VERIFY_PRODUCTION,
			    f->fault.key, endings[i],
			    verify_number(f->fault.row));
	}
	return 0;
}

static int
order_doc(const void *id, const void *doc, void *arg)
{
	const struct volume_read *r = arg;

	return strcmp(id, text_at(r, ((const struct doc *)doc)->id));
}

/* Rows stand in the order of their numbers, so they can be searched. */
static const struct doc *
doc_find(const struct volume_read *r, const char *id)
{
	const struct doc *docs = r->docs.at;
	size_t low = 0, high = r->docs.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = order_doc(id, &docs[middle],
		    (void *)(uintptr_t)r);

		if (order == 0)
			return &docs[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

int
volume_has(struct volume_read *r, const char *bates, const char *sha256)
{
	const struct doc *d;

	if (!r->file[VOLUME_DAT].there)
		return 1;		/* nothing to hold it against */
	d = doc_find(r, bates);
	return d != NULL && (sha256[0] == '\0' ||
	    strcmp(text_at(r, d->sha256), sha256) == 0);
}

/* Numbers go up and do not overlap; parents are there. */
static int
numbers(struct verify *v, const struct volume_read *r)
{
	const struct doc *docs = r->docs.at;

	for (size_t i = 0; i < r->docs.n; i++) {
		const struct doc *d = &docs[i];
		const char *id = text_at(r, d->id);

		if (strcmp(id, text_at(r, d->last)) > 0 || (i > 0 &&
		    strcmp(text_at(r, docs[i - 1].last), id) >= 0))
			return differ(v, r, SAY_VERIFY_NUMBERS, d->id);
	}
	for (size_t i = 0; i < r->docs.n; i++)
		if (docs[i].parent != 0 && doc_find(r, text_at(r,
		    docs[i].parent)) == NULL)
			return differ(v, r, SAY_VERIFY_PARENT, docs[i].id);
	return 0;
}

/* Image i is the first of the document; gives the next one. */
static int
images_of(const struct volume_read *r, const struct doc *d, size_t *i)
{
	const struct image *images = r->images.at;
	uint64_t lines = 1;

	if (*i == r->images.n || images[*i].pages == 0 ||
	    images[*i].pages != d->pages ||
	    strcmp(text_at(r, images[*i].id), text_at(r, d->id)) != 0)
		return -1;
	while (++*i < r->images.n && images[*i].pages == 0)
		lines++;
	return lines == 1 || lines == d->pages ? 0 : -1;
}

static int
same_documents(struct verify *v, const struct volume_read *r)
{
	const struct doc *docs = r->docs.at;
	const struct named *named = r->nameds.at;
	size_t image = 0, i;

	for (i = 0; i < r->docs.n; i++) {
		const struct doc *d = &docs[i];

		if (images_of(r, d, &image) == -1)
			return differ(v, r, SAY_VERIFY_DIFFER_OPT, d->id);
		if (i == r->nameds.n || strcmp(text_at(r, named[i].id),
		    text_at(r, d->id)) != 0 ||
		    strcmp(text_at(r, named[i].sha256), text_at(r,
		    d->sha256)) != 0 || strcmp(text_at(r, named[i].parent),
		    text_at(r, d->parent)) != 0)
			return differ(v, r, SAY_VERIFY_DIFFER_XML, d->id);
	}
	if (image < r->images.n)
		return differ(v, r, SAY_VERIFY_DIFFER_OPT,
		    ((const struct image *)r->images.at)[image].id);
	if (i < r->nameds.n)
		return differ(v, r, SAY_VERIFY_DIFFER_XML, named[i].id);
	return 0;
}

/* ---- the files that are named ------------------------------------------ */

static int
sha256_is(const struct verify_file *file, const char *text)
{
	uint8_t hash[32];

	return strlen(text) == 64 && text_unhex(text, 64, hash) == 0 &&
	    memcmp(hash, file->sha256, 32) == 0;
}

static int
file_holds(struct verify *v, const struct volume_read *r,
    const struct named_file *f)
{
	char path[2 * BAGIT_PATH_MAX];
	const struct verify_file *file;
	const char *size = text_at(r, f->size);

	(void)snprintf(path, sizeof path, "%s%s", r->folder,
	    text_at(r, f->path));
	if ((file = verify_file(v, path)) == NULL)
		return verify_broken(v, VERIFY_NATIVES, SAY_VERIFY_NO_NATIVE,
		    path, NULL);
	if ((size[0] != '\0' && strcmp(size, verify_number(file->size)) != 0)
	    || (f->sha256 != 0 && !sha256_is(file, text_at(r, f->sha256))))
		return verify_broken(v, VERIFY_NATIVES, SAY_VERIFY_NATIVE,
		    path, NULL);
	return 0;
}

static int
order_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every file of the folders is named by a load file. */
static int
all_named(struct verify *v, const struct volume_read *r)
{
	static const char *const folders[] = { "NATIVES/", "TEXT/",
	    "IMAGES/" };
	const struct named_file *files = r->files.at;
	const char **paths = calloc(r->files.n + 1, sizeof *paths);
	size_t base = strlen(r->folder);
	int rc = 0;

	if (paths == NULL)
		return verify_broken(v, VERIFY_NATIVES, SAY_VERIFY_NO_MEMORY,
		    NULL, NULL);
	for (size_t i = 0; i < r->files.n; i++)
		paths[i] = text_at(r, files[i].path);
	qsort(paths, r->files.n, sizeof *paths, order_text);
	for (int k = 0; k < 3 && rc == 0; k++) {
		char prefix[2 * BAGIT_PATH_MAX];
		const struct verify_file *f;
		const char *name;

		(void)snprintf(prefix, sizeof prefix, "%s%s", r->folder,
		    folders[k]);
		for (f = verify_first(v, prefix); rc == 0 &&
		    f < v->files + v->nfiles && strncmp(f->path, prefix,
		    strlen(prefix)) == 0; f++) {
			name = f->path + base;
			if (bsearch(&name, paths, r->files.n, sizeof *paths,
			    order_text) == NULL)
				rc = verify_broken(v, VERIFY_NATIVES,
				    SAY_VERIFY_UNNAMED, f->path, NULL);
		}
	}
	free(paths);
	return rc;
}

void
volume_check(struct verify *v, struct volume_read *r)
{
	const struct named_file *files = r->files.at;
	int rc = 0;

	if (!r->file[VOLUME_DAT].there && !r->file[VOLUME_OPT].there &&
	    !r->file[VOLUME_XML].there)
		return;
	if (forms(v, r) == -1 || numbers(v, r) == -1 ||
	    same_documents(v, r) == -1)
		return;
	verify_good(v, VERIFY_PRODUCTION, SAY_VERIFY_OK_PRODUCTION,
	    verify_number(r->docs.n), NULL);
	for (size_t i = 0; i < r->files.n && rc == 0; i++)
		rc = file_holds(v, r, &files[i]);
	if (rc == 0 && all_named(v, r) == 0)
		verify_good(v, VERIFY_NATIVES, SAY_VERIFY_OK_NATIVES,
		    verify_number(r->files.n), NULL);
}
