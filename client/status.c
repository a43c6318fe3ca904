/* SPDX-License-Identifier: ISC */
/* status: counts and health, refusals, the journal's own entries. */
#include "client/get.h"
#include "client/show.h"
#include "client/verbs.h"

int
run_status(struct cmd *cmd)
{
	return get_thing(cmd, &(const struct get){
	    .route = ROUTE_STATUS });
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
	return get_list(cmd, &(const struct get){
	    .route = ROUTE_REFUSED,
	    .columns = columns, .empty = SAY_EMPTY_REFUSED });
}

int
run_entries(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "seq", SAY_HEAD_ENTRY }, { "at", SAY_HEAD_AT },
		{ "kind", SAY_HEAD_KIND }, { "actor", SAY_HEAD_ACTOR },
		{ "document", SAY_HEAD_DOCUMENT },
		{ "client", SAY_HEAD_CLIENT },
		{ "case", SAY_HEAD_CASE }, { "contact", SAY_HEAD_CONTACT },
		{ NULL, SAY_HEAD_AT }
	};
	return get_list(cmd, &(const struct get){
	    .route = ROUTE_ENTRIES,
	    .param = { { "from", cmd_opt(cmd, "from") } },
	    .columns = columns, .empty = SAY_EMPTY_LIST });
}
