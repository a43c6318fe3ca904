/* SPDX-License-Identifier: ISC */
/*
 * facts: see facts.h.  It must never keep a text that is not UTF-8, nor one
 * longer than its limit.
 */
#include "daemon/reader/facts.h"

#include <string.h>

#include "proto/base/text.h"

#define DOUBTS_MAX	64	/* of one document; the sender names some */
#define DOUBT_ARG_MAX	64

static const char *const names[FACT_COUNT] = {
	"auto_submitted", "bcc", "body", "bounce", "cc", "date", "date_raw",
	"dkim", "doubts", "envelope_to", "from", "in_reply_to", "journal",
	"list_id",
	"message_id", "parts", "precedence", "received", "references",
	"reply_to", "subject", "to", "type"
};

void
facts_init(struct facts *f)
{
	memset(f, 0, sizeof(*f));
}

void
facts_release(struct facts *f)
{
	int	 i;

	for (i = 0; i < FACT_COUNT; i++)
		buf_release(&f->value[i]);
	buf_release(&f->doubts);
}

/* Trims blanks at both ends of what stands from mark on. */
static void
trim(struct buf *b, size_t mark)
{
	size_t	 lead = 0;

	while (b->len > mark && b->data[b->len - 1] == ' ')
		b->len--;
	while (mark + lead < b->len && b->data[mark + lead] == ' ')
		lead++;
	if (lead > 0) {
		memmove(b->data + mark, b->data + mark + lead,
		    b->len - mark - lead);
		b->len -= lead;
	}
}

void
facts_clean(struct facts *f, struct buf *out, const char *text, size_t len,
    size_t max)
{
	size_t	 mark = out->len, i;

	/* Enough to be cut below; a header line may have a hundred MB. */
	if (len > max * 4)
		len = max * 4;
	text_clean(out, text, len);
	if (buf_failed(out))
		return;
	for (i = mark; i < out->len; i++)
		if (out->data[i] < ' ' || out->data[i] == 127)
			out->data[i] = ' ';
	trim(out, mark);
	if (out->len - mark > max) {
		out->len = mark + text_cut((const char *)out->data + mark,
		    out->len - mark, max);
		facts_doubt(f, "truncated", NULL);
	}
}

void
facts_text(struct facts *f, enum fact fact, const char *text, size_t len)
{
	struct buf	 clean = BUF_INIT;
	struct jw	 w;

	facts_clean(f, &clean, text, len, FACTS_TEXT_MAX);
	buf_clear(&f->value[fact]);
	if (clean.len > 0) {
		jw_init(&w, &f->value[fact]);
		jw_strn(&w, (const char *)clean.data, clean.len);
	}
	if (buf_failed(&clean))
		f->value[fact].failed = 1;
	buf_release(&clean);
}

/* 1 if the line stands in the list of doubts already. */
static int
doubt_known(const struct buf *doubts, const uint8_t *line, size_t len)
{
	const uint8_t	*p = doubts->data, *end, *nl;

	for (end = p + doubts->len; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			return 0;
		if ((size_t)(nl - p) == len && memcmp(p, line, len) == 0)
			return 1;
	}
	return 0;
}

void
facts_doubt(struct facts *f, const char *name, const char *arg)
{
	struct buf	 line = BUF_INIT;
	size_t		 i, n;

	buf_adds(&line, name);
	if (arg != NULL) {
		buf_adds(&line, ":");
		n = strlen(arg);
		for (i = 0; i < n && i < DOUBT_ARG_MAX; i++)
			buf_addc(&line, arg[i] > ' ' && arg[i] < 127 ?
			    arg[i] : '?');
	}
	if (line.len > 0 && f->ndoubts < DOUBTS_MAX &&
	    (f->doubts.len == 0 || !doubt_known(&f->doubts, line.data,
	    line.len))) {
		buf_add(&f->doubts, line.data, line.len);
		buf_addc(&f->doubts, '\n');
		f->ndoubts++;
	}
	buf_release(&line);
}

static void
doubts_write(struct facts *f, struct jw *w)
{
	const char	*p = (const char *)f->doubts.data, *nl;
	const char	*end;

	jw_array(w);
	if (p != NULL) {
		for (end = p + f->doubts.len; p < end; p = nl + 1) {
			nl = memchr(p, '\n', (size_t)(end - p));
			jw_strn(w, p, (size_t)(nl - p));
		}
	}
	jw_end(w);
}

int
facts_write(struct facts *f, struct buf *out)
{
	struct jw	 w;
	int		 i;

	jw_init(&w, out);
	jw_object(&w);
	for (i = 0; i < FACT_COUNT; i++) {
		if (buf_failed(&f->value[i]))
			return -1;
		if (i == FACT_DOUBTS && f->ndoubts > 0) {
			jw_key(&w, names[i]);
			doubts_write(f, &w);
		} else if (f->value[i].len > 0) {
			jw_key(&w, names[i]);
			jw_raw(&w, (const char *)f->value[i].data,
			    f->value[i].len);
		}
	}
	jw_end(&w);
	return buf_failed(out) || buf_failed(&f->doubts) ? -1 : 0;
}
