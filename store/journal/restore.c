/* SPDX-License-Identifier: ISC */
/*
 * restore: a store from its backup and its keys.  Each file must have the
 * hash that the backup's list gives it.
 *
 * restore.part stands in the new folder until all is there: with it, the
 * folder is no store yet, and the same restore may go on.  The first start
 * of the store states that it was restored (restored.c).  It must never write
 * into a folder that holds anything else.
 */
#include "store/journal/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "store/sys.h"

#define MARKER "restore.part"

static int
found(void *arg, const char *name)
{
	/* A marker that was being written is nobody's. */
	if (strcmp(name, MARKER ".part") != 0)
		*(int *)arg = 1;
	return 0;
}

/* An empty folder, or one that an interrupted restore left. */
static int
begin(struct copying *c, const char *dir)
{
	struct buf note = BUF_INIT;
	char path[PATH_MAX];
	unsigned mode;
	int filled = 0, rc;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, MARKER);
	if (sys_mode(path, &mode) == 0)
		return 0;
	if (sys_mkdir(dir) == -1)
		return trouble_errno(c->t, SAY_STORE_MAKE, dir);
	if (sys_list(dir, found, &filled) != 0)
		return trouble_errno(c->t, SAY_STORE_READ, dir);
	if (filled)
		return trouble_set(c->t, SAY_RESTORE_HERE, dir, NULL, NULL,
		    NULL);
	buf_adds(&note, "A restore has begun here and is not done.\n");
	rc = copy_write(c, dir, MARKER, &note);
	buf_release(&note);
	return rc;
}

static int
make_dirs(struct copying *c, const char *dir)
{
	static const char *const names[] = { "journal", "blobs", "derived",
	    "keys" };
	char path[PATH_MAX];

	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (sys_mkdir(path) == -1)
			return trouble_errno(c->t, SAY_STORE_MAKE, path);
	}
	return 0;
}

static int64_t
size_of(const char *dir, const char *name)
{
	char path[PATH_MAX];
	int64_t size;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = sys_open(path, O_RDONLY);
	if (fd == -1)
		return -1;
	size = sys_size(fd);
	sys_close(fd);
	return size;
}

static int
put_file(struct copying *c, const char *backup, const char *dir,
    const struct sum *sum)
{
	char name[sizeof(sum->name)], source[PATH_MAX];
	struct leg leg = { backup, sum->name, dir, name, 0 };
	uint8_t hash[LOG_HASH_LEN];
	int64_t size = size_of(backup, sum->name);
	char *dash;

	(void)snprintf(name, sizeof(name), "%s", sum->name);
	dash = strchr(name, '-');
	if (dash != NULL)
		*dash = '\0';	/* the first bytes of a growing segment */
	if (size == -1) {
		(void)snprintf(source, sizeof(source), "%s/%s", backup,
		    sum->name);
		return trouble_errno(c->t, SAY_STORE_READ, source);
	}
	leg.size = (uint64_t)size;
	/* It got its name only after it was read back. */
	if (size_of(dir, name) == size)
		return copying_tell(c, leg.size);
	return copy_file(c, &leg, sum->hash, hash);
}

static int
put_files(struct copying *c, const char *backup, const char *dir,
    const struct buf *sums)
{
	struct sum sum;
	size_t at = 0;
	int64_t size;
	int r;

	while ((r = sums_next(sums, &at, &sum)) == 1) {
		size = size_of(backup, sum.name);
		c->total += size > 0 ? (uint64_t)size : 0;
	}
	for (at = 0; r == 0 && (r = sums_next(sums, &at, &sum)) == 1;) {
		if (put_file(c, backup, dir, &sum) == -1)
			return -1;
		r = 0;
	}
	return r == 0 ? 0 : trouble_set(c->t, SAY_RESTORE_NONE, backup, NULL,
	    NULL, NULL);
}

static int
put_ring(struct copying *c, const char *keys, const char *dir)
{
	struct buf ring = BUF_INIT;
	uint8_t store[STORE_ID_LEN];
	uint64_t generation;
	char to[PATH_MAX];
	int rc = -1;

	(void)snprintf(to, sizeof(to), "%s/keys", dir);
	if (copy_slurp(keys, "ring", &ring) == -1 ||
	    ring_peek(ring.data, ring.len, store, &generation) == -1)
		(void)trouble_set(c->t, SAY_STORE_RING_LOST, keys, NULL, NULL,
		    NULL);
	else if (copy_write(c, to, "ring", &ring) == 0 &&
	    copy_write(c, to, "ring.copy", &ring) == 0)
		rc = 0;
	buf_release(&ring);
	return rc;
}

static int
end(struct copying *c, const char *dir)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, MARKER);
	/* Before it is a store: whoever opens it then finds the mark. */
	if (restored_mark(c, dir) == -1)
		return -1;
	if (sys_sync_dir(dir) == -1)
		return trouble_errno(c->t, SAY_STORE_MAKE, dir);
	sys_step("restore:filled");
	sys_unlink(path);
	if (sys_sync_dir(dir) == -1)
		return trouble_errno(c->t, SAY_STORE_MAKE, dir);
	return 0;
}

int
log_restore(const char *backup, const char *backup_keys, const char *dir,
    log_progress_fn *progress, void *arg, struct trouble *t)
{
	struct copying c = { .what = "restore", .progress = progress,
	    .arg = arg, .t = t };
	struct buf sums = BUF_INIT;
	int rc = -1;

	if (copying_init(&c) == -1)
		return -1;
	if (copy_slurp(backup, "SHA256SUMS", &sums) == -1 || sums.len == 0)
		(void)trouble_set(t, SAY_RESTORE_NONE, backup, NULL, NULL,
		    NULL);
	else if (begin(&c, dir) == 0 && make_dirs(&c, dir) == 0 &&
	    put_files(&c, backup, dir, &sums) == 0 &&
	    put_ring(&c, backup_keys, dir) == 0)
		rc = end(&c, dir);
	buf_release(&sums);
	copying_release(&c);
	return rc;
}
