/* SPDX-License-Identifier: ISC */
/*
 * show: see show.h.  Data goes to stdout, all else to stderr.  It must never
 * shorten what goes into a pipe or let text from outside reach the terminal
 * with control characters in it.
 */
#include "client/show.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "proto/base/text.h"

#define SHOW_GAP 2		/* spaces between columns */
#define SHOW_COLUMNS 12

static int
terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

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
		buf_adds(out, json_string_value(value));
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

/* Tabs, line ends and other controls become spaces: one row, one line. */
static void
tame(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p != '\0'; p++) {
		if (*p < 0x20 || *p == 0x7f)
			*p = ' ';
		else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			p[0] = p[1] = ' ';	/* C1 controls */
	}
}

char *
show_text(const json_t *row, const char *key)
{
	struct buf out = BUF_INIT;
	char *text;

	add_value(&out, json_object_get(row, key));
	text = buf_failed(&out) ? NULL : strdup(buf_str(&out));
	buf_release(&out);
	if (text != NULL)
		tame(text);
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

static void
print_cell(const char *text, size_t width, int last)
{
	size_t len = strlen(text), columns = text_width(text, len);

	if (columns > width) {
		while (len > 0 && text_width(text, len) >= width)
			len = text_cut(text, len, len - 1);
		(void)printf("%.*s…", (int)len, text);
		columns = text_width(text, len) + 1;
	} else {
		(void)fputs(text, stdout);
	}
	for (; !last && columns < width + SHOW_GAP; columns++)
		(void)putchar(' ');
}

/* The widest column gives way until the table fits. */
static void
fit(size_t width[], size_t n, size_t room)
{
	for (;;) {
		size_t sum = (n - 1) * SHOW_GAP, widest = 0;

		for (size_t i = 0; i < n; i++) {
			sum += width[i];
			if (width[i] > width[widest])
				widest = i;
		}
		if (sum <= room || width[widest] <= 8)
			return;
		width[widest]--;
	}
}

static void
measure(const struct list *list, size_t width[], size_t n)
{
	const json_t *row;
	size_t i;

	for (size_t k = 0; k < n; k++) {
		const char *head = say_text(list->cmd->lang,
		    list->columns[k].head);

		width[k] = text_width(head, strlen(head));
	}
	json_array_foreach(list->rows, i, row) {
		for (size_t k = 0; k < n; k++) {
			char *text = show_text(row, list->columns[k].key);
			size_t w = text != NULL ?
			    text_width(text, strlen(text)) : 0;

			if (w > width[k])
				width[k] = w;
			free(text);
		}
	}
}

static void
print_table(const struct list *list, int room)
{
	size_t width[SHOW_COLUMNS], n = 0, i;
	const json_t *row;

	while (list->columns[n].key != NULL && n < SHOW_COLUMNS)
		n++;
	measure(list, width, n);
	fit(width, n, (size_t)room);
	for (size_t k = 0; k < n; k++)
		print_cell(say_text(list->cmd->lang, list->columns[k].head),
		    width[k], k == n - 1);
	(void)putchar('\n');
	json_array_foreach(list->rows, i, row) {
		for (size_t k = 0; k < n; k++) {
			char *text = show_text(row, list->columns[k].key);

			print_cell(text != NULL ? text : "", width[k],
			    k == n - 1);
			free(text);
		}
		(void)putchar('\n');
	}
}

int
show_list(const struct cmd *cmd, struct call *call,
    const struct column columns[], enum say_key empty)
{
	struct list list = { cmd, columns, NULL, 0 };
	const char *given = cmd_opt(cmd, "limit");
	long limit = given != NULL ? strtol(given, NULL, 10) : 0;
	int room = terminal_width(), code;

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
		print_table(&list, room);
	else if (code == EXIT_DONE)
		(void)fprintf(stderr, "%s\n", say_text(cmd->lang, empty));
	json_decref(list.rows);
	return code;
}

/* ---- one thing ------------------------------------------------------ */

static void
print_member(const char *key, const json_t *value, unsigned indent)
{
	struct buf out = BUF_INIT;
	const json_t *element;
	const char *name;
	size_t i;

	if (json_is_object(value)) {
		(void)printf("%*s%s:\n", (int)indent, "", key);
		json_object_foreach((json_t *)(uintptr_t)value, name, element)
			print_member(name, element, indent + 2);
		return;
	}
	if (json_is_array(value) && json_is_object(json_array_get(value, 0))) {
		(void)printf("%*s%s:\n", (int)indent, "", key);
		json_array_foreach(value, i, element)
			print_member("-", element, indent + 2);
		return;
	}
	add_value(&out, value);
	if (!buf_failed(&out)) {
		char *text = strdup(buf_str(&out));

		if (text != NULL) {
			tame(text);
			(void)printf("%*s%-*s  %s\n", (int)indent, "",
			    20 - (int)indent, key, text);
		}
		free(text);
	}
	buf_release(&out);
}

int
show_thing(const struct cmd *cmd, const json_t *thing)
{
	const json_t *value;
	const char *key;

	if (cmd->json) {
		int code = show_json(thing);

		(void)putchar('\n');
		return code;
	}
	json_object_foreach((json_t *)(uintptr_t)thing, key, value)
		print_member(key, value, 0);
	return EXIT_DONE;
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
