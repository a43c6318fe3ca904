/* SPDX-License-Identifier: ISC */
/*
 * timeline: the side-by-side timeline.  On a terminal the record stands left
 * and what was said and sent stands right, on one time axis; in a pipe each
 * row is a line of tab-separated values; --json, --csv and --html hand on
 * what the daemon made, byte for byte.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client/show.h"
#include "client/verbs.h"
#include "proto/base/text.h"

#define DATE_COLUMNS 18		/* "2026-03-02 10:15  " */

static void
ask(struct cmd *cmd, struct call *call, const char *format)
{
	struct buf of = BUF_INIT;

	for (int i = 0; i < cmd->nargs; i++) {
		if (i > 0)
			buf_addc(&of, ',');
		buf_adds(&of, cmd->args[i]);
	}
	call_route(call, ROUTE_TIMELINE, NULL);
	call_query(call, "of", buf_str(&of));
	call_query(call, "since", cmd_opt(cmd, "since"));
	call_query(call, "until", cmd_opt(cmd, "until"));
	call_query(call, "lane", cmd_opt(cmd, "lane"));
	call_query(call, "as_known_on", cmd_opt(cmd, "as-known-on"));
	call_query(call, "as_it_was_on", cmd_opt(cmd, "as-it-was-on"));
	call_query(call, "after", cmd_opt(cmd, "after"));
	call_query(call, "format", format);
	call_query(call, "lang", cmd->lang == LANG_ZH ? "zh" : "en");
	buf_release(&of);
}

/* ---- two sides of a terminal ---------------------------------------- */

/* How many bytes of the text fit into so many columns, broken at a space. */
static size_t
line_fit(const char *text, size_t width)
{
	size_t len = strlen(text), space;

	if (text_width(text, len) <= width)
		return len;
	while (len > 0 && text_width(text, len) > width)
		len = text_cut(text, len, len - 1);
	for (space = len; space > 0 && text[space] != ' '; space--)
		;
	return space > 0 ? space : len;
}

static void
pad(size_t columns)
{
	while (columns-- > 0)
		(void)putchar(' ');
}

/* One event, wrapped within its side. */
static void
print_side(const char *when, const char *text, size_t left, size_t width)
{
	int first = 1;

	while (first || *text != '\0') {
		size_t len = line_fit(text, width);

		(void)printf("%-*s", DATE_COLUMNS, first ? when : "");
		pad(left);
		(void)printf("%.*s\n", (int)len, text);
		text += len;
		text += strspn(text, " ");
		first = 0;
	}
}

static void
event_when(const json_t *row, char when[DATE_COLUMNS + 1])
{
	const char *at = json_string_value(json_object_get(row, "at"));
	const char *precision = json_string_value(json_object_get(row,
	    "precision"));

	if (at == NULL || strlen(at) < 16)
		at = "                ";
	if (precision != NULL && strcmp(precision, "exact") != 0 &&
	    strcmp(precision, "minute") != 0)
		(void)snprintf(when, DATE_COLUMNS + 1, "%.10s", at);
	else
		(void)snprintf(when, DATE_COLUMNS + 1, "%.10s %.5s", at,
		    at + 11);
}

static void
event_text(struct buf *out, const json_t *row, const char *lane, int many)
{
	static const char *const names[] = { "sentence", "document" };
	char *column = show_text(row, "column");

	if (many && column != NULL) {
		buf_adds(out, column);
		buf_addc(out, ' ');
	}
	buf_addc(out, '[');
	buf_adds(out, lane);
	buf_adds(out, "] ");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *text = show_text(row, names[i]);

		if (text != NULL && text[0] != '\0') {
			buf_adds(out, i > 0 ? "  " : "");
			buf_adds(out, text);
		}
		free(text);
	}
	free(column);
}

static void
print_event(const struct cmd *cmd, const json_t *row, size_t width, int many)
{
	const char *lane = json_string_value(json_object_get(row, "lane"));
	size_t half = (width - DATE_COLUMNS - 2) / 2;
	json_int_t gap = json_integer_value(json_object_get(row, "gap_days"));
	struct buf text = BUF_INIT;
	char when[DATE_COLUMNS + 1], days[32];

	event_when(row, when);
	if (gap > 0) {
		(void)snprintf(days, sizeof(days), "%lld", (long long)gap);
		buf_adds(&text, "··· ");
		say(&text, cmd->lang, SAY_CLI_GAP, days);
		print_side("", buf_str(&text), half + 2, half);
	} else {
		int record = lane != NULL && (strcmp(lane, "record") == 0 ||
		    strcmp(lane, "milestone") == 0);

		event_text(&text, row, lane != NULL ? lane : "", many);
		if (!buf_failed(&text))
			print_side(when, buf_str(&text), record ? 0 :
			    half + 2, half);
	}
	buf_release(&text);
}

static void
print_head(const struct cmd *cmd, const json_t *answer)
{
	const json_t *column;
	char waiting[32];
	struct buf text = BUF_INIT;
	size_t i;

	json_array_foreach(json_object_get(answer, "columns"), i, column) {
		char *id = show_text(column, "id");
		char *title = show_text(column, "title");
		char *name = show_text(column, "client_name");

		(void)printf("%s  %s  %s\n", id != NULL ? id : "",
		    title != NULL ? title : "", name != NULL ? name : "");
		free(id);
		free(title);
		free(name);
	}
	(void)snprintf(waiting, sizeof(waiting), "%lld", (long long)
	    json_integer_value(json_object_get(answer, "waiting")));
	if (strcmp(waiting, "0") != 0) {
		say(&text, cmd->lang, SAY_CLI_WAITING, waiting);
		(void)puts(buf_str(&text));
	}
	(void)putchar('\n');
	buf_release(&text);
}

static void
print_lines(const json_t *rows)
{
	static const char *const names[] = { "at", "lane", "column",
	    "direction", "document", "sentence", "from", "to", "time_from",
	    "captured_at", "seqs", "sha256" };
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			char *text = show_text(row, names[k]);

			(void)printf("%s%s", k > 0 ? "\t" : "",
			    text != NULL ? text : "");
			free(text);
		}
		(void)putchar('\n');
	}
}

static int
print_timeline(struct cmd *cmd, struct call *call)
{
	const json_t *rows, *row;
	struct winsize size = { 0 };
	json_t *answer = NULL;
	size_t i, width;
	int code = call_json(call, NULL, &answer);

	if (code != EXIT_DONE)
		return code;
	rows = json_object_get(answer, "rows");
	if (isatty(STDOUT_FILENO)) {
		(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
		width = size.ws_col >= 60 ? size.ws_col : 80;
		print_head(cmd, answer);
		json_array_foreach(rows, i, row)
			print_event(cmd, row, width, cmd->nargs > 1);
	} else {
		print_lines(rows);
	}
	json_decref(answer);
	return EXIT_DONE;
}

int
run_timeline(struct cmd *cmd)
{
	const char *html = cmd_opt(cmd, "html");
	struct call *call = call_new(cmd);
	int code;

	ask(cmd, call, html != NULL ? "html" :
	    cmd_opt(cmd, "csv") != NULL ? "csv" : "json");
	if (html != NULL)
		code = call_save_as(call, html);
	else if (cmd_opt(cmd, "csv") != NULL || cmd->json)
		code = call_save(call, stdout);
	else
		code = print_timeline(cmd, call);
	call_free(call);
	return code;
}
