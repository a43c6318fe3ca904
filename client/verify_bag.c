/* SPDX-License-Identifier: ISC */
/*
 * verify_bag: the pass over the files of a bundle, and the bag around them:
 * names, manifests, tagmanifests, Payload-Oxum.  It must never call a bag
 * whole in which a file stands that no manifest lists.
 */
#include "client/verify_own.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"
#include "proto/out/layout.h"

struct pass {
	struct verify	*v;
	EVP_MD		*md256, *md512;
	EVP_MD_CTX	*sha256, *sha512;
	struct verify_file *file;	/* now going by */
	int		 table, disclosed, keep;
	int		 memory;	/* it ran out */
	int		 large;		/* LIMIT_VERIFY_KEPT */
};

/* ---- the pass ---------------------------------------------------------- */

static int
starts(const char *path, const char *with)
{
	return strncmp(path, with, strlen(with)) == 0;
}

static struct verify_file *
file_add(struct verify *v, const char *path)
{
	struct verify_file *file;

	if (v->nfiles == v->cap) {
		size_t cap = v->cap ? 2 * v->cap : 256;
		struct verify_file *more = reallocarray(v->files, cap,
		    sizeof *more);

		if (more == NULL)
			return NULL;
		v->files = more;
		v->cap = cap;
	}
	file = &v->files[v->nfiles];
	memset(file, 0, sizeof *file);
	if ((file->path = strdup(path)) == NULL)
		return NULL;
	v->nfiles++;
	return file;
}

static int
pass_begin(void *arg, const char *path)
{
	struct pass *p = arg;

	p->memory = 1;
	p->file = file_add(p->v, path);
	p->table = verify_rows_may(path);
	if (p->file == NULL ||
	    (p->table && beside_begin(p->v, path) == -1) ||
	    EVP_DigestInit_ex2(p->sha256, p->md256, NULL) != 1 ||
	    EVP_DigestInit_ex2(p->sha512, p->md512, NULL) != 1)
		return -1;
	p->memory = 0;
	p->disclosed = strcmp(path, LAYOUT_DISCLOSED) == 0;
	p->keep = !starts(path, LAYOUT_DATA) && !p->disclosed;
	return 0;
}

static int
pass_bytes(void *arg, const uint8_t *bytes, size_t n)
{
	struct pass *p = arg;
	struct verify *v = p->v;

	p->file->size += n;
	if (p->keep && (v->kept += n) > LIMIT_VERIFY_KEPT) {
		p->large = 1;
		return -1;
	}
	if (p->keep)
		buf_add(&p->file->kept, bytes, n);
	p->memory = (p->table && beside_bytes(v, bytes, n) == -1) ||
	    (p->disclosed && beside_disclosed(v, bytes, n) == -1) ||
	    EVP_DigestUpdate(p->sha256, bytes, n) != 1 ||
	    EVP_DigestUpdate(p->sha512, bytes, n) != 1 ||
	    buf_failed(&p->file->kept);
	return p->memory ? -1 : 0;
}

static int
pass_end(void *arg)
{
	struct pass *p = arg;

	p->memory = (p->table && beside_end(p->v) == -1) ||
	    EVP_DigestFinal_ex(p->sha256, p->file->sha256, NULL) != 1 ||
	    EVP_DigestFinal_ex(p->sha512, p->file->sha512, NULL) != 1;
	return p->memory ? -1 : 0;
}

static const struct input_calls pass_calls = {
	pass_begin, pass_bytes, pass_end
};

static int
order_path(const void *a, const void *b)
{
	return strcmp(((const struct verify_file *)a)->path,
	    ((const struct verify_file *)b)->path);
}

static enum say_key
input_say(const struct pass *p, enum input_fault fault)
{
	static const enum say_key keys[] = {
		[INPUT_ERRNO] = SAY_VERIFY_IN_ERRNO,
		[INPUT_ARCHIVE] = SAY_VERIFY_IN_ARCHIVE,
		[INPUT_TWOFOLD] = SAY_VERIFY_IN_TWOFOLD,
		[INPUT_LINK] = SAY_VERIFY_IN_LINK,
		[INPUT_NAME] = SAY_VERIFY_IN_NAME,
		[INPUT_TOP] = SAY_VERIFY_IN_TOP,
		[INPUT_SECRET] = SAY_VERIFY_IN_SECRET,
		[INPUT_DEEP] = SAY_VERIFY_IN_DEEP,
		[INPUT_MANY] = SAY_VERIFY_IN_MANY,
		[INPUT_LARGE] = SAY_VERIFY_IN_LARGE,
		[INPUT_BOMB] = SAY_VERIFY_IN_BOMB,
	};

	if (fault == INPUT_STOPPED)
		return p->large ? SAY_VERIFY_IN_LARGE :
		    SAY_VERIFY_NO_MEMORY;
	return keys[fault];
}

static int
pass_files(struct pass *p)
{
	struct verify *v = p->v;
	int rc;

	errno = 0;
	if (p->md256 == NULL || p->md512 == NULL || p->sha256 == NULL ||
	    p->sha512 == NULL)
		return verify_broken(v, VERIFY_STRUCTURE,
		    SAY_VERIFY_NO_MEMORY, NULL, NULL);
	rc = input_read(v->input, &pass_calls, p);
	if (rc == -1)
		verify_broken(v, VERIFY_STRUCTURE,
		    input_say(p, v->input->fault), v->input->where,
		    errno != 0 ? strerror(errno) : "");
	if (beside_wait(v) == -1 && rc == 0)
		rc = verify_broken(v, VERIFY_STRUCTURE, SAY_VERIFY_NO_MEMORY,
		    NULL, NULL);
	return rc;
}

static int
pass(struct verify *v)
{
	struct pass p = { .v = v,
	    .md256 = EVP_MD_fetch(NULL, "SHA256", NULL),
	    .md512 = EVP_MD_fetch(NULL, "SHA512", NULL),
	    .sha256 = EVP_MD_CTX_new(), .sha512 = EVP_MD_CTX_new() };
	int rc = pass_files(&p);

	EVP_MD_CTX_free(p.sha256);
	EVP_MD_CTX_free(p.sha512);
	EVP_MD_free(p.md256);
	EVP_MD_free(p.md512);
	if (v->nfiles > 1)
		qsort(v->files, v->nfiles, sizeof *v->files, order_path);
	return rc;
}

/* ---- structure --------------------------------------------------------- */

/* Names that could not stand beside each other everywhere. */
static int
names_ok(struct verify *v)
{
	const char **paths = calloc(v->nfiles + 1, sizeof *paths);
	const char *bad[2];
	int ok;

	for (size_t i = 0; paths != NULL && i < v->nfiles; i++)
		paths[i] = v->files[i].path;
	ok = paths != NULL ? bagit_paths_ok(paths, v->nfiles, bad) : -1;
	free(paths);
	if (ok == -1)
		return verify_broken(v, VERIFY_STRUCTURE,
		    SAY_VERIFY_NO_MEMORY, NULL, NULL);
	return ok ? 0 : verify_broken(v, VERIFY_STRUCTURE,
	    SAY_VERIFY_TWINS, bad[0], bad[1]);
}

static enum say_key
bagit_say(enum bagit_fault fault)
{
	static const enum say_key keys[] = {
		[BAGIT_FINE] = SAY_VERIFY_NO_MEMORY,
		[BAGIT_NO_MEMORY] = SAY_VERIFY_NO_MEMORY,
		[BAGIT_LINE] = SAY_VERIFY_BAG_LINE,
		[BAGIT_PATH] = SAY_VERIFY_BAG_PATH,
		[BAGIT_PLACE] = SAY_VERIFY_BAG_PLACE,
		[BAGIT_TWICE] = SAY_VERIFY_BAG_TWICE,
		[BAGIT_ORDER] = SAY_VERIFY_BAG_ORDER,
		[BAGIT_OXUM] = SAY_VERIFY_BAG_OXUM,
		[BAGIT_LONG] = SAY_VERIFY_BAG_LONG,
	};

	return keys[fault];
}

static int
structure(struct verify *v)
{
	const struct verify_file *bagit = verify_file(v, LAYOUT_BAGIT);
	const struct verify_file *info = verify_file(v, LAYOUT_INFO);
	enum bagit_fault fault;
	size_t line;

	if (bagit == NULL || info == NULL)
		return verify_broken(v, VERIFY_STRUCTURE, SAY_VERIFY_MISSING,
		    bagit == NULL ? LAYOUT_BAGIT : LAYOUT_INFO, NULL);
	if (!bagit_declaration_ok(bagit->kept.data, bagit->kept.len))
		return verify_broken(v, VERIFY_STRUCTURE,
		    SAY_VERIFY_DECLARATION, NULL, NULL);
	if (verify_file(v, "fetch.txt") != NULL)
		return verify_broken(v, VERIFY_STRUCTURE, SAY_VERIFY_FETCH,
		    NULL, NULL);
	if (names_ok(v) == -1)
		return -1;
	if (bagit_info_read(&v->info, &v->info_text, info->kept.len > 0 ?
	    (char *)info->kept.data : "", info->kept.len, &fault, &line) ==
	    -1)
		return verify_broken(v, VERIFY_STRUCTURE, bagit_say(fault),
		    LAYOUT_INFO, verify_number(line));
	verify_good(v, VERIFY_STRUCTURE, SAY_VERIFY_OK_STRUCTURE,
	    verify_number(v->nfiles), v->info.identifier);
	return 0;
}

/* ---- manifests --------------------------------------------------------- */

/* Files of which one of two lists is about. */
static int
is_listed_in(const struct verify_file *file, int tags)
{
	if (starts(file->path, LAYOUT_DATA))
		return !tags;
	return tags && !starts(file->path, LAYOUT_SEAL) &&
	    !starts(file->path, LAYOUT_TAGMANIFEST);
}

/*
 * In seal/, which no manifest lists: the first file that no check looks at;
 * NULL.
 */
static const char *
seal_stranger(const struct verify *v)
{
	static const char *const known[] = { LAYOUT_SIGNATURE, LAYOUT_STAMP,
	    LAYOUT_MASTER_STAMP, LAYOUT_TSA_CHAIN, LAYOUT_MASTER_HEAD,
	    LAYOUT_BUILD, LAYOUT_EXPORT, LAYOUT_EXPORT_PROOF };
	size_t i, n = sizeof known / sizeof known[0];

	for (const struct verify_file *f = verify_first(v, LAYOUT_SEAL);
	    f < v->files + v->nfiles && starts(f->path, LAYOUT_SEAL); f++) {
		for (i = 0; i < n && strcmp(f->path, known[i]) != 0; i++)
			;
		if (i == n)
			return f->path;
	}
	return NULL;
}

/* seal/build.json, if it is there, is of this bundle. */
static int
build_holds(const struct verify *v)
{
	const struct verify_file *build = verify_file(v, LAYOUT_BUILD);
	const struct verify_file *sealed = verify_file(v, LAYOUT_SEALED);
	struct buf want = BUF_INIT;
	int good;

	if (build == NULL || sealed == NULL)
		return 1;
	buf_adds(&want, "\"tagmanifest_sha512\":\"");
	buf_addhex(&want, sealed->sha512, sizeof sealed->sha512);
	buf_addc(&want, '"');
	good = !buf_failed(&want) && build->kept.len > 0 &&
	    memmem(build->kept.data, build->kept.len, want.data, want.len) !=
	    NULL;
	buf_release(&want);
	return good;
}

static void
tags_said(struct verify *v)
{
	const char *stranger = seal_stranger(v);

	if (!build_holds(v))
		verify_broken(v, VERIFY_TAGS, SAY_VERIFY_BUILD, LAYOUT_BUILD,
		    NULL);
	else if (stranger != NULL)
		verify_half(v, VERIFY_TAGS, SAY_VERIFY_HALF_TAGS, stranger,
		    NULL);
	else
		verify_good(v, VERIFY_TAGS, SAY_VERIFY_OK_TAGS, NULL, NULL);
}

/* Every file against the list, then every line against the files. */
static int
manifest_hold(struct verify *v, const struct bagit_manifest *m,
    enum bagit_hash hash, enum verify_check check, const char *name)
{
	int tags = check == VERIFY_TAGS;

	for (size_t i = 0; i < v->nfiles; i++) {
		const struct verify_file *file = &v->files[i];
		const struct bagit_file *line;

		if (!is_listed_in(file, tags))
			continue;
		if ((line = bagit_find(m, file->path)) == NULL)
			return verify_broken(v, check, SAY_VERIFY_UNLISTED,
			    file->path, name);
		if (memcmp(line->hash, hash == BAGIT_SHA512 ? file->sha512 :
		    file->sha256, bagit_hash_len(hash)) != 0)
			return verify_broken(v, check, SAY_VERIFY_CHANGED,
			    file->path, name);
	}
	for (size_t i = 0; i < m->nfiles; i++)
		if (verify_file(v, m->files[i].path) == NULL)
			return verify_broken(v, check, SAY_VERIFY_GONE,
			    m->files[i].path, name);
	return 0;
}

static int
manifest(struct verify *v, enum bagit_hash hash, enum verify_check check)
{
	int tags = check == VERIFY_TAGS;
	const struct verify_file *file;
	struct bagit_manifest m;
	enum bagit_fault fault;
	char name[64];
	size_t line;
	int rc;

	(void)snprintf(name, sizeof name, "%s%s.txt", tags ?
	    LAYOUT_TAGMANIFEST : LAYOUT_MANIFEST, bagit_hash_name(hash));
	if ((file = verify_file(v, name)) == NULL)
		return verify_broken(v, check, SAY_VERIFY_MISSING, name,
		    NULL);
	rc = bagit_manifest_read(&m, hash, tags, file->kept.len > 0 ?
	    (char *)file->kept.data : "", file->kept.len, &fault, &line);
	if (rc == -1)
		verify_broken(v, check, bagit_say(fault), name,
		    verify_number(line));
	else
		rc = manifest_hold(v, &m, hash, check, name);
	bagit_manifest_release(&m);
	return rc;
}

static void
manifests(struct verify *v)
{
	uint64_t octets = 0, files = 0;

	for (size_t i = 0; i < v->nfiles; i++)
		if (starts(v->files[i].path, LAYOUT_DATA)) {
			octets += v->files[i].size;
			files++;
		}
	if (manifest(v, BAGIT_SHA256, VERIFY_MANIFESTS) == 0 &&
	    manifest(v, BAGIT_SHA512, VERIFY_MANIFESTS) == 0)
		verify_good(v, VERIFY_MANIFESTS, SAY_VERIFY_OK_MANIFESTS,
		    verify_number(files), NULL);
	if (manifest(v, BAGIT_SHA256, VERIFY_TAGS) == 0 &&
	    manifest(v, BAGIT_SHA512, VERIFY_TAGS) == 0)
		tags_said(v);
	if (v->info.octets != octets || v->info.files != files)
		verify_broken(v, VERIFY_OXUM, SAY_VERIFY_OXUM,
		    verify_number(octets), verify_number(files));
	else
		verify_good(v, VERIFY_OXUM, SAY_VERIFY_OK_OXUM,
		    verify_number(octets), verify_number(files));
}

int
verify_bag(struct verify *v)
{
	if (pass(v) == -1 || structure(v) == -1)
		return -1;
	manifests(v);
	return 0;
}
