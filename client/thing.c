/* SPDX-License-Identifier: ISC */
/*
 * thing: one object as lines of name and value: on a terminal in the words
 * that people read, in a pipe under the names of the API.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/show.h"
#include "client/term.h"
#include "client/words.h"
#include "proto/base/text.h"

#define NAME_WIDTH 20

struct thing {
	enum lang	 lang;
	int		 people;	/* 0: names and words of the API */
};

static const char *
name_of(const struct thing *t, const char *key)
{
	return t->people ? words_member(t->lang, key) : key;
}

static void
print_name(const char *name, unsigned indent)
{
	size_t width = indent + text_width(name, strlen(name));

	(void)printf("%*s%s", (int)indent, "", name);
	term_pad(width < NAME_WIDTH ? NAME_WIDTH + 2 - width : 2);
}

static void
print_value(const struct thing *t, const char *key, const json_t *value)
{
	char *text = show_value(value);

	if (text != NULL && t->people)
		text = words_text(t->lang, key, text);
	(void)puts(text != NULL ? text : "");
	free(text);
}

static void
print_member(const struct thing *t, const char *key, const json_t *value,
    unsigned indent)
{
	const json_t *element;
	const char *name;
	size_t i;

	if (json_is_object(value)) {
		(void)printf("%*s%s:\n", (int)indent, "", name_of(t, key));
		json_object_foreach((json_t *)(uintptr_t)value, name, element)
			print_member(t, name, element, indent + 2);
		return;
	}
	if (json_is_array(value) && json_is_object(json_array_get(value, 0))) {
		(void)printf("%*s%s:\n", (int)indent, "", name_of(t, key));
		json_array_foreach(value, i, element)
			print_member(t, "-", element, indent + 2);
		return;
	}
	if (t->people && json_is_array(value) && json_array_size(value) == 0)
		return;
	print_name(name_of(t, key), indent);
	print_value(t, key, value);
}

int
show_thing(const struct cmd *cmd, const json_t *thing)
{
	struct thing t = { cmd->lang, term_width() > 0 };
	const json_t *value;
	const char *key;

	if (cmd->json) {
		int code = show_json(thing);

		(void)putchar('\n');
		return code;
	}
	json_object_foreach((json_t *)(uintptr_t)thing, key, value)
		print_member(&t, key, value, 0);
	return EXIT_DONE;
}
