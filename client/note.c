/* SPDX-License-Identifier: ISC */
/* note: calls, meetings, visits, video talks and messages. */
#include "client/post.h"
#include "client/verbs.h"

static int
log_note(struct cmd *cmd, const char *type)
{
	const char *note = cmd_opt(cmd, "note");
	json_t *minutes, *with;
	const char *kase = cmd->nargs > 0 ? cmd->args[0] : NULL;
	int code = EXIT_DONE;

	if (note == NULL || type == NULL)
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NEEDS,
		    type == NULL ? "--type" : "--note", NULL);
	minutes = post_number(cmd, "minutes", &code);
	if (code != EXIT_DONE)
		return code;
	with = post_values(cmd, "with");
	code = post(cmd, ROUTE_NOTE_ADD, NULL, json_pack(
	    "{ss ss ss* ss* ss* ss* ss* ss* ss* ss* so* so}",
	    "type", type, "note", note,
	    "case", kase,
	    "client", cmd_opt(cmd, "client"),
	    "direction", cmd_opt(cmd, "direction"),
	    "number", cmd_opt(cmd, "number"), "at", cmd_opt(cmd, "at"),
	    "result", cmd_opt(cmd, "result"),
	    "agreed", cmd_opt(cmd, "agreed"), "next", cmd_opt(cmd, "next"),
	    "minutes", minutes, "with", with), POST_ID);
	if (code == EXIT_DONE)
		post_place(cmd, kase, cmd_opt(cmd, "client"));
	return code;
}

int
run_call_log(struct cmd *cmd)
{
	return log_note(cmd, "call");
}

int
run_note_log(struct cmd *cmd)
{
	return log_note(cmd, cmd_opt(cmd, "type"));
}
