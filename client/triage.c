/* SPDX-License-Identifier: ISC */
/*
 * triage: what waits, deciding on it, and what rules did.  Every command
 * that files answers with client and title, so that a slip is seen at once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/get.h"
#include "client/post.h"
#include "client/show.h"
#include "client/term.h"
#include "client/verbs.h"

#define MESSAGE_MAX (64u << 20)		/* of rule test */

static void
print_members(const json_t *row, const char *const names[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *text = show_text(row, names[i]);

		if (text != NULL && text[0] != '\0')
			(void)printf("  %s", text);
		free(text);
	}
	(void)putchar('\n');
}

static int
print_waiting(void *arg, const json_t *row)
{
	static const char *const names[] = { "channel", "from", "subject" };
	unsigned *count = arg;
	char *id = show_text(row, "id"), when[TERM_WHEN];
	const json_t *suggestion;
	size_t i;

	if (count != NULL && (*count)++ > 0)
		(void)putchar('\n');
	term_when(json_string_value(json_object_get(row, "at")), NULL, when);
	term_style(TERM_BOLD);
	(void)fputs(id != NULL ? id : "", stdout);
	term_style(TERM_PLAIN);
	(void)printf("  %s", when);
	print_members(row, names, sizeof(names) / sizeof(names[0]));
	json_array_foreach(json_object_get(row, "suggestions"), i, suggestion)
		show_suggestion(suggestion);
	free(id);
	return EXIT_DONE;
}

/* For people: each document with what speaks for where it may belong. */
static int
list_waiting(const struct cmd *cmd, struct call *call)
{
	unsigned count = 0;
	int code = term_zone(cmd);

	if (code == EXIT_DONE)
		code = call_list(call, 0, print_waiting, &count);
	if (code == EXIT_DONE && count == 0)
		(void)fprintf(stderr, "%s\n", say_text(cmd->lang,
		    SAY_EMPTY_TRIAGE));
	return code;
}

int
run_triage_list(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "id", SAY_HEAD_DOCUMENT }, { "waiting_days", SAY_HEAD_DAYS },
		{ "channel", SAY_HEAD_CHANNEL }, { "from", SAY_HEAD_FROM },
		{ "subject", SAY_HEAD_SUBJECT }, { NULL, SAY_HEAD_DAYS }
	};
	struct call *call = call_new(cmd);
	int code;

	call_route(call, ROUTE_TRIAGE, NULL);
	call_query(call, "after", cmd_opt(cmd, "after"));
	if (!cmd->json && cmd_opt(cmd, "limit") == NULL &&
	    isatty(STDOUT_FILENO))
		code = list_waiting(cmd, call);
	else
		code = show_list(cmd, call, columns, SAY_EMPTY_TRIAGE);
	call_free(call);
	return code;
}

struct wanted {
	const struct cmd	*cmd;
	int			 found;
};

static int
print_wanted(void *arg, const json_t *row)
{
	struct wanted *wanted = arg;
	const char *id = json_string_value(json_object_get(row, "id"));

	if (id == NULL || strcasecmp(id, wanted->cmd->args[0]) != 0)
		return EXIT_DONE;
	wanted->found = 1;
	return wanted->cmd->json ? show_thing(wanted->cmd, row) :
	    print_waiting(NULL, row);
}

int
run_triage_show(struct cmd *cmd)
{
	struct wanted wanted = { cmd, 0 };
	struct call *call = call_new(cmd);
	int code;

	call_route(call, ROUTE_TRIAGE, NULL);
	if (!cmd->json)
		(void)term_zone(cmd);	/* else in the machine's zone */
	code = call_list(call, 0, print_wanted, &wanted);
	call_free(call);
	if (code == EXIT_DONE && !wanted.found)
		return cmd_fail(cmd, EXIT_NOT_FOUND, SAY_CLI_NOT_WAITING,
		    cmd->args[0], NULL);
	return code;
}

#define AT_ONCE 64		/* documents that one request takes */

/* Posts the members with all documents named, AT_ONCE in a request. */
static int
post_documents(struct cmd *cmd, enum route route, json_t *members)
{
	int code = members != NULL ? EXIT_DONE : EXIT_FAILED;

	for (int i = 0; code == EXIT_DONE && i < cmd->nargs;) {
		json_t *documents = json_array(), *body = json_copy(members);

		do {
			(void)json_array_append_new(documents,
			    json_string(cmd->args[i]));
		} while (++i < cmd->nargs && i % AT_ONCE != 0);
		(void)json_object_set_new(body, "documents", documents);
		code = post(cmd, route, NULL, body, POST_LINES);
	}
	json_decref(members);
	return code;
}

int
run_triage_file(struct cmd *cmd)
{
	json_t *under = post_values(cmd, "case");
	json_t *clients = post_values(cmd, "client");

	(void)json_array_extend(under, clients);
	json_decref(clients);
	if (json_array_size(under) == 0) {
		json_decref(under);
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NEEDS,
		    "--case, --client", NULL);
	}
	return post_documents(cmd, ROUTE_TRIAGE_FILE, json_pack("{so ss*}",
	    "under", under, "reason", cmd_opt(cmd, "reason")));
}

int
run_triage_set_aside(struct cmd *cmd)
{
	const char *as = cmd_opt(cmd, "as");

	if (as == NULL)
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NEEDS, "--as", NULL);
	return post_documents(cmd, ROUTE_TRIAGE_SET_ASIDE, json_pack(
	    "{ss ss*}", "as", as, "reason", cmd_opt(cmd, "reason")));
}

int
run_triage_undo(struct cmd *cmd)
{
	return post_documents(cmd, ROUTE_TRIAGE_UNDO, json_pack("{ss*}",
	    "reason", cmd_opt(cmd, "reason")));
}

int
run_triage_filed(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "at", SAY_HEAD_AT }, { "document", SAY_HEAD_DOCUMENT },
		{ "case", SAY_HEAD_CASE }, { "client", SAY_HEAD_CLIENT },
		{ "certainty", SAY_HEAD_CERTAINTY }, { "rule", SAY_HEAD_RULE },
		{ "actor", SAY_HEAD_ACTOR }, { "state", SAY_HEAD_STATE },
		{ "subject", SAY_HEAD_SUBJECT }, { NULL, SAY_HEAD_AT }
	};
	return get_list(cmd, &(const struct get){
	    .route = ROUTE_TRIAGE_FILED,
	    .param = {
		{ "since", cmd_opt(cmd, "since") },
		{ "rule", cmd_opt(cmd, "rule") } },
	    .columns = columns, .empty = SAY_EMPTY_LIST });
}

int
run_triage_aside(struct cmd *cmd)
{
	static const struct column columns[] = {
		{ "at", SAY_HEAD_AT }, { "id", SAY_HEAD_DOCUMENT },
		{ "as", SAY_HEAD_ASIDE }, { "by", SAY_HEAD_ACTOR },
		{ "subject", SAY_HEAD_SUBJECT }, { "reason", SAY_HEAD_REASON },
		{ NULL, SAY_HEAD_AT }
	};
	return get_list(cmd, &(const struct get){
	    .route = ROUTE_TRIAGE_ASIDE,
	    .columns = columns, .empty = SAY_EMPTY_LIST });
}

/* Reads a whole message; NULL after a message to the user. */
static char *
read_message(struct cmd *cmd, size_t *len_r)
{
	FILE *file = fopen(cmd->args[0], "rb");
	char *bytes = NULL;

	if (file == NULL || (bytes = malloc(MESSAGE_MAX)) == NULL) {
		(void)cmd_fail(cmd, EXIT_FAILED, SAY_CLI_CANNOT_READ,
		    cmd->args[0], strerror(errno));
	} else if ((*len_r = fread(bytes, 1, MESSAGE_MAX, file)) ==
	    MESSAGE_MAX || ferror(file)) {
		(void)cmd_fail(cmd, EXIT_FAILED, SAY_CLI_CANNOT_READ,
		    cmd->args[0], strerror(ferror(file) ? errno : EFBIG));
		free(bytes);
		bytes = NULL;
	}
	if (file != NULL)
		(void)fclose(file);
	return bytes;
}

static void
print_verdict(const json_t *verdict)
{
	static const char *const names[] = { "state", "rule", "aside",
	    "direction", "why" };
	const json_t *suggestion;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *text = show_text(verdict, names[i]);

		if (text != NULL && text[0] != '\0')
			(void)printf("%-10s %s\n", names[i], text);
		free(text);
	}
	json_array_foreach(json_object_get(verdict, "suggestions"), i,
	    suggestion)
		show_suggestion(suggestion);
}

int
run_rule_test(struct cmd *cmd)
{
	struct call *call = call_new(cmd);
	json_t *answer = NULL;
	size_t len = 0;
	char *bytes = read_message(cmd, &len);
	int code = EXIT_FAILED;

	if (bytes != NULL) {
		call_route(call, ROUTE_RULE_TEST, NULL);
		code = call_bytes(call, bytes, len, &answer);
	}
	if (code == EXIT_DONE && cmd->json)
		code = show_thing(cmd, show_row_of(answer));
	else if (code == EXIT_DONE)
		print_verdict(show_row_of(answer));
	json_decref(answer);
	call_free(call);
	free(bytes);
	return code;
}

/* The daemon takes back as many as one append holds: ask until none is left. */
int
run_rule_undo(struct cmd *cmd)
{
	const char *since = cmd_opt(cmd, "since");
	json_t *all = json_array(), *answer = NULL;
	int code = EXIT_DONE;
	size_t got = 1;

	if (since == NULL)
		code = cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NEEDS, "--since",
		    NULL);
	while (code == EXIT_DONE && got > 0) {
		code = post_answer(cmd, ROUTE_RULE_UNDO, json_pack(
		    "{ss ss ss*}", "rule", cmd->args[0], "since", since,
		    "reason", cmd_opt(cmd, "reason")), &answer);
		got = json_array_size(json_object_get(answer, "rows"));
		(void)json_array_extend(all, json_object_get(answer, "rows"));
		json_decref(answer);
		answer = NULL;
	}
	if (json_array_size(all) > 0 || code == EXIT_DONE)
		post_rows(cmd, all);
	json_decref(all);
	return code;
}
