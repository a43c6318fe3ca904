/* SPDX-License-Identifier: ISC */
/*
 * bundle: bundles of evidence: beginning them, what they hold, what is
 * decided, what stands in their way; and the marks on documents.  Building
 * is in build.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/get.h"
#include "client/post.h"
#include "client/show.h"
#include "client/verbs.h"

#define AT_ONCE 64		/* documents that one request takes */
#define ORDER_MAX 1000		/* documents of one order */

/* ---- marks ------------------------------------------------------------ */

int
run_mark(struct cmd *cmd)
{
	const char *as = cmd_opt(cmd, "as");
	int code = EXIT_DONE;

	if (as == NULL)
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NEEDS, "--as", NULL);
	for (int i = 0; i < cmd->nargs && code == EXIT_DONE; i++)
		code = post(cmd, ROUTE_DOCUMENT_MARK, cmd->args[i], json_pack(
		    "{ss sb ss*}", "as", as, "lift",
		    cmd_opt(cmd, "lift") != NULL, "reason",
		    cmd_opt(cmd, "reason")), POST_ID);
	return code;
}

/* ---- bundles ---------------------------------------------------------- */

static int
answer_id(const struct cmd *cmd, const json_t *answer)
{
	const json_t *row = show_row_of(answer);
	char *id;

	if (cmd->json)
		return show_thing(cmd, row);
	if ((id = show_text(row, "id")) != NULL)
		(void)puts(id);
	free(id);
	return EXIT_DONE;
}

int
run_bundle_new(struct cmd *cmd)
{
	json_t *body = json_pack("{ss ss* ss* ss* ss* ss*}", "of",
	    cmd->args[0], "lang", cmd_opt(cmd, "in"), "prefix",
	    cmd_opt(cmd, "prefix"), "profile", cmd_opt(cmd, "profile"),
	    "supplements", cmd_opt(cmd, "supplements"), "title",
	    cmd_opt(cmd, "title"));
	struct call *call = call_new(cmd);
	json_t *answer = NULL;
	int code = EXIT_FAILED;

	if (body != NULL) {
		call_route(call, ROUTE_BUNDLE_NEW, NULL);
		call_query(call, "as_known_on", cmd_opt(cmd, "as-known-on"));
		call_once(call);
		code = call_json(call, body, &answer);
	}
	if (code == EXIT_DONE)
		code = answer_id(cmd, answer);
	json_decref(answer);
	json_decref(body);
	call_free(call);
	return code;
}

int
run_bundle_list(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "id", SAY_HEAD_BUNDLE }, { "case|client", SAY_HEAD_OF },
		{ "profile", SAY_HEAD_PROFILE }, { "title", SAY_HEAD_TITLE },
		{ "prefix", SAY_HEAD_PREFIX }, { "at", SAY_HEAD_AT },
		{ "supplements", SAY_HEAD_SUPPLEMENTS },
		{ "builds.build", SAY_HEAD_BUILDS },
		{ "builds.state", SAY_HEAD_STATE }, { NULL, SAY_HEAD_AT }
	};
	return get_list(cmd, &(const struct get){
	    .route = ROUTE_BUNDLES,
	    .param = {
		{ "case", cmd_opt(cmd, "case") },
		{ "client", cmd_opt(cmd, "client") } },
	    .columns = columns, .empty = SAY_EMPTY_LIST });
}

int
run_bundle_show(struct cmd *cmd)
{
	return get_thing(cmd, &(const struct get){
	    .route = ROUTE_BUNDLE, .id = cmd->args[0] });
}

int
run_bundle_items(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "order", SAY_HEAD_ORDER }, { "document", SAY_HEAD_DOCUMENT },
		{ "happened_at", SAY_HEAD_WHEN },
		{ "treatment", SAY_HEAD_TREATMENT },
		{ "bates_first", SAY_HEAD_BATES },
		{ "marks", SAY_HEAD_MARKS }, { "subject", SAY_HEAD_SUBJECT },
		{ "basis", SAY_HEAD_BASIS }, { "reason", SAY_HEAD_REASON },
		{ "duplicates", SAY_HEAD_COPIES }, { NULL, SAY_HEAD_AT }
	};
	return get_list(cmd, &(const struct get){
	    .route = ROUTE_BUNDLE_ITEMS, .id = cmd->args[0],
	    .columns = columns, .empty = SAY_EMPTY_BUNDLE });
}

int
run_bundle_loose(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "document", SAY_HEAD_DOCUMENT }, { "at", SAY_HEAD_AT },
		{ "why", SAY_HEAD_WHY }, { "word", SAY_HEAD_WORD },
		{ "state", SAY_HEAD_STATE }, { "aside", SAY_HEAD_ASIDE },
		{ "status", SAY_HEAD_READ }, { "from", SAY_HEAD_FROM },
		{ "subject", SAY_HEAD_SUBJECT }, { NULL, SAY_HEAD_AT }
	};
	return get_list(cmd, &(const struct get){
	    .route = ROUTE_BUNDLE_LOOSE, .id = cmd->args[0],
	    .columns = columns, .empty = SAY_EMPTY_LOOSE });
}

int
run_bundle_diff(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "change", SAY_HEAD_CHANGE },
		{ "document", SAY_HEAD_DOCUMENT }, { "bates", SAY_HEAD_BATES },
		{ "bates_was", SAY_HEAD_BATES_WAS },
		{ "treatment", SAY_HEAD_TREATMENT },
		{ "treatment_was", SAY_HEAD_TREATMENT_WAS },
		{ NULL, SAY_HEAD_AT }
	};
	/* "B-0001.2": a build of it; the route has the number apart. */
	const char *dot = strchr(cmd->args[0], '.');
	char id[64] = "";
	int code;

	if (dot != NULL && (size_t)(dot - cmd->args[0]) < sizeof(id))
		memcpy(id, cmd->args[0], (size_t)(dot - cmd->args[0]));
	code = get_list(cmd, &(const struct get){
	    .route = ROUTE_BUNDLE_DIFF,
	    .id = id[0] != '\0' ? id : cmd->args[0],
	    .param = {
		{ "build", id[0] != '\0' ? dot + 1 : NULL },
		{ "with", cmd->nargs > 1 ? cmd->args[1] : NULL } },
	    .columns = columns, .empty = SAY_EMPTY_DIFF });
	return code;
}

/* ---- deciding --------------------------------------------------------- */

/* The members with all documents behind the bundle, AT_ONCE in a request. */
static int
decide(struct cmd *cmd, json_t *members)
{
	json_t *answer = NULL;
	int code = members != NULL ? EXIT_DONE : EXIT_FAILED;

	for (int i = 1; code == EXIT_DONE && i < cmd->nargs;) {
		json_t *documents = json_array(), *body = json_copy(members);
		struct call *call = call_new(cmd);

		for (int n = 0; n < AT_ONCE && i < cmd->nargs; n++)
			(void)json_array_append_new(documents,
			    json_string(cmd->args[i++]));
		(void)json_object_set_new(body, "documents", documents);
		call_route(call, ROUTE_BUNDLE_DECIDE, cmd->args[0]);
		call_once(call);
		json_decref(answer);
		answer = NULL;
		code = call_json(call, body, &answer);
		json_decref(body);
		call_free(call);
	}
	if (code == EXIT_DONE)
		code = answer_id(cmd, answer);
	json_decref(answer);
	json_decref(members);
	return code;
}

int
run_bundle_add(struct cmd *cmd)
{
	return decide(cmd, json_pack("{ss ss*}", "as", "produce", "reason",
	    cmd_opt(cmd, "reason")));
}

int
run_bundle_withhold(struct cmd *cmd)
{
	const char *basis = cmd_opt(cmd, "basis");
	const char *description = cmd_opt(cmd, "description");

	if (basis == NULL || description == NULL)
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_WITHHOLD,
		    basis == NULL ? "--basis" : "--description", NULL);
	return decide(cmd, json_pack("{ss ss so* ss ss*}", "as", "withhold",
	    "basis", basis, "counsel", post_values(cmd, "counsel"),
	    "description", description, "reason", cmd_opt(cmd, "reason")));
}

int
run_bundle_leave_out(struct cmd *cmd)
{
	const char *reason = cmd_opt(cmd, "reason");

	if (reason == NULL)
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_LEAVE_OUT,
		    "--reason", NULL);
	return decide(cmd, json_pack("{ss ss}", "as", "leave-out", "reason",
	    reason));
}

/* ---- order ------------------------------------------------------------ */

/* Words of standard input behind those of the command line. */
static void
read_words(json_t *documents)
{
	char word[64];

	while (json_array_size(documents) <= ORDER_MAX &&
	    scanf("%63s", word) == 1)
		(void)json_array_append_new(documents, json_string(word));
}

int
run_bundle_order(struct cmd *cmd)
{
	json_t *documents = json_array();

	for (int i = 1; i < cmd->nargs; i++) {
		if (strcmp(cmd->args[i], "-") == 0)
			read_words(documents);
		else
			(void)json_array_append_new(documents,
			    json_string(cmd->args[i]));
	}
	return post(cmd, ROUTE_BUNDLE_ORDER, cmd->args[0], json_pack("{so}",
	    "documents", documents), POST_ID);
}
