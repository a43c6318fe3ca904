/* SPDX-License-Identifier: ISC */
/*
 * fuzz_calls: a list of telephone calls, and lines of a log, read whole and
 * in pieces say the same; texts are within their line, times are times, and
 * no line is passed over.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/when.h"
#include "proto/wire/calllog.h"
#include "proto/wire/faxlog.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must_be_time(const char *at)
{
	struct when when;

	if (when_parse(at, strlen(at), &when) != 0 ||
	    when.precision < WHEN_MINUTE)
		abort();
}

static int
on_call(void *arg, const struct calllog_call *call)
{
	struct buf *heard = arg;

	buf_addu(heard, call->line);
	buf_addu(heard, (unsigned)call->direction);
	buf_addc(heard, call->bad ? '!' : ' ');
	if (call->bad)
		return 0;
	must_be_time(call->at);
	buf_adds(heard, call->at);
	buf_addc(heard, 0);
	buf_adds(heard, call->number);
	buf_addc(heard, 0);
	buf_adds(heard, call->result);
	return 0;
}

static int
read_calls(struct buf *heard, const uint8_t *p, size_t len, size_t piece)
{
	struct calllog log;
	int rc = 0;

	calllog_init(&log, on_call, heard);
	for (; len > 0 && rc == 0; p += piece, len -= piece) {
		if (piece > len)
			piece = len;
		rc = calllog_feed(&log, p, piece);
	}
	if (rc == 0)
		rc = calllog_end(&log);
	if (rc == -1 && errno != EINVAL)
		abort();
	calllog_release(&log);
	return rc;
}

static void
within(const char *p, size_t n, const struct faxlog_text *t)
{
	if (t->n > 0 && (t->p < p || t->n > n || t->p + t->n > p + n))
		abort();
}

static int
on_line(void *arg, const char *p, size_t n)
{
	struct faxlog_line l;
	struct buf *heard = arg;

	buf_add(heard, p, n);
	buf_addc(heard, 0);
	if (!faxlog_read(p, n, &l))
		return 0;
	must_be_time(l.at);
	within(p, n, &l.type);
	within(p, n, &l.commid);
	within(p, n, &l.job);
	within(p, n, &l.file);
	within(p, n, &l.number);
	within(p, n, &l.reason);
	return 0;
}

static void
read_faxes(struct buf *heard, const uint8_t *p, size_t len, size_t piece)
{
	struct lines lines;

	lines_init(&lines, on_line, heard, 512);
	for (; len > 0; p += piece, len -= piece) {
		if (piece > len)
			piece = len;
		if (lines_feed(&lines, p, piece) == -1)
			abort();
	}
	if (lines_end(&lines) == -1)
		abort();
	buf_addu(heard, lines.n);
	buf_addu(heard, lines.toolong);
	lines_release(&lines);
}

static void
must_be_same(struct buf *a, struct buf *b)
{
	if (a->len != b->len || (a->len > 0 &&
	    memcmp(a->data, b->data, a->len) != 0))
		abort();
	buf_release(a);
	buf_release(b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf whole = BUF_INIT, pieces = BUF_INIT;
	size_t all = len > 0 ? len : 1;

	if (read_calls(&whole, data, len, all) !=
	    read_calls(&pieces, data, len, 1 + len % 7))
		abort();
	must_be_same(&whole, &pieces);
	whole = pieces = (struct buf)BUF_INIT;
	read_faxes(&whole, data, len, all);
	read_faxes(&pieces, data, len, 1 + len % 7);
	must_be_same(&whole, &pieces);
	return 0;
}
