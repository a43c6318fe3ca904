/* SPDX-License-Identifier: ISC */
/*
 * import_pst: Outlook's PST, through readpst: it writes one message a file
 * into a private folder, which is imported and removed.  readpst parses what
 * strangers made, so it runs in a box of its own: no network where the
 * kernel grants that, limits, an environment of nothing, an own session.
 * The folder holds mail in clear: it must never stay behind, so signals wait
 * until it is removed.  Who is killed cannot remove it; the next import does.
 * A folder whose lock is free is nobody's: the lock goes with the process.
 *
 *	TMPDIR/dossier-pst-XXXXXX	locked (flock) while it is in use
 *	FOLDER/out	what readpst wrote
 *	FOLDER/said	its standard output and error
 */
#include "client/import_own.h"

#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <ftw.h>
#include <limits.h>
#include <openssl/evp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PST_CPU_SECONDS	7200
#define PST_MEMORY	(UINT64_C(4) << 30)
#define PST_FILE	(UINT64_C(4) << 30)
#define PST_FILES	256
#define NOT_THERE	127		/* exit code, as a shell's */
#define FOLDER_NAME	"dossier-pst-"
#define OPEN_TRIES	100		/* folders that others tidied away */

struct pst {
	char	 folder[PATH_MAX];
	int	 lock;			/* the folder itself */
	char	 out[PATH_MAX + 8];
	char	 said[PATH_MAX + 8];
	char	 digest[2 * 32 + 1];	/* of the PST */
};

/* ---- the private folder ---------------------------------------------- */

static const char *
tmp_folder(void)
{
	const char *tmp = getenv("TMPDIR");

	return tmp != NULL && tmp[0] == '/' ? tmp : "/tmp";
}

/* The folder's lock, with the folder still there under its name; or -1. */
static int
folder_lock(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat open_st, st;

	if (fd == -1)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &open_st) == 0 &&
	    lstat(path, &st) == 0 && st.st_ino == open_st.st_ino &&
	    st.st_dev == open_st.st_dev && st.st_uid == geteuid() &&
	    (st.st_mode & 07777) == 0700)
		return fd;
	(void)close(fd);
	errno = EWOULDBLOCK;
	return -1;
}

/* A folder of its own, locked.  One just made may be tidied away: again. */
static int
folder_make(struct pst *pst)
{
	for (int i = 0; i < OPEN_TRIES; i++) {
		int n = snprintf(pst->folder, sizeof(pst->folder), "%s/"
		    FOLDER_NAME "XXXXXX", tmp_folder());

		if (n < 0 || (size_t)n >= sizeof(pst->folder)) {
			errno = ENAMETOOLONG;
			break;
		}
		if (mkdtemp(pst->folder) == NULL)
			break;
		if ((pst->lock = folder_lock(pst->folder)) != -1)
			return 0;
	}
	pst->folder[0] = '\0';
	return -1;
}

static int
pst_open(struct pst *pst)
{
	if (folder_make(pst) == -1)
		return -1;
	(void)snprintf(pst->out, sizeof(pst->out), "%s/out", pst->folder);
	(void)snprintf(pst->said, sizeof(pst->said), "%s/said", pst->folder);
	return mkdir(pst->out, 0700);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void
folder_remove(const struct import *im, const char *path)
{
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		(void)cmd_fail(im->cmd, EXIT_FAILED, SAY_IMPORT_STAYS, path,
		    strerror(errno));
}

static void
pst_close(const struct import *im, const struct pst *pst)
{
	if (pst->folder[0] != '\0')
		folder_remove(im, pst->folder);
	if (pst->lock != -1)
		(void)close(pst->lock);
}

void
import_pst_tidy(const struct import *im)
{
	DIR *dir = opendir(tmp_folder());
	const struct dirent *entry;
	char path[PATH_MAX];
	int lock;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, FOLDER_NAME,
		    sizeof(FOLDER_NAME) - 1) != 0 ||
		    snprintf(path, sizeof(path), "%s/%s", tmp_folder(),
		    entry->d_name) >= (int)sizeof(path) ||
		    (lock = folder_lock(path)) == -1)
			continue;
		folder_remove(im, path);
		(void)close(lock);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

/* ---- the box --------------------------------------------------------- */

static void
limit(int what, uint64_t most)
{
	const struct rlimit value = { most, most };

	(void)setrlimit((__rlimit_resource_t)what, &value);
}

static void
box_enter(pid_t parent)
{
	(void)setsid();
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* Where neither is allowed the limits are what there is. */
	if (unshare(CLONE_NEWNET) == -1)
		(void)unshare(CLONE_NEWUSER | CLONE_NEWNET);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, PST_CPU_SECONDS);
	limit(RLIMIT_AS, PST_MEMORY);
	limit(RLIMIT_FSIZE, PST_FILE);
	limit(RLIMIT_NOFILE, PST_FILES);
}

/* Standard streams: nothing to read, and one file to speak into. */
static int
box_streams(const struct pst *pst)
{
	int in = open("/dev/null", O_RDONLY);
	int out = open(pst->said, O_WRONLY | O_CREAT | O_EXCL, 0600);

	return in == -1 || out == -1 || dup2(in, 0) == -1 ||
	    dup2(out, 1) == -1 || dup2(out, 2) == -1 ||
	    close_range(3, ~0U, 0) == -1 ? -1 : 0;
}

/*
 * -e a file with its own ending for each item, -D deleted ones too, -j 0 one
 * after the other, so that numbers are the same each time.
 */
static void
box_run(const struct pst *pst, const char *path, pid_t parent)
{
	char home[PATH_MAX + 8], tmp[PATH_MAX + 8];
	char *env[] = { home, tmp, (char[]){ "LC_ALL=C.UTF-8" }, NULL };
	char *argv[] = { (char[]){ "readpst" }, (char[]){ "-e" },
	    (char[]){ "-D" }, (char[]){ "-j" }, (char[]){ "0" },
	    (char[]){ "-o" }, (char *)(uintptr_t)pst->out,
	    (char[]){ "--" }, (char *)(uintptr_t)path, NULL };

	(void)snprintf(home, sizeof(home), "HOME=%s", pst->folder);
	(void)snprintf(tmp, sizeof(tmp), "TMPDIR=%s", pst->folder);
	box_enter(parent);
	if (box_streams(pst) == 0)
		(void)execvpe("readpst", argv, env);
	_exit(errno == ENOENT ? NOT_THERE : 1);
}

/* The wait status of readpst, or -1. */
static int
pst_convert(const struct pst *pst, const char *path)
{
	pid_t parent = getpid(), child = fork();
	int status;

	if (child == -1)
		return -1;
	if (child == 0)
		box_run(pst, path, parent);
	while (waitpid(child, &status, 0) == -1) {
		if (errno != EINTR)
			return -1;
		if (import_stopped()) {
			(void)kill(child, SIGKILL);
			(void)kill(-child, SIGKILL);
		}
	}
	return status;
}

/* ---- what it said ---------------------------------------------------- */

/* "\t"Inbox" - 12 items done, 3 items skipped.": what it left behind. */
static uint64_t
skipped_in(const char *line)
{
	const char *done = strstr(line, " items done, ");
	long long n;

	if (done == NULL || strstr(done, " items skipped") == NULL)
		return 0;
	n = strtoll(done + strlen(" items done, "), NULL, 10);
	return n > 0 ? (uint64_t)n : 0;
}

/* The skipped items of all folders, and the last line that says anything. */
static uint64_t
read_said(const struct pst *pst, char last[256])
{
	FILE *file = fopen(pst->said, "r");
	char *line = NULL;
	size_t size = 0;
	uint64_t skipped = 0;

	last[0] = '\0';
	while (file != NULL && getline(&line, &size, file) != -1) {
		skipped += skipped_in(line);
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] != '\0')
			(void)snprintf(last, 256, "%s", line);
	}
	if (file != NULL)
		(void)fclose(file);
	free(line);
	return skipped;
}

/* ---- one PST --------------------------------------------------------- */

/* Boundaries that readpst makes differ each time: the PST itself is the key. */
static int
pst_digest(struct pst *pst, const char *path)
{
	static char bytes[65536];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	FILE *file = fopen(path, "rb");
	uint8_t hash[EVP_MAX_MD_SIZE];
	size_t n;
	int ok = file != NULL && ctx != NULL &&
	    EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;

	while (ok && (n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		ok = EVP_DigestUpdate(ctx, bytes, n) == 1;
	ok = ok && !ferror(file) && EVP_DigestFinal_ex(ctx, hash, NULL) == 1;
	for (n = 0; ok && n < 32; n++)
		(void)snprintf(pst->digest + 2 * n, 3, "%02x", hash[n]);
	if (file != NULL)
		(void)fclose(file);
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -1;
}

static void
import_output(struct import *im, struct pst *pst)
{
	struct import inner = *im;

	inner.root = pst->out;
	inner.format = IMPORT_EML;
	inner.made_from = pst->digest;
	import_path(&inner, pst->out);
	inner.root = im->root;
	inner.format = im->format;
	inner.made_from = im->made_from;
	*im = inner;
}

static void
convert_and_import(struct import *im, struct pst *pst, const char *path)
{
	char last[256];
	int status = pst_convert(pst, path);
	uint64_t skipped = read_said(pst, last);

	if (import_stopped())
		return;
	if (status != -1 && WIFEXITED(status) &&
	    WEXITSTATUS(status) == NOT_THERE) {
		import_refuse(im, path, SAY_IMPORT_NO_READPST, NULL);
		return;
	}
	/* What came out before it failed is offered all the same. */
	import_output(im, pst);
	while (skipped-- > 0 && !im->away)
		import_refuse(im, path, SAY_IMPORT_PST_SKIPPED, NULL);
	if (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		import_refuse(im, path, SAY_IMPORT_PST_FAILED, last);
}

void
import_pst(struct import *im, const char *path)
{
	struct pst pst = { .folder = "", .lock = -1 };
	char *full = realpath(path, NULL);

	import_hold_signals(1);
	if (full == NULL || pst_digest(&pst, path) == -1 ||
	    pst_open(&pst) == -1) {
		import_refuse(im, path, SAY_CLI_CANNOT_READ, strerror(errno));
	} else {
		const char *root = im->root, *shown = im->shown;

		im->shown = path;
		im->root = path;
		convert_and_import(im, &pst, full);
		im->root = root;
		im->shown = shown;
	}
	pst_close(im, &pst);
	free(full);
	import_hold_signals(0);
}
