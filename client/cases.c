/* SPDX-License-Identifier: ISC */
/* cases: cases of a client, their links and their parties. */
#include <stdlib.h>

#include "client/get.h"
#include "client/post.h"
#include "client/show.h"
#include "client/verbs.h"

int
run_case_open(struct cmd *cmd)
{
	return post(cmd, ROUTE_CASE_OPEN, NULL, json_pack(
	    "{ss ss ss* ss*}", "client", cmd->args[0], "title", cmd->args[1],
	    "reference", cmd_opt(cmd, "reference"),
	    "opened", cmd_opt(cmd, "opened")), POST_ID);
}

int
run_case_list(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "id", SAY_HEAD_CASE }, { "title", SAY_HEAD_TITLE },
		{ "client", SAY_HEAD_CLIENT }, { "client_name", SAY_HEAD_NAME },
		{ "status", SAY_HEAD_STATE },
		{ "reference", SAY_HEAD_REFERENCE },
		{ "waiting", SAY_HEAD_WAITING }, { NULL, SAY_HEAD_NAME }
	};
	return get_list(cmd, &(const struct get){
	    .route = ROUTE_CASES,
	    .param = { { "client", cmd_opt(cmd, "client") } },
	    .columns = columns, .empty = SAY_EMPTY_LIST });
}

int
run_case_show(struct cmd *cmd)
{
	return get_thing(cmd, &(const struct get){
	    .route = ROUTE_CASE, .id = cmd->args[0] });
}

static int
reasoned(struct cmd *cmd, enum route route)
{
	return post(cmd, route, cmd->args[0], json_pack("{ss*}", "reason",
	    cmd_opt(cmd, "reason")), POST_THING);
}

int
run_case_close(struct cmd *cmd)
{
	return reasoned(cmd, ROUTE_CASE_CLOSE);
}

int
run_case_reopen(struct cmd *cmd)
{
	return reasoned(cmd, ROUTE_CASE_REOPEN);
}

int
run_case_link(struct cmd *cmd)
{
	return post(cmd, ROUTE_CASE_LINK, cmd->args[0], json_pack(
	    "{ss ss*}", "other", cmd->args[1], "as", cmd_opt(cmd, "as")),
	    POST_THING);
}

int
run_party_add(struct cmd *cmd)
{
	return post(cmd, ROUTE_PARTY_ADD, cmd->args[0], json_pack(
	    "{ss ss ss*}", "contact", cmd->args[1], "role", cmd->args[2],
	    "from", cmd_opt(cmd, "from")), POST_THING);
}

int
run_party_list(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "seq", SAY_HEAD_ENTRY }, { "contact", SAY_HEAD_CONTACT },
		{ "name", SAY_HEAD_NAME }, { "role", SAY_HEAD_ROLE },
		{ "from", SAY_HEAD_TRUE_FROM },
		{ "until", SAY_HEAD_TRUE_UNTIL },
		{ NULL, SAY_HEAD_NAME }
	};
	return get_list(cmd, &(const struct get){
	    .route = ROUTE_PARTIES, .id = cmd->args[0],
	    .columns = columns, .empty = SAY_EMPTY_LIST });
}

int
run_party_end(struct cmd *cmd)
{
	char *end;
	long long entry = strtoll(cmd->args[1], &end, 10);

	if (*end != '\0' || entry <= 0)
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NO_NUMBER, "ENTRY",
		    cmd->args[1]);
	return post(cmd, ROUTE_PARTY_END, cmd->args[0], json_pack(
	    "{sI ss* ss*}", "party", (json_int_t)entry,
	    "until", cmd_opt(cmd, "until"),
	    "reason", cmd_opt(cmd, "reason")), POST_THING);
}
