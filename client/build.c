/* SPDX-License-Identifier: ISC */
/*
 * build: bundles made by the daemon, waited for, and fetched: as a zip, or
 * unpacked into a folder.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client/call.h"
#include "client/get.h"
#include "client/post.h"
#include "client/show.h"
#include "client/unpack.h"
#include "client/verbs.h"
#include "client/words.h"

#define POLL_MS		20	/* at first; longer by and by */
#define POLL_MAX_MS	500

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

static volatile sig_atomic_t stopped;

static void
on_signal(int number)
{
	stopped = number;
}

/* The first one is told what becomes of the job; the second just ends. */
static void
hold_signals(int hold)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = hold ? on_signal : SIG_DFL;
	action.sa_flags = (int)SA_RESETHAND;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)sigaction(numbers[i], &action, NULL);
}

/* It is not waited for any more: says how to come back, and ends. */
static void
leave(const struct cmd *cmd, const char *job)
{
	struct buf text = BUF_INIT;

	say(&text, cmd->lang, SAY_CLI_BUILD_GOES_ON, job);
	(void)fprintf(stderr, "\n%s\n", buf_failed(&text) ? "" :
	    buf_str(&text));
	buf_release(&text);
	hold_signals(0);
	(void)raise(stopped);
}

/* What an end that is none of success is called. */
static int
ended(const struct cmd *cmd, const json_t *row)
{
	const char *state = text_of(row, "state");

	if (strcmp(state, "failed") == 0)
		return cmd_fail(cmd, EXIT_FAILED, SAY_CLI_BUILD_FAILED,
		    text_of(row, "id"), text_of(row, "reason"));
	if (strcmp(state, "cancelled") == 0)
		return cmd_fail(cmd, EXIT_FAILED, SAY_CLI_BUILD_CANCELLED,
		    text_of(row, "id"), NULL);
	return EXIT_DONE;
}

/* Asks until the job has ended; its row then.  The caller drops it. */
static int
wait_for(const struct cmd *cmd, struct call *call, const char *job,
    json_t **row_r)
{
	struct timespec pause = { 0, POLL_MS * 1000000L };
	json_t *answer = NULL;
	int code, shown = 0;

	hold_signals(1);
	for (;;) {
		if (stopped != 0)
			leave(cmd, job);
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
		if (pause.tv_nsec < POLL_MAX_MS * 1000000L)
			pause.tv_nsec += pause.tv_nsec / 16;
	}
	if (shown)
		show_progress_end();
	hold_signals(0);
	return code == EXIT_DONE ? ended(cmd, *row_r) : code;
}

/* ---- fetching ---------------------------------------------------- */

static int
is_zip(const char *path)
{
	size_t n = strlen(path);

	return n > 4 && strcmp(path + n - 4, ".zip") == 0;
}

static int
on_zip(void *arg, const void *bytes, size_t n)
{
	return unpack_feed(arg, bytes, n);
}

static int
fetch(const struct cmd *cmd, struct call *call, const json_t *row,
    const char *out)
{
	struct unpack *u;
	char build[24];
	int code;

	(void)snprintf(build, sizeof(build), "%llu",
	    (unsigned long long)number_of(row, "build"));
	call_route(call, ROUTE_BUNDLE_ZIP, text_of(row, "bundle"));
	call_query(call, "build", build);
	if (is_zip(out))
		return call_save_as(call, out);
	if ((u = unpack_new(out)) == NULL)
		return cmd_fail(cmd, EXIT_FAILED, SAY_CLI_FOLDER, out,
		    strerror(errno));
	code = call_feed(call, on_zip, u);
	if (code == EXIT_DONE && unpack_end(u) == -1)
		code = cmd_fail(cmd, EXIT_FAILED, SAY_CLI_WRITE,
		    strerror(errno), NULL);
	unpack_free(u);
	return code;
}

/* What its seal may still get, in words. */
static void
tell_awaited(const struct cmd *cmd, const json_t *row, struct buf *text)
{
	char *words = show_value(json_object_get(row, "awaited"));

	if (words != NULL && *words != '\0') {
		words = words_text(cmd->lang, "awaited", words);
		buf_addc(text, '\n');
		say(text, cmd->lang, SAY_CLI_AWAITED, words != NULL ? words :
		    "", text_of(row, "id"));
	}
	free(words);
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
	tell_awaited(cmd, row, &text);
	(void)fprintf(stderr, "%s\n", buf_failed(&text) ? "" :
	    buf_str(&text));
	buf_release(&text);
}

/* Is something there that would be written over? */
static int
is_taken(const struct cmd *cmd, const char *out)
{
	struct stat st;

	if (out == NULL || lstat(out, &st) == -1)
		return EXIT_DONE;
	return cmd_fail(cmd, EXIT_FAILED, SAY_CLI_FOLDER, out,
	    strerror(EEXIST));
}

/* The row of a build, in place of the one that is there. */
static int
get_row(struct call *call, enum route route, const char *id, json_t **row_r)
{
	json_t *answer = NULL;
	int code;

	call_route(call, route, id);
	code = call_json(call, NULL, &answer);
	if (code == EXIT_DONE) {
		json_decref(*row_r);
		*row_r = json_incref(json_object_get(answer, "row"));
	}
	json_decref(answer);
	return code;
}

/* Fetches what the row is of, if it is to be, and says what there is. */
static int
hand_out(const struct cmd *cmd, struct call *call, json_t **row,
    const char *out)
{
	char job[64];
	int code = EXIT_DONE;

	(void)snprintf(job, sizeof(job), "%s", text_of(*row, "id"));
	if (out != NULL && (code = fetch(cmd, call, *row, out)) == EXIT_DONE)
		code = get_row(call, ROUTE_JOB, job, row);
	if (code == EXIT_DONE && cmd->json) {
		code = show_json(*row);
		(void)putchar('\n');
	} else if (code == EXIT_DONE) {
		(void)printf("%s\n", job);
		tell(cmd, *row, out);
	}
	return code;
}

int
run_bundle_build(struct cmd *cmd)
{
	const char *out = cmd_opt(cmd, "output");
	json_t *answer = NULL, *row = NULL;
	struct call *call;
	int code;

	if ((code = is_taken(cmd, out)) != EXIT_DONE)
		return code;
	call = call_new(cmd);
	call_route(call, ROUTE_BUNDLE_BUILD, cmd->args[0]);
	call_query(call, "as_known_on", cmd_opt(cmd, "as-known-on"));
	call_query(call, "earlier", cmd_opt(cmd, "earlier"));
	call_once(call);
	if ((code = call_json(call, NULL, &answer)) == EXIT_DONE)
		code = wait_for(cmd, call, text_of(json_object_get(answer,
		    "row"), "id"), &row);
	if (code == EXIT_DONE)
		code = hand_out(cmd, call, &row, out);
	json_decref(answer);
	json_decref(row);
	call_free(call);
	return code;
}

/* "B-0001.2" of "B-0001" whose last finished build is the second; or "". */
static void
last_built(const json_t *bundle, char job_r[64])
{
	const json_t *build;
	size_t i;

	job_r[0] = '\0';
	json_array_foreach(json_object_get(bundle, "builds"), i, build)
		if (strcmp(text_of(build, "state"), "built") == 0)
			(void)snprintf(job_r, 64, "%s.%llu",
			    text_of(bundle, "id"),
			    (unsigned long long)number_of(build, "build"));
}

int
run_bundle_fetch(struct cmd *cmd)
{
	const char *out = cmd_opt(cmd, "output");
	struct call *call;
	json_t *row = NULL;
	char job[64] = "";
	int code;

	if (out == NULL)
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NEEDS, "--output",
		    NULL);
	if ((code = is_taken(cmd, out)) != EXIT_DONE)
		return code;
	call = call_new(cmd);
	(void)snprintf(job, sizeof(job), "%s", cmd->args[0]);
	if (strchr(job, '.') == NULL && (code = get_row(call, ROUTE_BUNDLE,
	    cmd->args[0], &row)) == EXIT_DONE)
		last_built(row, job);
	if (code == EXIT_DONE && job[0] != '\0')
		code = get_row(call, ROUTE_JOB, job, &row);
	if (code == EXIT_DONE && (job[0] == '\0' || strcmp(text_of(row,
	    "state"), "built") != 0))
		code = cmd_fail(cmd, EXIT_NOT_FOUND, SAY_API_S_NO_BUILD,
		    cmd->args[0], NULL);
	if (code == EXIT_DONE)
		code = hand_out(cmd, call, &row, out);
	json_decref(row);
	call_free(call);
	return code;
}

int
run_bundle_cancel(struct cmd *cmd)
{
	const char *dot = strchr(cmd->args[0], '.');
	char id[64], *end = NULL;
	long build = dot != NULL ? strtol(dot + 1, &end, 10) : 0;
	json_t *body;

	(void)snprintf(id, sizeof(id), "%.*s", dot != NULL ?
	    (int)(dot - cmd->args[0]) : (int)strlen(cmd->args[0]),
	    cmd->args[0]);
	if (dot != NULL && (build <= 0 || *end != '\0'))
		return cmd_fail(cmd, EXIT_NOT_FOUND, SAY_API_D_NOT_FOUND,
		    cmd->args[0], NULL);
	body = json_pack("{ss*}", "reason", cmd_opt(cmd, "reason"));
	if (body != NULL && build > 0)
		(void)json_object_set_new(body, "build", json_integer(build));
	return post(cmd, ROUTE_BUNDLE_CANCEL, id, body, POST_ID);
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
