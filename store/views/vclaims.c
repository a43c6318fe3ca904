/* SPDX-License-Identifier: ISC */
/*
 * vclaims: the base of the log's claims.
 *
 *	"claims"  key(16) -> value(8); a released claim is not there
 *	"meta"    "state": format(4) store(16) seq(8) chain(32) marked(1)
 *	          mark(LOG_MARK_LEN)
 */
#include "store/views/vclaims.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/buf.h"
#include "store/views/venv.h"

#define FORMAT		1u
#define MAP_SIZE	((size_t)64 << 30)	/* of address space */
#define BATCH		4000			/* entries of one transaction */
#define STATE_LEN	(4 + 16 + 8 + LOG_HASH_LEN + 1 + LOG_MARK_LEN)

struct vclaims {
	MDB_env		*env;
	MDB_dbi		 claims, meta;
	char		*path;
	uint8_t		 store[16];
	/* as committed */
	uint64_t	 seq;
	uint8_t		 chain[LOG_HASH_LEN];
	int		 marked;
	uint8_t		 mark[LOG_MARK_LEN];
	/* the open transaction, and where it has come to */
	MDB_txn		*txn;
	uint64_t	 next_seq;
	uint8_t		 next_chain[LOG_HASH_LEN];
	MDB_txn		*reader;	/* of the writer thread of the log */
};

static int
vclaims_trouble(struct trouble *t, const struct vclaims *c, int mdb)
{
	errno = venv_errno(mdb);
	return trouble_set(t, errno == ENOSPC ? SAY_VIEWS_FULL :
	    SAY_VIEWS_FAILED, c->path, mdb_strerror(mdb), NULL, NULL);
}

/* ---- state ----------------------------------------------------------- */

static int
state_put(struct vclaims *c, MDB_txn *txn)
{
	uint8_t v[STATE_LEN], *p = v;
	MDB_val k = { 5, (void *)(uintptr_t)"state" }, d = { sizeof v, v };

	put32(p, FORMAT);
	memcpy(p += 4, c->store, 16);
	put64(p += 16, c->seq);
	memcpy(p += 8, c->chain, LOG_HASH_LEN);
	*(p += LOG_HASH_LEN) = (uint8_t)c->marked;
	memcpy(p + 1, c->mark, LOG_MARK_LEN);
	return mdb_put(txn, c->meta, &k, &d, 0);
}

static int
state_get(struct vclaims *c, MDB_txn *txn)
{
	MDB_val k = { 5, (void *)(uintptr_t)"state" }, d;
	const uint8_t *p;

	if (mdb_get(txn, c->meta, &k, &d) != 0 || d.mv_size != STATE_LEN)
		return 0;
	p = d.mv_data;
	if (get32(p) != FORMAT || memcmp(p + 4, c->store, 16) != 0)
		return 0;
	p += 20;
	c->seq = get64(p);
	memcpy(c->chain, p + 8, LOG_HASH_LEN);
	c->marked = p[8 + LOG_HASH_LEN];
	memcpy(c->mark, p + 9 + LOG_HASH_LEN, LOG_MARK_LEN);
	return 1;
}

static int
state_empty(struct vclaims *c, MDB_txn *txn)
{
	int rc;

	c->seq = 0;
	c->marked = 0;
	memset(c->chain, 0, sizeof c->chain);
	memset(c->mark, 0, sizeof c->mark);
	if ((rc = mdb_drop(txn, c->claims, 0)) != 0)
		return rc;
	return state_put(c, txn);
}

int
vclaims_reset(struct vclaims *c, struct trouble *t)
{
	MDB_txn *txn;
	int rc;

	vclaims_abort(c);
	if ((rc = mdb_txn_begin(c->env, NULL, 0, &txn)) == 0) {
		if ((rc = state_empty(c, txn)) == 0)
			rc = mdb_txn_commit(txn);
		else
			mdb_txn_abort(txn);
	}
	return rc == 0 ? 0 : vclaims_trouble(t, c, rc);
}

/* ---- opening --------------------------------------------------------- */

static int
env_open(struct vclaims *c)
{
	MDB_txn *txn = NULL;
	int rc, dead;

	if ((rc = mdb_env_create(&c->env)) != 0 ||
	    (rc = mdb_env_set_mapsize(c->env, MAP_SIZE)) != 0 ||
	    (rc = mdb_env_set_maxdbs(c->env, 2)) != 0 ||
	    (rc = mdb_env_open(c->env, c->path, MDB_NOSUBDIR | MDB_NOTLS,
	    0600)) != 0 ||
	    (rc = mdb_reader_check(c->env, &dead)) != 0 ||
	    (rc = mdb_txn_begin(c->env, NULL, 0, &txn)) != 0)
		return rc;
	rc = mdb_dbi_open(txn, "claims", MDB_CREATE, &c->claims);
	if (rc == 0)
		rc = mdb_dbi_open(txn, "meta", MDB_CREATE, &c->meta);
	if (rc == 0 && !state_get(c, txn))
		rc = state_empty(c, txn);
	if (rc == 0)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

struct vclaims *
vclaims_open(const char *path, struct log *log, struct trouble *t)
{
	struct vclaims *c;
	int rc = ENOMEM;

	if ((c = calloc(1, sizeof *c)) == NULL ||
	    (c->path = strdup(path)) == NULL) {
		free(c);
		(void)trouble_errno(t, SAY_VIEWS_FAILED, path);
		return NULL;
	}
	memcpy(c->store, log_store_id(log), 16);
	if ((rc = env_open(c)) == 0)
		rc = mdb_txn_begin(c->env, NULL, MDB_RDONLY, &c->reader);
	if (rc == 0) {
		mdb_txn_reset(c->reader);
		return c;
	}
	(void)vclaims_trouble(t, c, rc);
	vclaims_close(c);
	return NULL;
}

void
vclaims_close(struct vclaims *c)
{
	if (c == NULL)
		return;
	vclaims_abort(c);
	if (c->reader != NULL)
		mdb_txn_abort(c->reader);
	if (c->env != NULL)
		mdb_env_close(c->env);
	free(c->path);
	free(c);
}

uint64_t
vclaims_seq(const struct vclaims *c)
{
	return c->seq;
}

const uint8_t *
vclaims_chain(const struct vclaims *c)
{
	return c->chain;
}

const uint8_t *
vclaims_mark(const struct vclaims *c)
{
	return c->marked ? c->mark : NULL;
}

/* ---- filling --------------------------------------------------------- */

static int
claim_put(struct vclaims *c, const struct log_claim *claim)
{
	MDB_val k = { LOG_CLAIM_LEN, (void *)(uintptr_t)claim->key }, d;
	uint8_t v[8];
	int rc;

	if (claim->value == 0) {
		rc = mdb_del(c->txn, c->claims, &k, NULL);
		return rc == MDB_NOTFOUND ? 0 : rc;
	}
	put64(v, claim->value);
	d.mv_data = v;
	d.mv_size = sizeof v;
	return mdb_put(c->txn, c->claims, &k, &d, 0);
}

int
vclaims_add(struct vclaims *c, const struct log_item *item, struct trouble *t)
{
	int rc = 0;

	if (item->what != LOG_ITEM_ENTRY || item->seq <= c->seq)
		return 0;
	if (c->txn == NULL)
		rc = mdb_txn_begin(c->env, NULL, 0, &c->txn);
	for (unsigned i = 0; i < item->nclaims && rc == 0; i++)
		rc = claim_put(c, &item->claim[i]);
	if (rc != 0) {
		vclaims_abort(c);
		return vclaims_trouble(t, c, rc);
	}
	c->next_seq = item->seq;
	memcpy(c->next_chain, item->chain, LOG_HASH_LEN);
	return 0;
}

int
vclaims_commit(struct vclaims *c, const uint8_t mark[LOG_MARK_LEN],
    struct trouble *t)
{
	struct vclaims was = *c;
	int rc;

	if (c->txn == NULL)
		return 0;
	c->seq = c->next_seq;
	memcpy(c->chain, c->next_chain, LOG_HASH_LEN);
	memcpy(c->mark, mark, LOG_MARK_LEN);
	c->marked = 1;
	if ((rc = state_put(c, c->txn)) == 0)
		rc = mdb_txn_commit(c->txn);
	else
		mdb_txn_abort(c->txn);
	c->txn = NULL;
	if (rc == 0)
		return 0;
	c->seq = was.seq;
	memcpy(c->chain, was.chain, LOG_HASH_LEN);
	memcpy(c->mark, was.mark, LOG_MARK_LEN);
	c->marked = was.marked;
	return vclaims_trouble(t, c, rc);
}

void
vclaims_abort(struct vclaims *c)
{
	if (c->txn != NULL)
		mdb_txn_abort(c->txn);
	c->txn = NULL;
}

static int
catch_up(struct vclaims *c, struct log_cursor *cur, log_progress_fn *progress,
    void *arg, uint64_t total, struct trouble *t)
{
	struct log_progress p = { "claims", 0, total };
	uint8_t mark[LOG_MARK_LEN];
	struct log_item item;
	unsigned n = 0;
	int rc;

	while ((rc = log_cursor_next(cur, &item, t)) == 1) {
		if (vclaims_add(c, &item, t) == -1)
			return -1;
		n += item.what == LOG_ITEM_ENTRY;
		if (item.what != LOG_ITEM_COMMIT || n < BATCH)
			continue;
		log_cursor_mark(cur, mark);
		if (vclaims_commit(c, mark, t) == -1)
			return -1;
		n = 0;
		p.done = c->seq;
		if (progress != NULL && progress(arg, &p))
			return trouble_set(t, SAY_VIEWS_STOPPED, c->path,
			    NULL, NULL, NULL);
	}
	if (rc == -1)
		return -1;
	log_cursor_mark(cur, mark);
	return vclaims_commit(c, mark, t);
}

int
vclaims_catch_up(struct vclaims *c, struct log *log, log_progress_fn *progress,
    void *arg, struct trouble *t)
{
	struct log_cursor *cur;
	struct log_head head;
	int rc;

	log_head(log, &head);
	if (head.seq <= c->seq)
		return 0;
	if ((cur = log_cursor_new(log, vclaims_mark(c), t)) == NULL)
		return -1;
	rc = catch_up(c, cur, progress, arg, head.seq, t);
	vclaims_abort(c);
	log_cursor_free(cur);
	return rc;
}

int
vclaims_find(void *arg, const uint8_t key[LOG_CLAIM_LEN], uint64_t *value_r)
{
	struct vclaims *c = arg;
	MDB_val k = { LOG_CLAIM_LEN, (void *)(uintptr_t)key }, d;
	int rc;

	if (mdb_txn_renew(c->reader) != 0)
		return -1;
	rc = mdb_get(c->reader, c->claims, &k, &d);
	if (rc == 0 && d.mv_size == 8)
		*value_r = get64(d.mv_data);
	else if (rc == 0)
		rc = EIO;
	mdb_txn_reset(c->reader);
	return rc == 0 ? 1 : rc == MDB_NOTFOUND ? 0 : -1;
}
