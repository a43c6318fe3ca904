/* SPDX-License-Identifier: ISC */
/*
 * verify_own: what the files of `dossier verify' share.
 *
 * One pass over the input hashes every file, keeps the small ones that the
 * checks need whole, and feeds tables to their readers as they go by; so a
 * bundle of any size takes the memory of its lists, and each file is read
 * once.  The checks come after the pass.  All of it runs in the box
 * (verify_box.c): everything read is a stranger's.
 *
 * This header names neither jansson nor json.h, which cannot share a file.
 */
#ifndef DOSSIER_VERIFY_OWN_H
#define DOSSIER_VERIFY_OWN_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/say.h"
#include "proto/out/bagit.h"
#include "proto/out/merkle.h"

/* ---- what came out ------------------------------------------------------ */

enum verify_check {
#define CHECK(name, word, title) VERIFY_##name,
#include "client/verify.def"
#undef CHECK
	VERIFY_CHECKS
};

enum verify_state {
	VERIFY_NOT_THERE,	/* nothing of the kind is in the input */
	VERIFY_GOOD,
	VERIFY_HALF,		/* right as far as it goes; the text says */
	VERIFY_BROKEN
};

struct verify_result {
	enum verify_state state;
	struct buf	  text;		/* a sentence; "" */
};

/* ---- the input ---------------------------------------------------------- */

enum input_fault {
	INPUT_FINE, INPUT_ERRNO,
	INPUT_ARCHIVE,		/* no zip, or a broken one */
	INPUT_TWOFOLD,		/* a zip that could be read otherwise too */
	INPUT_LINK,		/* a link, device, pipe ... */
	INPUT_NAME,		/* a name that no bag may have */
	INPUT_TOP,		/* zip: not one folder with all in it */
	INPUT_SECRET,		/* encrypted */
	INPUT_DEEP,		/* LIMIT_VERIFY_DEPTH */
	INPUT_MANY,		/* LIMIT_BAG_FILES */
	INPUT_LARGE,		/* LIMIT_VERIFY_FILE, LIMIT_VERIFY_BYTES */
	INPUT_BOMB,		/* LIMIT_VERIFY_RATIO */
	INPUT_STOPPED		/* a call said -1 */
};

struct input {
	int		 fd;		/* a folder's or a file's */
	enum { INPUT_FOLDER, INPUT_ZIP, INPUT_FILE } kind;
	uint64_t	 size;		/* of the file */
	/* LIMIT_VERIFY_FILE, LIMIT_VERIFY_BYTES; less in tests */
	uint64_t	 file_max, bytes_max;
	const char	*name;		/* last part of the path; borrowed */
	enum input_fault fault;
	char		 where[BAGIT_PATH_MAX + 1];	/* tamed; "" */
};

/*
 * Each file of a bag once, from the base folder; a path is one that
 * bagit_path_ok() takes.  0, or -1 to stop.
 */
struct input_calls {
	int	(*begin)(void *, const char *path);
	int	(*bytes)(void *, const uint8_t *, size_t);
	int	(*end)(void *);
};

/* Before the box.  0, or -1 with errno. */
int	input_open(struct input *, const char *path);
void	input_close(struct input *);
/* 0, or -1: see fault and where. */
int	input_read(struct input *, const struct input_calls *, void *arg);
/* verify_zip.c; for input_read(). */
int	input_zip(struct input *, const struct input_calls *, void *arg);
int	input_fail(struct input *, enum input_fault, const char *where);
/*
 * verify_map.c: 0 if every reader finds the same files in the zip, or -1
 * with the fault.
 */
int	input_map(struct input *);

/* ---- the whole ---------------------------------------------------------- */

struct verify_file {
	char		*path;
	uint64_t	 size;
	uint8_t		 sha256[32], sha512[64];
	struct buf	 kept;		/* the bytes, of tag files */
};

struct verify_rows;		/* verify_rows.c: tables */
struct verify_log;		/* verify_log.c: trees */

struct verify {
	enum lang	 lang;
	struct verify_result result[VERIFY_CHECKS];
	/* what the user gave; empty if not */
	struct buf	 keys, ca, tsa_ca;
	struct input	*input, *earlier;	/* earlier: NULL */
	/* the pass; afterwards in the order of the paths' bytes */
	struct verify_file *files;
	size_t		 nfiles, cap;
	uint64_t	 kept;		/* bytes of all kept */
	struct bagit_info info;
	struct buf	 info_text;
	struct verify_rows *rows;
	struct beside	*beside;	/* NULL: there is one thread */
	struct verify_log *log;
	int64_t		 stamped;	/* by the stamp; WHEN_NONE */
};

/* verify_result.c.  Texts of the input are tamed.  a and b may be NULL. */
void	verify_good(struct verify *, enum verify_check, enum say_key,
	    const char *a, const char *b);
void	verify_half(struct verify *, enum verify_check, enum say_key,
	    const char *a, const char *b);
/* The first failure of a check stays.  Always -1. */
int	verify_broken(struct verify *, enum verify_check, enum say_key,
	    const char *a, const char *b);
int	verify_is(const struct verify *, enum verify_check,
	    enum verify_state);
/* A number for a sentence; the last few stay good. */
const char *verify_number(uint64_t);
/* NULL if there is none.  Only after the pass. */
const struct verify_file *verify_file(const struct verify *,
	    const char *path);
/* The first file whose path begins so; files + nfiles if there is none. */
const struct verify_file *verify_first(const struct verify *,
	    const char *prefix);

/* ---- verify_bag.c ------------------------------------------------------- */

/* The pass and the checks of the bag.  0, or -1 if nothing can follow. */
int	verify_bag(struct verify *);

/* ---- verify_rows.c ------------------------------------------------------ */

struct verify_rows *verify_rows_new(void);
void	verify_rows_free(struct verify_rows *);
/* 0: such a file is never a table. */
int	verify_rows_may(const char *path);
/*
 * A file goes by: 1 if it is a table that is read, then its bytes and its
 * end; nothing is done with those of another.  What is wrong with it is kept
 * for verify_tables().  -1: no memory.
 */
int	verify_rows_begin(struct verify_rows *, const char *path);
int	verify_rows_bytes(struct verify_rows *, const uint8_t *, size_t);
int	verify_rows_end(struct verify_rows *);
void	verify_tables(struct verify *);
/* One table alone, no bag. */
int	verify_lone(struct verify *);

/* ---- verify_beside.c ---------------------------------------------------- */

/* With the thread, which needs v->rows and v->log; NULL: there is none. */
struct beside *beside_new(struct verify *);
void	beside_free(struct beside *);	/* NULL is fine; ends the thread */
/*
 * A file goes by, of which verify_rows_may(); or disclosed.jsonl.  0, or -1:
 * no memory, for this or for what went by before.
 */
int	beside_begin(struct verify *, const char *path);
int	beside_bytes(struct verify *, const uint8_t *, size_t);
int	beside_end(struct verify *);
int	beside_disclosed(struct verify *, const uint8_t *, size_t);
/* All of it was read: 0, or -1: no memory. */
int	beside_wait(struct verify *);

/* ---- verify_log.c ------------------------------------------------------- */

struct verify_log *verify_log_new(void);
void	verify_log_free(struct verify_log *);
/* proof/case/disclosed.jsonl goes by.  0, or -1: no memory. */
int	verify_log_bytes(struct verify_log *, const uint8_t *, size_t);
void	verify_log(struct verify *);
/*
 * What the log proves of the arrival of a document with that SHA-256 at that
 * time; the arrival is then one of a produced document.
 */
enum arrival {
	ARRIVAL_NOT_GIVEN,	/* nothing: none that is given is of it */
	ARRIVAL_THEN,
	ARRIVAL_OTHERWISE	/* it came at another time */
};
enum arrival verify_log_arrived(const struct verify *,
	    const uint8_t sha256[32], const char *at);
/*
 * The filing (from 1) of the first given arrival of which nobody asked, 0 if
 * there is none; and of the first one whose arrival is not given.
 */
uint64_t verify_log_other(const struct verify *);
uint64_t verify_log_alone(const struct verify *);
/* The body that master-checkpoint.tsr stamps; NULL if it is not sure. */
const struct buf *verify_log_master(const struct verify *);

/* ---- verify_seal.c ------------------------------------------------------ */

void	verify_seals(struct verify *);
/* After verify_log(). */
void	verify_master_stamp(struct verify *);
/* What must be loaded before the box. */
int	verify_seal_prepare(void);

/* ---- verify_box.c ------------------------------------------------------- */

/*
 * Two steps into the box, 0, or -1 with errno: nothing may be read then.
 * First no other file than below these (-1: none), no privileges, limits.
 * Then no network, no program, no thread but those that there are, all of
 * which are held.
 */
int	verify_box_files(int one, int other);
int	verify_box_calls(void);

#endif
