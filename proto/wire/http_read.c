/* SPDX-License-Identifier: ISC */
/*
 * http_read: what the lines of a request say.  Every byte that may stand in
 * a place is allowed by name; all else is refused.
 */
#include "proto/wire/http_own.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "proto/base/text.h"

static const char *const method_table[HTTP_METHODS] = {
	[HTTP_GET]	= "GET",
	[HTTP_HEAD]	= "HEAD",
	[HTTP_POST]	= "POST",
	[HTTP_PUT]	= "PUT",
	[HTTP_PATCH]	= "PATCH",
	[HTTP_DELETE]	= "DELETE",
	[HTTP_OPTIONS]	= "OPTIONS",
};

const char *
http_method_name(enum http_method method)
{
	return method_table[method];
}

/*
 * The texts of a request lie in one buffer that is reserved once, before the
 * first of them, so that they never move: a target is stored as path and in
 * pieces, each of which has a NUL for at least one byte of the wire, and a
 * pair without "=" one more.
 */
#define TEXT_MAX (3 * LIMIT_HTTP_LINE + LIMIT_HTTP_HEAD)

static const char *
keep(struct http *h, const char *p, size_t len)
{
	size_t start = h->text.len;

	assert(h->text.len + len + 1 <= h->text.cap);
	buf_add(&h->text, p, len);
	buf_addc(&h->text, 0);
	return (const char *)h->text.data + start;
}

/* Percent-decoded; NULL if it is not UTF-8 without NUL and controls. */
static const char *
keep_decoded(struct http *h, const char *p, size_t len)
{
	size_t start = h->text.len;
	const char *text;

	if (text_unpercent(&h->text, p, len) == -1)
		return NULL;
	len = h->text.len - start;
	buf_addc(&h->text, 0);
	text = (const char *)h->text.data + start;
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)text[i] < 0x20 && text[i] != '\t' &&
		    text[i] != '\n' && text[i] != '\r')
			return NULL;
	return text_is_utf8(text, len) ? text : NULL;
}

static int
is_token(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* RFC 3986: what stands by itself in a path or query. */
static int
is_target(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') ||
	    (c != '\0' && strchr("-._~%!$&'()*+,;=:@/?", c) != NULL);
}

static int
read_method(struct http *h, const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_token(p[i]))
			return http_bad(h, 400, "method is no token");
	for (unsigned i = 0; i < HTTP_METHODS; i++) {
		if (strlen(method_table[i]) == len &&
		    memcmp(method_table[i], p, len) == 0) {
			h->method = (enum http_method)i;
			return 0;
		}
	}
	return len > 0 ? http_bad(h, 501, "method is not known") :
	    http_bad(h, 400, "no method");
}

static int
read_version(struct http *h, const char *p, size_t len)
{
	if (len != 8 || memcmp(p, "HTTP/", 5) != 0 || p[6] != '.' ||
	    p[5] < '0' || p[5] > '9' || p[7] < '0' || p[7] > '9')
		return http_bad(h, 400, "no HTTP version");
	if (memcmp(p + 5, "1.1", 3) != 0)
		return http_bad(h, 505, "HTTP version is not 1.1");
	return 0;
}

static int
read_segments(struct http *h, const char *p, size_t len)
{
	const char *end = p + len;

	while (p < end) {
		const char *start = ++p, *text;

		while (p < end && *p != '/')
			p++;
		if (len == 1)
			break;
		if (h->nsegments == HTTP_SEGMENTS)
			return http_bad(h, 414, "too many path segments");
		text = keep_decoded(h, start, (size_t)(p - start));
		if (text == NULL)
			return http_bad(h, 400, "bad escape in path");
		if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
			return http_bad(h, 400, "dot segment in path");
		h->segment[h->nsegments++] = text;
	}
	return 0;
}

static int
read_pair(struct http *h, const char *p, size_t len)
{
	const char *eq = memchr(p, '=', len);
	size_t n = eq ? (size_t)(eq - p) : len;
	struct http_pair *pair = &h->query[h->npairs];

	if (len == 0)
		return 0;
	if (h->npairs == HTTP_PAIRS)
		return http_bad(h, 414, "too many query parameters");
	pair->name = keep_decoded(h, p, n);
	pair->value = eq ? keep_decoded(h, eq + 1, len - n - 1) :
	    keep(h, "", 0);
	if (pair->name == NULL || pair->value == NULL)
		return http_bad(h, 400, "bad escape in query");
	h->npairs++;
	return 0;
}

static int
read_query(struct http *h, const char *p, size_t len)
{
	while (len > 0) {
		const char *amp = memchr(p, '&', len);
		size_t n = amp ? (size_t)(amp - p) : len;

		if (read_pair(h, p, n) == -1)
			return -1;
		n += amp != NULL;
		p += n;
		len -= n;
	}
	return 0;
}

static int
read_target(struct http *h, const char *p, size_t len)
{
	const char *mark;
	size_t n;

	if (len == 0 || p[0] != '/')
		return http_bad(h, 400, "target does not begin with /");
	for (size_t i = 0; i < len; i++)
		if (!is_target(p[i]))
			return http_bad(h, 400, "bad byte in target");
	mark = memchr(p, '?', len);
	n = mark ? (size_t)(mark - p) : len;
	h->path = keep(h, p, n);
	if (read_segments(h, p, n) == -1)
		return -1;
	return mark ? read_query(h, mark + 1, len - n - 1) : 0;
}

int
http_request_line(struct http *h, const char *p, size_t len)
{
	const char *first = memchr(p, ' ', len);
	const char *last = memrchr(p, ' ', len);

	if (first == NULL || first == last)
		return http_bad(h, 400, "request line has no three parts");
	if (buf_reserve(&h->text, TEXT_MAX) == NULL)
		return http_bad(h, 503, "no memory");
	h->keep_alive = 1;
	if (read_method(h, p, (size_t)(first - p)) == -1 ||
	    read_version(h, last + 1, (size_t)(p + len - last) - 1) == -1)
		return -1;
	h->state = HEADERS;
	return read_target(h, first + 1, (size_t)(last - first) - 1);
}

int
http_is_value(char c)
{
	return (uint8_t)c >= 0x20 ? c != 0x7f : c == '\t';
}

int
http_header_line(struct http *h, const char *p, size_t len)
{
	const char *colon = memchr(p, ':', len);
	size_t n = colon ? (size_t)(colon - p) : 0;
	struct http_pair *pair = &h->header[h->nheaders];
	char *name;

	if (n == 0)
		return http_bad(h, 400, "header line without a name");
	if (h->nheaders == LIMIT_HTTP_HEADERS)
		return http_bad(h, 431, "too many header lines");
	for (size_t i = 0; i < n; i++)	/* also obs-fold and "Host :" */
		if (!is_token(p[i]))
			return http_bad(h, 400, "bad byte in header name");
	for (size_t i = n + 1; i < len; i++)
		if (!http_is_value(p[i]))
			return http_bad(h, 400, "bad byte in header value");
	pair->name = keep(h, p, n);
	name = (char *)h->text.data + (h->text.len - n - 1);
	for (; *name != '\0'; name++)
		if (*name >= 'A' && *name <= 'Z')
			*name = (char)(*name - 'A' + 'a');
	p += n + 1;
	len -= n + 1;
	for (; len > 0 && (*p == ' ' || *p == '\t'); len--)
		p++;
	while (len > 0 && (p[len - 1] == ' ' || p[len - 1] == '\t'))
		len--;
	pair->value = keep(h, p, len);
	h->nheaders++;
	return 0;
}

static int
on_host(struct http *h, const char *value)
{
	if (h->host != NULL)
		return http_bad(h, 400, "more than one Host");
	if (value[0] == '\0' || value[strcspn(value, " \t,/?#@\\\"<>")] != '\0')
		return http_bad(h, 400, "bad Host");
	h->host = value;
	return 0;
}

static int
on_length(struct http *h, const char *value)
{
	size_t n = strlen(value);

	if (h->has_length)
		return http_bad(h, 400, "more than one Content-Length");
	if (n == 0 || n > 18 || strspn(value, "0123456789") != n)
		return http_bad(h, 400, "bad Content-Length");
	h->has_length = 1;
	for (; *value != '\0'; value++)
		h->length = h->length * 10 + (uint64_t)(*value - '0');
	return 0;
}

static int
on_transfer(struct http *h, const char *value)
{
	if (h->chunked)
		return http_bad(h, 400, "more than one Transfer-Encoding");
	if (strcasecmp(value, "chunked") != 0)
		return http_bad(h, 501, "Transfer-Encoding is not chunked");
	h->chunked = 1;
	return 0;
}

static int
on_expect(struct http *h, const char *value)
{
	if (strcasecmp(value, "100-continue") != 0)
		return http_bad(h, 417, "expectation is not known");
	h->expect = 1;
	return 0;
}

static int
on_connection(struct http *h, const char *value)
{
	while (*value != '\0') {
		size_t n = strcspn(value, ", \t");

		if (n == 5 && strncasecmp(value, "close", 5) == 0)
			h->keep_alive = 0;
		value += n;
		value += strspn(value, ", \t");
	}
	return 0;
}

static const struct {
	const char	*name;
	int		(*act)(struct http *, const char *);
} header_table[] = {
	{ "host", on_host },
	{ "content-length", on_length },
	{ "transfer-encoding", on_transfer },
	{ "expect", on_expect },
	{ "connection", on_connection },
};

static int
http_heed(struct http *h, const struct http_pair *pair)
{
	for (size_t i = 0; i < sizeof header_table / sizeof *header_table; i++)
		if (strcmp(header_table[i].name, pair->name) == 0)
			return header_table[i].act(h, pair->value);
	return 0;
}

int
http_headers_end(struct http *h)
{
	for (unsigned i = 0; i < h->nheaders; i++)
		if (http_heed(h, &h->header[i]) == -1)
			return -1;
	if (h->host == NULL)
		return http_bad(h, 400, "no Host");
	if (h->has_length && h->chunked)
		return http_bad(h, 400, "both Content-Length and chunked");
	return 0;
}
