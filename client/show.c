/* SPDX-License-Identifier: ISC */
/*
 * show: see show.h.  Data goes to stdout, all else to stderr.  It must never
 * shorten what goes into a pipe or let text from outside reach the terminal
 * with control characters in it.
 */
#include "client/show.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/term.h"
#include "client/words.h"
#include "proto/base/text.h"

#define SHOW_GAP 2		/* spaces between columns */
#define SHOW_COLUMNS 16

const json_t *
show_row_of(const json_t *answer)
{
	const json_t *row = json_object_get(answer, "row");

	return row != NULL ? row : answer;
}

static void
add_value(struct buf *out, const json_t *value)
{
	const json_t *element;
	char *text;
	size_t i;

	if (json_is_string(value)) {
		text = (char *)(uintptr_t)json_string_value(value);
		for (i = 0; i < json_string_length(value); i++)
			buf_addc(out, text[i] != '\0' ? text[i] : ' ');
	} else if (json_is_integer(value)) {
		buf_addi(out, json_integer_value(value));
	} else if (json_is_boolean(value)) {
		buf_adds(out, json_is_true(value) ? "yes" : "no");
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, element) {
			if (i > 0)
				buf_adds(out, ", ");
			add_value(out, element);
		}
	} else if (json_is_object(value)) {
		text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
		buf_adds(out, text != NULL ? text : "");
		free(text);
	}
}

/* A member, or "list.member": that member of each of the list. */
static void
add_member(struct buf *out, const json_t *row, const char *key, size_t len)
{
	const char *dot = memchr(key, '.', len);
	const json_t *list, *one;
	size_t i, n = dot == NULL ? len : (size_t)(dot - key);

	list = json_object_getn(row, key, n);
	if (dot == NULL) {
		add_value(out, list);
		return;
	}
	json_array_foreach(list, i, one) {
		if (i > 0)
			buf_adds(out, ", ");
		add_value(out, json_object_getn(one, dot + 1, len - n - 1));
	}
}

char *
show_text(const json_t *row, const char *key)
{
	struct buf out = BUF_INIT;
	size_t len = strcspn(key, "|");
	char *text;

	add_member(&out, row, key, len);
	if (out.len == 0 && key[len] == '|')
		add_member(&out, row, key + len + 1, strlen(key + len + 1));
	text = buf_failed(&out) ? NULL : strdup(buf_str(&out));
	buf_release(&out);
	if (text != NULL)
		term_tame(text);
	return text;
}

char *
show_value(const json_t *value)
{
	struct buf out = BUF_INIT;
	char *text;

	add_value(&out, value);
	text = buf_failed(&out) ? NULL : strdup(buf_str(&out));
	buf_release(&out);
	if (text != NULL)
		term_tame(text);
	return text;
}

int
show_json(const json_t *value)
{
	if (json_dumpf(value, stdout, JSON_COMPACT | JSON_SORT_KEYS) == -1)
		return EXIT_FAILED;
	return EXIT_DONE;
}

/* ---- lists ---------------------------------------------------------- */

struct list {
	const struct cmd	*cmd;
	const struct column	*columns;
	json_t			*rows;	/* kept for a terminal's widths */
	size_t			 n;
};

static int
row_json(void *arg, const json_t *row)
{
	struct list *list = arg;

	(void)fputs(list->n++ == 0 ? "[\n" : ",\n", stdout);
	return show_json(row);
}

static int
row_tabs(void *arg, const json_t *row)
{
	struct list *list = arg;

	for (size_t i = 0; list->columns[i].key != NULL; i++) {
		char *text = show_text(row, list->columns[i].key);

		if (text == NULL)
			return EXIT_FAILED;
		(void)printf("%s%s", i > 0 ? "\t" : "", text);
		free(text);
	}
	list->n++;
	(void)putchar('\n');
	return EXIT_DONE;
}

static int
row_keep(void *arg, const json_t *row)
{
	struct list *list = arg;

	list->n++;
	return json_array_append(list->rows, (json_t *)(uintptr_t)row) == 0 ?
	    EXIT_DONE : EXIT_FAILED;
}

/* How a terminal shows a column; anything else is text, which may shrink. */
static const struct shape {
	const char	*key;
	char		 how;		/* k(ept whole) t(ime) n(umber)
					 * e(mpty: not shown; else whole) */
	char		 given_up;	/* 1: first, when there is no room */
} shapes[] = {
	{ "id", 'k', 0 }, { "document", 'k', 0 }, { "case", 'k', 0 },
	{ "contact", 'k', 0 }, { "state", 'k', 0 }, { "status", 'k', 0 },
	{ "at", 't', 0 }, { "happened_at", 't', 0 },
	{ "seq", 'n', 0 }, { "size", 'n', 0 }, { "count", 'n', 0 },
	{ "waiting_days", 'n', 0 }, { "waiting", 'n', 0 },
	{ "cases", 'n', 0 }, { "open_cases", 'n', 0 },
	{ "arrivals", 'n', 0 }, { "new", 'n', 0 }, { "again", 'n', 0 },
	{ "filed", 'n', 0 }, { "triage", 'n', 0 }, { "undecided", 'n', 0 },
	{ "unread", 'n', 0 }, { "refused", 'n', 0 }, { "last_at", 't', 0 },
	{ "marks", 'e', 0 }, { "order", 'n', 0 },
	{ "treatment", 'k', 0 }, { "change", 'k', 0 },
	{ "bates_first", 'k', 0 }, { "why", 'k', 0 },
	{ "silent", 'k', 0 }, { "quiet", 'k', 0 }, { "rhythm", 'k', 1 },
	{ "arrivals|copies", 'n', 1 },	/* of lists of documents */
	{ "direction", 'k', 2 }, { "channel", 'k', 3 }, { "actor", 'k', 4 },
	{ "kind", 'k', 5 }, { "sha256", 0, 6 }, { "chain", 0, 7 },
	{ "client", 'k', 8 }, { "certainty", 'k', 9 }, { "asked", 'k', 10 }
};

#define TEXT_LEAST 10		/* columns left to a text */

static const struct shape *
shape_of(const struct column *column)
{
	static const struct shape text = { NULL, 0, 0 };

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (strcmp(shapes[i].key, column->key) == 0)
			return &shapes[i];
	}
	return &text;
}

/* A cell as a terminal shows it; caller frees. */
static char *
cell_text(enum lang lang, const struct column *column, const json_t *row)
{
	char when[TERM_WHEN], *text;

	if (shape_of(column)->how != 't') {
		text = show_text(row, column->key);
		return text != NULL ? words_text(lang, column->key, text) :
		    NULL;
	}
	term_when(json_string_value(json_object_get(row, column->key)),
	    json_string_value(json_object_get(row, "happened_precision")),
	    when);
	return strdup(when);
}

struct table {
	const struct list	*list;
	size_t			 n;
	size_t			 width[SHOW_COLUMNS];	/* 0: not shown */
};

static void
measure(struct table *table)
{
	const struct list *list = table->list;
	const json_t *row;
	size_t i;

	json_array_foreach(list->rows, i, row) {
		for (size_t k = 0; k < table->n; k++) {
			char *text = cell_text(list->cmd->lang,
			    &list->columns[k], row);
			size_t w = text != NULL ?
			    text_width(text, strlen(text)) : 0;

			if (w > table->width[k])
				table->width[k] = w;
			free(text);
		}
	}
	for (size_t k = 0; k < table->n; k++) {
		const char *head = say_text(list->cmd->lang,
		    list->columns[k].head);
		size_t w = text_width(head, strlen(head));

		if (shape_of(&list->columns[k])->how == 'e' &&
		    table->width[k] == 0)
			continue;
		if (w > table->width[k])
			table->width[k] = w;
	}
}

static size_t
table_width(const struct table *table)
{
	size_t sum = 0;

	for (size_t k = 0; k < table->n; k++)
		sum += table->width[k] > 0 ? table->width[k] + SHOW_GAP : 0;
	return sum > 0 ? sum - SHOW_GAP : 0;
}

/* The widest text gives way; 0 when none is left that could. */
static int
shrink(struct table *table)
{
	size_t widest = table->n;

	for (size_t k = 0; k < table->n; k++) {
		if (shape_of(&table->list->columns[k])->how == 0 &&
		    table->width[k] > TEXT_LEAST && (widest == table->n ||
		    table->width[k] > table->width[widest]))
			widest = k;
	}
	if (widest == table->n)
		return 0;
	table->width[widest]--;
	return 1;
}

/* The column that is missed least is left out; 0 when all others matter. */
static int
give_up(struct table *table)
{
	size_t least = table->n;
	int rank = 0;

	for (size_t k = 0; k < table->n; k++) {
		int up = shape_of(&table->list->columns[k])->given_up;

		if (up > 0 && table->width[k] > 0 && (rank == 0 || up < rank)) {
			rank = up;
			least = k;
		}
	}
	if (least == table->n)
		return 0;
	table->width[least] = 0;
	return 1;
}

static void
print_cells(const struct table *table, const json_t *row)
{
	const struct list *list = table->list;
	size_t last = table->n;

	while (last > 0 && table->width[last - 1] == 0)
		last--;
	for (size_t k = 0; k < last; k++) {
		const struct column *column = &list->columns[k];
		char *text = row != NULL ? cell_text(list->cmd->lang,
		    column, row) :
		    strdup(say_text(list->cmd->lang, column->head));
		size_t w = text != NULL ? text_width(text, strlen(text)) : 0;

		if (table->width[k] == 0 || text == NULL) {
			free(text);
			continue;
		}
		if (shape_of(column)->how == 'n' && w < table->width[k])
			term_pad(table->width[k] - w);
		term_cell(text, table->width[k], k < last - 1 &&
		    shape_of(column)->how != 'n');
		term_pad(k < last - 1 ? SHOW_GAP : 0);
		free(text);
	}
}

static void
print_table(const struct list *list, int room)
{
	struct table table = { .list = list };
	const json_t *row;
	size_t i;

	while (list->columns[table.n].key != NULL && table.n < SHOW_COLUMNS)
		table.n++;
	measure(&table);
	while (table_width(&table) > (size_t)room && shrink(&table))
		;
	while (table_width(&table) > (size_t)room && give_up(&table))
		;
	term_style(TERM_BOLD);
	print_cells(&table, NULL);
	term_style(TERM_PLAIN);
	(void)putchar('\n');
	json_array_foreach(list->rows, i, row) {
		print_cells(&table, row);
		(void)putchar('\n');
	}
}

/* 0: no limit was given. */
static int
read_limit(const struct cmd *cmd, long *limit_r)
{
	const char *text = cmd_opt(cmd, "limit");
	char *end = NULL;

	*limit_r = text != NULL ? strtol(text, &end, 10) : 0;
	if (text != NULL && (*end != '\0' || *limit_r <= 0))
		return cmd_fail(cmd, EXIT_USAGE, SAY_CLI_NO_NUMBER, "--limit",
		    text);
	return EXIT_DONE;
}

int
show_list(const struct cmd *cmd, struct call *call,
    const struct column columns[], enum say_key empty)
{
	struct list list = { cmd, columns, NULL, 0 };
	int room = term_width(), code;
	long limit;

	if ((code = read_limit(cmd, &limit)) != EXIT_DONE)
		return code;
	if (cmd->json) {
		code = call_list(call, limit, row_json, &list);
		if (code == EXIT_DONE)
			(void)puts(list.n == 0 ? "[]" : "\n]");
		return code;
	}
	if (room == 0)
		return call_list(call, limit, row_tabs, &list);
	if ((list.rows = json_array()) == NULL)
		return EXIT_FAILED;
	code = call_list(call, limit, row_keep, &list);
	if (code == EXIT_DONE && list.n > 0)
		code = term_zone(cmd);
	if (code == EXIT_DONE && list.n > 0)
		print_table(&list, room);
	else if (code == EXIT_DONE)
		(void)fprintf(stderr, "%s\n", say_text(cmd->lang, empty));
	json_decref(list.rows);
	return code;
}

int
show_rows(const struct cmd *cmd, json_t *rows, const struct column columns[])
{
	struct list list = { cmd, columns, rows, json_array_size(rows) };
	int room = term_width(), code = EXIT_DONE;
	const json_t *row;
	size_t i;

	if (room == 0) {
		json_array_foreach(rows, i, row)
			if ((code = row_tabs(&list, row)) != EXIT_DONE)
				break;
		return code;
	}
	if ((code = term_zone(cmd)) == EXIT_DONE)
		print_table(&list, room);
	return code;
}

/* "likely K-2026-0001 Lease dispute: The address is known ..." */
void
show_suggestion(const json_t *s)
{
	static const char *const names[] = { "certainty", "case",
	    "case_title", "client", "client_name", "title", "words" };

	(void)printf("   ");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *text = show_text(s, names[i]);

		if (text != NULL && text[0] != '\0')
			(void)printf(i < 5 ? " %s" : i == 5 ? ": %s" :
			    " (%s)", text);
		free(text);
	}
	(void)putchar('\n');
}

/* ---- progress ------------------------------------------------------- */

#define PROGRESS_WIDTH 30

static uint64_t
milliseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void
show_progress(const struct cmd *cmd, enum say_key what, uint64_t done,
    uint64_t total)
{
	static uint64_t last;	/* when the line was drawn, in milliseconds */
	uint64_t now = milliseconds();

	if (!isatty(STDERR_FILENO) || (done < total && now - last < 100))
		return;
	last = now;
	(void)fprintf(stderr, "\r%s ", say_text(cmd->lang, what));
	if (total > 0) {
		(void)fputc('[', stderr);
		for (unsigned i = 0; i < PROGRESS_WIDTH; i++)
			(void)fputc(i < done * PROGRESS_WIDTH / total ?
			    '#' : '.', stderr);
		(void)fprintf(stderr, "] %llu/%llu",
		    (unsigned long long)done, (unsigned long long)total);
	} else {
		(void)fprintf(stderr, "%llu", (unsigned long long)done);
	}
	(void)fflush(stderr);
}

void
show_progress_end(void)
{
	if (isatty(STDERR_FILENO))
		(void)fputc('\n', stderr);
}
