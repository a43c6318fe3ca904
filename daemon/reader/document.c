/* SPDX-License-Identifier: ISC */
/*
 * document: see document.h.  What the sender calls a document is a hint at
 * most: its bytes decide how it is read.
 */
#include "daemon/reader/document.h"

#include <sys/mman.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/reader/charset.h"
#include "daemon/reader/decode.h"
#include "daemon/reader/facts.h"
#include "daemon/reader/mail.h"
#include "daemon/reader/type.h"
#include "proto/wire/reading.h"

int
document_warm(void)
{
	if (charset_warm() == -1 || type_warm() == -1)
		return -1;
	if (decode_warm() == -1 || mail_warm() == -1) {
		errno = ENOSYS;
		return -1;
	}
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

/*
 * A channel that carries mail only says so by its hint; elsewhere bytes that
 * look like a header are a mail that somebody saved.
 */
static void
read_bytes(struct facts *f, int fd, const char *bytes, size_t size,
    uint32_t hint)
{
	static const char	mail[] = "message/rfc822";
	const char		*type;

	if ((hint == READING_MAIL || type_is_mail(bytes, size)) &&
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
	void		*map = NULL;
	int		 rc = -1;

	if (size > 0) {
		map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (map == MAP_FAILED)
			return -1;
	}
	facts_init(&f);
	read_bytes(&f, fd, map == NULL ? "" : map, size, hint);
	errno = ENOMEM;
	rc = facts_write(&f, out);
	facts_release(&f);
	if (map != NULL)
		(void)munmap(map, size);	/* the process ends anyway */
	return rc;
}
