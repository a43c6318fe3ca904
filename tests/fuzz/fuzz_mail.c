/* SPDX-License-Identifier: ISC */
/*
 * fuzz_mail: any bytes, read as mail and as whatever they are, end in a
 * reading that reading_check() passes.  (A child of the reader ends with its
 * document and frees nothing: leaks are no finding here.)
 */
#include "daemon/reader/document.h"

#include <sys/mman.h>

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/base/json.h"
#include "proto/wire/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

static void
read_as(int fd, size_t len, enum reading_hint hint)
{
	struct buf	 out = BUF_INIT;
	struct json	 j;

	if (document_read(fd, len, hint, &out) == -1)
		abort();
	if (json_parse(&j, (const char *)out.data, out.len) == -1)
		abort();
	if (reading_check(&j) != NULL)
		abort();
	json_release(&j);
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static int	 warm;
	int		 fd;

	if (!warm && document_warm() == -1)
		abort();
	warm = 1;
	fd = memfd_create("document", MFD_CLOEXEC);
	if (fd == -1 || write(fd, data, len) != (ssize_t)len)
		abort();
	read_as(fd, len, READING_MAIL);
	read_as(fd, len, READING_ANY);
	return close(fd);
}
