/* SPDX-License-Identifier: ISC */
/*
 * csv: RFC 4180 as spreadsheets take it.  It must never let a value of a
 * stranger become a formula, nor lose a byte of it.
 */
#include "proto/out/csv.h"

#include <string.h>

#include "proto/base/text.h"

void
csv_begin(struct csv *c, struct buf *out)
{
	c->out = out;
	c->cells = 0;
	buf_adds(out, "\xef\xbb\xbf");
}

static void
csv_comma(struct csv *c)
{
	if (c->cells++ > 0)
		buf_addc(c->out, ',');
}

static int
is_formula(const char *text, size_t len)
{
	return len > 0 && memchr("=+-@\t\r", text[0], 6) != NULL;
}

static int
needs_quotes(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (memchr(",\"\r\n", text[i], 4) != NULL)
			return 1;
	return len > 0 && (text[0] == ' ' || text[len - 1] == ' ');
}

void
csv_celln(struct csv *c, const char *text, size_t len)
{
	int quotes = needs_quotes(text, len);

	csv_comma(c);
	if (quotes)
		buf_addc(c->out, '"');
	if (is_formula(text, len))
		buf_addc(c->out, '\'');
	while (len > 0) {
		const char *stop = memchr(text, '"', len);
		size_t n = stop ? (size_t)(stop - text) : len;

		text_clean(c->out, text, n);
		if (stop != NULL) {
			buf_adds(c->out, "\"\"");
			n++;
		}
		text += n;
		len -= n;
	}
	if (quotes)
		buf_addc(c->out, '"');
}

void
csv_cell(struct csv *c, const char *text)
{
	csv_celln(c, text ? text : "", text ? strlen(text) : 0);
}

void
csv_number(struct csv *c, int64_t v)
{
	csv_comma(c);
	buf_addi(c->out, v);
}

void
csv_line(struct csv *c)
{
	buf_adds(c->out, "\r\n");
	c->cells = 0;
}
