/* SPDX-License-Identifier: ISC */
/*
 * recover: what log_open() does with the segments that it finds.  Opening
 * reads the first frame of every journal segment, which says how the one
 * before ended, and scans the last one; so it does not grow with the entries.
 *
 * Only when this is a writing open, and nothing is damaged, does it change:
 *	recover:kept	torn bytes stand in 00000002.torn, synced
 *	recover:again	the last whole group was written in place again
 *	recover:synced	and synced: from here on it may be answered from
 *	recover:cut	the file was shortened to its end
 *	recover:done	and synced
 * A crash between any two leaves a store that the same steps mend.
 */
#include "store/journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/sys.h"

/* Damage found: nothing is acknowledged, what is sound can be read. */
static void
read_only(struct log *log, const struct trouble *why)
{
	if (log->readonly)
		return;		/* the first one found is the one to say */
	log->readonly = 1;
	log->readonly_why = *why;
}

static int
write_failed(enum say_key key, const char *path, struct trouble *t)
{
	return trouble_errno(t, key, path);
}

/* ---- the order of segments ------------------------------------------ */

static int64_t
size_of(struct log *log, uint32_t segment, struct trouble *t)
{
	struct file *f = files_hold(log->files, LOG_JOURNAL, segment, t);
	int64_t size = f == NULL ? -1 : sys_size(f->fd);

	files_drop(log->files, f);
	return size;
}

/* Holds what `segment` says of the one before against what is there. */
static int
check_before(struct log *log, uint32_t before, uint32_t segment,
    const struct first *first, struct trouble *t)
{
	char path[PATH_MAX], other[PATH_MAX];
	int64_t size;

	files_path(log->files, LOG_JOURNAL, segment, ".seg", path,
	    sizeof(path));
	files_path(log->files, LOG_JOURNAL, first->number, ".seg", other,
	    sizeof(other));
	if (first->number > before)
		return trouble_set(t, SAY_STORE_MISSING, other, path, NULL,
		    NULL);
	if (first->number < before)
		return trouble_set(t, SAY_STORE_SWAPPED, path, other, NULL,
		    NULL);
	if (before == 0)
		return 0;
	size = size_of(log, before, t);
	if (size == -1)
		return -1;
	if ((uint64_t)size == first->length)
		return 0;
	return trouble_set(t, SAY_STORE_SWAPPED, other, path, NULL, NULL);
}

/* All first frames; the last segment whose first frame holds. */
static uint32_t
check_order(struct log *log, struct seal *seal)
{
	struct trouble t;
	struct first first;
	uint32_t before = 0, good = 0, n = 0;

	while ((n = files_after(log->files, LOG_JOURNAL, n)) != 0) {
		if (scan_first(log->files, seal, LOG_JOURNAL, n, &first, &t)
		    == -1) {
			read_only(log, &t);
			break;		/* what follows cannot be joined */
		}
		if (check_before(log, before, n, &first, &t) == -1) {
			read_only(log, &t);
			/* The chain of a removed one is broken here. */
			if (t.key == SAY_STORE_MISSING)
				break;
		}
		before = good = n;
	}
	return good;
}

/* ---- mending -------------------------------------------------------- */

static int
copy_out(int from, int to, uint64_t at, uint64_t n)
{
	uint8_t chunk[16384];
	uint64_t done = 0;
	size_t part;

	while (done < n) {
		part = n - done < sizeof(chunk) ? (size_t)(n - done) :
		    sizeof(chunk);
		if (sys_pread(from, chunk, part, at + done) != (int64_t)part ||
		    sys_pwrite(to, chunk, part, done) == -1)
			return -1;
		done += part;
	}
	return 0;
}

/* The torn bytes beside the segment, for whoever wants to look. */
static int
keep_torn(struct log *log, int fd, uint32_t segment, const struct tail *tail,
    struct trouble *t)
{
	char path[PATH_MAX], beside[PATH_MAX], dir[PATH_MAX];
	int to, rc = -1;

	files_path(log->files, LOG_JOURNAL, segment, ".torn", path,
	    sizeof(path));
	files_path(log->files, LOG_JOURNAL, segment, ".new", beside,
	    sizeof(beside));
	(void)snprintf(dir, sizeof(dir), "%s/journal", log->dir);
	to = sys_open(beside, O_WRONLY | O_CREAT | O_TRUNC);
	if (to == -1)
		return write_failed(SAY_STORE_WRITE, beside, t);
	if (copy_out(fd, to, tail->end, tail->used - tail->end) == 0 &&
	    sys_sync(to) == 0 && sys_rename(beside, path) == 0 &&
	    sys_sync_dir(dir) == 0)
		rc = 0;
	else
		(void)write_failed(SAY_STORE_WRITE, path, t);
	sys_close(to);
	if (rc == 0)
		sys_step("recover:kept");
	return rc;
}

static int
write_again(int fd, const struct tail *tail)
{
	size_t n = (size_t)(tail->end - tail->group_at);
	uint8_t *bytes = malloc(n + 1);
	int rc = -1;

	if (bytes == NULL)
		return -1;
	if (sys_pread(fd, bytes, n, tail->group_at) == (int64_t)n &&
	    sys_pwrite(fd, bytes, n, tail->group_at) == 0)
		rc = 0;
	free(bytes);
	return rc;
}

static int
mend_open(struct log *log, int fd, uint32_t segment, const struct tail *tail,
    struct trouble *t)
{
	char path[PATH_MAX];

	files_path(log->files, LOG_JOURNAL, segment, ".seg", path,
	    sizeof(path));
	if (tail->state == TAIL_TORN &&
	    keep_torn(log, fd, segment, tail, t) == -1)
		return -1;
	if (tail->state != TAIL_SEALED) {
		if (write_again(fd, tail) == -1)
			return write_failed(SAY_STORE_WRITE, path, t);
		sys_step("recover:again");
		if (sys_sync(fd) == -1)
			return write_failed(SAY_STORE_SYNC, path, t);
		sys_step("recover:synced");
	}
	if (tail->size == tail->end)
		return 0;
	if (sys_truncate(fd, tail->end) == -1)
		return write_failed(SAY_STORE_WRITE, path, t);
	sys_step("recover:cut");
	if (sys_sync(fd) == -1)
		return write_failed(SAY_STORE_SYNC, path, t);
	sys_step("recover:done");
	return 0;
}

static int
mend(struct log *log, uint32_t segment, const struct tail *tail,
    struct trouble *t)
{
	char path[PATH_MAX];
	int fd, rc;

	files_path(log->files, LOG_JOURNAL, segment, ".seg", path,
	    sizeof(path));
	fd = sys_open(path, O_RDWR);
	if (fd == -1)
		return write_failed(SAY_STORE_WRITE, path, t);
	rc = mend_open(log, fd, segment, tail, t);
	sys_close(fd);
	return rc;
}

/* Gives back the space that an unsealed blob segment had taken ahead. */
static int
trim_blobs(struct log *log, uint8_t series, struct trouble *t)
{
	uint32_t segment = files_last(log->files, series);
	char path[PATH_MAX];
	int64_t end = -1;
	int fd, rc = -1;

	if (segment == 0)
		return 0;
	files_path(log->files, series, segment, ".seg", path, sizeof(path));
	fd = sys_open(path, O_RDWR);
	if (fd != -1)
		end = files_used(fd);
	if (end != -1 && (end == sys_size(fd) ||
	    (sys_truncate(fd, (uint64_t)end) == 0 && sys_sync(fd) == 0)))
		rc = 0;
	if (rc == -1)
		(void)write_failed(SAY_STORE_WRITE, path, t);
	if (fd != -1)
		sys_close(fd);
	return rc;
}

/* ---- both ----------------------------------------------------------- */

static void
take_tail(struct log *log, uint32_t segment, const struct tail *tail,
    struct first *before_r)
{
	log->head = tail->head;
	log->durable.segment = segment;
	log->durable.end = tail->end;
	before_r->state = tail->state == TAIL_SEALED ? SEGMENT_SEALED :
	    SEGMENT_CUT;
	before_r->number = segment;
	before_r->ordinal = tail->ordinal - 1;
	before_r->length = tail->end;
}

int
recover(struct log *log, struct first *before_r, struct trouble *t)
{
	struct seal *seal = log_seal_take(log);
	struct tail tail;
	struct trouble found = { .key = SAY_STORE_MEMORY };
	uint32_t last;
	int live = log->reading && sys_locked(log->lock_fd), rc = -1;

	memset(before_r, 0, sizeof(*before_r));
	head_begin(&log->head, ring_store(log->ring));
	if (seal == NULL)
		return trouble_set(t, SAY_STORE_MEMORY, NULL, NULL, NULL,
		    NULL);
	last = check_order(log, seal);
	if (last == 0) {
		rc = 0;		/* empty, or nothing of it holds */
		goto out;
	}
	if (!(log->verifying && scan_ended(log->files, seal, last, &tail) ==
	    0) && scan_segment(log->files, seal, last, live, &tail, &found) ==
	    -1) {
		read_only(log, &found);
		rc = 0;
		goto out;
	}
	if (tail.state == TAIL_DAMAGED)
		read_only(log, &found);
	take_tail(log, last, &tail, before_r);
	rc = 0;
	if (!log->reading && !log->readonly && (mend(log, last, &tail, t) == -1
	    || trim_blobs(log, LOG_BLOBS, t) == -1 ||
	    trim_blobs(log, LOG_DERIVED, t) == -1))
		rc = -1;
out:
	log_seal_give(log, seal);
	return rc;
}
