/* SPDX-License-Identifier: ISC */
/*
 * venv: one LMDB environment of views, as env.c, write.c and rebuild.c share
 * it; nobody else includes this.
 *
 * A venv is counted: each snap holds it, so that a rebuilt one can take its
 * place while answers are being given out of the old.
 */
#ifndef DOSSIER_VIEWS_VENV_H
#define DOSSIER_VIEWS_VENV_H

#include <lmdb.h>
#include <pthread.h>
#include <stdint.h>

#include "store/log.h"
#include "store/trouble.h"
#include "store/views/cipher.h"
#include "store/views/env.h"
#include "store/views/keys.h"

struct venv {
	MDB_env		*env;
	MDB_dbi		 dbi[VIEW_TABLES_N];
	char		*path;
	unsigned	 refs;		/* under mutex */
	pthread_mutex_t	 mutex;
	uint8_t		 key[VCIPHER_KEY];
	/* The writer's alone. */
	int		 writing;
	uint32_t	 epoch;		/* of nonces: new at each opening */
	uint64_t	 nonce;
};

struct views {
	pthread_mutex_t	 mutex;
	struct venv	*env;		/* the one in use; may be NULL */
	struct log	*log;
	struct vhash	*hash;
};

/* Puts another environment in use; takes the caller's count of it. */
void	views_swap(struct views *, struct venv *);

/* errno for what LMDB says. */
int	venv_errno(int mdb);
/*
 * Opens the environment in a file.  1 and env; 0: nothing of use there
 * (missing, another store's, another apply version's, a key that does not
 * open); -1 with trouble.  VENV_MAKE fills an empty file.
 */
enum venv_how { VENV_READ, VENV_WRITE, VENV_MAKE };
int	venv_open(const char *path, struct log *, enum venv_how,
	    struct venv **env_r, struct trouble *);
/* Gives back one count; the last one closes it. */
void	venv_drop(struct venv *);
struct venv *venv_take(struct venv *);

/* A snapshot of one environment, for rebuild's comparison. */
int	venv_snap(struct venv *, uint64_t position, struct snap *snap_r,
	    struct trouble *);

/* The mark and position of an environment. */
struct vmark {
	uint64_t	seq;
	int64_t		at;
	uint8_t		chain[LOG_HASH_LEN];
	uint8_t		mark[LOG_MARK_LEN];
	int		has_mark;
};
int	vmark_get(struct snap *, struct vmark *mark_r);

#endif
