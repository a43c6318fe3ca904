/* SPDX-License-Identifier: ISC */
/*
 * Damage of every kind: it is reported with its own words, nothing wrong is
 * served, nothing is acknowledged on top of it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/journal/journal.h"
#include "tests/unit/logs.h"

static struct place place;

static void
fill(struct log *log, unsigned n, size_t size)
{
	static uint8_t bytes[100000];
	struct receipt r;

	for (uint32_t i = 0; i < n; i++) {
		logs_bytes(i + (uint32_t)size, bytes, size);
		assert_int_equal(logs_document(log, bytes, size, &r),
		    LOG_DONE);
	}
}

static void
make(unsigned n, size_t size)
{
	struct trouble t;
	struct log *log;

	place_make(&place, 1);
	log = place_open(&place, &t);
	assert_non_null(log);
	fill(log, n, size);
	log_close(log);
}

/* A daemon that was killed after its acknowledgement: no footer, a tail. */
static void
make_killed(unsigned n, size_t size)
{
	struct trouble t;
	int status;
	pid_t pid;

	place_make(&place, 1);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		fill(place_open(&place, &t), n, size);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static enum say_key
verified(void)
{
	const struct log_options o = { .dir = place.dir,
	    .key_path = place.key };
	struct log_verified sum;
	struct trouble t;

	return log_verify(&o, NULL, NULL, &sum, &t) == 0 ? SAY_COUNT : t.key;
}

static void
flip(const char *path, off_t at)
{
	uint8_t c;
	int fd = open(path, O_RDWR);

	assert_int_not_equal(fd, -1);
	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= 0x10;
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
	(void)close(fd);
}

static off_t
size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

/* Flipped, it is reported; what is still served is what was written. */
static void
flip_each(const char *name, off_t end, off_t step)
{
	char path[LOGS_PATH];
	struct trouble t;
	struct log *log;

	(void)place_path(&place, name, path);
	for (off_t at = 0; at < end; at += step) {
		flip(path, at);
		if (verified() == SAY_COUNT) {
			(void)fprintf(stderr, "%s byte %lld\n", name,
			    (long long)at);
			fail();
		}
		log = place_read(&place, &t);
		if (log != NULL)
			(void)logs_read(log, &t);	/* aborts at a lie */
		log_close(log);
		flip(path, at);
	}
	assert_int_equal(verified(), SAY_COUNT);
}

static void
each_byte_of_a_sealed_segment(void **state)
{
	char path[LOGS_PATH];

	(void)state;
	make(2, 50);
	flip_each("journal/00000001.seg",
	    size_of(place_path(&place, "journal/00000001.seg", path)), 1);
	flip_each("journal/00000002.seg",
	    size_of(place_path(&place, "journal/00000002.seg", path)), 1);
	place_remove(&place);
}

static void
blob_segments(void **state)
{
	char path[LOGS_PATH];
	off_t size;

	(void)state;
	make(2, 70000);
	(void)place_path(&place, "blobs/00000001.seg", path);
	size = size_of(path);
	flip_each("blobs/00000001.seg", 300, 1);
	flip_each("blobs/00000001.seg", size, 997);
	for (off_t at = size - 200; at < size; at++) {
		flip(path, at);
		assert_int_not_equal(verified(), SAY_COUNT);
		flip(path, at);
	}
	assert_int_equal(rename(path, place_path(&place, "gone",
	    (char[LOGS_PATH]){ 0 })), 0);
	assert_int_equal(verified(), SAY_STORE_MISSING);
	place_remove(&place);
}

/* The last acknowledged group of a killed daemon is never cut for damage. */
static void
each_byte_of_an_unsealed_segment(void **state)
{
	char path[LOGS_PATH];
	struct trouble t;
	struct log *log = NULL;
	off_t end;

	(void)state;
	make_killed(2, 50);
	log = place_read(&place, &t);
	assert_non_null(log);
	end = (off_t)log->durable.end;
	log_close(log);
	flip_each("journal/00000002.seg", end, 1);
	(void)place_path(&place, "journal/00000002.seg", path);
	for (off_t at = 0; at < end; at += 41) {
		flip(path, at);
		log = place_open(&place, &t);
		if (log != NULL) {
			assert_true(log_readonly(log, &t));
			assert_int_equal(logs_contact(log, NULL), LOG_DEAD);
		}
		log_close(log);
		flip(path, at);
	}
	log = place_open(&place, &t);
	assert_false(log_readonly(log, &t));
	assert_int_equal(logs_read(log, &t), 3);
	log_close(log);
	place_remove(&place);
}

static void
truncated(void **state)
{
	char path[LOGS_PATH];
	struct trouble t;
	struct log *log;
	off_t end;

	(void)state;
	make_killed(2, 50);
	log = place_read(&place, &t);
	end = (off_t)log->durable.end;
	log_close(log);
	(void)place_path(&place, "journal/00000002.seg", path);
	assert_int_equal(truncate(path, end - 10), 0);
	log = place_open(&place, &t);
	assert_true(log_readonly(log, &t));
	assert_int_equal(t.key, SAY_STORE_TRUNCATED);
	assert_int_equal(logs_read(log, &t), 2);
	log_close(log);
	place_remove(&place);
}

/* Three starts: segments 1 to 4. */
static void
make_several(void)
{
	struct trouble t;
	struct log *log;

	make(1, 60);
	for (unsigned i = 1; i < 3; i++) {
		log = place_open(&place, &t);
		fill(log, 1, 60 + i);
		log_close(log);
	}
}

static enum say_key
opened(void)
{
	struct trouble t = { .key = SAY_COUNT };
	struct log *log = place_open(&place, &t);

	if (log != NULL && log_readonly(log, &t))
		assert_int_equal(logs_contact(log, NULL), LOG_DEAD);
	log_close(log);
	return t.key;
}

static void
missing_and_swapped(void **state)
{
	char a[LOGS_PATH], b[LOGS_PATH], c[LOGS_PATH];

	(void)state;
	make_several();
	(void)place_path(&place, "journal/00000002.seg", a);
	(void)place_path(&place, "journal/00000003.seg", b);
	(void)place_path(&place, "journal/aside", c);
	assert_int_equal(rename(a, c), 0);
	assert_int_equal(opened(), SAY_STORE_MISSING);
	assert_int_equal(verified(), SAY_STORE_MISSING);
	assert_int_equal(rename(b, a), 0);
	assert_int_equal(opened(), SAY_STORE_FOREIGN);
	assert_int_equal(rename(a, b), 0);
	assert_int_equal(rename(c, a), 0);
	assert_int_equal(truncate(a, size_of(a) - 16), 0);
	assert_int_equal(opened(), SAY_STORE_SWAPPED);
	place_remove(&place);
}

static void
rolled_back(void **state)
{
	struct log_options o = { .dir = place.dir, .key_path = place.key };
	char path[LOGS_PATH];
	struct trouble t;
	struct log_head head;
	struct log *log;

	(void)state;
	make_several();
	log = place_open(&place, &t);
	log_head(log, &head);
	log_close(log);
	(void)place_path(&place, "journal/00000004.seg", path);
	assert_int_equal(unlink(path), 0);
	log = log_open(&o, &t);
	assert_non_null(log);
	log_seen(log, head.seq, head.chain);
	assert_true(log_readonly(log, &t));
	assert_int_equal(t.key, SAY_STORE_ROLLBACK);
	assert_int_equal(log_start(log, &t), 0);
	assert_int_equal(logs_contact(log, NULL), LOG_DEAD);
	log_close(log);
	assert_int_equal(log_accept_rollback(&o, head.seq, &t), 0);
	assert_int_equal(opened(), SAY_COUNT);
	assert_int_equal(verified(), SAY_COUNT);
	place_remove(&place);
}

/* The same seq with another chain: a copy that went its own way. */
static void
another_history(void **state)
{
	struct log_options o = { .dir = place.dir, .key_path = place.key };
	struct trouble t;
	struct log_head head;
	struct log *log;

	(void)state;
	make(1, 60);
	log = log_open(&o, &t);
	log_head(log, &head);
	log_seen(log, head.seq, head.chain);
	assert_false(log_readonly(log, &t));
	head.chain[0] ^= 1;
	log_seen(log, head.seq, head.chain);
	assert_true(log_readonly(log, &t));
	log_close(log);
	place_remove(&place);
}

static void
put_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
}

static void
keys(void **state)
{
	struct place other;
	char ring[LOGS_PATH], copy[LOGS_PATH], own[LOGS_PATH];

	(void)state;
	make(1, 60);
	(void)snprintf(own, sizeof(own), "%s", place.key);
	place_make(&other, 1);
	(void)snprintf(place.key, sizeof(place.key), "%s", other.key);
	assert_int_equal(opened(), SAY_STORE_KEY_WRONG);
	assert_int_equal(unlink(other.key), 0);
	assert_int_equal(opened(), SAY_STORE_KEY_MISSING);
	put_text(place.key, "12 ab\n");
	(void)chmod(place.key, 0600);
	assert_int_equal(opened(), SAY_STORE_KEY_BAD);
	(void)snprintf(place.key, sizeof(place.key), "%s", own);
	assert_int_equal(chmod(own, 0640), 0);
	assert_int_equal(opened(), SAY_STORE_KEY_OPEN);
	assert_int_equal(chmod(own, 0600), 0);

	(void)place_path(&place, "keys/ring", ring);
	(void)place_path(&place, "keys/ring.copy", copy);
	flip(ring, 100);
	assert_int_equal(opened(), SAY_COUNT);	/* the copy serves */
	flip(copy, 100);
	assert_int_equal(opened(), SAY_STORE_RING_LOST);
	flip(copy, 100);
	assert_int_equal(unlink(ring), 0);
	assert_int_equal(opened(), SAY_COUNT);
	assert_int_equal(verified(), SAY_COUNT);
	assert_int_equal(rename(place_path(&other, "keys/ring",
	    (char[LOGS_PATH]){ 0 }), ring), 0);
	assert_int_equal(opened(), SAY_STORE_RING_DIFFERS);
	assert_int_equal(unlink(ring), 0);
	assert_int_equal(unlink(copy), 0);
	assert_int_equal(opened(), SAY_STORE_RING_LOST);
	place_remove(&place);
	place_remove(&other);
}

/* Typed from a recovery sheet: other blanks, capitals. */
static void
typed_key(void **state)
{
	char text[256] = { 0 }, typed[600];
	size_t n = 0;
	FILE *f;

	(void)state;
	make(1, 60);
	f = fopen(place.key, "r");
	assert_non_null(fgets(text, sizeof(text), f));
	(void)fclose(f);
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == ' ' || *p == '\n')
			continue;
		typed[n++] = (char)(*p >= 'a' ? *p - 32 : *p);
		if (n % 5 == 4)
			typed[n++] = '-';
	}
	typed[n] = '\0';
	put_text(place.key, typed);
	assert_int_equal(opened(), SAY_COUNT);
	place_remove(&place);
}

static void
two_daemons_and_no_store(void **state)
{
	struct trouble t;
	struct log *log, *beside;

	(void)state;
	make(1, 60);
	log = place_open(&place, &t);
	assert_int_equal(opened(), SAY_STORE_LOCKED);
	assert_int_equal(verified(), SAY_COUNT);
	/* Views beside a daemon may have seen what came since. */
	beside = place_read(&place, &t);
	assert_non_null(beside);
	log_seen(beside, 99, log_store_id(beside));
	assert_false(log_readonly(beside, &t));
	log_close(beside);
	log_close(log);
	assert_int_equal(log_init(place.dir, place.key, &t), -1);
	assert_int_equal(t.key, SAY_STORE_HERE);
	(void)snprintf(place.dir, sizeof(place.dir), "%s/none", place.root);
	assert_int_equal(opened(), SAY_STORE_NONE);
	place_remove(&place);
}

static void
newer_format(void **state)
{
	char path[LOGS_PATH];
	uint8_t head[SEGMENT_HEAD];
	struct segment_head h;
	int fd;

	(void)state;
	make(1, 60);
	fd = open(place_path(&place, "journal/00000002.seg", path), O_RDWR);
	assert_int_equal(pread(fd, head, sizeof(head), 0), SEGMENT_HEAD);
	assert_int_equal(segment_head_decode(head, &h), 0);
	h.version = 2;
	segment_head_encode(&h, head);
	assert_int_equal(pwrite(fd, head, sizeof(head), 0), SEGMENT_HEAD);
	(void)close(fd);
	assert_int_equal(opened(), SAY_STORE_FORMAT_NEWER);
	assert_int_equal(verified(), SAY_STORE_FORMAT_NEWER);
	place_remove(&place);
}

/* All segments gone is no new store. */
static void
emptied(void **state)
{
	char path[LOGS_PATH];

	(void)state;
	make(1, 60);
	assert_int_equal(unlink(place_path(&place, "journal/00000001.seg",
	    path)), 0);
	assert_int_equal(unlink(place_path(&place, "journal/00000002.seg",
	    path)), 0);
	assert_int_equal(opened(), SAY_STORE_MISSING);
	place_remove(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_byte_of_a_sealed_segment),
		cmocka_unit_test(blob_segments),
		cmocka_unit_test(each_byte_of_an_unsealed_segment),
		cmocka_unit_test(truncated),
		cmocka_unit_test(missing_and_swapped),
		cmocka_unit_test(rolled_back),
		cmocka_unit_test(another_history),
		cmocka_unit_test(keys),
		cmocka_unit_test(typed_key),
		cmocka_unit_test(two_daemons_and_no_store),
		cmocka_unit_test(newer_format),
		cmocka_unit_test(emptied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
