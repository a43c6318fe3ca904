/* SPDX-License-Identifier: ISC */
/*
 * document: see document.h.  What the sender calls a document is a hint at
 * most: its bytes decide how it is read.
 */
#include "daemon/reader/document.h"

#include <sys/mman.h>

#include <errno.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/reader/answer.h"
#include "daemon/reader/charset.h"
#include "daemon/reader/decode.h"
#include "daemon/reader/facts.h"
#include "daemon/reader/html.h"
#include "daemon/reader/mail.h"
#include "daemon/reader/role.h"
#include "daemon/reader/type.h"
#include "proto/base/limits.h"
#include "proto/wire/reading.h"

int
document_warm(void)
{
	/* Libraries that want the local time would look for a file of it. */
	if (setenv("TZ", "UTC0", 1) == -1)
		return -1;
	tzset();
	if (charset_warm() == -1 || type_warm() == -1)
		return -1;
	if (decode_warm() == -1 || mail_warm() == -1) {
		errno = ENOSYS;
		return -1;
	}
	html_warm();
	return 0;
}

const char *
document_reader(void)
{
	static char	 text[96];

	(void)snprintf(text, sizeof(text),
	    "dossier-reader %s gmime %s libmagic %d", DOSSIER_VERSION,
	    mail_version(), type_version());
	return text;
}

const char *
document_maker(void)
{
	static char	 text[96];

	(void)snprintf(text, sizeof(text),
	    "text %d gmime %s libmagic %d glibc %s", READING_MAKES,
	    mail_version(), type_version(), gnu_get_libc_version());
	return text;
}

const char *
document_map(int fd, uint64_t size)
{
	void	*map;

	if (size == 0)
		return "";
	map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	return map == MAP_FAILED ? NULL : map;
}

/*
 * A channel that carries mail only says so by its hint; elsewhere bytes that
 * look like a header are a mail that somebody saved.
 */
int
document_is_mail(const char *bytes, size_t size, uint32_t hint)
{
	return hint == READING_MAIL || type_is_mail(bytes, size);
}

static void
read_bytes(struct facts *f, int fd, const char *bytes, size_t size,
    uint32_t hint)
{
	static const char	mail[] = "message/rfc822";
	const char		*type;

	if (document_is_mail(bytes, size, hint) &&
	    mail_read(f, fd, bytes, size)) {
		facts_text(f, FACT_TYPE, mail, strlen(mail));
		return;
	}
	type = type_of(bytes, size);
	facts_text(f, FACT_TYPE, type, strlen(type));
}

int
document_read(int fd, uint64_t size, uint32_t hint, struct buf *out)
{
	struct facts	 f;
	const char	*map = document_map(fd, size);
	int		 rc = -1;

	if (map == NULL)
		return -1;
	facts_init(&f);
	read_bytes(&f, fd, map, size, hint);
	errno = ENOMEM;
	rc = facts_write(&f, out);
	facts_release(&f);
	if (size > 0)	/* the process ends anyway, but for fuzzing */
		(void)munmap((void *)(uintptr_t)map, size);
	return rc;
}

int
role_read(const struct reading_request *q, const char *words, int docfd,
    int answerfd)
{
	struct buf	 out = BUF_INIT;
	struct answer	 a;

	(void)words;
	if (document_read(docfd, q->size, q->hint, &out) == -1)
		return -1;
	answer_init(&a, answerfd, LIMIT_READ_ANSWER);
	(void)answer_add(&a, out.data, out.len);
	return answer_flush(&a);	/* without a tail */
}
