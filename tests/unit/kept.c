/* SPDX-License-Identifier: ISC */
/*
 * kept: each entry's dump is kept beside the store, and held against it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/kept.h"
#include "tests/unit/peek.h"

#define ENTRIES_MAX 256

static struct buf dump_at[ENTRIES_MAX];	/* as it was answered then */

void
kept_begin(void)
{
	fill_begin(&fill);
}

void
kept_end(void)
{
	fill_end(&fill);
	for (int i = 0; i < ENTRIES_MAX; i++)
		buf_release(&dump_at[i]);
}

static void
note_position(void)
{
	assert_true(fill.last.seq < ENTRIES_MAX);
	peek_dump(fill.store, fill.last.seq, &dump_at[fill.last.seq]);
}

uint64_t
kept_entry(enum kind kind, struct names names, const char *body)
{
	uint64_t seq = fill_entry(&fill, kind, &names, body);

	note_position();
	return seq;
}

struct id
kept_receive(const char *bytes, const char *front, const char *back)
{
	struct id id = fill_document(&fill, bytes, "test", front, back);

	note_position();
	return id;
}

static void
positions_answer_as_then(void)
{
	struct buf now = BUF_INIT;
	unsigned held = 0;

	for (uint64_t p = 1; p <= fill.last.seq; p++) {
		if (dump_at[p].len == 0)
			continue;
		peek_dump(fill.store, p, &now);
		assert_int_equal(now.len, dump_at[p].len);
		assert_memory_equal(now.data, dump_at[p].data, now.len);
		held++;
	}
	assert_true(held > 50);
	buf_release(&now);
}

void
kept_at_every_position(void **state)
{
	(void)state;
	positions_answer_as_then();
}

void
kept_without_views(void **state)
{
	(void)state;
	fill_reopen(&fill, 1);
	positions_answer_as_then();
	fill_reopen(&fill, 0);
	positions_answer_as_then();
}

static void
rebuild(int compare, int want)
{
	struct store_options o = { .dir = fill.dir, .key_path = fill.key };
	struct trouble t;

	store_close(fill.store);
	fill.store = NULL;
	assert_int_equal(store_rebuild(&o, compare, &t), want);
	fill_reopen(&fill, 0);
}

void
kept_by_a_rebuild(void **state)
{
	struct log_head before, after;

	(void)state;
	log_head(store_log(fill.store), &before);
	rebuild(1, 0);
	rebuild(0, 0);
	rebuild(1, 0);
	positions_answer_as_then();
	log_head(store_log(fill.store), &after);
	assert_int_equal(before.seq, after.seq);
}
