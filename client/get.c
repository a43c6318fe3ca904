/* SPDX-License-Identifier: ISC */
/* get: see get.h. */
#include "client/get.h"

static struct call *
get_call(const struct cmd *cmd, const struct get *get)
{
	struct call *call = call_new(cmd);

	call_route(call, get->route, get->id);
	for (unsigned i = 0; i < GET_PARAMS && get->param[i].name != NULL; i++)
		call_query(call, get->param[i].name, get->param[i].value);
	return call;
}

int
get_list(const struct cmd *cmd, const struct get *get)
{
	struct call *call = get_call(cmd, get);
	int code = show_list(cmd, call, get->columns, get->empty);

	call_free(call);
	return code;
}

int
get_thing(const struct cmd *cmd, const struct get *get)
{
	struct call *call = get_call(cmd, get);
	json_t *answer = NULL;
	int code = call_json(call, NULL, &answer);

	if (code == EXIT_DONE)
		code = show_thing(cmd, show_row_of(answer));
	json_decref(answer);
	call_free(call);
	return code;
}
