/* SPDX-License-Identifier: ISC */
/*
 * commands: what dossierd does besides running: run in the background,
 * verify, rebuild, backup, restore, accept-rollback.
 *
 * All but run and accept-rollback work beside a running daemon.  Each can be
 * interrupted and repeated.
 */
#include "daemon/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/conf.h"
#include "daemon/log.h"
#include "daemon/run.h"
#include "daemon/tell.h"
#include "daemon/trees/check.h"
#include "store/store.h"

static struct log_options
options_of(const struct conf *c)
{
	return (struct log_options){
		.dir = c->store, .key_path = c->key, .reading = 1
	};
}

static struct store_options
store_options_of(const struct conf *c)
{
	return (struct store_options){
		.dir = c->store, .key_path = c->key,
		.compress = c->compression, .reading = 1,
		.progress = tell_progress
	};
}

/* ---- running ---------------------------------------------------------- */

/* In the background: the parent waits for a byte on the pipe. */
static void
on_ready(void *arg)
{
	int *fd = arg;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char zero = 0;

	if (null != -1) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		(void)close(null);
	}
	(void)!write(*fd, &zero, 1);	/* the parent may be gone */
	(void)close(*fd);
	*fd = -1;
}

/* The code of a child that ended, or that it is ready. */
static int
wait_ready(int fd, pid_t child)
{
	char byte;
	ssize_t n;
	int status;

	while ((n = read(fd, &byte, 1)) == -1 && errno == EINTR)
		;
	(void)close(fd);
	if (n == 1)
		return TELL_OK;
	while (waitpid(child, &status, 0) == -1 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : TELL_FAILED;
}

static int
run_here(const struct conf *c, int *ready_fd)
{
	struct trouble t;
	int code = run_daemon(c, ready_fd != NULL ? on_ready : NULL, ready_fd,
	    &t);

	if (code != -1)
		return code;
	logline_trouble(LOGLINE_ERROR, "loop.refused", &t);
	return tell_trouble(&t);
}

static int
run_behind(const struct conf *c)
{
	int fd[2];
	pid_t child;

	if (pipe2(fd, O_CLOEXEC) == -1 || (child = fork()) == -1) {
		tell_error(SAY_RUN_FAILED, "fork", strerror(errno));
		return TELL_FAILED;
	}
	if (child != 0) {
		(void)close(fd[1]);
		return wait_ready(fd[0], child);
	}
	(void)close(fd[0]);
	(void)setsid();		/* a new session cannot fail in a child */
	(void)!chdir("/");
	return run_here(c, &fd[1]);
}

int
command_run(const struct command_args *a)
{
	struct conf c;
	struct trouble t;
	int code;

	if (conf_load(&c, a->conf, &t) == -1) {
		conf_release(&c);
		return tell_trouble(&t);
	}
	if (a->check) {
		tell(SAY_CONF_OK, "");
		code = TELL_OK;
	} else {
		(void)umask(027);
		code = a->foreground ? run_here(&c, NULL) : run_behind(&c);
	}
	conf_release(&c);
	return code;
}

/* ---- checking and rebuilding ------------------------------------------ */

static int
load(struct conf *c, const struct command_args *a)
{
	struct trouble t;

	tell_progress_begin();
	if (conf_load(c, a->conf, &t) == 0)
		return TELL_OK;
	conf_release(c);
	return tell_trouble(&t);
}

/* Ends a command that failed. */
static int
give_up(struct conf *c, const struct trouble *t)
{
	int code;

	tell_progress_end();
	code = tell_trouble(t);
	conf_release(c);
	return tell_interrupted() ? TELL_INTERRUPTED : code;
}

static int
verify_views(const struct conf *c, struct trouble *t)
{
	const struct store_options opt = store_options_of(c);
	int rc = store_rebuild(&opt, 1, t);

	tell_progress_end();
	if (rc == 0)
		tell(SAY_VERIFY_VIEWS, "");
	return rc;
}

static void
tell_sum(const struct log_verified *sum)
{
	char n[4][24];

	tell(SAY_VERIFY_CLEAN, tell_number(sum->entries, n[0]),
	    tell_number(sum->blobs, n[1]), tell_number(sum->bytes, n[2]),
	    tell_number(sum->segments, n[3]));
	if (sum->torn > 0)
		tell(SAY_VERIFY_TORN, tell_number(sum->torn, n[0]));
	if (sum->spare > 0)
		tell(SAY_VERIFY_SPARE, tell_number(sum->spare, n[0]));
	if (sum->reclaimed > 0)
		tell(SAY_VERIFY_RECLAIMED,
		    tell_number(sum->reclaimed, n[0]));
}

static void
tell_trees(const struct check *sum)
{
	char n[3][24];

	tell(SAY_VERIFY_TREES, tell_number(sum->heads, n[0]),
	    tell_number(sum->n, n[1]), tell_number(sum->tiles, n[2]));
}

int
command_verify(const struct command_args *a)
{
	struct conf c;
	struct log_options opt;
	struct log_verified sum;
	struct check trees;
	struct trouble t;
	int rc = load(&c, a);

	if (rc != TELL_OK)
		return rc;
	opt = options_of(&c);
	opt.head = check_head;
	opt.head_arg = &trees;
	rc = check_begin(&trees, c.store, &t);
	if (rc == 0)
		rc = log_verify(&opt, tell_progress, NULL, &sum, &t);
	if (rc == 0)
		rc = check_end(&trees);
	check_release(&trees);
	if (rc == -1)
		return give_up(&c, &t);
	tell_progress_end();
	tell_sum(&sum);
	tell_trees(&trees);
	rc = a->views ? verify_views(&c, &t) : 0;
	if (rc == 1) {
		(void)tell_trouble(&t);
		conf_release(&c);
		return TELL_DAMAGED;
	}
	if (rc == -1)
		return give_up(&c, &t);
	conf_release(&c);
	return TELL_OK;
}

int
command_rebuild(const struct command_args *a)
{
	struct conf c;
	struct store_options opt;
	struct trouble t;
	int rc = load(&c, a);

	if (rc != TELL_OK)
		return rc;
	opt = store_options_of(&c);
	if (store_rebuild(&opt, 0, &t) == -1)
		return give_up(&c, &t);
	tell_progress_end();
	tell(SAY_REBUILD_DONE, "");
	conf_release(&c);
	return TELL_OK;
}

/* ---- backups ---------------------------------------------------------- */

/* Where the keys of a backup are: as given, or beside it. */
static void
keys_of(const struct command_args *a, char *path_r, size_t size)
{
	size_t len = strlen(a->word[0]);

	while (len > 1 && a->word[0][len - 1] == '/')
		len--;
	if (a->keys != NULL)
		(void)snprintf(path_r, size, "%s", a->keys);
	else
		(void)snprintf(path_r, size, "%.*s.keys", (int)len,
		    a->word[0]);
}

int
command_backup(const struct command_args *a)
{
	struct conf c;
	struct log_options opt;
	struct log_verified sum;
	struct trouble t;
	char keys[4096], n[2][24];
	int rc = load(&c, a);

	if (rc != TELL_OK)
		return rc;
	opt = options_of(&c);
	keys_of(a, keys, sizeof(keys));
	if (log_backup(&opt, a->word[0], keys, tell_progress, NULL, &sum,
	    &t) == -1)
		return give_up(&c, &t);
	tell_progress_end();
	tell(SAY_BACKUP_DONE, a->word[0], tell_number(sum.entries, n[0]),
	    tell_number(sum.bytes, n[1]));
	tell(SAY_BACKUP_KEYS, keys);
	conf_release(&c);
	return TELL_OK;
}

int
command_restore(const struct command_args *a)
{
	struct conf c;
	struct trouble t;
	char keys[4096], key[4200], conf[4200];
	const char *dir = a->word[1];
	int rc = TELL_OK;

	memset(&c, 0, sizeof(c));
	tell_progress_begin();
	if (dir == NULL && a->conf == NULL) {
		tell_error(SAY_CMD_MISSING, "DIR");
		return TELL_USAGE;
	}
	if (dir == NULL && (rc = load(&c, a)) != TELL_OK)
		return rc;
	if (dir == NULL)
		dir = c.store;
	keys_of(a, keys, sizeof(keys));
	if (log_restore(a->word[0], keys, dir, tell_progress, NULL, &t) == -1)
		return give_up(&c, &t);
	tell_progress_end();
	(void)snprintf(key, sizeof(key), "%s/master.key", dir);
	if (a->conf == NULL &&
	    init_furnish(dir, NULL, NULL, key, conf, sizeof(conf)) == -1) {
		tell_error(SAY_RUN_FAILED, dir, strerror(errno));
		rc = TELL_FAILED;
	} else {
		tell(SAY_RESTORE_DONE, dir);
	}
	conf_release(&c);
	return rc;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int
remove_tree(const char *path)
{
	return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Restores into a scratch folder beside the backup, verifies, removes. */
static int
restore_scratch(const struct conf *c, const char *backup, const char *keys,
    struct log_verified *sum, struct trouble *t)
{
	char scratch[4096], dir[4200];
	struct log_options opt = { .key_path = c->key, .reading = 1 };
	int rc;

	(void)snprintf(scratch, sizeof(scratch), "%s.test.XXXXXX", keys);
	if (mkdtemp(scratch) == NULL)
		return trouble_errno(t, SAY_RUN_FAILED, scratch);
	(void)snprintf(dir, sizeof(dir), "%s/store", scratch);
	opt.dir = dir;
	rc = log_restore(backup, keys, dir, tell_progress, NULL, t);
	if (rc == 0)
		rc = log_verify(&opt, tell_progress, NULL, sum, t);
	if (remove_tree(scratch) == -1 && rc == 0)
		rc = trouble_errno(t, SAY_RUN_FAILED, scratch);
	return rc;
}

int
command_restore_test(const struct command_args *a)
{
	struct conf c;
	struct log_verified sum;
	struct trouble t;
	char keys[4000], n[3][24];
	int rc = load(&c, a);

	if (rc != TELL_OK)
		return rc;
	keys_of(a, keys, sizeof(keys));
	if (restore_scratch(&c, a->word[0], keys, &sum, &t) == -1)
		return give_up(&c, &t);
	tell_progress_end();
	tell(SAY_RESTORE_TEST_DONE, tell_number(sum.entries, n[0]),
	    tell_number(sum.blobs, n[1]), tell_number(sum.bytes, n[2]));
	conf_release(&c);
	return TELL_OK;
}

/*
 * The views know how far the journal once reached.  Once that is an entry
 * they are put away; the next start builds them from what is there.
 *
 * A copy of the whole store, with its views and its published log, cannot be
 * told from the newest one; only who put it there knows (--older-copy).  It
 * must be said before the log is signed again: the entry gives it new names.
 */
int
command_accept_rollback(const struct command_args *a)
{
	struct conf c;
	struct store_options opt;
	struct log_options log;
	struct log_head head;
	struct store *store;
	struct trouble t;
	uint64_t seen;
	char n[24], views[4200];
	int rc = load(&c, a);

	if (rc != TELL_OK)
		return rc;
	opt = store_options_of(&c);
	if ((store = store_open(&opt, &t)) == NULL)
		return give_up(&c, &t);
	seen = store_applied(store);
	log_head(store_log(store), &head);
	store_close(store);
	if (seen < head.seq)
		seen = head.seq;
	if (seen == head.seq && !a->older) {
		tell(SAY_STORE_NO_ROLLBACK, c.store,
		    tell_number(head.seq, n));
		conf_release(&c);
		return TELL_OK;
	}
	log = options_of(&c);
	log.reading = 0;
	(void)snprintf(views, sizeof(views), "%s/views", c.store);
	if (log_accept_rollback(&log, seen, &t) == -1)
		return give_up(&c, &t);
	if (remove_tree(views) == -1) {
		(void)trouble_errno(&t, SAY_RUN_FAILED, views);
		return give_up(&c, &t);
	}
	tell_progress_end();
	tell(SAY_ROLLBACK_DONE, tell_number(seen, n));
	conf_release(&c);
	return TELL_OK;
}
