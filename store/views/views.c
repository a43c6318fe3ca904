/* SPDX-License-Identifier: ISC */
/*
 * views: which build is in use.
 */
#include "store/views/views.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "store/views/venv.h"

struct views *
views_new(struct log *log, struct trouble *t)
{
	struct views *v;
	uint8_t key[32];

	if ((v = calloc(1, sizeof *v)) == NULL) {
		(void)trouble_errno(t, SAY_VIEWS_FAILED, "views");
		return NULL;
	}
	(void)pthread_mutex_init(&v->mutex, NULL);
	v->log = log;
	if (log_secret(log, "lookup", key) == 0)
		v->hash = vhash_new(key);
	OPENSSL_cleanse(key, sizeof key);
	if (v->hash == NULL) {
		(void)trouble_errno(t, SAY_VIEWS_FAILED, "views");
		views_free(v);
		return NULL;
	}
	return v;
}

void
views_free(struct views *v)
{
	if (v == NULL)
		return;
	venv_drop(v->env);
	vhash_free(v->hash);
	(void)pthread_mutex_destroy(&v->mutex);
	free(v);
}

void
views_swap(struct views *v, struct venv *env)
{
	struct venv *was;

	pthread_mutex_lock(&v->mutex);
	was = v->env;
	v->env = env;
	pthread_mutex_unlock(&v->mutex);
	venv_drop(was);
}

int
views_load(struct views *v, const struct home *h, int reading, uint64_t *n_r,
    struct trouble *t)
{
	char path[HOME_PATH_MAX];
	struct venv *env;
	int rc;

	if ((rc = home_current(h, n_r, t)) != 1)
		return rc;
	if (home_build(h, *n_r, path) == -1)
		return trouble_errno(t, SAY_VIEWS_FAILED, h->dir);
	rc = venv_open(path, v->log, reading ? VENV_READ : VENV_WRITE, &env,
	    t);
	if (rc == 1)
		views_swap(v, env);
	return rc;
}

int
views_make(struct views *v, const struct home *h, uint64_t *n_r,
    struct trouble *t)
{
	char path[HOME_PATH_MAX];
	struct venv *env;

	if (home_new(h, n_r, t) == -1)
		return -1;
	if (home_build(h, *n_r, path) == -1)
		return trouble_errno(t, SAY_VIEWS_FAILED, h->dir);
	if (venv_open(path, v->log, VENV_MAKE, &env, t) != 1)
		return -1;
	if (home_set_current(h, *n_r, t) == -1) {
		venv_drop(env);
		return -1;
	}
	views_swap(v, env);
	return 0;
}

int
views_applied(struct views *v, uint64_t *seq_r, uint8_t chain_r[LOG_HASH_LEN],
    struct trouble *t)
{
	struct vmark mark;
	struct snap s;

	if (snap_begin(v, 0, &s, t) == -1)
		return -1;
	(void)vmark_get(&s, &mark);
	snap_end(&s);
	*seq_r = mark.seq;
	memcpy(chain_r, mark.chain, LOG_HASH_LEN);
	return 0;
}

int
views_follow(struct views *v)
{
	struct log_cursor *cur;
	struct log_head head;
	struct vmark mark;
	struct snap s;

	if (snap_begin(v, 0, &s, NULL) == -1)
		return 0;
	(void)vmark_get(&s, &mark);
	snap_end(&s);
	log_head(v->log, &head);
	if (mark.seq > head.seq || (mark.seq == head.seq && mark.seq > 0 &&
	    memcmp(mark.chain, head.chain, LOG_HASH_LEN) != 0))
		return 0;
	if (!mark.has_mark)
		return 1;
	if ((cur = log_cursor_new(v->log, mark.mark, NULL)) == NULL)
		return 0;
	log_cursor_free(cur);
	return 1;
}
