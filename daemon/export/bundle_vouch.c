/* SPDX-License-Identifier: ISC */
/*
 * bundle_vouch: email-auth/: what the domains of senders vouch for, as the
 * journal found it (document.authenticated), and the DNS answers it rests on,
 * in the form that verifiers take as a cache: name -> type -> answers.
 *
 *	<BEGDOC>.auth.json	asked, resolver, results
 *	<BEGDOC>.dns.json	the answers alone
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/export/bundle_own.h"

static void
raw(struct jw *w, const struct entry *e, const char *name)
{
	size_t n;
	const char *span;

	if (entry_get(e, name) == JSON_NONE)
		return;
	span = json_span(&e->json, entry_get(e, name), &n);
	jw_key(w, name);
	jw_raw(w, span, n);
}

static int
put_files(struct making *m, const struct piece *p, const struct entry *e)
{
	char path[BATES_MAX + 48], bates[BATES_MAX];
	struct buf text = BUF_INIT;
	const char *dns;
	struct jw w;
	size_t n = 0;
	int rc;

	(void)making_bates(m, p->first, bates);
	jw_init(&w, &text);
	jw_object(&w);
	raw(&w, e, "asked");
	raw(&w, e, "resolver");
	raw(&w, e, "results");
	jw_end(&w);
	buf_addc(&text, '\n');
	(void)snprintf(path, sizeof path, "data/email-auth/%s.auth.json",
	    bates);
	rc = bag_put(m->bag, path, text.data, text.len, m->t);
	buf_clear(&text);
	dns = json_span(&e->json, entry_get(e, "dns"), &n);
	buf_add(&text, dns, n);
	buf_addc(&text, '\n');
	(void)snprintf(path, sizeof path, "data/email-auth/%s.dns.json",
	    bates);
	if (rc == 0)
		rc = bag_put(m->bag, path, text.data, text.len, m->t);
	buf_release(&text);
	m->nauth += rc == 0;
	return rc;
}

struct vouched {
	struct making	*m;
	const struct piece *piece;
	struct buf	 text;		/* the last statement, as JSON */
};

static int
on_entry(void *arg, const struct entry *e, uint64_t case_seq)
{
	struct vouched *v = arg;
	size_t n;
	const char *span = json_span(&e->json, 0, &n);

	(void)case_seq;
	buf_clear(&v->text);
	buf_add(&v->text, span, n);
	return 0;
}

/* The last statement up to P stands. */
static int
put_vouched(struct vouched *v)
{
	struct making *m = v->m;
	struct entry e;
	int rc = 0;

	buf_clear(&v->text);
	if (trees_told(m->store, &v->piece->document, m->position,
	    KIND_BIT(KIND_DOCUMENT_AUTHENTICATED), &m->tree, on_entry, v,
	    m->t) == -1)
		return -1;
	if (v->text.len == 0)
		return 0;
	if (buf_failed(&v->text) || entry_decode(&e, (const char *)
	    v->text.data, v->text.len) == -1)
		return making_failed(m, "email-auth");
	if (entry_get(&e, "dns") != JSON_NONE)
		rc = put_files(m, v->piece, &e);
	entry_release(&e);
	return rc;
}

int
make_vouched(struct making *m)
{
	struct vouched v = { .m = m, .text = BUF_INIT };
	int rc = 0;

	for (size_t i = 0; i < m->npieces && rc == 0; i++) {
		v.piece = &m->piece[i];
		if (v.piece->document.part != 0 ||
		    !(v.piece->flags & PIECE_MAIL) ||
		    (v.piece->flags & PIECE_WITHHELD))
			continue;
		rc = making_stopped(m) ? -1 : put_vouched(&v);
	}
	buf_release(&v.text);
	return rc;
}
