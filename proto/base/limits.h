/* SPDX-License-Identifier: ISC */
/*
 * limits: every limit on outside input, with the reply that it causes.  Each
 * is tested at the limit and one past it.
 */
#ifndef DOSSIER_LIMITS_H
#define DOSSIER_LIMITS_H

/* The store. */
#define LIMIT_PIECE		65536		/* of a blob; then the next */
#define LIMIT_ENTRY		61440		/* JSON of one entry; 413 */
#define LIMIT_SEGMENT		(64u << 20)	/* ended before it passes */
#define LIMIT_GROUP		(8u << 20)	/* bytes of one group */
#define LIMIT_BATCH_DRAFTS	64		/* entries of one append; 413 */

/* LMTP (RFC 5321, 4.5.3.1). */
#define LIMIT_SMTP_LINE		2048		/* line with CRLF; 500 5.5.6 */
#define LIMIT_SMTP_PATH		320		/* address; 501 5.1.7 / 5.1.3 */
#define LIMIT_SMTP_RCPT		1000		/* recipients; 452 4.5.3 */
#define LIMIT_SMTP_ERRORS	20		/* bad commands; 421 4.7.0 */
#define LIMIT_SMTP_SESSIONS	1000		/* at once; 421 4.3.2 */
#define LIMIT_SMTP_IDLE_S	300		/* silence; 421 4.4.2 */
#define LIMIT_MAIL_SIZE		(150u << 20)	/* mail-size; 552 5.3.4 */
#define LIMIT_SMTP_SLOW		1024		/* bytes in idle time; 421 */

/* HTTP. */
#define LIMIT_HTTP_LINE		8192		/* request line; 414 */
#define LIMIT_HTTP_HEAD		32768		/* all header lines; 431 */
#define LIMIT_HTTP_HEADERS	100		/* header lines; 431 */
#define LIMIT_HTTP_CHUNK_LINE	256		/* size and extension; 400 */
#define LIMIT_HTTP_JSON		262144		/* a JSON request; 413 */
#define LIMIT_HTTP_KEYS		1000		/* keys of one question; 422 */
#define LIMIT_HTTP_TRIAL	(64u << 20)	/* message of rules/test; 413 */
#define LIMIT_HTTP_UPLOAD	(UINT64_C(16) << 30)	/* upload; 413 */
#define LIMIT_HTTP_SESSIONS	256		/* at once; 503 */
#define LIMIT_HTTP_IDLE_S	120

/* Text of people in a record, in bytes. */
#define LIMIT_TITLE		500		/* of a title or name; 422 */
#define LIMIT_NOTE		40960		/* of a note; 422 */
#define LIMIT_WHY		2000		/* of a reason; 422 */

/* The reader. */
#define LIMIT_READ_SIZE		(256u << 20)	/* larger ones stay unread */
#define LIMIT_READ_PARTS	2000		/* parts listed of a mail */
#define LIMIT_READ_REPORTED	100		/* recipients; doubt */
#define LIMIT_READ_HEADERS	20000		/* lines before parsing */
#define LIMIT_READ_SECONDS	60		/* of one document */
#define LIMIT_READ_MEMORY	(1u << 30)	/* address space of one child */
#define LIMIT_READ_ANSWER	(8u << 20)	/* what the reader says */
#define LIMIT_READ_TEXT		(32u << 20)	/* a document's text; cut */
#define LIMIT_READ_BYTES	(256u << 20)	/* a part or PDF; too large */
#define LIMIT_READ_PAGES	5000		/* drawn of one document; cut */
#define LIMIT_VOUCH_SIZE	(32u << 20)	/* mail with DKIM; else said */
#define LIMIT_READ_WORDS	16384		/* of a slip, of DNS answers */
/* Made ahead of bundles; beyond, the reader is asked when one is built. */
#define LIMIT_RENDER_MEMBERS	128		/* with attached parts */
#define LIMIT_RENDER_BYTES	(16u << 20)	/* text and pages of all */

/* Drop folders. */
#define LIMIT_DROP_FILES	100000		/* files of a folder's scan */
#define LIMIT_DROP_DEPTH	8		/* folders deep; else listed */
#define LIMIT_SIDECAR		16384		/* longer: a document */

/* How far the times of a call may lie apart here and in a log, in seconds. */
#define LIMIT_FAX_APART		1800		/* fax server's log; missing */
#define LIMIT_CALL_APART	3600		/* log of telephones; missing */

/* Tables that `dossier verify' reads back. */
#define LIMIT_SHEET_ROW		(1u << 20)	/* bytes of a row; refused */

/* The tab custody of a bundle's workbook; more stand in the CSV alone. */
#define LIMIT_BOOK_CUSTODY	200000		/* rows; tab checks says so */

/* Bundles that `dossier verify' looks at. */
#define LIMIT_BAG_FILES		500000		/* files of a bag; refused */
#define LIMIT_VERIFY_DEPTH	16		/* folders deep; refused */
#define LIMIT_VERIFY_FILE	(UINT64_C(64) << 30)	/* a file; refused */
#define LIMIT_VERIFY_BYTES	(UINT64_C(4) << 40)	/* all files; refused */
#define LIMIT_VERIFY_RATIO	200		/* out of one byte; refused */
#define LIMIT_VERIFY_KEPT	(256u << 20)	/* proof and tag files */
#define LIMIT_VERIFY_SHEET	(128u << 20)	/* a workbook; refused */
#define LIMIT_VERIFY_LEAVES	4000000		/* of a case's tree; refused */
#define LIMIT_VERIFY_ROWS	4000000		/* rows of a table; refused */
#define LIMIT_VERIFY_GIVEN	(1u << 20)	/* --key, --ca, --tsa-ca */
#define LIMIT_VERIFY_MEMORY	(UINT64_C(3) << 30)	/* address space */

/* The log's authorities and witnesses. */
#define LIMIT_STAMP		32768		/* a stamp; not kept */
#define LIMIT_WITNESS		16384		/* its answer; not kept */

#endif
