# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# dossier-fax.sh: what faxrcvd-dossier and notify-dossier share: facts as
# JSON, and files that appear in the drop folder whole or not at all.
#
# A sidecar is there before its document, so that the two are taken together.
# Must never write over a file, and never remove one that is not its own.

: "${DOSSIER_FAX:=/var/lib/dossier/drop/fax}"
facts=

say() {
	printf '%s: %s\n' "${0##*/}" "$1" >&2
}

# A JSON text: controls become spaces, quotes and backslashes are escaped.
# What is not UTF-8 is taken as Latin-1, which old fax machines send.
quote() {
	_text=$(printf '%s' "$1" | LC_ALL=C tr '\001-\037\177' '[ *]')
	if command -v iconv >/dev/null 2>&1 &&
	    ! printf '%s' "$_text" | iconv -f UTF-8 -t UTF-8 \
	    >/dev/null 2>&1; then
		_text=$(printf '%s' "$_text" | iconv -f ISO-8859-1 -t UTF-8)
	fi
	printf '%s' "$_text" | LC_ALL=C sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' \
	    -e 's/^ *//' -e 's/ *$//' -e '1s/^/"/' -e '$s/$/"/'
}

# fact NAME VALUE: nothing for an empty value or one that says unknown.
fact() {
	case $2 in
	''|'<UNSPECIFIED>'|'<NONE>'|'<UNKNOWN>') return ;;
	esac
	facts="$facts${facts:+,}\"$1\":$(quote "$2")"
}

# count NAME VALUE: a whole number, or nothing.
count() {
	case $2 in
	''|*[!0-9]*|??????????*) return ;;
	esac
	facts="$facts${facts:+,}\"$1\":$(printf '%s' "$2" |
	    sed 's/^0*\([0-9]\)/\1/')"
}

# appear NAME: what stands on input is in the drop folder under that name, or
# under it with a number if the name is in use.
appear() {
	_base=${1%.*} _end=${1##*.} _name=$1 _n=1
	_part="$DOSSIER_FAX/.dossier-fax.$$.part"
	(umask 027 && cat >"$_part") || {
		rm -f "$_part"
		return 1
	}
	while [ -e "$DOSSIER_FAX/$_name" ]; do
		_n=$((_n + 1))
		_name=$_base-$_n.$_end
	done
	mv "$_part" "$DOSSIER_FAX/$_name"
}

# deliver NAME: input as the document, the facts beside it.  The document's
# name must be free, as its sidecar is found by it.
deliver() {
	_try=$1 _k=1
	while [ -e "$DOSSIER_FAX/$_try" ] || [ -e "$DOSSIER_FAX/$_try.json" ]
	do
		_k=$((_k + 1))
		_try=${1%.*}-$_k.${1##*.}
	done
	printf '{%s}\n' "$facts" | appear "$_try.json" || {
		say "cannot write into $DOSSIER_FAX"
		return 1
	}
	appear "$_try" || {
		rm -f "$DOSSIER_FAX/$_try.json"
		say "cannot write into $DOSSIER_FAX"
		return 1
	}
}

# The session's log, if the server keeps one.
transcript() {
	if [ -n "$1" ] && [ -r "log/c$1" ]; then
		printf '\nTranscript of the call (log/c%s):\n\n' "$1"
		grep -v -e '-- data' "log/c$1"
	fi
	return 0
}
