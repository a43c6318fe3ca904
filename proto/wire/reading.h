/* SPDX-License-Identifier: ISC */
/*
 * reading: what dossier-reader says of a document, as canonical JSON.
 *
 * The reader is not trusted: reading_check() holds what it said against this
 * shape before a byte of it is kept.  A member without value is left out.
 *
 *  auto_submitted  s  value of Auto-Submitted (RFC 3834) when not "no"
 *  bcc, cc, from, reply_to, to   arrays of {address, name}; address as it
 *                     stood, trimmed, domain in lower case
 *  body          s    first 2,000 bytes of the text body without quoted
 *                     lines, for rules (case tokens) and lists
 *  bounce        o    of a delivery report: {action, message_id, recipient,
 *                     recipients, status}; action in lower case: failed,
 *                     delayed ...; of several recipients the one that fared
 *                     worst, and then all of them in `recipients', each with
 *                     {action, recipient, status}
 *  date          s    the Date header as RFC 3339 (with its offset; -00:00 is
 *                     UTC of no named zone; with the doubt bad-date, a local
 *                     time of an unknown one)
 *  date_raw      s    as it stood
 *  dkim          s    the domain (d=) of the topmost DKIM-Signature, whatever
 *                     it is worth: the mail can be held against its DNS
 *  doubts        a    of strings: no-date, bad-date, no-from, no-message-id,
 *                     bad-charset:NAME, 8bit-header, many-parts, no-message,
 *                     duplicate-header:NAME, truncated, no-journal-envelope,
 *                     many-recipients
 *  envelope_to   a    of {address, name} out of X-Envelope-To, confidential:
 *                     for filing and direction, not for lists
 *  in_reply_to   a    of message ids, without <>
 *  journal       o    of an Exchange journal report ([MS-XJRNL]), confidential:
 *                     {message_id, on_behalf_of, part, recipients, reporter,
 *                      sender, subject}; recipients of {address, as: to cc bcc
 *                     recipient, how: expanded forwarded, via}; part is the
 *                     index of the message in it, whose facts all others here
 *                     are; reporter is who wrote the report
 *  list_id       s
 *  message_id    s    without <>
 *  parts         a    in the order of the message, the root first; objects
 *                     {charset, depth, disposition, encoding, end, filename,
 *                      parent, sha256, size, start, text_sha256, type}: start
 *                     and end are offsets of the encoded content in the
 *                     document, size and sha256 are of the decoded bytes of a
 *                     leaf, parent is the index of the enclosing part (-1 for
 *                     the root); text_sha256 is of a text with LF line ends,
 *                     one at its end, and an mbox's quoting of From lines
 *                     undone: what copies by other ways have in common; left
 *                     out if it is sha256, and of a text past 256 KiB
 *  precedence    s    bulk, junk, list
 *  received      s    date of the topmost Received header, RFC 3339
 *  references    a    of message ids, without <>
 *  subject       s    decoded
 *  type          s    what the bytes are: message/rfc822, application/pdf,
 *                     image/tiff, text/plain ... (libmagic, in the box)
 *
 * A document that is no mail has `type` and `doubts` alone.
 *
 * Parts are numbered as they stand in `parts`: D-000201.N is the one of index
 * N - 1, so D-000201.1 is the root, and the numbers are those of the reading
 * that is in force.  A multipart has a number and no bytes of its own.
 */
#ifndef DOSSIER_READING_H
#define DOSSIER_READING_H

#include <stddef.h>

#include "proto/base/json.h"

/* NULL if the text has the shape above, else the first member that has not. */
const char *reading_check(const struct json *);

/*
 * What travels between daemon and reader, on SOCK_SEQPACKET.  A request is
 * one packet with two descriptors (SCM_RIGHTS): the document, a file at
 * offset 0 that the reader may only read; and the answer, an empty file
 * (memfd).  The verdict comes back as one packet.
 *
 *	role		program		answer
 *	READ		dossier-reader	the canonical JSON above, no tail
 *	PART		dossier-reader	the decoded bytes of a part, tail
 *	TEXT		dossier-reader	text in UTF-8 with LF, tail
 *	DRAW		dossier-drawer	a PDF, or of a PDF nothing, tail
 *	SLIP		dossier-drawer	a PDF of one page of words, tail
 *	VOUCH		dossier-reader	JSON of DKIM results, tail; words are
 *					DNS answers (daemon/reader/vouch.c)
 *
 * A role that the program has not is READING_DIED with EPROTO.  The tail is
 * a struct reading_tail at the end of the answer; what is before it counts.
 */
enum reading_role {
	READING_READ, READING_PART, READING_TEXT, READING_DRAW, READING_SLIP,
	READING_VOUCH
};

struct reading_request {
	uint32_t	magic;		/* READING_MAGIC */
	uint32_t	id;		/* given back in the verdict */
	uint64_t	size;		/* of the document */
	uint32_t	hint;		/* enum reading_hint */
	uint32_t	deadline_ms;	/* 0: LIMIT_READ_SECONDS; never more */
	uint32_t	role;		/* enum reading_role */
	uint32_t	part;		/* PART: its index in `parts` */
	uint32_t	lang;		/* DRAW, SLIP: enum lang of our words */
	uint32_t	words;		/* SLIP, VOUCH: bytes of lines behind
					 * this; at most LIMIT_READ_WORDS */
	char		charset[32];	/* TEXT, DRAW: what a text is said to
					 * be in; "": nothing is said */
};

struct reading_tail {
	uint32_t	magic;		/* READING_TAIL */
	uint32_t	outcome;	/* reading_outcome: DONE to ABSENT */
	uint64_t	size;		/* bytes before the tail */
	uint32_t	pages;		/* DRAW, SLIP, and of a PDF; else 0 */
	uint32_t	notes;		/* enum reading_note, or'ed */
	char		type[64];	/* as `type` above; "" of a part */
};

enum reading_note {
	READING_NO_GLYPH = 1,	/* characters that no font here can draw */
	READING_CUT = 2,	/* longer than its limit: the rest left out */
	READING_CHARSET = 4,	/* a charset was wrong or not known */
	READING_FROM_HTML = 8	/* the text was made of HTML */
};

enum reading_hint { READING_ANY, READING_MAIL };

struct reading_verdict {
	uint32_t	magic;
	uint32_t	id;
	uint32_t	outcome;	/* enum reading_outcome */
	uint32_t	detail;		/* signal, 256 + exit code, errno */
};

/* The reader's first packet, when it is warm and in its box. */
struct reading_hello {
	uint32_t	magic;		/* READING_HELLO */
	char		reader[124];	/* program and library versions */
	/*
	 * All that the bytes of its answers depend on but their questions:
	 * what it makes of a document today it makes again as long as this
	 * stays.  READING_MAKES, libraries, fonts; not the program's own
	 * version, which moves without a byte of them.
	 */
	char		maker[192];
};

/* One more whenever TEXT or DRAW give other bytes for the same document. */
#define READING_MAKES	1

enum reading_outcome {
	READING_DONE,		/* the answer file holds a reading */
	READING_DIED,		/* signal or exit code in detail */
	READING_TIMEOUT,
	READING_TOO_LARGE,
	READING_NO_MEMORY,
	/* In a tail alone: what the document is. */
	READING_ITSELF,		/* DRAW: it is a PDF; its pages are told */
	READING_NONE,		/* TEXT: of this type no text is made yet */
	READING_UNSUPPORTED,	/* DRAW: nothing is drawn of this type */
	READING_ENCRYPTED,	/* PDF that wants a password */
	READING_CORRUPT,	/* not what its first bytes promise */
	READING_EMPTY,		/* no bytes, or no pages */
	READING_ABSENT		/* PART: there is none, or it has no bytes */
};

#define READING_MAGIC 0x44525232u	/* "DRR2" */
#define READING_HELLO 0x44524832u	/* "DRH2" */
#define READING_TAIL 0x44525431u	/* "DRT1" */

#endif
