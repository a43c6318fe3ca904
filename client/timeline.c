/* SPDX-License-Identifier: ISC */
/*
 * timeline: the side-by-side timeline.  On a terminal it has sides
 * (timeline_sides.c); in a pipe each row is a line of tab-separated values;
 * --json, --csv and the other formats hand on what the daemon made, byte for
 * byte.
 */
#include <stdlib.h>
#include <string.h>

#include "client/show.h"
#include "client/term.h"
#include "client/timeline_sides.h"
#include "client/verbs.h"

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
	call_query(call, "mode", cmd_opt(cmd, "mode"));
	call_query(call, "lang", cmd->lang == LANG_ZH ? "zh" : "en");
	buf_release(&of);
}

/* ---- a pipe ------------------------------------------------------------ */

static void
print_lines(const json_t *rows)
{
	static const char *const names[] = { "at", "lane", "column",
	    "direction", "document", "sentence", "from", "to", "time_from",
	    "captured_at", "seqs", "sha256", "asked", "case", "machine",
	    "not_delivered", "delivery", "sent_by", "tracking", "proofs" };
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
	json_t *answer = NULL;
	int code = call_json(call, NULL, &answer);

	if (code == EXIT_DONE && term_width() > 0 &&
	    (code = term_zone(cmd)) == EXIT_DONE)
		timeline_sides(cmd, answer);
	else if (code == EXIT_DONE)
		print_lines(json_object_get(answer, "rows"));
	json_decref(answer);
	return code;
}

/* Formats that the daemon makes; those of `files' go into a file. */
static const char *const formats[] = { "csv", "jsonl", "schema",
	"timesketch", "mactime" };
static const char *const files[] = { "html", "xlsx" };

/* The format asked for, and the file; 0, or an exit code if there are two. */
static int
find_format(struct cmd *cmd, const char **format_r, const char **file_r)
{
	int n = cmd->json;

	*format_r = "json";
	*file_r = NULL;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (cmd_opt(cmd, formats[i]) != NULL) {
			*format_r = formats[i];
			n++;
		}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (cmd_opt(cmd, files[i]) != NULL) {
			*format_r = files[i];
			*file_r = cmd_opt(cmd, files[i]);
			n++;
		}
	return n < 2 ? EXIT_DONE : cmd_fail(cmd, EXIT_USAGE,
	    SAY_CLI_ONE_FORMAT, NULL, NULL);
}

int
run_timeline(struct cmd *cmd)
{
	const char *format, *file;
	struct call *call;
	int code = find_format(cmd, &format, &file);

	if (code != EXIT_DONE)
		return code;
	call = call_new(cmd);
	ask(cmd, call, format);
	if (file != NULL)
		code = call_save_as(call, file);
	else if (cmd->json || strcmp(format, "json") != 0)
		code = call_save(call, stdout);
	else
		code = print_timeline(cmd, call);
	call_free(call);
	return code;
}
