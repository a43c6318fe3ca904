/* SPDX-License-Identifier: ISC */
/*
 * bag: see bag.h.  A file whose size is known (bag_copy) takes its place in
 * the zip at once.  All others wait in one file without a name, each as a
 * list of extents, until the manifests say what there is; then they follow in
 * the order of their paths:
 *
 *	bag_copy() ...	bag_open(), bag_put() by path	seal/	directory
 *
 * What is kept of a file until the end is its path (in one run of bytes), two
 * hashes and where it stands: about 200 bytes.
 */
#include "daemon/export/bag_own.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define MUCH	(128u << 10)	/* bytes of a file that are held at most */

static const char *const sum_names[SUMS] = {
	"SHA256", "SHA512", "MD5", "SHA1"
};

/* Sums of what comes piece by piece. */
struct summing {
	EVP_MD_CTX	*ctx[SUMS];
	struct bag_sums	 sums;
};

struct bag_file {
	struct bag	*bag;
	char		 path[BAGIT_PATH_MAX + 1];
	struct summing	 summing;
	struct buf	 out;
	struct buf	 extents;	/* of what was written */
};

int
bag_failed(const struct bag *bag, const char *path, struct trouble *t)
{
	char where[PATH_MAX];

	(void)snprintf(where, sizeof where, "%s/%s", bag->path, path);
	return trouble_errno(t, SAY_EXPORT_WRITE, where);
}

/* ---- life -------------------------------------------------------- */

struct bag *
bag_new(const char *path, const char *top, struct trouble *t)
{
	struct bag *bag = calloc(1, sizeof *bag);
	int ok = bag != NULL;

	if (ok) {
		(void)pthread_mutex_init(&bag->mutex, NULL);
		bag->aside = -1;
	}
	for (int i = 0; ok && i < SUMS; i++)
		ok = (bag->md[i] = EVP_MD_fetch(NULL, sum_names[i], NULL)) !=
		    NULL;
	if (ok && (bag->path = strdup(path)) != NULL &&
	    (bag->zip = zipw_new(path, top)) != NULL &&
	    (bag->aside = zipw_aside(bag->zip)) != -1)
		return bag;
	(void)trouble_errno(t, SAY_EXPORT_WRITE, path);
	bag_free(bag);
	return NULL;
}

void
bag_free(struct bag *bag)
{
	if (bag == NULL)
		return;
	zipw_free(bag->zip);
	if (bag->aside != -1)
		(void)close(bag->aside);	/* it has no name */
	for (int i = 0; i < SUMS; i++)
		EVP_MD_free(bag->md[i]);
	buf_release(&bag->paths);
	buf_release(&bag->kept);
	buf_release(&bag->extents);
	(void)pthread_mutex_destroy(&bag->mutex);
	free(bag->path);
	free(bag);
}

uint64_t
bag_octets(const struct bag *bag)
{
	return bag->octets;
}

uint64_t
bag_files(const struct bag *bag)
{
	return bag->files;
}

/* ---- what is kept of a file -------------------------------------- */

/* It stands in the manifests from here on. */
static int
keep(struct bag *bag, const char *path, const struct bag_sums *sums,
    const struct buf *extents, uint64_t offset)
{
	struct kept k = { .crc = sums->crc, .size = sums->size,
	    .offset = offset };
	int bad = buf_failed(extents);

	memcpy(k.sha256, sums->sha256, sizeof k.sha256);
	memcpy(k.sha512, sums->sha512, sizeof k.sha512);
	k.extents = (uint32_t)(extents->len / sizeof(struct extent));
	pthread_mutex_lock(&bag->mutex);
	k.path = bag->paths.len;
	k.extent = (uint32_t)(bag->extents.len / sizeof(struct extent));
	buf_add(&bag->paths, path, strlen(path) + 1);
	buf_add(&bag->extents, extents->data, extents->len);
	buf_add(&bag->kept, &k, sizeof k);
	bad |= buf_failed(&bag->paths) | buf_failed(&bag->kept) |
	    buf_failed(&bag->extents);
	if (bag_below(path, "data/")) {
		bag->octets += sums->size;
		bag->files++;
	}
	pthread_mutex_unlock(&bag->mutex);
	return bad ? bag_no_memory() : 0;
}

/* ---- sums -------------------------------------------------------- */

static void
summing_release(struct summing *s)
{
	for (int i = 0; i < SUMS; i++)
		EVP_MD_CTX_free(s->ctx[i]);
}

/* Release it either way. */
static int
summing_begin(struct summing *s, const struct bag *bag, unsigned flags)
{
	int ok = 1;

	memset(s, 0, sizeof *s);
	for (int i = 0; ok && i < (flags & BAG_OLD ? SUMS : SUM_MD5); i++) {
		s->ctx[i] = EVP_MD_CTX_new();
		ok = s->ctx[i] != NULL && EVP_DigestInit_ex2(s->ctx[i],
		    bag->md[i], NULL) == 1;
	}
	return ok ? 0 : bag_no_memory();
}

static int
summing_add(struct summing *s, const uint8_t *p, size_t n)
{
	int ok = 1;

	for (int i = 0; ok && i < SUMS; i++)
		ok = s->ctx[i] == NULL ||
		    EVP_DigestUpdate(s->ctx[i], p, n) == 1;
	s->sums.crc = (uint32_t)crc32_z(s->sums.crc, p, n);
	s->sums.size += n;
	return ok ? 0 : bag_no_memory();
}

static const struct bag_sums *
summing_end(struct summing *s)
{
	uint8_t *const to[SUMS] = {
		s->sums.sha256, s->sums.sha512, s->sums.md5, s->sums.sha1
	};

	for (int i = 0; i < SUMS; i++)
		if (s->ctx[i] != NULL)
			(void)EVP_DigestFinal_ex(s->ctx[i], to[i], NULL);
	return &s->sums;
}

/* ---- one file ---------------------------------------------------- */

static int
may_take(const struct bag *bag, const char *path)
{
	if (bagit_path_ok(path, strlen(path)) &&
	    (!bag->sealed || bag_below(path, "seal/")))
		return 1;
	errno = bag->sealed ? EROFS : EINVAL;
	return 0;
}

void
bag_drop(struct bag_file *f)
{
	if (f == NULL)
		return;
	summing_release(&f->summing);
	buf_release(&f->out);
	buf_release(&f->extents);
	free(f);
}

struct bag_file *
bag_open(struct bag *bag, const char *path, unsigned flags, struct trouble *t)
{
	struct bag_file *f = calloc(1, sizeof *f);

	if (f != NULL && summing_begin(&f->summing, bag, flags) == 0 &&
	    may_take(bag, path)) {
		f->bag = bag;
		(void)snprintf(f->path, sizeof f->path, "%s", path);
		return f;
	}
	(void)bag_failed(bag, path, t);
	bag_drop(f);
	return NULL;
}

struct buf *
bag_out(struct bag_file *f)
{
	return &f->out;
}

/* What has come so far goes aside. */
static int
take(struct bag_file *f, struct trouble *t)
{
	struct bag *bag = f->bag;
	struct extent e = { 0, f->out.len };

	if (buf_failed(&f->out)) {
		(void)bag_no_memory();
		return bag_failed(bag, f->path, t);
	}
	if (e.size == 0)
		return 0;
	pthread_mutex_lock(&bag->mutex);
	e.offset = bag->aside_end;
	bag->aside_end += e.size;
	pthread_mutex_unlock(&bag->mutex);
	buf_add(&f->extents, &e, sizeof e);
	if (summing_add(&f->summing, f->out.data, f->out.len) == -1 ||
	    zipw_write_to(bag->aside, e.offset, f->out.data, f->out.len) ==
	    -1)
		return bag_failed(bag, f->path, t);
	buf_clear(&f->out);
	return 0;
}

int
bag_flush(struct bag_file *f, struct trouble *t)
{
	return f->out.len < MUCH && !buf_failed(&f->out) ? 0 : take(f, t);
}

/* ---- what waited ------------------------------------------------- */

/* Appends up to MUCH bytes between two places of a file. */
static int
read_at(int fd, uint64_t at, uint64_t end, struct buf *out)
{
	size_t want = end - at < MUCH ? (size_t)(end - at) : MUCH;
	uint8_t *room = buf_reserve(out, want);
	ssize_t n;

	if (room == NULL)
		return bag_no_memory();
	while ((n = pread(fd, room, want, (off_t)at)) == -1 && errno == EINTR)
		;
	if (n == 0)
		errno = EIO;	/* shorter than it was said to be */
	if (n <= 0)
		return -1;
	buf_commit(out, (size_t)n);
	return 0;
}

static int
place_extent(struct bag *bag, const struct extent *e, uint64_t to)
{
	struct buf piece = BUF_INIT;
	uint64_t at = e->offset, end = at + e->size;
	int rc = 0;

	while (rc == 0 && at < end) {
		buf_clear(&piece);
		rc = read_at(bag->aside, at, end, &piece);
		if (rc == 0)
			rc = zipw_write(bag->zip, to, piece.data, piece.len);
		at += piece.len;
		to += piece.len;
	}
	buf_release(&piece);
	return rc;
}

static int
place(struct bag *bag, struct kept *k)
{
	const struct extent *e = (const void *)bag->extents.data;
	struct zipw_file f = { bag_path(bag, k), k->crc, k->size, 0 };
	struct buf head = BUF_INIT;
	uint64_t at = k->offset = zipw_room(bag->zip, &f);
	int rc;

	zipw_head(bag->zip, &f, &head);
	rc = buf_failed(&head) ? bag_no_memory() :
	    zipw_write(bag->zip, at, head.data, head.len);
	at += head.len;
	for (uint32_t i = k->extent; rc == 0 && i < k->extent + k->extents;
	    at += e[i++].size)
		rc = place_extent(bag, &e[i], at);
	buf_release(&head);
	return rc;
}

int
bag_place(struct bag *bag, struct trouble *t)
{
	struct kept *k = (void *)bag->kept.data;

	for (size_t i = 0; i < bag_count(bag); i++)
		if (k[i].offset == BAG_WAITS && place(bag, &k[i]) == -1)
			return bag_failed(bag, bag_path(bag, &k[i]), t);
	bag->aside_end = 0;
	bag->extents.len = 0;
	return 0;
}

int
bag_close(struct bag_file *f, struct bag_sums *sums_r, struct trouble *t)
{
	struct bag *bag = f->bag;
	int rc = take(f, t);
	const struct bag_sums *sums = summing_end(&f->summing);

	if (rc == 0 && keep(bag, f->path, sums, &f->extents, BAG_WAITS) == -1)
		rc = bag_failed(bag, f->path, t);
	if (rc == 0 && bag->sealed)
		rc = bag_place(bag, t);
	if (sums_r != NULL)
		*sums_r = *sums;
	bag_drop(f);
	return rc;
}

/* ---- whole files ------------------------------------------------- */

int
bag_put(struct bag *bag, const char *path, const void *bytes, size_t n,
    struct trouble *t)
{
	struct bag_file *f = bag_open(bag, path, 0, t);

	if (f == NULL)
		return -1;
	buf_add(bag_out(f), bytes, n);
	return bag_close(f, NULL, t);
}

int
bag_sum(const struct bag *bag, int fd, uint64_t size, unsigned flags,
    struct bag_sums *sums_r, struct trouble *t)
{
	struct buf piece = BUF_INIT;
	struct summing s;
	int rc = summing_begin(&s, bag, flags);

	while (rc == 0 && s.sums.size < size) {
		buf_clear(&piece);
		rc = read_at(fd, s.sums.size, size, &piece);
		if (rc == 0)
			rc = summing_add(&s, piece.data, piece.len);
	}
	*sums_r = *summing_end(&s);
	summing_release(&s);
	buf_release(&piece);
	return rc == 0 ? 0 : bag_failed(bag, "", t);
}

/* Its head and its first bytes at once: most files are small. */
static int
copy(struct bag *bag, int fd, struct zipw_file *to)
{
	struct buf piece = BUF_INIT;
	uint64_t at = 0, end = to->size, room;
	int rc = 0;

	room = to->offset = zipw_room(bag->zip, to);
	zipw_head(bag->zip, to, &piece);
	do {
		size_t before = piece.len;

		if (at < end)
			rc = read_at(fd, at, end, &piece);
		if (rc == 0)
			rc = zipw_write(bag->zip, room, piece.data,
			    piece.len);
		room += piece.len;
		at += piece.len - before;
		buf_clear(&piece);
	} while (rc == 0 && at < end);
	buf_release(&piece);
	return rc;
}

int
bag_copy(struct bag *bag, const char *path, int fd,
    const struct bag_sums *sums, struct trouble *t)
{
	struct zipw_file to = { path, sums->crc, sums->size, 0 };
	const struct buf none = BUF_INIT;

	if (may_take(bag, path) && copy(bag, fd, &to) == 0 &&
	    keep(bag, path, sums, &none, to.offset) == 0)
		return 0;
	return bag_failed(bag, path, t);
}
