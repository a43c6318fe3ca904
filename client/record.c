/* SPDX-License-Identifier: ISC */
/* record: clients, contacts, staff and the facts that are stated of them. */
#include "client/get.h"
#include "client/post.h"
#include "client/show.h"
#include "client/verbs.h"

static int
list(struct cmd *cmd, enum route route, const struct column columns[])
{
	return get_list(cmd, &(const struct get){
	    .route = route, .columns = columns, .empty = SAY_EMPTY_LIST });
}

static int
thing(struct cmd *cmd, enum route route)
{
	return get_thing(cmd, &(const struct get){
	    .route = route, .id = cmd->args[0],
	    .param = { { "as_known_on", cmd_opt(cmd, "as-known-on") } } });
}

int
run_client_add(struct cmd *cmd)
{
	return post(cmd, ROUTE_CLIENT_ADD, NULL, json_pack(
	    "{ss so so ss* ss* ss* ss*}", "name", cmd->args[0],
	    "emails", post_values(cmd, "email"),
	    "phones", post_values(cmd, "phone"),
	    "address", cmd_opt(cmd, "address"), "type", cmd_opt(cmd, "type"),
	    "contact", cmd_opt(cmd, "contact"),
	    "since", cmd_opt(cmd, "since")), POST_ID);
}

int
run_client_list(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "id", SAY_HEAD_CLIENT }, { "name", SAY_HEAD_NAME },
		{ "open_cases", SAY_HEAD_OPEN_CASES },
		{ "cases", SAY_HEAD_CASES }, { "contacts", SAY_HEAD_CONTACT },
		{ NULL, SAY_HEAD_NAME }
	};

	return list(cmd, ROUTE_CLIENTS, columns);
}

int
run_client_show(struct cmd *cmd)
{
	return thing(cmd, ROUTE_CLIENT);
}

int
run_client_same_as(struct cmd *cmd)
{
	return post(cmd, ROUTE_CLIENT_SAME_AS, cmd->args[0], json_pack(
	    "{ss ss*}", "other", cmd->args[1], "reason",
	    cmd_opt(cmd, "reason")), POST_THING);
}

int
run_contact_add(struct cmd *cmd)
{
	return post(cmd, ROUTE_CONTACT_ADD, NULL, json_pack(
	    "{ss so so ss* ss*}", "name", cmd->args[0],
	    "emails", post_values(cmd, "email"),
	    "phones", post_values(cmd, "phone"),
	    "address", cmd_opt(cmd, "address"),
	    "type", cmd_opt(cmd, "type")), POST_ID);
}

int
run_contact_list(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "id", SAY_HEAD_CONTACT }, { "name", SAY_HEAD_NAME },
		{ "type", SAY_HEAD_KIND }, { "emails", SAY_HEAD_EMAIL },
		{ "phones", SAY_HEAD_PHONE }, { "clients", SAY_HEAD_CLIENT },
		{ NULL, SAY_HEAD_NAME }
	};

	return list(cmd, ROUTE_CONTACTS, columns);
}

int
run_contact_show(struct cmd *cmd)
{
	return thing(cmd, ROUTE_CONTACT);
}

int
run_staff_add(struct cmd *cmd)
{
	return post(cmd, ROUTE_STAFF_ADD, NULL, json_pack(
	    "{ss so ss* ss*}", "name", cmd->args[0],
	    "emails", post_values(cmd, "email"),
	    "login", cmd_opt(cmd, "login"), "from", cmd_opt(cmd, "from")),
	    POST_ID);
}

int
run_staff_list(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "id", SAY_HEAD_STAFF }, { "name", SAY_HEAD_NAME },
		{ "login", SAY_HEAD_LOGIN }, { "emails", SAY_HEAD_EMAIL },
		{ NULL, SAY_HEAD_NAME }
	};

	return list(cmd, ROUTE_STAFF, columns);
}

int
run_fact_state(struct cmd *cmd)
{
	int bad = EXIT_DONE;
	json_t *supersedes = post_number(cmd, "supersedes", &bad);

	if (bad != EXIT_DONE)
		return bad;
	return post(cmd, ROUTE_FACT_STATE, NULL, json_pack(
	    "{ss ss ss ss* ss* ss* ss* ss* so*}", "of", cmd->args[0],
	    "name", cmd->args[1], "value", cmd->args[2],
	    "from", cmd_opt(cmd, "from"), "until", cmd_opt(cmd, "until"),
	    "asked", cmd_opt(cmd, "asked"),
	    "document", cmd_opt(cmd, "document"),
	    "reason", cmd_opt(cmd, "reason"), "supersedes", supersedes),
	    POST_THING);
}

int
run_fact_list(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "name", SAY_HEAD_NAME }, { "value", SAY_HEAD_VALUE },
		{ "from", SAY_HEAD_TRUE_FROM },
		{ "until", SAY_HEAD_TRUE_UNTIL },
		{ "asked", SAY_HEAD_ASKED }, { "at", SAY_HEAD_KNOWN },
		{ "document", SAY_HEAD_PROOF }, { "actor", SAY_HEAD_ACTOR },
		{ "seq", SAY_HEAD_ENTRY }, { NULL, SAY_HEAD_NAME }
	};
	return get_list(cmd, &(const struct get){
	    .route = ROUTE_FACTS,
	    .param = {
		{ "of", cmd->args[0] },
		{ "as_known_on", cmd_opt(cmd, "as-known-on") },
		{ "as_it_was_on", cmd_opt(cmd, "as-it-was-on") } },
	    .columns = columns, .empty = SAY_EMPTY_LIST });
}
