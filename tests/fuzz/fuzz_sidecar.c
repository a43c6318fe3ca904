/* SPDX-License-Identifier: ISC */
/*
 * fuzz_sidecar: any sidecar becomes a canonical object that an entry can
 * carry, with the device and the tags in it, or is refused for not being
 * text; and any subject is held against a gateway's patterns in its bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/filing/fax.h"
#include "daemon/intake/sidecar.h"
#include "proto/base/json.h"
#include "proto/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
subject(const uint8_t *data, size_t len)
{
	static const char *const patterns[] = {
		"*{number}*", "Fax from {number} ({pages} pages)*",
		"{name}{number}{result}"
	};
	char *text = strndup((const char *)data, len);
	struct fax_call call = { 0 };
	size_t i;

	if (text == NULL)
		return;
	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (fax_subject(patterns[i], text, &call) &&
		    (strlen(call.number) >= sizeof(call.number) ||
		    strspn(call.pages, "0123456789") != strlen(call.pages)))
			abort();
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct sidecar_more more = {
		.device = "scanner", .tag = { "\xe4\xbf\xa1" }, .ntags = 1
	};
	struct buf out = BUF_INIT;
	struct json j;

	subject(data, len);
	if (sidecar_canonical((const char *)data, len, &more, &out) == -1) {
		if (text_is_utf8((const char *)data, len))
			abort();
		buf_release(&out);
		return 0;
	}
	if (json_parse(&j, (const char *)out.data, out.len) == -1 ||
	    j.tok[0].type != JSON_OBJ ||
	    json_get(&j, 0, "device") == JSON_NONE ||
	    json_get(&j, 0, "tags") == JSON_NONE)
		abort();
	json_release(&j);
	buf_release(&out);
	return 0;
}
