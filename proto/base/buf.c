/* SPDX-License-Identifier: ISC */
/*
 * buf: the one growing run of bytes.  It must never grow by less than what
 * was asked, and never lose what was there when an allocation fails.
 */
#include "proto/base/buf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST 256

void
buf_init(struct buf *b)
{
	memset(b, 0, sizeof *b);
}

void
buf_release(struct buf *b)
{
	free(b->data);
	buf_init(b);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = 0;
}

void
buf_swap(struct buf *a, struct buf *b)
{
	struct buf t = *a;

	*a = *b;
	*b = t;
}

int
buf_failed(const struct buf *b)
{
	return b->failed;
}

uint8_t *
buf_reserve(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : BUF_FIRST;
	uint8_t *data;

	if (b->failed)
		return NULL;
	if (b->data != NULL && n <= b->cap - b->len)
		return b->data + b->len;
	if (n > SIZE_MAX / 2 - b->len) {
		b->failed = 1;
		return NULL;
	}
	while (cap < b->len + n)
		cap *= 2;
	data = realloc(b->data, cap);
	if (data == NULL) {
		b->failed = 1;
		return NULL;
	}
	b->data = data;
	b->cap = cap;
	return data + b->len;
}

void
buf_commit(struct buf *b, size_t n)
{
	if (b->failed)
		return;
	assert(n <= b->cap - b->len);
	b->len += n;
}

void
buf_add(struct buf *b, const void *bytes, size_t n)
{
	uint8_t *to;

	if (n == 0 || (to = buf_reserve(b, n)) == NULL)
		return;
	memcpy(to, bytes, n);
	b->len += n;
}

void
buf_addc(struct buf *b, int c)
{
	uint8_t *to = buf_reserve(b, 1);

	if (to == NULL)
		return;
	*to = (uint8_t)c;
	b->len++;
}

void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_addu(struct buf *b, uint64_t v)
{
	char digits[20];
	size_t i = sizeof digits;

	do {
		digits[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	buf_add(b, digits + i, sizeof digits - i);
}

void
buf_addi(struct buf *b, int64_t v)
{
	if (v < 0)
		buf_addc(b, '-');
	buf_addu(b, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void
buf_addhex(struct buf *b, const void *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *from = bytes;
	uint8_t *to = buf_reserve(b, n > SIZE_MAX / 4 ? SIZE_MAX : 2 * n);

	if (to == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		*to++ = (uint8_t)digits[from[i] >> 4];
		*to++ = (uint8_t)digits[from[i] & 15];
	}
	b->len += 2 * n;
}

void
buf_add16(struct buf *b, uint16_t v)
{
	uint8_t bytes[2];

	put16(bytes, v);
	buf_add(b, bytes, sizeof bytes);
}

void
buf_add32(struct buf *b, uint32_t v)
{
	uint8_t bytes[4];

	put32(bytes, v);
	buf_add(b, bytes, sizeof bytes);
}

void
buf_add64(struct buf *b, uint64_t v)
{
	uint8_t bytes[8];

	put64(bytes, v);
	buf_add(b, bytes, sizeof bytes);
}

uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

uint64_t
get64(const uint8_t *p)
{
	return (uint64_t)get32(p) << 32 | get32(p + 4);
}

void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void
put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

void
put64(uint8_t *p, uint64_t v)
{
	put32(p, (uint32_t)(v >> 32));
	put32(p + 4, (uint32_t)v);
}

void
buf_consume(struct buf *b, size_t n)
{
	assert(n <= b->len);
	if (n == 0)
		return;
	b->len -= n;
	memmove(b->data, b->data + n, b->len);
}

const char *
buf_str(struct buf *b)
{
	uint8_t *end;

	if (b->len == 0 && !b->failed)
		return "";
	end = buf_reserve(b, 1);
	if (end == NULL)
		return NULL;
	*end = 0;
	return (const char *)b->data;
}
