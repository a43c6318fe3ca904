/* SPDX-License-Identifier: ISC */
/*
 * words: see words.h.  Two tables, searched from front to back: a terminal
 * shows hundreds of cells, not millions.
 */
#include "client/words.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/buf.h"

/* member: which ones have it, with spaces around each; the same word may be
 * said differently of others. */
static const struct {
	const char	*members, *word;
	enum say_key	 key;
} values[] = {
#define TREATMENT " treatment treatment_was "
	{ TREATMENT, "produce", SAY_WORD_PRODUCE },
	{ TREATMENT, "withhold", SAY_WORD_WITHHOLD },
	{ TREATMENT, "leave-out", SAY_WORD_LEAVE_OUT },
	{ TREATMENT, "produced-before", SAY_WORD_PRODUCED_BEFORE },
	{ TREATMENT, "undecided", SAY_WORD_UNDECIDED },
	{ " marks ", "privileged", SAY_WORD_PRIVILEGED },
	{ " marks basis ", "without-prejudice", SAY_WORD_WITHOUT_PREJUDICE },
	{ " marks ", "received-in-error", SAY_WORD_RECEIVED_IN_ERROR },
	{ " hidden subject|filename|hidden ", "received-in-error",
	    SAY_ENTRY_HIDDEN },
#define STATE " state builds.state status "
	{ STATE, "asked", SAY_WORD_ASKED },
	{ STATE, "built", SAY_WORD_BUILT },
	{ STATE, "failed", SAY_WORD_FAILED },
	{ STATE, "cancelled", SAY_WORD_CANCELLED },
	{ " awaited ", "stamp", SAY_WORD_AWAITS_STAMP },
	{ " awaited ", "export-proof", SAY_WORD_AWAITS_EXPORT },
	{ " awaited ", "master-stamp", SAY_WORD_AWAITS_MASTER_STAMP },
	{ " awaited ", "witness", SAY_WORD_AWAITS_WITNESS },
	{ STATE, "open", SAY_WORD_OPEN },
	{ STATE, "closed", SAY_WORD_CLOSED },
	{ STATE, "new", SAY_WORD_NEW },
	{ STATE, "triage", SAY_WORD_TRIAGE },
	{ STATE, "filed", SAY_WORD_FILED },
	{ STATE, "aside", SAY_WORD_ASIDE },
	{ STATE, "received", SAY_WORD_RECEIVED },
	{ STATE, "read", SAY_WORD_READ },
	{ STATE, "unread", SAY_WORD_UNREAD },
	{ STATE, "in-force", SAY_WORD_IN_FORCE },
	{ STATE, "withdrawn", SAY_WORD_WITHDRAWN },
	{ " change ", "added", SAY_WORD_ADDED },
	{ " change ", "removed", SAY_WORD_REMOVED },
	{ " change ", "changed", SAY_WORD_CHANGED },
	{ " why ", "waiting", SAY_WORD_WHY_WAITING },
	{ " why ", "suggested", SAY_WORD_WHY_SUGGESTED },
	{ " why ", "token", SAY_WORD_WHY_TOKEN },
	{ " why ", "thread", SAY_WORD_WHY_THREAD },
	{ " why ", "party", SAY_WORD_WHY_PARTY },
	{ " direction ", "in", SAY_WORD_IN },
	{ " direction ", "out", SAY_WORD_OUT },
	{ " direction ", "internal", SAY_WORD_INTERNAL },
	{ " direction ", "between", SAY_WORD_BETWEEN },
	{ " direction ", "unknown", SAY_WORD_UNKNOWN },
#define CHANNEL " channel lane "
	{ CHANNEL, "email", SAY_WORD_EMAIL },
	{ CHANNEL, "fax", SAY_WORD_FAX },
	{ CHANNEL, "post", SAY_WORD_POST },
	{ CHANNEL, "hand", SAY_WORD_HAND },
	{ CHANNEL, "web", SAY_WORD_WEB },
	{ CHANNEL, "message", SAY_WORD_MESSAGE },
	{ CHANNEL, "note", SAY_WORD_NOTE },
	{ CHANNEL, "import", SAY_WORD_IMPORT },
	{ CHANNEL, "record", SAY_WORD_RECORD },
#define KIND " kind lane type "
	{ KIND, "call", SAY_WORD_CALL },
	{ KIND, "meeting", SAY_WORD_MEETING },
	{ KIND, "visit", SAY_WORD_VISIT },
	{ KIND, "video", SAY_WORD_VIDEO },
	{ KIND, "letter", SAY_WORD_LETTER },
	{ KIND, "mail", SAY_WORD_MAIL },
#define TIME_FROM " happened_from "
	{ TIME_FROM, "capture", SAY_WORD_FROM_CAPTURE },
	{ TIME_FROM, "envelope", SAY_WORD_FROM_ENVELOPE },
	{ TIME_FROM, "stated", SAY_WORD_FROM_STATED },
	{ TIME_FROM, "header", SAY_WORD_FROM_HEADER },
	{ TIME_FROM, "received", SAY_WORD_FROM_RECEIVED },
	{ TIME_FROM, "file", SAY_WORD_FROM_FILE },
	{ TIME_FROM, "note", SAY_WORD_FROM_NOTE },
#define PRECISION " happened_precision "
	{ PRECISION, "exact", SAY_WORD_EXACT },
	{ PRECISION, "minute", SAY_WORD_MINUTE },
	{ PRECISION, "date", SAY_WORD_DATE },
	{ PRECISION, "month", SAY_WORD_MONTH },
	{ PRECISION, "year", SAY_WORD_YEAR },
	{ PRECISION, "unknown", SAY_WORD_UNKNOWN },
#define ASIDE " as aside "
	{ ASIDE, "spam", SAY_WORD_SPAM },
	{ ASIDE, "marketing", SAY_WORD_MARKETING },
	{ ASIDE, "auto-reply", SAY_WORD_AUTO_REPLY },
	{ ASIDE, "internal", SAY_WORD_INTERNAL },
	{ ASIDE, "private", SAY_WORD_PRIVATE },
	{ ASIDE, "enquiry", SAY_WORD_ENQUIRY },
	{ ASIDE, "office", SAY_WORD_OFFICE },
	{ " certainty ", "certain", SAY_WORD_CERTAIN },
	{ " certainty ", "likely", SAY_WORD_LIKELY },
	{ " certainty ", "weak", SAY_WORD_WEAK },
	{ " certainty ", "person", SAY_WORD_PERSON },
};

static const struct {
	const char	*member;
	enum say_key	 key;
} members[] = {
	{ "addresses", SAY_MEMBER_ADDRESSES },
	{ "arrivals", SAY_MEMBER_ARRIVALS },
	{ "as_known", SAY_MEMBER_AS_KNOWN },
	{ "aside", SAY_MEMBER_ASIDE },
	{ "aside_why", SAY_MEMBER_ASIDE_WHY },
	{ "at", SAY_MEMBER_AT },
	{ "awaited", SAY_MEMBER_AWAITED },
	{ "builds", SAY_MEMBER_BUILDS },
	{ "captured_at", SAY_MEMBER_CAPTURED_AT },
	{ "case", SAY_MEMBER_CASE },
	{ "cases", SAY_MEMBER_CASES },
	{ "channel", SAY_MEMBER_CHANNEL },
	{ "client", SAY_MEMBER_CLIENT },
	{ "client_name", SAY_MEMBER_CLIENT_NAME },
	{ "clients", SAY_MEMBER_CLIENTS },
	{ "closed_at", SAY_MEMBER_CLOSED_AT },
	{ "contact", SAY_MEMBER_CONTACT },
	{ "contacts", SAY_MEMBER_CONTACTS },
	{ "continued", SAY_MEMBER_CONTINUED },
	{ "copies", SAY_MEMBER_COPIES },
	{ "copy_of", SAY_MEMBER_COPY_OF },
	{ "corrections", SAY_MEMBER_CORRECTIONS },
	{ "created_at", SAY_MEMBER_CREATED_AT },
	{ "direction", SAY_MEMBER_DIRECTION },
	{ "document", SAY_MEMBER_DOCUMENT },
	{ "emails", SAY_MEMBER_EMAILS },
	{ "filename", SAY_MEMBER_FILENAME },
	{ "filings", SAY_MEMBER_FILINGS },
	{ "from", SAY_MEMBER_FROM },
	{ "handlers", SAY_MEMBER_HANDLERS },
	{ "happened_at", SAY_MEMBER_HAPPENED_AT },
	{ "happened_from", SAY_MEMBER_HAPPENED_FROM },
	{ "happened_precision", SAY_MEMBER_HAPPENED_PRECISION },
	{ "id", SAY_MEMBER_ID },
	{ "kind", SAY_MEMBER_KIND },
	{ "lane", SAY_MEMBER_LANE },
	{ "lang", SAY_MEMBER_LANG },
	{ "links", SAY_MEMBER_LINKS },
	{ "main", SAY_MEMBER_MAIN },
	{ "marks", SAY_MEMBER_MARKS },
	{ "modified", SAY_MEMBER_MODIFIED },
	{ "dated", SAY_MEMBER_DATED },
	{ "sent", SAY_MEMBER_SENT },
	{ "name", SAY_MEMBER_NAME },
	{ "names", SAY_MEMBER_NAMES },
	{ "note", SAY_MEMBER_NOTE },
	{ "open_cases", SAY_MEMBER_OPEN_CASES },
	{ "opened_at", SAY_MEMBER_OPENED_AT },
	{ "phones", SAY_MEMBER_PHONES },
	{ "prefix", SAY_MEMBER_PREFIX },
	{ "profile", SAY_MEMBER_PROFILE },
	{ "reading", SAY_MEMBER_READING },
	{ "reason", SAY_MEMBER_REASON },
	{ "received", SAY_MEMBER_RECEIVED },
	{ "reference", SAY_MEMBER_REFERENCE },
	{ "role", SAY_MEMBER_ROLE },
	{ "seq", SAY_MEMBER_SEQ },
	{ "sha256", SAY_MEMBER_SHA256 },
	{ "shares", SAY_MEMBER_SHARES },
	{ "since", SAY_MEMBER_SINCE },
	{ "size", SAY_MEMBER_SIZE },
	{ "source", SAY_MEMBER_SOURCE },
	{ "state", SAY_MEMBER_STATE },
	{ "status", SAY_MEMBER_STATUS },
	{ "subject", SAY_MEMBER_SUBJECT },
	{ "supplements", SAY_MEMBER_SUPPLEMENTS },
	{ "title", SAY_MEMBER_TITLE },
	{ "to", SAY_MEMBER_TO },
	{ "type", SAY_MEMBER_TYPE },
	{ "until", SAY_MEMBER_UNTIL },
	{ "version", SAY_MEMBER_VERSION },
	{ "waiting", SAY_MEMBER_WAITING },
	{ "written_at", SAY_MEMBER_WRITTEN_AT },
};

/* Is the member one of the list, which has spaces around each? */
static int
is_listed(const char *list, const char *member)
{
	size_t n = strlen(member);
	const char *p = list;

	while (n > 0 && (p = strstr(p, member)) != NULL) {
		if (p[-1] == ' ' && p[n] == ' ')
			return 1;
		p++;
	}
	return 0;
}

static const char *
word_of(enum lang lang, const char *member, const char *word)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (strcmp(values[i].word, word) == 0 &&
		    is_listed(values[i].members, member))
			return say_text(lang, values[i].key);
	return word;
}

static int
has_words(const char *member)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (is_listed(values[i].members, member))
			return 1;
	return 0;
}

char *
words_text(enum lang lang, const char *member, char *text)
{
	struct buf out = BUF_INIT;
	char *words = NULL, *next = text;

	if (!has_words(member))
		return text;
	while (next != NULL) {
		char *word = next;

		if ((next = strstr(word, ", ")) != NULL) {
			*next = '\0';
			next += 2;
		}
		buf_adds(&out, out.len > 0 ? ", " : "");
		buf_adds(&out, word_of(lang, member, word));
	}
	if (!buf_failed(&out))
		words = strdup(buf_str(&out));
	buf_release(&out);
	free(text);
	return words;
}

const char *
words_member(enum lang lang, const char *member)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp(members[i].member, member) == 0)
			return say_text(lang, members[i].key);
	return member;
}
