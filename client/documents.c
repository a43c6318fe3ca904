/* SPDX-License-Identifier: ISC */
/*
 * documents: add, list, get and explain documents.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/get.h"
#include "client/post.h"
#include "client/show.h"
#include "client/verbs.h"
#include "proto/base/when.h"

int
run_documents(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "id", SAY_HEAD_DOCUMENT }, { "happened_at", SAY_HEAD_WHEN },
		{ "channel", SAY_HEAD_CHANNEL }, { "kind", SAY_HEAD_KIND },
		{ "direction", SAY_HEAD_DIRECTION }, { "from", SAY_HEAD_FROM },
		{ "subject|filename|hidden", SAY_HEAD_SUBJECT },
		{ "case", SAY_HEAD_CASE },
		{ "state", SAY_HEAD_STATE },
		{ "arrivals|copies", SAY_HEAD_ARRIVALS },
		{ "marks", SAY_HEAD_MARKS }, { NULL, SAY_HEAD_WHEN }
	};
	/* Who has to see to it, and whom it did not reach. */
	static const struct column undelivered[] = {
		{ "id", SAY_HEAD_DOCUMENT }, { "happened_at", SAY_HEAD_WHEN },
		{ "from", SAY_HEAD_FROM },
		{ "not_delivered.recipient|to", SAY_HEAD_NOT_REACHED },
		{ "not_delivered.status", SAY_HEAD_STATUS_CODE },
		{ "not_delivered.document", SAY_HEAD_REPORT },
		{ "subject|filename|hidden", SAY_HEAD_SUBJECT },
		{ "case", SAY_HEAD_CASE }, { NULL, SAY_HEAD_WHEN }
	};
	const int due = cmd_opt(cmd, "not-delivered") != NULL;
	struct call *call = call_new(cmd);
	int code;

	call_route(call, ROUTE_DOCUMENTS, NULL);
	call_query(call, "case", cmd_opt(cmd, "case"));
	call_query(call, "client", cmd_opt(cmd, "client"));
	call_query(call, "as_known_on", cmd_opt(cmd, "as-known-on"));
	call_query(call, "after", cmd_opt(cmd, "after"));
	if (cmd_opt(cmd, "all") != NULL)
		call_query(call, "copies", "each");
	if (due)
		call_query(call, "only", "not-delivered");
	code = show_list(cmd, call, due ? undelivered : columns,
	    due ? SAY_EMPTY_NOT_DELIVERED : SAY_EMPTY_DOCUMENTS);
	call_free(call);
	return code;
}

/* The number on stdout; the receipt for a person on stderr. */
static void
print_receipt(const struct cmd *cmd, const json_t *receipt)
{
	struct buf text = BUF_INIT;
	char *id = show_text(receipt, "document");
	char *seq = show_text(receipt, "seq"), *at = show_text(receipt, "at");
	char *chain = show_text(receipt, "chain");
	char *sum = show_text(receipt, "sha256");
	int again = json_is_true(json_object_get(receipt, "again"));

	if (id != NULL && seq != NULL && at != NULL && chain != NULL &&
	    sum != NULL) {
		if (cmd->json) {
			(void)show_json(receipt);
			(void)putchar('\n');
		} else {
			(void)puts(id);
		}
		if (strlen(chain) > 16)
			chain[16] = '\0';
		say(&text, cmd->lang, again ? SAY_CLI_KEPT_AGAIN :
		    SAY_CLI_KEPT, id, seq, at, chain, sum);
		(void)fprintf(stderr, "%s\n", buf_str(&text));
	}
	buf_release(&text);
	free(id);
	free(seq);
	free(at);
	free(chain);
	free(sum);
}

static void
add_query(struct cmd *cmd, struct call *call, const char *path, FILE *file)
{
	static const char *const names[] = { "case", "client", "channel",
	    "kind", "title", "dated", "received", "sent", "from", "to",
	    "direction", "tracking", "proof" };
	const char *slash = strrchr(path, '/');
	const char *sent_by = cmd_opt(cmd, "sent-by");
	char modified[WHEN_TEXT_MAX];
	struct stat st;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		call_query(call, names[i], cmd_opt(cmd, names[i]));
	call_query(call, "sent_by", sent_by);
	/* What somebody carried was handed over. */
	if (sent_by != NULL && strcmp(sent_by, "hand") == 0 &&
	    cmd_opt(cmd, "channel") == NULL)
		call_query(call, "channel", "hand");
	/* What we sent by somebody went out. */
	if ((sent_by != NULL || cmd_opt(cmd, "tracking") != NULL ||
	    cmd_opt(cmd, "proof") != NULL) &&
	    cmd_opt(cmd, "direction") == NULL)
		call_query(call, "direction", "out");
	if (file == stdin)
		return;
	call_query(call, "filename", slash != NULL ? slash + 1 : path);
	if (fstat(fileno(file), &st) == 0)
		call_query(call, "modified", when_text(st.st_mtim.tv_sec *
		    WHEN_SECOND + st.st_mtim.tv_nsec / 1000, modified));
}

static int
add_one(struct cmd *cmd, const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	struct call *call = call_new(cmd);
	json_t *answer = NULL;
	struct stat st;
	int code;

	if (file == NULL || (fstat(fileno(file), &st) == 0 &&
	    S_ISDIR(st.st_mode))) {
		code = cmd_fail(cmd, EXIT_FAILED, SAY_CLI_CANNOT_READ, path,
		    strerror(file == NULL ? errno : EISDIR));
	} else {
		call_route(call, ROUTE_DOCUMENT_ADD, NULL);
		add_query(cmd, call, path, file);
		call_once(call);
		code = call_upload(call, file, &answer);
		if (code == EXIT_DONE)
			print_receipt(cmd, show_row_of(answer));
	}
	json_decref(answer);
	call_free(call);
	if (file != NULL && file != stdin)
		(void)fclose(file);
	return code;
}

int
run_add(struct cmd *cmd)
{
	int code = EXIT_DONE, done = 0, one;

	for (int i = 0; i < cmd->nargs; i++) {
		if ((one = add_one(cmd, cmd->args[i])) != EXIT_DONE)
			code = one;
		else
			done = 1;
	}
	if (done)
		post_place(cmd, cmd_opt(cmd, "case"), cmd_opt(cmd, "client"));
	return code;
}

int
run_get(struct cmd *cmd)
{
	const char *path = cmd_opt(cmd, "output");
	struct call *call = call_new(cmd);
	int code;

	call_route(call, ROUTE_DOCUMENT_RAW, cmd->args[0]);
	if (path == NULL || strcmp(path, "-") == 0)
		code = call_save(call, stdout);
	else
		code = call_save_as(call, path);
	call_free(call);
	return code;
}

int
run_receipt(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "document", SAY_HEAD_DOCUMENT }, { "seq", SAY_HEAD_ENTRY },
		{ "at", SAY_HEAD_AT }, { "source", SAY_HEAD_SOURCE },
		{ "size", SAY_HEAD_SIZE }, { "chain", SAY_HEAD_CHAIN },
		{ "sha256", SAY_HEAD_SHA256 }, { NULL, SAY_HEAD_AT }
	};
	return get_list(cmd, &(const struct get){
	    .route = ROUTE_DOCUMENT_RECEIPT, .id = cmd->args[0],
	    .columns = columns, .empty = SAY_EMPTY_LIST });
}

static int
show_route(struct cmd *cmd, enum route route)
{
	return get_thing(cmd, &(const struct get){
	    .route = route, .id = cmd->args[0],
	    .param = { { "as_known_on", cmd_opt(cmd, "as-known-on") } } });
}

int
run_show(struct cmd *cmd)
{
	return show_route(cmd, ROUTE_DOCUMENT);
}

int
run_correct(struct cmd *cmd)
{
	const char *field = cmd_opt(cmd, "field");
	const char *value = cmd_opt(cmd, "value");

	if (field == NULL || value == NULL)
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NEEDS,
		    "--field, --value", NULL);
	return post(cmd, ROUTE_DOCUMENT_CORRECT, cmd->args[0],
	    json_pack("{ss ss ss*}", "field", field, "value", value,
	    "reason", cmd_opt(cmd, "reason")), POST_ID);
}

int
run_link(struct cmd *cmd)
{
	const char *as = cmd_opt(cmd, "as"), *to = cmd_opt(cmd, "to");

	if (as == NULL || to == NULL)
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NEEDS, "--as, --to",
		    NULL);
	return post(cmd, ROUTE_DOCUMENT_LINK, cmd->args[0], json_pack(
	    "{ss ss ss*}", "as", as, "other", to, "reason",
	    cmd_opt(cmd, "reason")), POST_THING);
}

int
run_misfiled(struct cmd *cmd)
{
	const char *from = cmd_opt(cmd, "from");
	int code;

	if (from == NULL)
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NEEDS, "--from",
		    NULL);
	code = post(cmd, ROUTE_DOCUMENT_MISFILED, cmd->args[0],
	    json_pack("{ss ss*}", "from", from, "reason",
	    cmd_opt(cmd, "reason")), POST_ID);
	if (code == EXIT_DONE)
		post_place(cmd, from[0] == 'C' || from[0] == 'c' ? NULL :
		    from, from);
	return code;
}
