/* SPDX-License-Identifier: ISC */
/* note: see note.h. */
#include "proto/out/note.h"

#include <openssl/evp.h>

#include <errno.h>
#include <string.h>

#include "proto/base/text.h"

#define DASH "\xe2\x80\x94 "	/* U+2014 and a space */
#define DASH_LEN 4
#define ID_LEN 4
#define COSIGN "cosignature/v1\ntime "

static int
invalid(void)
{
	errno = EINVAL;
	return -1;
}

/* --- keys --------------------------------------------------------------- */

/* Characters of White_Space beyond ASCII, as UTF-8; the last byte: up to. */
static int
is_space(const char *p, size_t len)
{
	static const struct {
		const char	 bytes[4];
		uint8_t		 n, last;
	} spaces[] = {
		{ "\xc2\x85", 2, 0x85 }, { "\xc2\xa0", 2, 0xa0 },
		{ "\xe1\x9a\x80", 3, 0x80 }, { "\xe2\x80\x80", 3, 0x8a },
		{ "\xe2\x80\xa8", 3, 0xa9 }, { "\xe2\x80\xaf", 3, 0xaf },
		{ "\xe2\x81\x9f", 3, 0x9f }, { "\xe3\x80\x80", 3, 0x80 },
	};

	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		size_t n = spaces[i].n;

		if (len >= n && memcmp(p, spaces[i].bytes, n - 1) == 0 &&
		    (uint8_t)p[n - 1] >= (uint8_t)spaces[i].bytes[n - 1] &&
		    (uint8_t)p[n - 1] <= spaces[i].last)
			return 1;
	}
	return 0;
}

int
note_name_ok(const char *name, size_t len)
{
	if (len == 0 || len > NOTE_NAME_MAX || !text_is_utf8(name, len))
		return 0;
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)name[i] <= ' ' || name[i] == '+' ||
		    name[i] == 0x7f || is_space(name + i, len - i))
			return 0;
	return 1;
}

static int
key_id(const struct note_vkey *k, uint8_t id_r[ID_LEN])
{
	struct buf b = BUF_INIT;
	uint8_t md[EVP_MAX_MD_SIZE];
	int ok;

	buf_adds(&b, k->name);
	buf_addc(&b, '\n');
	buf_addc(&b, k->type);
	buf_add(&b, k->key, sizeof(k->key));
	ok = !buf_failed(&b) &&
	    EVP_Digest(b.data, b.len, md, NULL, EVP_sha256(), NULL) == 1;
	buf_release(&b);
	memcpy(id_r, md, ID_LEN);
	return ok ? 0 : -1;
}

int
note_vkey_make(struct note_vkey *k, const char *name, enum note_type type,
    const uint8_t key[ED25519_KEY])
{
	size_t len = strlen(name);

	memset(k, 0, sizeof(*k));
	if (!note_name_ok(name, len))
		return invalid();
	memcpy(k->name, name, len);
	k->type = (uint8_t)type;
	memcpy(k->key, key, sizeof(k->key));
	return key_id(k, k->id);
}

void
note_vkey_text(struct buf *out, const struct note_vkey *k)
{
	uint8_t raw[1 + ED25519_KEY];

	raw[0] = k->type;
	memcpy(raw + 1, k->key, sizeof(k->key));
	buf_adds(out, k->name);
	buf_addc(out, '+');
	buf_addhex(out, k->id, ID_LEN);
	buf_addc(out, '+');
	text_base64(out, raw, sizeof(raw));
}

int
note_vkey_parse(struct note_vkey *k, const char *text, size_t len)
{
	const char *plus = memchr(text, '+', len);
	size_t name = plus == NULL ? 0 : (size_t)(plus - text);
	size_t pos = name + 1 + 2 * ID_LEN + 1;
	struct buf raw = BUF_INIT;
	uint8_t id[ID_LEN];
	int ok;

	memset(k, 0, sizeof(*k));
	if (plus == NULL || !note_name_ok(text, name) || len < pos ||
	    text[pos - 1] != '+' ||
	    text_unhex(plus + 1, (size_t)2 * ID_LEN, k->id) == -1)
		return invalid();
	memcpy(k->name, text, name);
	for (size_t i = name + 1; i < pos - 1; i++)
		if (text[i] >= 'A' && text[i] <= 'F')
			return invalid();
	ok = text_unbase64(&raw, text + pos, len - pos) == 0 &&
	    raw.len == 1 + sizeof(k->key) &&
	    (raw.data[0] == NOTE_ED25519 || raw.data[0] == NOTE_COSIGNATURE);
	if (ok) {
		k->type = raw.data[0];
		memcpy(k->key, raw.data + 1, sizeof(k->key));
		ok = key_id(k, id) == 0 && memcmp(id, k->id, ID_LEN) == 0;
	}
	buf_release(&raw);
	return ok ? 0 : invalid();
}

/* --- reading ------------------------------------------------------------ */

static int
parse_line(struct note_line *l, const char *p, size_t len)
{
	const char *space;
	struct buf raw = BUF_INIT;
	int ok;

	if (len < DASH_LEN || memcmp(p, DASH, DASH_LEN) != 0)
		return -1;
	l->name = p + DASH_LEN;
	space = memchr(l->name, ' ', len - DASH_LEN);
	if (space == NULL)
		return -1;
	l->name_len = (size_t)(space - l->name);
	l->base64 = space + 1;
	l->base64_len = (size_t)(p + len - l->base64);
	if (!note_name_ok(l->name, l->name_len))
		return -1;
	ok = text_unbase64(&raw, l->base64, l->base64_len) == 0 &&
	    raw.len > ID_LEN;
	if (ok)
		memcpy(l->id, raw.data, ID_LEN);
	buf_release(&raw);
	return ok ? 0 : -1;
}

int
note_parse_lines(struct note *n, const char *p, size_t len)
{
	n->nlines = 0;
	if (len == 0 || len > NOTE_MAX || p[len - 1] != '\n')
		return invalid();
	while (len > 0) {
		size_t line = (size_t)((const char *)memchr(p, '\n', len) - p);

		if (n->nlines == NOTE_LINES_MAX ||
		    parse_line(&n->line[n->nlines], p, line) == -1)
			return invalid();
		n->nlines++;
		p += line + 1;
		len -= line + 1;
	}
	return 0;
}

int
note_parse(struct note *n, const char *p, size_t len)
{
	size_t i;

	memset(n, 0, sizeof(*n));
	if (len < 3 || len > NOTE_MAX || !text_is_utf8(p, len))
		return invalid();
	for (i = 0; i < len; i++)
		if ((uint8_t)p[i] < ' ' && p[i] != '\n')
			return invalid();
	for (i = len - 2; i > 0; i--)
		if (p[i] == '\n' && p[i - 1] == '\n')
			break;
	if (i == 0)
		return invalid();
	n->text = p;
	n->text_len = i;
	return note_parse_lines(n, p + i + 1, len - i - 1);
}

static int
is_of(const struct note_line *l, const struct note_vkey *k)
{
	return memcmp(l->id, k->id, ID_LEN) == 0 &&
	    l->name_len == strlen(k->name) &&
	    memcmp(l->name, k->name, l->name_len) == 0;
}

const struct note_line *
note_line_of(const struct note *n, const struct note_vkey *k)
{
	for (unsigned i = 0; i < n->nlines; i++)
		if (is_of(&n->line[i], k))
			return &n->line[i];
	return NULL;
}

void
note_line_copy(struct buf *out, const struct note_line *l)
{
	buf_adds(out, DASH);
	buf_add(out, l->name, l->name_len);
	buf_addc(out, ' ');
	buf_add(out, l->base64, l->base64_len);
	buf_addc(out, '\n');
}

/* --- signatures --------------------------------------------------------- */

static void
cosigned(struct buf *out, uint64_t time, const char *text, size_t len)
{
	buf_adds(out, COSIGN);
	buf_addu(out, time);
	buf_addc(out, '\n');
	buf_add(out, text, len);
}

static int
line_good(const struct note *n, const struct note_line *l,
    const struct note_vkey *k, uint64_t *time_r)
{
	size_t head = k->type == NOTE_COSIGNATURE ? ID_LEN + 8 : ID_LEN;
	struct buf raw = BUF_INIT, text = BUF_INIT;
	int ok = text_unbase64(&raw, l->base64, l->base64_len) == 0 &&
	    raw.len == head + ED25519_SIG;

	*time_r = ok && head > ID_LEN ? get64(raw.data + ID_LEN) : 0;
	if (head > ID_LEN) {
		ok = ok && *time_r <= INT64_MAX;
		cosigned(&text, *time_r, n->text, n->text_len);
	} else
		buf_add(&text, n->text, n->text_len);
	ok = ok && !buf_failed(&text) &&
	    ed25519_verify(k->key, text.data, text.len, raw.data + head);
	buf_release(&raw);
	buf_release(&text);
	return ok;
}

int
note_verify(const struct note *n, const struct note_vkey *k,
    uint64_t *time_r)
{
	uint64_t time;
	int found = 0;

	for (unsigned i = 0; i < n->nlines; i++) {
		if (!is_of(&n->line[i], k))
			continue;
		if (!line_good(n, &n->line[i], k, &time))
			return -1;
		if (!found && time_r != NULL)
			*time_r = time;
		found = 1;
	}
	return found;
}

int
note_sign(struct buf *out, const struct note_vkey *k,
    const uint8_t seed[ED25519_KEY], uint64_t time, const char *text,
    size_t len)
{
	struct buf raw = BUF_INIT, all = BUF_INIT;
	uint8_t sig[ED25519_SIG];
	int rc = -1;

	buf_add(&raw, k->id, ID_LEN);
	if (k->type == NOTE_COSIGNATURE) {
		buf_add64(&raw, time);
		cosigned(&all, time, text, len);
	} else
		buf_add(&all, text, len);
	if (!buf_failed(&all) &&
	    ed25519_sign(seed, all.data, all.len, sig) == 0) {
		buf_add(&raw, sig, sizeof(sig));
		buf_adds(out, DASH);
		buf_adds(out, k->name);
		buf_addc(out, ' ');
		text_base64(out, raw.data, raw.len);
		buf_addc(out, '\n');
		rc = buf_failed(out) || buf_failed(&raw) ? -1 : 0;
	}
	buf_release(&raw);
	buf_release(&all);
	return rc;
}
