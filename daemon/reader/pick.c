/* SPDX-License-Identifier: ISC */
/*
 * pick: the decoded bytes of one part of a mail.  They are those whose hash
 * stands in `parts` of the reading, which the caller must hold against it.
 */
#include <sys/mman.h>

#include <errno.h>

#include "daemon/reader/answer.h"
#include "daemon/reader/decode.h"
#include "daemon/reader/document.h"
#include "daemon/reader/mail.h"
#include "daemon/reader/part.h"
#include "daemon/reader/role.h"
#include "proto/base/limits.h"

static int
take(void *arg, const void *bytes, size_t len)
{
	return answer_add(arg, bytes, len);
}

/* What no header was found in is its own only part: see part_opaque(). */
static int
find(int fd, const char *bytes, size_t size, uint32_t index, struct leaf *leaf)
{
	struct facts	 f;
	struct mail	 m;
	int		 got;

	facts_init(&f);
	if (mail_open(&f, fd, bytes, size, &m)) {
		got = part_find(m.reported ? &m.report : NULL, m.root, bytes,
		    size, index, leaf);
		mail_close(&m);
	} else {
		leaf->start = 0;
		leaf->end = (int64_t)size;
		leaf->encoding = GMIME_CONTENT_ENCODING_DEFAULT;
		got = index == 0;
	}
	facts_release(&f);
	return got;
}

int
role_part(const struct reading_request *q, const char *words, int docfd,
    int answerfd)
{
	struct answer	 a;
	struct leaf	 leaf;
	const char	*bytes;

	(void)words;
	bytes = document_map(docfd, q->size);
	if (bytes == NULL)
		return -1;
	answer_init(&a, answerfd, LIMIT_READ_BYTES);
	if (document_is_mail(bytes, q->size, q->hint) &&
	    find(docfd, bytes, q->size, q->part, &leaf))
		(void)decode_to(leaf.encoding, bytes + leaf.start,
		    (size_t)(leaf.end - leaf.start), take, &a);
	else
		answer_outcome(&a, READING_ABSENT);
	return answer_end(&a);
}
