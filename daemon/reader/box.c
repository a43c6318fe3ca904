/* SPDX-License-Identifier: ISC */
/*
 * box: see box.h.  It must never let a reader run with less than seccomp.
 *
 *	stage		parent				child
 *	privileges	none new, not dumpable		inherited
 *	Landlock	no file, no port, no signal	inherited
 *			out of the box, with what the
 *			kernel's ABI knows
 *	limits		no core			memory, CPU, size, descriptors
 *	seccomp		parent_calls + child_calls	child_calls alone
 *
 * Filters add up in the kernel, so the parent's list holds the child's.  They
 * are made once, as programs for the kernel: a fork then costs two calls.
 *
 * The box for drawing (BOX_DRAW) is wider by threads, and by files below the
 * folders of fonts that Landlock lets through; see rules_draw().
 *
 * A child that calls abort() meets tgkill, which is not on the list: it ends
 * with SIGSYS as well.  To let it through would be to let it signal others.
 */
#include "daemon/reader/box.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/limits.h"

#if defined(__SANITIZE_THREAD__)
#define DOSSIER_THREADED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define DOSSIER_THREADED 1
#endif
#endif
#ifndef DOSSIER_THREADED
#define DOSSIER_THREADED 0
#endif

#if defined(__SANITIZE_ADDRESS__) || DOSSIER_THREADED
#define DOSSIER_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DOSSIER_SANITIZED 1
#endif
#endif
#ifndef DOSSIER_SANITIZED
#define DOSSIER_SANITIZED 0
#endif

/*
 * Landlock by number: the headers of Debian 12 stop at ABI 2, kernels do not.
 */
#define LL_CREATE	444
#define LL_ADD_RULE	445
#define LL_RESTRICT	446
#define LL_VERSION	1u
#define LL_FS_ABI1	((UINT64_C(1) << 13) - 1)	/* to make_sym */
#define LL_FS_REFER	(UINT64_C(1) << 13)		/* ABI 2 */
#define LL_FS_TRUNCATE	(UINT64_C(1) << 14)		/* ABI 3 */
#define LL_NET_TCP	UINT64_C(3)			/* ABI 4 */
#define LL_FS_IOCTL	(UINT64_C(1) << 15)		/* ABI 5 */
#define LL_SCOPE	UINT64_C(3)			/* ABI 6 */

struct ll_attr {
	uint64_t	fs;
	uint64_t	net;		/* from ABI 4 */
	uint64_t	scoped;		/* from ABI 6 */
};

/* What the folders of fonts are opened to: reading, no more. */
#define LL_READ		((UINT64_C(1) << 2) | (UINT64_C(1) << 3))
#define LL_BENEATH	1

struct ll_beneath {
	uint64_t	fs;
	int32_t		fd;
} __attribute__((packed));

static struct sock_fprog parent_prog, child_prog;
static int	 rules_fd = -1;		/* of Landlock, for the folders */
static long	 rules_abi;

/* Calls with no condition on their arguments. */
static const int child_calls[] = {
	SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(fstat),
	SCMP_SYS(close), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk),
	SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(getrandom),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(restart_syscall), SCMP_SYS(sched_yield), SCMP_SYS(getpid),
	SCMP_SYS(gettid), SCMP_SYS(exit), SCMP_SYS(exit_group),
#if DOSSIER_SANITIZED
	/* What the run-time of a sanitizer does when it reports. */
	SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(write),
	SCMP_SYS(sigaltstack), SCMP_SYS(rt_sigaction), SCMP_SYS(getuid),
	SCMP_SYS(readlink), SCMP_SYS(openat), SCMP_SYS(newfstatat),
	SCMP_SYS(ioctl), SCMP_SYS(prctl), SCMP_SYS(tgkill), SCMP_SYS(getcwd),
	SCMP_SYS(prlimit64), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(set_robust_list),
#endif
#if DOSSIER_THREADED
	/* The thread that its run-time starts after each fork. */
	SCMP_SYS(clone3), SCMP_SYS(rseq), SCMP_SYS(nanosleep),
#endif
};

/* How a run-time of a sanitizer starts a thread and looks for files. */
static const int thread_calls[] = {
	SCMP_SYS(clone3), SCMP_SYS(clone), SCMP_SYS(rseq), SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(statx),
	SCMP_SYS(getdents64), SCMP_SYS(fcntl),
};

static const int parent_calls[] = {
	SCMP_SYS(recvmsg), SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(poll),
	SCMP_SYS(ppoll), SCMP_SYS(wait4), SCMP_SYS(write), SCMP_SYS(fcntl),
	SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(close_range), SCMP_SYS(prctl),
	SCMP_SYS(prlimit64), SCMP_SYS(setrlimit), SCMP_SYS(seccomp),
	SCMP_SYS(getppid), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
};

/* Memory that is never both given by the sender and run. */
static int
rules_memory(scmp_filter_ctx ctx)
{
	int	 rc;

	rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (rc == 0)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect),
		    1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return rc;
}

/* A rule for a call of which one argument, masked, has that value. */
static int
rule_masked(scmp_filter_ctx ctx, int call, unsigned arg, uint64_t mask,
    uint64_t value)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1,
	    SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, mask, value));
}

/*
 * Threads of its own, for Pango asks fontconfig in one, and files to be
 * read if Landlock says which.  What fails for want of a file goes on
 * without it, so these calls say so and do not end the child.
 */
static int
rules_draw(scmp_filter_ctx ctx)
{
	static const int refused[] = { SCMP_SYS(openat),
	    SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),
	    SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(getdents64) };
	static const int allowed[] = { SCMP_SYS(set_robust_list),
	    SCMP_SYS(rseq), SCMP_SYS(sched_getaffinity) };
	int	 rc = 0;
	size_t	 i;

	/* glibc then calls clone, whose flags a filter can see. */
	rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3),
	    0);
	if (rc == 0)
		rc = rule_masked(ctx, SCMP_SYS(clone), 0, CLONE_NEWUSER |
		    CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC |
		    CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_THREAD | CLONE_VM |
		    CLONE_SIGHAND, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND);
	if (rc == 0)
		rc = rule_masked(ctx, SCMP_SYS(prctl), 0, ~UINT64_C(0),
		    PR_SET_NAME);
	if (rc == 0)
		rc = rule_masked(ctx, SCMP_SYS(fcntl), 1, ~UINT64_C(0),
		    F_SETFD);
	/* It tells whether a file is there, and no more. */
	if (rc == 0)
		rc = rule_masked(ctx, SCMP_SYS(access), 1, ~UINT64_C(0),
		    R_OK);
	for (i = 0; rc == 0 && i < sizeof(allowed) / sizeof(int); i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
	if (rc == 0 && rules_abi > 0)
		rc = rule_masked(ctx, SCMP_SYS(openat), 2, O_ACCMODE |
		    O_CREAT | O_TRUNC | O_PATH, O_RDONLY);
	for (i = rules_abi > 0; rc == 0 && i < sizeof(refused) / sizeof(int);
	    i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), refused[i],
		    0);
	return rc;
}

static int
rules_child(scmp_filter_ctx ctx, enum box_kind kind)
{
	int	 rc = 0;
	size_t	 i;

	if (kind == BOX_DRAW && !DOSSIER_SANITIZED)
		rc = rules_draw(ctx);
	/* The file calls are there already; the thread of Pango is not. */
	for (i = 0; kind == BOX_DRAW && DOSSIER_SANITIZED && rc == 0 &&
	    i < sizeof(thread_calls) / sizeof(int); i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, thread_calls[i], 0);
	for (i = 0; rc == 0 && i < sizeof(child_calls) / sizeof(int); i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, child_calls[i], 0);
	if (rc == 0 && !DOSSIER_SANITIZED)
		rc = rules_memory(ctx);
	if (rc == 0 && !DOSSIER_SANITIZED)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
		    SCMP_A0(SCMP_CMP_EQ, BOX_ANSWER, 0));
	return rc;
}

/* It may fork but not enter namespaces, and kill but not signal. */
static int
rules_parent(scmp_filter_ctx ctx)
{
	int	 rc = 0;
	size_t	 i;

	for (i = 0; rc == 0 && i < sizeof(parent_calls) / sizeof(int); i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, parent_calls[i], 0);
	if (rc == 0)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NEWUSER | CLONE_NEWNS |
		    CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
		    CLONE_NEWCGROUP | CLONE_THREAD | CLONE_VM, 0));
	if (rc == 0)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(kill), 1,
		    SCMP_A1(SCMP_CMP_EQ, SIGKILL, 0));
	return rc;
}

/* Takes the program of a filter out of libseccomp, which has a file for it. */
static int
filter_export(scmp_filter_ctx ctx, struct sock_fprog *prog_r)
{
	int	 fd, rc = -1;
	off_t	 len;
	void	*p;

	fd = memfd_create("seccomp", MFD_CLOEXEC);
	if (fd == -1)
		return -1;
	if (seccomp_export_bpf(ctx, fd) != 0)
		goto out;
	len = lseek(fd, 0, SEEK_END);
	if (len <= 0 || (size_t)len % sizeof(struct sock_filter) != 0)
		goto out;
	p = mmap(NULL, (size_t)len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		goto out;
	prog_r->filter = p;
	prog_r->len = (unsigned short)((size_t)len /
	    sizeof(struct sock_filter));
	rc = 0;
out:
	(void)close(fd);	/* the mapping stays */
	return rc;
}

static int
filter_make(enum box_kind kind, int with_parent, struct sock_fprog *prog_r)
{
	scmp_filter_ctx	 ctx;
	int		 rc;

	ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (ctx == NULL) {
		errno = ENOMEM;
		return -1;
	}
	rc = rules_child(ctx, kind);
	if (rc == 0 && with_parent)
		rc = rules_parent(ctx);
	if (rc != 0)
		errno = -rc;
	else
		rc = filter_export(ctx, prog_r);
	seccomp_release(ctx);
	return rc == 0 ? 0 : -1;
}

/* What is denied: every file, and what else the ABI knows; its size. */
static size_t
landlock_attr(struct ll_attr *attr)
{
	memset(attr, 0, sizeof(*attr));
	attr->fs = LL_FS_ABI1;
	if (rules_abi >= 2)
		attr->fs |= LL_FS_REFER;
	if (rules_abi >= 3)
		attr->fs |= LL_FS_TRUNCATE;
	if (rules_abi >= 5)
		attr->fs |= LL_FS_IOCTL;
	if (rules_abi >= 4)
		attr->net = LL_NET_TCP;
	if (rules_abi >= 6)
		attr->scoped = LL_SCOPE;
	return rules_abi >= 6 ? sizeof(*attr) : rules_abi >= 4 ?
	    sizeof(attr->fs) + sizeof(attr->net) : sizeof(attr->fs);
}

/* Lets the folder be read; one that is not there is no error. */
static int
landlock_folder(const char *path)
{
	struct ll_beneath	 beneath = { LL_READ, -1 };
	long			 rc;

	beneath.fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (beneath.fd == -1)
		return errno == ENOENT || errno == EACCES ? 0 : -1;
	rc = syscall(LL_ADD_RULE, rules_fd, LL_BENEATH, &beneath, 0);
	(void)close(beneath.fd);	/* the rule stays */
	return rc == 0 ? 0 : -1;
}

/* Makes the rules while folders may be opened; no Landlock is no error. */
static int
landlock_prepare(const char *const *folders)
{
	struct ll_attr	 attr;
	size_t		 size;

	rules_abi = syscall(LL_CREATE, NULL, (size_t)0, LL_VERSION);
	if (rules_abi < 1) {
		rules_abi = 0;
		return 0;
	}
	size = landlock_attr(&attr);
	rules_fd = (int)syscall(LL_CREATE, &attr, size, 0);
	if (rules_fd == -1)
		return -1;
	for (; folders != NULL && *folders != NULL; folders++)
		if (landlock_folder(*folders) == -1)
			return -1;
	return 0;
}

int
box_prepare(enum box_kind kind, const char *const *folders)
{
	if (landlock_prepare(kind == BOX_DRAW ? folders : NULL) == -1)
		return -1;
	if (filter_make(kind, 1, &parent_prog) == -1)
		return -1;
	return filter_make(kind, 0, &child_prog);
}

static int
filter_set(const struct sock_fprog *prog)
{
	if (prog->filter == NULL) {
		errno = EINVAL;
		return -1;
	}
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, prog) == 0 ?
	    0 : -1;
}

static int
limit_set(int what, rlim_t n)
{
	struct rlimit	 lim = { n, n };

	return setrlimit((__rlimit_resource_t)what, &lim);
}

static int
landlock_set(int *abi_r)
{
	*abi_r = (int)rules_abi;
	if (rules_abi == 0)
		return 0;
	if (syscall(LL_RESTRICT, rules_fd, 0) != 0 || close(rules_fd) == -1)
		return -1;
	rules_fd = -1;
	return 0;
}

static int
privileges_drop(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return -1;
	return limit_set(RLIMIT_CORE, 0);
}

int
box_parent(int *landlock_r)
{
	if (privileges_drop() == -1)
		return -1;
	if (landlock_set(landlock_r) == -1)
		return -1;
	return filter_set(&parent_prog);
}

/* Memory in a sanitized build is mostly shadow: it has no limit there. */
static int
limits_set(enum box_kind kind, uint64_t max)
{
	if (!DOSSIER_SANITIZED && limit_set(RLIMIT_AS, LIMIT_READ_MEMORY) == -1)
		return -1;
	if (limit_set(RLIMIT_CPU, LIMIT_READ_SECONDS) == -1)
		return -1;
	if (limit_set(RLIMIT_FSIZE, (rlim_t)max) == -1)
		return -1;
	return limit_set(RLIMIT_NOFILE, kind == BOX_DRAW ? 64 :
	    DOSSIER_SANITIZED ? 16 : BOX_ANSWER + 1);
}

int
box_child(enum box_kind kind, uint64_t max)
{
	if (limits_set(kind, max) == -1)
		return -1;
	return filter_set(&child_prog);
}
