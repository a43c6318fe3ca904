/* SPDX-License-Identifier: ISC */
/*
 * http: each stream of requests is read whole, byte by byte, and cut in two
 * at every place; what is read must be the same.
 */
#include "proto/wire/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The owner of a connection: writes down what it reads. */
struct owner {
	struct http	 http;
	struct buf	 read;
	int		 in_body;
	int		 bad;
	uint64_t	 limit;
};

static void
note_head(struct owner *o)
{
	const struct http *h = &o->http;

	buf_adds(&o->read, http_method_name(h->method));
	buf_adds(&o->read, " ");
	buf_adds(&o->read, h->path);
	for (unsigned i = 0; i < h->nsegments; i++) {
		buf_adds(&o->read, " /");
		buf_adds(&o->read, h->segment[i]);
	}
	for (unsigned i = 0; i < h->npairs; i++) {
		buf_adds(&o->read, i ? " &" : " ?");
		buf_adds(&o->read, h->query[i].name);
		buf_adds(&o->read, "=");
		buf_adds(&o->read, h->query[i].value);
	}
	for (unsigned i = 0; i < h->nheaders; i++) {
		if (strncmp(h->header[i].name, "x-", 2) != 0)
			continue;
		buf_adds(&o->read, " ");
		buf_adds(&o->read, h->header[i].name);
		buf_adds(&o->read, "=");
		buf_adds(&o->read, h->header[i].value);
	}
	buf_adds(&o->read, h->expect ? " expect" : "");
	buf_adds(&o->read, h->keep_alive ? "" : " close");
	buf_adds(&o->read, " [");
}

static int
owner_step(struct owner *o, const uint8_t *p, size_t len, size_t *used)
{
	const uint8_t *data;
	size_t n;
	int rc;

	if (!o->in_body) {
		rc = http_head(&o->http, p, len, used);
		if (rc == 1) {
			note_head(o);
			if (o->limit > 0)
				http_limit(&o->http, o->limit);
			o->in_body = 1;
		}
		return rc;
	}
	rc = http_body(&o->http, p, len, used, &data, &n);
	buf_add(&o->read, data, n);
	if (rc == 1) {
		buf_adds(&o->read, "]\n");
		http_next(&o->http);
		o->in_body = 0;
	}
	return rc;
}

static void
feed(struct owner *o, const char *bytes, size_t len)
{
	const uint8_t *p = (const uint8_t *)bytes;

	while (!o->bad) {
		size_t used;
		int rc = owner_step(o, p, len, &used);

		assert_true(used <= len);
		p += used;
		len -= used;
		if (rc == -1) {
			buf_addu(&o->read, (uint64_t)o->http.status);
			o->bad = 1;
		}
		if (len == 0 && (rc != 1 || !o->in_body))
			break;
	}
}

enum { WHOLE = -1, BYTES = -2 };

static void
check(const char *sent, size_t len, const char *want, uint64_t limit, int cut)
{
	struct owner o = { .limit = limit };

	http_init(&o.http);
	if (cut >= 0) {
		feed(&o, sent, (size_t)cut);
		feed(&o, sent + cut, len - (size_t)cut);
	} else if (cut == WHOLE) {
		feed(&o, sent, len);
	} else {
		for (size_t i = 0; i < len; i++)
			feed(&o, sent + i, 1);
	}
	if (strcmp(buf_str(&o.read), want) != 0)
		fail_msg("cut %d of\n%s\nread\n%s\nnot\n%s", cut, sent,
		    buf_str(&o.read), want);
	http_release(&o.http);
	buf_release(&o.read);
}

static void
check_cuts(const char *sent, size_t len, const char *want, uint64_t limit)
{
	check(sent, len, want, limit, WHOLE);
	check(sent, len, want, limit, BYTES);
	for (size_t cut = 0; cut <= len; cut++)
		check(sent, len, want, limit, (int)cut);
}

#define H "Host: a\r\n"
#define G "GET / HTTP/1.1\r\n" H
#define P "POST /x HTTP/1.1\r\n" H
#define PX "POST /x /x ["

struct stream {
	const char	*sent, *read;
};

static const struct stream good[] = {
	{ G "\r\n", "GET / []\n" },
	{ "\r\n" G "\r\n" G "\r\n", "GET / []\nGET / []\n" },
	{ "GET /a%20b/%e4%b8%ad//c/?q=1%2b2&x&y=+44&z==%26&& HTTP/1.1\r\n" H
	    "\r\n", "GET /a%20b/%e4%b8%ad//c/ /a b /\xe4\xb8\xad / /c / "
	    "?q=1+2 &x= &y=+44 &z==& []\n" },
	{ "HEAD /? HTTP/1.1\r\n" H "\r\n", "HEAD / []\n" },
	{ G "X-A:b\r\nx-B: \t c d \t\r\nX-c:\r\n\r\n",
	    "GET / x-a=b x-b=c d x-c= []\n" },
	{ P "Content-Length: 3\r\n\r\nabc" G "\r\n",
	    PX "abc]\nGET / []\n" },
	{ P "Content-Length: 0\r\n\r\n", PX "]\n" },
	{ P "content-length: 2\r\nExpect: 100-Continue\r\n"
	    "Connection: x, Close\r\n\r\nab",
	    "POST /x /x expect close [ab]\n" },
	{ P "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n00A;x=\"y\"\r\n"
	    "0123456789\r\n0\r\n\r\n" G "\r\n",
	    PX "abc0123456789]\nGET / []\n" },
	{ P "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", PX "]\n" },
	{ "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET / []\n" },
};

/* The first ten are the probes that the packaged server let pass. */
static const struct stream bad[] = {
	{ P "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", "400" },
	{ P "Transfer-Encoding: xchunked\r\n\r\n", "501" },
	{ P "Transfer-Encoding: chunked\r\n\r\n0x4\r\nabcd\r\n",
	    PX "400" },
	{ P "Content-Length: +4\r\n\r\nabcd", "400" },
	{ G "X: a\x01" "b\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\n\r\n", "400" },
	{ P "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "400" },
	{ P "Content-Length: -1\r\n\r\n", "400" },
	{ P "Transfer-Encoding: chunked\r\n\r\n-1\r\n", PX "400" },
	{ "GET / HTTP/1.1\n" H "\r\n", "400" },
	{ "GET / HTTP/1.1\r\nHost: a\n\r\n", "400" },
	{ G "\n", "400" },
	{ G "X: a\rb\r\n\r\n", "400" },
	{ G " folded\r\n\r\n", "400" }, { G "X: a\r\n\tb\r\n\r\n", "400" },
	{ G H "\r\n", "400" }, { "GET / HTTP/1.1\r\nHost:\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "400" },
	{ P "Content-Length: 3, 3\r\n\r\nabc", "400" },
	{ P "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", "400" },
	{ P "Content-Length:\r\n\r\n", "400" },
	{ P "Content-Length: 1234567890123456789\r\n\r\n", "400" },
	{ P "Transfer-Encoding: gzip, chunked\r\n\r\n", "501" },
	{ P "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
	    "400" },
	{ P "Transfer-Encoding: chunked\r\n\r\n3\nabc", PX "400" },
	{ P "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n", PX "abc400" },
	{ P "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\n", PX "abc400" },
	{ P "Transfer-Encoding: chunked\r\n\r\n\r\n", PX "400" },
	{ P "Transfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n", PX "400" },
	{ P "Transfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n", PX "400" },
	{ P "Transfer-Encoding: chunked\r\n\r\n1234567890123456\r\n",
	    PX "400" },
	{ P "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n", PX "400" },
	{ P "Expect: something\r\n\r\n", "417" },
	{ "\r\n\r\n", "400" }, { "GET /\r\n\r\n", "400" },
	{ "GET  / HTTP/1.1\r\n", "400" }, { " GET / HTTP/1.1\r\n", "400" },
	{ "GET / HTTP/1.1 \r\n", "400" }, { "GET / http/1.1\r\n", "400" },
	{ "GET / HTTP/1.0\r\n", "505" }, { "GET / HTTP/2.0\r\n", "505" },
	{ "GET / HTTP/11\r\n", "400" }, { "get / HTTP/1.1\r\n", "501" },
	{ "BREW / HTTP/1.1\r\n", "501" }, { "G(T / HTTP/1.1\r\n", "400" },
	{ "GET http://a/ HTTP/1.1\r\n", "400" },
	{ "OPTIONS * HTTP/1.1\r\n", "400" }, { "GET a HTTP/1.1\r\n", "400" },
	{ "GET /a#b HTTP/1.1\r\n", "400" },
	{ "GET /\xc3\xa4 HTTP/1.1\r\n", "400" },
	{ "GET /%zz HTTP/1.1\r\n", "400" }, { "GET /%2 HTTP/1.1\r\n", "400" },
	{ "GET /%00 HTTP/1.1\r\n", "400" }, { "GET /%ff HTTP/1.1\r\n", "400" },
	{ "GET /a/../b HTTP/1.1\r\n", "400" },
	{ "GET /a/%2e%2e/b HTTP/1.1\r\n", "400" },
	{ "GET /./a HTTP/1.1\r\n", "400" },
	{ "GET /?a=%zz HTTP/1.1\r\n", "400" },
	{ G ": x\r\n\r\n", "400" }, { G "X\r\n\r\n", "400" },
	{ G "X Y: z\r\n\r\n", "400" }, { G "X: a\x7f\r\n\r\n", "400" },
};

static void
test_streams(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		check_cuts(good[i].sent, strlen(good[i].sent), good[i].read, 0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		check_cuts(bad[i].sent, strlen(bad[i].sent), bad[i].read, 0);
}

static void
test_nul(void **state)
{
	static const char name[] = G "X\0: y\r\n\r\n";
	static const char value[] = G "X: \0\r\n\r\n";
	static const char target[] = "GET /\0 HTTP/1.1\r\n" H "\r\n";

	(void)state;
	check_cuts(name, sizeof name - 1, "400", 0);
	check_cuts(value, sizeof value - 1, "400", 0);
	check_cuts(target, sizeof target - 1, "400", 0);
}

static void
add_run(struct buf *b, char c, size_t n)
{
	while (n-- > 0)
		buf_addc(b, c);
}

/* start, a run of x, end; the result begins with `want`. */
static void
check_run(const char *start, size_t n, const char *end, const char *want)
{
	for (int cut = BYTES; cut <= WHOLE; cut++) {
		struct buf b = BUF_INIT;
		struct owner o = { 0 };

		buf_adds(&b, start);
		add_run(&b, 'x', n);
		buf_adds(&b, end);
		http_init(&o.http);
		for (size_t i = 0; cut == BYTES && i < b.len; i++)
			feed(&o, (char *)b.data + i, 1);
		if (cut == WHOLE)
			feed(&o, (char *)b.data, b.len);
		assert_int_equal(strncmp(buf_str(&o.read), want,
		    strlen(want)), 0);
		http_release(&o.http);
		buf_release(&o.read);
		buf_release(&b);
	}
}

static void
check_many(const char *start, const char *each, unsigned n, const char *end,
    const char *want)
{
	struct buf b = BUF_INIT;
	struct owner o = { 0 };

	buf_adds(&b, start);
	while (n-- > 0)
		buf_adds(&b, each);
	buf_adds(&b, end);
	http_init(&o.http);
	feed(&o, (char *)b.data, b.len);
	assert_int_equal(strncmp(buf_str(&o.read), want, strlen(want)), 0);
	http_release(&o.http);
	buf_release(&o.read);
	buf_release(&b);
}

#define LINE_REST (sizeof "GET / HTTP/1.1\r\n" - 1)
#define HEAD_REST (sizeof H "X: \r\n\r\n" - 1)

static void
test_limits(void **state)
{
	static const char chunked[] = P "Transfer-Encoding: chunked\r\n\r\n1;";

	(void)state;
	check_run("GET /", LIMIT_HTTP_LINE - LINE_REST, " HTTP/1.1\r\n" H
	    "\r\n", "GET /x");
	check_run("GET /", LIMIT_HTTP_LINE - LINE_REST + 1,
	    " HTTP/1.1\r\n" H "\r\n", "414");
	check_run(G "X: ", LIMIT_HTTP_HEAD - HEAD_REST, "\r\n\r\n", "GET /");
	check_run(G "X: ", LIMIT_HTTP_HEAD - HEAD_REST + 1, "\r\n\r\n", "431");
	check_many(G, "X: y\r\n", LIMIT_HTTP_HEADERS - 1, "\r\n", "GET /");
	check_many(G, "X: y\r\n", LIMIT_HTTP_HEADERS, "\r\n", "431");
	check_run(chunked, LIMIT_HTTP_CHUNK_LINE - 4, "\r\na\r\n0\r\n\r\n",
	    PX "a]");
	check_run(chunked, LIMIT_HTTP_CHUNK_LINE - 3, "\r\na\r\n0\r\n\r\n",
	    PX "400");
	check_many("GET ", "/a", HTTP_SEGMENTS, " HTTP/1.1\r\n" H "\r\n",
	    "GET /");
	check_many("GET ", "/a", HTTP_SEGMENTS + 1, " HTTP/1.1\r\n" H "\r\n",
	    "414");
	check_many("GET /?", "a&", HTTP_PAIRS, " HTTP/1.1\r\n" H "\r\n",
	    "GET /");
	check_many("GET /?", "a&", HTTP_PAIRS + 1, " HTTP/1.1\r\n" H "\r\n",
	    "414");
}

/* As many texts as there can be: they must fit what is reserved. */
static void
test_texts(void **state)
{
	struct buf b = BUF_INIT;
	struct owner o = { 0 };

	(void)state;
	buf_adds(&b, "GET ");
	for (int i = 0; i < HTTP_SEGMENTS; i++)
		buf_adds(&b, "/");
	buf_adds(&b, "?");
	for (int i = 0; i < HTTP_PAIRS - 1; i++)
		buf_adds(&b, "a&");
	add_run(&b, 'x', LIMIT_HTTP_LINE - b.len - 11);
	buf_adds(&b, " HTTP/1.1\r\n");
	assert_int_equal(b.len, LIMIT_HTTP_LINE);
	buf_adds(&b, H);
	for (int i = 0; i < LIMIT_HTTP_HEADERS - 2; i++)
		buf_adds(&b, "x:\r\n");
	buf_adds(&b, "x:");
	add_run(&b, 'x', LIMIT_HTTP_LINE + LIMIT_HTTP_HEAD - b.len - 4);
	buf_adds(&b, "\r\n\r\n");
	http_init(&o.http);
	feed(&o, (char *)b.data, b.len);
	assert_false(o.bad);
	http_release(&o.http);
	buf_release(&o.read);
	buf_release(&b);
}

static void
test_body_limit(void **state)
{
	static const char *const sized = P "Content-Length: 3\r\n\r\nabc";
	static const char *const chunks = P "Transfer-Encoding: chunked\r\n\r\n"
	    "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";

	(void)state;
	check_cuts(sized, strlen(sized), PX "abc]\n", 3);
	check_cuts(sized, strlen(sized), PX "413", 2);
	check_cuts(chunks, strlen(chunks), PX "abc]\n", 3);
	check_cuts(chunks, strlen(chunks), PX "ab413", 2);
}

static void
test_lookup(void **state)
{
	static const char sent[] = "GET /?a=1&a=2 HTTP/1.1\r\n" H
	    "If-Match: \"5\"\r\nX: 1\r\nx: 2\r\n\r\n";
	struct http h;
	size_t used;

	(void)state;
	http_init(&h);
	assert_int_equal(http_head(&h, sent, sizeof sent - 1, &used), 1);
	assert_int_equal(used, sizeof sent - 1);
	assert_string_equal(http_header(&h, "if-match"), "\"5\"");
	assert_null(http_header(&h, "x"));
	assert_null(http_header(&h, "y"));
	assert_string_equal(http_query(&h, "a"), "1");
	assert_null(http_query(&h, "b"));
	assert_string_equal(h.host, "a");
	http_release(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_body_limit),
		cmocka_unit_test(test_lookup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
