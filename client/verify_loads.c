/* SPDX-License-Identifier: ISC */
/*
 * verify_loads: the load files of a production volume against each other:
 * they must name the same documents, in the same order, and the files that
 * they name must be there with the size and hash that they say; and no file
 * may stand in the volume that they do not name.
 */
#include <stdlib.h>
#include <string.h>

#include "client/verify_volume.h"
#include "proto/base/text.h"
#include "proto/out/layout.h"

/* ---- the checks -------------------------------------------------------- */

static int
differ(struct verify *v, const struct volume_read *r, enum say_key key,
    size_t id)
{
	return verify_broken(v, VERIFY_PRODUCTION, key, volume_text(r, id),
	    NULL);
}

static int
forms(struct verify *v, const struct volume_read *r)
{
	for (int i = 0; i < VOLUME_FILES; i++) {
		const struct volume_file *f = &r->file[i];

		if (!f->there)
			return verify_broken(v, VERIFY_PRODUCTION,
			    SAY_VERIFY_MISSING, volume_endings[i], NULL);
		if (f->fault.key != SAY_COUNT)
			return verify_broken(v, VERIFY_PRODUCTION,
			    f->fault.key, volume_endings[i],
			    verify_number(f->fault.row));
	}
	return 0;
}

static int
order_doc(const void *id, const void *doc, void *arg)
{
	const struct volume_read *r = arg;

	return strcmp(id, volume_text(r, ((const struct doc *)doc)->id));
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
	    strcmp(volume_text(r, d->sha256), sha256) == 0);
}

/* Numbers go up and do not overlap; parents are there. */
static int
numbers(struct verify *v, const struct volume_read *r)
{
	const struct doc *docs = r->docs.at;

	for (size_t i = 0; i < r->docs.n; i++) {
		const struct doc *d = &docs[i];
		const char *id = volume_text(r, d->id);

		if (strcmp(id, volume_text(r, d->last)) > 0 || (i > 0 &&
		    strcmp(volume_text(r, docs[i - 1].last), id) >= 0))
			return differ(v, r, SAY_VERIFY_NUMBERS, d->id);
	}
	for (size_t i = 0; i < r->docs.n; i++)
		if (docs[i].parent != 0 && doc_find(r, volume_text(r,
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
	    strcmp(volume_text(r, images[*i].id), volume_text(r, d->id)) != 0)
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
		if (i == r->nameds.n || strcmp(volume_text(r, named[i].id),
		    volume_text(r, d->id)) != 0 ||
		    strcmp(volume_text(r, named[i].sha256), volume_text(r,
		    d->sha256)) != 0 || strcmp(volume_text(r, named[i].parent),
		    volume_text(r, d->parent)) != 0)
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
	const char *size = volume_text(r, f->size);

	(void)snprintf(path, sizeof path, "%s%s", r->folder,
	    volume_text(r, f->path));
	if ((file = verify_file(v, path)) == NULL)
		return verify_broken(v, VERIFY_NATIVES, SAY_VERIFY_NO_NATIVE,
		    path, NULL);
	if ((size[0] != '\0' && strcmp(size, verify_number(file->size)) != 0)
	    || (f->sha256 != 0 && !sha256_is(file, volume_text(r, f->sha256))))
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
		paths[i] = volume_text(r, files[i].path);
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

/*
 * What the arrivals given away say of the documents that are no attachments.
 * In the auditors' profile arrivals of what is not produced are given too.
 */
static void
arrivals(struct verify *v, const struct volume_read *r)
{
	const struct doc *docs = r->docs.at, *bare = NULL;
	int audit = verify_first(v, LAYOUT_AUDIT) < v->files + v->nfiles;
	uint64_t n = 0, proven = 0, other;
	uint8_t hash[32];
	char count[64];

	if (!verify_is(v, VERIFY_BOUND, VERIFY_GOOD))
		return;
	for (size_t i = 0; i < r->docs.n; i++) {
		const char *hex = volume_text(r, docs[i].sha256);
		enum arrival is;

		if (docs[i].parent != 0 || docs[i].native == 0)
			continue;
		is = strlen(hex) != 64 || text_unhex(hex, 64, hash) == -1 ?
		    ARRIVAL_NOT_GIVEN : verify_log_arrived(v, hash,
		    volume_text(r, docs[i].recorded));
		if (is == ARRIVAL_OTHERWISE) {
			verify_broken(v, VERIFY_BOUND, SAY_VERIFY_ARRIVED_AT,
			    volume_text(r, docs[i].id),
			    volume_text(r, docs[i].recorded));
			return;
		}
		n++;
		proven += is == ARRIVAL_THEN;
		if (is == ARRIVAL_NOT_GIVEN && bare == NULL)
			bare = &docs[i];
	}
	other = verify_log_other(v);
	(void)snprintf(count, sizeof count, "%llu/%llu",
	    (unsigned long long)proven, (unsigned long long)n);
	if (other != 0 && !audit)
		verify_broken(v, VERIFY_BOUND, SAY_VERIFY_ARRIVED_OTHER,
		    verify_number(other), NULL);
	else if (bare != NULL)
		verify_half(v, VERIFY_BOUND, SAY_VERIFY_HALF_ARRIVALS, count,
		    volume_text(r, bare->id));
	else if (verify_log_alone(v) != 0)
		verify_half(v, VERIFY_BOUND, SAY_VERIFY_HALF_ALONE,
		    verify_number(verify_log_alone(v)), NULL);
	else
		verify_good(v, VERIFY_BOUND, SAY_VERIFY_OK_ARRIVALS,
		    verify_number(proven), NULL);
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
	arrivals(v, r);
	for (size_t i = 0; i < r->files.n && rc == 0; i++)
		rc = file_holds(v, r, &files[i]);
	if (rc == 0 && all_named(v, r) == 0)
		verify_good(v, VERIFY_NATIVES, SAY_VERIFY_OK_NATIVES,
		    verify_number(r->files.n), NULL);
}
