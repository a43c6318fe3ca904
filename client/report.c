/* SPDX-License-Identifier: ISC */
/*
 * report: the capture report, and the sources with what stays at their
 * doors.  Counts of a report add up; so do those of its last line, which is
 * their sum.
 */
#include <stdlib.h>
#include <string.h>

#include "client/show.h"
#include "client/term.h"
#include "client/verbs.h"
#include "proto/out/csv.h"

static const struct column report_columns[] = {
	{ "source", SAY_HEAD_SOURCE }, { "arrivals", SAY_HEAD_ARRIVALS },
	{ "new", SAY_HEAD_NEW }, { "again", SAY_HEAD_AGAIN },
	{ "filed", SAY_HEAD_FILED }, { "triage", SAY_HEAD_WAITING },
	{ "aside", SAY_HEAD_ASIDE_COUNT },
	{ "undecided", SAY_HEAD_UNDECIDED },
	{ "unread", SAY_HEAD_UNREAD }, { "refused", SAY_HEAD_REFUSED },
	{ "last_at", SAY_HEAD_LAST }, { "silent", SAY_HEAD_SILENT },
	{ "rhythm", SAY_HEAD_RHYTHM }, { "quiet", SAY_HEAD_QUIET },
	{ NULL, SAY_HEAD_SOURCE }
};

static const char *const summed[] = { "arrivals", "new", "again", "filed",
	"triage", "aside", "undecided", "read", "unread", "to_read",
	"refused", NULL };

/* Seconds as a person says them: "40 s", "12 min", "5 h", "3 d". */
static json_t *
span(const struct cmd *cmd, const json_t *seconds)
{
	static const struct { long long one; enum say_key key; } units[] = {
		{ 86400, SAY_REC_DAYS }, { 3600, SAY_REC_HOURS },
		{ 60, SAY_REC_MINUTES }, { 1, SAY_REC_SECONDS },
	};
	long long n = json_integer_value(seconds);
	struct buf text = BUF_INIT;
	char number[24];
	json_t *value;
	size_t i = 0;

	if (seconds == NULL)
		return json_string("");
	while (units[i].one > 1 && n < 2 * units[i].one)
		i++;
	(void)snprintf(number, sizeof(number), "%lld", n / units[i].one);
	say(&text, cmd->lang, units[i].key, number);
	value = json_string(buf_failed(&text) ? "" : buf_str(&text));
	buf_release(&text);
	return value;
}

/* Members that only a person wants: spans as words, quiet as a word. */
static void
dress(const struct cmd *cmd, json_t *row)
{
	int quiet = json_is_true(json_object_get(row, "quiet"));

	(void)json_object_set_new(row, "silent", span(cmd,
	    json_object_get(row, "silent_seconds")));
	(void)json_object_set_new(row, "rhythm", span(cmd,
	    json_object_get(row, "rhythm_seconds")));
	(void)json_object_set_new(row, "quiet", json_string(quiet ?
	    say_text(cmd->lang, SAY_REC_QUIET) : ""));
}

static json_t *
sum_of(const struct cmd *cmd, const json_t *rows)
{
	json_t *sum = json_object();
	const json_t *row;
	size_t i;

	(void)json_object_set_new(sum, "source", json_string(
	    say_text(cmd->lang, SAY_REC_ALL)));
	for (size_t k = 0; summed[k] != NULL; k++) {
		json_int_t n = 0;

		json_array_foreach(rows, i, row)
			n += json_integer_value(json_object_get(row,
			    summed[k]));
		(void)json_object_set_new(sum, summed[k], json_integer(n));
	}
	return sum;
}

static int
get_rows(struct cmd *cmd, enum route route, json_t **answer_r)
{
	struct call *call = call_new(cmd);
	int code;

	call_route(call, route, NULL);
	if (route == ROUTE_REPORT_CAPTURE) {
		call_query(call, "since", cmd_opt(cmd, "since"));
		call_query(call, "until", cmd_opt(cmd, "until"));
	}
	code = call_json(call, NULL, answer_r);
	call_free(call);
	return code;
}

/* ---- CSV ------------------------------------------------------------- */

static void
csv_reasons(struct csv *csv, const json_t *list)
{
	struct buf text = BUF_INIT;
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		const char *why = json_string_value(json_object_get(one,
		    "reason"));

		if (i > 0)
			buf_adds(&text, "; ");
		buf_addi(&text, json_integer_value(json_object_get(one,
		    "count")));
		buf_adds(&text, " x ");
		buf_adds(&text, why != NULL && why[0] != '\0' ? why : "...");
	}
	csv_cell(csv, buf_str(&text));
	buf_release(&text);
}

static void
csv_value(struct csv *csv, const json_t *value)
{
	if (json_is_integer(value))
		csv_number(csv, json_integer_value(value));
	else if (json_is_boolean(value))
		csv_number(csv, json_is_true(value));
	else if (json_is_array(value))
		csv_reasons(csv, value);
	else
		csv_cell(csv, json_string_value(value));
}

/* Heads are the members of the API, which do not change with the language. */
static int
print_csv(const json_t *rows)
{
	static const char *const cells[] = { "source", "channel", "arrivals",
	    "new", "again", "filed", "triage", "aside", "undecided", "read",
	    "unread", "to_read", "unread_why", "refused", "refused_why",
	    "last_at", "silent_seconds", "rhythm_seconds", "longest_seconds",
	    "quiet", NULL };
	struct buf out = BUF_INIT;
	const json_t *row;
	struct csv csv;
	int code = EXIT_FAILED;
	size_t i;

	csv_begin(&csv, &out);
	for (size_t k = 0; cells[k] != NULL; k++)
		csv_cell(&csv, cells[k]);
	csv_line(&csv);
	json_array_foreach(rows, i, row) {
		for (size_t k = 0; cells[k] != NULL; k++)
			csv_value(&csv, json_object_get(row, cells[k]));
		csv_line(&csv);
	}
	if (!buf_failed(&out) && fwrite(out.data, 1, out.len, stdout) ==
	    out.len)
		code = EXIT_DONE;
	buf_release(&out);
	return code;
}

/* ---- for a person ------------------------------------------------------ */

static void
print_reasons(const struct cmd *cmd, const json_t *row, const char *member,
    enum say_key key)
{
	char *source = show_text(row, "source");
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(row, member), i, one) {
		char *count = show_text(one, "count");
		char *why = show_text(one, "reason");
		struct buf text = BUF_INIT;

		say(&text, cmd->lang, key, source, count, why != NULL &&
		    why[0] != '\0' ? why : "...");
		if (!buf_failed(&text))
			(void)puts(buf_str(&text));
		buf_release(&text);
		free(count);
		free(why);
	}
	free(source);
}

static int
print_report(const struct cmd *cmd, json_t *rows)
{
	json_t *row;
	size_t i;
	int code;

	json_array_foreach(rows, i, row)
		dress(cmd, row);
	(void)json_array_append_new(rows, sum_of(cmd, rows));
	code = show_rows(cmd, rows, report_columns);
	json_array_foreach(rows, i, row) {
		print_reasons(cmd, row, "refused_why", SAY_REC_REFUSED_WHY);
		print_reasons(cmd, row, "unread_why", SAY_REC_UNREAD_WHY);
	}
	return code;
}

int
run_report_capture(struct cmd *cmd)
{
	json_t *answer = NULL, *rows;
	int code = get_rows(cmd, ROUTE_REPORT_CAPTURE, &answer);

	rows = json_object_get(answer, "rows");
	if (code == EXIT_DONE && cmd->json) {
		code = show_json(answer);
		(void)putchar('\n');
	} else if (code == EXIT_DONE && cmd_opt(cmd, "csv") != NULL) {
		code = print_csv(rows);
	} else if (code == EXIT_DONE) {
		code = print_report(cmd, rows);
	}
	json_decref(answer);
	return code;
}

/* ---- sources ----------------------------------------------------------- */

static int
print_sources(const struct cmd *cmd, json_t *rows, const json_t *waiting)
{
	static const struct column columns[] = {
		{ "source", SAY_HEAD_SOURCE },
		{ "channel", SAY_HEAD_CHANNEL },
		{ "arrivals", SAY_HEAD_ARRIVALS },
		{ "last_at", SAY_HEAD_LAST }, { "silent", SAY_HEAD_SILENT },
		{ "rhythm", SAY_HEAD_RHYTHM }, { "quiet", SAY_HEAD_QUIET },
		{ "waiting", SAY_HEAD_STAYS }, { NULL, SAY_HEAD_SOURCE }
	};
	json_t *row;
	const json_t *file;
	size_t i;
	int code;

	json_array_foreach(rows, i, row)
		dress(cmd, row);
	code = show_rows(cmd, rows, columns);
	json_array_foreach(waiting, i, file) {
		char *source = show_text(file, "source");
		char *name = show_text(file, "name");
		char *why = show_text(file, "why");

		if (source != NULL && name != NULL && why != NULL)
			(void)printf("%s\t%s\t%s\n", source, name, why);
		free(source);
		free(name);
		free(why);
	}
	return code;
}

int
run_sources(struct cmd *cmd)
{
	json_t *answer = NULL, *staying = NULL, *whole;
	int code = get_rows(cmd, ROUTE_SOURCES, &answer);

	if (code == EXIT_DONE)
		code = get_rows(cmd, ROUTE_SOURCES_WAITING, &staying);
	if (code == EXIT_DONE && cmd->json) {
		whole = json_pack("{s:O, s:O}", "sources", json_object_get(
		    answer, "rows"), "waiting", json_object_get(staying,
		    "rows"));
		code = show_json(whole);
		(void)putchar('\n');
		json_decref(whole);
	} else if (code == EXIT_DONE) {
		code = print_sources(cmd, json_object_get(answer, "rows"),
		    json_object_get(staying, "rows"));
	}
	json_decref(answer);
	json_decref(staying);
	return code;
}
