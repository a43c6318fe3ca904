// SPDX-License-Identifier: ISC

// witness: a witness of C2SP tlog-witness for tests, on the loopback, with
// the signature and tree code of golang.org/x/mod/sumdb.
//
//	witness NAME STATE VKEY...
//
// NAME is that of its key, which is made anew in the folder STATE if it is
// not there; there also stands, a file a log, what it has cosigned last.
// VKEY are the logs that it knows; `-' reads them from standard input, a line
// each.  It prints its own vkey and its URL, a line each, and then a line for
// each request: the status and the size.
package main

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type witness struct {
	sync.Mutex
	name  string
	key   ed25519.PrivateKey
	state string
	logs  []note.Verifier
}

func (w *witness) public() []byte {
	return w.key.Public().(ed25519.PublicKey)
}

func (w *witness) keyID() []byte {
	h := sha256.Sum256(append([]byte(w.name+"\n\x04"), w.public()...))
	return h[:4]
}

func (w *witness) vkey() string {
	return w.name + "+" + hex.EncodeToString(w.keyID()) + "+" +
		base64.StdEncoding.EncodeToString(append([]byte{4}, w.public()...))
}

func (w *witness) cosign(text string) string {
	now := uint64(time.Now().Unix())
	msg := fmt.Sprintf("cosignature/v1\ntime %d\n%s", now, text)
	b := append([]byte{}, w.keyID()...)
	b = binary.BigEndian.AppendUint64(b, now)
	b = append(b, ed25519.Sign(w.key, []byte(msg))...)
	return "\u2014 " + w.name + " " +
		base64.StdEncoding.EncodeToString(b) + "\n"
}

func (w *witness) path(origin string) string {
	return filepath.Join(w.state, strings.ReplaceAll(origin, "/", "_"))
}

// seen is what was cosigned last of a log.
func (w *witness) seen(origin string) (tree tlog.Tree) {
	b, err := os.ReadFile(w.path(origin))
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	must(err)
	tree, err = parse(string(b))
	must(err)
	return
}

func parse(text string) (tree tlog.Tree, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 {
		return tree, fmt.Errorf("no checkpoint")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return
}

// add does one request; a status other than 200 has a text of its own.
func (w *witness) add(body string) (status int, answer string, size int64) {
	head, msg, ok := strings.Cut(body, "\n\n")
	lines := strings.Split(head, "\n")
	old, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "old "), 10, 64)
	if !ok || err != nil || !strings.HasPrefix(lines[0], "old ") {
		return 400, "no old size\n", 0
	}
	origin, _, _ := strings.Cut(msg, "\n")
	var log note.Verifier
	for _, l := range w.logs {
		if l.Name() == origin {
			log = l
		}
	}
	if log == nil {
		return 404, "an unknown log\n", 0
	}
	n, err := note.Open([]byte(msg), note.VerifierList(log))
	if err != nil {
		return 403, err.Error() + "\n", 0
	}
	tree, err := parse(n.Text)
	if err != nil || old > tree.N {
		return 400, "sizes\n", tree.N
	}
	seen := w.seen(origin)
	if old != seen.N {
		return 409, fmt.Sprintf("%d\n", seen.N), tree.N
	}
	if old == tree.N && old > 0 && seen.Hash != tree.Hash {
		return 409, fmt.Sprintf("%d\n", seen.N), tree.N
	}
	var p tlog.TreeProof
	for _, line := range lines[1:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return 400, "hashes\n", tree.N
		}
		p = append(p, h)
	}
	if old > 0 {
		err = tlog.CheckTree(p, tree.N, tree.Hash, old, seen.Hash)
	} else if len(p) > 0 {
		err = fmt.Errorf("a proof from nothing")
	}
	if err != nil {
		return 422, err.Error() + "\n", tree.N
	}
	must(os.WriteFile(w.path(origin), []byte(n.Text), 0o600))
	return 200, w.cosign(n.Text), tree.N
}

func (w *witness) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.Lock()
	defer w.Unlock()
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil || r.Method != "POST" || r.URL.Path != "/add-checkpoint" {
		rw.WriteHeader(404)
		return
	}
	status, answer, size := w.add(string(body))
	if status == 409 {
		rw.Header().Set("Content-Type", "text/x.tlog.size")
	}
	rw.WriteHeader(status)
	io.WriteString(rw, answer)
	fmt.Println(status, size)
}

func (w *witness) load() {
	path := filepath.Join(w.state, "seed")
	seed, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		seed = make([]byte, ed25519.SeedSize)
		_, err = rand.Read(seed)
		must(err)
		err = os.WriteFile(path, seed, 0o600)
	}
	must(err)
	w.key = ed25519.NewKeyFromSeed(seed)
}

func (w *witness) know(vkey string) {
	v, err := note.NewVerifier(strings.TrimSpace(vkey))
	must(err)
	w.logs = append(w.logs, v)
}

func main() {
	if len(os.Args) < 3 {
		must(fmt.Errorf("usage: witness NAME STATE VKEY..."))
	}
	w := &witness{name: os.Args[1], state: os.Args[2]}
	w.load()
	for _, vkey := range os.Args[3:] {
		if vkey != "-" {
			w.know(vkey)
			continue
		}
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			w.know(in.Text())
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	fmt.Println(w.vkey())
	fmt.Printf("http://%s\n", l.Addr())
	must(http.Serve(l, w))
}
