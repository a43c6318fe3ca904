# SPDX-License-Identifier: ISC
#
# One Makefile for the whole tree.  Objects and programs stand under build/;
# another compiler or a sanitizer has its own folder there, so that builds
# live side by side:
#
#	make				build/dossierd, dossier, dossier-reader,
#					dossier-drawer
#	make CC=clang			build/clang/...
#	make SANITIZE=address,undefined	build/address-undefined/...
#	make B=/elsewhere		where you say
#	make V=1			shows the commands
#
# Sources are found by wildcard: a new file needs no line here.  Packages are
# listed once, in conf/packages; `make demo', `make check' and their like
# install what is missing of them.

VERSION		= 0.1.0

CC		= gcc
CXX		= $(if $(findstring clang,$(CC)),clang++,g++)
AR		= ar
PKG_CONFIG	= pkg-config
PREFIX		= /usr/local
DESTDIR		=
SANITIZE	=
FUZZING		=
WERROR		=

comma		:= ,
empty		:=
space		:= $(empty) $(empty)
flavour		:= $(strip $(filter-out gcc cc,$(notdir $(CC))) \
		   $(subst $(comma),-,$(SANITIZE)))
B		:= build$(if $(flavour),/$(subst $(space),-,$(flavour)))

# --- flags --------------------------------------------------------------

WARN		= -Wall -Wextra -Wshadow -Wconversion -Wvla -Wformat=2 -Wundef \
		  -Werror=alloca $(if $(WERROR),-Werror)
CWARN		= $(WARN) -Wstrict-prototypes -Wmissing-prototypes
HARDEN		= -fstack-protector-strong -fstack-clash-protection -fPIE
LDHARDEN	= -pie -Wl,-z,relro -Wl,-z,now
ifeq ($(SANITIZE),)
OPT		= -O2 -g
HARDEN		+= -D_FORTIFY_SOURCE=2
else
OPT		= -O1 -g -fno-omit-frame-pointer -fsanitize=$(SANITIZE) \
		  -fno-sanitize-recover=all \
		  $(if $(FUZZING),-fsanitize=fuzzer-no-link)
endif
CFLAGS		= $(OPT)
CXXFLAGS	= $(OPT)
LDFLAGS		=

CPPFLAGS_ALL	= -D_GNU_SOURCE -I. -DDOSSIER_VERSION='"$(VERSION)"' \
		  -pthread $(CPPFLAGS)
CFLAGS_ALL	= -std=gnu11 $(CPPFLAGS_ALL) $(CWARN) $(HARDEN) $(CFLAGS) \
		  -include proto/base/banned.h
CXXFLAGS_ALL	= -std=c++17 $(CPPFLAGS_ALL) $(WARN) $(HARDEN) $(CXXFLAGS)
LDFLAGS_ALL	= $(OPT) -pthread $(LDHARDEN) -Wl,--as-needed $(LDFLAGS)

# $(call pkg,VAR,names): VAR_CFLAGS and VAR_LIBS from pkg-config, unless they
# are given on the command line or in the environment.
define pkg
ifndef $(1)_CFLAGS
$(1)_CFLAGS := $$(subst -I,-isystem ,$$(shell $(PKG_CONFIG) --cflags $(2) \
	2>/dev/null))
endif
ifndef $(1)_LIBS
$(1)_LIBS := $$(shell $(PKG_CONFIG) --libs $(2) 2>/dev/null)
endif
endef
$(eval $(call pkg,CRYPTO,libcrypto))
$(eval $(call pkg,SSL,libssl))
$(eval $(call pkg,LMDB,lmdb))
$(eval $(call pkg,ZSTD,libzstd))
$(eval $(call pkg,EVENT,libevent libevent_openssl libevent_pthreads))
$(eval $(call pkg,CONFUSE,libconfuse))
$(eval $(call pkg,JANSSON,jansson))
$(eval $(call pkg,UTF8PROC,libutf8proc))
$(eval $(call pkg,CURL,libcurl))
$(eval $(call pkg,CARES,libcares))
$(eval $(call pkg,ARCHIVE,libarchive))
$(eval $(call pkg,GMIME,gmime-3.0))
$(eval $(call pkg,MAGIC,libmagic))
$(eval $(call pkg,SECCOMP,libseccomp))
$(eval $(call pkg,XML2,libxml-2.0))
$(eval $(call pkg,OPENDKIM,opendkim))
$(eval $(call pkg,DRAW,pangocairo fontconfig poppler-glib libxml-2.0 libtiff-4 \
	libjpeg))
$(eval $(call pkg,XLSX,xlsxwriter))
$(eval $(call pkg,ZLIB,zlib))
$(eval $(call pkg,CMOCKA,cmocka))
PHONE_LIBS	?= -lphonenumber -lstdc++

PROTO_LIBS	= $(UTF8PROC_LIBS) $(CRYPTO_LIBS)
STORE_LIBS	= $(LMDB_LIBS) $(ZSTD_LIBS) $(PROTO_LIBS)
DAEMON_LIBS	= $(EVENT_LIBS) $(SSL_LIBS) $(CONFUSE_LIBS) $(JANSSON_LIBS) \
		  $(CURL_LIBS) $(CARES_LIBS) $(SECCOMP_LIBS) $(PHONE_LIBS) \
		  $(XLSX_LIBS) $(ZLIB_LIBS) \
		  $(STORE_LIBS)
CLIENT_LIBS	= $(CURL_LIBS) $(JANSSON_LIBS) $(ARCHIVE_LIBS) $(XML2_LIBS) \
		  $(SECCOMP_LIBS) $(PROTO_LIBS)
# dossier-reader takes what it uses of these, dossier-drawer all.
READER_LIBS	= $(GMIME_LIBS) $(MAGIC_LIBS) $(SECCOMP_LIBS) $(OPENDKIM_LIBS) $(DRAW_LIBS) \
		  $(PROTO_LIBS)

# Only the room that needs a library sees its headers.
room_cflags	= $(CRYPTO_CFLAGS) $(UTF8PROC_CFLAGS) \
	$(if $(filter store/% tests/%,$1),$(LMDB_CFLAGS) $(ZSTD_CFLAGS)) \
	$(if $(filter daemon/% tests/%,$1),$(SSL_CFLAGS) $(EVENT_CFLAGS) \
		$(CONFUSE_CFLAGS) $(JANSSON_CFLAGS)) \
	$(if $(filter client/% daemon/% tests/%,$1),$(CURL_CFLAGS)) \
	$(if $(filter client/% tests/%,$1),$(JANSSON_CFLAGS) \
		$(ARCHIVE_CFLAGS) $(XML2_CFLAGS) $(SECCOMP_CFLAGS)) \
	$(if $(filter daemon/reader/% tests/%,$1),$(GMIME_CFLAGS) \
		$(MAGIC_CFLAGS) $(SECCOMP_CFLAGS) $(DRAW_CFLAGS)) \
	$(if $(filter daemon/reader/pdf.c,$1),'-DDOSSIER_FIRST=<poppler.h>') \
	$(if $(filter daemon/%,$1),$(SECCOMP_CFLAGS) $(ZLIB_CFLAGS)) \
	$(if $(filter daemon/export/xlsx.c,$1),$(XLSX_CFLAGS) \
		'-DDOSSIER_FIRST=<xlsxwriter.h>') \
	$(if $(filter tests/%,$1),$(CMOCKA_CFLAGS))

# --- what there is ------------------------------------------------------

PROTO_SRC	:= $(sort $(wildcard proto/*/*.c))
STORE_SRC	:= $(sort $(wildcard store/*.c store/*/*.c))
READER_SRC	:= $(sort $(wildcard daemon/reader/*.c))
DAEMON_SRC	:= $(filter-out $(READER_SRC), \
		   $(sort $(wildcard daemon/*.c daemon/*/*.c)))
DAEMON_CXX	:= $(sort $(wildcard daemon/filing/*.cc))
CLIENT_SRC	:= $(sort $(wildcard client/*.c))

DAEMON_MAIN	:= daemon/dossierd.c
READER_MAIN	:= daemon/reader/main.c
DRAWER_MAIN	:= daemon/reader/drawer.c
CLIENT_MAIN	:= client/dossier.c

CHECK_DIRS	:= unit trickle fault crash hostile
CHECK_SRC	:= $(sort $(wildcard $(CHECK_DIRS:%=tests/%/test_*.c)))
FUZZ_SRC	:= $(sort $(wildcard tests/fuzz/fuzz_*.c))
# Of these, only what has a main is a program.
mains		= $(sort $(shell grep -ls '^main[^a-z_0-9]' $1))
TOOL_SRC	:= $(call mains,tests/tools/*.c)
BENCH_SRC	:= $(call mains,tests/bench/*.c)
SYS_FAULT	:= $(wildcard tests/fault/sys_fault*.c)
REPLAY_SRC	:= $(wildcard tests/fuzz/replay.c)
# Anything else beside the tests is shared by them.  What tools share stands
# apart: the demonstration builds a tool and has no test library.
HELP_SRC	:= $(filter-out $(CHECK_SRC) $(SYS_FAULT), \
		   $(sort $(wildcard $(CHECK_DIRS:%=tests/%/*.c))))
TOOL_HELP_SRC	:= $(filter-out $(TOOL_SRC) $(BENCH_SRC), \
		   $(sort $(wildcard tests/tools/*.c tests/bench/*.c)))

C_SRC		:= $(PROTO_SRC) $(STORE_SRC) $(DAEMON_SRC) $(READER_SRC) \
		   $(CLIENT_SRC) $(CHECK_SRC) $(FUZZ_SRC) $(TOOL_SRC) \
		   $(BENCH_SRC) $(SYS_FAULT) $(HELP_SRC) $(TOOL_HELP_SRC) \
		   $(REPLAY_SRC)
obj		= $(patsubst %,$(B)/obj/%.o,$(basename $1))
OBJ		:= $(call obj,$(C_SRC) $(DAEMON_CXX))

PROGRAMS	:= $(B)/dossierd $(B)/dossier $(B)/dossier-reader \
		   $(B)/dossier-drawer
CHECK_BIN	:= $(CHECK_SRC:%.c=$(B)/%)
FUZZ_BIN	:= $(FUZZ_SRC:%.c=$(B)/%)
TOOL_BIN	:= $(TOOL_SRC:%.c=$(B)/%)
BENCH_BIN	:= $(BENCH_SRC:%.c=$(B)/%)
FAULT_BIN	:= $(if $(SYS_FAULT),$(B)/dossierd-fault)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all programs tests demo check check-fast check-evidence lint bench \
	fuzz soak \
	install clean run-demo run-check run-check-fast run-check-evidence \
	run-lint run-bench \
	run-fuzz run-soak FORCE

all: programs
programs: $(PROGRAMS)
tests: $(PROGRAMS) $(CHECK_BIN) $(FUZZ_BIN) $(TOOL_BIN) $(FAULT_BIN)

# --- compiling and linking ----------------------------------------------

# V=1 shows the commands.
V		=
Q		= $(if $(V),,@)
say_cc		= $(if $(V),:,echo '  CC $<')
say_ld		= $(if $(V),:,echo '  LD $@')

# Rewritten only when the flags differ, so that objects follow the flags; then
# it also looks whether the packages are there.
FLAGS_NOW = $(CC) $(CFLAGS_ALL) $(CXX) $(CXXFLAGS_ALL) $(LDFLAGS_ALL) \
	$(foreach r,store daemon client daemon/reader tests, \
	$(call room_cflags,$r/x)) $(DAEMON_LIBS) $(CLIENT_LIBS) $(READER_LIBS)
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' >$@.now.$$PPID; \
	if cmp -s $@.now.$$PPID $@; then rm -f $@.now.$$PPID; exit 0; fi; \
	missing=$$(conf/install-packages --missing build) || exit 1; \
	if [ -n "$$missing" ]; then rm -f $@.now.$$PPID; \
		echo "Packages are missing: "$$missing >&2; \
		echo "conf/install-packages build installs them." >&2; \
		exit 1; fi; \
	mv $@.now.$$PPID $@

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	@$(say_cc)
	$Q$(CC) $(CFLAGS_ALL) $(call room_cflags,$<) -MMD -MP -c -o $@ $<

$(B)/obj/%.o: %.cc $(B)/flags
	@mkdir -p $(@D)
	@$(say_cc)
	$Q$(CXX) $(CXXFLAGS_ALL) -MMD -MP -c -o $@ $<

-include $(OBJ:.o=.d)

define archive
	@mkdir -p $(@D); rm -f $@.$$PPID
	@$(AR) rcs $@.$$PPID $(filter %.o,$^)
	@mv $@.$$PPID $@
endef

$(B)/libproto.a: $(call obj,$(PROTO_SRC))
	$(archive)
$(B)/libstore.a: $(call obj,$(STORE_SRC))
	$(archive)
# The programs without their main, for tests.
$(B)/libdaemon.a: $(call obj,$(filter-out $(DAEMON_MAIN),$(DAEMON_SRC)) \
    $(DAEMON_CXX))
	$(archive)
$(B)/libreader.a: $(call obj,$(filter-out $(READER_MAIN) \
    $(DRAWER_MAIN),$(READER_SRC)))
	$(archive)
$(B)/libclient.a: $(call obj,$(filter-out $(CLIENT_MAIN),$(CLIENT_SRC)))
	$(archive)
$(B)/libhelp.a: $(call obj,$(HELP_SRC))
	$(archive)
$(B)/libtool.a: $(call obj,$(TOOL_HELP_SRC))
	$(archive)
# In an archive, so that a fuzz target with a main of its own does not get it.
$(B)/libreplay.a: $(call obj,$(REPLAY_SRC))
	$(archive)

LINK = $(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(filter %.a,$^)

$(B)/dossierd: $(call obj,$(DAEMON_MAIN)) $(B)/libdaemon.a $(B)/libstore.a \
    $(B)/libproto.a
	@$(say_ld)
	$Q$(LINK) $(DAEMON_LIBS)
$(B)/dossier: $(call obj,$(CLIENT_MAIN)) $(B)/libclient.a $(B)/libproto.a
	@$(say_ld)
	$Q$(LINK) $(CLIENT_LIBS)
$(B)/dossier-reader: $(call obj,$(READER_MAIN)) $(B)/libreader.a \
    $(B)/libproto.a
	@$(say_ld)
	$Q$(LINK) $(READER_LIBS)
$(B)/dossier-drawer: $(call obj,$(DRAWER_MAIN)) $(B)/libreader.a \
    $(B)/libproto.a
	@$(say_ld)
	$Q$(LINK) $(READER_LIBS)
# The daemon with file calls that fail, forget or die on request.
$(B)/dossierd-fault: $(call obj,$(SYS_FAULT) $(DAEMON_MAIN)) \
    $(B)/libdaemon.a $(B)/libstore.a $(B)/libproto.a
	@$(say_ld)
	$Q$(LINK) $(DAEMON_LIBS)

# A test is linked with the rooms whose headers it includes; those of fault/
# and crash/ with sys_fault*.c in place of store/sys.c.
TEST_SRC	:= $(CHECK_SRC) $(FUZZ_SRC) $(TOOL_SRC) $(BENCH_SRC)
uses		= $(if $(TEST_SRC),$(shell grep -lE '^.include "$1' \
		  $(TEST_SRC) /dev/null))
USE_READER	:= $(call uses,daemon/reader/)
USE_DAEMON	:= $(call uses,daemon/([a-qs-z]|r[^e]))
USE_CLIENT	:= $(call uses,client/)
USE_STORE	:= $(call uses,store/) $(USE_DAEMON) \
		   $(filter tests/fault/% tests/crash/%,$(TEST_SRC))
define test_rule
$(B)/$(1:.c=): $(call obj,$1) \
    $(if $(filter tests/fault/% tests/crash/%,$1),$(call obj,$(SYS_FAULT))) \
    $(if $(filter-out $(FUZZ_SRC) $(TOOL_SRC),$1),$(B)/libhelp.a) \
    $(if $(filter-out $(FUZZ_SRC),$1),$(B)/libtool.a) \
    $(if $(FUZZING),,$(if $(filter $(FUZZ_SRC),$1),$(B)/libreplay.a)) \
    $(if $(filter $(USE_DAEMON),$1),$(B)/libdaemon.a) \
    $(if $(filter $(USE_CLIENT),$1),$(B)/libclient.a) \
    $(if $(filter $(USE_READER),$1),$(B)/libreader.a) \
    $(if $(filter $(USE_STORE),$1),$(B)/libstore.a) $(B)/libproto.a
	@mkdir -p $$(@D)
	@$$(say_ld)
	$$Q$$(LINK) $(if $(FUZZING),-fsanitize=fuzzer) \
	    $(if $(filter $(USE_DAEMON),$1),$(DAEMON_LIBS)) \
	    $(if $(filter $(USE_CLIENT),$1),$(CLIENT_LIBS)) \
	    $(if $(filter $(USE_READER),$1),$(READER_LIBS)) \
	    $(if $(filter $(USE_STORE),$1),$(STORE_LIBS)) \
	    $(PROTO_LIBS) $(EVENT_LIBS) $(CMOCKA_LIBS)
endef
$(foreach t,$(TEST_SRC),$(eval $(call test_rule,$t)))

# --- demo, tests, benchmarks --------------------------------------------

# Each installs the packages that it misses, then starts make again, which
# then finds them.
demo:
	@conf/install-packages build demo
	@$(MAKE) --no-print-directory run-demo
check:
	@conf/install-packages build demo test
	@$(MAKE) --no-print-directory run-check
check-fast:
	@conf/install-packages build demo test
	@$(MAKE) --no-print-directory run-check-fast
check-evidence:
	@conf/install-packages build demo test
	@$(MAKE) --no-print-directory run-check-evidence
lint:
	@conf/install-packages test
	@$(MAKE) --no-print-directory run-lint
bench:
	@conf/install-packages build demo test bench
	@$(MAKE) --no-print-directory run-bench
fuzz:
	@conf/install-packages build fuzz
	@$(MAKE) --no-print-directory run-fuzz
soak:
	@conf/install-packages build test
	@$(MAKE) --no-print-directory run-soak

run-demo: programs $(B)/tests/tools/lmtpgen
	@conf/demo/run $(B)
run-check: tests
	@tests/run --build $(B) all
run-check-fast: tests
	@tests/run --build $(B) fast
run-check-evidence: programs $(B)/tests/tools/lmtpgen
	@tests/run --build $(B) evidence/
run-lint:
	@tests/tools/lint
run-bench: programs $(BENCH_BIN) $(TOOL_BIN)
	@tests/bench/run --build $(B)
run-soak: tests
	@tests/run --build $(B) soak

# Ten minutes a target unless FUZZ_SECONDS says otherwise.
FUZZ_SECONDS	= 600
run-fuzz:
	@tests/fuzz/run $(FUZZ_SECONDS)

# --- the rest -----------------------------------------------------------

BINDIR		= $(PREFIX)/bin
SBINDIR		= $(PREFIX)/sbin
LIBEXECDIR	= $(PREFIX)/libexec/dossier
DATADIR		= $(PREFIX)/share
MANDIR		= $(DATADIR)/man
DOCDIR		= $(DATADIR)/doc/dossier
UNITDIR		= $(PREFIX)/lib/systemd/system

install: programs
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(SBINDIR) \
	    $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(DOCDIR) $(DESTDIR)$(UNITDIR)
	install -m 755 $(B)/dossier $(DESTDIR)$(BINDIR)/dossier
	install -m 755 $(B)/dossierd $(DESTDIR)$(SBINDIR)/dossierd
	install -m 755 $(B)/dossier-reader $(B)/dossier-drawer \
	    $(DESTDIR)$(LIBEXECDIR)
	install -m 644 README.md CHANGELOG.md LICENSE $(DESTDIR)$(DOCDIR)
	set -e; for f in $(wildcard conf/example.conf); do \
	    install -m 644 $$f $(DESTDIR)$(DOCDIR); done
	set -e; for f in $(wildcard conf/hooks/*/*); do \
	    m=644; [ ! -x $$f ] || m=755; \
	    install -D -m $$m $$f $(DESTDIR)$(DOCDIR)/$${f#conf/}; done
	set -e; for f in $(wildcard conf/man/*.[1-8]); do \
	    d=$(DESTDIR)$(MANDIR)/man$${f##*.}; \
	    install -d $$d; install -m 644 $$f $$d; done
	set -e; d=$(DESTDIR)$(DATADIR); \
	install -d $$d/bash-completion/completions $$d/zsh/site-functions \
	    $$d/fish/vendor_completions.d; \
	$(B)/dossier completion bash >$$d/bash-completion/completions/dossier; \
	$(B)/dossier completion zsh >$$d/zsh/site-functions/_dossier; \
	$(B)/dossier completion fish >$$d/fish/vendor_completions.d/dossier.fish
	sed 's|/usr/local/sbin|$(SBINDIR)|' conf/dossierd.service \
	    >$(DESTDIR)$(UNITDIR)/dossierd.service
	chmod 644 $(DESTDIR)$(UNITDIR)/dossierd.service

compile_commands.json: Makefile FORCE
	@{ sep='['; for f in $(C_SRC); do \
	    printf '%s\n{"directory":"%s","file":"%s","arguments":[' \
		"$$sep" "$(CURDIR)" "$$f"; \
	    for a in $(CC) $(CFLAGS_ALL) $(call room_cflags,tests/x); do \
		printf '"%s",' "$$(printf %s "$$a" | sed 's/"/\\"/g')"; done; \
	    printf '"-c","%s"]}' "$$f"; sep=','; \
	done; printf '\n]\n'; } >$@

clean:
	rm -rf build compile_commands.json
