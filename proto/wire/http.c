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
#include "proto/wire/http_own.h"

#include <assert.h>
#include <string.h>

#include "proto/base/text.h"

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

int
http_bad(struct http *h, int status, const char *why)
{
	h->state = BAD;
	h->status = status;
	h->why = why;
	return -1;
}

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
http_headed(struct http *h)
{
	if (http_headers_end(h) == -1)
		return -1;
	h->left = h->length;
	h->state = READY;
	return 1;
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
		return http_request_line(h, line, len);
	}
	h->head_used += len + 2;
	if (len == 0)
		return http_headed(h);
	return http_header_line(h, line, len);
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
		if (!http_is_value(p[n]))
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
