/* SPDX-License-Identifier: ISC */
/*
 * verify_given: the entries that a bundle gives away: each must be what its
 * leaf commits to, and each arrival what a given document.filed binds.  It
 * must never count as proven what the tree does not hold.
 */
#include "client/verify_log.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/json.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"
#include "proto/base/when.h"
#include "proto/out/disclosed.h"

struct given_line {
	uint64_t	case_seq;
	uint8_t		commitment[MERKLE_HASH];
	uint8_t		about[ROWSUM];
};

struct given_bind {
	uint64_t	case_seq;
	uint8_t		commitment[MERKLE_HASH];
	uint8_t		met;		/* what it binds was given */
};

struct given_arrival {
	uint8_t		sha256[32];
	uint64_t	bound_by;
	int		asked;		/* a produced document has it */
	char		at[WHEN_TEXT_MAX];
};

void
given_init(struct given *g)
{
	memset(g, 0, sizeof *g);
	g->fault.key = SAY_COUNT;
}

void
given_release(struct given *g)
{
	buf_release(&g->line);
	buf_release(&g->entry);
	buf_release(&g->given);
	buf_release(&g->filed);
	buf_release(&g->arrived);
}

static int
bad(struct given *g, enum verify_check check, enum say_key key)
{
	if (g->fault.key == SAY_COUNT)
		g->faulty = check;
	return table_bad(&g->fault, key, g->lines);
}

/* ---- one entry --------------------------------------------------------- */

static int
bind_add(struct given *g, const struct json *j, uint32_t token,
    uint64_t case_seq)
{
	struct given_bind bind = { .case_seq = case_seq };
	struct buf hex = BUF_INIT;
	int good = json_str(j, token, &hex) == 0 &&
	    hex.len == 2 * MERKLE_HASH &&
	    text_unhex((char *)hex.data, hex.len, bind.commitment) == 0;

	buf_release(&hex);
	if (!good)
		return bad(g, VERIFY_COMMITMENTS, SAY_VERIFY_GIVEN_FORM);
	buf_add(&g->filed, &bind, sizeof bind);
	return buf_failed(&g->filed) ? -1 : 0;
}

/* What a document.filed binds. */
static int
binds_add(struct given *g, const struct json *j, uint64_t case_seq)
{
	uint32_t list = json_get(j, json_get(j, 0, "body"), "commitments");
	int rc = 0;

	for (uint32_t x = json_first(j, list); x != JSON_NONE && rc == 0;
	    x = json_after(j, list, x))
		rc = bind_add(g, j, x, case_seq);
	return rc;
}

/* Kind and time of the entry, as its leaf says them. */
static int
entry_about(struct given *g, const struct json *j, uint8_t about_r[ROWSUM])
{
	struct buf kind = BUF_INIT, at = BUF_INIT;
	int rc = 0;

	if (json_str(j, json_get(j, 0, "kind"), &kind) == -1 ||
	    json_str(j, json_get(j, 0, "at"), &at) == -1 || kind.len == 0)
		rc = bad(g, VERIFY_COMMITMENTS, SAY_VERIFY_GIVEN_FORM);
	else if (buf_str(&at) == NULL || tree_about((char *)kind.data,
	    kind.len, buf_str(&at), about_r) == -1)
		rc = -1;
	buf_release(&kind);
	buf_release(&at);
	return rc;
}

static int
leaf_given(struct given *g, const struct disclosed *d)
{
	struct given_line line = { .case_seq = d->case_seq };
	struct given_line last = { .case_seq = 0 };
	struct json j;
	int rc;

	if (g->given.len > 0)
		memcpy(&last, g->given.data + g->given.len - sizeof last,
		    sizeof last);
	if (d->case_seq <= last.case_seq || g->bound > 0)
		return bad(g, VERIFY_COMMITMENTS, SAY_VERIFY_GIVEN_ORDER);
	if (disclosed_commitment(d, line.commitment) == -1)
		return -1;
	if (json_parse(&j, d->entry, d->entry_len) == -1)
		return bad(g, VERIFY_COMMITMENTS, SAY_VERIFY_GIVEN_FORM);
	rc = entry_about(g, &j, line.about);
	if (rc == 0 && json_is(&j, json_get(&j, 0, "kind"), "document.filed"))
		rc = binds_add(g, &j, d->case_seq);
	json_release(&j);
	buf_add(&g->given, &line, sizeof line);
	return buf_failed(&g->given) ? -1 : rc;
}

/*
 * The filing's records stand together; they are in the order of leaves.  What
 * is fit for the commitment; NULL: nothing.
 */
static struct given_bind *
bind_find(struct given *g, uint64_t case_seq, const uint8_t *commitment)
{
	struct given_bind *bind = (void *)g->filed.data;
	size_t n = g->filed.len / sizeof *bind, low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (bind[middle].case_seq < case_seq)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < n && bind[low].case_seq == case_seq; low++)
		if (memcmp(bind[low].commitment, commitment, MERKLE_HASH) ==
		    0)
			return &bind[low];
	return NULL;
}

/* Of an arrival, when it was captured and with which SHA-256. */
static int
arrival_given(struct given *g, const struct disclosed *d)
{
	struct buf hex = BUF_INIT, at = BUF_INIT;
	struct given_arrival a = { .bound_by = d->bound_by };
	struct json j;
	int good = 1;

	if (json_parse(&j, d->entry, d->entry_len) == -1)
		return bad(g, VERIFY_BOUND, SAY_VERIFY_GIVEN_FORM);
	if (json_is(&j, json_get(&j, 0, "kind"), "document.received")) {
		good = json_str(&j, json_get(&j, json_get(&j, 0, "body"),
		    "sha256"), &hex) == 0 && hex.len == 64 &&
		    text_unhex((char *)hex.data, 64, a.sha256) == 0 &&
		    json_str(&j, json_get(&j, 0, "at"), &at) == 0 &&
		    at.len > 0 && at.len < sizeof a.at;
		if (good) {
			memcpy(a.at, at.data, at.len);
			buf_add(&g->arrived, &a, sizeof a);
		}
	}
	buf_release(&hex);
	buf_release(&at);
	json_release(&j);
	if (!good)
		return bad(g, VERIFY_BOUND, SAY_VERIFY_GIVEN_FORM);
	return buf_failed(&g->arrived) ? -1 : 0;
}

static int
bound_given(struct given *g, const struct disclosed *d)
{
	uint8_t commitment[MERKLE_HASH];
	struct given_bind *bind;

	g->bound++;
	if (disclosed_commitment(d, commitment) == -1)
		return -1;
	if ((bind = bind_find(g, d->bound_by, commitment)) == NULL)
		return bad(g, VERIFY_BOUND, SAY_VERIFY_GIVEN_BOUND);
	if (bind->met || d->bound_by < g->bound_by)
		return bad(g, VERIFY_BOUND, SAY_VERIFY_GIVEN_ORDER);
	bind->met = 1;
	g->bound_by = d->bound_by;
	return arrival_given(g, d);
}

/* ---- lines ------------------------------------------------------------- */

static int
line_took(struct given *g, const char *line, size_t len)
{
	struct disclosed d;

	if (++g->lines > LIMIT_VERIFY_LEAVES)
		return bad(g, VERIFY_COMMITMENTS, SAY_VERIFY_LONG);
	if (disclosed_read(&d, &g->entry, line, len) == -1)
		return bad(g, VERIFY_COMMITMENTS, SAY_VERIFY_GIVEN_FORM);
	return d.bound_by > 0 ? bound_given(g, &d) : leaf_given(g, &d);
}

int
given_bytes(struct given *g, const uint8_t *p, size_t n)
{
	g->there = 1;
	while (n > 0 && g->fault.key == SAY_COUNT) {
		const uint8_t *end = memchr(p, '\n', n);
		size_t used = end != NULL ? (size_t)(end - p) : n;
		int rc = 0;

		if (used > DISCLOSED_MAX - g->line.len)
			return bad(g, VERIFY_COMMITMENTS, SAY_VERIFY_LONG);
		buf_add(&g->line, p, used);
		if (buf_failed(&g->line))
			return -1;
		if (end != NULL) {
			rc = line_took(g, g->line.len > 0 ?
			    (char *)g->line.data : "", g->line.len);
			buf_clear(&g->line);
			used++;
		}
		if (rc == -1)
			return -1;
		p += used;
		n -= used;
	}
	return 0;
}

/* ---- the checks -------------------------------------------------------- */

static int
lines_hold(struct verify *v, const struct given *g,
    const struct case_tree *t)
{
	const struct given_line *line = (const void *)g->given.data;
	size_t n = g->given.len / sizeof *line;

	for (size_t i = 0; i < n; i++) {
		uint64_t leaf = line[i].case_seq - 1;

		if (leaf >= t->size || memcmp(line[i].commitment,
		    t->commitments.data + leaf * MERKLE_HASH, MERKLE_HASH) !=
		    0 || memcmp(line[i].about, t->about.data + leaf * ROWSUM,
		    ROWSUM) != 0)
			return verify_broken(v, VERIFY_COMMITMENTS,
			    SAY_VERIFY_GIVEN_OTHER,
			    verify_number(line[i].case_seq), NULL);
	}
	verify_good(v, VERIFY_COMMITMENTS, SAY_VERIFY_OK_COMMITMENTS,
	    verify_number(n), verify_number(t->size));
	return 0;
}

static int
order_sha256(const void *a, const void *b)
{
	return memcmp(((const struct given_arrival *)a)->sha256,
	    ((const struct given_arrival *)b)->sha256, 32);
}

static int
order_bound(const void *bound_by, const void *arrival)
{
	const uint64_t *n = bound_by;
	const struct given_arrival *a = arrival;

	return (*n > a->bound_by) - (*n < a->bound_by);
}

/* The first filing that binds something of which no arrival is given. */
static uint64_t
first_alone(const struct given *g)
{
	const struct given_bind *bind = (const void *)g->filed.data;
	size_t n = g->arrived.len / sizeof(struct given_arrival);

	for (size_t i = 0; i < g->filed.len / sizeof *bind; i++)
		if (n == 0 || bsearch(&bind[i].case_seq, g->arrived.data, n,
		    sizeof(struct given_arrival), order_bound) == NULL)
			return bind[i].case_seq;
	return 0;
}

void
given_check(struct verify *v, struct given *g, const struct case_tree *t)
{
	if (g->fault.key == SAY_COUNT && g->line.len > 0) {
		g->lines++;
		(void)bad(g, VERIFY_COMMITMENTS, SAY_VERIFY_TABLE_TORN);
	}
	if (g->fault.key != SAY_COUNT)
		verify_broken(v, g->faulty, g->fault.key,
		    "disclosed.jsonl", verify_number(g->fault.row));
	g->alone = first_alone(g);
	if (g->arrived.len > 0)
		qsort(g->arrived.data, g->arrived.len /
		    sizeof(struct given_arrival),
		    sizeof(struct given_arrival), order_sha256);
	if (lines_hold(v, g, t) == -1)
		return;
	if (g->bound > 0)
		verify_good(v, VERIFY_BOUND, SAY_VERIFY_OK_BOUND,
		    verify_number(g->bound), NULL);
	else
		verify_half(v, VERIFY_BOUND, SAY_VERIFY_HALF_BOUND, NULL,
		    NULL);
}

enum arrival
given_arrived(struct given *g, const uint8_t sha256[32], const char *at)
{
	struct given_arrival *a = (void *)g->arrived.data;
	size_t n = g->arrived.len / sizeof *a, low = 0, high = n;
	enum arrival found = ARRIVAL_NOT_GIVEN;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(a[middle].sha256, sha256, 32) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < n && memcmp(a[low].sha256, sha256, 32) == 0; low++) {
		a[low].asked = 1;
		if (strcmp(a[low].at, at) == 0)
			found = ARRIVAL_THEN;
		else if (found == ARRIVAL_NOT_GIVEN)
			found = ARRIVAL_OTHERWISE;
	}
	return found;
}

uint64_t
given_other(const struct given *g)
{
	const struct given_arrival *a = (const void *)g->arrived.data;
	uint64_t first = 0;

	for (size_t i = 0; i < g->arrived.len / sizeof *a; i++)
		if (!a[i].asked && (first == 0 || a[i].bound_by < first))
			first = a[i].bound_by;
	return first;
}
