/* SPDX-License-Identifier: ISC */
/*
 * fuzz_bagit: manifests, tagmanifests and bag-info.txt, by the first byte.
 * What is taken is written again and is the same bytes; no path leads out.
 */
#include "proto/out/bagit.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
manifest(enum bagit_hash hash, int tags, const char *text, size_t len)
{
	struct bagit_manifest m;
	struct buf again = BUF_INIT;
	enum bagit_fault fault;
	size_t line;

	if (bagit_manifest_read(&m, hash, tags, text, len, &fault, &line) ==
	    0) {
		for (size_t i = 0; i < m.nfiles; i++) {
			if (strstr(m.files[i].path, "..") != NULL &&
			    strstr(m.files[i].path, "../") != NULL)
				abort();
			if (bagit_find(&m, m.files[i].path) != &m.files[i])
				abort();
			bagit_line(&again, hash, m.files[i].hash,
			    m.files[i].path);
		}
		if (again.len != len || (len > 0 &&
		    memcmp(again.data, text, len) != 0))
			abort();
	}
	buf_release(&again);
	bagit_manifest_release(&m);
}

static void
info(const char *text, size_t len)
{
	struct buf memory = BUF_INIT, more = BUF_INIT, again = BUF_INIT;
	struct bagit_info a, b;
	enum bagit_fault fault;
	size_t line;

	if (bagit_info_read(&a, &memory, text, len, &fault, &line) == 0) {
		bagit_info(&again, &a);
		if (bagit_info_read(&b, &more, (char *)again.data, again.len,
		    &fault, &line) == -1 || a.octets != b.octets ||
		    a.files != b.files || a.volume != b.volume)
			abort();
	}
	buf_release(&memory);
	buf_release(&more);
	buf_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data + 1;

	if (len == 0)
		return 0;
	switch (data[0] % 4) {
	case 0:
		info(text, len - 1);
		break;
	case 1:
		(void)bagit_declaration_ok(text, len - 1);
		(void)bagit_path_ok(text, len - 1);
		break;
	case 2:
		manifest(BAGIT_SHA256, data[0] & 4, text, len - 1);
		break;
	default:
		manifest(BAGIT_SHA512, data[0] & 4, text, len - 1);
	}
	return 0;
}
