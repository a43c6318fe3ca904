// SPDX-License-Identifier: ISC

// log: checks a published log with golang.org/x/mod/sumdb alone, none of our
// own code.
//
//	log tree FOLDER VKEY [OLD]	signature, every entry, consistency
//	log proof FILE VKEY ENTRY	a tlog-proof of the entry in that file
//
// FOLDER has checkpoint and tile/; OLD is an earlier signed checkpoint of the
// same log.  Prints what it found; exit status 1 and a reason otherwise.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(path string) []byte {
	b, err := os.ReadFile(path)
	must(err)
	return b
}

// open checks the signature and takes the three lines of a checkpoint.
func open(msg []byte, vkey string) tlog.Tree {
	verifier, err := note.NewVerifier(vkey)
	must(err)
	n, err := note.Open(msg, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		must(fmt.Errorf("not a checkpoint of %s", verifier.Name()))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	hash, err := tlog.ParseHash(lines[2])
	must(err)
	return tlog.Tree{N: size, Hash: hash}
}

type folder string

func (f folder) Height() int                         { return 8 }
func (f folder) SaveTiles(_ []tlog.Tile, _ [][]byte) {}

// ReadTiles reads tile/8/L/N, which is tile/L/N here.
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		name := strings.Replace(t.Path(), "tile/8/", "tile/", 1)
		b, err := os.ReadFile(filepath.Join(string(f), name))
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// entries calls fn with each entry of the log.
func (f folder) entries(size int64, fn func(i int64, entry []byte)) {
	var i int64
	for n := int64(0); n*256 < size; n++ {
		w := size - n*256
		if w > 256 {
			w = 256
		}
		t := tlog.Tile{H: 8, L: -1, N: n, W: int(w)}
		name := strings.Replace(t.Path(), "tile/8/data/", "tile/entries/", 1)
		b := read(filepath.Join(string(f), name))
		for len(b) >= 2 {
			l := int(binary.BigEndian.Uint16(b))
			if len(b) < 2+l {
				break
			}
			fn(i, b[2:2+l])
			i++
			b = b[2+l:]
		}
		if len(b) != 0 {
			must(fmt.Errorf("%s: cut short", name))
		}
	}
	if i != size {
		must(fmt.Errorf("%d entries, not %d", i, size))
	}
}

func tree(args []string) {
	f := folder(args[0])
	head := open(read(filepath.Join(args[0], "checkpoint")), args[1])
	r := tlog.TileHashReader(head, f)
	if head.N > 0 {
		h, err := tlog.TreeHash(head.N, r)
		must(err)
		if h != head.Hash {
			must(fmt.Errorf("another root"))
		}
	}
	f.entries(head.N, func(i int64, entry []byte) {
		p, err := tlog.ProveRecord(head.N, i, r)
		must(err)
		must(tlog.CheckRecord(p, head.N, head.Hash, i,
			tlog.RecordHash(entry)))
	})
	fmt.Printf("%d entries", head.N)
	if len(args) > 2 {
		old := open(read(args[2]), args[1])
		p, err := tlog.ProveTree(head.N, old.N, r)
		must(err)
		must(tlog.CheckTree(p, head.N, head.Hash, old.N, old.Hash))
		fmt.Printf(", %d of them as before", old.N)
	}
	fmt.Println()
}

func proof(args []string) {
	text := string(read(args[0]))
	i := strings.Index(text, "\n\n")
	if i < 0 {
		must(fmt.Errorf("no checkpoint"))
	}
	head := open([]byte(text[i+2:]), args[1])
	lines := strings.Split(text[:i], "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		must(fmt.Errorf("not a tlog-proof"))
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "),
		10, 64)
	must(err)
	var p tlog.RecordProof
	for _, line := range lines[1:] {
		h, err := tlog.ParseHash(line)
		must(err)
		p = append(p, h)
	}
	must(tlog.CheckRecord(p, head.N, head.Hash, index,
		tlog.RecordHash(read(args[2]))))
	fmt.Printf("entry %d of %d\n", index, head.N)
}

func main() {
	args := os.Args[1:]
	if len(args) >= 3 && args[0] == "tree" {
		tree(args[1:])
	} else if len(args) == 4 && args[0] == "proof" {
		proof(args[1:])
	} else {
		must(fmt.Errorf("usage: log tree|proof ..."))
	}
}
