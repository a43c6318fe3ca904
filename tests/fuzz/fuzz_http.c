/* SPDX-License-Identifier: ISC */
/*
 * fuzz_http: a stream of requests read whole and in pieces says the same.
 */
#include "proto/wire/http.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct owner {
	struct http	http;
	struct buf	read;
	int		in_body;
	int		bad;
};

static void
note_head(struct owner *o)
{
	const struct http *h = &o->http;

	buf_adds(&o->read, h->path);
	for (unsigned i = 0; i < h->nsegments; i++)
		buf_adds(&o->read, h->segment[i]);
	for (unsigned i = 0; i < h->npairs; i++) {
		buf_adds(&o->read, h->query[i].name);
		buf_adds(&o->read, h->query[i].value);
	}
	for (unsigned i = 0; i < h->nheaders; i++) {
		buf_adds(&o->read, h->header[i].name);
		buf_adds(&o->read, h->header[i].value);
	}
	buf_addu(&o->read, h->length);
}

static int
step(struct owner *o, const uint8_t *p, size_t len, size_t *used)
{
	const uint8_t *data;
	size_t n;
	int rc;

	if (!o->in_body) {
		rc = http_head(&o->http, p, len, used);
		if (rc == 1) {
			note_head(o);
			http_limit(&o->http, 100000);
			o->in_body = 1;
		}
		return rc;
	}
	rc = http_body(&o->http, p, len, used, &data, &n);
	if (n > 0 && (data < p || data + n > p + len))
		abort();
	buf_add(&o->read, data, n);
	if (rc == 1) {
		buf_addc(&o->read, '\n');
		http_next(&o->http);
		o->in_body = 0;
	}
	return rc;
}

static void
feed(struct owner *o, const uint8_t *p, size_t len)
{
	while (!o->bad) {
		size_t used;
		int rc = step(o, p, len, &used);

		if (used > len)
			abort();
		p += used;
		len -= used;
		if (rc == -1) {
			buf_addi(&o->read, o->http.status);
			o->bad = 1;
		}
		if (len == 0 && (rc != 1 || !o->in_body))
			break;
	}
}

static void
talk(struct owner *o, const uint8_t *p, size_t len, size_t piece)
{
	memset(o, 0, sizeof *o);
	http_init(&o->http);
	while (len > 0) {
		size_t n = len < piece ? len : piece;

		feed(o, p, n);
		p += n;
		len -= n;
	}
	http_release(&o->http);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct owner whole, pieces;

	talk(&whole, data, len, len > 0 ? len : 1);
	talk(&pieces, data, len, 1 + len % 7);
	if (whole.read.len != pieces.read.len ||
	    (whole.read.len > 0 && memcmp(whole.read.data, pieces.read.data,
	    whole.read.len) != 0))
		abort();
	buf_release(&whole.read);
	buf_release(&pieces.read);
	return 0;
}
