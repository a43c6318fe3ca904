/* SPDX-License-Identifier: ISC */
/*
 * fuzz_note: what is taken as a note, verifier key or checkpoint has that one
 * spelling, and no stranger's line passes for a known key's.
 */
#include "proto/out/note.h"

#include <stdlib.h>
#include <string.h>

#include "proto/out/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
same(const struct buf *b, const char *text, size_t len)
{
	if (b->failed || b->len != len || memcmp(b->data, text, len) != 0)
		abort();
}

static void
whole(const struct note *n, const char *text, size_t len)
{
	struct buf b = BUF_INIT;

	buf_add(&b, n->text, n->text_len);
	buf_addc(&b, '\n');
	for (unsigned i = 0; i < n->nlines; i++)
		note_line_copy(&b, &n->line[i]);
	same(&b, text, len);
	buf_release(&b);
}

/* Every line as if its key were known: nobody can have signed for it. */
static void
strangers(const struct note *n)
{
	/* Of RFC 8032, 7.1, test 2: its seed is in no corpus. */
	static const uint8_t key[ED25519_KEY] = { 0x3d, 0x40, 0x17, 0xc3,
	    0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a, 0xa7, 0x4d, 0x1b, 0x7e,
	    0xbc, 0x9c, 0x98, 0x2c, 0xcf, 0x2e, 0xc4, 0x96, 0x8c, 0xc0, 0xcd,
	    0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c };

	for (unsigned i = 0; i < n->nlines; i++) {
		struct note_vkey k = { { 0 }, NOTE_ED25519, { 0 }, { 0 } };

		memcpy(k.name, n->line[i].name, n->line[i].name_len);
		memcpy(k.key, key, sizeof key);
		memcpy(k.id, n->line[i].id, sizeof k.id);
		if (note_verify(n, &k, NULL) == 1)
			abort();
		k.type = NOTE_COSIGNATURE;
		if (note_verify(n, &k, NULL) == 1)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	struct buf b = BUF_INIT;
	struct checkpoint c;
	struct note_vkey k;
	struct note n;

	if (note_parse(&n, text, len) == 0) {
		whole(&n, text, len);
		if (n.nlines < 4)
			strangers(&n);
		if (checkpoint_parse(&c, n.text, n.text_len) == 0) {
			checkpoint_body(&b, &c);
			same(&b, n.text, n.text_len);
		}
	}
	(void)note_parse_lines(&n, text, len);
	buf_clear(&b);
	if (note_vkey_parse(&k, text, len) == 0) {
		note_vkey_text(&b, &k);
		same(&b, text, len);
	}
	buf_clear(&b);
	if (checkpoint_parse(&c, text, len) == 0) {
		checkpoint_body(&b, &c);
		same(&b, text, len);
	}
	buf_release(&b);
	return 0;
}
