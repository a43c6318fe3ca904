/* SPDX-License-Identifier: ISC */
/* message_id: finds one header, unfolds it, and takes what is within <>. */
#include "proto/wire/message_id.h"

#include <string.h>
#include <strings.h>

#include "proto/base/text.h"

static int
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What stands between < and > of the value, or all of it. */
static void
narrow(const char **p_r, size_t *n_r)
{
	const char *p = *p_r, *end = p + *n_r, *open, *close, *again;

	if ((open = memchr(p, '<', *n_r)) == NULL ||
	    (close = memchr(open, '>', (size_t)(end - open))) == NULL)
		return;
	while ((again = memchr(open + 1, '<', (size_t)(close - open - 1))) !=
	    NULL)
		open = again;
	*p_r = open + 1;
	*n_r = (size_t)(close - open - 1);
}

int
message_id_clean(const char *p, size_t n, struct buf *out)
{
	struct buf bare = BUF_INIT;
	size_t before = out->len;
	int found = 0;

	narrow(&p, &n);
	for (size_t i = 0; i < n && bare.len <= MESSAGE_ID_MAX; i++)
		if (!is_blank(p[i]) && p[i] != '<' && p[i] != '>')
			buf_addc(&bare, (uint8_t)p[i] < ' ' || p[i] == 127 ?
			    ' ' : p[i]);
	if (bare.len > 0 && bare.len <= MESSAGE_ID_MAX && !buf_failed(&bare)) {
		text_clean(out, (const char *)bare.data, bare.len);
		found = out->len - before <= MESSAGE_ID_MAX;
		if (!found)
			out->len = before;
	}
	buf_release(&bare);
	return found && !buf_failed(out);
}

/* The end of a line, behind its LF. */
static const char *
line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	return nl != NULL ? nl + 1 : end;
}

int
message_id_find(const char *p, size_t len, struct buf *out)
{
	static const char name[] = "message-id";
	const char *end = p + len, *next;
	size_t n = sizeof(name) - 1;

	for (; p < end && *p != '\n' && *p != '\r'; p = next) {
		next = line_end(p, end);
		while (next < end && (*next == ' ' || *next == '\t'))
			next = line_end(next, end);
		if ((size_t)(next - p) <= n || strncasecmp(p, name, n) != 0)
			continue;
		for (p += n; p < next && (*p == ' ' || *p == '\t'); p++)
			;
		if (p < next && *p == ':')
			return message_id_clean(p + 1, (size_t)(next - p - 1),
			    out);
	}
	return 0;
}
