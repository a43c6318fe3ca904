/* SPDX-License-Identifier: ISC */
/*
 * verify_earlier: the head of an earlier bundle of the same case: the smaller
 * of the two trees must be the beginning of the larger one.
 */
#include "client/verify_log.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"
#include "proto/out/checkpoint.h"
#include "proto/out/layout.h"

struct other {
	struct { char path[BAGIT_PATH_MAX + 1]; struct buf bytes; } *file;
	size_t		 n, cap;
	int		 keep;
	uint64_t	 kept;
};

static int
other_begin(void *arg, const char *path)
{
	struct other *o = arg;

	o->keep = strncmp(path, LAYOUT_TILES, strlen(LAYOUT_TILES)) == 0 &&
	    strcmp(path, LAYOUT_DISCLOSED) != 0;
	if (!o->keep)
		return 0;
	if (o->n == o->cap) {
		size_t cap = o->cap ? 2 * o->cap : 64;
		void *more = reallocarray(o->file, cap, sizeof *o->file);

		if (more == NULL)
			return -1;
		o->file = more;
		o->cap = cap;
	}
	(void)snprintf(o->file[o->n].path, sizeof o->file[0].path, "%s",
	    path);
	buf_init(&o->file[o->n++].bytes);
	return 0;
}

static int
other_bytes(void *arg, const uint8_t *p, size_t n)
{
	struct other *o = arg;
	struct buf *to;

	if (!o->keep)
		return 0;
	to = &o->file[o->n - 1].bytes;
	if ((o->kept += n) > LIMIT_VERIFY_KEPT)
		return -1;
	buf_add(to, p, n);
	return buf_failed(to) ? -1 : 0;
}

static int
other_end(void *arg)
{
	(void)arg;
	return 0;
}

static const struct input_calls other_calls = {
	other_begin, other_bytes, other_end
};

static const struct buf *
other_file(const void *arg, const char *path)
{
	const struct other *o = arg;

	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->file[i].path, path) == 0)
			return &o->file[i].bytes;
	return NULL;
}

/* The smaller of the two trees is the beginning of the larger one. */
static void
earlier_holds(struct verify *v, const struct checkpoint *was,
    const struct other *o)
{
	struct verify_log *log = v->log;
	const struct checkpoint *now = &log->head;
	struct case_tree theirs = { .size = 0 };
	uint8_t root[MERKLE_HASH];
	char where[TREE_WHERE];
	int good = 0;

	if (was->size <= now->size) {
		good = tree_root(&log->tree, was->size, root) == 0 &&
		    memcmp(root, was->root, MERKLE_HASH) == 0;
	} else if (was->size <= LIMIT_VERIFY_LEAVES) {
		good = tree_read(&theirs, other_file, o, was->size, where) ==
		    TREE_FINE && tree_root(&theirs, was->size, root) == 0 &&
		    memcmp(root, was->root, MERKLE_HASH) == 0 &&
		    tree_root(&theirs, now->size, root) == 0 &&
		    memcmp(root, now->root, MERKLE_HASH) == 0;
	}
	tree_release(&theirs);
	if (good)
		verify_good(v, VERIFY_EARLIER, SAY_VERIFY_OK_EARLIER,
		    verify_number(was->size), verify_number(now->size));
	else
		verify_broken(v, VERIFY_EARLIER, SAY_VERIFY_EARLIER,
		    verify_number(was->size), verify_number(now->size));
}

void
log_earlier(struct verify *v, const struct keys *keys)
{
	struct other o = { .n = 0 };
	struct checkpoint was;
	const struct buf *text = NULL;

	if (input_read(v->earlier, &other_calls, &o) == 0)
		text = other_file(&o, LAYOUT_CHECKPOINT);
	if (text == NULL || text->len == 0)
		verify_broken(v, VERIFY_EARLIER, SAY_VERIFY_EARLIER_READ,
		    v->earlier->where, NULL);
	else if (log_head_open(v, VERIFY_EARLIER, keys, (char *)text->data,
	    text->len, &was) == 0) {
		if (log_same_tree(was.origin, v->log->head.origin))
			earlier_holds(v, &was, &o);
		else
			verify_broken(v, VERIFY_EARLIER,
			    SAY_VERIFY_EARLIER_OTHER, was.origin, NULL);
	}
	for (size_t i = 0; i < o.n; i++)
		buf_release(&o.file[i].bytes);
	free(o.file);
}
