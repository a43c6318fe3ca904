/* SPDX-License-Identifier: ISC */
/*
 * timeline_sides: the timeline on a terminal: the record stands left and what
 * was said and sent stands right, on one time axis.
 */
#include "client/timeline_sides.h"

#include <stdlib.h>
#include <string.h>

#include "client/show.h"
#include "client/term.h"
#include "proto/base/when.h"

/*
 * One case: the record stands left, what was said and sent right.  Several:
 * each has a side of its own, as long as every side keeps SIDE_LEAST columns;
 * else all stand under each other and each event names its case.
 */
#define SIDES_MAX 4
#define SIDE_LEAST 30
#define SIDE_RULE 3		/* " │ " */
#define DATE_COLUMNS 18		/* "2026-03-02 10:15  " */

struct sides {
	const struct cmd	*cmd;
	const json_t		*columns;
	size_t			 n;
	size_t			 width;
	int			 by_case;	/* a side is a case */
	int			 name_case;	/* sides do not tell the case */
};

static void
sides_init(struct sides *sides, const struct cmd *cmd, const json_t *answer,
    size_t room)
{
	size_t n;

	sides->cmd = cmd;
	sides->columns = json_object_get(answer, "columns");
	n = json_array_size(sides->columns);
	sides->by_case = n > 1 && n <= SIDES_MAX && (room - DATE_COLUMNS) / n >=
	    SIDE_LEAST + SIDE_RULE;
	sides->name_case = n > 1 && !sides->by_case;
	sides->n = sides->by_case ? n : 2;
	sides->width = (room - DATE_COLUMNS - (sides->n - 1) * SIDE_RULE) /
	    sides->n;
}

static int
is_record(const json_t *row)
{
	const char *lane = json_string_value(json_object_get(row, "lane"));

	return lane != NULL && (strcmp(lane, "record") == 0 ||
	    strcmp(lane, "milestone") == 0);
}

static size_t
side_of(const struct sides *sides, const json_t *row)
{
	const char *id = json_string_value(json_object_get(row, "column"));
	const json_t *column;
	size_t i;

	if (!sides->by_case)
		return is_record(row) ? 0 : 1;
	json_array_foreach(sides->columns, i, column) {
		const char *name = json_string_value(json_object_get(column,
		    "id"));

		if (id != NULL && name != NULL && strcmp(id, name) == 0)
			return i;
	}
	return 0;
}

/* One line over all sides; the text stands in one of them. */
static void
print_line(const struct sides *sides, const char *when, size_t side,
    const char *text, enum term_style style)
{
	term_style(TERM_DIM);
	term_cell(when, DATE_COLUMNS, 1);
	for (size_t i = 0; i < sides->n; i++) {
		if (i > 0)
			(void)fputs(" │ ", stdout);
		if (i != side) {
			term_pad(i < sides->n - 1 ? sides->width : 0);
			continue;
		}
		term_style(TERM_PLAIN);
		term_style(style);
		term_cell(text, sides->width, i < sides->n - 1);
		term_style(TERM_PLAIN);
		term_style(TERM_DIM);
	}
	term_style(TERM_PLAIN);
	(void)putchar('\n');
}

/* Wraps the text within its side; the lines behind the first are set in. */
static void
print_wrapped(const struct sides *sides, const char *when, size_t side,
    const char *text, size_t indent, enum term_style style)
{
	size_t in = 0;

	do {
		struct buf line = BUF_INIT;
		size_t len = term_fit(text, sides->width - in);

		for (size_t i = 0; i < in; i++)
			buf_addc(&line, ' ');
		buf_add(&line, text, len);
		print_line(sides, when, side, buf_str(&line), style);
		buf_release(&line);
		text += len;
		text += strspn(text, " ");
		when = "";
		in = indent;
	} while (*text != '\0');
}

static void
add_member(struct buf *out, const json_t *row, const char *key,
    const char *before, const char *after)
{
	char *text = show_text(row, key);

	if (text != NULL && text[0] != '\0') {
		buf_adds(out, before);
		buf_adds(out, text);
		buf_adds(out, after);
	}
	free(text);
}

/* "← D-000011 Letter received: Lease of 4 Mill Row" */
static void
event_text(struct buf *out, const struct sides *sides, const json_t *row)
{
	const char *way = json_string_value(json_object_get(row, "direction"));

	if (sides->name_case)
		add_member(out, row, "column", "", "  ");
	add_member(out, row, "case", "", "  ");	/* of a client's column */
	if (is_record(row)) {
		buf_adds(out, sides->by_case ? "• " : "");
		add_member(out, row, "sentence", "", "");
		add_member(out, row, "document", " (", ")");
		return;
	}
	buf_adds(out, way != NULL && strcmp(way, "in") == 0 ? "← " :
	    way != NULL && strcmp(way, "out") == 0 ? "→ " : "· ");
	add_member(out, row, "document", "", " ");
	add_member(out, row, "sentence", "", "");
}

/* Whole days between what happened and when we were told. */
static int64_t
days_late(const json_t *row)
{
	const char *at = json_string_value(json_object_get(row, "at"));
	const char *captured = json_string_value(json_object_get(row,
	    "captured_at"));
	const char *from = json_string_value(json_object_get(row,
	    "time_from"));
	struct when happened, known;

	if (at == NULL || captured == NULL || from == NULL ||
	    strcmp(from, "note") != 0 ||
	    when_parse(at, strlen(at), &happened) == -1 ||
	    when_parse(captured, strlen(captured), &known) == -1)
		return 0;
	return (known.at - happened.at) / WHEN_DAY;
}

/* Appends a sentence behind what is there. */
static void
add_say(struct buf *text, const struct sides *sides, enum say_key key,
    const char *a, const char *b)
{
	buf_adds(text, text->len > 2 ? "; " : "");
	say(text, sides->cmd->lang, key, a, b);
}

static enum say_key
sent_by_word(const char *sent_by)
{
	return strcmp(sent_by, "courier") == 0 ? SAY_SENT_BY_COURIER :
	    strcmp(sent_by, "hand") == 0 ? SAY_SENT_BY_HAND :
	    SAY_SENT_BY_POST;
}

/* Whom it did not reach, if a machine sent it, how it went, what proves it. */
static void
add_delivery(struct buf *text, const struct sides *sides, const json_t *row)
{
	const char *sent_by = json_string_value(json_object_get(row,
	    "sent_by"));
	const char *number = json_string_value(json_object_get(row,
	    "tracking"));
	const char *done = json_string_value(json_object_get(row,
	    "delivery"));
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(row, "not_delivered"), i, one) {
		const char *to = json_string_value(json_object_get(one,
		    "recipient"));
		const char *report = json_string_value(json_object_get(one,
		    "document"));

		add_say(text, sides, SAY_CLI_NOT_DELIVERED, to != NULL ? to :
		    "?", report != NULL ? report : "?");
	}
	if (done != NULL)
		add_say(text, sides, SAY_HTML_DELIVERY, done, NULL);
	if (json_is_true(json_object_get(row, "machine")))
		add_say(text, sides, SAY_HTML_MACHINE, NULL, NULL);
	if (sent_by != NULL)
		add_say(text, sides, number != NULL ?
		    SAY_HTML_SENT_BY_TRACKING : SAY_HTML_SENT_BY,
		    say_text(sides->cmd->lang, sent_by_word(sent_by)),
		    number);
	json_array_foreach(json_object_get(row, "proofs"), i, one)
		add_say(text, sides, SAY_HTML_PROOF, json_string_value(one),
		    NULL);
}

/* Who, when it was asked for, how late it was noted: small, under the event. */
static void
print_more(const struct sides *sides, const json_t *row, size_t side)
{
	struct buf text = BUF_INIT;
	int64_t late = days_late(row);
	const char *way = json_string_value(json_object_get(row, "direction"));
	const char *asked = json_string_value(json_object_get(row, "asked"));
	char days[24];

	buf_adds(&text, "  ");
	add_member(&text, row, way != NULL && strcmp(way, "out") == 0 ? "to" :
	    "from", "", "");
	if (asked != NULL)
		say(&text, sides->cmd->lang, SAY_CLI_ASKED, asked);
	if (late > 0) {
		(void)snprintf(days, sizeof(days), "%lld", (long long)late);
		buf_adds(&text, text.len > 2 ? "; " : "");
		say(&text, sides->cmd->lang, SAY_CLI_NOTED_LATE, days);
	}
	add_delivery(&text, sides, row);
	if (text.len > 2 && !buf_failed(&text))
		print_wrapped(sides, "", side, buf_str(&text), 2, TERM_DIM);
	buf_release(&text);
}

static void
print_gap(const struct sides *sides, const json_t *row)
{
	size_t side = side_of(sides, row);
	struct buf text = BUF_INIT;
	char days[24];

	(void)snprintf(days, sizeof(days), "%lld", (long long)
	    json_integer_value(json_object_get(row, "gap_days")));
	if (sides->name_case)
		add_member(&text, row, "column", "", "  ");
	buf_adds(&text, "··· ");
	say(&text, sides->cmd->lang, SAY_CLI_GAP, days);
	buf_adds(&text, " ···");
	if (!buf_failed(&text))
		print_wrapped(sides, "", side, buf_str(&text), 4, TERM_DIM);
	buf_release(&text);
}

static void
print_event(const struct sides *sides, const json_t *row)
{
	struct buf text = BUF_INIT;
	char when[TERM_WHEN];
	size_t side = side_of(sides, row);

	if (json_is_integer(json_object_get(row, "gap_days"))) {
		print_gap(sides, row);
		return;
	}
	term_when(json_string_value(json_object_get(row, "at")),
	    json_string_value(json_object_get(row, "precision")), when);
	event_text(&text, sides, row);
	if (!buf_failed(&text))
		print_wrapped(sides, when, side, buf_str(&text), 2,
		    TERM_PLAIN);
	print_more(sides, row, side);
	buf_release(&text);
}

/* Under the names of the cases, what the sides are. */
static void
print_sides(const struct sides *sides)
{
	const json_t *column;
	size_t i;

	term_style(TERM_BOLD);
	term_cell("", DATE_COLUMNS, 1);
	for (i = 0; i < sides->n; i++) {
		char *id;

		column = json_array_get(sides->columns, i);
		id = sides->by_case ? show_text(column, "id") :
		    strdup(say_text(sides->cmd->lang, i == 0 ?
		    SAY_LANE_RECORD : SAY_CLI_CONTACTS));
		if (i > 0)
			(void)fputs(" │ ", stdout);
		term_cell(id != NULL ? id : "", sides->width,
		    i < sides->n - 1);
		free(id);
	}
	term_style(TERM_PLAIN);
	(void)putchar('\n');
}

/* "K-2026-0031  Lease dispute  (Example Trading Ltd)", wrapped. */
static void
print_column(const json_t *column, size_t room)
{
	const char *id = json_string_value(json_object_get(column, "id"));
	struct buf line = BUF_INIT;
	const char *text;

	add_member(&line, column, "id", "", "");
	add_member(&line, column, "title", "  ", "");
	if (id != NULL && id[0] == 'K')
		add_member(&line, column, "client_name", "  (", ")");
	text = buf_failed(&line) ? "" : buf_str(&line);
	term_style(TERM_BOLD);
	while (*text != '\0') {
		size_t len = term_fit(text, room);

		(void)printf("%.*s\n", (int)len, text);
		text += len;
		text += strspn(text, " ");
	}
	term_style(TERM_PLAIN);
	buf_release(&line);
}

static void
print_head(const struct cmd *cmd, const json_t *answer, size_t room)
{
	const json_t *column;
	char waiting[32];
	struct buf text = BUF_INIT;
	size_t i;

	json_array_foreach(json_object_get(answer, "columns"), i, column)
		print_column(column, room);
	(void)snprintf(waiting, sizeof(waiting), "%lld", (long long)
	    json_integer_value(json_object_get(answer, "waiting")));
	if (strcmp(waiting, "0") != 0) {
		say(&text, cmd->lang, strcmp(waiting, "1") == 0 ?
		    SAY_CLI_WAITING_ONE : SAY_CLI_WAITING, waiting);
		(void)puts(buf_str(&text));
	}
	(void)putchar('\n');
	buf_release(&text);
}

void
timeline_sides(struct cmd *cmd, const json_t *answer)
{
	int width = term_width();
	size_t room = width >= 60 ? (size_t)width : 80;
	struct sides sides;
	const json_t *row;
	size_t i;

	sides_init(&sides, cmd, answer, room);
	print_head(cmd, answer, room);
	if (json_array_size(json_object_get(answer, "rows")) == 0)
		return;
	print_sides(&sides);
	json_array_foreach(json_object_get(answer, "rows"), i, row)
		print_event(&sides, row);
}
