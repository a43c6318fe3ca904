/* SPDX-License-Identifier: ISC */
/*
 * zip: see zip.h.  The directory of the zip says twice what there is:
 *
 *	FILES	each entry's head and bytes, from where they are
 *	LIST	each entry again, with the place that it got
 *	ENDED
 *
 * It is read slice by slice: memory does not grow with it.
 */
#include "daemon/export/zip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "proto/out/zipfile.h"

#define SLICE	(128u << 10)

/* One of memory, with its name below the top. */
struct also {
	const void	*data;
	struct zipfile_entry entry;
};

struct zip {
	int		 fd;
	enum { FILES, LIST, ENDED } state;
	struct buf	 top;		/* with its slash */
	struct zipfile_end end;		/* of the zip as it is */
	/* where the present pass is */
	uint64_t	 at;		/* in the directory, read so far */
	struct buf	 read;		/* of it, from `used' not yet taken */
	size_t		 used;
	struct zipfile_entry ahead;	/* the next of it, a view of read */
	int		 has;		/* ahead is there */
	struct also	*also;		/* in the order of names */
	struct buf	 names;
	unsigned	 nalso, nexts;
	uint64_t	 from, left;	/* of the file at hand */
	struct zipfile_end ending;	/* as it is sent */
	uint64_t	 given;		/* before the entry at hand */
};

/* ---- life -------------------------------------------------------- */

static int
read_end(struct zip *z)
{
	uint8_t tail[ZIPFILE_END_MAX];
	size_t n = sizeof tail;
	struct stat st;

	if (fstat(z->fd, &st) == -1)
		return -1;
	if ((uint64_t)st.st_size < n)
		n = (size_t)st.st_size;
	if (pread(z->fd, tail, n, st.st_size - (off_t)n) == (ssize_t)n &&
	    zipfile_end_read(tail, n, &z->end) == 1 &&
	    z->end.offset <= (uint64_t)st.st_size &&
	    z->end.size <= (uint64_t)st.st_size - z->end.offset)
		return 0;
	errno = EBADMSG;
	return -1;
}

struct zip *
zip_new(const char *path, const char *top)
{
	struct zip *z = calloc(1, sizeof *z);

	if (z == NULL)
		return NULL;
	buf_adds(&z->top, top);
	buf_addc(&z->top, '/');
	z->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (z->fd != -1 && !buf_failed(&z->top) && read_end(z) == 0) {
		z->at = z->end.offset;
		return z;
	}
	zip_free(z);
	return NULL;
}

void
zip_free(struct zip *z)
{
	if (z == NULL)
		return;
	if (z->fd != -1)
		(void)close(z->fd);	/* it was only read */
	buf_release(&z->top);
	buf_release(&z->names);
	buf_release(&z->read);
	free(z->also);
	free(z);
}

static int
order_of(const struct zipfile_entry *a, const struct zipfile_entry *b)
{
	size_t n = a->name_len < b->name_len ? a->name_len : b->name_len;
	int order = memcmp(a->name, b->name, n);

	return order != 0 ? order : a->name_len < b->name_len ? -1 :
	    a->name_len > b->name_len;
}

static int
by_name(const void *a, const void *b)
{
	const struct also *x = a, *y = b;

	return order_of(&x->entry, &y->entry);
}

void
zip_also(struct zip *z, const struct zip_file *file, unsigned n)
{
	size_t room = n * z->top.len;

	for (unsigned i = 0; i < n; i++)
		room += strlen(file[i].path);
	z->also = calloc(n + 1u, sizeof *z->also);
	if (z->also == NULL || buf_reserve(&z->names, room) == NULL) {
		z->names.failed = 1;	/* zip_more() says so */
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		struct also *a = &z->also[i];
		size_t at = z->names.len;

		buf_add(&z->names, z->top.data, z->top.len);
		buf_adds(&z->names, file[i].path);
		a->data = file[i].data;
		a->entry = (struct zipfile_entry){
		    (const char *)z->names.data + at, z->names.len - at,
		    (uint32_t)crc32_z(0, file[i].data, file[i].len),
		    file[i].len, 0 };
	}
	qsort(z->also, n, sizeof *z->also, by_name);
	z->nalso = n;
}

/* ---- the entries ------------------------------------------------- */

/* Up to `end' of the file: 0, or -1. */
static int
read_more(struct zip *z, uint64_t *at, uint64_t end, struct buf *out)
{
	size_t want = end - *at < SLICE ? (size_t)(end - *at) : SLICE;
	uint8_t *room = buf_reserve(out, want);
	ssize_t n;

	if (room == NULL)
		return -1;
	while ((n = pread(z->fd, room, want, (off_t)*at)) == -1 &&
	    errno == EINTR)
		;
	if (n <= 0)
		return -1;
	buf_commit(out, (size_t)n);
	*at += (uint64_t)n;
	return 0;
}

/* The next of the directory is ahead, or there is none; 0, or -1. */
static int
look_ahead(struct zip *z)
{
	const uint64_t end = z->end.offset + z->end.size;
	size_t n;
	int got;

	while (!z->has) {
		got = zipfile_central_read(z->read.data + z->used,
		    z->read.len - z->used, &z->ahead, &n);
		if (got == -1 || (got == 0 && z->at == end))
			return z->read.len == z->used ? 0 : -1;
		if (got == 1) {
			z->used += n;
			z->has = 1;
			break;
		}
		buf_consume(&z->read, z->used);
		z->used = 0;
		if (read_more(z, &z->at, end, &z->read) == -1)
			return -1;
	}
	return 0;
}

/* 1 an entry, whose bytes are *data or in the zip; 0 the end, -1. */
static int
next(struct zip *z, struct zipfile_entry *e, const void **data)
{
	const struct also *a = z->nexts < z->nalso ? &z->also[z->nexts] :
	    NULL;
	int order;

	if (look_ahead(z) == -1)
		return -1;
	order = a == NULL ? 1 : !z->has ? -1 : order_of(&a->entry, &z->ahead);
	if (order <= 0) {
		*e = a->entry;
		*data = a->data;
		z->nexts++;
		z->has = z->has && order != 0;
		return 1;
	}
	*e = z->ahead;
	*data = NULL;
	order = z->has;
	z->has = 0;
	return order;
}

/* ---- slices ------------------------------------------------------ */

static int
give_file(struct zip *z, struct buf *out)
{
	struct zipfile_entry e;
	const void *data;
	int got;

	if (z->left > 0) {
		uint64_t before = z->from;

		got = read_more(z, &z->from, z->from + z->left, out);
		z->left -= z->from - before;
		return got;
	}
	if ((got = next(z, &e, &data)) == 1) {
		zipfile_local(out, &e);
		if (data != NULL)
			buf_add(out, data, e.size);
		z->from = e.offset + zipfile_local_size(&e);
		z->left = data != NULL ? 0 : e.size;
		z->given += zipfile_local_size(&e) + e.size;
	} else if (got == 0) {
		z->ending.offset = z->given;
		z->given = 0;
		z->nexts = 0;
		z->at = z->end.offset;
		z->read.len = z->used = 0;
		z->state = LIST;
	}
	return got == -1 ? -1 : 0;
}

static int
list_file(struct zip *z, struct buf *out)
{
	size_t before = out->len;
	struct zipfile_entry e;
	const void *data;
	int got = next(z, &e, &data);

	if (got == 1) {
		e.offset = z->given;
		zipfile_central(out, &e);
		z->given += zipfile_local_size(&e) + e.size;
		z->ending.entries++;
		z->ending.size += out->len - before;
	} else if (got == 0) {
		zipfile_end(out, &z->ending);
		z->state = ENDED;
	}
	return got == -1 ? -1 : 0;
}

int
zip_more(struct zip *z, struct buf *out)
{
	size_t before = out->len;
	int rc = buf_failed(&z->names) ? -1 : 0;

	while (rc == 0 && z->state != ENDED && out->len - before < SLICE)
		rc = z->state == FILES ? give_file(z, out) :
		    list_file(z, out);
	if (rc == -1 || buf_failed(out))
		return -1;
	return z->state != ENDED;
}
