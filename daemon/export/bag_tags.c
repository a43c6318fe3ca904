/* SPDX-License-Identifier: ISC */
/*
 * bag_tags: bagit.txt, bag-info.txt and the manifests of a bag, and its end.
 */
#include "daemon/export/bag_own.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LIST(bag) ((struct kept *)(void *)(bag)->kept.data)

static int
by_path(const void *a, const void *b, void *paths)
{
	const struct kept *x = a, *y = b;
	const char *p = paths;

	return strcmp(p + x->path, p + y->path);
}

static void
sort(struct bag *bag)
{
	qsort_r(bag->kept.data, bag_count(bag), sizeof(struct kept), by_path,
	    bag->paths.data);
}

/* A manifest or tagmanifest over the first n that are kept. */
static int
manifest(struct bag *bag, enum bagit_hash hash, int tags, size_t n,
    struct trouble *t)
{
	char name[64];
	struct bag_file *f;

	(void)snprintf(name, sizeof name, "%smanifest-%s.txt",
	    tags ? "tag" : "", bagit_hash_name(hash));
	if ((f = bag_open(bag, name, 0, t)) == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct kept *k = LIST(bag) + i;
		const char *path = bag_path(bag, k);

		if (bag_below(path, "data/") == tags)
			continue;
		bagit_line(bag_out(f), hash, hash == BAGIT_SHA256 ?
		    k->sha256 : k->sha512, path);
		if (bag_flush(f, t) == -1) {
			bag_drop(f);
			return -1;
		}
	}
	return bag_close(f, NULL, t);
}

/* The SHA-512 of tag files, as text and summed. */
static int
top_manifest(struct bag *bag, size_t n, struct bag_sums *sums_r,
    struct buf *text_r, struct trouble *t)
{
	struct bag_file *f = bag_open(bag, "tagmanifest-sha512.txt", 0, t);

	if (f == NULL)
		return -1;
	buf_clear(text_r);
	for (size_t i = 0; i < n; i++) {
		const struct kept *k = LIST(bag) + i;

		if (!bag_below(bag_path(bag, k), "data/"))
			bagit_line(text_r, BAGIT_SHA512, k->sha512,
			    bag_path(bag, k));
	}
	buf_add(bag_out(f), text_r->data, text_r->len);
	if (buf_failed(text_r)) {
		bag_drop(f);
		(void)bag_no_memory();
		return bag_failed(bag, "tagmanifest-sha512.txt", t);
	}
	return bag_close(f, sums_r, t);
}

/* No two names that a file system takes for one. */
static int
look_at_names(struct bag *bag, struct trouble *t)
{
	size_t n = bag_count(bag);
	const char **path = calloc(n + 1, sizeof *path);
	const char *bad[2] = { "", "" };
	int ok = path != NULL;

	for (size_t i = 0; ok && i < n; i++)
		path[i] = bag_path(bag, LIST(bag) + i);
	if (!ok)
		(void)bag_no_memory();
	else if ((ok = bagit_paths_ok(path, n, bad)) == 0)
		errno = EEXIST;
	free(path);
	return ok == 1 ? 0 : bag_failed(bag, bad[0], t);
}

static int
tag_files(struct bag *bag, const struct bagit_info *info, struct trouble *t)
{
	struct bagit_info whole = *info;
	struct buf text = BUF_INIT;
	int rc;

	bagit_declaration(&text);
	rc = bag_put(bag, "bagit.txt", text.data, text.len, t);
	buf_clear(&text);
	whole.octets = bag->octets;
	whole.files = bag->files;
	bagit_info(&text, &whole);
	if (rc == 0)
		rc = bag_put(bag, "bag-info.txt", text.data, text.len, t);
	buf_release(&text);
	return rc;
}

/*
 * The payload manifests become tag files themselves; the tagmanifests list
 * the same files and neither of them the other.
 */
int
bag_manifests(struct bag *bag, const struct bagit_info *info,
    uint8_t hash_r[64], struct buf *text_r, struct trouble *t)
{
	struct bag_sums sums;
	size_t n;

	if (tag_files(bag, info, t) == -1 || look_at_names(bag, t) == -1)
		return -1;
	sort(bag);
	n = bag_count(bag);
	if (manifest(bag, BAGIT_SHA256, 0, n, t) == -1 ||
	    manifest(bag, BAGIT_SHA512, 0, n, t) == -1)
		return -1;
	sort(bag);
	n = bag_count(bag);
	if (manifest(bag, BAGIT_SHA256, 1, n, t) == -1 ||
	    top_manifest(bag, n, &sums, text_r, t) == -1)
		return -1;
	memcpy(hash_r, sums.sha512, sizeof sums.sha512);
	sort(bag);
	bag->sealed = 1;
	return bag_place(bag, t);
}

int
bag_end(struct bag *bag, struct trouble *t)
{
	if (look_at_names(bag, t) == -1)
		return -1;
	sort(bag);
	for (size_t i = 0; i < bag_count(bag); i++) {
		const struct kept *k = LIST(bag) + i;
		const struct zipw_file f = { bag_path(bag, k), k->crc,
		    k->size, k->offset };

		if (zipw_list(bag->zip, &f) == -1)
			return bag_failed(bag, f.path, t);
	}
	return zipw_end(bag->zip) == 0 ? 0 : bag_failed(bag, "", t);
}

int
bag_remove(const char *path, struct trouble *t)
{
	return unlink(path) == 0 || errno == ENOENT ? 0 :
	    trouble_errno(t, SAY_EXPORT_WRITE, path);
}
