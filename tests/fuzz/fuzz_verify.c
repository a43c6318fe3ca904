/* SPDX-License-Identifier: ISC */
/*
 * fuzz_verify: the readers of `dossier verify', by the first byte: a table,
 * the disclosed entries, the tiles, a whole zip.  Whole and in pieces, the
 * same comes out.
 */
#include "client/verify_log.h"
#include "client/verify_table.h"

#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/when.h"
#include "proto/out/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const paths[] = {
	LAYOUT_TIMELINE "jsonl", LAYOUT_TIMELINE "csv",
	LAYOUT_TIMELINE "xlsx", LAYOUT_VOLUMES "V/DATA/V.dat",
	LAYOUT_VOLUMES "V/DATA/V.opt", LAYOUT_VOLUMES "V/DATA/V.edrm.xml",
	LAYOUT_AUDIT "index.xml", LAYOUT_AUDIT "events.txt",
};
#define PATHS (sizeof paths / sizeof paths[0])

/* The texts of all results. */
static void
results(struct verify *v, struct buf *out)
{
	for (int i = 0; i < VERIFY_CHECKS; i++) {
		buf_addc(out, (int)v->result[i].state);
		buf_add(out, v->result[i].text.data, v->result[i].text.len);
		buf_release(&v->result[i].text);
	}
	for (size_t i = 0; i < v->nfiles; i++) {
		free(v->files[i].path);
		buf_release(&v->files[i].kept);
	}
	free(v->files);
	buf_release(&v->info_text);
}

static void
table(struct buf *out, const char *path, const uint8_t *p, size_t len,
    size_t piece)
{
	struct verify v = { .stamped = WHEN_NONE };

	v.rows = verify_rows_new();
	if (v.rows == NULL || verify_rows_begin(v.rows, path) != 1)
		abort();
	while (len > 0) {
		size_t n = len < piece ? len : piece;

		if (verify_rows_bytes(v.rows, p, n) == -1)
			break;
		p += n;
		len -= n;
	}
	if (len == 0 && verify_rows_end(v.rows) == 0)
		verify_tables(&v);
	results(&v, out);
	verify_rows_free(v.rows);
}

static void
given(struct buf *out, const uint8_t *p, size_t len, size_t piece)
{
	struct verify v = { .stamped = WHEN_NONE };
	struct case_tree tree = { .size = 0 };
	struct given g;

	given_init(&g);
	while (len > 0) {
		size_t n = len < piece ? len : piece;

		if (given_bytes(&g, p, n) == -1)
			abort();
		p += n;
		len -= n;
	}
	given_check(&v, &g, &tree);
	results(&v, out);
	given_release(&g);
}

static const struct buf *
one_file(const void *arg, const char *path)
{
	(void)path;
	return arg;
}

/* Size in the first two bytes; every tile has the same bytes. */
static void
tiles(const uint8_t *p, size_t len)
{
	struct case_tree tree;
	struct buf bytes = BUF_INIT;
	uint8_t root[MERKLE_HASH];
	char where[TREE_WHERE];

	if (len < 2)
		return;
	memset(&tree, 0, sizeof tree);
	buf_add(&bytes, p + 2, len - 2);
	if (tree_read(&tree, one_file, &bytes, 1 + get16(p) % 1024, where) ==
	    TREE_FINE && tree_root(&tree, tree.size, root) == -1)
		abort();
	tree_release(&tree);
	buf_release(&bytes);
}

static void
whole_zip(const uint8_t *p, size_t len)
{
	struct verify v = { .stamped = WHEN_NONE };
	struct input in = { .kind = INPUT_ZIP, .size = len, .name = "x.zip" };
	struct buf out = BUF_INIT;

	in.fd = memfd_create("zip", MFD_CLOEXEC);
	if (in.fd == -1 || write(in.fd, p, len) != (ssize_t)len)
		abort();
	v.input = &in;
	v.rows = verify_rows_new();
	v.log = verify_log_new();
	if (v.rows == NULL || v.log == NULL)
		abort();
	if (verify_bag(&v) == 0) {
		verify_seals(&v);
		verify_log(&v);
		verify_master_stamp(&v);
		verify_tables(&v);
	}
	results(&v, &out);
	verify_rows_free(v.rows);
	verify_log_free(v.log);
	buf_release(&out);
	(void)close(in.fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf whole = BUF_INIT, pieces = BUF_INIT;
	size_t what, small = 1 + len % 7;

	if (len < 2)
		return 0;
	what = data[0] % (PATHS + 3);
	data++;
	len--;
	if (what < PATHS && what != 1) {
		table(&whole, paths[what], data, len, len);
		table(&pieces, paths[what], data, len, small);
	} else if (what == 1) {		/* its header is looked for at once */
		table(&whole, paths[what], data, len, len);
		buf_add(&pieces, whole.data, whole.len);
	} else if (what == PATHS) {
		given(&whole, data, len, len);
		given(&pieces, data, len, small);
	} else if (what == PATHS + 1) {
		tiles(data, len);
	} else {
		whole_zip(data, len);
	}
	if (whole.len != pieces.len || (whole.len > 0 &&
	    memcmp(whole.data, pieces.data, whole.len) != 0))
		abort();
	buf_release(&whole);
	buf_release(&pieces);
	return 0;
}
