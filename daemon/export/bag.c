/* SPDX-License-Identifier: ISC */
/*
 * bag: see bag.h.  Paths are relative to one descriptor of the base folder,
 * so that a file costs an open, a write and a close; its folder is made when
 * the open says that there is none.
 *
 * What is kept of a file until the manifests are written is its path (in one
 * run of bytes) and two hashes: about 150 bytes.
 */
#include "daemon/export/bag.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MUCH	(128u << 10)	/* bytes of a file that are held at most */

enum { SUM_SHA256, SUM_SHA512, SUM_MD5, SUM_SHA1, SUMS };

static const char *const sum_names[SUMS] = {
	"SHA256", "SHA512", "MD5", "SHA1"
};

struct kept {
	size_t	 path;			/* in bag.paths */
	uint8_t	 sha256[32], sha512[64];
};

struct bag {
	char		*folder;
	int		 fd;
	EVP_MD		*md[SUMS];
	struct buf	 paths;
	struct buf	 kept;		/* struct kept, one a file */
	uint64_t	 octets, files;
	int		 sealed;	/* the manifests are there */
};

struct bag_file {
	struct bag	*bag;
	char		 path[BAGIT_PATH_MAX + 1];
	int		 fd;
	unsigned	 flags;
	EVP_MD_CTX	*ctx[SUMS];
	struct buf	 out;
	uint64_t	 size;
};

static int
bag_failed(const struct bag *bag, const char *path, struct trouble *t)
{
	char where[PATH_MAX];

	(void)snprintf(where, sizeof where, "%s/%s", bag->folder, path);
	return trouble_errno(t, SAY_EXPORT_WRITE, where);
}

/* ---- life -------------------------------------------------------- */

struct bag *
bag_new(const char *folder, struct trouble *t)
{
	struct bag *bag = calloc(1, sizeof *bag);
	int ok = bag != NULL;

	if (bag != NULL)
		bag->fd = -1;
	for (int i = 0; ok && i < SUMS; i++)
		ok = (bag->md[i] = EVP_MD_fetch(NULL, sum_names[i], NULL)) !=
		    NULL;
	if (ok && (bag->folder = strdup(folder)) != NULL &&
	    mkdir(folder, 0700) == 0 && (bag->fd = open(folder, O_RDONLY |
	    O_DIRECTORY | O_CLOEXEC)) != -1)
		return bag;
	(void)trouble_errno(t, SAY_EXPORT_WRITE, folder);
	bag_free(bag);
	return NULL;
}

void
bag_free(struct bag *bag)
{
	if (bag == NULL)
		return;
	if (bag->fd != -1)
		(void)close(bag->fd);	/* of a folder */
	for (int i = 0; i < SUMS; i++)
		EVP_MD_free(bag->md[i]);
	buf_release(&bag->paths);
	buf_release(&bag->kept);
	free(bag->folder);
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

/* ---- one file ---------------------------------------------------- */

static int
below(const char *path, const char *folder)
{
	return strncmp(path, folder, strlen(folder)) == 0;
}

/* Makes each folder of a path. */
static int
make_folders(const struct bag *bag, const char *path)
{
	char part[BAGIT_PATH_MAX + 1];

	for (const char *p = path; (p = strchr(p, '/')) != NULL; p++) {
		memcpy(part, path, (size_t)(p - path));
		part[p - path] = '\0';
		if (mkdirat(bag->fd, part, 0700) == -1 && errno != EEXIST)
			return -1;
	}
	return 0;
}

static int
make_file(const struct bag *bag, const char *path)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
	int fd;

	if (bag->sealed && !below(path, "seal/")) {
		errno = EROFS;
		return -1;
	}
	if (!bagit_path_ok(path, strlen(path))) {
		errno = EINVAL;
		return -1;
	}
	fd = openat(bag->fd, path, flags, 0600);
	if (fd == -1 && errno == ENOENT && make_folders(bag, path) == 0)
		fd = openat(bag->fd, path, flags, 0600);
	return fd;
}

void
bag_drop(struct bag_file *f)
{
	if (f == NULL)
		return;
	if (f->fd != -1)
		(void)close(f->fd);	/* whoever drops it knows why */
	for (int i = 0; i < SUMS; i++)
		EVP_MD_CTX_free(f->ctx[i]);
	buf_release(&f->out);
	free(f);
}

struct bag_file *
bag_open(struct bag *bag, const char *path, unsigned flags, struct trouble *t)
{
	struct bag_file *f = calloc(1, sizeof *f);
	int ok = f != NULL;

	if (f != NULL)
		f->fd = -1;
	for (int i = 0; ok && i < (flags & BAG_OLD ? SUMS : SUM_MD5); i++) {
		f->ctx[i] = EVP_MD_CTX_new();
		ok = f->ctx[i] != NULL && EVP_DigestInit_ex2(f->ctx[i],
		    bag->md[i], NULL) == 1;
	}
	if (ok && (f->fd = make_file(bag, path)) != -1) {
		f->bag = bag;
		f->flags = flags;
		(void)snprintf(f->path, sizeof f->path, "%s", path);
		return f;
	}
	if (!ok)
		errno = ENOMEM;
	(void)bag_failed(bag, path, t);
	bag_drop(f);
	return NULL;
}

struct buf *
bag_out(struct bag_file *f)
{
	return &f->out;
}

static int
write_all(int fd, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static int
take(struct bag_file *f, struct trouble *t)
{
	int ok = !buf_failed(&f->out);

	for (int i = 0; ok && i < SUMS; i++)
		ok = f->ctx[i] == NULL || EVP_DigestUpdate(f->ctx[i],
		    f->out.data, f->out.len) == 1;
	if (!ok)
		errno = ENOMEM;
	if (!ok || write_all(f->fd, f->out.data, f->out.len) == -1)
		return bag_failed(f->bag, f->path, t);
	f->size += f->out.len;
	buf_clear(&f->out);
	return 0;
}

int
bag_flush(struct bag_file *f, struct trouble *t)
{
	return f->out.len < MUCH && !buf_failed(&f->out) ? 0 : take(f, t);
}

/* The file stands in the manifests from here on. */
static int
keep(struct bag *bag, const char *path, const struct bag_sums *sums)
{
	struct kept kept = { .path = bag->paths.len };

	if (below(path, "seal/"))
		return 0;
	memcpy(kept.sha256, sums->sha256, sizeof kept.sha256);
	memcpy(kept.sha512, sums->sha512, sizeof kept.sha512);
	buf_add(&bag->paths, path, strlen(path) + 1);
	buf_add(&bag->kept, &kept, sizeof kept);
	if (buf_failed(&bag->paths) || buf_failed(&bag->kept)) {
		errno = ENOMEM;
		return -1;
	}
	if (below(path, "data/")) {
		bag->octets += sums->size;
		bag->files++;
	}
	return 0;
}

int
bag_close(struct bag_file *f, struct bag_sums *sums_r, struct trouble *t)
{
	struct bag_sums sums = { .size = 0 };
	uint8_t *const to[SUMS] = {
		sums.sha256, sums.sha512, sums.md5, sums.sha1
	};
	int rc = take(f, t), fd = f->fd;

	for (int i = 0; i < SUMS; i++)
		if (f->ctx[i] != NULL)
			(void)EVP_DigestFinal_ex(f->ctx[i], to[i], NULL);
	sums.size = f->size;
	f->fd = -1;
	if (rc == 0 && (close(fd) == -1 || keep(f->bag, f->path, &sums) ==
	    -1))
		rc = bag_failed(f->bag, f->path, t);
	else if (rc == -1)
		(void)close(fd);	/* it failed before */
	if (sums_r != NULL)
		*sums_r = sums;
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

/* Up to a handful of bytes from an offset into the file's out. */
static int
fill(struct bag_file *f, int fd, uint64_t at, uint64_t end)
{
	size_t want = end - at < MUCH ? (size_t)(end - at) : MUCH;
	uint8_t *room = buf_reserve(&f->out, want);
	ssize_t n;

	if (room == NULL) {
		errno = ENOMEM;
		return -1;
	}
	while ((n = pread(fd, room, want, (off_t)at)) == -1 && errno == EINTR)
		;
	if (n == 0)
		errno = EIO;	/* shorter than it was said to be */
	if (n <= 0)
		return -1;
	buf_commit(&f->out, (size_t)n);
	return 0;
}

int
bag_copy(struct bag *bag, const char *path, int fd, uint64_t size,
    unsigned flags, struct bag_sums *sums_r, struct trouble *t)
{
	struct bag_file *f = bag_open(bag, path, flags, t);

	if (f == NULL)
		return -1;
	for (uint64_t at = 0; at < size; at = f->size) {
		if (fill(f, fd, at, size) == -1) {
			(void)bag_failed(bag, path, t);
			bag_drop(f);
			return -1;
		}
		if (take(f, t) == -1) {
			bag_drop(f);
			return -1;
		}
	}
	return bag_close(f, sums_r, t);
}

/* ---- the end ----------------------------------------------------- */

static int
by_path(const void *a, const void *b, void *paths)
{
	const struct kept *x = a, *y = b;
	const char *p = paths;

	return strcmp(p + x->path, p + y->path);
}

static int
wanted(const char *path, int tags)
{
	return below(path, "data/") != tags;
}

/* A manifest or tagmanifest over what is kept now. */
static int
manifest(struct bag *bag, enum bagit_hash hash, int tags,
    struct bag_sums *sums_r, struct buf *text_r, struct trouble *t)
{
	const struct kept *k = (const void *)bag->kept.data;
	size_t n = bag->kept.len / sizeof *k;
	struct bag_file *f;
	char name[64];

	(void)snprintf(name, sizeof name, "%smanifest-%s.txt",
	    tags ? "tag" : "", bagit_hash_name(hash));
	if ((f = bag_open(bag, name, 0, t)) == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const char *path = (const char *)bag->paths.data + k[i].path;

		if (!wanted(path, tags))
			continue;
		bagit_line(bag_out(f), hash, hash == BAGIT_SHA256 ?
		    k[i].sha256 : k[i].sha512, path);
		if (text_r == NULL && bag_flush(f, t) == -1) {
			bag_drop(f);
			return -1;
		}
	}
	if (text_r != NULL)
		buf_add(text_r, bag_out(f)->data, bag_out(f)->len);
	return bag_close(f, sums_r, t);
}

static void
sort(struct bag *bag)
{
	qsort_r(bag->kept.data, bag->kept.len / sizeof(struct kept),
	    sizeof(struct kept), by_path, bag->paths.data);
}

/* No two names that a file system takes for one. */
static int
look_at_names(struct bag *bag, struct trouble *t)
{
	const struct kept *k = (const void *)bag->kept.data;
	size_t n = bag->kept.len / sizeof *k;
	const char **path = calloc(n + 1, sizeof *path);
	const char *bad[2] = { "", "" };
	int ok = path != NULL;

	for (size_t i = 0; ok && i < n; i++)
		path[i] = (const char *)bag->paths.data + k[i].path;
	if (!ok)
		errno = ENOMEM;
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
	struct bag_sums sums = { .size = 0 };
	size_t kept;
	int rc;

	if (tag_files(bag, info, t) == -1 || look_at_names(bag, t) == -1)
		return -1;
	sort(bag);
	if (manifest(bag, BAGIT_SHA256, 0, NULL, NULL, t) == -1 ||
	    manifest(bag, BAGIT_SHA512, 0, NULL, NULL, t) == -1)
		return -1;
	sort(bag);
	kept = bag->kept.len;
	rc = manifest(bag, BAGIT_SHA256, 1, NULL, NULL, t);
	bag->kept.len = kept;
	buf_clear(text_r);
	if (rc == 0)
		rc = manifest(bag, BAGIT_SHA512, 1, &sums, text_r, t);
	bag->kept.len = kept;
	if (rc == 0 && buf_failed(text_r)) {
		errno = ENOMEM;
		rc = bag_failed(bag, "tagmanifest-sha512.txt", t);
	}
	memcpy(hash_r, sums.sha512, sizeof sums.sha512);
	bag->sealed = rc == 0;
	return rc;
}

int
bag_sync(struct bag *bag, struct trouble *t)
{
	return syncfs(bag->fd) == 0 ? 0 : bag_failed(bag, "", t);
}

int
bag_remove(const char *folder, struct trouble *t)
{
	char *const paths[] = { (char *)(uintptr_t)folder, NULL };
	FTS *fts;
	FTSENT *e;
	int bad = 0;

	if (access(folder, F_OK) == -1 && errno == ENOENT)
		return 0;
	if ((fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV,
	    NULL)) == NULL)
		return trouble_errno(t, SAY_EXPORT_WRITE, folder);
	while ((e = fts_read(fts)) != NULL) {
		if (e->fts_info == FTS_D)
			continue;
		if (e->fts_info == FTS_DP ? rmdir(e->fts_accpath) == -1 :
		    unlink(e->fts_accpath) == -1)
			bad = errno;
	}
	(void)fts_close(fts);
	errno = bad;
	return bad == 0 ? 0 : trouble_errno(t, SAY_EXPORT_WRITE, folder);
}
