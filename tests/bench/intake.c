/* SPDX-License-Identifier: ISC */
/*
 * Intake in one process, against a bare write and fdatasync of the same bytes
 * in batches as large: what sealing, hashing, numbering and the chain cost.
 * The bytes are corpus mail in slices, each made different by a number.
 *
 * Then what the trees add to an entry: rows of as many entries with their
 * leaves and nodes in two trees, less those without, against the time of such
 * an intake as it is configured at first.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/log.h"
#include "store/sys.h"
#include "store/views/apply.h"
#include "store/views/layout.h"
#include "store/views/venv.h"

#define CASES		30		/* whose trees grow in turns */
#define AT_ONCE		1000		/* entries of a transaction */
#define MATERIAL	(24u << 20)
#define FLIGHT_BYTES	(8u << 20)	/* not acknowledged yet */

#define PATH_LEN	256

struct place {
	char	root[64], dir[PATH_LEN], key[PATH_LEN];
};

static struct buf material;

static void
place_make(struct place *p)
{
	const char *tmp = getenv("TMPDIR");
	struct trouble t;

	(void)snprintf(p->root, sizeof(p->root), "%.40s/intake.XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(p->root) == NULL)
		exit(1);
	(void)snprintf(p->dir, sizeof(p->dir), "%s/store", p->root);
	(void)snprintf(p->key, sizeof(p->key), "%s/key", p->root);
	if (log_init(p->dir, p->key, &t) == -1)
		exit(1);
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int
gather(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	int fd;
	ssize_t n;
	uint8_t *room;

	(void)ftw;
	if (flag != FTW_F || material.len > MATERIAL)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	room = buf_reserve(&material, (size_t)st->st_size + 1);
	n = fd == -1 || room == NULL ? 0 : read(fd, room, (size_t)st->st_size);
	buf_commit(&material, n > 0 ? (size_t)n : 0);
	if (fd != -1)
		(void)close(fd);
	return 0;
}

/* The i-th document: a slice of mail with its number in front. */
static void
slice(uint64_t i, uint8_t *out, size_t n)
{
	size_t from = (size_t)(i * 7919 * 512 % (material.len - n));

	memcpy(out, material.data + from, n);
	(void)snprintf((char *)out, 32, "Number: %020llu",
	    (unsigned long long)i);
}

static double
seconds(int64_t since)
{
	return (double)(sys_ticks() - since) / 1e6;
}

/* ---- the bare write ------------------------------------------------- */

static double
bare(const struct place *p, size_t n, unsigned count)
{
	size_t batch = FLIGHT_BYTES / 2 / n;
	uint8_t *bytes = malloc(batch * n);
	char path[PATH_LEN];
	uint64_t at = 0;
	int64_t since;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/bare", p->root);
	fd = sys_open(path, O_RDWR | O_CREAT | O_TRUNC);
	if (fd == -1 || bytes == NULL ||
	    sys_allocate(fd, 0, (uint64_t)n * (count + batch)) == -1)
		exit(1);
	since = sys_ticks();
	for (unsigned i = 0; i < count; at += batch * n) {
		for (size_t b = 0; b < batch; b++, i++)
			slice(i, bytes + b * n, n);
		if (sys_pwrite(fd, bytes, batch * n, at) == -1 ||
		    sys_sync(fd) == -1)
			exit(1);
	}
	sys_close(fd);
	(void)unlink(path);
	free(bytes);
	return (double)(at / n) / seconds(since);
}

/* ---- ours ----------------------------------------------------------- */

static unsigned done;

static void
hear(void *arg, const struct log_result *r)
{
	(void)arg;
	if (r->outcome != LOG_DONE)
		exit(1);
	done++;
}

static void
submit(struct log *log, const uint8_t *bytes, size_t n)
{
	struct batch *b = batch_new(log);
	struct blobw *w = blobw_new(log, 0);
	struct buf body = BUF_INIT;
	struct draft d = { .kind = KIND_DOCUMENT_RECEIVED, .actor = "bench",
	    .client = REF_NONE, .kase = REF_NONE, .contact = REF_NONE,
	    .document = REF_NONE, .staff = REF_NONE };
	uint8_t hash[LOG_HASH_LEN];

	if (b == NULL || w == NULL || blobw_add(w, bytes, n) == -1)
		exit(1);
	blobw_hash(w, hash);
	buf_adds(&body, "{\"channel\":\"email\",\"sha256\":\"");
	buf_addhex(&body, hash, sizeof(hash));
	buf_adds(&body, "\",\"size\":");
	buf_addu(&body, n);
	buf_adds(&body, ",\"source\":\"bench\"}");
	d.body = (const char *)body.data;
	d.bodylen = body.len;
	d.blob = batch_blob(b, w);
	if (d.blob == -1 || batch_draft(b, &d) == -1)
		exit(1);
	buf_release(&body);
	log_append(log, b, hear, NULL);
}

static int
no_claims(void *arg, const uint8_t key[LOG_CLAIM_LEN], uint64_t *value_r)
{
	(void)arg;
	(void)key;
	(void)value_r;
	return 0;
}

static double
ours(const struct place *p, size_t n, unsigned count, int level)
{
	const struct log_options o = { .dir = p->dir, .key_path = p->key,
	    .compress = level };
	struct trouble t;
	struct log *log = log_open(&o, &t);
	struct pollfd fd = { .events = POLLIN };
	uint8_t *bytes = malloc(n);
	unsigned flight = FLIGHT_BYTES / (unsigned)n;
	int64_t since;
	double rate;

	if (log == NULL || bytes == NULL)
		exit(1);
	log_claims_base(log, no_claims, NULL);
	if (log_start(log, &t) == -1)
		exit(1);
	fd.fd = log_fd(log);
	done = 0;
	since = sys_ticks();
	for (unsigned i = 0; i < count || done < count;) {
		while (i < count && i - done < flight && !log_busy(log)) {
			slice(i++, bytes, n);
			submit(log, bytes, n);
		}
		if (poll(&fd, 1, 1) > 0)
			log_collect(log);
	}
	rate = (double)count / seconds(since);
	log_close(log);
	free(bytes);
	return rate;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* ---- trees ---------------------------------------------------------- */

static void
apply_one(struct apply *a, uint64_t seq, int trees)
{
	struct log_item item = { .what = LOG_ITEM_ENTRY, .seq = seq,
	    .at = (int64_t)seq, .kind = KIND_DOCUMENT_FILED,
	    .kind_name = "document.filed",
	    .tree = { .kind = ID_CASE, .year = 2026,
	    .number = (uint32_t)(seq % CASES) + 1 } };
	uint8_t v[VENTRY_LEN] = { 0 };
	struct vkey k = VKEY_INIT;
	uint64_t index;

	memcpy(item.commitment, &seq, sizeof(seq));
	vkey_u64(&k, seq);
	if ((trees && apply_leaves(a, &item, &index) == -1) ||
	    vtxn_append(a->x, VIEW_ENTRY, &k, v, sizeof(v)) == -1)
		exit(1);
}

/* Of this process: what the disk takes for a commit is not the trees'. */
static double
processor(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds of a processor for the rows of so many entries. */
static double
applied(const struct place *p, struct log *log, unsigned count, int trees)
{
	static const uint8_t mark[LOG_MARK_LEN], chain[LOG_HASH_LEN];
	struct vhash *hash = vhash_new(chain);
	char path[PATH_LEN];
	struct trouble t;
	struct venv *env;
	struct apply a;
	struct vtxn x;
	double since, took;

	(void)snprintf(path, sizeof(path), "%s/%d.mdb", p->root, trees);
	if (hash == NULL || venv_open(path, log, VENV_MAKE, &env, &t) != 1)
		exit(1);
	apply_init(&a, log);
	since = processor();
	for (unsigned i = 0; i < count;) {
		if (vtxn_begin(env, hash, &x, &t) == -1 ||
		    apply_begin(&a, &x) == -1)
			exit(1);
		do
			apply_one(&a, ++i, trees);
		while (i % AT_ONCE != 0 && i < count);
		if (apply_end(&a) == -1 ||
		    vtxn_commit(&x, mark, i, i, chain, &t) == -1)
			exit(1);
	}
	took = processor() - since;
	apply_release(&a);
	venv_drop(env);
	vhash_free(hash);
	(void)unlink(path);
	return took;
}

/* Microseconds of a processor that the trees take for each entry. */
static double
trees_cost(unsigned count)
{
	double with[3], without[3];
	struct log_options o = { .compress = 0 };
	struct place p;
	struct trouble t;
	struct log *log;

	place_make(&p);
	o.dir = p.dir;
	o.key_path = p.key;
	if ((log = log_open(&o, &t)) == NULL)
		exit(1);
	for (int i = 0; i < 3; i++) {
		without[i] = applied(&p, log, count, 0);
		with[i] = applied(&p, log, count, 1);
	}
	log_close(log);
	(void)nftw(p.root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	qsort(with, 3, sizeof(*with), by_size);
	qsort(without, 3, sizeof(*without), by_size);
	return (with[1] - without[1]) * 1e6 / count;
}

static void
row_trees(unsigned count, double rate)
{
	double cost = trees_cost(count);

	(void)printf("processor time of trees, in-process intake, 4 KiB | "
	    "%.2f us | %.2f us | %.3f | <= 0.10\n", cost, 1e6 / rate,
	    cost * rate / 1e6);
	(void)fflush(stdout);
}

/* Medians of three, ours and the bare one in turn.  Gives ours. */
static double
row(const char *name, size_t n, unsigned count, int level, const char *target)
{
	double theirs[3], mine[3];
	struct place p;

	for (int i = 0; i < 3; i++) {
		place_make(&p);
		theirs[i] = bare(&p, n, count);
		mine[i] = ours(&p, n, count, level);
		(void)nftw(p.root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	}
	qsort(theirs, 3, sizeof(*theirs), by_size);
	qsort(mine, 3, sizeof(*mine), by_size);
	(void)printf("%s | %.0f/s | %.0f/s | %.3f | %s\n", name, mine[1],
	    theirs[1], mine[1] / theirs[1], target);
	(void)fflush(stdout);
	return mine[1];
}

int
main(void)
{
	const char *text = getenv("BENCH_SCALE");
	const char *corpus = getenv("DOSSIER_CORPUS");
	static const char *const folders[] = { "eml", "mbox" };
	double scale = text == NULL ? 1 : strtod(text, NULL);
	char path[PATH_LEN];
	double rate;

	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s/mail/%s",
		    corpus == NULL ? "../shared/corpus" : corpus, folders[i]);
		(void)nftw(path, gather, 16, FTW_PHYS);
	}
	if (material.len < 1u << 20) {
		(void)fprintf(stderr, "no corpus mail in %s\n", path);
		return 1;
	}
	(void)row("in-process intake, 4 KiB, compression off", 4096,
	    (unsigned)(60000 * scale), 0, ">= 0.20");
	rate = row("in-process intake, 4 KiB, compression on", 4096,
	    (unsigned)(60000 * scale), 3, ">= 0.08");
	row_trees((unsigned)(200000 * scale), rate);
	(void)row("in-process intake, 100 KiB, compression off", 102400,
	    (unsigned)(5000 * scale), 0, ">= 0.30");
	(void)row("in-process intake, 100 KiB, compression on", 102400,
	    (unsigned)(5000 * scale), 3, ">= 0.12");
	buf_release(&material);
	return 0;
}
