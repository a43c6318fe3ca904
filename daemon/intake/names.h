/* SPDX-License-Identifier: ISC */
/*
 * names: a sorted table of things that are found by their name.
 */
#ifndef DOSSIER_NAMES_H
#define DOSSIER_NAMES_H

/* What is kept begins with its name, which must not change meanwhile. */
struct named {
	char	*name;
};

struct names {
	void	*root;		/* NULL: empty */
};

struct named *names_find(struct names *, const char *name);
/* 0, or -1: no memory.  The name must not be there. */
int	names_add(struct names *, struct named *);
void	names_remove(struct names *, struct named *);
/* Any of them, NULL if there is none. */
struct named *names_any(const struct names *);
/* In the order of names; must not add or remove. */
void	names_each(const struct names *, void (*)(void *arg, struct named *),
	    void *arg);

#endif
