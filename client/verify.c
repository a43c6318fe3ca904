/* SPDX-License-Identifier: ISC */
/*
 * verify: checks a bundle, or a timeline alone, without daemon, store or
 * network.  What is needed is opened first; then a child goes into the box
 * (verify_box.c), reads and says what it found; this process only waits.
 *
 * It must never say that something is right because it was not there: each
 * check is good, broken, good only as far as it goes, or not there.
 */
#include <sys/wait.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/show.h"
#include "client/verbs.h"
#include "client/verify_own.h"
#include "client/verify_xml.h"
#include "proto/base/limits.h"
#include "proto/base/when.h"

static const struct { const char *word; enum say_key title; } checks[] = {
#define CHECK(name, word, title) { word, title },
#include "client/verify.def"
#undef CHECK
};

/* ---- what the user gave ------------------------------------------------ */

/* A small file whole.  0, or an exit code after a message. */
static int
read_given(const struct cmd *cmd, const char *option, struct buf *out)
{
	const char *path = cmd_opt(cmd, option);
	FILE *f;
	size_t n = 1;

	if (path == NULL)
		return EXIT_DONE;
	if ((f = fopen(path, "re")) == NULL)
		return cmd_fail(cmd, EXIT_FAILED, SAY_CLI_CANNOT_READ, path,
		    strerror(errno));
	errno = 0;
	while (n > 0 && out->len <= LIMIT_VERIFY_GIVEN) {
		uint8_t *to = buf_reserve(out, 8192);

		n = to != NULL ? fread(to, 1, 8192, f) : 0;
		buf_commit(out, n);
	}
	n = (size_t)ferror(f);
	(void)fclose(f);
	if (n != 0 || buf_failed(out) || out->len == 0 ||
	    out->len > LIMIT_VERIFY_GIVEN)
		return cmd_fail(cmd, EXIT_FAILED, SAY_CLI_CANNOT_READ, path,
		    n != 0 ? strerror(errno) :
		    say_text(cmd->lang, SAY_VERIFY_GIVEN_SIZE));
	return EXIT_DONE;
}

static int
open_given(const struct cmd *cmd, struct input *in, const char *path)
{
	if (input_open(in, path) == 0)
		return EXIT_DONE;
	return cmd_fail(cmd, errno == ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED,
	    SAY_CLI_CANNOT_READ, path, strerror(errno));
}

/* ---- saying it --------------------------------------------------------- */

static const struct { const char *word; enum say_key key; } states[] = {
	[VERIFY_NOT_THERE] = { "absent", SAY_VERIFY_S_NOT_THERE },
	[VERIFY_GOOD] = { "ok", SAY_VERIFY_S_GOOD },
	[VERIFY_HALF] = { "partly", SAY_VERIFY_S_HALF },
	[VERIFY_BROKEN] = { "broken", SAY_VERIFY_S_BROKEN },
};

/* The first check that failed, or -1. */
static int
first_broken(const struct verify *v)
{
	for (int i = 0; i < VERIFY_CHECKS; i++)
		if (v->result[i].state == VERIFY_BROKEN)
			return i;
	return -1;
}

static const char *
result_text(struct verify_result *r)
{
	const char *text = buf_str(&r->text);

	return text != NULL ? text : "";
}

static int
print_json(const struct cmd *cmd, struct verify *v, int broken)
{
	json_t *list = json_array(), *all;
	int code;

	for (int i = 0; i < VERIFY_CHECKS; i++)
		(void)json_array_append_new(list, json_pack("{ssssssss}",
		    "check", checks[i].word,
		    "state", states[v->result[i].state].word,
		    "text", result_text(&v->result[i]),
		    "title", say_text(cmd->lang, checks[i].title)));
	all = json_pack("{sossss?}", "checks", list, "result",
	    broken == -1 ? "ok" : "broken", "first_broken",
	    broken == -1 ? NULL : checks[broken].word);
	code = show_json(all);
	json_decref(all);
	return code;
}

static void
print_lines(const struct cmd *cmd, struct verify *v)
{
	for (int i = 0; i < VERIFY_CHECKS; i++) {
		struct verify_result *r = &v->result[i];

		(void)printf("%s\t%s%s%s\n",
		    say_text(cmd->lang, states[r->state].key),
		    say_text(cmd->lang, checks[i].title),
		    r->text.len > 0 ? ": " : "", result_text(r));
	}
}

static int
say_all(const struct cmd *cmd, struct verify *v)
{
	int broken = first_broken(v), code = EXIT_DONE;
	struct buf text = BUF_INIT;

	if (cmd->json)
		code = print_json(cmd, v, broken);
	else
		print_lines(cmd, v);
	if (fflush(stdout) != 0 || code != EXIT_DONE)
		code = cmd_fail(cmd, EXIT_FAILED, SAY_CLI_WRITE,
		    strerror(errno), NULL);
	if (broken != -1) {
		code = cmd_fail(cmd, EXIT_PROOF, SAY_VERIFY_BROKEN,
		    say_text(cmd->lang, checks[broken].title),
		    result_text(&v->result[broken]));
	} else if (!cmd->json) {
		say(&text, cmd->lang, SAY_VERIFY_WHOLE, NULL);
		(void)printf("%s\n", buf_str(&text));
	}
	buf_release(&text);
	return fflush(stdout) != 0 ? EXIT_FAILED : code;
}

/* ---- in the box -------------------------------------------------------- */

static int
is_book(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && strcmp(name + n - 5, ".xlsx") == 0;
}

static void
check_all(struct verify *v)
{
	if (v->input->kind == INPUT_FILE || is_book(v->input->name)) {
		(void)verify_lone(v);
		return;
	}
	if (verify_bag(v) == -1)
		return;
	verify_seals(v);
	verify_log(v);
	verify_master_stamp(v);
	verify_tables(v);
}

/* What is needed, and the box around it. */
static int
enter_box(struct verify *v)
{
	int one = v->input->kind == INPUT_FOLDER ? v->input->fd : -1;
	int other = v->earlier != NULL && v->earlier->kind == INPUT_FOLDER ?
	    v->earlier->fd : -1;

	if (verify_box_files(one, other) == -1)
		return -1;
	v->beside = beside_new(v);
	return verify_box_calls();
}

static int
in_box(const struct cmd *cmd, struct verify *v)
{
	v->rows = verify_rows_new();
	v->log = verify_log_new();
	if (v->rows == NULL || v->log == NULL)
		return cmd_fail(cmd, EXIT_FAILED, SAY_CLI_NO_MEMORY, NULL,
		    NULL);
	if (enter_box(v) == -1)
		return cmd_fail(cmd, EXIT_FAILED, SAY_VERIFY_NO_BOX,
		    strerror(errno), NULL);
	check_all(v);
	return say_all(cmd, v);
}

static void
verify_release(struct verify *v)
{
	beside_free(v->beside);
	for (size_t i = 0; i < v->nfiles; i++) {
		free(v->files[i].path);
		buf_release(&v->files[i].kept);
	}
	free(v->files);
	for (int i = 0; i < VERIFY_CHECKS; i++)
		buf_release(&v->result[i].text);
	buf_release(&v->keys);
	buf_release(&v->ca);
	buf_release(&v->tsa_ca);
	buf_release(&v->info_text);
	verify_rows_free(v->rows);
	verify_log_free(v->log);
}

/* The child's exit code, or that it was ended. */
static int
wait_for(const struct cmd *cmd, pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) == -1)
		if (errno != EINTR)
			return cmd_fail(cmd, EXIT_FAILED, SAY_VERIFY_NO_BOX,
			    strerror(errno), NULL);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return cmd_fail(cmd, EXIT_PROOF, SAY_VERIFY_DIED,
	    verify_number((uint64_t)WTERMSIG(status)), NULL);
}

static int
fork_box(const struct cmd *cmd, struct verify *v)
{
	pid_t child;
	int code;

	xml_prepare();
	if (verify_seal_prepare() == -1)
		return cmd_fail(cmd, EXIT_FAILED, SAY_CLI_NO_MEMORY, NULL,
		    NULL);
	(void)fflush(stdout);
	child = fork();
	if (child == -1)
		return cmd_fail(cmd, EXIT_FAILED, SAY_VERIFY_NO_BOX,
		    strerror(errno), NULL);
	if (child > 0)
		return wait_for(cmd, child);
	code = in_box(cmd, v);
	verify_release(v);
	_exit(code);
}

int
run_verify(struct cmd *cmd)
{
	struct verify v = { .lang = cmd->lang, .stamped = WHEN_NONE };
	struct input in = { .fd = -1 }, was = { .fd = -1 };
	const char *earlier = cmd_opt(cmd, "earlier");
	int code = read_given(cmd, "key", &v.keys);

	if (code == EXIT_DONE)
		code = read_given(cmd, "ca", &v.ca);
	if (code == EXIT_DONE)
		code = read_given(cmd, "tsa-ca", &v.tsa_ca);
	if (code == EXIT_DONE)
		code = open_given(cmd, &in, cmd->args[0]);
	if (code == EXIT_DONE && earlier != NULL)
		code = open_given(cmd, &was, earlier);
	if (code == EXIT_DONE) {
		v.input = &in;
		v.earlier = earlier != NULL ? &was : NULL;
		code = fork_box(cmd, &v);
	}
	verify_release(&v);
	input_close(&in);
	input_close(&was);
	return code;
}
