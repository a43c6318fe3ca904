/* SPDX-License-Identifier: ISC */
/*
 * backup: copies what a backup lacks, from a store that may be running.
 *
 * The order makes the copy whole: first the journal position is fixed; the
 * blob files listed after that hold every piece that it names (they are
 * synced before the entries); the ring read after that has a row for every
 * file listed (rows are durable before their segment is made).  Blobs, then
 * the journal up to the position, then the list.
 *
 * It must never write into the store, nor put the ring beside the segments.
 */
#include "store/journal/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/sys.h"

struct backup {
	struct copying		 c;
	struct log		*log;
	struct files		*files;		/* listed after the position */
	const char		*dest;
	struct buf		 old, sums;	/* SHA256SUMS then and now */
	struct log_verified	*sum;
};

/* ---- the folders ---------------------------------------------------- */

static int
make(struct backup *b, const char *dir, const char *name)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s%s", dir, name);
	return sys_mkdir(path) == 0 ? 0 :
	    trouble_errno(b->c.t, SAY_STORE_MAKE, path);
}

/* Whoever takes the backup must not have the keys with it. */
static int
check_apart(struct backup *b, const char *keys)
{
	char *dest = realpath(b->dest, NULL), *apart = realpath(keys, NULL);
	size_t n = dest == NULL ? 0 : strlen(dest);
	int rc = 0;

	if (dest != NULL && apart != NULL && strncmp(dest, apart, n) == 0 &&
	    (apart[n] == '/' || apart[n] == '\0'))
		rc = trouble_set(b->c.t, SAY_BACKUP_SAME_PLACE, b->dest, NULL,
		    NULL, NULL);
	free(dest);
	free(apart);
	return rc;
}

static void
say_backup(struct backup *b, int with_entry, struct buf *out)
{
	buf_adds(out, "dossier backup 1\nstore ");
	buf_addhex(out, log_store_id(b->log), STORE_ID_LEN);
	buf_addc(out, '\n');
	if (!with_entry)
		return;
	buf_adds(out, "entry ");
	buf_addu(out, b->log->head.next_seq - 1);
	buf_addc(out, '\n');
}

/* A folder that is a backup already must be one of this store. */
static int
check_dest(struct backup *b)
{
	struct buf have = BUF_INIT, want = BUF_INIT;
	int rc = 0;

	say_backup(b, 0, &want);
	if (copy_slurp(b->dest, "backup", &have) == 0 &&
	    (have.len < want.len || memcmp(have.data, want.data, want.len)
	    != 0))
		rc = trouble_set(b->c.t, SAY_BACKUP_OTHER, b->dest, NULL,
		    NULL, NULL);
	buf_release(&have);
	buf_release(&want);
	return rc;
}

static int
make_all(struct backup *b, const char *keys)
{
	if (make(b, b->dest, "") == -1 || make(b, keys, "") == -1 ||
	    check_apart(b, keys) == -1 || check_dest(b) == -1)
		return -1;
	return make(b, b->dest, "/journal") == -1 ||
	    make(b, b->dest, "/blobs") == -1 ||
	    make(b, b->dest, "/derived") == -1 ? -1 : 0;
}

/* ---- keys ----------------------------------------------------------- */

static int
copy_ring(struct backup *b, const char *keys)
{
	struct buf ring = BUF_INIT;
	uint8_t store[STORE_ID_LEN];
	uint64_t generation;
	char dir[PATH_MAX];
	int rc = -1;

	(void)snprintf(dir, sizeof(dir), "%s/keys", b->log->dir);
	if (copy_slurp(dir, "ring", &ring) == -1 ||
	    ring_peek(ring.data, ring.len, store, &generation) == -1) {
		buf_clear(&ring);
		if (copy_slurp(dir, "ring.copy", &ring) == -1 ||
		    ring_peek(ring.data, ring.len, store, &generation) == -1) {
			(void)trouble_set(b->c.t, SAY_STORE_RING_LOST, dir,
			    NULL, NULL, NULL);
			goto out;
		}
	}
	if (memcmp(store, log_store_id(b->log), STORE_ID_LEN) != 0)
		(void)trouble_set(b->c.t, SAY_STORE_RING_DIFFERS, dir, NULL,
		    NULL, NULL);
	else
		rc = copy_write(&b->c, keys, "ring", &ring);
	sys_step("backup:keys");
out:
	buf_release(&ring);
	return rc;
}

/* ---- segments ------------------------------------------------------- */

static int
is_sealed(int fd, int64_t size)
{
	uint8_t got[8];

	return size >= SEGMENT_HEAD + TRAILER_LEN && sys_pread(fd, got,
	    sizeof(got), (uint64_t)size - TRAILER_LEN) == sizeof(got) &&
	    memcmp(got, "DSEGEND\n", sizeof(got)) == 0;
}

/* How much of a segment belongs to the backup, and whether it will grow. */
static int
measure(struct backup *b, uint8_t series, uint32_t segment, uint64_t *size_r,
    int *grows_r)
{
	struct durable end = b->log->durable;
	struct file *f = files_hold(b->files, series, segment, b->c.t);
	int last = segment == files_last(b->files, series);
	int64_t size;

	if (f == NULL)
		return -1;
	size = sys_size(f->fd);
	*grows_r = last && !is_sealed(f->fd, size);
	if (*grows_r)
		size = files_used(f->fd);
	if (series == LOG_JOURNAL && segment == end.segment &&
	    (uint64_t)size != end.end) {
		size = (int64_t)end.end;
		*grows_r = 1;
	}
	files_drop(b->files, f);
	*size_r = (uint64_t)size;
	return size == -1 ? trouble_errno(b->c.t, SAY_STORE_READ,
	    b->log->dir) : 0;
}

static int
is_there(struct backup *b, const char *name, uint64_t size)
{
	char path[PATH_MAX];
	int fd, there;

	(void)snprintf(path, sizeof(path), "%s/%s", b->dest, name);
	fd = sys_open(path, O_RDONLY);
	if (fd == -1)
		return 0;
	there = sys_size(fd) == (int64_t)size;
	sys_close(fd);
	return there;
}

static int
copy_segment(struct backup *b, uint8_t series, uint32_t segment)
{
	char from[32];
	struct sum sum, old;
	struct leg leg = { b->log->dir, from, b->dest, sum.name, 0 };
	int grows;

	if (measure(b, series, segment, &leg.size, &grows) == -1)
		return -1;
	(void)snprintf(from, sizeof(from), "%s/%08u.seg", series_name(series),
	    segment);
	(void)snprintf(sum.name, sizeof(sum.name), "%s", from);
	if (grows)
		(void)snprintf(sum.name, sizeof(sum.name), "%s-%llu", from,
		    (unsigned long long)leg.size);
	b->sum->segments++;
	b->sum->bytes += leg.size;
	if (is_there(b, sum.name, leg.size) &&
	    sums_find(&b->old, sum.name, &old)) {
		memcpy(sum.hash, old.hash, sizeof(sum.hash));
		if (copying_tell(&b->c, leg.size) == -1)
			return -1;
	} else if (copy_file(&b->c, &leg, NULL, sum.hash) == -1) {
		return -1;
	}
	sums_add(&b->sums, &sum);
	return 0;
}

static int
copy_series(struct backup *b, uint8_t series)
{
	uint32_t n = 0;

	while ((n = files_after(b->files, series, n)) != 0) {
		if (series == LOG_JOURNAL && n > b->log->durable.segment)
			break;
		if (copy_segment(b, series, n) == -1)
			return -1;
	}
	return 0;
}

static void
add_sizes(struct backup *b, uint8_t series)
{
	uint32_t n = 0;
	uint64_t size;
	int grows;

	while ((n = files_after(b->files, series, n)) != 0)
		if (measure(b, series, n, &size, &grows) == 0)
			b->c.total += size;
}

/* Prefixes of growing segments that the list before named. */
static void
drop_old(struct backup *b)
{
	char path[PATH_MAX];
	struct sum sum, now;
	size_t at = 0;

	while (sums_next(&b->old, &at, &sum) == 1) {
		if (sums_find(&b->sums, sum.name, &now))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", b->dest, sum.name);
		sys_unlink(path);
	}
}

static int
copy_all(struct backup *b, const char *keys)
{
	struct buf text = BUF_INIT;
	int rc = -1;

	if (copy_ring(b, keys) == -1 ||
	    copy_series(b, LOG_BLOBS) == -1 ||
	    copy_series(b, LOG_DERIVED) == -1 ||
	    copy_series(b, LOG_JOURNAL) == -1)
		return -1;
	sys_step("backup:files");
	say_backup(b, 1, &text);
	if (copy_write(&b->c, b->dest, "backup", &text) == 0 &&
	    copy_write(&b->c, b->dest, "SHA256SUMS", &b->sums) == 0)
		rc = 0;
	buf_release(&text);
	sys_step("backup:listed");
	if (rc == 0)
		drop_old(b);
	return rc;
}

int
log_backup(const struct log_options *o, const char *dest,
    const char *dest_keys, log_progress_fn *progress, void *arg,
    struct log_verified *sum_r, struct trouble *t)
{
	struct log_options reading = *o;
	struct backup b = { .c = { .what = "backup", .progress = progress,
	    .arg = arg, .t = t }, .dest = dest, .sum = sum_r };
	int rc = -1;

	memset(sum_r, 0, sizeof(*sum_r));
	reading.reading = 1;
	b.log = log_open(&reading, t);
	if (b.log == NULL || copying_init(&b.c) == -1)
		goto out;
	/* A damaged store must not take the place of a sound backup. */
	if (log_readonly(b.log, t))
		goto out;
	b.files = files_open(o->dir, b.log->ring, t);
	if (b.files == NULL || make_all(&b, dest_keys) == -1)
		goto out;
	if (copy_slurp(dest, "SHA256SUMS", &b.old) == -1)
		buf_clear(&b.old);
	for (uint8_t s = LOG_JOURNAL; s <= LOG_DERIVED; s++)
		add_sizes(&b, s);
	sum_r->entries = b.log->head.next_seq - 1;
	rc = copy_all(&b, dest_keys);
out:
	copying_release(&b.c);
	files_free(b.files);
	log_close(b.log);
	buf_release(&b.old);
	buf_release(&b.sums);
	return rc;
}
