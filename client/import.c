/* SPDX-License-Identifier: ISC */
/*
 * import: past mail in bulk.  In a folder one file is one message, byte for
 * byte; in a named mbox a message is all between its From_ line and the next.
 * The totals add up: offered = captured + already here + refused.  It must
 * never stop at the first message that fails, and never pass one over.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/show.h"
#include "client/verbs.h"
#include "proto/base/when.h"
#include "proto/wire/mbox.h"

struct import {
	struct cmd	*cmd;
	struct call	*call;		/* one connection for all */
	const char	*source;	/* last part of what was named */
	uint64_t	 offered, captured, again, refused;
	uint64_t	 total;		/* for the bar; 0: not known */
	int		 away;		/* the daemon went: no use going on */
};

static void
count_answer(struct import *im, const json_t *answer)
{
	if (json_is_true(json_object_get(show_row_of(answer), "again")))
		im->again++;
	else
		im->captured++;
}

static void
import_query(struct import *im, const char *name)
{
	struct call *call = im->call;
	struct buf source = BUF_INIT;

	buf_adds(&source, "import:");
	buf_adds(&source, im->source);
	call_route(call, ROUTE_DOCUMENT_ADD, NULL);
	call_query(call, "channel", "email");
	call_query(call, "source", buf_str(&source));
	call_query(call, "filename", name);
	call_query(call, "case", cmd_opt(im->cmd, "case"));
	call_query(call, "client", cmd_opt(im->cmd, "client"));
	call_once(call);
	buf_release(&source);
}

static void
take_result(struct import *im, int code, const json_t *answer,
    const char *what)
{
	im->offered++;
	if (code == EXIT_DONE) {
		count_answer(im, answer);
	} else {
		im->refused++;
		(void)cmd_fail(im->cmd, code, SAY_CLI_NOT_TAKEN, what, NULL);
		if (code == EXIT_AWAY)
			im->away = 1;
	}
	show_progress(im->cmd, SAY_CLI_IMPORTING, im->offered, im->total);
}

/* ---- folders -------------------------------------------------------- */

static void
import_file(struct import *im, const char *path, const char *name)
{
	FILE *file = fopen(path, "rb");
	json_t *answer = NULL;
	int code;

	if (file == NULL) {
		code = cmd_fail(im->cmd, EXIT_FAILED, SAY_CLI_CANNOT_READ,
		    path, strerror(errno));
	} else {
		import_query(im, name);
		code = call_upload(im->call, file, &answer);
		(void)fclose(file);
	}
	take_result(im, code, answer, path);
	json_decref(answer);
}

/* Hidden ones too: nothing is passed over. */
static int
wanted(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 &&
	    strcmp(entry->d_name, "..") != 0;
}

static void import_folder(struct import *, const char *path, int counting);

static void
import_path(struct import *im, const char *path, const char *name,
    int counting)
{
	struct stat st;

	if (lstat(path, &st) == -1) {
		if (!counting) {
			(void)cmd_fail(im->cmd, EXIT_FAILED,
			    SAY_CLI_CANNOT_READ, path, strerror(errno));
			im->offered++;
			im->refused++;
		}
	} else if (S_ISDIR(st.st_mode)) {
		import_folder(im, path, counting);
	} else if (counting) {
		im->total++;
	} else if (S_ISREG(st.st_mode)) {
		import_file(im, path, name);
	} else {
		(void)cmd_fail(im->cmd, EXIT_FAILED, SAY_CLI_NO_FILE, path,
		    NULL);
		im->offered++;
		im->refused++;
	}
}

/* In the order of the names, so that two imports give the same numbers. */
static void
import_folder(struct import *im, const char *path, int counting)
{
	struct dirent **entry = NULL;
	int n = scandir(path, &entry, wanted, alphasort);

	if (n == -1 && !counting) {
		(void)cmd_fail(im->cmd, EXIT_FAILED, SAY_CLI_CANNOT_READ,
		    path, strerror(errno));
		im->offered++;
		im->refused++;
	}
	for (int i = 0; i < n; i++) {
		struct buf full = BUF_INIT;

		buf_adds(&full, path);
		buf_addc(&full, '/');
		buf_adds(&full, entry[i]->d_name);
		if (!im->away && !buf_failed(&full))
			import_path(im, buf_str(&full), entry[i]->d_name,
			    counting);
		buf_release(&full);
		free(entry[i]);
	}
	free(entry);
}

/* ---- mbox ----------------------------------------------------------- */

#define MBOX_READ 65536

struct box {
	struct import	*im;
	struct buf	 message;
};

static int
box_begin(void *arg, const char *line, size_t len)
{
	struct box *box = arg;

	(void)line;
	(void)len;
	buf_clear(&box->message);
	return 0;
}

static int
box_bytes(void *arg, const uint8_t *bytes, size_t len)
{
	struct box *box = arg;

	buf_add(&box->message, bytes, len);
	return 0;
}

static int
box_end(void *arg)
{
	struct box *box = arg;
	struct import *im = box->im;
	json_t *answer = NULL;
	char name[320];
	int code = EXIT_FAILED;

	(void)snprintf(name, sizeof(name), "%s#%llu", im->source,
	    (unsigned long long)im->offered + 1);
	if (!buf_failed(&box->message)) {
		import_query(im, name);
		code = call_bytes(im->call, buf_str(&box->message),
		    box->message.len, &answer);
	}
	take_result(im, code, answer, name);
	json_decref(answer);
	return im->away ? -1 : 0;
}

static const struct mbox_calls box_calls = { box_begin, box_bytes, box_end };

static int
feed_file(struct mbox *mbox, FILE *file)
{
	static char bytes[MBOX_READ];
	size_t n;

	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0) {
		if (mbox_feed(mbox, bytes, n) == -1)
			return -1;
	}
	return ferror(file) ? -1 : mbox_end(mbox);
}

static int
import_mbox(struct import *im, const char *path)
{
	struct box box = { im, BUF_INIT };
	struct mbox mbox;
	FILE *file = fopen(path, "rb");
	int code = EXIT_DONE;

	mbox_init(&mbox, &box_calls, &box);
	if (file == NULL || feed_file(&mbox, file) == -1) {
		if (!im->away)
			code = cmd_fail(im->cmd, EXIT_FAILED, file != NULL &&
			    errno == EINVAL ? SAY_CLI_NO_MBOX :
			    SAY_CLI_CANNOT_READ, path, strerror(errno));
	}
	if (file != NULL)
		(void)fclose(file);
	mbox_release(&mbox);
	buf_release(&box.message);
	return code;
}

/* ---- both ----------------------------------------------------------- */

static void
print_totals(const struct import *im)
{
	struct buf text = BUF_INIT;
	char number[4][24];
	const uint64_t totals[4] = { im->offered, im->captured, im->again,
	    im->refused };

	for (size_t i = 0; i < 4; i++)
		(void)snprintf(number[i], sizeof(number[i]), "%llu",
		    (unsigned long long)totals[i]);
	if (im->cmd->json) {
		(void)printf("{\"again\":%s,\"captured\":%s,\"offered\":%s,"
		    "\"refused\":%s}\n", number[2], number[1], number[0],
		    number[3]);
	} else {
		say(&text, im->cmd->lang, SAY_CLI_IMPORTED, number[0],
		    number[1], number[2], number[3]);
		(void)puts(buf_str(&text));
	}
	buf_release(&text);
}

static const char *
last_part(char *path)
{
	char *slash;
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	slash = strrchr(path, '/');
	return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

int
run_import(struct cmd *cmd)
{
	struct import im = { .cmd = cmd, .call = call_new(cmd) };
	int mbox = cmd_opt(cmd, "mbox") != NULL, code = EXIT_DONE;

	for (int i = 0; i < cmd->nargs && !mbox; i++)
		import_path(&im, cmd->args[i], cmd->args[i], 1);
	for (int i = 0; i < cmd->nargs && !im.away; i++) {
		im.source = last_part(cmd->args[i]);
		if (!mbox)
			import_path(&im, cmd->args[i], im.source, 0);
		else if (import_mbox(&im, cmd->args[i]) != EXIT_DONE)
			code = EXIT_FAILED;
	}
	show_progress_end();
	print_totals(&im);
	call_free(im.call);
	if (im.away)
		return EXIT_AWAY;
	return im.refused > 0 ? EXIT_FAILED : code;
}
