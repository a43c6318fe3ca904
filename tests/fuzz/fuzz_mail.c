/* SPDX-License-Identifier: ISC */
/*
 * fuzz_mail: any bytes, read as mail and as whatever they are, end in a
 * reading that reading_check() passes.  (A child of the reader ends with its
 * document and frees nothing: leaks are no finding here, but the mappings
 * that it leaves are taken back, or there is no more room for any.)
 */
#include "daemon/reader/document.h"

#include <sys/mman.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* What earlier inputs were mapped at; the name is that of memfd_create(). */
static void
take_back(void)
{
	FILE		*maps = fopen("/proc/self/maps", "r");
	unsigned long	 from, to;
	char		*line = NULL;
	size_t		 size = 0;

	while (maps != NULL && getline(&line, &size, maps) != -1)
		if (strstr(line, "/memfd:document") != NULL &&
		    sscanf(line, "%lx-%lx", &from, &to) == 2)
			(void)munmap((void *)from, to - from);
	free(line);
	if (maps != NULL)
		(void)fclose(maps);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static int	 warm;
	static unsigned	 runs;
	int		 fd;

	if (!warm && document_warm() == -1)
		abort();
	warm = 1;
	fd = memfd_create("document", MFD_CLOEXEC);
	if (fd == -1 || write(fd, data, len) != (ssize_t)len)
		abort();
	read_as(fd, len, READING_MAIL);
	read_as(fd, len, READING_ANY);
	if (++runs % 256 == 0)
		take_back();
	return close(fd);
}
