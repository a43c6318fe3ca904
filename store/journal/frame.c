/* SPDX-License-Identifier: ISC */
/*
 * frame: encodes and decodes the layouts that frame.h describes.  Every
 * decoder takes any bytes and believes no length before it has looked.
 */
#include "store/journal/frame.h"

#include <openssl/evp.h>

#include <string.h>

#define FRAME_MAGIC	UINT32_C(0x44734631)	/* "DsF1" */

static const uint8_t segment_magic[8] = "DOSSIER\n";

/* CRC-32 of IEEE 802.3, a byte at a time from a table of nibbles' sums. */
static uint32_t
crc32(const uint8_t *in, size_t len)
{
	static const uint32_t low[16] = {
		0x00000000, 0x77073096, 0xee0e612c, 0x990951ba,
		0x076dc419, 0x706af48f, 0xe963a535, 0x9e6495a3,
		0x0edb8832, 0x79dcb8a4, 0xe0d5e91e, 0x97d2d988,
		0x09b64c2b, 0x7eb17cbd, 0xe7b82d07, 0x90bf1d91
	};
	static const uint32_t high[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c
	};
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		crc ^= in[i];
		crc = low[crc & 15] ^ high[crc >> 4 & 15] ^ crc >> 8;
	}
	return ~crc;
}

void
frame_encode(const struct frame *f, uint8_t out_r[FRAME_HEAD])
{
	memset(out_r, 0, FRAME_HEAD);
	put32(out_r, FRAME_MAGIC);
	put32(out_r + 4, f->ordinal);
	put32(out_r + 8, f->length);
	out_r[12] = f->kind;
	out_r[13] = f->flags;
	put32(out_r + 16, f->piece);
	put64(out_r + 20, f->stream);
	put32(out_r + 28, crc32(out_r, 28));
}

int
frame_decode(const uint8_t in[FRAME_HEAD], struct frame *frame_r)
{
	if (get32(in) != FRAME_MAGIC || get16(in + 14) != 0 ||
	    get32(in + 28) != crc32(in, 28))
		return -1;
	frame_r->ordinal = get32(in + 4);
	frame_r->length = get32(in + 8);
	frame_r->kind = in[12];
	frame_r->flags = in[13];
	frame_r->piece = get32(in + 16);
	frame_r->stream = get64(in + 20);
	if (frame_r->length > FRAME_MAX || frame_r->kind < FRAME_FIRST ||
	    frame_r->kind > FRAME_FOOTER)
		return -1;
	return 0;
}

uint32_t
frame_length(const uint8_t in[FRAME_HEAD])
{
	return get32(in + 8);
}

static void
head_check(const uint8_t in[SEGMENT_HEAD], uint8_t sum_r[16])
{
	uint8_t md[EVP_MAX_MD_SIZE];

	memset(md, 0, sizeof(md));
	/* A failure leaves zeros, which no header carries. */
	(void)EVP_Digest(in, 48, md, NULL, EVP_sha256(), NULL);
	memcpy(sum_r, md, 16);
}

void
segment_head_encode(const struct segment_head *h, uint8_t out_r[SEGMENT_HEAD])
{
	memset(out_r, 0, SEGMENT_HEAD);
	memcpy(out_r, segment_magic, sizeof(segment_magic));
	put32(out_r + 8, h->version);
	memcpy(out_r + 12, h->store, STORE_ID_LEN);
	out_r[28] = h->series;
	put32(out_r + 32, h->number);
	put64(out_r + 36, (uint64_t)h->made);
	head_check(out_r, out_r + 48);
}

int
segment_head_decode(const uint8_t in[SEGMENT_HEAD], struct segment_head *h)
{
	uint8_t sum[16];

	if (memcmp(in, segment_magic, sizeof(segment_magic)) != 0)
		return -1;
	head_check(in, sum);
	if (memcmp(sum, in + 48, sizeof(sum)) != 0)
		return -1;
	h->version = get32(in + 8);
	memcpy(h->store, in + 12, STORE_ID_LEN);
	h->series = in[28];
	h->number = get32(in + 32);
	h->made = (int64_t)get64(in + 36);
	return 0;
}

void
head_begin(struct head *h, const uint8_t store[STORE_ID_LEN])
{
	memset(h, 0, sizeof(*h));
	memcpy(h->chain, store, STORE_ID_LEN);
	h->next_seq = 1;
	h->next_document = h->next_client = h->next_contact = 1;
	h->next_staff = h->next_case = h->next_bundle = 1;
}

static void
head_encode(const struct head *h, uint8_t out_r[HEAD_LEN])
{
	memset(out_r, 0, HEAD_LEN);
	put64(out_r, h->next_seq);
	memcpy(out_r + 8, h->chain, LOG_HASH_LEN);
	put64(out_r + 40, (uint64_t)h->at);
	put64(out_r + 48, h->group);
	put32(out_r + 56, h->next_document);
	put32(out_r + 60, h->next_client);
	put32(out_r + 64, h->next_contact);
	put32(out_r + 68, h->next_staff);
	put16(out_r + 72, h->year);
	put32(out_r + 74, h->next_case);
	put32(out_r + 78, h->next_bundle);
}

static void
head_decode(const uint8_t in[HEAD_LEN], struct head *h)
{
	h->next_seq = get64(in);
	memcpy(h->chain, in + 8, LOG_HASH_LEN);
	h->at = (int64_t)get64(in + 40);
	h->group = get64(in + 48);
	h->next_document = get32(in + 56);
	h->next_client = get32(in + 60);
	h->next_contact = get32(in + 64);
	h->next_staff = get32(in + 68);
	h->year = get16(in + 72);
	h->next_case = get32(in + 74);
	h->next_bundle = get32(in + 78);
	if (h->next_bundle == 0)
		h->next_bundle = 1;	/* written before there were bundles */
}

void
first_encode(const struct first *f, uint8_t out_r[FIRST_LEN])
{
	memset(out_r, 0, FIRST_LEN);
	out_r[0] = 1;
	out_r[1] = f->state;
	put32(out_r + 2, f->number);
	put32(out_r + 6, f->ordinal);
	put64(out_r + 10, f->length);
	head_encode(&f->head, out_r + 18);
}

int
first_decode(const uint8_t *in, size_t len, struct first *f)
{
	if (len != FIRST_LEN || in[0] != 1 || in[1] > SEGMENT_CUT)
		return -1;
	f->state = in[1];
	f->number = get32(in + 2);
	f->ordinal = get32(in + 6);
	f->length = get64(in + 10);
	head_decode(in + 18, &f->head);
	return 0;
}

void
commit_encode(const struct commit *c, uint8_t out_r[COMMIT_LEN])
{
	out_r[0] = 1;
	put64(out_r + 1, c->group);
	put32(out_r + 9, c->frames);
	memcpy(out_r + 13, c->tags, LOG_HASH_LEN);
	head_encode(&c->head, out_r + 45);
}

int
commit_decode(const uint8_t *in, size_t len, struct commit *c)
{
	if (len != COMMIT_LEN || in[0] != 1)
		return -1;
	c->group = get64(in + 1);
	c->frames = get32(in + 9);
	memcpy(c->tags, in + 13, LOG_HASH_LEN);
	head_decode(in + 45, &c->head);
	return 0;
}

void
lasting_encode(const struct lasting *l, struct buf *out)
{
	size_t n = strlen(l->kind);
	uint8_t tree[ID_KEY_LEN] = { 0 };

	if (l->tree.kind != ID_NONE)
		id_key(&l->tree, tree);
	buf_addc(out, 1);
	buf_add64(out, l->seq);
	buf_add64(out, (uint64_t)l->at);
	buf_addc(out, (int)n);
	buf_add(out, l->kind, n);
	buf_add(out, tree, sizeof(tree));
	buf_add16(out, (uint16_t)l->nclaims);
	for (unsigned i = 0; i < l->nclaims; i++) {
		buf_add(out, l->claim[i].key, LOG_CLAIM_LEN);
		buf_add64(out, l->claim[i].value);
	}
	buf_add(out, l->commitment, LOG_HASH_LEN);
}

int
lasting_decode(const uint8_t *in, size_t len, struct lasting *l,
    struct log_claim *claims_r)
{
	static const uint8_t none[ID_KEY_LEN];
	size_t n;

	if (len < 18 || in[0] != 1)
		return -1;
	n = in[17];
	if (n == 0 || n >= KIND_NAME_MAX || len < 18 + n + ID_KEY_LEN + 2)
		return -1;
	memset(l, 0, sizeof(*l));
	l->seq = get64(in + 1);
	l->at = (int64_t)get64(in + 9);
	memcpy(l->kind, in + 18, n);
	in += 18 + n;
	len -= 18 + n;
	if (memcmp(in, none, sizeof(none)) != 0)
		id_from_key(in, &l->tree);
	l->nclaims = get16(in + ID_KEY_LEN);
	l->claim = claims_r;
	in += ID_KEY_LEN + 2;
	len -= ID_KEY_LEN + 2;
	if (l->nclaims > ENTRY_CLAIMS_MAX ||
	    len != (size_t)l->nclaims * (LOG_CLAIM_LEN + 8) + 2 * LOG_HASH_LEN)
		return -1;
	for (unsigned i = 0; i < l->nclaims; i++, in += LOG_CLAIM_LEN + 8) {
		memcpy(claims_r[i].key, in, LOG_CLAIM_LEN);
		claims_r[i].value = get64(in + LOG_CLAIM_LEN);
	}
	memcpy(l->commitment, in, LOG_HASH_LEN);
	memcpy(l->chain, in + LOG_HASH_LEN, LOG_HASH_LEN);
	return 0;
}

void
map_encode(const struct map *m, struct buf *out)
{
	buf_addc(out, 1);
	buf_addc(out, m->series);
	buf_add(out, m->sha256, LOG_HASH_LEN);
	buf_add64(out, m->size);
	buf_add32(out, m->pieces);
	buf_add32(out, m->from);
	buf_add32(out, m->n);
}

int
map_decode(const uint8_t *in, size_t len, struct map *m)
{
	if (len < MAP_HEAD || in[0] != 1)
		return -1;
	m->series = in[1];
	memcpy(m->sha256, in + 2, LOG_HASH_LEN);
	m->size = get64(in + 34);
	m->pieces = get32(in + 42);
	m->from = get32(in + 46);
	m->n = get32(in + 50);
	if (m->n > MAP_PLACES || m->n > m->pieces ||
	    m->from > m->pieces - m->n ||
	    len != MAP_HEAD + (size_t)m->n * MAP_PLACE)
		return -1;
	return 0;
}

void
place_encode(const struct loc *at, struct buf *out)
{
	buf_add32(out, at->segment);
	buf_add32(out, at->offset);
	buf_add32(out, at->ordinal);
}

void
place_decode(const uint8_t in[MAP_PLACE], uint8_t series, struct loc *at)
{
	at->series = series;
	at->segment = get32(in);
	at->offset = get32(in + 4);
	at->ordinal = get32(in + 8);
}

void
loc_put(const struct loc *at, uint8_t out_r[LOC_LEN])
{
	out_r[0] = at->series;
	put32(out_r + 1, at->segment);
	put32(out_r + 5, at->offset);
	put32(out_r + 9, at->ordinal);
}

void
loc_get(const uint8_t in[LOC_LEN], struct loc *at)
{
	at->series = in[0];
	at->segment = get32(in + 1);
	at->offset = get32(in + 5);
	at->ordinal = get32(in + 9);
}
