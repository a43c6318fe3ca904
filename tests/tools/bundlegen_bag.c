/* SPDX-License-Identifier: ISC */
/*
 * bundlegen_bag: the files of the bundle that bundlegen makes, and the bag
 * around them, which lists each with its sums.
 */
#include "tests/tools/bundlegen.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "proto/out/bagit.h"
#include "proto/out/layout.h"

#define FILES 4096

static const char *folder;
static struct bagit_file made[FILES];
static uint8_t made512[FILES][64];
static size_t nmade;
static uint64_t octets, payload;

void
gen_begin(const char *path)
{
	folder = path;
	if (mkdir(folder, 0755) == -1)
		err(1, "%s", folder);
}

static void
folders(char *path)
{
	for (char *p = path + strlen(folder); (p = strchr(p + 1, '/')) !=
	    NULL; *p = '/') {
		*p = '\0';
		if (mkdir(path, 0755) == -1 && errno != EEXIST)
			err(1, "%s", path);
	}
}

static FILE *
make(const char *path)
{
	char full[4096];
	FILE *f;

	(void)snprintf(full, sizeof full, "%s/%s", folder, path);
	folders(full);
	if ((f = fopen(full, "we")) == NULL)
		err(1, "%s", full);
	return f;
}

void
gen_list(const char *path, const void *p, size_t n)
{
	struct bagit_file *file = &made[nmade];

	if (nmade == FILES || !bagit_path_ok(path, strlen(path)))
		errx(1, "%s", path);
	file->path = strdup(path);
	if (EVP_Digest(p, n, file->hash, NULL, EVP_sha256(), NULL) != 1 ||
	    EVP_Digest(p, n, made512[nmade], NULL, EVP_sha512(), NULL) != 1)
		errx(1, "digest");
	nmade++;
	if (strncmp(path, LAYOUT_DATA, strlen(LAYOUT_DATA)) == 0) {
		octets += n;
		payload++;
	}
}

void
gen_put(const char *path, struct buf *b)
{
	FILE *f = make(path);

	if (buf_failed(b) || fwrite(b->data, 1, b->len, f) != b->len ||
	    fclose(f) != 0)
		err(1, "%s", path);
	gen_list(path, b->len > 0 ? (const void *)b->data : "", b->len);
	buf_clear(b);
}

void
gen_sha256(char hex_r[65])
{
	for (int i = 0; i < 32; i++)
		(void)snprintf(hex_r + 2 * i, 3, "%02x",
		    made[nmade - 1].hash[i]);
}

static int
order(const void *a, const void *b)
{
	return strcmp(made[*(const size_t *)a].path,
	    made[*(const size_t *)b].path);
}

static void
put_manifest(int tags, enum bagit_hash hash)
{
	static size_t at[FILES];
	char path[64];
	struct buf b = BUF_INIT;
	size_t n = 0;

	for (size_t i = 0; i < nmade; i++)
		if ((strncmp(made[i].path, LAYOUT_DATA,
		    strlen(LAYOUT_DATA)) != 0) == tags &&
		    strncmp(made[i].path, "tagmanifest-", 12) != 0)
			at[n++] = i;
	qsort(at, n, sizeof at[0], order);
	for (size_t i = 0; i < n; i++)
		bagit_line(&b, hash, hash == BAGIT_SHA512 ? made512[at[i]] :
		    made[at[i]].hash, made[at[i]].path);
	(void)snprintf(path, sizeof path, "%s%s.txt", tags ?
	    LAYOUT_TAGMANIFEST : LAYOUT_MANIFEST, bagit_hash_name(hash));
	gen_put(path, &b);
	buf_release(&b);
}

void
gen_bag(const struct checkpoint *head)
{
	const struct bagit_info info = {
		.organization = "Feld & Partner", .date = "2026-03-02",
		.identifier = "B-0001", .octets = octets, .files = payload,
		.origin = head->origin, .tree_size = head->size,
	};
	struct buf b = BUF_INIT;

	bagit_declaration(&b);
	gen_put(LAYOUT_BAGIT, &b);
	bagit_info(&b, &info);
	gen_put(LAYOUT_INFO, &b);
	for (int tags = 0; tags < 2; tags++) {
		put_manifest(tags, BAGIT_SHA256);
		put_manifest(tags, BAGIT_SHA512);
	}
	buf_release(&b);
}

void
gen_end(void)
{
	for (size_t i = 0; i < nmade; i++)
		free((char *)(uintptr_t)made[i].path);
}
