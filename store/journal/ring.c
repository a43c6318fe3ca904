/* SPDX-License-Identifier: ISC */
/*
 * ring: see ring.h for layout and crash states.  It must never write a ring
 * with fewer rows than it read, and never hand out a secret before both
 * copies hold it.
 */
#include "store/journal/ring.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/sys.h"

#define RING_HEAD	80
#define RING_ROW	(12 + WRAPPED_LEN)
#define RING_FORM	1
#define RING_TAIL	(2 * LOG_HASH_LEN)
#define RING_ROWS_MAX	(16u << 20)
#define SERIES_MAX	LOG_DERIVED
#define AHEAD_MAX	16	/* secrets made at once, in a busy process */

static const uint8_t ring_magic[8] = "DOSRING\n";

struct row {
	uint8_t		series;
	uint32_t	segment;
	uint8_t		secret[SECRET_LEN];
	uint8_t		wrapped[WRAPPED_LEN];
};

struct ring {
	pthread_mutex_t	 lock;		/* of rows: readers beside the writer */
	char		 dir[PATH_MAX - 32];
	uint8_t		 store[STORE_ID_LEN];
	uint8_t		 master[SECRET_LEN], root[SECRET_LEN];
	uint8_t		 root_wrapped[WRAPPED_LEN];
	uint64_t	 generation;
	struct row	*row;
	size_t		 n, cap;
	/* Made by this process, not used yet. */
	uint32_t	 ready[SERIES_MAX + 1], last[SERIES_MAX + 1];
	unsigned	 ahead;
};

static struct ring *
ring_new(const char *dir)
{
	struct ring *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)snprintf(r->dir, sizeof(r->dir), "%s", dir);
	r->ahead = 1;
	return r;
}

void
ring_free(struct ring *r)
{
	if (r == NULL)
		return;
	(void)pthread_mutex_destroy(&r->lock);
	if (r->row != NULL)
		OPENSSL_cleanse(r->row, r->cap * sizeof(*r->row));
	free(r->row);
	OPENSSL_cleanse(r, sizeof(*r));
	free(r);
}

static int
row_add(struct ring *r, const struct row *row)
{
	size_t cap = r->cap == 0 ? 64 : r->cap * 2;
	struct row *grown;

	if (r->n == r->cap) {
		grown = calloc(cap, sizeof(*grown));
		if (grown == NULL)
			return -1;
		if (r->n > 0)
			memcpy(grown, r->row, r->n * sizeof(*grown));
		if (r->row != NULL)
			OPENSSL_cleanse(r->row, r->n * sizeof(*grown));
		free(r->row);
		r->row = grown;
		r->cap = cap;
	}
	r->row[r->n++] = *row;
	if (row->series <= SERIES_MAX && row->segment > r->last[row->series])
		r->last[row->series] = row->segment;
	return 0;
}

/* ---- bytes ---------------------------------------------------------- */

static int
ring_sums(const uint8_t master[SECRET_LEN], struct buf *b)
{
	struct seal *s = seal_new();
	uint8_t key[SECRET_LEN], md[LOG_HASH_LEN];
	int rc = -1;

	if (s != NULL && !buf_failed(b) &&
	    seal_derive(s, master, "dossier ring", key) == 0 &&
	    seal_hmac(s, key, &(struct part){ b->data, b->len }, 1, md) == 0) {
		buf_add(b, md, sizeof(md));
		if (!buf_failed(b) && seal_sha256(s,
		    &(struct part){ b->data, b->len }, 1, md) == 0) {
			buf_add(b, md, sizeof(md));
			rc = buf_failed(b) ? -1 : 0;
		}
	}
	OPENSSL_cleanse(key, sizeof(key));
	seal_free(s);
	return rc;
}

static int
ring_encode(const struct ring *r, struct buf *b)
{
	buf_add(b, ring_magic, sizeof(ring_magic));
	buf_add32(b, FORMAT_VERSION);
	buf_add(b, r->store, STORE_ID_LEN);
	buf_add64(b, r->generation);
	buf_add32(b, (uint32_t)r->n);
	buf_add(b, r->root_wrapped, WRAPPED_LEN);
	for (size_t i = 0; i < r->n; i++) {
		buf_addc(b, r->row[i].series);
		buf_addc(b, RING_FORM);
		buf_add16(b, 0);
		buf_add32(b, r->row[i].segment);
		buf_add32(b, WRAPPED_LEN);
		buf_add(b, r->row[i].wrapped, WRAPPED_LEN);
	}
	return ring_sums(r->master, b);
}

int
ring_peek(const uint8_t *in, size_t len, uint8_t store_r[STORE_ID_LEN],
    uint64_t *generation_r)
{
	struct seal *s;
	uint8_t md[LOG_HASH_LEN];
	int rc = -1;

	if (len < RING_HEAD + RING_TAIL ||
	    memcmp(in, ring_magic, sizeof(ring_magic)) != 0)
		return -1;
	s = seal_new();
	if (s != NULL && seal_sha256(s,
	    &(struct part){ in, len - LOG_HASH_LEN }, 1, md) == 0 &&
	    memcmp(md, in + len - LOG_HASH_LEN, LOG_HASH_LEN) == 0)
		rc = 0;
	seal_free(s);
	if (rc == -1)
		return -1;
	memcpy(store_r, in + 12, STORE_ID_LEN);
	*generation_r = get64(in + 28);
	return 0;
}

static int
rows_decode(struct ring *r, const uint8_t *in, size_t len, uint32_t n)
{
	struct row row;

	if (n > RING_ROWS_MAX || len != (size_t)n * RING_ROW)
		return -1;
	for (uint32_t i = 0; i < n; i++, in += RING_ROW) {
		if (in[1] != RING_FORM || get32(in + 8) != WRAPPED_LEN)
			return -1;
		row.series = in[0];
		row.segment = get32(in + 4);
		memcpy(row.wrapped, in + 12, WRAPPED_LEN);
		if (seal_unwrap(r->master, row.wrapped, row.secret) == -1 ||
		    row_add(r, &row) == -1)
			return -1;
	}
	OPENSSL_cleanse(&row, sizeof(row));
	return 0;
}

/* Bytes whose digest has passed ring_peek(). */
static int
ring_decode(struct ring *r, const struct buf *b, const char *key_path,
    struct trouble *t)
{
	struct buf again = BUF_INIT;
	char version[16], path[PATH_MAX];
	const uint8_t *in = b->data;
	int rc = -1;

	(void)snprintf(path, sizeof(path), "%s/ring", r->dir);
	(void)snprintf(version, sizeof(version), "%u", get32(in + 8));
	if (get32(in + 8) != FORMAT_VERSION)
		return trouble_set(t, SAY_STORE_FORMAT_NEWER, path, version,
		    "1", NULL);
	memcpy(r->store, in + 12, STORE_ID_LEN);
	r->generation = get64(in + 28);
	memcpy(r->root_wrapped, in + 40, WRAPPED_LEN);
	if (seal_unwrap(r->master, r->root_wrapped, r->root) == -1)
		return trouble_set(t, SAY_STORE_KEY_WRONG, key_path, NULL,
		    NULL, NULL);
	if (rows_decode(r, in + RING_HEAD, b->len - RING_HEAD - RING_TAIL,
	    get32(in + 36)) == 0 && ring_encode(r, &again) == 0 &&
	    again.len == b->len && memcmp(again.data, in, b->len) == 0)
		rc = 0;
	else
		(void)trouble_set(t, SAY_STORE_RING_LOST, r->dir, NULL, NULL,
		    NULL);
	buf_release(&again);
	return rc;
}

/* ---- files ---------------------------------------------------------- */

static int
file_read(const char *path, struct buf *b)
{
	int fd = sys_open(path, O_RDONLY);
	int64_t size, got = -1;

	if (fd == -1)
		return -1;
	size = sys_size(fd);
	if (size >= 0 && buf_reserve(b, (size_t)size + 1) != NULL)
		got = sys_pread(fd, b->data, (size_t)size, 0);
	sys_close(fd);
	if (got == -1 || got != size)
		return -1;
	buf_commit(b, (size_t)got);
	return 0;
}


/* One copy: write beside, sync, rename, sync the folder. */
static int
file_write(const struct ring *r, const char *name, const struct buf *b,
    int copy)
{
	char path[PATH_MAX], beside[PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", r->dir, name);
	(void)snprintf(beside, sizeof(beside), "%s/%s.new", r->dir, name);
	fd = sys_open(beside, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd == -1)
		return -1;
	if (sys_pwrite(fd, b->data, b->len, 0) == -1) {
		sys_close(fd);
		return -1;
	}
	sys_step(copy ? "copy:written" : "ring:written");
	if (sys_sync(fd) == -1) {
		sys_close(fd);
		return -1;
	}
	sys_close(fd);
	sys_step(copy ? "copy:synced" : "ring:synced");
	if (sys_rename(beside, path) == -1)
		return -1;
	sys_step(copy ? "copy:renamed" : "ring:renamed");
	if (sys_sync_dir(r->dir) == -1)
		return -1;
	sys_step(copy ? "copy:entered" : "ring:entered");
	return 0;
}

static int
ring_write(struct ring *r, struct trouble *t)
{
	struct buf b = BUF_INIT;
	int rc = -1, saved;

	r->generation++;
	if (ring_encode(r, &b) == 0 && file_write(r, "ring", &b, 0) == 0 &&
	    file_write(r, "ring.copy", &b, 1) == 0)
		rc = 0;
	saved = errno;
	if (rc == -1)
		(void)trouble_errno(t, SAY_STORE_RING_WRITE, r->dir);
	buf_release(&b);
	errno = saved;
	return rc;
}

int
ring_create(const char *dir, const char *key_path, struct trouble *t)
{
	struct ring *r = ring_new(dir);
	int rc = -1;

	if (r == NULL)
		return trouble_set(t, SAY_STORE_MEMORY, NULL, NULL, NULL,
		    NULL);
	if (key_read(key_path, 1, r->master, t) == -1)
		goto out;
	if (RAND_bytes(r->store, STORE_ID_LEN) != 1 ||
	    RAND_priv_bytes(r->root, SECRET_LEN) != 1 ||
	    seal_wrap(r->master, r->root, r->root_wrapped) == -1) {
		(void)trouble_set(t, SAY_STORE_MEMORY, NULL, NULL, NULL, NULL);
		goto out;
	}
	rc = ring_write(r, t);
out:
	ring_free(r);
	return rc;
}

/* Which of the two files rules: 0 ring, 1 copy, -1 neither (with trouble). */
static int
ring_choose(const char *dir, const struct buf file[2], const int read[2],
    struct trouble *t)
{
	uint8_t store[2][STORE_ID_LEN];
	uint64_t generation[2] = { 0, 0 };
	int good[2];

	for (int i = 0; i < 2; i++)
		good[i] = read[i] == 0 && ring_peek(file[i].data, file[i].len,
		    store[i], &generation[i]) == 0;
	if (!good[0] && !good[1])
		return trouble_set(t, SAY_STORE_RING_LOST, dir, NULL, NULL,
		    NULL);
	if (good[0] && good[1] && memcmp(store[0], store[1],
	    STORE_ID_LEN) != 0)
		return trouble_set(t, SAY_STORE_RING_DIFFERS, dir, NULL, NULL,
		    NULL);
	if (!good[0])
		return 1;
	return good[1] && generation[1] > generation[0];
}

struct ring *
ring_load(const char *dir, const char *key_path, struct trouble *t)
{
	static const char *const names[2] = { "ring", "ring.copy" };
	struct buf file[2] = { BUF_INIT, BUF_INIT };
	struct ring *r = ring_new(dir);
	char path[PATH_MAX];
	int read[2], which, rc = -1;

	if (r == NULL) {
		(void)trouble_set(t, SAY_STORE_MEMORY, NULL, NULL, NULL, NULL);
		return NULL;
	}
	for (int i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		read[i] = file_read(path, &file[i]);
	}
	which = ring_choose(dir, file, read, t);
	if (which != -1 && key_read(key_path, 0, r->master, t) == 0)
		rc = ring_decode(r, &file[which], key_path, t);
	buf_release(&file[0]);
	buf_release(&file[1]);
	if (rc == 0)
		return r;
	ring_free(r);
	return NULL;
}

/* ---- use ------------------------------------------------------------ */

const uint8_t *
ring_store(const struct ring *r)
{
	return r->store;
}

const uint8_t *
ring_root(const struct ring *r)
{
	return r->root;
}

int
ring_secret(struct ring *r, uint8_t series, uint32_t segment,
    uint8_t secret_r[SECRET_LEN])
{
	int found = 0;

	(void)pthread_mutex_lock(&r->lock);
	/* From the end: what is written lately is read most. */
	for (size_t i = r->n; i > 0 && !found; i--) {
		if (r->row[i - 1].series != series ||
		    r->row[i - 1].segment != segment)
			continue;
		memcpy(secret_r, r->row[i - 1].secret, SECRET_LEN);
		found = 1;
	}
	(void)pthread_mutex_unlock(&r->lock);
	return found;
}

static int
row_make(struct ring *r, uint8_t series, uint32_t segment)
{
	struct row row = { .series = series, .segment = segment };
	int rc;

	if (segment == UINT32_MAX ||
	    RAND_priv_bytes(row.secret, SECRET_LEN) != 1 ||
	    seal_wrap(r->master, row.secret, row.wrapped) == -1) {
		errno = EOVERFLOW;
		return -1;
	}
	rc = row_add(r, &row);
	OPENSSL_cleanse(&row, sizeof(row));
	return rc;
}

/* Several at once when segments fill quickly: one writing serves them all. */
static int
rows_make(struct ring *r, uint8_t series, struct trouble *t)
{
	uint32_t from = r->last[series];
	size_t n = r->n;
	int rc = 0, saved;

	(void)pthread_mutex_lock(&r->lock);
	for (unsigned i = 0; i < r->ahead && rc == 0; i++)
		rc = row_make(r, series, from + 1 + i);
	(void)pthread_mutex_unlock(&r->lock);
	if (rc == -1)
		(void)trouble_errno(t, SAY_STORE_RING_WRITE, r->dir);
	else
		rc = ring_write(r, t);
	if (rc == 0) {
		r->ready[series] = from + 1;
		if (r->ahead < AHEAD_MAX)
			r->ahead *= 2;
		return 0;
	}
	/* A file may hold them already: their numbers are never used. */
	saved = errno;
	(void)pthread_mutex_lock(&r->lock);
	r->n = n;
	(void)pthread_mutex_unlock(&r->lock);
	errno = saved;
	return -1;
}

int
ring_next(struct ring *r, uint8_t series, uint32_t *segment_r,
    uint8_t secret_r[SECRET_LEN], struct trouble *t)
{
	uint32_t segment = r->ready[series];

	assert(series >= LOG_JOURNAL && series <= SERIES_MAX);
	if (segment == 0 || segment > r->last[series]) {
		if (rows_make(r, series, t) == -1)
			return -1;
		segment = r->ready[series];
	}
	r->ready[series] = segment + 1;
	*segment_r = segment;
	return ring_secret(r, series, segment, secret_r) ? 0 : -1;
}
