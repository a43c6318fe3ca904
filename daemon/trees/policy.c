/* SPDX-License-Identifier: ISC */
/* policy: see policy.h. */
#include "daemon/trees/policy.h"

#include <string.h>

static int
is_named(const struct seal_conf *conf, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (memcmp(conf->witness[k].key.key, conf->witness[i].key.key,
		    ED25519_KEY) == 0)
			return 1;
	return 0;
}

void
policy_text(struct buf *out, const struct note_vkey *master,
    const struct seal_conf *conf)
{
	buf_adds(out, "log ");
	note_vkey_text(out, master);
	buf_addc(out, '\n');
	for (unsigned i = 0; conf != NULL && i < conf->nwitness; i++) {
		if (is_named(conf, i))
			continue;
		buf_adds(out, "witness w");
		buf_addu(out, i + 1);
		buf_addc(out, ' ');
		note_vkey_text(out, &conf->witness[i].key);
		buf_addc(out, '\n');
	}
	buf_adds(out, "quorum none\n");
}

/* "witness w12 VKEY" of the i-th witness. */
static int
take_witness(struct seal_conf *conf, const char *line, size_t len)
{
	const char *key = len > 9 ? memchr(line + 9, ' ', len - 9) : NULL;

	if (conf->nwitness == SEAL_MAX || key == NULL ||
	    strncmp(line, "witness w", 9) != 0)
		return -1;
	key++;
	return note_vkey_parse(&conf->witness[conf->nwitness++].key, key,
	    len - (size_t)(key - line));
}

/* Reads the witnesses, and has the text written again. */
int
policy_ok(const struct buf *text, const struct note_vkey *master)
{
	struct seal_conf conf = { .nwitness = 0 };
	struct buf again = BUF_INIT;
	const char *p = (const char *)text->data, *end;
	size_t left = text->len, n;
	int ok = 1;

	for (unsigned i = 0; ok && left > 0 && (end = memchr(p, '\n',
	    left)) != NULL; i++) {
		n = (size_t)(end - p);
		if (i > 0 && n + 1 < left)
			ok = take_witness(&conf, p, n) == 0;
		p = end + 1;
		left -= n + 1;
	}
	policy_text(&again, master, &conf);
	ok = ok && !buf_failed(&again) && again.len == text->len &&
	    memcmp(again.data, text->data, text->len) == 0;
	buf_release(&again);
	return ok;
}
