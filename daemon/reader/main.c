/* SPDX-License-Identifier: ISC */
/*
 * dossier-reader: reads documents in a box, for dossierd; its roles are the
 * light ones.  How it is called stands in run.c.
 */
#include "daemon/reader/document.h"
#include "daemon/reader/role.h"
#include "daemon/reader/vouch.h"
#include "proto/base/limits.h"

static int
warm(void)
{
	return document_warm() == -1 ? -1 : vouch_warm();
}

static const struct program reader = {
	.name = "dossier-reader", .box = BOX_READ,
	.warm = warm, .versions = document_reader, .maker = document_maker,
	.roles = {
		[READING_READ] = { role_read, LIMIT_READ_ANSWER },
		[READING_TEXT] = { role_text, LIMIT_READ_TEXT +
		    sizeof(struct reading_tail) },
		[READING_PART] = { role_part, LIMIT_READ_BYTES +
		    sizeof(struct reading_tail) },
		[READING_VOUCH] = { role_vouch, LIMIT_READ_ANSWER },
	},
};

int
main(int argc, char **argv)
{
	return run(&reader, argc, argv);
}
