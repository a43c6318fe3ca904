/* SPDX-License-Identifier: ISC */
/*
 * confine: rights, core dumps, Landlock.
 *
 * Landlock by number: the headers of Debian 12 end at version 2 of it.  Must
 * never widen: a path that is not there is simply not allowed.
 */
#include "daemon/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/log.h"

#define FS_READ		(LANDLOCK_ACCESS_FS_READ_FILE | \
			 LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_RUN		(FS_READ | LANDLOCK_ACCESS_FS_EXECUTE)
#define FS_REFER	(UINT64_C(1) << 13)	/* from version 2 on */
#define FS_TRUNCATE	(UINT64_C(1) << 14)	/* 3 */
#define FS_IOCTL	(UINT64_C(1) << 15)	/* 5 */
#define FS_CHANGE	(FS_READ | FS_TRUNCATE | FS_REFER | \
			 LANDLOCK_ACCESS_FS_WRITE_FILE | \
			 LANDLOCK_ACCESS_FS_REMOVE_FILE | \
			 LANDLOCK_ACCESS_FS_REMOVE_DIR | \
			 LANDLOCK_ACCESS_FS_MAKE_REG | \
			 LANDLOCK_ACCESS_FS_MAKE_DIR | \
			 LANDLOCK_ACCESS_FS_MAKE_SOCK)
#define FS_SOCKET	(LANDLOCK_ACCESS_FS_MAKE_SOCK | \
			 LANDLOCK_ACCESS_FS_REMOVE_FILE)
#define FS_DEVICE	(LANDLOCK_ACCESS_FS_READ_FILE | \
			 LANDLOCK_ACCESS_FS_WRITE_FILE)
#define NET_BIND	UINT64_C(1)		/* TCP; 4 */
#define NET_CONNECT	UINT64_C(2)

struct ruleset {
	uint64_t	fs;
	uint64_t	net;	/* versions before 4 take only the first */
};

void
confine_process(void)
{
	struct rlimit none = { 0, 0 }, files;

	(void)setrlimit(RLIMIT_CORE, &none);	/* the next says it again */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		logline(LOGLINE_WARNING, "confine.dumpable", "why=\"%s\"",
		    strerror(errno));
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 &&
	    files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max < 65536 ? files.rlim_max :
		    65536;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
}

int
confine_user(const char *user, struct trouble *t)
{
	struct passwd *pw;

	if (user == NULL || geteuid() != 0) {
		if (geteuid() == 0)
			logline(LOGLINE_WARNING, "confine.root",
			    "why=\"no user is configured\"");
		return 0;
	}
	if ((pw = getpwnam(user)) == NULL)
		return trouble_set(t, SAY_RUN_USER, user, NULL, NULL, NULL);
	if (initgroups(user, pw->pw_gid) == -1 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1)
		return trouble_errno(t, SAY_RUN_DROP_RIGHTS, user);
	if (pw->pw_uid != 0 && setuid(0) == 0)
		return trouble_set(t, SAY_RUN_DROP_RIGHTS, user,
		    "it can become root again", NULL, NULL);
	return 0;
}

/* ---- Landlock ------------------------------------------------------------ */

static uint64_t
handled_fs(int version)
{
	uint64_t all = (UINT64_C(1) << 13) - 1;	/* version 1 */

	if (version >= 2)
		all |= FS_REFER;
	if (version >= 3)
		all |= FS_TRUNCATE;
	if (version >= 5)
		all |= FS_IOCTL;
	return all;
}

/* What a file can be allowed: the rights on folders do not apply to it. */
static uint64_t
for_file(uint64_t rights)
{
	return rights & (LANDLOCK_ACCESS_FS_EXECUTE |
	    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
	    FS_TRUNCATE | FS_IOCTL);
}

/* Allows the rights beneath a path, if it is there. */
static int
allow(int ruleset, uint64_t handled, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr rule;
	struct stat st;
	int rc;

	if (path == NULL ||
	    (rule.parent_fd = open(path, O_PATH | O_CLOEXEC)) == -1)
		return 0;
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rights = for_file(rights);
	rule.allowed_access = rights & handled;
	rc = (int)syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	(void)close(rule.parent_fd);
	return rc;
}

/* The same for the folder that a path stands in. */
static int
allow_folder_of(int ruleset, uint64_t handled, const char *path,
    uint64_t rights)
{
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;
	char *folder;
	int rc;

	if (slash == NULL || slash == path)
		return 0;
	if ((folder = strndup(path, (size_t)(slash - path))) == NULL)
		return -1;
	rc = allow(ruleset, handled, folder, rights);
	free(folder);
	return rc;
}

/* What makes pages stands beside the reader. */
static int
allow_drawer(int ruleset, uint64_t handled, const char *reader)
{
	const char *slash = strrchr(reader, '/');
	char *path;
	int rc;

	if (asprintf(&path, "%.*sdossier-drawer", slash == NULL ? 0 :
	    (int)(slash + 1 - reader), reader) == -1)
		return -1;
	rc = allow(ruleset, handled, path, FS_RUN);
	free(path);
	return rc;
}

static int
allow_all(int rs, uint64_t handled, const struct conf *c, const char *reader)
{
	static const char *const run[] = {
		"/usr", "/lib", "/lib64", "/bin", "/opt", NULL
	};
	static const char *const look[] = { "/etc", "/proc", "/sys", NULL };
	static const char *const device[] = {
		"/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", NULL
	};
	unsigned i;
	int bad = 0;

	for (i = 0; run[i] != NULL; i++)
		bad |= allow(rs, handled, run[i], FS_RUN);
	for (i = 0; look[i] != NULL; i++)
		bad |= allow(rs, handled, look[i], FS_READ);
	for (i = 0; device[i] != NULL; i++)
		bad |= allow(rs, handled, device[i], FS_DEVICE);
	bad |= allow(rs, handled, reader, FS_RUN);
	bad |= allow_drawer(rs, handled, reader);
	bad |= allow(rs, handled, "/var/cache/fontconfig", FS_READ);
	bad |= allow(rs, handled, c->path, FS_READ);
	bad |= allow(rs, handled, c->key, FS_READ);
	bad |= allow(rs, handled, c->certificate, FS_READ);
	bad |= allow(rs, handled, c->certificate_key, FS_READ);
	bad |= allow(rs, handled, c->chain, FS_READ);
	bad |= allow(rs, handled, c->store, FS_CHANGE);
	/* Where /etc/resolv.conf may point. */
	if (c->seal.nstamp + c->seal.nwitness > 0)
		bad |= allow(rs, handled, "/run/systemd/resolve", FS_READ);
	bad |= allow_folder_of(rs, handled, c->lmtp.socket, FS_SOCKET);
	bad |= allow_folder_of(rs, handled, c->api.socket, FS_SOCKET);
	for (i = 0; i < c->ndrop; i++) {
		bad |= allow(rs, handled, c->drop[i].folder, FS_CHANGE);
		bad |= allow(rs, handled, c->drop[i].done, FS_CHANGE);
		/* A share that comes back is another folder at its place. */
		if (c->drop[i].network)
			bad |= allow_folder_of(rs, handled,
			    c->drop[i].folder, FS_CHANGE);
	}
	return bad ? -1 : 0;
}

/* To those who stamp and witness the log. */
static int
calls_out(const struct conf *c)
{
	return c->seal.nstamp + c->seal.nwitness > 0;
}

int
confine_files(const struct conf *c, const char *reader, struct trouble *t)
{
	int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset attr = { 0, 0 };
	int rs, rc = -1;

	if (version < 1) {
		logline(LOGLINE_WARNING, "confine.landlock",
		    "version=0 why=\"%s\"", strerror(errno));
		return 0;
	}
	attr.fs = handled_fs(version);
	attr.net = version < 4 ? 0 : calls_out(c) ? NET_BIND :
	    NET_BIND | NET_CONNECT;
	rs = (int)syscall(SYS_landlock_create_ruleset, &attr,
	    version >= 4 ? sizeof(attr) : sizeof(attr.fs), 0);
	if (rs == -1)
		return trouble_errno(t, SAY_RUN_FAILED, "landlock");
	if (allow_all(rs, attr.fs, c, reader) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    syscall(SYS_landlock_restrict_self, rs, 0) == -1)
		(void)trouble_errno(t, SAY_RUN_FAILED, "landlock");
	else
		rc = 0;
	(void)close(rs);
	if (rc == 0)
		logline(LOGLINE_INFO, "confine.landlock", "version=%d",
		    version);
	return rc;
}
