/* SPDX-License-Identifier: ISC */
/*
 * import: past mail in bulk: one item, and its place in the totals, which add
 * up: offered = captured + already here + refused.  It must never stop at the
 * first message that fails, and never pass one over.
 *
 * An import that was cut off is begun again from the start: every item has
 * the idempotency key that it had, so that what is here adds nothing.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/import_own.h"
#include "client/show.h"
#include "client/term.h"
#include "client/verbs.h"
#include "proto/base/text.h"

#define READ_SIZE 65536
#define FILENAME_MAX_SENT 255

static const char *const state_words[IMPORT_STATES] = { "captured", "again",
    "refused" };

/* ---- totals and lists ------------------------------------------------ */

/* Names come from anywhere: what is no UTF-8 or not to be seen is marked. */
static void
tame(const char *text, struct buf *out)
{
	text_clean(out, text, strlen(text));
	if (!buf_failed(out) && out->len > 0) {
		(void)buf_str(out);	/* ends it with a NUL */
		term_tame((char *)out->data);
	}
}

/* One row: the name, and the document or why there is none. */
static void
list(struct import *im, enum import_state state, const char *name,
    const char *rest)
{
	struct buf shown = BUF_INIT, said = BUF_INIT;

	if ((im->listed & 1u << state) == 0)
		return;
	tame(name, &shown);
	tame(rest, &said);
	if (buf_failed(&shown) || buf_failed(&said))
		(void)cmd_fail(im->cmd, EXIT_FAILED, SAY_CLI_NO_MEMORY, NULL,
		    NULL);
	else if (im->list != NULL)
		(void)json_array_append_new(im->list, json_pack(
		    "{s:s, s:s, s:s}", "name", buf_str(&shown), "state",
		    state_words[state], state == IMPORT_REFUSED ? "why" :
		    "document", buf_str(&said)));
	else
		(void)printf("%s\t%s\t%s\n", state_words[state],
		    buf_str(&shown), buf_str(&said));
	buf_release(&shown);
	buf_release(&said);
}

/* What stands for the root on the screen: a PST's folder is a private one. */
static void
shown_name(const struct import *im, const char *name, struct buf *out)
{
	size_t n = strlen(im->root);

	if (strncmp(name, im->root, n) == 0) {
		buf_adds(out, im->shown);
		name += n;
	}
	buf_adds(out, name);
}

static void
count(struct import *im, enum import_state state, const char *name,
    const char *rest)
{
	im->offered++;
	im->count[state]++;
	list(im, state, name, rest);
	show_progress(im->cmd, SAY_CLI_IMPORTING, im->offered, im->total);
}

void
import_refuse(struct import *im, const char *name, enum say_key why,
    const char *reason)
{
	struct buf shown = BUF_INIT, said = BUF_INIT;

	if (im->counting)
		return;
	shown_name(im, name, &shown);
	say(&said, im->cmd->lang, why, buf_str(&shown), reason);
	(void)cmd_fail(im->cmd, EXIT_FAILED, why, buf_str(&shown), reason);
	count(im, IMPORT_REFUSED, buf_str(&shown), buf_str(&said));
	buf_release(&shown);
	buf_release(&said);
}

static const char *
document_of(const json_t *answer)
{
	const char *id = json_string_value(json_object_get(
	    show_row_of(answer), "document"));

	return id != NULL ? id : "";
}

static void
take_answer(struct import *im, int code, const json_t *answer,
    const char *name)
{
	struct buf shown = BUF_INIT;

	shown_name(im, name, &shown);
	if (code == EXIT_DONE) {
		count(im, json_is_true(json_object_get(show_row_of(answer),
		    "again")) ? IMPORT_AGAIN : IMPORT_CAPTURED,
		    buf_str(&shown), document_of(answer));
	} else if (code == EXIT_CONFLICT && im->made_from != NULL) {
		count(im, IMPORT_AGAIN, buf_str(&shown), "");
	} else {
		(void)cmd_fail(im->cmd, code, SAY_CLI_NOT_TAKEN,
		    buf_str(&shown), NULL);
		count(im, IMPORT_REFUSED, buf_str(&shown),
		    call_reason(im->call));
		if (code == EXIT_AWAY)
			im->away = 1;
	}
	buf_release(&shown);
}

/* ---- one item -------------------------------------------------------- */

static const char *
after_slash(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/* The bytes of a file; 0 or -1. */
static int
digest_file(EVP_MD_CTX *ctx, FILE *file)
{
	static char bytes[READ_SIZE];
	size_t n;

	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		if (EVP_DigestUpdate(ctx, bytes, n) != 1)
			return -1;
	rewind(file);
	return ferror(file) ? -1 : 0;
}

static int
digest_text(EVP_MD_CTX *ctx, const char *text)
{
	/* With its NUL, so that the texts stay apart. */
	return text == NULL ? EVP_DigestUpdate(ctx, "", 1) :
	    EVP_DigestUpdate(ctx, text, strlen(text) + 1);
}

/*
 * Source, place, key, and the bytes: of the item, or of what it is made from,
 * when each making gives other bytes.  0, or -1: no key, a repeat would be
 * another arrival.
 */
static int
item_key(const struct import *im, const char *key, FILE *file,
    const struct buf *bytes, uint8_t key_r[16])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t hash[EVP_MAX_MD_SIZE];
	int ok;

	ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
	    digest_text(ctx, "import") == 1 &&
	    digest_text(ctx, im->source) == 1 &&
	    digest_text(ctx, cmd_opt(im->cmd, "case")) == 1 &&
	    digest_text(ctx, cmd_opt(im->cmd, "client")) == 1 &&
	    digest_text(ctx, key) == 1;
	if (ok && im->made_from != NULL)
		ok = digest_text(ctx, im->made_from) == 1;
	else if (ok && file != NULL)
		ok = digest_file(ctx, file) == 0;
	else if (ok)
		ok = EVP_DigestUpdate(ctx, bytes->data, bytes->len) == 1;
	ok = ok && EVP_DigestFinal_ex(ctx, hash, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	if (ok)
		memcpy(key_r, hash, 16);
	return ok ? 0 : -1;
}

static void
import_query(struct import *im, const char *key)
{
	struct call *call = im->call;
	struct buf source = BUF_INIT, plain = BUF_INIT, name = BUF_INIT;
	const char *last = after_slash(key);

	buf_adds(&source, "import:");
	tame(im->source, &plain);
	buf_adds(&source, buf_str(&plain));
	tame(last, &name);
	if (name.len > FILENAME_MAX_SENT)
		name.len = text_cut((const char *)name.data, name.len,
		    FILENAME_MAX_SENT);
	call_route(call, ROUTE_DOCUMENT_ADD, NULL);
	call_query(call, "channel", "email");
	call_query(call, "source", buf_str(&source));
	call_query(call, "filename", buf_str(&name));
	call_query(call, "case", cmd_opt(im->cmd, "case"));
	call_query(call, "client", cmd_opt(im->cmd, "client"));
	if (im->made_from != NULL)
		call_expect(call, "key-reused");
	buf_release(&source);
	buf_release(&plain);
	buf_release(&name);
}

/* What tells the item from all others of its source. */
static const char *
key_of(const struct import *im, const char *name, const char *key)
{
	size_t n = strlen(im->root);

	if (key != NULL)
		return key;
	if (strncmp(name, im->root, n) == 0 && name[n] != '\0')
		return name + n;
	return after_slash(name);
}

/* With the call made ready: the item's key, and nothing kept twice. */
static void
begin_item(struct import *im, const char *key, FILE *file,
    const struct buf *bytes)
{
	struct buf named = BUF_INIT;
	uint8_t hash[16];

	/* "#3" of an mbox is "NAME#3" for people. */
	if (key[0] == '#')
		buf_adds(&named, im->source);
	buf_adds(&named, key);
	import_query(im, buf_str(&named));
	if (item_key(im, key, file, bytes, hash) == 0)
		call_key(im->call, hash);
	else
		call_once(im->call);
	buf_release(&named);
}

void
import_file(struct import *im, const char *path, const char *key)
{
	FILE *file;
	json_t *answer = NULL;
	int code;

	if (im->counting) {
		im->total++;
		return;
	}
	if ((file = fopen(path, "rb")) == NULL) {
		import_refuse(im, path, SAY_CLI_CANNOT_READ, strerror(errno));
		return;
	}
	begin_item(im, key_of(im, path, key), file, NULL);
	code = call_upload(im->call, file, &answer);
	(void)fclose(file);
	take_answer(im, code, answer, path);
	json_decref(answer);
}

void
import_bytes(struct import *im, struct buf *bytes, const char *name,
    const char *key)
{
	json_t *answer = NULL;
	int code;

	if (buf_failed(bytes)) {
		import_refuse(im, name, SAY_IMPORT_NO_MEMORY, NULL);
		return;
	}
	begin_item(im, key_of(im, name, key), NULL, bytes);
	code = call_bytes(im->call, buf_str(bytes), bytes->len, &answer);
	take_answer(im, code, answer, name);
	json_decref(answer);
}

/* ---- signals --------------------------------------------------------- */

static volatile sig_atomic_t stopped;

static void
on_signal(int number)
{
	stopped = number;
}

int
import_stopped(void)
{
	return stopped;
}

void
import_hold_signals(int hold)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = hold ? on_signal : SIG_DFL;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)sigaction(numbers[i], &action, NULL);
	if (!hold && stopped != 0)
		(void)raise(stopped);
}

/* ---- the command ----------------------------------------------------- */

void
import_by_format(struct import *im, enum import_format format,
    const char *path)
{
	switch (format) {
	case IMPORT_MBOX:
		import_mbox(im, path);
		break;
	case IMPORT_ZIP:
	case IMPORT_TAR:
		import_archive(im, path);
		break;
	case IMPORT_PST:
		import_pst(im, path);
		break;
	case IMPORT_ANY:
	case IMPORT_MAILDIR:
	case IMPORT_EML:
	case IMPORT_FORMATS:
		import_path(im, path);
		break;
	}
}

static void
import_named(struct import *im, const char *path)
{
	struct stat st;
	int folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);

	if (im->format == IMPORT_MAILDIR && !import_is_maildir(path))
		import_refuse(im, path, SAY_IMPORT_NO_MAILDIR, NULL);
	else if (folder)
		import_path(im, path);
	else if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		import_by_format(im, im->format != IMPORT_ANY ? im->format :
		    import_sniff(path), path);
	else
		import_path(im, path);
}

static void
number_text(char text[24], uint64_t number)
{
	(void)snprintf(text, 24, "%llu", (unsigned long long)number);
}

static void
print_totals(struct import *im)
{
	struct buf text = BUF_INIT;
	char n[4][24];

	if (im->cmd->json) {
		json_t *totals = json_pack("{s:I, s:I, s:I, s:I}", "again",
		    (json_int_t)im->count[IMPORT_AGAIN], "captured",
		    (json_int_t)im->count[IMPORT_CAPTURED], "offered",
		    (json_int_t)im->offered, "refused",
		    (json_int_t)im->count[IMPORT_REFUSED]);

		if (im->list != NULL)
			(void)json_object_set(totals, "list", im->list);
		(void)show_json(totals);
		(void)putchar('\n');
		json_decref(totals);
		return;
	}
	number_text(n[0], im->offered);
	for (int i = 0; i < IMPORT_STATES; i++)
		number_text(n[i + 1], im->count[i]);
	say(&text, im->cmd->lang, SAY_CLI_IMPORTED, n[0], n[1], n[2], n[3]);
	(void)fprintf(im->listed ? stderr : stdout, "%s\n", buf_str(&text));
	buf_release(&text);
}

static void
cut_slashes(char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
}

/* --format, --mbox and --list; an exit code. */
static int
read_options(struct import *im)
{
	const char *word = cmd_opt(im->cmd, "format");

	if (word != NULL && (im->format = import_format_of(word)) ==
	    IMPORT_FORMATS)
		return cmd_fail(im->cmd, EXIT_USAGE, SAY_IMPORT_NO_FORMAT,
		    word, NULL);
	if (cmd_opt(im->cmd, "mbox") != NULL)
		im->format = IMPORT_MBOX;
	for (unsigned i = 0; (word = cmd_opts(im->cmd, "list", i)) != NULL;
	    i++) {
		unsigned state = 0;

		while (state < IMPORT_STATES &&
		    strcmp(state_words[state], word) != 0)
			state++;
		if (state == IMPORT_STATES)
			return cmd_fail(im->cmd, EXIT_USAGE,
			    SAY_IMPORT_NO_LIST, word, NULL);
		im->listed |= 1u << state;
	}
	return EXIT_DONE;
}

/* How many messages, where the folders tell without being opened. */
static void
count_files(struct import *im)
{
	struct stat st;

	im->counting = 1;
	for (int i = 0; i < im->cmd->nargs; i++) {
		im->root = im->shown = im->cmd->args[i];
		if (stat(im->root, &st) == 0 && S_ISDIR(st.st_mode) &&
		    (im->format <= IMPORT_MAILDIR || im->format ==
		    IMPORT_EML)) {
			import_path(im, im->root);
		} else {
			im->total = 0;
			break;
		}
	}
	im->counting = 0;
}

int
run_import(struct cmd *cmd)
{
	struct import im = { .cmd = cmd };
	int code = read_options(&im);

	if (code != EXIT_DONE)
		return code;
	im.call = call_new(cmd);
	if (im.listed && cmd->json)
		im.list = json_array();
	for (int i = 0; i < cmd->nargs; i++)
		cut_slashes(cmd->args[i]);
	import_pst_tidy(&im);
	count_files(&im);
	for (int i = 0; i < cmd->nargs && !im.away; i++) {
		im.root = im.shown = cmd->args[i];
		im.source = after_slash(im.root);
		import_named(&im, im.root);
	}
	show_progress_end();
	print_totals(&im);
	call_free(im.call);
	json_decref(im.list);
	if (im.away)
		return EXIT_AWAY;
	return im.count[IMPORT_REFUSED] > 0 ? EXIT_FAILED : EXIT_DONE;
}
