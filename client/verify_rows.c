/* SPDX-License-Identifier: ISC */
/*
 * verify_rows: the tables of a bundle: which file goes to which reader, and
 * what the readers share.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/verify_table.h"
#include "proto/base/limits.h"
#include "proto/out/layout.h"

struct verify_rows {
	struct timeline_read *timeline;
	struct volume_read *volume;
	struct audit_read *audit;
	const struct table_calls *calls;	/* of the file going by */
	void		*arg;
};

/* ---- what tables share ------------------------------------------------- */

int
table_bad(struct table_fault *fault, enum say_key key, uint64_t row)
{
	if (fault->key == SAY_COUNT) {
		fault->key = key;
		fault->row = row;
	}
	return 0;
}

int
rowsums_add(struct rowsums *r, const void *row, size_t len)
{
	uint8_t hash[EVP_MAX_MD_SIZE];

	if (++r->rows > LIMIT_VERIFY_ROWS ||
	    EVP_Digest(row, len, hash, NULL, EVP_sha256(), NULL) != 1)
		return -1;
	buf_add(&r->sums, hash, ROWSUM);
	return buf_failed(&r->sums) ? -1 : 0;
}

int
rowsums_document(struct rowsums *r, const char *bates, const char *sha256)
{
	struct buf text = BUF_INIT;
	int rc;

	buf_add(&text, bates, strlen(bates) + 1);
	buf_adds(&text, sha256);
	rc = buf_failed(&text) ? -1 : rowsums_add(r, text.data, text.len);
	buf_release(&text);
	return rc;
}

uint64_t
rowsums_differ(const struct rowsums *a, const struct rowsums *b)
{
	uint64_t n = a->rows < b->rows ? a->rows : b->rows;

	for (uint64_t i = 0; i < n; i++)
		if (memcmp(a->sums.data + i * ROWSUM, b->sums.data +
		    i * ROWSUM, ROWSUM) != 0)
			return i + 1;
	return a->rows != b->rows ? n + 1 : 0;
}

static int
order_sum(const void *a, const void *b)
{
	return memcmp(a, b, ROWSUM);
}

int
rowsums_same_set(struct rowsums *a, struct rowsums *b)
{
	if (a->rows != b->rows)
		return 0;
	if (a->rows == 0)
		return 1;
	qsort(a->sums.data, a->rows, ROWSUM, order_sum);
	qsort(b->sums.data, b->rows, ROWSUM, order_sum);
	return memcmp(a->sums.data, b->sums.data, a->sums.len) == 0;
}

/* ---- which file is what ------------------------------------------------ */

struct verify_rows *
verify_rows_new(void)
{
	struct verify_rows *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->timeline = timeline_read_new();
	r->volume = volume_read_new();
	r->audit = audit_read_new();
	if (r->timeline == NULL || r->volume == NULL || r->audit == NULL) {
		verify_rows_free(r);
		return NULL;
	}
	return r;
}

void
verify_rows_free(struct verify_rows *r)
{
	if (r == NULL)
		return;
	timeline_read_free(r->timeline);
	volume_read_free(r->volume);
	audit_read_free(r->audit);
	free(r);
}

int
verify_rows_may(const char *path)
{
	static const char *const folders[] = { LAYOUT_TIMELINE, LAYOUT_VOLUMES,
	    LAYOUT_AUDIT };
	size_t i = 0;

	while (i < 3 && strncmp(path, folders[i], strlen(folders[i])) != 0)
		i++;
	return i < 3 && (i != 1 || strstr(path, "/DATA/") != NULL);
}

int
verify_rows_begin(struct verify_rows *r, const char *path)
{
	r->calls = timeline_read_of(r->timeline, path, &r->arg);
	if (r->calls == NULL)
		r->calls = volume_read_of(r->volume, path, &r->arg);
	if (r->calls == NULL)
		r->calls = audit_read_of(r->audit, path, &r->arg);
	if (r->calls == NULL)
		return 0;
	return r->calls->begin(r->arg) == -1 ? -1 : 1;
}

int
verify_rows_bytes(struct verify_rows *r, const uint8_t *p, size_t n)
{
	return r->calls != NULL ? r->calls->bytes(r->arg, p, n) : 0;
}

int
verify_rows_end(struct verify_rows *r)
{
	return r->calls != NULL ? r->calls->end(r->arg) : 0;
}

void
verify_tables(struct verify *v)
{
	struct verify_rows *r = v->rows;

	volume_check(v, r->volume);
	timeline_check(v, r->timeline, r->volume);
	audit_check(v, r->audit, timeline_pairs(r->timeline));
}

/* ---- one table alone --------------------------------------------------- */

/* The ending of the name says which; NULL if none does. */
static const char *
lone_ending(const char *name)
{
	static const char *const endings[] = { "jsonl", "csv", "xlsx" };
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && i < 3; i++)
		if (strcmp(dot + 1, endings[i]) == 0)
			return endings[i];
	return NULL;
}

static int
lone_read(struct verify *v, const char *ending)
{
	char path[64];
	uint8_t room[65536];
	ssize_t n = 0;

	(void)snprintf(path, sizeof path, LAYOUT_TIMELINE "%s", ending);
	if (lseek(v->input->fd, 0, SEEK_SET) == -1 ||
	    verify_rows_begin(v->rows, path) == -1)
		return -1;
	while ((n = read(v->input->fd, room, sizeof room)) > 0)
		if (verify_rows_bytes(v->rows, room, (size_t)n) == -1)
			return -1;
	return n == 0 ? verify_rows_end(v->rows) : -1;
}

int
verify_lone(struct verify *v)
{
	const char *ending = lone_ending(v->input->name);

	if (ending == NULL)
		return verify_broken(v, VERIFY_STRUCTURE, SAY_VERIFY_KIND,
		    NULL, NULL);
	errno = ENOMEM;
	if (lone_read(v, ending) == -1)
		return verify_broken(v, VERIFY_TIMELINE, SAY_VERIFY_IN_ERRNO,
		    v->input->name, strerror(errno));
	timeline_alone(v, v->rows->timeline);
	return 0;
}
