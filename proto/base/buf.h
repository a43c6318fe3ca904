/* SPDX-License-Identifier: ISC */
/*
 * buf: the one growing run of bytes.
 *
 * A failed allocation is remembered: every later call on the buffer does
 * nothing, and buf_failed() says so.  A writer may therefore append many
 * pieces and check once, before it uses the result.
 */
#ifndef DOSSIER_BUF_H
#define DOSSIER_BUF_H

#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t	*data;		/* NULL while nothing was allocated */
	size_t	 len;
	size_t	 cap;
	int	 failed;
};

#define BUF_INIT { NULL, 0, 0, 0 }

void	 buf_init(struct buf *);
/* Frees the bytes; the buffer is then as after buf_init(). */
void	 buf_release(struct buf *);
/* Empties the buffer, keeps its memory, forgets an earlier failure. */
void	 buf_clear(struct buf *);
/* Swaps two buffers, so that a full one can be handed over in O(1). */
void	 buf_swap(struct buf *, struct buf *);
int	 buf_failed(const struct buf *);

/* Makes room for n more bytes; NULL (and failed) if there is none. */
uint8_t	*buf_reserve(struct buf *, size_t n);
/* Counts n bytes that were written to what buf_reserve() gave. */
void	 buf_commit(struct buf *, size_t n);

void	 buf_add(struct buf *, const void *, size_t);
void	 buf_addc(struct buf *, int);
void	 buf_adds(struct buf *, const char *);		/* a C string */
void	 buf_addu(struct buf *, uint64_t);		/* in decimal */
void	 buf_addi(struct buf *, int64_t);		/* in decimal */
void	 buf_addhex(struct buf *, const void *, size_t);	/* lower case */

/* Big-endian integers, for wire and disk. */
void	 buf_add16(struct buf *, uint16_t);
void	 buf_add32(struct buf *, uint32_t);
void	 buf_add64(struct buf *, uint64_t);
uint16_t get16(const uint8_t *);
uint32_t get32(const uint8_t *);
uint64_t get64(const uint8_t *);
void	 put16(uint8_t *, uint16_t);
void	 put32(uint8_t *, uint32_t);
void	 put64(uint8_t *, uint64_t);

/* Drops n bytes from the front (n at most len). */
void	 buf_consume(struct buf *, size_t n);

/*
 * The bytes as a C string: a NUL is kept behind the last byte, not counted.
 * "" for an empty buffer and NULL for a failed one.
 */
const char *buf_str(struct buf *);

#endif
