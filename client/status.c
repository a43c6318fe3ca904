/* SPDX-License-Identifier: ISC */
/* status: counts and health, refusals, the journal's own entries. */
#include "client/show.h"
#include "client/verbs.h"

int
run_status(struct cmd *cmd)
{
	struct call *call = call_new(cmd);
	json_t *answer = NULL;
	int code;

	call_route(call, ROUTE_STATUS, NULL);
	code = call_json(call, NULL, &answer);
	if (code == EXIT_DONE)
		code = show_thing(cmd, show_row_of(answer));
	json_decref(answer);
	call_free(call);
	return code;
}

int
run_refused(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "at", SAY_HEAD_AT }, { "source", SAY_HEAD_SOURCE },
		{ "count", SAY_HEAD_COUNT }, { "peer", SAY_HEAD_PEER },
		{ "from", SAY_HEAD_FROM }, { "to", SAY_HEAD_TO },
		{ "filename", SAY_HEAD_FILE }, { "reason", SAY_HEAD_REASON },
		{ NULL, SAY_HEAD_AT }
	};
	struct call *call = call_new(cmd);
	int code;

	call_route(call, ROUTE_REFUSED, NULL);
	code = show_list(cmd, call, columns, SAY_EMPTY_REFUSED);
	call_free(call);
	return code;
}

int
run_entries(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "seq", SAY_HEAD_ENTRY }, { "at", SAY_HEAD_AT },
		{ "kind", SAY_HEAD_KIND }, { "actor", SAY_HEAD_ACTOR },
		{ "document", SAY_HEAD_DOCUMENT }, { "client", SAY_HEAD_CLIENT },
		{ "case", SAY_HEAD_CASE }, { "contact", SAY_HEAD_CONTACT },
		{ NULL, SAY_HEAD_AT }
	};
	struct call *call = call_new(cmd);
	int code;

	call_route(call, ROUTE_ENTRIES, NULL);
	call_query(call, "from", cmd_opt(cmd, "from"));
	code = show_list(cmd, call, columns, SAY_EMPTY_LIST);
	call_free(call);
	return code;
}
