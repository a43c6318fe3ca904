/* SPDX-License-Identifier: ISC */
/*
 * verify_box: what holds `dossier verify' while it reads what strangers made.
 * It must never let the reading begin with less than seccomp.
 *
 *	what		how
 *	privileges	none new, not dumpable
 *	files		Landlock: reading below the folders, if the kernel has
 *			it; seccomp: nothing is opened for writing
 *	network		no socket can be made (seccomp)
 *	programs	none is run, no process or thread is made (seccomp)
 *	threads		the one of verify_beside.c, made between the two
 *			steps: it takes over Landlock, seccomp is set for both
 *	limits		memory, descriptors, no core
 *
 * A call that is not on the list ends the process with SIGSYS.
 */
#include "client/verify_own.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/limits.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Landlock by number: the headers of Debian 12 are older than kernels. */
#define LL_CREATE	444
#define LL_ADD_RULE	445
#define LL_RESTRICT	446
#define LL_VERSION	1u
#define LL_FS_ABI1	((UINT64_C(1) << 13) - 1)
#define LL_FS_REFER	(UINT64_C(1) << 13)		/* ABI 2 */
#define LL_FS_TRUNCATE	(UINT64_C(1) << 14)		/* ABI 3 */
#define LL_NET_TCP	UINT64_C(3)			/* ABI 4 */
#define LL_FS_IOCTL	(UINT64_C(1) << 15)		/* ABI 5 */
#define LL_SCOPE	UINT64_C(3)			/* ABI 6 */
#define LL_READ		((UINT64_C(1) << 2) | (UINT64_C(1) << 3))
#define LL_BENEATH	1

struct ll_attr {
	uint64_t fs, net, scoped;
};

struct ll_beneath {
	uint64_t fs;
	int32_t	 fd;
} __attribute__((packed));

static const int calls[] = {
	SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(fstat),
	SCMP_SYS(newfstatat), SCMP_SYS(getdents64), SCMP_SYS(close),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(getrandom), SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall),
	SCMP_SYS(sched_yield), SCMP_SYS(getpid), SCMP_SYS(gettid),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
};

/* What libraries ask and can do without. */
static const int refused[] = {
	SCMP_SYS(ioctl), SCMP_SYS(access), SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
	SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(statx),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(prlimit64),
	SCMP_SYS(rt_sigaction), SCMP_SYS(umask),
};

static int
allow_if(scmp_filter_ctx ctx, int call, struct scmp_arg_cmp cmp)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1, cmp);
}

/* Memory that is never run; files only to be read; the two outputs. */
static int
rules_some(scmp_filter_ctx ctx)
{
	int rc = allow_if(ctx, SCMP_SYS(mmap),
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

	if (rc == 0)
		rc = allow_if(ctx, SCMP_SYS(mprotect),
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (rc == 0)
		rc = allow_if(ctx, SCMP_SYS(openat),
		    SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC |
		    O_PATH, O_RDONLY));
	if (rc == 0)
		rc = allow_if(ctx, SCMP_SYS(fcntl),
		    SCMP_A1(SCMP_CMP_EQ, F_DUPFD_CLOEXEC, 0));
	if (rc == 0)
		rc = allow_if(ctx, SCMP_SYS(fcntl),
		    SCMP_A1(SCMP_CMP_EQ, F_GETFL, 0));
	if (rc == 0)
		rc = allow_if(ctx, SCMP_SYS(fcntl),
		    SCMP_A1(SCMP_CMP_EQ, F_SETFD, 0));
	if (rc == 0)
		rc = allow_if(ctx, SCMP_SYS(fcntl),
		    SCMP_A1(SCMP_CMP_EQ, F_GETFD, 0));
	for (unsigned fd = 1; fd <= 2 && rc == 0; fd++) {
		rc = allow_if(ctx, SCMP_SYS(write),
		    SCMP_A0(SCMP_CMP_EQ, fd, 0));
		if (rc == 0)
			rc = allow_if(ctx, SCMP_SYS(writev),
			    SCMP_A0(SCMP_CMP_EQ, fd, 0));
	}
	return rc;
}

int
verify_box_calls(void)
{
	scmp_filter_ctx ctx;
	int rc = 0;

	if (SANITIZED)		/* its run-time needs other calls */
		return 0;
	if ((ctx = seccomp_init(SCMP_ACT_KILL_PROCESS)) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	for (size_t i = 0; rc == 0 && i < sizeof calls / sizeof(int); i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);
	for (size_t i = 0; rc == 0 && i < sizeof refused / sizeof(int); i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), refused[i],
		    0);
	if (rc == 0)
		rc = rules_some(ctx);
	if (rc == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	if (rc != 0)
		errno = -rc;
	return rc == 0 ? 0 : -1;
}

static size_t
files_attr(long abi, struct ll_attr *attr)
{
	memset(attr, 0, sizeof *attr);
	attr->fs = LL_FS_ABI1 | (abi >= 2 ? LL_FS_REFER : 0) |
	    (abi >= 3 ? LL_FS_TRUNCATE : 0) | (abi >= 5 ? LL_FS_IOCTL : 0);
	attr->net = abi >= 4 ? LL_NET_TCP : 0;
	attr->scoped = abi >= 6 ? LL_SCOPE : 0;
	return abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
}

/* No Landlock is no error: seccomp holds. */
static int
files_set(const int *folders, size_t n)
{
	long abi = syscall(LL_CREATE, NULL, (size_t)0, LL_VERSION);
	struct ll_attr attr;
	int rules, rc = 0;

	if (abi < 1)
		return 0;
	rules = (int)syscall(LL_CREATE, &attr, files_attr(abi, &attr), 0);
	if (rules == -1)
		return -1;
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct ll_beneath beneath = { LL_READ, folders[i] };

		if (folders[i] != -1)
			rc = (int)syscall(LL_ADD_RULE, rules, LL_BENEATH,
			    &beneath, 0);
	}
	if (rc == 0)
		rc = (int)syscall(LL_RESTRICT, rules, 0);
	(void)close(rules);
	return rc == 0 ? 0 : -1;
}

static int
limit_set(int what, rlim_t n)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)what, &limit) == -1)
		return -1;
	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < n)
		n = limit.rlim_max;
	limit.rlim_cur = limit.rlim_max = n;
	return setrlimit((__rlimit_resource_t)what, &limit);
}

int
verify_box_files(int one, int other)
{
	const int folders[] = { one, other };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    limit_set(RLIMIT_CORE, 0) == -1 ||
	    limit_set(RLIMIT_NOFILE, 128) == -1 ||
	    (!SANITIZED && limit_set(RLIMIT_AS, LIMIT_VERIFY_MEMORY) == -1))
		return -1;
	return files_set(folders, 2);
}
