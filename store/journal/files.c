/* SPDX-License-Identifier: ISC */
/*
 * files: see files.h.  Descriptors are kept open up to a number, the one not
 * used for the longest time is closed first.
 */
#include "store/journal/files.h"

#include <openssl/crypto.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"
#include "store/sys.h"

#define OPEN_MAX_FILES	128
#define FIRST_READ	4096

struct list {
	struct file	**file;		/* by number */
	size_t		 n, cap;
};

struct files {
	pthread_mutex_t	 lock;
	char		 dir[PATH_MAX - 64];
	struct ring	*ring;
	struct list	 list[LOG_DERIVED + 1];
	unsigned	 open;
	uint64_t	 clock;
};

const char *
series_name(uint8_t series)
{
	static const char *const names[] = { "", "journal", "blobs",
	    "derived" };

	return series <= LOG_DERIVED ? names[series] : "";
}

void
files_path(const struct files *fs, uint8_t series, uint32_t segment,
    const char *suffix, char *path_r, size_t size)
{
	(void)snprintf(path_r, size, "%s/%s/%08u%s", fs->dir,
	    series_name(series), segment, suffix);
}

int
files_damaged(const struct files *fs, const struct seat *seat,
    uint64_t offset, uint32_t ordinal, struct trouble *t)
{
	char path[PATH_MAX], at[24], nth[16];

	files_path(fs, seat->series, seat->segment, ".seg", path,
	    sizeof(path));
	(void)snprintf(at, sizeof(at), "%llu", (unsigned long long)offset);
	(void)snprintf(nth, sizeof(nth), "%u", ordinal);
	return trouble_set(t, SAY_STORE_DAMAGED, path, at, nth, NULL);
}

/* The first index whose number is not below. */
static size_t
list_find(const struct list *l, uint32_t segment)
{
	size_t lo = 0, hi = l->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (l->file[mid]->seat.segment < segment)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
list_add(struct list *l, const struct seat *seat)
{
	size_t at = list_find(l, seat->segment), cap;
	struct file **grown, *f;

	if (at < l->n && l->file[at]->seat.segment == seat->segment)
		return 0;
	if (l->n == l->cap) {
		cap = l->cap == 0 ? 64 : l->cap * 2;
		grown = reallocarray(l->file, cap, sizeof(struct file *));
		if (grown == NULL)
			return -1;
		l->file = grown;
		l->cap = cap;
	}
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return -1;
	f->seat = *seat;
	f->fd = -1;
	memmove(l->file + at + 1, l->file + at, (l->n - at) *
	    sizeof(struct file *));
	l->file[at] = f;
	l->n++;
	return 0;
}

struct listing {
	struct files	*fs;
	uint8_t		 series;
};

/* Takes "00000001.seg"; anything else in the folder is not a segment. */
static int
listed(void *arg, const char *name)
{
	struct listing *l = arg;
	struct seat seat = { .store = ring_store(l->fs->ring),
	    .series = l->series };
	char *end;
	unsigned long number = strtoul(name, &end, 10);

	if (end - name < 8 || strcmp(end, ".seg") != 0 || number == 0 ||
	    number >= UINT32_MAX)
		return 0;
	seat.segment = (uint32_t)number;
	/* Without a secret it is still there: opening it says so. */
	(void)ring_secret(l->fs->ring, seat.series, seat.segment,
	    seat.secret);
	return list_add(&l->fs->list[l->series], &seat) == -1 ? -1 : 0;
}

struct files *
files_open(const char *dir, struct ring *ring, struct trouble *t)
{
	struct files *fs = calloc(1, sizeof(*fs));
	struct listing l = { fs, 0 };
	char path[PATH_MAX];

	if (fs == NULL) {
		(void)trouble_set(t, SAY_STORE_MEMORY, NULL, NULL, NULL, NULL);
		return NULL;
	}
	(void)pthread_mutex_init(&fs->lock, NULL);
	(void)snprintf(fs->dir, sizeof(fs->dir), "%s", dir);
	fs->ring = ring;
	for (l.series = LOG_JOURNAL; l.series <= LOG_DERIVED; l.series++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir,
		    series_name(l.series));
		if (sys_list(path, listed, &l) != 0) {
			(void)trouble_errno(t, SAY_STORE_READ, path);
			files_free(fs);
			return NULL;
		}
	}
	return fs;
}

void
files_free(struct files *fs)
{
	if (fs == NULL)
		return;
	for (size_t s = 0; s <= LOG_DERIVED; s++) {
		for (size_t i = 0; i < fs->list[s].n; i++) {
			struct file *f = fs->list[s].file[i];

			if (f->fd != -1)
				sys_close(f->fd);
			OPENSSL_cleanse(f, sizeof(*f));
			free(f);
		}
		free(fs->list[s].file);
	}
	(void)pthread_mutex_destroy(&fs->lock);
	free(fs);
}

int
files_add(struct files *fs, const struct seat *seat)
{
	int rc;

	(void)pthread_mutex_lock(&fs->lock);
	rc = list_add(&fs->list[seat->series], seat);
	(void)pthread_mutex_unlock(&fs->lock);
	return rc;
}

uint32_t
files_after(struct files *fs, uint8_t series, uint32_t after)
{
	const struct list *l = &fs->list[series];
	uint32_t number = 0;
	size_t at;

	(void)pthread_mutex_lock(&fs->lock);
	at = list_find(l, after + 1);
	if (at < l->n)
		number = l->file[at]->seat.segment;
	(void)pthread_mutex_unlock(&fs->lock);
	return number;
}

uint32_t
files_last(struct files *fs, uint8_t series)
{
	const struct list *l = &fs->list[series];
	uint32_t number;

	(void)pthread_mutex_lock(&fs->lock);
	number = l->n == 0 ? 0 : l->file[l->n - 1]->seat.segment;
	(void)pthread_mutex_unlock(&fs->lock);
	return number;
}

/* ---- descriptors ---------------------------------------------------- */

static void
close_oldest(struct files *fs)
{
	struct file *oldest = NULL, *f;

	for (size_t s = 0; s <= LOG_DERIVED; s++) {
		for (size_t i = 0; i < fs->list[s].n; i++) {
			f = fs->list[s].file[i];
			if (f->fd != -1 && f->refs == 0 && (oldest == NULL ||
			    f->used < oldest->used))
				oldest = f;
		}
	}
	if (oldest == NULL)
		return;
	sys_close(oldest->fd);
	oldest->fd = -1;
	fs->open--;
}

static int
head_judge(const struct files *fs, const struct seat *seat,
    const uint8_t *bytes, struct trouble *t)
{
	struct segment_head h;
	char path[PATH_MAX], version[16];
	uint8_t secret[SECRET_LEN];
	int have;

	files_path(fs, seat->series, seat->segment, ".seg", path,
	    sizeof(path));
	if (segment_head_decode(bytes, &h) == -1)
		return files_damaged(fs, seat, 0, 0, t);
	if (h.version != FORMAT_VERSION) {
		(void)snprintf(version, sizeof(version), "%u", h.version);
		return trouble_set(t, SAY_STORE_FORMAT_NEWER, path, version,
		    "1", NULL);
	}
	if (memcmp(h.store, seat->store, STORE_ID_LEN) != 0 ||
	    h.series != seat->series || h.number != seat->segment)
		return trouble_set(t, SAY_STORE_FOREIGN, path, NULL, NULL,
		    NULL);
	have = ring_secret(fs->ring, seat->series, seat->segment, secret);
	OPENSSL_cleanse(secret, sizeof(secret));
	return have ? 0 : trouble_set(t, SAY_STORE_RING_ROW, path, NULL, NULL,
	    NULL);
}

static int
file_open(struct files *fs, struct file *f, struct trouble *t)
{
	uint8_t head[SEGMENT_HEAD];
	char path[PATH_MAX];
	int64_t n;

	files_path(fs, f->seat.series, f->seat.segment, ".seg", path,
	    sizeof(path));
	if (fs->open >= OPEN_MAX_FILES)
		close_oldest(fs);
	f->fd = sys_open(path, O_RDONLY);
	if (f->fd == -1 && errno == ENOENT)
		return trouble_set(t, SAY_STORE_MISSING, path, fs->dir, NULL,
		    NULL);
	if (f->fd == -1)
		return trouble_errno(t, SAY_STORE_READ, path);
	n = sys_pread(f->fd, head, sizeof(head), 0);
	if (n == (int64_t)sizeof(head) && head_judge(fs, &f->seat, head, t)
	    == 0) {
		fs->open++;
		return 0;
	}
	if (n == -1)
		(void)trouble_errno(t, SAY_STORE_READ, path);
	else if (n < (int64_t)sizeof(head))
		(void)trouble_set(t, SAY_STORE_TRUNCATED, path, "64",
		    n == 0 ? "0" : "less than 64", NULL);
	sys_close(f->fd);
	f->fd = -1;
	return -1;
}

struct file *
files_hold(struct files *fs, uint8_t series, uint32_t segment,
    struct trouble *t)
{
	struct list *l;
	struct file *f = NULL;
	char path[PATH_MAX];
	size_t at;

	if (series < LOG_JOURNAL || series > LOG_DERIVED)
		series = 0;
	l = &fs->list[series];
	(void)pthread_mutex_lock(&fs->lock);
	at = list_find(l, segment);
	if (at < l->n && l->file[at]->seat.segment == segment)
		f = l->file[at];
	if (f == NULL) {
		files_path(fs, series, segment, ".seg", path, sizeof(path));
		(void)trouble_set(t, SAY_STORE_MISSING, path, fs->dir, NULL,
		    NULL);
	} else if (f->fd == -1 && file_open(fs, f, t) == -1) {
		f = NULL;
	}
	if (f != NULL)
		f->refs++;
	(void)pthread_mutex_unlock(&fs->lock);
	return f;
}

void
files_drop(struct files *fs, struct file *f)
{
	if (f == NULL)
		return;
	(void)pthread_mutex_lock(&fs->lock);
	f->refs--;
	f->used = ++fs->clock;
	(void)pthread_mutex_unlock(&fs->lock);
}

/* ---- frames --------------------------------------------------------- */

/* The frame's bytes in raw: a first read that mostly holds it all. */
static int
frame_read(const struct file *f, uint64_t offset, struct frame *frame,
    struct buf *raw)
{
	uint8_t *to = buf_reserve(raw, FIRST_READ);
	size_t size, more;
	int64_t n;

	if (to == NULL)
		return -1;
	n = sys_pread(f->fd, to, FIRST_READ, offset);
	if (n == -1)
		return -1;
	errno = EBADMSG;
	if (n < FRAME_HEAD || frame_decode(to, frame) == -1)
		return -1;
	buf_commit(raw, (size_t)n);
	size = (size_t)FRAME_SIZE(frame->length);
	if (size <= raw->len)
		return 0;
	more = size - raw->len;
	to = buf_reserve(raw, more);
	if (to == NULL)
		return -1;
	n = sys_pread(f->fd, to, more, offset + raw->len);
	if (n != (int64_t)more) {
		errno = n == -1 ? errno : EBADMSG;
		return -1;
	}
	buf_commit(raw, more);
	return 0;
}

int
files_frame(struct files *fs, struct seal *s, const struct loc *loc,
    struct frame *frame, struct buf *plain, struct trouble *t)
{
	struct file *f = files_hold(fs, loc->series, loc->segment, t);
	struct buf raw = BUF_INIT;
	int rc = -1;

	if (f == NULL)
		return -1;
	if (frame_read(f, loc->offset, frame, &raw) == 0 &&
	    frame->ordinal == loc->ordinal &&
	    seal_get(s, &f->seat, frame, raw.data, plain) == 0)
		rc = 0;
	else
		(void)files_damaged(fs, &f->seat, loc->offset, loc->ordinal,
		    t);
	buf_release(&raw);
	files_drop(fs, f);
	return rc;
}

int64_t
files_used(int fd)
{
	uint8_t page[4096];
	int64_t size = sys_size(fd), end = size;

	while (end >= (int64_t)sizeof(page)) {
		if (sys_pread(fd, page, sizeof(page), (uint64_t)end - 4096) !=
		    4096)
			return -1;
		if (page[0] != 0 || memcmp(page, page + 1, 4095) != 0)
			break;
		end = (end - 1) / 4096 * 4096;
	}
	return size == -1 ? -1 : end;
}
