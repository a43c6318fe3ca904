/* SPDX-License-Identifier: ISC */
/*
 * http: the strict request parser.  It must never guess where a request
 * ends: whatever two readers could read in two ways is refused.
 *
 *	state		takes				then
 *	START		request line (one empty line	HEADERS
 *			before it is let pass)
 *	HEADERS		header lines, empty line	READY
 *	READY		(http_head() gave 1)
 *	LENGTH		bytes of Content-Length		DONE
 *	CHUNK_LINE	size and extension		CHUNK, LAST at size 0
 *	CHUNK		bytes				CHUNK_END
 *	CHUNK_END	CRLF				CHUNK_LINE
 *	LAST		CRLF (a trailer is refused)	DONE
 *	BAD		nothing any more
 */
#include "proto/wire/http.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "proto/base/text.h"

enum {
	START, HEADERS, READY, LENGTH, CHUNK_LINE, CHUNK, CHUNK_END, LAST,
	DONE, BAD
};

static const char *const method_table[HTTP_METHODS] = {
	[HTTP_GET]	= "GET",
	[HTTP_HEAD]	= "HEAD",
	[HTTP_POST]	= "POST",
	[HTTP_PUT]	= "PUT",
	[HTTP_PATCH]	= "PATCH",
	[HTTP_DELETE]	= "DELETE",
	[HTTP_OPTIONS]	= "OPTIONS",
};

static const struct {
	int		 status;
	const char	*reason;
} reason_table[] = {
	{ 100, "Continue" }, { 200, "OK" }, { 201, "Created" },
	{ 202, "Accepted" }, { 204, "No Content" }, { 206, "Partial Content" },
	{ 304, "Not Modified" }, { 400, "Bad Request" },
	{ 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" },
	{ 405, "Method Not Allowed" }, { 406, "Not Acceptable" },
	{ 408, "Request Timeout" }, { 409, "Conflict" }, { 410, "Gone" },
	{ 411, "Length Required" }, { 412, "Precondition Failed" },
	{ 413, "Content Too Large" }, { 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" }, { 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" }, { 422, "Unprocessable Content" },
	{ 428, "Precondition Required" }, { 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" }, { 501, "Not Implemented" },
	{ 503, "Service Unavailable" }, { 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" },
};

const char *
http_method_name(enum http_method method)
{
	return method_table[method];
}

const char *
http_reason(int status)
{
	for (size_t i = 0; i < sizeof reason_table / sizeof *reason_table; i++)
		if (reason_table[i].status == status)
			return reason_table[i].reason;
	return "Unknown";
}

void
http_init(struct http *h)
{
	memset(h, 0, sizeof *h);
	h->body_max = UINT64_MAX;
}

void
http_release(struct http *h)
{
	buf_release(&h->line);
	buf_release(&h->text);
	http_init(h);
}

void
http_next(struct http *h)
{
	struct buf line = h->line, text = h->text;

	http_init(h);
	h->line = line;
	h->text = text;
	buf_clear(&h->line);
	buf_clear(&h->text);
}

void
http_limit(struct http *h, uint64_t max)
{
	h->body_max = max;
}

static int
http_bad(struct http *h, int status, const char *why)
{
	h->state = BAD;
	h->status = status;
	h->why = why;
	return -1;
}

/*
 * The texts of a request lie in one buffer that is reserved once, before the
 * first of them, so that they never move: no text is longer than its bytes
 * on the wire, and each of those is stored at most twice (path, segments).
 */
#define TEXT_MAX (3 * LIMIT_HTTP_LINE + 2 * LIMIT_HTTP_HEAD)

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

/* --- request line --- */

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

static int
read_request_line(struct http *h, const char *p, size_t len)
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

/* --- headers --- */

static int
is_value(char c)
{
	return (uint8_t)c >= 0x20 ? c != 0x7f : c == '\t';
}

static int
read_header(struct http *h, const char *p, size_t len)
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
		if (!is_value(p[i]))
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

static int
http_headed(struct http *h)
{
	for (unsigned i = 0; i < h->nheaders; i++)
		if (http_heed(h, &h->header[i]) == -1)
			return -1;
	if (h->host == NULL)
		return http_bad(h, 400, "no Host");
	if (h->has_length && h->chunked)
		return http_bad(h, 400, "both Content-Length and chunked");
	h->left = h->length;
	h->state = READY;
	return 1;
}

/* --- lines --- */

/*
 * Takes bytes up to a CRLF into h->line.  1: a line is there (without its
 * end), 0: more, -1: a bare LF, or longer than max bytes with its end.
 */
static int
take_line(struct http *h, const char *p, size_t len, size_t max,
    size_t *used_r)
{
	const char *lf = len ? memchr(p, '\n', len) : NULL;
	size_t n = lf ? (size_t)(lf - p) + 1 : len;

	*used_r = n;
	if (n > max - h->line.len || (lf == NULL && h->line.len + n >= max))
		return -1;
	buf_add(&h->line, p, n);
	if (buf_failed(&h->line))
		return http_bad(h, 503, "no memory");
	if (lf == NULL)
		return 0;
	if (h->line.len < 2 || h->line.data[h->line.len - 2] != '\r')
		return http_bad(h, 400, "bare LF");
	h->line.len -= 2;
	return 1;
}

static int
head_line(struct http *h, const char *p, size_t len, size_t *used_r)
{
	size_t left = LIMIT_HTTP_HEAD - h->head_used;
	int rc = take_line(h, p, len, h->state == START ? LIMIT_HTTP_LINE :
	    left, used_r);

	if (rc == -1 && h->state == START)	/* not BAD: too long */
		return http_bad(h, 414, "request line is too long");
	if (rc == -1 && h->state == HEADERS)
		return http_bad(h, 431, "header is too long");
	return rc;
}

static int
head_read(struct http *h)
{
	const char *line = (const char *)h->line.data;
	size_t len = h->line.len;

	if (h->state == START) {
		/* RFC 9112, 2.2: one empty line before a request. */
		if (len == 0 && h->head_used == 0) {
			h->head_used = 2;
			return 0;
		}
		h->head_used = 0;
		return read_request_line(h, line, len);
	}
	h->head_used += len + 2;
	if (len == 0)
		return http_headed(h);
	return read_header(h, line, len);
}

int
http_head(struct http *h, const void *bytes, size_t len, size_t *used_r)
{
	const char *p = bytes;

	*used_r = 0;
	if (h->state == BAD)
		return -1;
	assert(h->state <= HEADERS);
	while (len > 0) {
		size_t n;
		int rc = head_line(h, p, len, &n);

		p += n;
		len -= n;
		*used_r += n;
		if (rc == 1) {
			rc = head_read(h);
			buf_clear(&h->line);
		}
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* --- body --- */

static int
chunk_size(struct http *h, uint64_t *size_r)
{
	const char *p = (const char *)h->line.data;
	size_t len = h->line.len, n = 0;
	uint64_t v = 0;
	uint8_t digit[1];

	for (; n < len && n < 15; n++) {
		char two[2] = { '0', p[n] };

		if (text_unhex(two, 2, digit) == -1)
			break;
		v = v << 4 | digit[0];
	}
	if (n == 0 || (n < len && p[n] != ';'))
		return http_bad(h, 400, "bad chunk size");
	for (; n < len; n++)
		if (!is_value(p[n]))
			return http_bad(h, 400, "bad chunk extension");
	*size_r = v;
	return 0;
}

static int
chunk_begin(struct http *h)
{
	uint64_t size;

	if (chunk_size(h, &size) == -1)
		return -1;
	if (size > h->body_max - h->body_used)
		return http_bad(h, 413, "body is too large");
	h->body_used += size;
	h->left = size;
	h->state = size > 0 ? CHUNK : LAST;
	return 0;
}

/* The lines between and behind chunks. */
static int
chunk_line(struct http *h, const char *p, size_t len, size_t *used_r)
{
	int rc = take_line(h, p, len, LIMIT_HTTP_CHUNK_LINE, used_r);

	if (rc == -1 && h->state != BAD)
		return http_bad(h, 400, "chunk line is too long");
	if (rc != 1)
		return rc;
	if (h->state == CHUNK_LINE) {
		rc = chunk_begin(h);
	} else if (h->line.len > 0) {
		rc = http_bad(h, 400, h->state == LAST ? "trailer" :
		    "chunk is longer than it says");
	} else {
		rc = h->state == LAST;
		h->state = h->state == LAST ? DONE : CHUNK_LINE;
	}
	buf_clear(&h->line);
	return rc;
}

/* Bytes of the body; 1 when what was left is all there. */
static int
take_bytes(struct http *h, const uint8_t *p, size_t len, size_t *used_r,
    const uint8_t **data_r, size_t *len_r)
{
	size_t n = h->left < len ? (size_t)h->left : len;

	*data_r = p;
	*len_r = n;
	*used_r += n;
	h->left -= n;
	return h->left == 0;
}

static int
body_begin(struct http *h)
{
	if (h->has_length && h->length > h->body_max)
		return http_bad(h, 413, "body is too large");
	h->state = h->chunked ? CHUNK_LINE : LENGTH;
	return 0;
}

int
http_body(struct http *h, const void *bytes, size_t len, size_t *used_r,
    const uint8_t **data_r, size_t *len_r)
{
	const uint8_t *p = bytes;
	int rc = 0;

	*used_r = 0;
	*data_r = p;
	*len_r = 0;
	if (h->state == BAD || (h->state == READY && body_begin(h) == -1))
		return -1;
	assert(h->state > READY);
	if (h->state == DONE)
		return 1;
	if (h->state == LENGTH) {
		rc = take_bytes(h, p, len, used_r, data_r, len_r);
		if (rc == 1)
			h->state = DONE;
		return rc;
	}
	while (rc == 0 && *used_r < len) {
		size_t n = 0;

		if (h->state == CHUNK) {
			if (take_bytes(h, p + *used_r, len - *used_r, used_r,
			    data_r, len_r))
				h->state = CHUNK_END;
			return 0;
		}
		rc = chunk_line(h, (const char *)p + *used_r, len - *used_r,
		    &n);
		*used_r += n;
	}
	return rc;
}

/* --- looking up --- */

const char *
http_header(const struct http *h, const char *name)
{
	const char *value = NULL;

	for (unsigned i = 0; i < h->nheaders; i++) {
		if (strcmp(h->header[i].name, name) != 0)
			continue;
		if (value != NULL)
			return NULL;
		value = h->header[i].value;
	}
	return value;
}

const char *
http_query(const struct http *h, const char *name)
{
	for (unsigned i = 0; i < h->npairs; i++)
		if (strcmp(h->query[i].name, name) == 0)
			return h->query[i].value;
	return NULL;
}
