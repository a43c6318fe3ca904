/* SPDX-License-Identifier: ISC */
/*
 * runs: see runs.h.
 */
#include "tests/fault/runs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fault/fault.h"

#define BIG (200u << 10)

static void
acknowledge(struct acked *a, const struct receipt *r)
{
	if (a->n == ACKED_MAX)
		abort();
	memcpy(a->sha256[a->n++], r->sha256, LOG_HASH_LEN);
	if (a->fd != -1 && write(a->fd, r->sha256, LOG_HASH_LEN) !=
	    LOG_HASH_LEN)
		abort();
}

static void
append(struct log *log, struct acked *a, uint32_t seed, size_t n)
{
	static uint8_t bytes[BIG];
	struct receipt r;

	logs_bytes(seed, bytes, n);
	if (logs_document(log, bytes, n, &r) == LOG_DONE)
		acknowledge(a, &r);
}

void
run_append(const struct place *p, struct acked *a)
{
	static const size_t sizes[] = { 100, 5000, 65536, 65537, BIG, 100,
	    3000, BIG };
	struct trouble t;
	struct log *log = place_open(p, &t);

	if (log == NULL)
		return;
	for (uint32_t i = 0; i < 8; i++)
		append(log, a, i % 6, sizes[i]);
	log_close(log);
}

void
run_changes(const struct place *p, struct acked *a)
{
	struct trouble t;
	struct log *log = place_open_small(p, &t);

	if (log == NULL)
		return;
	for (uint32_t i = 0; i < 14; i++)
		append(log, a, 100 + i, i % 3 == 0 ? 150000 : 60000);
	log_close(log);
}

void
run_open(const struct place *p, struct acked *a)
{
	struct trouble t;

	(void)a;
	log_close(place_open(p, &t));
}

void
run_backup(const struct place *p, struct acked *a)
{
	const struct log_options o = { .dir = p->dir, .key_path = p->key };
	char dest[LOGS_PATH], keys[LOGS_PATH];
	struct log_verified sum;
	struct trouble t;

	(void)a;
	(void)snprintf(dest, sizeof(dest), "%s/backup", p->root);
	(void)snprintf(keys, sizeof(keys), "%s/backup.keys", p->root);
	if (log_backup(&o, dest, keys, NULL, NULL, &sum, &t) == -1)
		return;		/* the check looks at what is there */
}

/* ---- what must hold ------------------------------------------------- */

static int
wrong(const char *what, const struct trouble *t)
{
	(void)fprintf(stderr, "%s: ", what);
	logs_say(t);
	return -1;
}

static int
verify(const struct place *p)
{
	const struct log_options o = { .dir = p->dir, .key_path = p->key };
	struct log_verified sum;
	struct trouble t = { .key = SAY_STORE_MEMORY };

	return log_verify(&o, NULL, NULL, &sum, &t) == 0 ? 0 :
	    wrong("verify", &t);
}

int
run_check(const struct place *p, const struct acked *a)
{
	struct trouble t = { .key = SAY_STORE_MEMORY };
	struct log *log;
	struct receipt r;
	int rc = 0;

	log = place_open(p, &t);
	if (log == NULL)
		return wrong("open", &t);
	if (log_readonly(log, &t))
		rc = wrong("read-only", &t);
	else if (logs_read(log, &t) == -1)
		rc = wrong("read", &t);
	for (unsigned i = 0; rc == 0 && i < a->n; i++) {
		if (logs_has_blob(log, a->sha256[i]))
			continue;
		(void)fprintf(stderr, "acknowledged blob %u of %u is lost\n",
		    i, a->n);
		rc = -1;
	}
	if (rc == 0 && logs_contact(log, &r) != LOG_DONE)
		rc = wrong("append", &t);
	log_close(log);
	return rc == 0 ? verify(p) : rc;
}

struct place
run_at(const struct place *p, const char *name)
{
	struct place at = *p;

	if ((size_t)snprintf(at.dir, sizeof(at.dir), "%s/%s", p->root, name)
	    >= sizeof(at.dir))
		abort();
	return at;
}

int
run_restored(const struct place *p)
{
	struct trouble t = { .key = SAY_STORE_MEMORY };
	struct log_cursor *cur;
	struct log_item item;
	struct log *log;
	uint64_t seq = 0, last = 0;
	unsigned said = 0;
	char position[40];

	for (int i = 0; i < 2; i++) {
		if ((log = place_open(p, &t)) == NULL)
			return wrong("start of a restored store", &t);
		log_close(log);
	}
	if ((log = place_read(p, &t)) == NULL)
		return wrong("open", &t);
	cur = log_cursor_new(log, NULL, &t);
	while (cur != NULL && log_cursor_next(cur, &item, &t) == 1) {
		if (item.what != LOG_ITEM_ENTRY)
			continue;
		last = item.seq;
		if (item.kind != KIND_STORE_RESTORED)
			continue;
		said++;
		seq = item.seq;
		(void)snprintf(position, sizeof(position), "\"position\":%llu}",
		    (unsigned long long)seq - 1);
		if (memmem(item.text, item.len, position, strlen(position)) ==
		    NULL)
			said += 100;
	}
	log_cursor_free(cur);
	log_close(log);
	if (said == 1 && seq == last)
		return 0;
	(void)fprintf(stderr, "restored is said %u times, last at %llu of "
	    "%llu\n", said, (unsigned long long)seq,
	    (unsigned long long)last);
	return -1;
}

void
run_broken(run_fn *before, run_fn *run, int error)
{
	static struct acked a;
	struct place p;
	unsigned n;
	int done = 1;

	for (n = 1; done; n++) {
		a.n = 0;
		a.fd = -1;
		fault_reset();
		place_make(&p, 1);
		if (before != NULL)
			before(&p, &a);
		fault_reset();
		fault_fail(n, error);
		run(&p, &a);
		done = fault_done();
		/* All kept, nothing kept, and some. */
		fault_seed(n % 4 == 0 ? 0 : n % 4 == 1 ? 1 : n);
		fault_power();
		fault_reset();
		if (run_check(&p, &a) == -1) {
			(void)fprintf(stderr, "call %u, error %d, %s\n", n,
			    error, p.root);
			abort();
		}
		place_remove(&p);
	}
	(void)printf("%u calls\n", n - 2);
}
