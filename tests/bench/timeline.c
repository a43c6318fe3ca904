/* SPDX-License-Identifier: ISC */
/*
 * Benchmark: the timeline of one case with 100,000 events (BENCH_SCALE of
 * them) to JSON, in process, beside `sqlite3 -json` of the same rows.
 * Prints the row that tests/bench/run reads:  name | ours | peer | ratio |
 * target.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/ask/ask.h"
#include "store/store.h"

#define EVENTS 100000
#define DOCUMENTS_A_BATCH 32
#define SLICE 256

static char dir[512];

static _Noreturn void
die(const char *what, const struct trouble *trouble)
{
	struct buf text = BUF_INIT;

	if (trouble != NULL)
		trouble_say(&text, LANG_EN, trouble);
	(void)fprintf(stderr, "%s: %s\n", what, buf_str(&text));
	exit(1);
}

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- filling ---------------------------------------------------------- */

static void
append(struct log *log, struct batch *batch, struct receipt *receipts,
    unsigned n)
{
	if (batch == NULL || log_append_wait(log, batch, receipts, n) !=
	    LOG_DONE)
		die("append", NULL);
}

static struct draft
draft(enum kind kind, const char *body)
{
	return (struct draft){ .kind = kind, .actor = "bench",
	    .client = REF_NONE, .kase = REF_NONE, .contact = REF_NONE,
	    .document = REF_NONE, .staff = REF_NONE, .body = body,
	    .bodylen = strlen(body), .blob = -1 };
}

static void
open_case(struct log *log, struct id *client_r, struct id *case_r)
{
	struct batch *batch = batch_new(log);
	struct draft client = draft(KIND_CLIENT_ADDED,
	    "{\"name\":\"Example Trading Ltd\"}");
	struct draft kase = draft(KIND_CASE_OPENED, "{\"title\":\"Lease\"}");
	struct receipt receipts[2];

	kase.client = REF_DRAFT(0);
	if (batch == NULL || batch_draft(batch, &client) != 0 ||
	    batch_draft(batch, &kase) != 1)
		die("draft", NULL);
	append(log, batch, receipts, 2);
	*client_r = receipts[0].number;
	*case_r = receipts[1].number;
}

/* A letter of day i, and its filing. */
static void
add_letter(struct log *log, struct batch *batch, unsigned i,
    const struct id *client, const struct id *kase)
{
	struct blobw *blob = blobw_new(log, 0);
	char bytes[64], body[512], date[WHEN_TEXT_MAX], hex[65];
	uint8_t hash[LOG_HASH_LEN];
	struct draft letter, filed;
	int n = snprintf(bytes, sizeof(bytes), "letter %u", i), of;

	if (blob == NULL || blobw_add(blob, bytes, (size_t)n) == -1)
		die("blob", NULL);
	blobw_hash(blob, hash);
	for (unsigned k = 0; k < sizeof(hash); k++)
		(void)snprintf(hex + 2 * k, 3, "%02x", hash[k]);
	(void)snprintf(body, sizeof(body), "{\"channel\":\"post\",\"from\":"
	    "\"Anna Example <anna@example.org>\",\"kind\":\"letter\","
	    "\"received\":\"%s\",\"sha256\":\"%s\",\"size\":%d,\"source\":"
	    "\"api\",\"title\":\"Letter number %u about the lease\","
	    "\"to\":[\"desk@office.example\"]}",
	    when_short((int64_t)i * 3600 * WHEN_SECOND, date), hex, n, i);
	letter = draft(KIND_DOCUMENT_RECEIVED, body);
	letter.blob = batch_blob(batch, blob);
	if ((of = batch_draft(batch, &letter)) == -1)
		die("letter", NULL);
	filed = draft(KIND_DOCUMENT_FILED,
	    "{\"certainty\":\"person\",\"main\":true}");
	filed.document = REF_DRAFT(of);
	filed.client = REF_ID(*client);
	filed.kase = REF_ID(*kase);
	if (batch_draft(batch, &filed) == -1)
		die("filed", NULL);
}

static struct id
fill(struct store *store, unsigned n)
{
	struct receipt receipts[2 * DOCUMENTS_A_BATCH];
	struct log *log = store_log(store);
	struct id client, kase;
	struct log_head head;

	open_case(log, &client, &kase);
	for (unsigned i = 0; i < n;) {
		struct batch *batch = batch_new(log);
		unsigned k = 0;

		if (batch == NULL)
			die("batch", NULL);
		for (; k < DOCUMENTS_A_BATCH && i < n; k++)
			add_letter(log, batch, i++, &client, &kase);
		append(log, batch, receipts, 2 * k);
	}
	log_head(log, &head);
	if (store_wait(store, head.seq, 600000) != 1)
		die("views", NULL);
	return kase;
}

/* ---- measuring -------------------------------------------------------- */

static unsigned
write_json(struct store *store, const struct id *kase, FILE *out)
{
	struct ask_query q = { .of = { *kase }, .nof = 1,
	    .as_was = WHEN_NONE, .since = WHEN_NONE, .until = WHEN_NONE };
	static struct row rows[SLICE];
	struct trouble trouble;
	struct timeline *t = timeline_open(store, &q, &trouble);
	struct buf text = BUF_INIT;
	unsigned n = 0;
	int got;

	if (t == NULL)
		die("timeline", &trouble);
	buf_addc(&text, '[');
	while ((got = timeline_next(t, rows, SLICE, &trouble)) > 0) {
		for (int i = 0; i < got; i++, n++) {
			if (n > 0)
				buf_adds(&text, ",\n");
			row_encode(&text, &rows[i]);
		}
		if (fwrite(text.data, 1, text.len, out) != text.len)
			die("write", NULL);
		buf_clear(&text);
	}
	if (got == -1)
		die("timeline", &trouble);
	(void)fputs("]\n", out);
	buf_release(&text);
	timeline_free(t);
	return n;
}

static void
shell(const char *command)
{
	if (system(command) != 0)
		die(command, NULL);
}

/* The same rows from a table; what is nested stands there as text. */
static double
sqlite(const char *json)
{
	char command[4096];
	double start;

	(void)snprintf(command, sizeof(command), "sqlite3 '%s/rows.db' \""
	    "create table r(n integer primary key, args, arrivals, at, "
	    "captured_at, channel, column, direction, document, from_, kind, "
	    "lane, precision, seqs, sha256, size, time_from, title, to_); "
	    "insert into r select null, value->>'args', value->>'arrivals', "
	    "value->>'at', value->>'captured_at', value->>'channel', "
	    "value->>'column', value->>'direction', value->>'document', "
	    "value->>'from', value->>'kind', value->>'lane', "
	    "value->>'precision', value->>'seqs', value->>'sha256', "
	    "value->>'size', value->>'time_from', value->>'title', "
	    "value->>'to' from json_each(readfile('%s'));\"", dir, json);
	shell(command);
	(void)snprintf(command, sizeof(command), "sqlite3 -json '%s/rows.db' "
	    "'select * from r order by n' >'%s/rows.sqlite.json'", dir, dir);
	start = now();
	shell(command);
	return now() - start;
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

int
main(void)
{
	const char *scale = getenv("BENCH_SCALE"), *tmp = getenv("TMPDIR");
	unsigned n = (unsigned)(EVENTS * (scale != NULL ? strtod(scale, NULL) :
	    1.0)), given;
	char key[600], json[600];
	struct store_options options = { .dir = dir, .key_path = key };
	struct trouble trouble;
	struct store *store;
	struct id kase;
	double start, ours, theirs;
	FILE *out;

	(void)snprintf(dir, sizeof(dir), "%s/timeline-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(dir) == NULL)
		die("mkdtemp", NULL);
	(void)snprintf(key, sizeof(key), "%s/master.key", dir);
	(void)snprintf(json, sizeof(json), "%s/rows.json", dir);
	if (log_init(dir, key, &trouble) == -1 ||
	    (store = store_open(&options, &trouble)) == NULL ||
	    log_start(store_log(store), &trouble) == -1)
		die("store", &trouble);
	start = now();
	kase = fill(store, n);
	(void)fprintf(stderr, "# filled and applied %u in %.1f s\n", n,
	    now() - start);
	if ((out = fopen(json, "w")) == NULL)
		die(json, NULL);
	start = now();
	given = write_json(store, &kase, out);
	ours = now() - start;
	if (fclose(out) != 0 || given < n)
		die("too few rows", NULL);
	theirs = sqlite(json);
	(void)printf("timeline of %u events to JSON, sqlite3 -json | %.2f s | "
	    "%.2f s | %.2f | >= 0.5\n", n, ours, theirs, theirs / ours);
	store_close(store);
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}
