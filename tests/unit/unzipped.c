/* SPDX-License-Identifier: ISC */
/* unzipped: see unzipped.h. */
#include "tests/unit/unzipped.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/out/zipfile.h"

/* One of the directory and its bytes; 0 at its end. */
static int
step(const struct buf *zip, uint64_t *at, struct zipfile_entry *e,
    const uint8_t **bytes)
{
	size_t tail = zip->len < ZIPFILE_END_MAX ? zip->len : ZIPFILE_END_MAX;
	struct zipfile_entry local;
	struct zipfile_end end;
	size_t used;

	assert_int_equal(zipfile_end_read(zip->data + zip->len - tail, tail,
	    &end), 1);
	if (*at == 0)
		*at = end.offset;
	if (*at == end.offset + end.size)
		return 0;
	assert_int_equal(zipfile_central_read(zip->data + *at, zip->len - *at,
	    e, &used), 1);
	*at += used;
	assert_int_equal(zipfile_local_read(zip->data + e->offset, zip->len -
	    e->offset, &local, &used), 1);
	assert_int_equal(local.size, e->size);
	assert_int_equal(local.crc, e->crc);
	assert_int_equal(local.name_len, e->name_len);
	assert_memory_equal(local.name, e->name, e->name_len);
	*bytes = zip->data + e->offset + used;
	assert_true(e->offset + used + e->size <= end.offset);
	return 1;
}

void
unzipped(const struct buf *zip, const char *name, struct buf *out)
{
	struct zipfile_entry e;
	const uint8_t *bytes;
	uint64_t at = 0;

	while (step(zip, &at, &e, &bytes))
		if (e.name_len == strlen(name) &&
		    memcmp(e.name, name, e.name_len) == 0) {
			buf_add(out, bytes, e.size);
			return;
		}
	fail_msg("there is no %s", name);
}

void
unzipped_names(const struct buf *zip, struct buf *out)
{
	struct zipfile_entry e;
	const uint8_t *bytes;
	uint64_t at = 0;

	while (step(zip, &at, &e, &bytes)) {
		buf_add(out, e.name, e.name_len);
		buf_addc(out, '\n');
	}
}

void
unzipped_slurp(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	int c;

	assert_non_null(f);
	while ((c = getc(f)) != EOF)
		buf_addc(out, c);
	(void)fclose(f);
}
