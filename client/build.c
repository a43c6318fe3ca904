/* SPDX-License-Identifier: ISC */
/*
 * build: bundles made by the daemon, waited for, and fetched: as a zip, or
 * unpacked into a folder.
 *
 * A zip is taken apart as if a stranger had sent it: names must be such as a
 * bag has (proto/out/bagit), entries files, and nothing is written over.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client/call.h"
#include "client/get.h"
#include "client/show.h"
#include "client/verbs.h"
#include "proto/out/bagit.h"

#define POLL_MS	200

/* ---- waiting ----------------------------------------------------- */

static const char *
text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text != NULL ? text : "";
}

static uint64_t
number_of(const json_t *row, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(row, key));

	return n > 0 ? (uint64_t)n : 0;
}

/* Asks until the job has ended; its row then.  The caller drops it. */
static int
wait_for(const struct cmd *cmd, struct call *call, const char *job,
    json_t **row_r)
{
	const struct timespec pause = { 0, POLL_MS * 1000000L };
	json_t *answer = NULL;
	int code, shown = 0;

	for (;;) {
		call_route(call, ROUTE_JOB, job);
		if ((code = call_json(call, NULL, &answer)) != EXIT_DONE)
			break;
		*row_r = json_incref(json_object_get(answer, "row"));
		json_decref(answer);
		if (strcmp(text_of(*row_r, "state"), "asked") != 0)
			break;
		if (number_of(*row_r, "total") > 0) {
			show_progress(cmd, SAY_CLI_BUILDING,
			    number_of(*row_r, "done"),
			    number_of(*row_r, "total"));
			shown = 1;
		}
		json_decref(*row_r);
		*row_r = NULL;
		(void)nanosleep(&pause, NULL);
	}
	if (shown)
		show_progress_end();
	if (code == EXIT_DONE && strcmp(text_of(*row_r, "state"),
	    "failed") == 0)
		code = cmd_fail(cmd, EXIT_FAILED, SAY_CLI_BUILD_FAILED,
		    text_of(*row_r, "id"), text_of(*row_r, "reason"));
	return code;
}

/* ---- unpacking --------------------------------------------------- */

static int
write_failed(const struct cmd *cmd)
{
	return cmd_fail(cmd, EXIT_FAILED, SAY_CLI_WRITE, strerror(errno),
	    NULL);
}

/* Makes each folder of a path below the descriptor. */
static int
make_folders(int base, const char *path)
{
	char part[BAGIT_PATH_MAX + 1];

	for (const char *p = path; (p = strchr(p, '/')) != NULL; p++) {
		memcpy(part, path, (size_t)(p - path));
		part[p - path] = '\0';
		if (mkdirat(base, part, 0777) == -1 && errno != EEXIST)
			return -1;
	}
	return 0;
}

static int
unpack_one(struct archive *a, int base, const char *path)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd, rc;

	if (make_folders(base, path) == -1 ||
	    (fd = openat(base, path, flags, 0666)) == -1)
		return -1;
	rc = archive_read_data_into_fd(a, fd) == ARCHIVE_OK ? 0 : -1;
	if (rc == -1)
		errno = archive_errno(a) > 0 ? archive_errno(a) : EBADMSG;
	return close(fd) == -1 ? -1 : rc;
}

/* The path below the one folder at the top; NULL: it may not be there. */
static const char *
below_top(const char *name, char top[64])
{
	const char *slash = name == NULL ? NULL : strchr(name, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - name);

	if (n == 0 || n >= 64 || (*top != '\0' && (strlen(top) != n ||
	    strncmp(top, name, n) != 0)))
		return NULL;
	memcpy(top, name, n);
	top[n] = '\0';
	return bagit_path_ok(slash + 1, strlen(slash + 1)) ? slash + 1 : NULL;
}

static int
unpack_all(struct archive *a, int base)
{
	struct archive_entry *entry;
	char top[64] = "";
	int got;

	while ((got = archive_read_next_header(a, &entry)) == ARCHIVE_OK) {
		const char *path = below_top(archive_entry_pathname(entry),
		    top);

		if (path == NULL || archive_entry_filetype(entry) != AE_IFREG) {
			errno = EBADMSG;
			return -1;
		}
		if (unpack_one(a, base, path) == -1)
			return -1;
	}
	if (got == ARCHIVE_EOF)
		return 0;
	errno = EBADMSG;
	return -1;
}

/* Into a folder that is made here and must not be there. */
static int
unpack(const struct cmd *cmd, const char *zip, const char *folder)
{
	struct archive *a = archive_read_new();
	int base, rc = -1;

	if (mkdir(folder, 0777) == -1) {
		(void)archive_read_free(a);
		return cmd_fail(cmd, EXIT_FAILED, SAY_CLI_FOLDER, folder,
		    strerror(errno));
	}
	base = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (a != NULL && base != -1 &&
	    archive_read_support_format_zip_seekable(a) == ARCHIVE_OK &&
	    archive_read_open_filename(a, zip, 65536) == ARCHIVE_OK)
		rc = unpack_all(a, base);
	else
		errno = EIO;
	if (rc == -1)
		rc = write_failed(cmd);
	(void)archive_read_free(a);
	if (base != -1)
		(void)close(base);	/* of a folder */
	return rc;
}

/* ---- fetching ---------------------------------------------------- */

static int
is_zip(const char *path)
{
	size_t n = strlen(path);

	return n > 4 && strcmp(path + n - 4, ".zip") == 0;
}

static int
fetch(const struct cmd *cmd, struct call *call, const json_t *row,
    const char *out)
{
	struct buf part = BUF_INIT;
	char build[24];
	int code;

	(void)snprintf(build, sizeof(build), "%llu",
	    (unsigned long long)number_of(row, "build"));
	call_route(call, ROUTE_BUNDLE_ZIP, text_of(row, "bundle"));
	call_query(call, "build", build);
	if (is_zip(out))
		return call_save_as(call, out);
	buf_adds(&part, out);
	buf_adds(&part, ".zip.tmp");
	if (buf_str(&part) == NULL)
		return cmd_fail(cmd, EXIT_FAILED, SAY_CLI_NO_MEMORY, NULL,
		    NULL);
	code = call_save_as(call, buf_str(&part));
	if (code == EXIT_DONE)
		code = unpack(cmd, buf_str(&part), out);
	(void)unlink(buf_str(&part));
	buf_release(&part);
	return code;
}

/* What it is and how it is checked, for people. */
static void
tell(const struct cmd *cmd, const json_t *row, const char *out)
{
	struct buf text = BUF_INIT;
	char n[4][24];
	static const char *const key[] = { "documents", "pages", "withheld",
	    "files" };

	for (int i = 0; i < 4; i++)
		(void)snprintf(n[i], sizeof(n[i]), "%llu",
		    (unsigned long long)number_of(row, key[i]));
	say(&text, cmd->lang, SAY_CLI_BUILT, text_of(row, "id"), n[0], n[1],
	    n[2], n[3], text_of(row, "tagmanifest"));
	buf_addc(&text, '\n');
	if (out != NULL && is_zip(out))
		say(&text, cmd->lang, SAY_CLI_BUILT_ZIP, out);
	else if (out != NULL)
		say(&text, cmd->lang, SAY_CLI_BUILT_FOLDER, out);
	else
		say(&text, cmd->lang, SAY_CLI_BUILT_HERE, text_of(row, "id"),
		    text_of(row, "bundle"));
	(void)fprintf(stderr, "%s\n", buf_failed(&text) ? "" :
	    buf_str(&text));
	buf_release(&text);
}

int
run_bundle_build(struct cmd *cmd)
{
	const char *out = cmd_opt(cmd, "output");
	struct call *call = call_new(cmd);
	json_t *answer = NULL, *row = NULL;
	struct stat st;
	int code;

	if (out != NULL && lstat(out, &st) == 0) {
		call_free(call);
		return cmd_fail(cmd, EXIT_FAILED, SAY_CLI_FOLDER, out,
		    strerror(EEXIST));
	}
	call_route(call, ROUTE_BUNDLE_BUILD, cmd->args[0]);
	call_query(call, "as_known_on", cmd_opt(cmd, "as-known-on"));
	call_query(call, "earlier", cmd_opt(cmd, "earlier"));
	call_once(call);
	if ((code = call_json(call, NULL, &answer)) == EXIT_DONE)
		code = wait_for(cmd, call, text_of(json_object_get(answer,
		    "row"), "id"), &row);
	if (code == EXIT_DONE && out != NULL)
		code = fetch(cmd, call, row, out);
	if (code == EXIT_DONE && cmd->json) {
		code = show_json(row);
		(void)putchar('\n');
	} else if (code == EXIT_DONE) {
		(void)printf("%s\n", text_of(row, "id"));
		tell(cmd, row, out);
	}
	json_decref(answer);
	json_decref(row);
	call_free(call);
	return code;
}

/* ---- jobs -------------------------------------------------------- */

int
run_job_list(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "id", SAY_HEAD_JOB }, { "state", SAY_HEAD_STATE },
		{ "phase", SAY_HEAD_PHASE }, { "done", SAY_HEAD_DONE },
		{ "total", SAY_HEAD_OF_ALL }, { "asked_by", SAY_HEAD_ACTOR },
		{ "asked_at", SAY_HEAD_AT }, { NULL, SAY_HEAD_JOB }
	};
	const struct get get = { .route = ROUTE_JOBS, .columns = columns,
	    .empty = SAY_EMPTY_LIST };

	return get_list(cmd, &get);
}

int
run_job_wait(struct cmd *cmd)
{
	struct call *call = call_new(cmd);
	json_t *row = NULL;
	int code = wait_for(cmd, call, cmd->args[0], &row);

	if (code == EXIT_DONE)
		code = show_thing(cmd, row);
	json_decref(row);
	call_free(call);
	return code;
}
