/* SPDX-License-Identifier: ISC */
/*
 * post: see post.h.  Every change carries a key of its own, so that asking
 * again after a broken connection adds nothing.
 */
#include "client/post.h"

#include <stdlib.h>
#include <string.h>

#include "client/show.h"

json_t *
post_values(const struct cmd *cmd, const char *option)
{
	json_t *array = json_array();
	const char *value;

	for (unsigned i = 0; (value = cmd_opts(cmd, option, i)) != NULL; i++)
		(void)json_array_append_new(array, json_string(value));
	return array;
}

json_t *
post_number(const struct cmd *cmd, const char *option, int *bad)
{
	const char *text = cmd_opt(cmd, option);
	char *end;
	long long value;

	if (text == NULL)
		return NULL;
	value = strtoll(text, &end, 10);
	if (*text == '\0' || *end != '\0') {
		*bad = cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NO_NUMBER, option,
		    text);
		return NULL;
	}
	return json_integer(value);
}

/* The values of a row that are there, on one line of stderr. */
static void
show_names(const json_t *row, const char *const names[], size_t n)
{
	int some = 0;

	for (size_t i = 0; i < n; i++) {
		char *text = show_text(row, names[i]);

		if (text != NULL && text[0] != '\0')
			(void)fprintf(stderr, "%s%s", some++ ? "  " : "",
			    text);
		free(text);
	}
	if (some)
		(void)fputc('\n', stderr);
}

static void
show_id(const json_t *row)
{
	static const char *const names[] = { "name", "title", "client_name",
	    "subject|filename" };
	char *id = show_text(row, "id|document");

	(void)puts(id != NULL ? id : "");
	free(id);
	show_names(row, names, sizeof(names) / sizeof(names[0]));
}

void
post_place(const struct cmd *cmd, const char *kase, const char *client)
{
	static const char *const names[] = { "id", "title", "client_name",
	    "name" };
	struct call *call;
	json_t *answer = NULL;

	if (cmd->json || (kase == NULL && client == NULL))
		return;
	call = call_new(cmd);
	call_route(call, kase != NULL ? ROUTE_CASE : ROUTE_CLIENT,
	    kase != NULL ? kase : client);
	if (call_json(call, NULL, &answer) == EXIT_DONE)
		show_names(show_row_of(answer), names,
		    sizeof(names) / sizeof(names[0]));
	json_decref(answer);
	call_free(call);
}

static void
show_line(const json_t *row)
{
	static const char *const names[] = { "document", "id", "case",
	    "case_title", "client", "client_name", "state", "as" };
	int first = 1;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *text = show_text(row, names[i]);

		if (text != NULL && text[0] != '\0') {
			(void)printf("%s%s", first ? "" : "\t", text);
			first = 0;
		}
		free(text);
	}
	(void)putchar('\n');
}

void
post_rows(const struct cmd *cmd, const json_t *rows)
{
	const json_t *row;
	size_t i;

	if (cmd->json) {
		(void)show_json(rows);
		(void)putchar('\n');
		return;
	}
	json_array_foreach(rows, i, row)
		show_line(row);
}

int
post_answer(struct cmd *cmd, enum route route, json_t *body,
    json_t **answer_r)
{
	struct call *call = call_new(cmd);
	int code = EXIT_FAILED;

	if (body != NULL) {
		call_route(call, route, NULL);
		call_once(call);
		code = call_json(call, body, answer_r);
	}
	json_decref(body);
	call_free(call);
	return code;
}

int
post(struct cmd *cmd, enum route route, const char *id, json_t *body,
    enum post_show how)
{
	struct call *call = call_new(cmd);
	json_t *answer = NULL;
	int code = EXIT_FAILED;

	if (body == NULL)
		goto out;
	call_route(call, route, id);
	call_once(call);
	code = call_json(call, body, &answer);
	if (code != EXIT_DONE)
		goto out;
	if (how == POST_LINES)
		post_rows(cmd, json_object_get(answer, "rows"));
	else if (how == POST_THING || cmd->json)
		code = show_thing(cmd, show_row_of(answer));
	else
		show_id(show_row_of(answer));
out:
	json_decref(answer);
	json_decref(body);
	call_free(call);
	return code;
}
